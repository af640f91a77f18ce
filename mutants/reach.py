"""Which scenarios a defect can make a difference in, so that a full matrix need not play what cannot differ.

The catalogue is played once on the correct mesh, scenario by scenario, and recorded; then every defect is asked what it
would have done (`mutants.shadow`). A process for each lab records and asks its share of the catalogue.
"""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import replace
from pathlib import Path

from harness.scenario.model import Scenario
from lab.defects.registry import harmless, registry
from lab.mesh.model.decisions import Decisions
from mutants import shadow
from mutants.scenes import Recorder, Scene
from mutants.site import Plot, Site
from mutants.sources import digest
from mutants.tasks import CONTROL, Reach, Task

FILE = "reach.json"
_SOURCES = ("mutants/reach.py", "mutants/scenes.py", "mutants/shadow.py", "mutants/site.py")


def find(plots: Sequence[Plot], folder: Path, progress: Callable[[str], None]) -> Reach:
    """For the key of each defect's and variation's task the scenarios that it reaches; kept in a file of `folder`.

    Raises LabError and GammaError where a lab cannot be had.
    """
    file = folder / FILE
    code = f"{digest(*_SOURCES)} {plots[0].time_scale:g}"  # all that the answer rests on
    if file.exists() and (known := json.loads(file.read_text()))["code"] == code:
        return {key: frozenset(names) for key, names in known["reach"].items()}
    found: dict[str, list[str]] = {key: [] for key in _decisions()}
    shares = [replace(plot, catalogue=_share(plot, number, len(plots))) for number, plot in enumerate(plots)]
    with ProcessPoolExecutor(len(shares), multiprocessing.get_context("spawn")) as pool:
        for count, done in enumerate(as_completed([pool.submit(_reached, share) for share in shares]), start=1):
            for key, names in done.result().items():
                found[key] += names
            progress(f"what can make a difference where: {count} of {len(shares)} parts of the catalogue")
    folder.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"code": code, "reach": {key: sorted(names) for key, names in found.items()}}))
    return {key: frozenset(names) for key, names in found.items()}


def _share(plot: Plot, number: int, count: int) -> dict[str, Scenario]:
    return {name: plot.catalogue[name] for name in sorted(plot.catalogue)[number::count]}


def _decisions() -> dict[str, Decisions]:
    return {
        **{f"defect:{name}": defect.decisions for name, defect in registry.items()},
        **{f"variation:{name}": variation.decisions for name, variation in harmless.items()},
    }


def _reached(plot: Plot) -> dict[str, list[str]]:
    """In a process of its own: record this part of the catalogue, then ask everyone."""
    original = shadow.Original(_recorded(plot))
    return {
        key: shadow.differs(original, decisions, plot.catalogue, plot.time_scale)
        for key, decisions in _decisions().items()
    }


def _recorded(plot: Plot) -> list[Scene]:
    site = Site(plot)
    try:
        recorder = Recorder(site.kubeconfig)
        try:
            return [_scene(site, recorder, name) for name in plot.catalogue]
        finally:
            recorder.close()
    finally:
        site.close()


def _scene(site: Site, recorder: Recorder, name: str) -> Scene:
    recorder.begin()
    site.play(Task("control", CONTROL, (name,), "", 0.0))
    return recorder.scene(name)
