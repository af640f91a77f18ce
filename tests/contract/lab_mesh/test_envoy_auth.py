"""Real Envoy: the ExternalAuth filter."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.lab_mesh.bench import Bench
from tests.contract.lab_mesh.objects import backend, cors, endpoints, parent, prefix, route, rule, service

FRONT = "10.96.2.1"
OWN = [service("front", FRONT), endpoints("front", "10.244.1.1")]


def auth(name: str, protocol: str = "HTTP", **settings: Any) -> dict:
    field = {protocol.lower(): settings} if settings else {protocol.lower(): {}}
    return {"type": "ExternalAuth", "externalAuth": {"protocol": protocol, "backendRef": backend(name), **field}}


def test_allowed_and_denied(bench: Bench) -> None:
    asked = auth("v2", allowedHeaders=["X-Status", "X-Reply"], allowedResponseHeaders=["X-User"], path="check")
    bench.apply(*OWN, route("r", parent("front"), rule(prefix("/a"), to="v1", filters=[asked]), rule(to="v1")))
    allowed = bench.get(f"{FRONT}/a/b?c=d", headers={"x-reply": "x-user=me"})
    assert (allowed.status, allowed.backend) == (200, "v1")
    assert (allowed.sees("x-user"), allowed.path) == (["me"], "/a/b?c=d")
    assert bench.get(f"{FRONT}/a", headers={"x-reply": "x-other=1"}).sees("x-other") == []
    before = bench.hits("v1")
    for status in (403, 401, 302, 201):
        denied = bench.get(f"{FRONT}/a", headers={"x-status": str(status)})
        assert denied.status == status
        assert bench.hits("v1") == before
    assert bench.get(f"{FRONT}/a", headers={"x-status": "500"}).status == 403
    assert bench.hits("v1") == before
    assert bench.get(f"{FRONT}/other", headers={"x-status": "403"}).backend == "v1"


def test_all_headers_of_the_answer_but_those_of_the_message(bench: Bench) -> None:
    bench.apply(*OWN, route("r", parent("front"), rule(to="v1", filters=[auth("v2", allowedHeaders=["x-reply"])])))
    for given, passes in (("authorization", True), ("x-a", True), ("content-type", False)):
        seen = bench.get(f"{FRONT}/", headers={"x-reply": f"{given}=t"}).raw["seen"]["headers"]
        assert (given in seen) is passes
        assert not {"content-length", "date", "server"} & seen.keys()


def test_an_allowed_request_may_travel_by_http2(bench: Bench) -> None:
    """The status of the service's answer is none of the request's headers: HTTP/2 would not survive it."""
    typed = service("typed", "10.96.2.2")
    typed["spec"]["ports"][0]["appProtocol"] = "kubernetes.io/h2c"
    asked = route("r", parent("front"), rule(to="typed", filters=[auth("v2")]))
    bench.apply(*OWN, typed, endpoints("typed", "10.244.1.1"), asked)
    answer = bench.get(f"{FRONT}/x")
    assert (answer.status, answer.raw["seen"]["http"]) == (200, 2)


def test_trouble_is_a_denial(bench: Bench) -> None:
    gone = [service("empty", "10.96.2.9"), endpoints("empty")]
    rules = [
        rule(prefix(f"/{name}"), to="v1", filters=[auth(name, protocol)])
        for name, protocol in (("ghost", "HTTP"), ("empty", "HTTP"), ("v2", "GRPC"))
    ]
    bench.apply(*OWN, *gone, route("r", parent("front"), *rules))
    before = bench.hits("v1")
    for path in ("/ghost", "/empty", "/v2"):
        assert bench.get(f"{FRONT}{path}").status == 403
    assert bench.hits("v1") == before


@pytest.mark.parametrize("kind", ["cors", "backend", "session"])
def test_with_other_parts_of_a_rule(bench: Bench, kind: str) -> None:
    asked = auth("v2", allowedHeaders=["x-status"])
    made = {
        "cors": rule(to="v1", filters=[asked, cors(allowOrigins=["*"])]),
        "backend": rule(to=[backend("v1", filters=[asked])]),
        "session": rule(to="v1", filters=[asked], sessionPersistence={}, retry={"codes": [503]}),
    }[kind]
    bench.apply(*OWN, route("r", parent("front"), made))
    headers = {"origin": "http://a.b"}
    assert bench.get(f"{FRONT}/", headers=headers).status == 200
    before = bench.hits("v1")
    assert bench.get(f"{FRONT}/", headers={**headers, "x-status": "401"}).status == 401
    assert bench.hits("v1") == before
    if kind == "cors":
        asked_first = {**headers, "access-control-request-method": "PUT", "x-status": "401"}
        assert bench.get(f"{FRONT}/", method="OPTIONS", headers=asked_first).status == 204


def test_what_the_service_sees(bench: Bench) -> None:
    """The answer of a denial is the service's own, which says what it saw."""
    bench.apply(*OWN, route("r", parent("front"), rule(to="v1", filters=[auth("v2", allowedHeaders=["X-Status"])])))
    sent = {"x-status": "403", "x-secret": "1", "authorization": "t", "cookie": "a=b", "x-lab-allowed": "x-secret"}
    answer = bench.get(f"{FRONT}/a?b=c", method="PUT", host="h.example", headers={**sent, "content-length": "0"})
    assert (answer.backend, answer.raw["seen"]["method"], answer.path) == ("v2", "PUT", "/a?b=c")
    seen = answer.raw["seen"]["headers"]
    assert (seen["host"], seen["authorization"], seen["x-status"]) == (["h.example"], ["t"], ["403"])
    assert seen.keys() <= {"host", "authorization", "x-status", "content-length"}
