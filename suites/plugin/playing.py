"""Inside a test: play the scenario, tell pytest about each check, and send the records along with the test's report."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from harness.errors import GammaError
from harness.evidence.lines import encode
from harness.evidence.model import CheckRecord, Record, ScenarioRecord, Verdict
from harness.scenario.model import Scenario
from harness.settings import Settings
from reports import terminal
from suites.plugin.interfaces import Played, Player
from suites.plugin.plan import plan
from suites.plugin.verdicts import UNEXPECTED, UNPROVEN

#: The attribute of a test report in which records travel to the controlling process; xdist carries it as it is.
ATTRIBUTE = "gamma_records"
_RECORDS = pytest.StashKey[str]()


@dataclass(frozen=True, slots=True)
class Unplayed:
    """Stands for a scenario that the harness could not play: an error for every check."""

    scenario: ScenarioRecord
    checks: tuple[CheckRecord, ...]


class Players:
    """The player of this process, connected when the first scenario needs it."""

    def __init__(self, settings: Settings, make: Callable[[], Player]) -> None:
        self._settings = settings
        self._make = make
        self._player: Player | None = None

    def play(self, scenario: Scenario) -> Played:
        """Play; whatever breaks in the harness becomes an error of every check, never a verdict about the mesh."""
        started = datetime.now(UTC).isoformat(timespec="milliseconds")
        try:
            self._player = self._player or self._make()
            return self._player.play(scenario)
        except GammaError as error:
            return _unplayed(scenario, self._settings, started, str(error), str(error))
        except Exception as error:  # noqa: BLE001 (a broken harness is reported as such, for this scenario alone)
            reason = f"the harness failed: {type(error).__name__}: {error}"
            return _unplayed(scenario, self._settings, started, reason, traceback.format_exc())

    def close(self) -> None:
        """Give back connections."""
        if self._player:
            self._player.close()


def _unplayed(scenario: Scenario, settings: Settings, started: str, reason: str, problem: str) -> Unplayed:
    planned = plan(scenario)
    checks = tuple(
        CheckRecord(
            id=check.id,
            scenario=scenario.id,
            check=check.id.removeprefix(f"{scenario.id}/"),
            file=planned.file,
            line=check.line,
            verdict=Verdict.ERROR,
            reason=reason,
            proves=check.proves,
        )
        for check in planned.checks
    )
    record = ScenarioRecord(id=scenario.id, started=started, duration=0.0, worker=settings.worker, problems=(problem,))
    return Unplayed(record, checks)


def tell(request: pytest.FixtureRequest, subtests: pytest.Subtests, played: Played) -> None:
    """Turn the records into subtests, and the test's own outcome; leave the records for the test's report."""
    records: tuple[Record, ...] = (played.scenario, *played.checks)
    request.node.stash[_RECORDS] = b"".join(encode(record) for record in records).decode()
    explained = any(check.verdict in (*UNEXPECTED, Verdict.ERROR) for check in played.checks)
    for check in played.checks:
        with subtests.test(check.check):
            _outcome(check, explained=explained)
    _conclude(played.checks)


def _outcome(check: CheckRecord, *, explained: bool) -> None:
    if check.verdict in (*UNEXPECTED, Verdict.ERROR) or (check.verdict is Verdict.NOT_RUN and not explained):
        pytest.fail(terminal.result(check), pytrace=False)
    if check.verdict in (Verdict.SKIP, Verdict.NOT_RUN):
        pytest.skip(check.reason)


def _conclude(checks: tuple[CheckRecord, ...]) -> None:
    """The scenario's own outcome; said here because a controlling process does not see a worker's failed subtests."""
    bad = [check.check for check in checks if check.verdict in (*UNEXPECTED, *UNPROVEN)]
    if bad:
        pytest.fail(f"{len(bad)} of {len(checks)} checks: {', '.join(bad)}", pytrace=False)
    if checks and all(check.verdict is Verdict.SKIP for check in checks):
        pytest.skip(checks[0].reason)


def attach(item: pytest.Item, report: pytest.TestReport) -> None:
    """Put the item's records on its last report: the one that comes even when ``-x`` cuts the test short."""
    if report.when == "teardown" and _RECORDS in item.stash:
        setattr(report, ATTRIBUTE, item.stash[_RECORDS])
