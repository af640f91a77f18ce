"""A pytest plugin that stands in for target and player: what each scenario comes to is read from a script.

The script is a JSON file named by the variable GAMMA_SCRIPT: scenario (or scenario/check, which goes first) -> verdict
of its checks, with the wrong outcome behind a colon (``fail:direct``); or one of ``raise`` (the harness breaks),
``crash`` (the process dies), ``wait`` (it takes very long), ``slow`` (a second, and says why). Unnamed scenarios pass.
``target`` -> a message: the target is not ready.
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import TargetError, UsageError
from harness.evidence.model import CheckRecord, Kind, ScenarioRecord, Verdict
from suites.plugin.plan import plan


def note(text: str) -> None:
    """Leave a trace for the test, whichever process this is."""
    with Path(os.environ["GAMMA_SCRIPT"]).with_suffix(".log").open("a") as log:
        log.write(f"{text}\n")


def script() -> dict[str, str]:
    return json.loads(Path(os.environ["GAMMA_SCRIPT"]).read_text())


@dataclass(frozen=True)
class Played:
    scenario: ScenarioRecord
    checks: tuple[CheckRecord, ...]


class ScriptedTarget:
    def __init__(self, settings):
        self.settings = settings

    def start(self):
        note("start")
        return self.settings

    def ready(self, scenarios) -> dict[str, Any]:
        note("ready " + " ".join(scenario.id for scenario in scenarios))
        if "usage" in script():
            raise UsageError(script()["usage"], "choose another")
        if "target" in script():
            raise TargetError(script()["target"], "start it")
        return {"version": "v1.34.0"}

    def stop(self):
        note("stop")


class ScriptedPlayer:
    def __init__(self, settings, progress):
        self.times = {}
        self.progress = progress
        self.settings = settings

    def play(self, scenario):
        note(f"play {scenario.id}")
        # "fail,pass": the first time this, the second time that
        times = script().get(scenario.id, "pass").split(",")
        verdict = times[self.times.get(scenario.id, 0) % len(times)]
        self.times[scenario.id] = self.times.get(scenario.id, 0) + 1
        if verdict == "raise":
            raise RuntimeError("the prober fell over")
        if verdict == "crash":
            os._exit(9)
        if verdict == "wait":
            time.sleep(60)
        if verdict == "slow":
            self.progress("step 2 of 3")
            for tenth in range(12):
                self.progress(f"waiting {tenth / 10:.1f}s  quick: 3/5 by-consumer")
                time.sleep(0.1)
            verdict = "pass"
        planned = plan(scenario)
        checks = tuple(self._check(planned, check, script().get(check.id, verdict)) for check in planned.checks)
        record = ScenarioRecord(
            id=scenario.id, started="2026-01-02T03:04:05", duration=0.1, worker=self.settings.worker
        )
        return Played(record, checks)

    def _check(self, planned, check, scripted):
        word, _, outcome = scripted.partition(":")
        verdict = Verdict(word)
        return CheckRecord(
            id=check.id,
            scenario=planned.id,
            check=check.id.removeprefix(f"{planned.id}/"),
            file=planned.file,
            line=check.line,
            verdict=verdict,
            kind=Kind.WRONG if verdict in (Verdict.FAIL, Verdict.DEVIATION) else None,
            reason="" if verdict is Verdict.PASS else f"scripted to end in {verdict}",
            samples=60,
            wrong=(outcome,) if outcome else (),
            proves=check.proves,
        )

    def close(self):
        note("close")


def pytest_gamma_target(settings, lab_defect, progress):
    return ScriptedTarget(settings)


def pytest_gamma_player(settings, progress):
    return ScriptedPlayer(settings, progress)
