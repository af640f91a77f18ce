"""Defects in how query parameters are compared."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lab.defects.model import Defect, defect
from lab.defects.tables import each_entry, each_match, each_query, exact, literal, prefix
from lab.mesh.model.actions import Entry, Forward
from lab.mesh.world.route import Match, ValueMatch


def _one_parameter_is_enough(entry: Entry, plain: Forward) -> Iterator[Entry]:  # noqa: ARG001 - part of the signature
    """An entry for each of several conditions on the query."""
    for parameter in entry.match.query or (None,):
        yield entry if parameter is None else replace(entry, match=replace(entry.match, query=(parameter,)))


def _value_begins(parameter: ValueMatch) -> ValueMatch:
    return replace(parameter, value=f"{literal(parameter.value)}.*", regex=True)


def _value_in_any_case(parameter: ValueMatch) -> ValueMatch:
    return replace(parameter, value=f"(?i){literal(parameter.value)}", regex=True)


def _in_the_query(match: Match, pattern: str) -> Match:
    """The match with the whole query compared with an expression, in place of its conditions on parameters."""
    path = literal(exact(match)) if exact(match) else f"{literal(prefix(match))}(/[^?]*)?"
    return replace(match, query=(), headers=(*match.headers, ValueMatch(":path", rf"{path}\?{pattern}", regex=True)))


def _names_in_any_case(match: Match) -> Match:
    """Of two conditions, which is what can be said in an expression."""
    if len(match.query) != 2:
        return match
    one, other = (f"(?i:{literal(each.name)})={literal(each.value)}" for each in match.query)
    return _in_the_query(match, f"(.*&)?({one}(&.*)?&{other}|{other}(&.*)?&{one})(&.*)?")


def _nothing_else(match: Match) -> Match:
    """No parameters but those, in the order in which the route has them."""
    if not match.query:
        return match
    return _in_the_query(match, "&".join(f"{literal(each.name)}={literal(each.value)}" for each in match.query))


def _any_value(match: Match) -> Match:
    if len(match.query) != 1:
        return match
    (only,) = match.query
    return _in_the_query(match, f"(.*&)?{literal(only.name)}={literal(only.value)}(&.*)?")


def _last_value(match: Match) -> Match:
    if len(match.query) != 1:
        return match
    (only,) = match.query
    return _in_the_query(match, f"(.*&)?{literal(only.name)}={literal(only.value)}(&({_other_than(only.name)}))*")


def _other_than(name: str) -> str:
    """An expression for parameters with another name: RE2 has no negation, so the first difference is spelled out."""
    shorter = (f"{literal(name[:end])}(=[^&]*)?" for end in range(len(name)))
    different = (f"{literal(name[:at])}[^&={literal(name[at])}][^&]*" for at in range(len(name)))
    return "|".join((*shorter, *different, f"{literal(name)}[^=&][^&]*"))


DEFECTS: tuple[Defect, ...] = (
    defect(
        "one-parameter-is-enough",
        "Of several conditions on query parameters in one match a single one is enough",
        breaks=("matching.query-and",),
        cause="The conditions were put into a list of the proxy that means any of them.",
        rules=each_entry(_one_parameter_is_enough),
    ),
    defect(
        "query-value-begins",
        "A query parameter matches if its value begins with the one of the route",
        breaks=("matching.query-exact",),
        cause="The expression that was made of the value is not anchored at its end.",
        rules=each_match(each_query(_value_begins)),
    ),
    defect(
        "query-value-in-any-case",
        "The values of query parameters are compared without regard to case",
        breaks=("matching.query-exact",),
        cause="The comparison of headers was copied, with an option that was on for one of them.",
        rules=each_match(each_query(_value_in_any_case)),
    ),
    defect(
        "query-name-in-any-case",
        "The names of query parameters are compared without regard to case",
        breaks=("matching.query-name-case-sensitive",),
        cause="Parameters go through the code for headers, whose names have no case.",
        rules=each_match(_names_in_any_case),
    ),
    defect(
        "query-and-nothing-else",
        "A match on query parameters demands that there are no others, and that they come in the route's order",
        breaks=("matching.query-exact", "matching.query-and"),
        cause="The conditions are written out as one query string, and compared as such.",
        rules=each_match(_nothing_else),
    ),
    defect(
        "repeated-parameter-last-counts",
        "Of a query parameter that is repeated the last value is compared",
        breaks=("matching.query-repeated-first-value",),
        cause="The query is parsed into a map, in which later values replace earlier ones.",
        rules=each_match(_last_value),
    ),
    defect(
        "repeated-parameter-any-counts",
        "Of a query parameter that is repeated any value is enough",
        breaks=("matching.query-repeated-first-value",),
        cause="The condition is an expression that is searched for in the whole query.",
        rules=each_match(_any_value),
    ),
)
