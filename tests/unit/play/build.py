"""Short ways to write observations, outcomes and series."""

from __future__ import annotations

from typing import Any

from harness.observation import Answer, Echo, Failure, Hit, Observation, Saw
from harness.play.classify import Classified
from harness.play.judge import Series
from harness.scenario.model import Client, Outcome, Probe

CONSUMER = Client("consumer")


def outcome(**fields: Any) -> Outcome:
    return Outcome.model_validate(fields)


def probe(**fields: Any) -> Probe:
    return Probe.model_validate({"from": "consumer", "url": "http://front.gamma-producer/", **fields})


def saw(headers: tuple[tuple[str, str], ...] = (), body: str | None = "") -> Saw:
    return Saw("GET", "/", "front", "http1", headers, body)


def echo(workload: str = "echo-v1", role: str = "producer", port: int = 8080, seen: Saw | None = None) -> Echo:
    return Echo(f"gamma-{role}", workload, f"{workload}-pod", seen or saw(), port)


def answered(status: int = 200, by: Echo | None = None, **more: Any) -> Answer:
    return Answer(status=status, echo=by, **more)


def seen(
    answer: Answer, *, elapsed: float = 0.01, lag: float = 0.0, started: float = 0.0, name: str = "r-0"
) -> Observation:
    return Observation(name, CONSUMER, "10.96.0.1:80", answer, started, elapsed, 0, lag=lag)


def failed(failure: Failure, **more: Any) -> Observation:
    return seen(Answer(failure=failure, detail="because"), **more)


def hit(pod: str = "echo-v1-pod", **more: Any) -> Hit:
    return Hit(**{"pod": pod, "namespace": "gamma-producer", "workload": "echo-v1", "attempt": 1, **more})


def classified(names: str, *, leaked: bool = False, backend: bool = False) -> tuple[Classified, ...]:
    """``"good*3 bad"``: four answers, in this order; with ``backend`` an echo answered each."""
    answers: list[Classified] = []
    for word in names.split():
        name, _, times = word.partition("*")
        for _ in range(int(times or 1)):
            number = len(answers)
            what = answered(200, echo()) if backend else answered(404)
            answers.append(
                Classified(seen(what, started=number / 30, name=f"{name}-{number}"), name, leaked and name == "other")
            )
    return tuple(answers)


def series(names: str, expected: str = "good", wanted: int = 60, **more: Any) -> Series:
    return Series("probe", CONSUMER, expected, classified(names, **more), wanted)
