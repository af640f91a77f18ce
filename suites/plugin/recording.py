"""The report of a run from its header to the rendered files."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

import pytest

import reports
import spec.upstream
from harness.claims import table
from harness.evidence import FILE, ReportError, ReportWriter, load
from harness.evidence.model import CheckRecord, Excused, ExpectedChecks, Header, PreflightLine, ScenarioRecord, Verdict
from harness.evidence.quote import quote
from harness.expectations import review
from harness.play.state import RunState
from harness.play.turns import Turns
from harness.scenario.model import Scenario
from harness.settings import Settings
from reports import terminal
from spec import excuses
from suites.plugin.interfaces import PREFLIGHT
from suites.plugin.plan import plan
from suites.plugin.session import Knowledge
from suites.plugin.stream import KEY


class Recording:
    """Writes the header when the target is ready, then records as they come, then the footer."""

    def __init__(self, knowledge: Knowledge, settings: Settings, scenarios: Sequence[Scenario]) -> None:
        self._directory = settings.run_dir
        self._state_dir = settings.state_dir
        self._features = settings.mesh.features
        self._stream = knowledge.config.stash.get(KEY, None)
        self._writer: ReportWriter | None = None
        self.preflight: tuple[PreflightLine, ...] = ()
        """What was found of a target that cannot be judged."""
        self._header = Header(
            run=settings.run_id,
            suite_version=version("gamma-conformance"),
            started=datetime.now(UTC).isoformat(timespec="seconds"),
            seed=settings.seed,
            command=("pytest", *map(str, knowledge.config.invocation_params.args)),
            mesh=settings.mesh.model_dump(mode="json"),
            expectations=tuple(_planned(entry, scenarios) for entry in settings.expectations),
            baseline=settings.baseline.run if settings.baseline else "",
            repeat=settings.repeat,
            shard="/".join(map(str, knowledge.options.shard or ())),
            options=_options(knowledge, settings),
            excused=_excused(),
            scenarios=tuple(plan(scenario) for scenario in scenarios),
        )
        self._before_hazards = [scenario.id for scenario in scenarios if not scenario.hazard]
        self._played = 0
        self.planned = frozenset(scenario.id for scenario in scenarios)

    def start(self, cluster: dict[str, Any]) -> None:
        """Write the header with what is known of the cluster by now; tell the workers what it publishes."""
        cluster = dict(cluster)
        found = tuple(cluster.pop(PREFLIGHT, ()))
        published = tuple(cluster.get("features", ()))
        Turns(self._state_dir).plan(self._before_hazards)
        state = RunState(self._state_dir)
        state.publish(published)
        state.describe(cluster.get("gateway_api") or {})
        claims = table(self._features, published)
        header = self._header.model_copy(update={"cluster": cluster, "preflight": found, "features": claims})
        also = self._stream.write if self._stream else None
        self._writer = ReportWriter(self._directory / FILE, header, also)

    def add(self, record: ScenarioRecord | CheckRecord) -> None:
        """Append a record."""
        assert self._writer, "tests run after the start"
        self._writer.add(record)
        self._played += isinstance(record, ScenarioRecord)

    @property
    def verdicts(self) -> list[Verdict]:
        """Of the checks so far."""
        return [check.verdict for check in self._writer.checks] if self._writer else []

    @property
    def played(self) -> int:
        """How many scenarios have a record."""
        return self._played

    @property
    def findings(self) -> tuple[str, ...]:
        """What is wrong with the expectations, by the checks so far."""
        return review.findings(self._header.expectations, self._writer.checks) if self._writer else ()

    @property
    def complete(self) -> bool:
        """Whether nothing planned is missing."""
        return self._writer is not None and not self._writer.missing

    def finish(self, exit_status: int, why_incomplete: str) -> None:
        """Write the footer; where not even the header was written, a report that says why there is nothing."""
        if self._writer is None:
            self.start({PREFLIGHT: self.preflight})
        assert self._writer
        self._writer.finish(exit_status, why_incomplete)
        if self._stream:
            self._stream.close()

    def conclude(self, reporter: pytest.TerminalReporter | None) -> None:
        """Render every report from what was written, and print our own summary; its last line is the totals."""
        try:
            report = load(self._directory / FILE, allow_incomplete=True)
        except ReportError as error:
            sys.stderr.write(f"ERROR: {error}\n")
            return
        files = [str(terminal.shown(path)) for path in reports.render_all(report, spec.upstream.load())]
        if reporter is None:
            return
        # Failures and errors were told by pytest, each as the text of its subtest.
        *text, totals = terminal.summary(report, files, told=(Verdict.DEVIATION,)).split("\n")
        reporter.write_sep("=", "conformance")
        for line in text:
            reporter.write_line(line)
        good = report.footer.exit_status == 0
        reporter.write_line(totals, bold=True, green=good, red=not good)


def _options(knowledge: Knowledge, settings: Settings) -> dict[str, Any]:
    """What another run needs to play the same in the same way; unset ones are left out."""
    options = knowledge.options
    found = {
        "kube_context": options.kube_context,
        "namespace_prefix": settings.namespace_prefix,
        "time_scale": settings.time_scale,
        "features_strict": settings.features_strict,
        "strict": settings.strict,
        "image": settings.image,
        "image_pull_secrets": list(settings.image_pull_secrets) or None,
        "lab_defect": options.lab_defect,
        "lab_gateway_api": options.lab_gateway_api,
        "lab_poses_as": options.lab_poses_as,
    }
    return {name: value for name, value in found.items() if value is not None}


def _excused() -> tuple[Excused, ...]:
    """What the whole catalogue does not prove; a report must not be taken for more than it is."""
    reasons = excuses.load()
    return tuple(
        Excused(requirement=one, reason=reason) for one, reason in zip(quote(reasons), reasons.values(), strict=True)
    )


def _planned(entry: ExpectedChecks, scenarios: Sequence[Scenario]) -> ExpectedChecks:
    """The entry with those of its checks that this run plays."""
    mine = {scenario.id for scenario in scenarios}
    names = tuple(name for name in entry.checks if name.partition("/")[0] in mine)
    return entry.model_copy(update={"checks": names, "whole": names == entry.checks})
