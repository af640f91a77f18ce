"""Inside a test: tell pytest about each check, and send the records along with the test's report."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.evidence.lines import encode
from harness.evidence.model import CheckRecord, Record, Verdict
from reports import terminal
from reports.blocks import known
from suites.plugin.interfaces import Played
from suites.plugin.verdicts import UNEXPECTED, UNPROVEN

#: The attribute of a test report in which records travel to the controlling process; xdist carries it as it is.
ATTRIBUTE = "gamma_records"
_RECORDS = pytest.StashKey[str]()


def tell(request: pytest.FixtureRequest, subtests: pytest.Subtests, played: Played, run_dir: Path) -> None:
    """Turn the records into subtests, and the test's own outcome; leave the records for the test's report."""
    records: tuple[Record, ...] = (played.scenario, *played.checks)
    request.node.stash[_RECORDS] = b"".join(encode(record) for record in records).decode()
    explained = any(check.verdict in (*UNEXPECTED, Verdict.ERROR) for check in played.checks)
    for check in played.checks:
        with subtests.test(check.check):
            _outcome(check, terminal.shown(run_dir), explained=explained)
    _conclude(played.checks)


def _outcome(check: CheckRecord, run_dir: Path, *, explained: bool) -> None:
    if check.verdict in (*UNEXPECTED, Verdict.ERROR) or (check.verdict is Verdict.NOT_RUN and not explained):
        pytest.fail(terminal.result(check, directory=run_dir), pytrace=False)
    if check.verdict in (Verdict.SKIP, Verdict.NOT_RUN):
        pytest.skip(check.reason)
    if check.verdict is Verdict.XFAIL:
        pytest.xfail(known(check))


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
