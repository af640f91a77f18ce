"""What came of one task, small enough to be kept for hundreds of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

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


def _why(check: CheckRecord) -> str:
    kind = f"{check.kind}: " if check.kind else ""
    return f"{kind}{check.reason or check.likely}"[:_SHOWN]
