"""Versions of meshes, and whether an entry is about one. Pure."""

from __future__ import annotations

import re
from itertools import product

from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion, Version

#: A release inside a text of another form: ``stable-2.14.10``, ``1.20.3-gke.1``.
_RELEASE = re.compile(r"(?:^|(?<=[a-z]-)|(?<=v))\d+(?:\.\d+)+")


def parse(text: str) -> Version | None:
    """The version that a profile names; None where it names none that can be compared (``embedded``)."""
    try:
        return Version(text.strip())
    except InvalidVersion:
        found = _RELEASE.search(text.strip())
        return Version(found[0]) if found else None


def applies(versions: str | None, version: Version) -> bool:
    """Whether a range of versions takes this one in; pre-releases are versions like others."""
    return versions is None or SpecifierSet(versions).contains(version, prereleases=True)


def overlap(one: str | None, other: str | None) -> bool:
    """Whether there may be a version that both ranges take in."""
    if one is None or other is None:
        return True
    ends = [spec.version.removesuffix(".*") for text in (one, other) for spec in SpecifierSet(text)]
    # Between two ends of intervals nothing changes, so it is enough to look at each end and just beside it.
    beside = [f"{end}{suffix}" for end, suffix in product(ends, ("", ".0.0.0.1", ".99999"))]
    candidates = [version for version in map(parse, [*beside, "0", "99999"]) if version is not None]
    return any(applies(one, version) and applies(other, version) for version in candidates)
