"""Report records for tests: one scenario with a check for every verdict, and the means to write and spoil files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from harness.evidence.model import (
    CheckRecord,
    Event,
    Header,
    Kind,
    OutcomeCount,
    PlannedCheck,
    PlannedScenario,
    Requirement,
    Sample,
    ScenarioRecord,
    Verdict,
)
from harness.evidence.writer import ReportWriter

REJECTED = Requirement(
    id="attachment.unmatched-rejected",
    strength="MUST",
    support="core",
    statement="A request that none of the attached rules match is refused with HTTP 404 instead of being delivered.",
    source="https://example.org/gateway-api/apis/v1/httproute_types.go",
)
RECOMMENDED = Requirement(
    id="timeouts.accuracy",
    strength="SHOULD",
    support="extended",
    statement="A timeout fires close to the time that was asked for.",
    source="https://example.org/gateway-api/geps/gep-1742",
)
FILE = "scenarios/attachment/unmatched-rejected.yaml"


def sample(**changes: Any) -> Sample:
    fields: dict[str, Any] = {
        "id": "u-17",
        "client": "consumer",
        "address": "10.96.3.7:80",
        "request": "GET http://unmatched.gamma-producer/elsewhere",
        "status": 200,
        "backend": "gamma-producer/echo-v1",
        "summary": "200 from gamma-producer/echo-v1, no x-gamma-route",
        "elapsed_ms": 2.4,
        "at": 1.312,
        "headers": (("content-type", "application/json"),),
        "backend_hits": 1,
    }
    return Sample(**{**fields, **changes})


def outcome(name: str = "direct", count: int = 60, **changes: Any) -> OutcomeCount:
    fields: dict[str, Any] = {
        "description": "200 from echo-v1, without x-gamma-route",
        "by_client": {"consumer": count},
        "sample": sample(),
    }
    return OutcomeCount(outcome=name, count=count, **{**fields, **changes})


def check(name: str = "unmatched-rejected", verdict: Verdict = Verdict.PASS, **changes: Any) -> CheckRecord:
    scenario = changes.pop("scenario", "unmatched")
    fields: dict[str, Any] = {
        "id": f"{scenario}/{name}",
        "scenario": scenario,
        "check": name,
        "file": FILE,
        "line": 52,
        "step": 5,
        "steps": 5,
        "step_text": 'hold 2s, after witness "matched" (routed)',
        "verdict": verdict,
        "request": "consumer -> GET http://unmatched.gamma-producer/elsewhere",
        "expected": "rejected: 404 without the echo's mark, and no backend saw the request",
        "observed": (outcome("rejected", 62, description="404, no backend", sample=None),),
        "samples": 62,
        "detectable": 0.047,
        "proves": (REJECTED,),
        "timeline": (Event(at=0.0, what="apply services"), Event(at=0.31, what="apply route")),
        "reproduce": (
            "gamma show unmatched --at 5 --stage | kubectl apply -f -",
            "kubectl -n gamma-consumer exec deploy/client -c app -- python3 /gamma/probe.pyz send"
            " http://unmatched.gamma-producer/elsewhere",
        ),
        "evidence": f"evidence/{scenario}",
        "duration": 2.01,
    }
    return CheckRecord(**{**fields, **changes})


FAILED = check(
    "falls-through",
    Verdict.FAIL,
    kind=Kind.WRONG,
    reason="62 of 62 answers were direct instead of rejected",
    observed=(outcome(count=60), outcome("other", 2, description="503, no backend", sample=None)),
    likely="the Service's implicit forwarding survived the route",
)

ONE_OF_EACH = (
    check("passes", line=40),
    FAILED,
    check("deviates", Verdict.DEVIATION, kind=Kind.WRONG, reason="fired 300 ms late", proves=(RECOMMENDED,)),
    check("is-observed", Verdict.OBSERVED, reason="group: core attached the route"),
    check("errs", Verdict.ERROR, reason="the journal of echo-v1-7c9f overflowed", observed=()),
    check("skips", Verdict.SKIP, reason="HTTPRouteRequestTimeout is disclaimed by the mesh", observed=()),
    check("is-not-run", Verdict.NOT_RUN, reason="an earlier await never arrived", observed=(), step=None),
)


def planned(checks: tuple[CheckRecord, ...] = ONE_OF_EACH, **changes: Any) -> tuple[PlannedScenario, ...]:
    """The plan that these records fulfil."""
    names = dict.fromkeys(record.scenario for record in checks)
    return tuple(
        PlannedScenario(
            **{
                "id": name,
                "area": "attachment",
                "title": "A request that no rule matches gets 404",
                "file": FILE,
                "digest": "0" * 64,
                "support": "core",
                "features": ("HTTPRoute",),
                "checks": tuple(
                    PlannedCheck(id=record.id, line=record.line, proves=record.proves)
                    for record in checks
                    if record.scenario == name
                ),
                **changes,
            }
        )
        for name in names
    )


def header(checks: tuple[CheckRecord, ...] = ONE_OF_EACH, **changes: Any) -> Header:
    fields: dict[str, Any] = {
        "run": "20260102-030405-abcd",
        "suite_version": "0.1.0",
        "started": "2026-01-02T03:04:05+00:00",
        "seed": 7,
        "command": ("pytest", "--mesh", "lab"),
        "mesh": {"name": "lab"},
        "cluster": {"gateway_api": "v1.6.1", "channel": "standard", "kubernetes": "v1.34.0"},
        "scenarios": planned(checks),
    }
    return Header(**{**fields, **changes})


def scenario_record(name: str = "unmatched", **changes: Any) -> ScenarioRecord:
    return ScenarioRecord(**{"id": name, "started": "2026-01-02T03:04:06+00:00", "duration": 3.2, **changes})


def write_report(
    directory: Path,
    checks: tuple[CheckRecord, ...] = ONE_OF_EACH,
    *,
    exit_status: int = 1,
    why_incomplete: str = "",
    **head: Any,
) -> Path:
    """A report of these checks in `directory`, which is made."""
    writer = ReportWriter(directory / "report.jsonl", header(checks, **head))
    for name in dict.fromkeys(record.scenario for record in checks):
        writer.add(scenario_record(name), *(record for record in checks if record.scenario == name))
    writer.finish(exit_status, why_incomplete)
    return writer.path
