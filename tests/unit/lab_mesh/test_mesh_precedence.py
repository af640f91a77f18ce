"""Which match wins."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.mesh.model.precedence import by_precedence, candidates, precedence
from lab.mesh.world.parse_route import parse_route
from lab.mesh.world.route import Match, ObjectKey, PathKind, PathMatch, Route, Rule, ValueMatch
from tests.contract.lab_mesh.objects import exact, header, parent, prefix, route, rule

HEADERS = [header(name, "1") for name in "abc"]


def regex(value: str) -> dict[str, Any]:
    return {"path": {"type": "RegularExpression", "value": value}}


def winners(*routes: dict[str, Any]) -> list[str]:
    """Names of the backends, the winner first."""
    return [each.rule.backends[0].name for each in by_precedence(parse_route(obj) for obj in routes)]


# Each match beats all that follow it.
LADDER = [
    exact("/a/b/c"),
    exact("/a"),
    regex("/a.*"),
    prefix("/a/b", method="GET", headers=HEADERS),
    prefix("/a/b", method="GET"),
    prefix("/a/b"),
    prefix("/a", method="PATCH"),
    prefix("/a", headers=HEADERS),
    prefix("/a", headers=HEADERS[:2], queryParams=HEADERS),
    prefix("/a", headers=HEADERS[:2]),
    prefix("/a", headers=HEADERS[:1]),
    prefix("/a", queryParams=HEADERS),
    prefix("/a", queryParams=HEADERS[:1]),
    prefix("/a"),
    prefix("/", headers=HEADERS),
    prefix("/", queryParams=HEADERS),
    prefix("/"),
]


@pytest.mark.parametrize("seed", range(5))
def test_specificity_ladder_whatever_the_order_of_rules_and_routes(seed: int) -> None:
    shuffled = list(enumerate(LADDER))
    random.Random(seed).shuffle(shuffled)
    rules = [rule(match, to=f"b{rank}") for rank, match in shuffled]
    expected = [f"b{rank}" for rank in range(len(LADDER))]
    assert winners(route("r", parent("s"), *rules)) == expected
    spread = [route(f"r{n}", parent("s"), each, created=f"2026-01-01T00:00:{n:02}Z") for n, each in enumerate(rules)]
    assert winners(*spread) == expected


def test_trailing_slash_is_no_character() -> None:
    assert winners(route("r", parent("s"), rule(prefix("/ab"), to="first"), rule(prefix("/ab/"), to="second"))) == [
        "first",
        "second",
    ]


def test_first_rule_and_first_match_win_ties() -> None:
    tied = route("r", parent("s"), rule(prefix("/x"), to="v1"), rule(prefix("/x"), to="v2"))
    assert winners(tied) == ["v1", "v2"]


def test_older_route_wins_then_the_name() -> None:
    def tied(name: str, second: int) -> dict[str, Any]:
        return route(name, parent("s"), rule(prefix("/x"), to=name), created=f"2026-01-01T00:00:{second:02}Z")

    assert winners(tied("aa", 2), tied("zz", 1)) == ["zz", "aa"]
    assert winners(tied("zz", 1), tied("aa", 1)) == ["aa", "zz"]


def test_priority_belongs_to_the_match_and_not_to_its_rule() -> None:
    both = rule(prefix("/"), prefix("/very/long"), to="v1")
    assert winners(route("r", parent("s"), both, rule(prefix("/very"), to="v2"))) == ["v1", "v2", "v1"]


paths = st.builds(PathMatch, st.sampled_from(PathKind), st.sampled_from(["/", "/a", "/a/", "/a/b", "/abc"]))
values = st.lists(st.builds(ValueMatch, st.sampled_from("abcd"), st.just("1")), max_size=3).map(tuple)
matches = st.builds(Match, path=paths, method=st.sampled_from([None, "GET"]), headers=values, query=values)
rules = st.lists(matches, min_size=1, max_size=3).map(lambda found: Rule(matches=tuple(found)))
routes = st.builds(
    lambda name, created, found: Route(ObjectKey("ns", name), name, "1", 1, created, (), tuple(found)),
    st.text("abc", min_size=1, max_size=2),
    st.sampled_from(["2026-01-01T00:00:01Z", "2026-01-01T00:00:02Z"]),
    st.lists(rules, min_size=1, max_size=3),
)


def _named(found: list[Route]) -> list[Route]:
    """Routes of one namespace have different names."""
    return [replace(each, key=ObjectKey("ns", f"{each.uid}{number}")) for number, each in enumerate(found)]


@given(st.lists(routes, max_size=4).map(_named))
def test_order_is_total_and_independent_of_input_order(found: list[Route]) -> None:
    ordered = by_precedence(found)
    assert ordered == by_precedence(reversed(found))
    assert len(ordered) == len(candidates(found))
    keys = [precedence(each) for each in ordered]
    assert all(earlier < later for earlier, later in pairwise(keys))


@given(st.lists(routes, max_size=4).map(_named))
def test_exact_is_before_prefix_and_longer_before_shorter(found: list[Route]) -> None:
    ordered = [each.match.path for each in by_precedence(found)]
    for earlier, later in pairwise(ordered):
        assert (earlier.kind is PathKind.EXACT) >= (later.kind is PathKind.EXACT)
        if earlier.kind is later.kind is PathKind.PREFIX:
            assert len(earlier.elements) >= len(later.elements)
