"""Defects in how paths are compared."""

from __future__ import annotations

from dataclasses import replace

from lab.admission import Object
from lab.defects.admission import demanding, lacking
from lab.defects.model import Defect, defect
from lab.defects.tables import each_match, each_table, exact, http, literal, never, prefix, with_path
from lab.mesh.model.actions import Forward, RuleTable
from lab.mesh.world.route import Match, PathKind, PathMatch, ValueMatch

_ROOT = PathMatch()


def _by_characters(match: Match) -> Match:
    return with_path(match, f"{literal(prefix(match))}.*") if prefix(match) else match


def _anywhere(match: Match) -> Match:
    return with_path(match, f".*{literal(prefix(match))}(/.*)?") if prefix(match) else match


def _prefix_in_any_case(match: Match) -> Match:
    return with_path(match, f"(?i){literal(prefix(match))}(/.*)?") if prefix(match) else match


def _slash_as_written(match: Match) -> Match:
    written = match.path.value
    return with_path(match, f"{literal(written)}.*") if prefix(match) and written.endswith("/") else match


def _exact_in_any_case(match: Match) -> Match:
    return with_path(match, f"(?i){literal(exact(match))}") if exact(match) else match


def _exact_with_slash(match: Match) -> Match:
    return with_path(match, f"{literal(exact(match))}/?") if exact(match) else match


def _exact_ends_with_slash(match: Match) -> Match:
    return with_path(match, f"{literal(exact(match).rstrip('/'))}/") if exact(match) else match


def _exact_as_beginning(match: Match) -> Match:
    return with_path(match, f"{literal(exact(match))}.*") if exact(match) else match


def _exact_with_query(match: Match) -> Match:
    """The path as it stands in the request line, query included."""
    written = ValueMatch(":path", exact(match))
    return replace(match, headers=(*match.headers, written)) if exact(match) else match


def _prefixes_as_keys(table: RuleTable, plain: Forward) -> RuleTable:  # noqa: ARG001 - part of the signature
    """Where a table has an exact path, a prefix of several characters stands for itself alone."""
    if not any(exact(entry.match) for entry in table.entries):
        return table
    entries = (
        replace(entry, match=with_path(entry.match, f"{literal(prefix(entry.match))}/?"))
        if http(entry) and prefix(entry.match)
        else entry
        for entry in table.entries
    )
    return replace(table, entries=tuple(entries))


def _root_only(match: Match) -> Match:
    """A match that has conditions on headers, and none on the path, holds at the root alone."""
    left_out = match.path == _ROOT and match.headers
    return replace(match, path=PathMatch(PathKind.EXACT, "/")) if left_out else match


def _expression_searched(match: Match) -> Match:
    return with_path(match, f".*{match.path.value}.*") if match.path.kind is PathKind.REGEX else match


def _expression_skipped(match: Match) -> Match:
    return replace(match, path=_ROOT) if match.path.kind is PathKind.REGEX else match


def _expression_never(match: Match) -> Match:
    return never(match) if match.path.kind is PathKind.REGEX else match


def _dotted(obj: Object) -> str:
    """Where a path has a dot in it; the path of the field."""
    for number, rule in enumerate(obj["spec"].get("rules") or ()):
        for place, match in enumerate(rule.get("matches") or ()):
            if "." in (match.get("path") or {}).get("value", ""):
                return f"spec.rules[{number}].matches[{place}].path.value"
    return ""


DEFECTS: tuple[Defect, ...] = (
    defect(
        "prefix-by-characters",
        "A path prefix is compared by characters, not by path elements",
        breaks=("matching.path-prefix-segments",),
        cause="PathPrefix became the proxy's own prefix match, which knows nothing of path elements.",
        rules=each_match(_by_characters),
    ),
    defect(
        "prefix-anywhere",
        "A path prefix is looked for anywhere in the path",
        breaks=("matching.path-prefix-segments",),
        cause="The prefix became an expression that is searched for, and nobody anchored it at the beginning.",
        rules=each_match(_anywhere),
    ),
    defect(
        "prefix-in-any-case",
        "A path prefix is compared without regard to case",
        breaks=("matching.path-case-sensitive-prefix",),
        cause="The router came from a product whose users expected paths to work as on their file servers.",
        rules=each_match(_prefix_in_any_case),
    ),
    defect(
        "prefix-slash-as-written",
        "The slash at the end of a path prefix has to be there in the request",
        breaks=("matching.path-prefix-trailing-slash",),
        cause="Only prefixes without a slash at the end were thought of when they were turned into path elements.",
        rules=each_match(_slash_as_written),
    ),
    defect(
        "prefixes-as-keys",
        "Where routes of a Service have an exact path, their prefixes match themselves alone",
        breaks=("matching.path-prefix-segments",),
        cause="Tables with exact paths are compiled to a hash table, into which prefixes go as further keys.",
        rules=each_table(_prefixes_as_keys),
    ),
    defect(
        "exact-in-any-case",
        "An exact path is compared without regard to case",
        breaks=("matching.path-exact-negative",),
        cause="The proxy's option to ignore case was switched on for one customer, and then for everybody.",
        rules=each_match(_exact_in_any_case),
    ),
    defect(
        "exact-ignores-last-slash",
        "An exact path is also matched with a slash at its end",
        breaks=("matching.path-exact-negative",),
        cause="Paths are cleaned before they are compared, and a slash at the end counts as dirt.",
        rules=each_match(_exact_with_slash),
    ),
    defect(
        "exact-ends-with-slash",
        "An exact path is matched only with a slash at its end",
        breaks=("matching.path-exact", "matching.path-exact-negative"),
        cause="Paths of routes are brought to one form, which ends with a slash, and those of requests are not.",
        rules=each_match(_exact_ends_with_slash),
    ),
    defect(
        "exact-as-beginning",
        "An exact path matches all paths that begin with it",
        breaks=("matching.path-exact-negative",),
        cause="The type of the path match fell victim to a default, and the default is the prefix of the proxy.",
        rules=each_match(_exact_as_beginning),
    ),
    defect(
        "query-part-of-path",
        "An exact path is compared with the path and the query of the request",
        breaks=("matching.path-ignores-query",),
        cause="The condition is put on the pseudo header :path, which carries the query as well.",
        rules=each_match(_exact_with_query),
    ),
    defect(
        "path-left-out-means-root",
        "A match on headers without a path applies at / only",
        breaks=("matching.path-default-prefix-root",),
        cause="The missing path is filled in as / of the type Exact, the first in the list of types.",
        rules=each_match(_root_only),
    ),
    defect(
        "expression-searched",
        "An expression for paths is searched for anywhere in the path",
        breaks=("matching.path-regex-optional",),
        cause="The language's own search function is used, where others compare the whole path.",
        rules=each_match(_expression_searched),
    ),
    defect(
        "expression-skipped",
        "An expression for paths is left out, so that its rule takes every path",
        breaks=("matching.path-regex-optional",),
        cause="The types that the translation does not know become no condition at all.",
        rules=each_match(_expression_skipped),
    ),
    defect(
        "expression-never-matches",
        "A match with an expression for paths holds for no request",
        breaks=("matching.path-regex-optional",),
        cause="The expression is quoted on its way into the proxy, and then means itself literally.",
        rules=each_match(_expression_never),
    ),
    defect(
        "dot-segments-admitted",
        "The API takes paths with dot segments",
        breaks=("matching.invalid-paths-refused",),
        cause="The definitions come from the mesh's own chart, whose expressions were rewritten by hand.",
        admission=lacking("HTTPRoute", "path-no-dot-segments"),
    ),
    defect(
        "encoded-slash-admitted",
        "The API takes paths with an encoded slash",
        breaks=("matching.invalid-paths-refused",),
        cause="The expression on the cluster knows %2F only, and the other spelling passes.",
        admission=lacking("HTTPRoute", "path-no-encoded-slash"),
    ),
    defect(
        "dots-in-paths-refused",
        "The API refuses every path with a dot in it",
        breaks=("matching.invalid-paths-refused",),
        cause="An admission webhook of the mesh looks for dots, where it should look for dot segments.",
        admission=demanding("HTTPRoute", "a path must not contain dots", _dotted),
    ),
)
