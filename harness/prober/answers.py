"""From an engine's results to observations. Pure; everything in them is untrusted."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from harness.observation import Answer, Echo, Failure, Observation, Saw
from harness.prober.types import Batch

ECHO_HEADER = "x-gamma-echo"

DefaultNamespace = Callable[[str], str]


def observations(batch: Batch, results: dict[str, Any], default_namespace: DefaultNamespace) -> list[Observation]:
    """One for each request, in the order of sending; equal answers are the same object."""
    answers = [answer_of(sample, default_namespace) for sample in results["groups"]]
    found = [
        Observation(
            id=f"{batch.id_prefix}-{number}",
            client=batch.client,
            address=address,
            answer=answers[group],
            started=started,
            elapsed=elapsed,
            connection=connection,
            reopened=bool(reopened),
            lag=lag,
        )
        for number, started, elapsed, connection, reopened, lag, address, group in results["requests"]
    ]
    return sorted(found, key=lambda one: one.started)


def answer_of(sample: dict[str, Any], default_namespace: DefaultNamespace) -> Answer:
    """The answer that a sample stands for."""
    headers = tuple((str(name), str(value)) for name, value in sample["headers"])
    return Answer(
        status=sample["status"],
        headers=headers,
        body=sample["body"],
        echo=_echo(headers, sample["body"], default_namespace),
        failure=Failure(sample["failure"]) if sample["failure"] else None,
        detail=sample["detail"],
    )


def _echo(headers: tuple[tuple[str, str], ...], body: str, default_namespace: DefaultNamespace) -> Echo | None:
    """The backend by its mark; the mark counts even where the body cannot be read."""
    mark = next((value for name, value in headers if name == ECHO_HEADER), None)
    parts = mark.split("/") if mark else []
    if len(parts) != 4 or not (parts[3].isascii() and parts[3].isdigit()):
        return None
    namespace, workload, pod, port = parts
    return Echo(default_namespace(namespace), workload, pod, _saw(body), int(port))


def _saw(body: str) -> Saw | None:
    try:
        saw = json.loads(body)["saw"]
        headers = tuple((str(name), str(value)) for name, value in saw["headers"])
        return Saw(str(saw["method"]), str(saw["path"]), str(saw["host"]), str(saw["protocol"]), headers)
    except (ValueError, KeyError, TypeError):
        return None
