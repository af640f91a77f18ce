"""Before the mesh is blamed for one change that does not come: does it take in any at all?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.play.control import Control
from harness.play.hazards import STALLED
from harness.play.state import RunState
from harness.prober import ProbeError
from harness.scenario.model import Client, Scenario


@dataclass
class Blame:
    """Asks the control on behalf of one scenario."""

    scenario: Scenario
    control: Control
    state: RunState

    def stalled(self, number: int, clients: Sequence[Client], missed: str) -> str:
        """Why the mesh counts as stalled, after what `missed` tells of step `number`; empty where it does not.

        Raises ClusterError, and ProbeError where the control cannot be observed either.
        """
        control = self.control.arrives(clients, f"{self.scenario.id}-{number}")
        if control.only_unsent:
            raise ProbeError(f"a control after step {number} could not be observed either: {missed}")
        if control.arrived:
            self.state.control_succeeded()
            return ""
        if self.scenario.hazard:  # a control arrived just before it, and nothing else was played since
            self.state.stall(f"{STALLED} since {self.scenario.id} was played (a hazard, played alone)")
        else:
            before = ", ".join(self.state.last_good) or "none is known"
            text = f"{STALLED} (seen by {self.scenario.id})"
            self.state.stall(f"{text}; scenarios in force when the last control succeeded: {before}")
        return f"{self.state.stalled}; {missed}"
