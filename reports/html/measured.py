"""What was measured beside conformance, for pictures. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from harness.evidence.report import Report
from reports import quality
from reports.html.detail import Share, shares
from reports.html.links import link
from reports.html.pictures import Distribution, distribution

_PROPORTIONS = 60


@dataclass(frozen=True, slots=True)
class Mix:
    """The proportions of one check."""

    name: str
    link: str
    shares: tuple[Share, ...]


@dataclass(frozen=True, slots=True)
class Measured:
    """Pictures and figures; what was not measured is None or empty."""

    propagation: Distribution | None
    timeouts: Distribution | None
    mixes: tuple[Mix, ...]
    left: int  # mixes that are not drawn
    figures: tuple[tuple[str, str], ...]

    @property
    def any(self) -> bool:
        """Whether there is anything to show."""
        return bool(self.propagation or self.timeouts or self.mixes or self.figures)


def measured(report: Report) -> Measured:
    """Propagation by kind of change, timeouts by how late they fired, proportions with what is accepted."""
    samples = [sample for record in report.scenarios for sample in record.quality.propagation]
    changes = ("create", "update", "delete")
    propagation = {change: [(one.seconds, one.bound) for one in samples if one.change == change] for change in changes}
    late = [(seconds, False) for record in report.scenarios for seconds in record.quality.late]
    mixes = [Mix(check.id, link(check=check.id), shares(check)) for check in report.checks if check.proportions]
    mixes.sort(key=lambda mix: all(share.picture.inside for share in mix.shares))
    return Measured(
        propagation=distribution(propagation, log=True),
        timeouts=distribution({"timeouts": late}),
        mixes=tuple(mixes[:_PROPORTIONS]),
        left=max(0, len(mixes) - _PROPORTIONS),
        figures=tuple(quality.lines(report)),
    )
