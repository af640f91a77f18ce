"""Real Envoy: the CORS filter."""

from __future__ import annotations

import pytest

from tests.contract.lab_mesh.bench import Answer, Bench
from tests.contract.lab_mesh.objects import (
    backend,
    cors,
    edit_response,
    endpoints,
    parent,
    prefix,
    redirect,
    route,
    rule,
    service,
)

FRONT = "10.96.2.1"
OWN = [service("front", FRONT), endpoints("front", "10.244.1.1")]
ALLOW = "access-control-allow-origin"
SITE = "https://www.foo.com"


def preflight(bench: Bench, origin: str, path: str = "/", method: str = "PUT", asked: str = "x-a, x-b") -> Answer:
    """A preflight request; the backend's journal must not show it."""
    before = bench.hits("v1")
    headers = {"origin": origin, "access-control-request-method": method, "access-control-request-headers": asked}
    answer = bench.get(f"{FRONT}{path}", method="OPTIONS", headers=headers)
    assert bench.hits("v1") == before
    return answer


def answers_of(answer: Answer) -> dict[str, list[str]]:
    names = {name for name, _ in answer.raw["headers"] if name.startswith("access-control")}
    return {name.removeprefix("access-control-"): answer.header(name) for name in sorted(names)}


def test_lists_are_returned(bench: Bench) -> None:
    full = cors(
        allowOrigins=[SITE],
        allowMethods=["GET", "PUT"],
        allowHeaders=["X-A", "X-B"],
        exposeHeaders=["X-C"],
        maxAge=3600,
        allowCredentials=True,
    )
    short = cors(allowOrigins=[SITE])
    rules = (rule(prefix("/full"), to="v1", filters=[full]), rule(to="v1", filters=[short]))
    bench.apply(*OWN, route("r", parent("front"), *rules))
    answer = preflight(bench, SITE, "/full")
    assert answer.status == 204
    assert answers_of(answer) == {
        "allow-origin": [SITE],
        "allow-credentials": ["true"],
        "allow-methods": ["GET", "PUT"],
        "allow-headers": ["X-A", "X-B"],
        "max-age": ["3600"],
    }
    assert answers_of(preflight(bench, SITE)) == {"allow-origin": [SITE], "max-age": ["5"]}
    simple = bench.get(f"{FRONT}/full", headers={"origin": SITE})
    assert simple.backend == "v1"
    expected = {"allow-origin": [SITE], "allow-credentials": ["true"], "expose-headers": ["X-C"]}
    assert answers_of(simple) == expected
    assert answers_of(bench.get(f"{FRONT}/", headers={"origin": SITE})) == {"allow-origin": [SITE]}


ALLOWED = ["https://*.bar.com", "http://plain.example:8080", "https://port.example:443", "http://x.*.example"]


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("https://a.bar.com", True),
        ("https://a.b.bar.com", True),
        ("https://bar.com", False),
        ("https://foobar.com", False),
        ("http://a.bar.com", False),
        ("https://a.bar.com:8443", False),
        ("https://a.bar.com.evil.example", False),
        ("https://evil.example/.bar.com", False),
        ("http://plain.example:8080", True),
        ("http://plain.example", False),
        ("https://port.example", True),
        ("null", False),
    ],
)
def test_origins(bench: Bench, origin: str, allowed: bool) -> None:
    bench.apply(*OWN, route("r", parent("front"), rule(to="v1", filters=[cors(allowOrigins=ALLOWED)])))
    asked = preflight(bench, origin)
    headers = {"origin": origin, "x-reply": f"{ALLOW}=*"}
    plain = bench.get(f"{FRONT}/", headers=headers)
    assert (asked.status, asked.header(ALLOW)) == ((204, [origin]) if allowed else (403, []))
    assert (plain.backend, plain.header(ALLOW)) == ("v1", [origin] if allowed else [])


@pytest.mark.parametrize("credentials", [True, False])
def test_wildcards(bench: Bench, credentials: bool) -> None:
    every = {name: ["*"] for name in ("allowOrigins", "allowMethods", "allowHeaders", "exposeHeaders")}
    filters = [cors(**every, allowCredentials=credentials)]
    bench.apply(*OWN, route("r", parent("front"), rule(to="v1", filters=filters)))
    found = answers_of(preflight(bench, SITE))
    assert found["allow-origin"] == [SITE]
    assert found["allow-methods"] == (["PUT"] if credentials else ["*"])
    assert found["allow-headers"] == (["x-a", "x-b"] if credentials else ["*"])
    assert ("allow-credentials" in found) is credentials
    assert ("*" in bench.get(f"{FRONT}/", headers={"origin": SITE}).header("access-control-expose-headers")) is (
        not credentials
    )


def test_only_preflight_requests_are_answered_here(bench: Bench) -> None:
    bench.apply(*OWN, route("r", parent("front"), rule(to="v1", filters=[cors(allowOrigins=[SITE])])))
    for headers in ({}, {"origin": SITE}, {"access-control-request-method": "GET"}):
        assert bench.get(f"{FRONT}/", method="OPTIONS", headers=headers).backend == "v1"


def test_filter_of_a_backend_and_other_filters(bench: Bench) -> None:
    own = edit_response(set=[{"name": ALLOW.title(), "value": "mine"}], remove=["Access-Control-Expose-Headers"])
    rules = (
        rule(prefix("/b"), to=[backend("v1", filters=[cors(allowOrigins=[SITE])]), backend("v2")]),
        rule(prefix("/e"), to="v1", filters=[cors(allowOrigins=[SITE], exposeHeaders=["X"]), own]),
        rule(prefix("/r"), filters=[cors(allowOrigins=[SITE]), redirect(hostname="away.example")]),
        rule(prefix("/g"), to="ghost", filters=[cors(allowOrigins=[SITE])]),
    )
    bench.apply(*OWN, route("r", parent("front"), *rules))
    split = bench.get(f"{FRONT}/b", times=60, headers={"origin": SITE})
    assert {(answer.backend, bool(answer.header(ALLOW))) for answer in split} == {("v1", True), ("v2", False)}
    edited = bench.get(f"{FRONT}/e", headers={"origin": SITE})
    assert answers_of(edited) == {"allow-origin": ["mine"]}
    for path, status in (("/r", 302), ("/g", 500)):
        answer = bench.get(f"{FRONT}{path}", headers={"origin": SITE})
        assert (answer.status, answer.header(ALLOW)) == (status, [SITE])


def test_many_origins(bench: Bench) -> None:
    origins = [f"https://*.site-{n}.a-long-name.example" for n in range(64)]
    bench.apply(*OWN, route("r", parent("front"), rule(to="v1", filters=[cors(allowOrigins=origins)])))
    assert preflight(bench, "https://x.site-63.a-long-name.example").status == 204
