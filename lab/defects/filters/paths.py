"""Wrong replacements of path prefixes, for rewrites and for redirects.

Each gives, for a matched prefix and its replacement as the route spells them, a regular expression over the path
without its query and what to put in place of what it matches; None leaves the right replacement.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from lab.defects.changes import shares
from lab.mesh.model.actions import Entry, Forward, PathPattern, Share
from lab.mesh.model.actions import Redirect as RedirectAction
from lab.mesh.model.decisions import Rules
from lab.mesh.world.route import PathChange, PathKind

Pattern = tuple[str, str]
Joined = Callable[[str, str], Pattern | None]
UNCHANGED: Pattern = ("^(.*)$", r"\1")


def paths(kind: type[Forward] | type[RedirectAction], joined: Joined) -> Rules:
    """Prefixes are replaced in this way, either in rewrites or in redirects."""

    def share(entry: Entry, found: Share) -> Share:
        action = found.action
        if not isinstance(action, kind) or action.path is None or action.path.whole:
            return found
        written = entry.match.path.value if entry.match.path.kind is PathKind.PREFIX else "/"
        made = joined(written, action.path.value)
        return found if made is None else replace(found, action=replace(action, path=_pattern(made)))

    return shares(share)


def whole_paths(kind: type[Forward] | type[RedirectAction], joined: Callable[[str], Pattern]) -> Rules:
    """Whole paths are replaced in this way; `joined` gets the replacement."""

    def share(entry: Entry, found: Share) -> Share:  # noqa: ARG001 - part of the signature
        action = found.action
        if not isinstance(action, kind) or action.path is None or not action.path.whole:
            return found
        return replace(found, action=replace(action, path=_pattern(joined(action.path.value))))

    return shares(share)


def _pattern(made: Pattern) -> PathChange:
    regex, substitution = made
    return PathPattern(whole=True, value=substitution, regex=regex)


def bare(text: str) -> str:
    """Without trailing slashes."""
    return text.rstrip("/")


def rest_lost(prefix: str, new: str) -> Pattern:  # noqa: ARG001 - the point of it
    """The replacement, and nothing of what the client asked for."""
    return ("^.*$", new or "/")


def slash_added(prefix: str, new: str) -> Pattern | None:
    """There is always a slash behind the replacement."""
    return (f"^{re.escape(bare(prefix))}/?(.*)$", bare(new) + r"/\1") if bare(new) else None


def trailing_slash_lost(prefix: str, new: str) -> Pattern | None:
    """What the client put behind the last slash is kept, a last slash is not."""
    return (f"^{re.escape(bare(prefix))}(/[^?]*[^/]|)/?$", bare(new) + r"\1") if bare(new) else None


def slash_of_replacement_kept(prefix: str, new: str) -> Pattern | None:
    """The replacement goes in as it is written, where the prefix has no slash of its own to give."""
    if not bare(new) or bare(new) == new or bare(prefix) != prefix:
        return None
    return (f"^{re.escape(prefix)}(.*)$", new + r"\1")


def slash_of_prefix_taken(prefix: str, new: str) -> Pattern | None:
    """A prefix that is written with a slash takes it along."""
    if bare(prefix) == prefix or bare(new) != new or not new:
        return None
    return (f"^{re.escape(bare(prefix))}/?(.*)$", new + r"\1")


def slashes_cancel(prefix: str, new: str) -> Pattern | None:
    """Prefix and replacement that both end in a slash lose it both."""
    if bare(prefix) == prefix or bare(new) == new or not bare(new):
        return None
    return (f"^{re.escape(bare(prefix))}/?(.*)$", bare(new) + r"\1")


def empty_means_none(prefix: str, new: str) -> Pattern | None:  # noqa: ARG001 - part of the signature
    """An empty replacement is taken for one that is not set."""
    return None if new else UNCHANGED


def empty_means_root(prefix: str, new: str) -> Pattern | None:
    """An empty replacement is the root, and the rest keeps its slash."""
    return None if new else (f"^{re.escape(bare(prefix))}(.*)$", r"/\1")


def root_doubled(prefix: str, new: str) -> Pattern | None:
    """The root is put in front of a rest that begins with a slash."""
    return (f"^{re.escape(bare(prefix))}(.*)$", r"/\1") if new == "/" else None


def root_means_none(prefix: str, new: str) -> Pattern | None:
    """The root, trimmed of its slash, is taken for a replacement that is not set, unless something is left."""
    if new != "/":
        return None
    return (f"^{re.escape(bare(prefix))}/([^/].*)$", r"/\1")


def everywhere(prefix: str, new: str) -> Pattern | None:
    """Every occurrence of the prefix is replaced, also in the middle."""
    return (re.escape(bare(prefix)), bare(new)) if bare(prefix) and bare(new) else None


def slash_of_both_kept(prefix: str, new: str) -> Pattern | None:
    """The replacement's slash stays, whatever the prefix has."""
    if not bare(new) or bare(new) == new:
        return None
    return (f"^{re.escape(bare(prefix))}(.*)$", new + r"\1")


def rest_appended(new: str) -> Pattern:
    """The whole path goes behind the replacement, instead of away."""
    return ("^(.*)$", bare(new) + r"\1")
