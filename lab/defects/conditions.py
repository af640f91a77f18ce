"""Defects in how headers and methods are compared."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from lab.defects.edits import on_routes
from lab.defects.model import Defect, defect
from lab.defects.tables import NEVER, each_entry, each_header, each_match, literal, never
from lab.mesh.envoy.types import Resource
from lab.mesh.model.actions import Entry, Forward
from lab.mesh.world.route import Match, ValueMatch

_WRITING = "POST|PUT|PATCH|DELETE"


def _ordinary(header: ValueMatch) -> bool:
    return header.name.lower() != "host" and not header.regex


def _beginning(header: ValueMatch) -> ValueMatch:
    return replace(header, value=f"{literal(header.value)}.*", regex=True) if _ordinary(header) else header


def _end(header: ValueMatch) -> ValueMatch:
    return replace(header, value=f".*{literal(header.value)}", regex=True) if _ordinary(header) else header


def _any_case(header: ValueMatch) -> ValueMatch:
    return replace(header, value=f"(?i){literal(header.value)}", regex=True) if _ordinary(header) else header


def _name_with_case(header: ValueMatch) -> ValueMatch:
    """Names arrive in lower case, whatever the client wrote; one with a capital letter is never among them."""
    return header if header.name == header.name.lower() or not _ordinary(header) else NEVER


def _absent_matches(route: Resource) -> None:
    """A condition on a header that is not there counts as met."""
    for header in route["match"].get("headers", ()):
        how = header.get("string_match", {})
        if not header["name"].startswith((":", "x-lab-")) and "exact" in how:
            header["treat_missing_header_as_empty"] = True
            header["string_match"] = {"safe_regex": {"regex": f"({literal(how['exact'])})?"}}


def _one_is_enough(entry: Entry, plain: Forward) -> Iterable[Entry]:  # noqa: ARG001 - part of the signature
    """An entry for each of several conditions on headers."""
    if len(entry.match.headers) < 2:
        return (entry,)
    return tuple(replace(entry, match=replace(entry.match, headers=(header,))) for header in entry.match.headers)


def _last_header(match: Match) -> Match:
    return replace(match, headers=match.headers[-1:])


def _several_never(match: Match) -> Match:
    return never(match) if len(match.headers) > 1 else match


def _repeated_too(match: Match) -> Match:
    return replace(match, headers=(*match.headers, *match.repeated))


def _last_of_equal_names(match: Match) -> Match:
    later = {header.name.lower(): header for header in match.repeated}
    return each_header(lambda header: later.get(header.name.lower(), header))(match)


def _any_of_equal_names(match: Match) -> Match:
    def either(header: ValueMatch) -> ValueMatch:
        others = [each.value for each in match.repeated if each.name.lower() == header.name.lower()]
        values = "|".join(literal(value) for value in (header.value, *others))
        return replace(header, value=values, regex=True) if others else header

    return each_header(either)(match)


def _host_ignored(match: Match) -> Match:
    return replace(match, headers=tuple(each for each in match.headers if each.name.lower() != "host"))


def _host_not_found(header: ValueMatch) -> ValueMatch:
    return NEVER if header.name.lower() == "host" else header


def _host_by_first_label(header: ValueMatch) -> ValueMatch:
    label = literal(header.value.partition(".")[0])
    return replace(header, value=rf"{label}(\..*)?", regex=True) if header.name.lower() == "host" else header


def _method_ignored(match: Match) -> Match:
    return replace(match, method=None)


def _method_in_lower_case(match: Match) -> Match:
    return replace(match, method=match.method.lower()) if match.method else match


def _reads_or_writes(match: Match) -> Match:
    if match.method is None or match.method not in _WRITING.split("|"):
        return match
    return replace(match, method=None, headers=(*match.headers, ValueMatch(":method", _WRITING, regex=True)))


DEFECTS: tuple[Defect, ...] = (
    defect(
        "header-value-begins",
        "A header matches if its value begins with the one of the route",
        breaks=("matching.header-value-exact-case",),
        cause="Values were compared as prefixes, so that parameters after a semicolon would not get in the way.",
        rules=each_match(each_header(_beginning)),
    ),
    defect(
        "header-value-ends",
        "A header matches if its value ends with the one of the route",
        breaks=("matching.header-value-exact-case",),
        cause="A list of values was to be allowed, and only the end of the expression was anchored.",
        rules=each_match(each_header(_end)),
    ),
    defect(
        "header-value-in-any-case",
        "The values of headers are compared without regard to case",
        breaks=("matching.header-value-exact-case",),
        cause="Both sides are brought to lower case, which was meant for the names.",
        rules=each_match(each_header(_any_case)),
    ),
    defect(
        "header-name-with-case",
        "A condition on a header whose name the route spells with a capital letter is never met",
        breaks=("matching.header-name-case-insensitive",),
        cause="The proxy keeps names in lower case, and the control plane hands them over as they are written.",
        rules=each_match(each_header(_name_with_case)),
    ),
    defect(
        "absent-header-matches",
        "A condition on a header is met by requests that do not have the header",
        breaks=("matching.header-exact",),
        cause="A missing header is read as an empty one, and the expression for the value may be empty.",
        resource=on_routes(_absent_matches),
    ),
    defect(
        "one-header-is-enough",
        "Of several conditions on headers in one match a single one is enough",
        breaks=("matching.headers-and",),
        cause="Each condition becomes an entry of the proxy's table, where any entry will do.",
        rules=each_entry(_one_is_enough),
    ),
    defect(
        "last-header-counts",
        "Of several conditions on headers in one match only the last one counts",
        breaks=("matching.headers-and",),
        cause="The proxy's match has one slot for a header, and each condition is written into it.",
        rules=each_match(_last_header),
    ),
    defect(
        "several-headers-never-match",
        "A match with several conditions on headers holds for no request",
        breaks=("matching.headers-and",),
        cause="The conditions are joined to one, whose value no header has.",
        rules=each_match(_several_never),
    ),
    defect(
        "equal-header-names-all-count",
        "Of equal header names in one match all entries have to be met",
        breaks=("matching.header-duplicate-names-first",),
        cause="Admission refuses equal names, so that nobody thought of names that differ in case only.",
        rules=each_match(_repeated_too),
    ),
    defect(
        "equal-header-names-last-counts",
        "Of equal header names in one match the last entry counts",
        breaks=("matching.header-duplicate-names-first",),
        cause="The conditions are collected in a map by the name in lower case.",
        rules=each_match(_last_of_equal_names),
    ),
    defect(
        "equal-header-names-any-counts",
        "Of equal header names in one match any entry is enough",
        breaks=("matching.header-duplicate-names-first",),
        cause="Entries of one name are taken for alternative values of it.",
        rules=each_match(_any_of_equal_names),
    ),
    defect(
        "host-condition-ignored",
        "A condition on the header Host is left out",
        breaks=("matching.host-header-match",),
        cause="Host is dropped from conditions, because hostnames mean nothing to routes of a mesh.",
        rules=each_match(_host_ignored),
    ),
    defect(
        "host-condition-never-met",
        "A condition on the header Host is never met",
        breaks=("matching.host-header-match",),
        cause="Inside the proxy the host is a pseudo header, and a header called host does not exist.",
        rules=each_match(each_header(_host_not_found)),
    ),
    defect(
        "host-by-first-label",
        "Of a condition on the header Host the first label is compared",
        breaks=("matching.host-header-match",),
        cause="Hosts are cut down to the name of the Service before they are compared.",
        rules=each_match(each_header(_host_by_first_label)),
    ),
    defect(
        "method-ignored",
        "The method of a match is left out",
        breaks=("matching.method",),
        cause="The field was added to the API after the translation had been written.",
        rules=each_match(_method_ignored),
    ),
    defect(
        "method-in-lower-case",
        "A match on a method holds for no request",
        breaks=("matching.method",),
        cause="Everything in the proxy's table is brought to lower case, and methods are written in capitals.",
        rules=each_match(_method_in_lower_case),
    ),
    defect(
        "methods-read-or-write",
        "A match on a method that writes holds for every method that writes",
        breaks=("matching.method",),
        cause="The proxy's policy language knows reading and writing, and no single methods.",
        rules=each_match(_reads_or_writes),
    ),
)
