"""Real Envoy: which requests a route's matches select, and which match wins."""

from __future__ import annotations

import pytest

from tests.contract.lab_mesh.bench import Bench
from tests.contract.lab_mesh.objects import endpoints, exact, header, parent, prefix, route, rule, service

FRONT = "10.96.2.1"


def front(bench: Bench, *rules: dict, **meta: str) -> None:
    """A frontend without endpoints of its own, with one route."""
    bench.apply(service("front", FRONT, selector=None), route("front", parent("front"), *rules, **meta))


def chosen(bench: Bench, path: str, **options: object) -> object:
    """The backend that answers, or the status if none does."""
    answer = bench.get(f"{FRONT}{path}", **options)
    return answer.backend or answer.status


@pytest.mark.parametrize(
    ("match", "selected", "refused"),
    [
        (exact("/one"), ["/one", "/one?x=/two"], ["/one/", "/one/x", "/onex", "/One", "/", "//one"]),
        (prefix("/v2"), ["/v2", "/v2/", "/v2/x", "/v2?q"], ["/v2x", "/x/v2", "/V2", "/", "//v2", "/v2%2Fx"]),
        (prefix("/abc/"), ["/abc", "/abc/", "/abc/d"], ["/abcd", "/ab"]),
        (prefix("/"), ["/", "/anything", "//", "/a/../b"], []),
        (exact("/"), ["/", "/?a=b"], ["/x", "//"]),
        ({"path": {"type": "RegularExpression", "value": "/a+"}}, ["/a", "/aaa", "/aa?q=1"], ["/ab", "/b"]),
    ],
)
def test_path(bench: Bench, match: dict, selected: list[str], refused: list[str]) -> None:
    front(bench, rule(match, to="v1"))
    assert {path: chosen(bench, path) for path in selected} == dict.fromkeys(selected, "v1")
    assert {path: chosen(bench, path) for path in refused} == dict.fromkeys(refused, 404)


def test_rule_without_matches_takes_every_request(bench: Bench) -> None:
    front(bench, rule(to="v1"))
    for method in ("GET", "POST", "DELETE", "PATCH", "OPTIONS"):
        assert chosen(bench, "/any", method=method, headers={"content-length": "0"}) == "v1"


def test_headers(bench: Bench) -> None:
    two = {"headers": [header("Version", "two"), header("color", "orange")]}
    front(bench, rule(two, to="v1"), rule({"headers": [header("version", "three")]}, to="v2"))
    assert chosen(bench, "/", headers={"VERSION": "two", "color": "orange"}) == "v1"
    assert chosen(bench, "/", headers={"version": "three"}) == "v2"
    for sent in ({"version": "two"}, {"version": "Three"}, {"version": "three-b"}, {"version": "xthree"}, {}):
        assert chosen(bench, "/", headers=sent) == 404


def test_header_names_differing_by_case_only_the_first_counts(bench: Bench) -> None:
    front(bench, rule({"headers": [header("foo", "a"), header("Foo", "b")]}, to="v1"))
    assert chosen(bench, "/", headers={"foo": "a"}) == "v1"
    assert chosen(bench, "/", headers={"foo": "b"}) == 404


def test_host_is_an_ordinary_header(bench: Bench) -> None:
    front(bench, rule({"headers": [header("Host", "a.example")]}, to="v1"))
    assert chosen(bench, "/", host="a.example") == "v1"
    assert chosen(bench, "/", host="b.example") == 404


def test_query_and_method(bench: Bench) -> None:
    query = {"queryParams": [header("animal", "whale"), header("color", "blue")]}
    front(bench, rule(query, to="v1"), rule({"method": "PATCH"}, to="v2"))
    assert chosen(bench, "/?animal=whale&color=blue&x=y") == "v1"
    assert chosen(bench, "/?animal=whale&animal=dog&color=blue") == "v1"
    for refused in ("/?animal=whale", "/?Animal=whale&color=blue", "/?animal=whalex&color=blue", "/"):
        assert chosen(bench, refused) == 404
    assert chosen(bench, "/", method="PATCH", headers={"content-length": "0"}) == "v2"


def test_match_entries_are_alternatives_and_conditions_are_not(bench: Bench) -> None:
    front(bench, rule(prefix("/a", headers=[header("x", "y")]), {"headers": [header("z", "1")]}, to="v1"))
    assert chosen(bench, "/a", headers={"x": "y"}) == "v1"
    assert chosen(bench, "/b", headers={"z": "1"}) == "v1"
    assert chosen(bench, "/a") == 404
    assert chosen(bench, "/b", headers={"x": "y"}) == 404


def test_precedence(bench: Bench) -> None:
    front(
        bench,
        rule(prefix("/"), prefix("/very/long"), to="v1"),
        rule(prefix("/very"), to="v2"),
        rule(exact("/very/long/exact"), to="v3"),
        rule(prefix("/", headers=[header("a", "1"), header("b", "1"), header("c", "1")]), to="v3"),
    )
    everything = {"a": "1", "b": "1", "c": "1"}
    assert chosen(bench, "/very/x", headers=everything) == "v2"
    assert chosen(bench, "/very/long/x") == "v1"
    assert chosen(bench, "/very/long/exact") == "v3"
    assert chosen(bench, "/z") == "v1"
    assert chosen(bench, "/z", headers=everything) == "v3"


def test_oldest_route_wins_a_tie_and_its_removal_hands_over(bench: Bench) -> None:
    old = route("zz", parent("front"), rule(prefix("/x"), to="v1"), created="2026-01-01T00:00:01Z")
    new = route("aa", parent("front"), rule(prefix("/x"), to="v2"), created="2026-01-01T00:00:02Z")
    bench.apply(service("front", FRONT), old, new)
    assert chosen(bench, "/x") == "v1"
    bench.apply(service("front", FRONT), new)
    assert chosen(bench, "/x") == "v2"


def test_largest_route_of_the_schema(bench: Bench) -> None:
    rules = [rule(*(exact(f"/{r}/{m}") for m in range(8)), to=f"v{r % 2 + 1}") for r in range(16)]
    front(bench, *rules)
    for r in range(16):
        assert chosen(bench, f"/{r}/0") == chosen(bench, f"/{r}/7") == f"v{r % 2 + 1}"
    assert chosen(bench, "/15/8") == 404


def test_several_routes_merge_and_unmatched_is_404(bench: Bench) -> None:
    bench.apply(
        service("front", FRONT, ports={"http": 80, "http-alt": 8080}),
        endpoints("front", "10.244.1.1", ports={"http": 8080, "http-alt": 8081}),
        route("a", parent("front", sectionName="http"), rule(prefix("/a"), to="v1")),
        route("b", parent("front", port=80), rule(prefix("/b"), to="v2")),
    )
    assert [chosen(bench, path) for path in ("/a", "/b", "/c")] == ["v1", "v2", 404]
    answer = bench.get(f"{FRONT}:8080/c")
    assert (answer.status, answer.backend, answer.port) == (200, "v1", "8081")
