"""What a verdict means where the mesh says nothing of a feature."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.evidence.model import CheckRecord, Kind, Verdict
from harness.play.undeclared import reconsider
from harness.scenario import load_catalogue

SCENARIO = load_catalogue([Path(__file__).parents[2] / "contract" / "pytest_interface" / "catalogue"])["charlie"]
TIMEOUT = "HTTPRouteRequestTimeout"
OURS, THEIRS = "gamma.test/lab-mesh", "example.net/other"
YES = {"Accepted": "True", "ResolvedRefs": "True"}


def record(verdict: Verdict, kind: Kind | None = None, reason: str = "60 of 60 answers were slow") -> CheckRecord:
    return CheckRecord(
        id="charlie/quick",
        scenario="charlie",
        check="quick",
        file="f",
        line=1,
        verdict=verdict,
        kind=kind,
        reason=reason,
    )


def status(conditions: dict[str, str], controller: str = OURS, generation: int = 1, **more: Any) -> dict[str, Any]:
    written = [{"type": name, "status": value, "observedGeneration": 1} for name, value in conditions.items()]
    parent = {"controllerName": controller, "conditions": written}
    return {
        "at": 1.0,
        "route": "gamma-producer/charlie",
        "generation": generation,
        "status": {"parents": [parent]},
    } | more


def considered(*records: CheckRecord, statuses=(), undeclared=(TIMEOUT,)) -> list[CheckRecord]:
    return list(reconsider(SCENARIO, records, statuses, undeclared, OURS))


def test_nothing_changes_where_everything_is_declared():
    records = [record(verdict, Kind.WRONG) for verdict in Verdict]
    assert considered(*records, undeclared=("HTTPRouteCORS",)) == records


@pytest.mark.parametrize("verdict", [Verdict.PASS, Verdict.OBSERVED])
def test_what_works_is_said_to_work(verdict):
    (found,) = considered(record(verdict, reason=""))
    assert (found.verdict, found.reason, found.undeclared) == (verdict, f"works, not declared: {TIMEOUT}", (TIMEOUT,))


@pytest.mark.parametrize("verdict", [Verdict.FAIL, Verdict.DEVIATION])
@pytest.mark.parametrize("kind", [Kind.WRONG, Kind.NEVER_CONVERGED, Kind.REGRESSED, Kind.LEAKED])
def test_what_does_not_work_is_skipped_and_says_why(verdict, kind):
    (found,) = considered(record(verdict, kind))
    assert (found.verdict, found.kind, found.undeclared) == (Verdict.SKIP, None, (TIMEOUT,))
    assert found.reason == f"not declared, does not work: {TIMEOUT}; 60 of 60 answers were slow"


@pytest.mark.parametrize("kind", [Kind.WRONG, Kind.NEVER_CONVERGED])
def test_what_was_accepted_and_has_no_effect_is_a_deviation(kind):
    (found,) = considered(record(Verdict.FAIL, kind), statuses=[status({}), status(YES)])
    assert (found.verdict, found.kind) == (Verdict.DEVIATION, Kind.IGNORED)
    assert found.reason.startswith(f"accepted and silently ignored, not declared: {TIMEOUT}; 60 of 60")


@pytest.mark.parametrize("kind", [Kind.REGRESSED, Kind.LEAKED])
def test_what_worked_for_a_while_was_not_ignored(kind):
    assert considered(record(Verdict.FAIL, kind), statuses=[status(YES)])[0].verdict is Verdict.SKIP


@pytest.mark.parametrize(
    "statuses",
    [
        [],
        [status({"Accepted": "False"})],
        [status(YES), status({"Accepted": "False"})],
        [status({"Accepted": "True", "ResolvedRefs": "False"})],
        [status({**YES, "PartiallyInvalid": "True"})],
        [status(YES, controller=THEIRS)],
        [status(YES, generation=2)],
        [status(YES, route="gamma-producer/another")],
        [status(YES, route="gamma-consumer/charlie")],
    ],
    ids=["none", "refused", "refused-later", "unresolved", "in-part", "foreign", "stale", "other-name", "other-space"],
)
def test_a_mesh_that_said_so_did_not_ignore_it_silently(statuses):
    assert considered(record(Verdict.FAIL, Kind.WRONG), statuses=statuses)[0].verdict is Verdict.SKIP


def test_the_status_of_a_deleted_route_is_the_last_that_it_had():
    gone = {"at": 2.0, "route": "gamma-producer/charlie", "generation": 1, "status": {}}
    assert considered(record(Verdict.FAIL, Kind.WRONG), statuses=[status(YES), gone])[0].kind is Kind.IGNORED


def test_the_status_may_name_the_kind_of_the_route():
    named = status(YES, route="HTTPRoute/gamma-producer/charlie")
    assert considered(record(Verdict.FAIL, Kind.WRONG), statuses=[named])[0].kind is Kind.IGNORED


def test_checks_after_an_await_that_never_arrived_are_skipped_with_it():
    first = record(Verdict.FAIL, Kind.NEVER_CONVERGED)
    rest = record(Verdict.NOT_RUN, reason="the await of step 3 never arrived")
    assert [one.verdict for one in considered(first, rest)] == [Verdict.SKIP, Verdict.SKIP]
    assert considered(rest)[0] == rest


@pytest.mark.parametrize(
    ("verdict", "kind"), [(Verdict.ERROR, None), (Verdict.FAIL, Kind.STALLED), (Verdict.NOT_RUN, None)]
)
def test_what_could_not_be_observed_and_what_stalls_stays(verdict, kind):
    before = record(verdict, kind)
    assert considered(before, statuses=[status(YES)]) == [before]


def test_a_feature_that_only_a_probe_needs_is_asked_for_by_no_route():
    probes = {"plain": SCENARIO.probes["plain"].model_copy(update={"url": "clusterip://charlie.gamma-producer:80/"})}
    scenario = SCENARIO.model_copy(update={"probes": probes})
    (found,) = reconsider(scenario, [record(Verdict.FAIL, Kind.WRONG)], [status(YES)], ["MeshClusterIPMatching"], OURS)
    assert found.verdict is Verdict.SKIP
