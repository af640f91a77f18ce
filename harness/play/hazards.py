"""Controls around a hazard: a scenario that a mesh may not survive is played alone, so that it can be named."""

from __future__ import annotations

from collections.abc import Sequence

from harness.play.control import Control
from harness.play.records import Ledger
from harness.play.state import RunState
from harness.prober import ProbeError
from harness.scenario.model import Client, Scenario

STALLED = "the mesh takes in no configuration any more"


def before(control: Control, scenario: Scenario, state: RunState) -> None:
    """See that the mesh takes in configuration before a hazard is played; otherwise the run stops applying.

    Raises ProbeError where that cannot be observed, ClusterError.
    """
    ended = control.arrives(_clients(scenario), f"{scenario.id}-before")
    if ended.arrived:
        state.control_succeeded()
    elif ended.only_unsent:
        raise ProbeError(f"no control could be observed before this hazard: {ended.text}")
    else:
        known = ", ".join(state.last_good) or "none is known"
        state.stall(
            f"{STALLED} (seen before the hazard {scenario.id}); "
            f"scenarios in force when the last control succeeded: {known}"
        )


def after(control: Control, scenario: Scenario, state: RunState, ledger: Ledger) -> None:
    """See that the mesh has survived a hazard whose objects are gone; if not, its checks passed in vain.

    Raises ProbeError where that cannot be observed, ClusterError.
    """
    if state.stalled:
        return
    ended = control.arrives(_clients(scenario), f"{scenario.id}-after")
    if ended.arrived:
        state.control_succeeded()
    elif ended.only_unsent:
        raise ProbeError(f"no control could be observed after this hazard: {ended.text}")
    else:
        reason = f"{STALLED} since {scenario.id} was played (a hazard, played alone)"
        state.stall(reason)
        ledger.stalled(f"{reason}: right by itself, but then a plain route did not arrive within {ended.waited:.0f} s")


def _clients(scenario: Scenario) -> Sequence[Client]:
    return [client for probe in scenario.probes.values() for client in probe.clients]
