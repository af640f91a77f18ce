"""What is known before a run: expected failures, and an earlier run to compare with."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness import baseline
from harness.errors import GammaError, Problem
from harness.evidence import ReportError
from harness.expectations.load import SUFFIX, load
from harness.expectations.model import Entry
from harness.expectations.resolve import check_ids, matched, resolve
from harness.mesh_profile import MESHES
from harness.settings import Settings
from suites.plugin.options import SCENARIOS
from suites.plugin.session import Knowledge


def expecting(knowledge: Knowledge, settings: Settings) -> Settings:
    """The settings with the expectations and the baseline that the options name.

    Raises pytest.UsageError with everything that is wrong with them.
    """
    options = knowledge.options
    before = None
    try:
        if options.baseline is not None:
            before = baseline.read(options.baseline)
    except ReportError as error:
        raise pytest.UsageError(f"--baseline {error}") from None
    try:
        entries = _entries(knowledge)
    except GammaError as error:
        raise pytest.UsageError(str(error)) from None
    found, problems = resolve(entries, knowledge.catalogue, settings.mesh.identity.version)
    if problems:
        raise pytest.UsageError(_told(problems))
    return settings.model_copy(update={"expectations": found, "baseline": before})


def _entries(knowledge: Knowledge) -> tuple[Entry, ...]:
    """Those of the file that was named; else of the profile's own, as far as it is about the catalogue played."""
    options = knowledge.options
    if options.expectations is not None:
        return load(options.expectations)
    beside = _beside(options.mesh)
    if not beside.is_file():
        return ()
    entries = load(beside)
    if options.directories == (SCENARIOS,):
        return entries
    ids = check_ids(knowledge.catalogue)  # a catalogue of the user's own: the rest of the file is not about it
    return tuple(entry for entry in entries if matched(entry, ids))


def _beside(mesh: str) -> Path:
    named = "/" in mesh or mesh.endswith((".yaml", ".yml"))
    profile = Path(mesh) if named else MESHES / f"{mesh}.yaml"
    return profile.with_name(profile.stem + SUFFIX)


def _told(problems: list[Problem]) -> str:
    return "\n".join(str(problem) for problem in problems)
