"""From an engine's pages to observations."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.observation import Answer, Echo, Failure, Observation, Saw
from harness.prober.answers import Results, answer_of
from harness.prober.types import Batch
from harness.scenario.model import Client, Probe

CLIENT = Client("consumer")
BATCH = Batch(
    client=CLIENT,
    probe=Probe.model_validate({"from": "consumer", "url": "http://x/"}),
    url="http://x/",
    address=("10.96.0.1", 80),
    id_prefix="s.t.1",
    interval=0.1,
    count=2,
)
SAW = {"method": "GET", "path": "/", "host": "x", "protocol": "http1", "headers": [["host", "x"], ["a", "b"]]}


def sample(**changes: Any) -> dict[str, Any]:
    usual = {"status": 200, "headers": [["x-gamma-echo", "x-producer/echo-v1/pod-1/8080"]], "failure": "", "detail": ""}
    usual |= {"trailers": [], "grpc_status": None, "messages": None}
    return {"version": "HTTP/1.1", "reason": "OK", "body": json.dumps({"saw": SAW}), **usual, **changes}


def default(namespace: str) -> str:
    return namespace.replace("x-", "gamma-", 1)


def test_pages_become_observations_in_the_order_of_sending() -> None:
    results = Results(BATCH, default)
    first = [0, 0.2, 0.01, 3, 0, 0.0, "10.96.0.1:80", 0]
    results.add({"groups": [sample()], "requests": [first]})
    assert results.place == {"after": 1, "groups": 1}
    reset = sample(status=None, headers=[], body="", failure="reset", detail="why")
    results.add({"groups": [reset], "requests": [[1, 0.1, 0.02, 4, 1, 0.06, "", 1], [2, 0.3, 0.0, 5, 0, 0, "", 0]]})
    failed, answered, again = results.observations()
    echo = Echo("gamma-producer", "echo-v1", "pod-1", Saw("GET", "/", "x", "http1", (("host", "x"), ("a", "b"))), 8080)
    assert answered.answer.echo == echo
    assert answered.answer is again.answer
    assert failed == Observation(
        "s.t.1-1", CLIENT, "", Answer(failure=Failure.RESET, detail="why"), 0.1, 0.02, 4, reopened=True, lag=0.06
    )
    assert (answered.id, answered.address, answered.reopened) == ("s.t.1-0", "10.96.0.1:80", False)


@pytest.mark.parametrize("page", [{}, {"groups": [], "requests": [[1]]}, {"groups": [], "requests": [[0] * 8]}])
def test_pages_that_make_no_sense(page: dict[str, Any]) -> None:
    with pytest.raises((KeyError, ValueError, IndexError, TypeError)):
        Results(BATCH, default).add(page)


@pytest.mark.parametrize("mark", ["", "a/b/c", "a/b/c/d", "a/b/c/1/2", "a/b/c/\u0661", "a/b/c/123456"])
def test_a_mark_that_is_none(mark: str) -> None:
    assert answer_of(sample(headers=[["x-gamma-echo", mark]]), default).echo is None


@pytest.mark.parametrize("body", ["", "nonsense", "[" * 100_000, '{"saw": 1}', '{"saw": {"headers": [1]}}', "null"])
def test_a_mark_counts_where_the_body_cannot_be_read(body: str) -> None:
    answer = answer_of(sample(body=body), default)
    assert answer.echo == Echo("gamma-producer", "echo-v1", "pod-1", None, 8080)
    assert len(answer.body) <= 4096


@given(st.text(max_size=30), st.text(max_size=30))
def test_whatever_the_mesh_sent(mark: str, body: str) -> None:
    answer_of(sample(headers=[["x-gamma-echo", mark]], body=body), default)


def test_what_became_of_a_call() -> None:
    answer = answer_of(sample(trailers=[["grpc-status", "5"]], grpc_status="NOT_FOUND", messages=2), default)
    assert (answer.trailers, answer.grpc_status, answer.messages) == ((("grpc-status", "5"),), "NOT_FOUND", 2)
