"""Plays the matrix of defects and checks: ``tox -e mutants [-- OPTIONS]``, or ``python -m mutants``.

Exit status 0 when every defect is killed, no check is idle, at most 3 % of the defects turn more red than they say (and
those explain it), and no check minds a variation; 1 when not; 2 when interrupted; 3 when no lab can be had.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from harness.cluster.kube import suite_version
from harness.errors import GammaError
from harness.scenario.lint import load_linted
from harness.scenario.model import Scenario
from mutants import crew, heatmap, reach
from mutants.findings import Finding
from mutants.journal import Journal, add, known, left, unobserved
from mutants.matrix import Matrix, as_json, matrix, open_defects
from mutants.site import Plot
from mutants.sources import ROOT, digest
from mutants.tasks import FAST, Choice, Task, longest_first, plan, shard
from spec import defects as spec_defects
from suites.plugin.order import parse_shard

MATRIX, PAGE = "matrix.json", "matrix.html"
_OUT = ROOT / "runs" / "mutants"


def main(argv: Sequence[str] | None = None) -> int:
    """Play what is missing, write the matrix, tell what it comes to."""
    options = _parser().parse_args(argv)
    try:
        catalogue = load_linted([ROOT / "scenarios"])
        tasks, found = _played(options, catalogue)
    except GammaError as error:
        sys.stderr.write(f"ERROR: {error}\n")
        return error.exit_status
    except KeyboardInterrupt:
        _say(f"interrupted; go on with: python -m mutants --out {options.out}")
        return 2
    result = _judged(options, tasks, found, catalogue)
    _write(options.out, result, {scenario.id: scenario.area for scenario in catalogue.values()})
    _tell(result, options.out)
    return 0 if result.holds else 1


def _played(options: argparse.Namespace, catalogue: dict[str, Scenario]) -> tuple[list[Task], dict[str, Finding]]:
    """Each defect with few of the scenarios that it names; with all of them where it survived, or left a check idle.

    At the end, what could not be observed beside everything else is looked at alone.
    """
    tasks = _tasks(options, catalogue, frozenset())
    _begin(options, tasks)
    found = _findings(options, tasks, catalogue)
    unsure = open_defects(_judged(options, tasks, found, catalogue), spec_defects.load())
    if unsure and not options.full:
        _say(f"with all that they name: {', '.join(sorted(unsure))}")
        tasks = _tasks(options, catalogue, unsure)
        found = _findings(options, tasks, catalogue)
    if again := unobserved(tasks, found):
        _say(f"once more, with nothing beside it: {', '.join(f'{task.key} ({len(task.scenarios)})' for task in again)}")
        _play(options, again, found, catalogue, alone=True)
    return tasks, found


@cache
def _code(time_scale: float) -> str:
    """What all results of this run rest on: as it was when the run began."""
    return f"{digest()} {time_scale:g}"


def _begin(options: argparse.Namespace, tasks: list[Task]) -> None:
    """A matrix that was complete is begun anew; what was killed goes on."""
    journal, written = Journal(options.out), options.out / MATRIX
    if options.fresh or (written.exists() and not left(tasks, known(tasks, journal.read()))):
        journal.clear()
    written.unlink(missing_ok=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m mutants", description="Play the matrix of defects and checks.")
    parser.add_argument("--out", type=Path, default=_OUT, metavar="DIR", help="for the results (default: runs/mutants)")
    parser.add_argument("--only", action="append", default=[], metavar="GLOB", help="these defects and variations only")
    parser.add_argument("--fast", action="store_true", help="a few defects of each area, and a few variations")
    parser.add_argument(
        "--full", action="store_true", help="the whole catalogue under each defect and variation, where it can differ"
    )
    parser.add_argument(
        "--every-cell", action="store_true", help="with --full: also where every decision is as on the correct mesh"
    )
    parser.add_argument("--shard", type=_shard, metavar="I/N", help="the I-th of N parts")
    parser.add_argument(
        "--from",
        dest="others",
        action="append",
        default=[],
        type=Path,
        metavar="DIR",
        help="what was found there counts, and is not played again: other parts, for one matrix of all",
    )
    parser.add_argument("--labs", type=int, default=5, metavar="N", help="how many run at once (default: %(default)s)")
    parser.add_argument(
        "--players", type=int, default=4, metavar="N", help="scenarios at once on each lab (default: %(default)s)"
    )
    parser.add_argument("--time-scale", type=float, default=0.1, metavar="X", help="of all seconds (default: 0.1)")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="of every choice (default: %(default)s)")
    parser.add_argument("--fresh", action="store_true", help="play everything again, whatever is known")
    return parser


def _shard(text: str) -> tuple[int, int]:
    found = parse_shard(text)
    if found is None:
        raise argparse.ArgumentTypeError(f"{text}: no part; write I/N, such as 2/3")
    return found


def _tasks(options: argparse.Namespace, catalogue: dict[str, Scenario], thorough: frozenset[str]) -> list[Task]:
    size = FAST if options.fast else Choice()
    choice = replace(size, seed=options.seed, full=options.full, only=(*options.only,), thorough=thorough)
    code = _code(options.time_scale)
    reached = None
    if options.full and not options.every_cell:
        reached = reach.find(_plots(options, catalogue, "reach"), options.out, _say)
    tasks = plan(spec_defects.load(), spec_defects.variations(), catalogue, choice, code, reach=reached)
    return shard(tasks, *options.shard) if options.shard else tasks


def _findings(options: argparse.Namespace, tasks: list[Task], catalogue: dict[str, Scenario]) -> dict[str, Finding]:
    """Everything that is known or can be found out."""
    journal = Journal(options.out)
    before = journal.read()
    elsewhere = [one for folder in options.others for one in Journal(folder).read()]
    found = known(tasks, [*elsewhere, *before])
    to_play = left(tasks, found)
    plays, missing = (sum(len(task.scenarios) for task in some) for some in (tasks, to_play))
    _say(f"{len(tasks)} tasks, {plays} plays; {plays - missing} known already")
    _play(options, to_play, found, catalogue)
    return found


def _play(
    options: argparse.Namespace,
    tasks: list[Task],
    found: dict[str, Finding],
    catalogue: dict[str, Scenario],
    *,
    alone: bool = False,
) -> None:
    """Play these tasks, and put what comes of them to what was found; `alone`: one scenario at a time."""
    wanted = {name for task in tasks for name in task.scenarios}
    plots = _plots(options, {name: scenario for name, scenario in catalogue.items() if name in wanted}, "lab")
    if alone:
        plots = [replace(plots[0], directory=plots[0].directory.with_name(f"{os.getpid()}-alone"), at_once=1)]
    began, journal = time.monotonic(), Journal(options.out)
    for done, one in enumerate(crew.play(longest_first(tasks), plots, _say), start=1):
        journal.add(one)
        add(found, one)
        at = f"{time.monotonic() - began:6.1f} s  {done:4} of {len(tasks)}"
        _say(f"{at}  {one.key}  {one.failed or f'{len(one.red)} red'}  ({one.seconds:.1f} s)")


def _plots(options: argparse.Namespace, catalogue: dict[str, Scenario], name: str) -> list[Plot]:
    """One for each lab."""
    return [
        Plot(
            options.out / "labs" / f"{os.getpid()}-{name}-{number}",
            catalogue,
            options.time_scale,
            options.seed,
            options.players,
        )
        for number in range(options.labs)
    ]


def _judged(
    options: argparse.Namespace, tasks: list[Task], found: dict[str, Finding], catalogue: dict[str, Scenario]
) -> Matrix:
    everything = not (options.only or options.fast or options.shard)
    checks = [f"{scenario.id}/{check.id}" for scenario in catalogue.values() for check in scenario.checks]
    about = {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "suite_version": suite_version(),
        "played": "full" if options.full else "fast" if options.fast else "named",
        "seed": options.seed,
        "time_scale": options.time_scale,
        "labs": options.labs,
        "cores": os.cpu_count(),
        "plays": sum(len(task.scenarios) for task in tasks),
        "cells": len([task for task in tasks if task.kind != "control"]) * len(catalogue),
        "seconds": round(sum(one.seconds for one in found.values()) / max(options.labs, 1)),
    }
    return matrix(
        found,
        [task.key for task in tasks],
        spec_defects.load(),
        spec_defects.variations(),
        checks=checks if everything else (),
        about=about,
    )


def _write(out: Path, result: Matrix, areas: dict[str, str]) -> None:
    (out / MATRIX).write_text(json.dumps(as_json(result), indent=1) + "\n", encoding="utf-8")
    (out / PAGE).write_text(heatmap.render(result, areas), encoding="utf-8")


def _tell(result: Matrix, out: Path) -> None:
    """What does not hold, where the rest stands, and the last line."""
    for row in result.survivors:
        why = row.failed or "; ".join(f"{check}: {reason}" for check, reason in row.unseen.items())
        _say(f"survives      {row.id}{f'  ({why})' if why else ''}")
    for row in result.over_killers:
        _say(f"over-killer   {row.id}: {', '.join(row.over)}{'  (explained)' if row.explained else ''}")
    for check in result.idle_checks:
        _say(f"idle          {check}")
    for one in (*result.variations, *result.controls):
        for check, reason in one.wrong.items():
            _say(f"minds {one.id}: {check}: {reason}")
        if one.failed:
            _say(f"not played    {one.id}: {one.failed}")
    if result.missing:
        _say(f"not played    {', '.join(result.missing)}")
    _say(f"{out / MATRIX}, {out / PAGE}")
    _say(result.last_line)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
