"""What the plugin needs from a target and a player, and no more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from harness.evidence.model import CheckRecord, ScenarioRecord
from harness.scenario.model import Scenario
from harness.settings import Settings

Progress = Callable[[str], None]
Play = Callable[[Scenario], None]
#: Where a target puts what its preflight found, beside the facts about the cluster.
PREFLIGHT = "preflight"


class Target(Protocol):
    """A cluster with a mesh. `start` and `ready` raise GammaError where it cannot be used."""

    def start(self) -> Settings:
        """Begin to start it and return at once, with the settings by which it is reached."""

    def ready(self, scenarios: Sequence[Scenario]) -> dict[str, Any]:
        """Wait until these scenarios can be played; returns the facts for the report's header."""

    def stop(self) -> str | None:
        """Leave nothing behind but what is to be kept; may be called at any time, and again.

        Returns what was kept, and how it is taken away.
        """


class Played(Protocol):
    """The records of one scenario."""

    @property
    def scenario(self) -> ScenarioRecord:
        """About the scenario as a whole."""

    @property
    def checks(self) -> tuple[CheckRecord, ...]:
        """One for each check of the scenario, in its order."""


class Player(Protocol):
    """Plays scenarios, one at a time."""

    def play(self, scenario: Scenario) -> Played:
        """Play to the end and judge; what goes wrong with the mesh stands in the records."""

    def close(self) -> None:
        """Give back connections."""
