"""What came of one task, small enough to be kept for hundreds of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from harness.evidence.model import CheckRecord, Verdict
from mutants.tasks import Task, TaskKind

_UNSEEN = (Verdict.ERROR, Verdict.NOT_RUN)
_SHOWN = 300  # characters of a reason


@dataclass(frozen=True, slots=True)
class Finding:
    """The verdicts of one task. `red` and `unseen` give the reason for each check that went wrong, or was not judged.

    An observation is red where it saw another outcome than the scenario expects. `failed` says why nothing was played.
    """

    kind: TaskKind
    id: str
    digest: str
    seconds: float
    verdicts: dict[str, str] = field(default_factory=dict)
    red: dict[str, str] = field(default_factory=dict)
    unseen: dict[str, str] = field(default_factory=dict)
    failed: str = ""

    @property
    def key(self) -> str:
        """As the task's."""
        return f"{self.kind}:{self.id}"

    @property
    def scenarios(self) -> frozenset[str]:
        """What was played."""
        return frozenset(map(_scenario, self.verdicts))


def is_red(check: CheckRecord) -> bool:
    """Whether a check found something wrong; an observation does so where its outcome is another than expected."""
    if check.verdict is Verdict.OBSERVED:
        return check.kind is not None
    return check.verdict in (Verdict.FAIL, Verdict.DEVIATION)


def finding(task: Task, checks: Iterable[CheckRecord], seconds: float) -> Finding:
    """Make the finding of a task from the records of its checks."""
    checks = list(checks)
    return Finding(
        task.kind,
        task.id,
        task.digest,
        round(seconds, 1),
        {check.id: str(check.verdict) for check in checks},
        {check.id: _why(check) for check in checks if is_red(check)},
        {check.id: _why(check) for check in checks if check.verdict in _UNSEEN},
    )


def failed(task: Task, why: str, seconds: float) -> Finding:
    """The finding of a task that could not be played."""
    return Finding(task.kind, task.id, task.digest, round(seconds, 1), failed=why[:_SHOWN])


def only(found: Finding, scenarios: Collection[str]) -> Finding:
    """What it says of these scenarios."""

    def of_these(of_checks: Mapping[str, str]) -> dict[str, str]:
        return {check: text for check, text in of_checks.items() if _scenario(check) in scenarios}

    return replace(found, verdicts=of_these(found.verdicts), red=of_these(found.red), unseen=of_these(found.unseen))


def joined(before: Finding, later: Finding) -> Finding:
    """Two findings about different scenarios as one; of a scenario in both of them, the later one counts."""
    kept = only(before, before.scenarios - later.scenarios)
    return replace(
        later,
        seconds=round(before.seconds + later.seconds, 1),
        verdicts=kept.verdicts | later.verdicts,
        red=kept.red | later.red,
        unseen=kept.unseen | later.unseen,
    )


def _scenario(check: str) -> str:
    return check.partition("/")[0]


def _why(check: CheckRecord) -> str:
    kind = f"{check.kind}: " if check.kind else ""
    return f"{kind}{check.reason or check.likely}"[:_SHOWN]
