"""Makes the examples of ``docs/reading-a-report.md``: plays scenarios on labs with defects, keeps what is told of them.

``python docs/examples/make.py [NAME ...]`` writes ``docs/examples/verdicts/NAME.txt``, all of them unless some are
named. Nothing is made up: every text is what a reader of such a run gets. It takes a few minutes.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from harness.cluster import KubeCluster, Ref, Selection, load_configuration
from harness.evidence import load
from harness.evidence.model import CheckRecord, Kind, Verdict
from reports import terminal
from suites.live import desk

ROOT = Path(__file__).resolve().parents[2]
TEXTS = Path(__file__).with_name("verdicts")
_SILENT = "name: lab\nsettledFor: 50ms\nnewServiceQuiet: 0s\nlabels: {enrolled: {gamma-lab/mesh: enabled}}\n"
_KNOWN = """\
expectations:
  - checks: unmatched-rejected/unmatched-rejected
    outcome: direct
    reason: the Service's implicit forwarding survives a route
    issue: https://mesh.example/issues/1201
"""


@dataclass(frozen=True)
class Example:
    """One text: the run that leads to it, and the check that it is about."""

    name: str
    verdict: Verdict
    scenario: str
    arguments: tuple[str, ...] = ()
    kind: Kind | None = None  # None: any
    check: str = ""  # empty: the first one of that verdict and kind
    files: dict[str, str] = field(default_factory=dict)
    meanwhile: Callable[[Path], None] | None = None

    def is_it(self, check: CheckRecord) -> bool:
        """Whether the text is about this check."""
        named = not self.check or check.check == self.check
        return (
            named
            and check.scenario == self.scenario
            and check.verdict is self.verdict
            and self.kind in (None, check.kind)
        )


def delete_an_echo(run: Path) -> None:
    """Take a pod away while it is asked: then we could not observe, whatever the mesh did."""
    deadline = time.monotonic() + 120
    while not any(one.text.startswith("hold") for one in desk.read(run / "state")):
        if time.monotonic() > deadline:
            return
        time.sleep(0.05)
    cluster = KubeCluster.connect(load_configuration(next(run.rglob("kubeconfig*")), None))
    pod = cluster.select(Selection("v1", "Pod", "gamma-producer", "app=echo-v1"))[0]
    cluster.delete(Ref.of(pod))


FALLS_THROUGH = ("--lab-defect=unmatched-falls-through",)
EXAMPLES = (
    Example("pass", Verdict.PASS, "unmatched-rejected"),
    Example("observed", Verdict.OBSERVED, "group-core-alias", ("--lab-defect=core-group-alias",), Kind.WRONG),
    Example("skip", Verdict.SKIP, "consumer-timeout", ("--features=-HTTPRouteRequestTimeout",)),
    Example("wrong", Verdict.FAIL, "unmatched-rejected", FALLS_THROUGH, Kind.WRONG, "unmatched-rejected"),
    Example("timeout", Verdict.FAIL, "consumer-timeout", ("--lab-defect=timeout-ignored",), Kind.WRONG),
    Example(
        "never-converged",
        Verdict.FAIL,
        "consumer-replaces-newer",
        ("--lab-defect=ignores-MeshConsumerRoute",),
        Kind.NEVER_CONVERGED,
    ),
    Example(
        "regressed",
        Verdict.FAIL,
        "consumer-timeout",
        ("--lab-defect=consumer-timeout-everywhere-later",),
        Kind.REGRESSED,
    ),
    Example("leaked", Verdict.FAIL, "headers", ("--lab-defect=header-mismatch-also-reaches-service",), Kind.LEAKED),
    Example("not-run", Verdict.NOT_RUN, "consumer-replaces-newer", ("--lab-defect=ignores-MeshConsumerRoute",)),
    Example("stalled", Verdict.FAIL, "partially-invalid", ("--lab-defect=stalls-on-hazard",), Kind.STALLED),
    Example(
        "ignored",
        Verdict.DEVIATION,
        "consumer-timeout",
        ("--lab-defect=timeout-ignored", "--mesh=./lab.yaml", "--lab-poses-as=lab"),
        Kind.IGNORED,
        files={"lab.yaml": _SILENT},
    ),
    Example("deviation", Verdict.DEVIATION, "stale-entries", ("--lab-defect=stale-entries-kept",)),
    Example(
        "xfail",
        Verdict.XFAIL,
        "unmatched-rejected",
        (*FALLS_THROUGH, "--expectations=known.yaml"),
        Kind.WRONG,
        files={"known.yaml": _KNOWN},
    ),
    Example("xpass", Verdict.XPASS, "unmatched-rejected", ("--expectations=known.yaml",), files={"known.yaml": _KNOWN}),
    Example("error", Verdict.ERROR, "unmatched-rejected", meanwhile=delete_an_echo),
)


def make(example: Example) -> str:
    """Play, and return what is told of the check. Raises RuntimeError where the run came to something else."""
    with tempfile.TemporaryDirectory() as place:
        directory = Path(place)
        for name, content in example.files.items():
            (directory / name).write_text(content, encoding="utf-8")
        arguments = [
            each.replace("=./", f"={directory}/").replace("=known", f"={directory}/known") for each in example.arguments
        ]
        run = directory / "run"
        command = [sys.executable, "-m", "pytest", "-q", "--seed=7", f"--report-dir={run}", *arguments]
        if example.meanwhile:
            threading.Thread(target=example.meanwhile, args=(run,), daemon=True).start()
        command += [f"--scenario={example.scenario}"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        report = load(run, allow_incomplete=True) if run.is_dir() else None
        for check in report.checks if report else ():
            if example.is_it(check):
                return terminal.result(check).replace(f"{directory}/", "") + "\n"
        seen = [(check.id, check.verdict.value, check.kind) for check in report.checks] if report else []
        raise RuntimeError(f"{example.name}: no such check among {seen}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")


def main(names: Sequence[str]) -> int:
    """Make the named examples, or all."""
    TEXTS.mkdir(exist_ok=True)
    failed = 0
    for example in EXAMPLES:
        if names and example.name not in names:
            continue
        try:
            (TEXTS / f"{example.name}.txt").write_text(make(example), encoding="utf-8")
            sys.stdout.write(f"{example.name}\n")
        except RuntimeError as error:
            failed += 1
            sys.stderr.write(f"{error}\n")
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
