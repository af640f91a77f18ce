"""What a real Envoy under the lab's control plane answers, in the terms of the oracle."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urljoin, urlsplit

from tests.contract.lab_mesh.bench import Bench
from tests.oracle import filters
from tests.oracle.lab_answer import HTTP_STATUS
from tests.oracle.lab_objects import Block, backend_of
from tests.oracle.terms import Failed, Forwarded, Headers, Outcome, Redirected, Request

GRPC_STATUS = {2: "UNKNOWN", 7: "PERMISSION_DENIED", 12: "UNIMPLEMENTED", 13: "INTERNAL", 14: "UNAVAILABLE"}
TOLD = ("x-one", "x-two", "x-three", "x-new", "x-more", "x-by-rule", "x-by-backend")
"""The headers that requests and filters have; proxies add others."""


def asked(bench: Bench, block: Block, request: Request, times: int) -> list[Outcome]:
    """Send the request so often and say what came of it. Copies are not looked at."""
    to = f"{block.service_address(request.namespace, request.service)}:{request.port}"
    source = block.client_address(request.client)
    reply = [("x-reply", f"{name}={value}") for name, value in request.answer]
    if request.grpc:
        metadata = [[name.lower(), value] for name, value in (*request.headers, *reply)]
        call = {"source": source, "to": to, "path": request.path, "metadata": metadata}
        answers = bench._call({"call": call, "times": times})
    else:
        target = request.path + (f"?{request.query}" if request.query else "")
        lines = [f"{name}: {value}" for name, value in (("host", request.host), *request.headers, *reply)]
        text = "\r\n".join([f"{request.method} {target} HTTP/1.1", *lines, "", ""])
        answers = bench._call({"send": {"source": source, "to": to, "text": text}, "times": times})
    return [_outcome(answer, request) for answer in answers]


def seen(outcome: Outcome, request: Request) -> Outcome:
    """The outcome as it is seen here: without copies, and a redirect of a call as what gRPC takes it for."""
    if isinstance(outcome, Redirected) and request.grpc:
        return Failed.of("UNKNOWN")
    if not isinstance(outcome, Forwarded):
        return outcome
    return Forwarded(
        outcome.backend, outcome.host, outcome.path, outcome.query, _told(outcome.headers), _told(outcome.answer)
    )


def allowed(observed: Outcome, outcomes: Iterable[Outcome], request: Request) -> bool:
    """Whether it is one of these; of failures, whether a status is."""
    expected = [seen(one, request) for one in outcomes]
    if not isinstance(observed, Failed):
        return observed in expected
    return any(_codes(observed) & _codes(one) for one in expected if isinstance(one, Failed))


def _codes(failed: Failed) -> set[int | str]:
    return {code for status in failed.statuses for code in HTTP_STATUS.get(str(status), [status])}


def _outcome(answer: dict[str, Any], request: Request) -> Outcome:
    if "error" in answer:
        return Failed.of(answer["error"])
    headers = [(name, value) for name, value in answer["headers"] if isinstance(value, str)]
    status = answer["http"] if request.grpc else answer["status"]
    if 300 <= status < 400:
        if request.grpc:
            return Failed.of("UNKNOWN")
        port = f":{request.port}" if ":" not in request.host and request.port != 80 else ""
        return Redirected(status, _location(dict(headers)["location"], f"http://{request.host}{port}{request.path}"))
    if answer["seen"] is None:
        return Failed.of(GRPC_STATUS.get(answer["status"], answer["status"]) if request.grpc else status)
    got = answer["seen"]
    path, _, query = got["path"].partition("?")
    arrived = [(name, value) for name, values in got["headers"].items() for value in values]
    host = got["headers"]["host"][0]
    told = _told(filters.grouped(arrived)), _told(filters.grouped(headers))
    return Forwarded(backend_of(got["name"]), host, path, query, *told)


def _told(headers: Headers) -> Headers:
    return tuple((name, values) for name, values in headers if name in TOLD)


def _location(value: str, base: str) -> str:
    found = urlsplit(urljoin(base, value))
    assert found.hostname is not None
    return filters.location(found.scheme, found.hostname, found.port or filters.WELL_KNOWN[found.scheme], found.path)
