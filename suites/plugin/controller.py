"""The controlling process: starts and ends the target, writes the report, tells how it went.

Without xdist it is the process that runs the tests; with xdist the one that distributes them. Every record reaches it
inside a test report, and only it writes to the run's directory.
"""

from __future__ import annotations

import contextlib
import pickle
import shutil
import signal
import time
from collections import Counter
from collections.abc import Generator, Iterable, Sequence
from functools import cached_property
from typing import Any

import pytest

from harness.errors import GammaError
from harness.evidence import lines
from harness.evidence.model import CheckRecord
from harness.settings import Settings
from suites.live.desk import read
from suites.live.display import Display, Progress, make
from suites.plugin.expecting import expecting
from suites.plugin.interfaces import Target
from suites.plugin.playing import ATTRIBUTE
from suites.plugin.recording import Recording
from suites.plugin.session import CATALOGUE, Knowledge, scenario_of
from suites.plugin.verdicts import NOT_READY, exit_status

SETTINGS = "gamma_settings"
_SAY_EVERY = 2.0  # seconds between two lines about waiting


class Controller:
    """Registered as a plugin in the controlling process of a run that plays scenarios."""

    def __init__(self, knowledge: Knowledge, settings: Settings) -> None:
        self._knowledge = knowledge
        self._config = knowledge.config
        self.settings = settings
        self._target: Target | None = None
        self._recording: Recording | None = None
        self._interruption = ""
        self._by_user = False
        self._handler: Any = None
        self._said_at = 0.0
        self._made_directory = False
        self._other_failures = False
        self._progress_made = Progress(lambda: read(self.settings.state_dir))
        self._display: Display | None = None
        self._config.add_cleanup(self._stop)
        self._config.add_cleanup(self._conceal)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        """Start the target before xdist starts its workers, so that it comes up while they collect."""
        if not self._knowledge.chosen:
            return
        self.settings = expecting(self._knowledge, self.settings)
        self._make_directory()
        self._handler = signal.signal(signal.SIGINT, self._interrupt)
        self._display = make(self._config, self._progress_made, wanted=self._knowledge.options.live)
        try:
            self._target = self._config.hook.pytest_gamma_target(
                settings=self.settings,
                lab_defect=self._knowledge.options.lab_defect,
                lab_gateway_api=self._knowledge.options.lab_gateway_api,
                lab_poses_as=self._knowledge.options.lab_poses_as,
                progress=self._progress,
            )
            assert self._target, "the suite's own implementation always offers one"
            self.settings = self._target.start()
        except GammaError as error:
            self._refuse(error)

    @cached_property
    def _catalogue(self) -> bytes:
        return pickle.dumps(self._knowledge.catalogue)

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Hand the settings and the catalogue to an xdist worker."""
        node.workerinput[SETTINGS] = self.settings.model_dump_json()
        node.workerinput[CATALOGUE] = self._catalogue

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> None:
        """Without xdist: everything is collected here."""
        if session.items and not session.testsfailed:
            self._begin(scenario_of(item.nodeid) for item in session.items)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: Sequence[str]) -> None:
        """With xdist: the first worker that has collected tells what was selected; all collect the same."""
        if self._recording is None:
            self._begin(scenario_of(nodeid) for nodeid in ids)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take the records out of a test's last report."""
        if self._recording is None:
            return
        if report.failed and scenario_of(report.nodeid) not in self._recording.planned:
            self._other_failures = True
        for line in getattr(report, ATTRIBUTE, "").splitlines():
            record = lines.decode(line)
            self._recording.add(record)
            if self._display and isinstance(record, CheckRecord):
                self._display.told(record)
        self._progress_made.done = self._recording.played

    @pytest.hookimpl(optionalhook=True)
    def pytest_handlecrashitem(self, crashitem: str) -> None:
        """A worker died; its scenario has no records and never will."""
        self._interruption = self._interruption or f"a worker crashed while it played {scenario_of(crashitem)}"

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Ctrl-C here or in a worker; `-x` and a target that is not ready come this way too."""
        self._by_user = excinfo.type is KeyboardInterrupt or "keyboard-interrupt" in str(excinfo.value)
        self._interruption = self._interruption or ("interrupted" if self._by_user else str(excinfo.value))

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> Generator[None, None, None]:
        """Close the report, let the others finish (xdist ends its workers), clean up."""
        self._conceal()
        if self._recording is not None:
            why = self._interruption or str(session.shouldfail or session.shouldstop or "")
            if self._recording.complete and not self._by_user:
                why = ""  # stopped, but after the last record
            # xdist ends a run that `-x` stopped as if Ctrl-C had been pressed.
            stopped = exitstatus == pytest.ExitCode.INTERRUPTED and not self._by_user
            session.exitstatus = exit_status(
                pytest.ExitCode.TESTS_FAILED if stopped else exitstatus,
                self._recording.verdicts,
                complete=not why and self._recording.complete,
                other_failures=self._other_failures,
                strict=self.settings.strict,
                findings=bool(self._recording.findings),
            )
            self._recording.finish(int(session.exitstatus), why)
        try:
            yield
        finally:
            self._stop()
        if exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED:
            self._say("No scenario is selected; `gamma list` shows what there is.")
            if self._made_directory:
                shutil.rmtree(self.settings.run_dir, ignore_errors=True)

    def _begin(self, ids: Iterable[str]) -> None:
        chosen = set(ids)  # in the order of the catalogue, whatever order they are played in
        selected = [scenario for name, scenario in self._knowledge.catalogue.items() if name in chosen]
        if not selected:
            return
        assert self._target, "started before"
        self._recording = Recording(self._knowledge, self.settings, selected)
        try:
            self._recording.start(self._target.ready(selected))
            self._progress_made.counts = lambda: Counter(self._recording.verdicts if self._recording else ())
            self._progress_made.total = len(selected)
        except GammaError as error:
            self._interruption = f"the target was not ready: {error.message.splitlines()[0]}"
            self._recording.preflight = getattr(error, "lines", ())
            self._refuse(error)

    def _make_directory(self) -> None:
        directory = self.settings.run_dir
        self._made_directory = not directory.exists()
        try:
            directory.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise pytest.UsageError(f"cannot make {directory}: {error.strerror}; choose another --report-dir") from None

    def _refuse(self, error: GammaError) -> None:
        if error.exit_status == pytest.ExitCode.USAGE_ERROR:
            raise pytest.UsageError(str(error))
        self._say(f"ERROR: {error}", even_quietly=True, red=True)
        pytest.exit("the target is not ready", returncode=NOT_READY)

    def _stop(self) -> None:
        target, self._target = self._target, None
        if target:
            try:
                kept = target.stop()
                if kept:
                    self._say(kept, even_quietly=True, yellow=True)
            except GammaError as error:
                if error.message not in self._interruption:  # a target that was never reached cannot be cleaned either
                    self._say(f"could not clean up: {error}", even_quietly=True, yellow=True)

    @property
    def _reporter(self) -> pytest.TerminalReporter | None:
        reporter = self._config.pluginmanager.get_plugin("terminalreporter")
        return reporter if isinstance(reporter, pytest.TerminalReporter) else None

    def _conceal(self) -> None:
        """Leave the terminal to pytest alone."""
        display, self._display = self._display, None
        if display:
            display.stop()

    def _progress(self, text: str) -> None:
        """Say what is waited for, but not so often that it hides the rest."""
        self._progress_made.preparing = text
        if self._display and self._display.live:
            return
        now = time.monotonic()
        if now - self._said_at >= _SAY_EVERY:
            self._said_at = now
            self._say(text)

    def _say(self, text: str, *, even_quietly: bool = False, **markup: bool) -> None:
        if self._reporter and (even_quietly or self._reporter.verbosity >= 0):
            self._reporter.ensure_newline()
            self._reporter.write_line(text, **markup)

    def _interrupt(self, *_: object) -> None:
        """The first Ctrl-C ends the run; further ones, pressed while it ends, must not disturb the cleaning."""

        def patiently(*_: object) -> None:
            with contextlib.suppress(Exception):  # the interrupted code may be writing to the terminal itself
                self._say("cleaning up, a moment please")

        signal.signal(signal.SIGINT, patiently)
        raise KeyboardInterrupt

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self) -> None:
        """Have the last word, after pytest's own; then give Ctrl-C back to whoever called pytest."""
        if self._recording is not None:
            self._recording.conclude(self._reporter)
        if self._handler is not None:
            signal.signal(signal.SIGINT, self._handler)
