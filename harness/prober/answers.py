"""From what engines say to observations and hits. Pure; what the mesh sent is in there, and is not trusted."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from harness.observation import Answer, Echo, Failure, Observation, Saw
from harness.prober.types import Batch

ECHO_HEADER = "x-gamma-echo"
BODY_SHOWN = 4096  # characters

DefaultNamespace = Callable[[str], str]


class Results:
    """The results of one batch, page by page; equal answers are the same object."""

    def __init__(self, batch: Batch, default_namespace: DefaultNamespace) -> None:
        self._batch = batch
        self._default_namespace = default_namespace
        self._answers: list[Answer] = []
        self._observations: list[Observation] = []

    @property
    def place(self) -> dict[str, int]:
        """Where the next page begins, as the engine wants to be told."""
        return {"after": len(self._observations), "groups": len(self._answers)}

    def add(self, page: dict[str, Any]) -> None:
        """Take in a page. Raises KeyError, TypeError, ValueError and IndexError for what is none."""
        self._answers += [answer_of(sample, self._default_namespace) for sample in page["groups"]]
        self._observations += [self._observation(record) for record in page["requests"]]

    def observations(self) -> list[Observation]:
        """One for each request so far, in the order of sending."""
        return sorted(self._observations, key=lambda one: one.started)

    def _observation(self, record: list[Any]) -> Observation:
        number, started, elapsed, connection, reopened, lag, address, group = record
        return Observation(
            id=f"{self._batch.id_prefix}-{number}",
            client=self._batch.client,
            address=address,
            answer=self._answers[group],
            started=started,
            elapsed=elapsed,
            connection=connection,
            reopened=bool(reopened),
            lag=lag,
        )


def answer_of(sample: dict[str, Any], default_namespace: DefaultNamespace) -> Answer:
    """The answer that a sample stands for."""
    headers = _pairs(sample["headers"])
    return Answer(
        status=sample["status"],
        headers=headers,
        body=sample["body"][:BODY_SHOWN],
        echo=_echo(headers, sample["body"], default_namespace),
        failure=Failure(sample["failure"]) if sample["failure"] else None,
        detail=sample["detail"],
        trailers=_pairs(sample["trailers"]),
        grpc_status=sample["grpc_status"],
        messages=sample["messages"],
    )


def _pairs(lines: Iterable[Any]) -> tuple[tuple[str, str], ...]:
    return tuple((str(name), str(value)) for name, value in lines)


def _echo(headers: Iterable[tuple[str, str]], body: str, default_namespace: DefaultNamespace) -> Echo | None:
    """The backend by its mark; the mark counts even where the body cannot be read."""
    mark = next((value for name, value in headers if name == ECHO_HEADER), "")
    parts = mark.split("/")
    if len(parts) != 4 or not (parts[3].isascii() and parts[3].isdigit() and len(parts[3]) <= 5):
        return None
    namespace, workload, pod, port = parts
    return Echo(default_namespace(namespace), workload, pod, _saw(body), int(port))


def _saw(body: str) -> Saw | None:
    try:
        saw = json.loads(body)["saw"]
        headers = _pairs(saw["headers"])
        content = saw.get("body", "")
        return Saw(
            method=str(saw["method"]),
            path=str(saw["path"]),
            host=str(saw["host"]),
            protocol=str(saw["protocol"]),
            headers=headers,
            body=None if content is None else str(content),
            sni=str(saw.get("sni") or ""),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
