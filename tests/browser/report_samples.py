"""A report with something of everything, so that every part of the page is there to be looked at."""

from __future__ import annotations

from pathlib import Path

from harness.evidence.model import (
    Answer,
    CheckRecord,
    Event,
    Excused,
    FeatureClaim,
    Kind,
    PlannedCheck,
    PlannedScenario,
    Propagation,
    Proportion,
    Quality,
    Requirement,
    Verdict,
)
from harness.evidence.writer import ReportWriter
from tests.evidence_samples import REJECTED, check, header, outcome, sample, scenario_record

WEIGHTS = Requirement(
    id="weights.proportional",
    strength="MUST",
    support="core",
    statement="Requests are split among backends in proportion to their weights.",
    source="https://example.org/gateway-api/apis/v1/shared_types.go (BackendRef.Weight)",
)
ACCURACY = Requirement(
    id="timeouts.request-504",
    strength="SHOULD",
    support="extended",
    contested=True,
    statement="A request that takes longer than its timeout is answered with 504.",
    source="https://example.org/gateway-api/geps/gep-1742",
)
MANIFEST = "---\n# apply route\napiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata:\n  name: split\n"
SEND = (
    "kubectl -n gamma-consumer exec deploy/client -c app -- python3 /gamma/probe.pyz send http://split.gamma-producer/a"
)
#: area, support, feature, requirement of a scenario
SCENARIOS = {
    "split": ("weights", "core", "HTTPRoute", WEIGHTS),
    "slow": ("timeouts", "extended", "HTTPRouteRequestTimeout", ACCURACY),
    "unmatched": ("attachment", "core", "HTTPRoute", REJECTED),
    "retried": ("retries", "experimental", "HTTPRouteRetry", WEIGHTS),
}
CLAIMS = tuple(
    FeatureClaim(name=name, support=support, state=state, by="profile")
    for name, support, state in (
        ("HTTPRoute", "core", "claimed"),
        ("HTTPRouteRequestTimeout", "extended", "claimed"),
        ("HTTPRouteCORS", "extended", "claimed"),
        ("HTTPRouteRetry", "experimental", "undeclared"),
        ("UDPRoute", "experimental", "disclaimed"),
    )
)


def records(passing: int = 70) -> tuple[CheckRecord, ...]:
    """A check for nearly every verdict, and many that pass."""
    answers = tuple(
        Answer(
            id=f"split-{number}",
            client="consumer",
            at=2 + number / 30,
            elapsed_ms=1.5,
            connection=number,
            outcome="v1" if number % 2 else "v2",
            summary="200 from gamma-producer/echo-v1",
            hits=1,
        )
        for number in range(50)
    )
    split = {
        "scenario": "split",
        "proves": (WEIGHTS,),
        "observed": (outcome("v2", 400, sample=sample()), outcome("v1", 366, sample=sample(status=200))),
        "proportions": (Proportion(client="consumer", outcome="v2", count=400, size=766, low=473, high=597),),
        "samples": 766,
        "reproduce": ("gamma show split --at 5 --stage | kubectl apply -f -", SEND),
    }
    failed = check(
        "seventy-thirty",
        Verdict.FAIL,
        kind=Kind.WRONG,
        reason="consumer got 400 of 766 v2, expected 473 to 597",
        likely="weights are ignored: all backends count alike",
        answers=answers,
        wrong=(),
        **split,
    )
    slow = {"scenario": "slow", "proves": (ACCURACY,)}
    return (
        *(check(f"passes-{number:03}", scenario="unmatched", proves=(REJECTED,)) for number in range(passing)),
        check("lookalike", Verdict.SKIP, scenario="unmatched", reason="the mesh disclaims UDPRoute", observed=()),
        failed,
        check("zero-gets-nothing", **split),
        check("late", Verdict.DEVIATION, kind=Kind.WRONG, reason="fired 300 ms late", **slow),
        check("lost", Verdict.ERROR, reason="the exec session broke", **slow),
        check("seen", Verdict.OBSERVED, reason="the mesh answered 503", **slow),
        check("known", Verdict.XFAIL, reason="60 of 60 were direct", **slow),
        check("again", scenario="retried", proves=(WEIGHTS,), undeclared=("HTTPRouteRetry",), reason="works"),
    )


def write(directory: Path, checks: tuple[CheckRecord, ...] = records()) -> Path:
    """The report of these checks, whose scenarios are those of `SCENARIOS`."""
    plan = tuple(
        PlannedScenario(
            id=name,
            area=SCENARIOS[name][0],
            title=f"What {name} is about",
            why="Somebody\nrelies on it.",
            file=f"scenarios/{SCENARIOS[name][0]}/{name}.yaml",
            digest="0" * 64,
            support=SCENARIOS[name][1],
            features=(SCENARIOS[name][2],),
            checks=tuple(PlannedCheck(id=c.id, line=c.line, proves=c.proves) for c in checks if c.scenario == name),
        )
        for name in dict.fromkeys(c.scenario for c in checks)
    )
    mesh = {"name": "sample", "identity": {"project": "sample", "version": "1.2"}, "knownDifferences": ["HTTP 503"]}
    excused = (Excused(requirement=ACCURACY, reason="Nothing to tell it by."),)
    head = header(checks, scenarios=plan, features=CLAIMS, mesh=mesh, excused=excused, options={"time_scale": 2.0})
    writer = ReportWriter(directory / "report.jsonl", head)
    words = ("apply services", "gamma/split has the status Accepted=True", "witness a: routed", "hold 2.0 s", "noted")
    for scenario in plan:
        changes = tuple(Propagation(change="create", step=4, seconds=0.02 * n, bound=n % 2 == 0) for n in range(1, 9))
        writer.add(
            scenario_record(
                scenario.id,
                timeline=tuple(Event(at=float(at), what=what) for at, what in enumerate(words)),
                manifests=MANIFEST,
                quality=Quality(propagation=changes, late=(0.002, -0.001, 0.01), asked=60),
            ),
            *(one for one in checks if one.scenario == scenario.id),
        )
    writer.finish(1)
    return writer.path
