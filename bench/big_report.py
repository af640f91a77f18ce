"""A report of ten thousand checks, as large as those of real runs are: for measuring what pages do with it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

from harness.evidence.model import (
    Answer,
    CheckRecord,
    Event,
    Header,
    Kind,
    OutcomeCount,
    PlannedCheck,
    PlannedScenario,
    Propagation,
    Quality,
    Requirement,
    Sample,
    ScenarioRecord,
    Verdict,
)
from harness.evidence.writer import ReportWriter

_PER_SCENARIO = 4
_AREAS = ("attachment", "matching", "filters", "weights", "timeouts", "retries", "grpc", "status")
_SUPPORTS = ("core", "extended", "experimental")
_WORDS = ("a", "request", "that", "no", "rule", "matches", "is", "answered", "by", "the", "mesh", "reaches", "backend")


def write(path: Path, checks: int = 10_000, seed: int = 1, failing: float = 0.01) -> Path:
    """A sound report of so many checks, of which this share fails; the same for the same seed."""
    chance = random.Random(seed)  # noqa: S311 (nothing here is a secret)
    statements = [_statement(number, chance) for number in range(250)]
    scenarios = [_scenario(number, statements, chance) for number in range(checks // _PER_SCENARIO)]
    head = Header(
        run="20260102-030405-abcd",
        suite_version="0.1.0",
        started="2026-01-02T03:04:05+00:00",
        seed=seed,
        mesh={"name": "large"},
        scenarios=tuple(scenarios),
    )
    writer = ReportWriter(path, head)
    for scenario in scenarios:
        writer.add(_record(scenario, chance), *_checks(scenario, chance, failing))
    writer.finish(1)
    return path


def _text(chance: random.Random, words: int) -> str:
    return " ".join(chance.choices(_WORDS, k=words))


def _statement(number: int, chance: random.Random) -> Requirement:
    return Requirement(
        id=f"{_AREAS[number % len(_AREAS)]}.statement-{number}",
        strength=("MUST", "SHOULD", "MAY")[number % 3],
        support=_SUPPORTS[number % 3],
        statement=_text(chance, 20),
        source=f"https://example.org/gateway-api/apis/v1/types.go (Field{number})",
    )


def _scenario(number: int, statements: list[Requirement], chance: random.Random) -> PlannedScenario:
    name, area = f"scenario-{number}", _AREAS[number % len(_AREAS)]
    return PlannedScenario(
        id=name,
        area=area,
        title=_text(chance, 12),
        why=_text(chance, 40),
        file=f"scenarios/{area}/{name}.yaml",
        digest="0" * 64,
        support=_SUPPORTS[number % 3],
        features=("Mesh", "HTTPRoute", f"HTTPRouteFeature{number % 40}"),
        checks=tuple(
            PlannedCheck(id=f"{name}/check-{place}", line=50 + place, proves=tuple(chance.sample(statements, 2)))
            for place in range(_PER_SCENARIO)
        ),
    )


def _record(scenario: PlannedScenario, chance: random.Random) -> ScenarioRecord:
    moments = (
        "apply services",
        "witness a from consumer: direct",
        "apply route",
        "gamma/a has the status none",
        "gamma/a has the status Accepted=True ResolvedRefs=True",
        "witness a from consumer: routed",
        "hold 2.0 s",
        "end of the hold",
    )
    return ScenarioRecord(
        id=scenario.id,
        started="2026-01-02T03:04:06+00:00",
        duration=4.2,
        timeline=tuple(Event(at=round(0.3 * at, 3), what=what) for at, what in enumerate(moments)),
        manifests="---\n# apply route\nkind: HTTPRoute\n" + "spec:\n  rules:\n  - matches: []\n" * 20,
        quality=Quality(propagation=(Propagation(change="create", step=4, seconds=round(chance.random(), 4)),)),
    )


def _checks(scenario: PlannedScenario, chance: random.Random, failing: float) -> Iterator[CheckRecord]:
    for planned in scenario.checks:
        failed = chance.random() < failing
        request = f"GET http://{scenario.id}.gamma-producer/elsewhere"
        answers = tuple(
            Answer(
                id=f"{planned.id}-{number}",
                client="consumer",
                at=round(number / 30, 3),
                elapsed_ms=2.5,
                connection=number,
                outcome="direct",
                summary="200 from gamma-producer/echo-v1",
                hits=1,
            )
            for number in range(50)
        )
        sample = Sample(
            id=f"{planned.id}-1",
            client="consumer",
            address="10.96.3.7:80",
            request=request,
            status=200,
            backend="gamma-producer/echo-v1",
            summary="200 from gamma-producer/echo-v1",
            elapsed_ms=2.4,
            at=1.3,
            headers=(("content-type", "application/json"), ("content-length", "297")),
            backend_saw={"method": "GET", "path": "/elsewhere", "host": "a", "headers": [["x-gamma-id", planned.id]]},
            backend_hits=1,
        )
        name = "direct" if failed else "rejected"
        counted = OutcomeCount(outcome=name, description="200 from echo-v1", count=60, sample=sample)
        yield CheckRecord(
            id=planned.id,
            scenario=scenario.id,
            check=planned.id.partition("/")[2],
            file=scenario.file,
            line=planned.line,
            step=5,
            steps=5,
            step_text='hold 2.0s, after witness "a" (routed)',
            verdict=Verdict.FAIL if failed else Verdict.PASS,
            kind=Kind.WRONG if failed else None,
            reason="60 of 60 answers were not rejected: 60 direct" if failed else "",
            request=f"consumer -> {request}",
            expected="rejected: 404 from the mesh, seen by no backend",
            observed=(counted,),
            answers=answers if failed else (),
            samples=60,
            wrong=("direct",) if failed else (),
            likely=_text(chance, 8) if failed else "",
            detectable=0.049,
            proves=planned.proves,
            reproduce=(f"gamma show {scenario.id} --at 5 --stage | kubectl apply -f -", f"kubectl exec send {request}"),
            evidence=f"evidence/{scenario.id}",
            duration=2.1,
        )
