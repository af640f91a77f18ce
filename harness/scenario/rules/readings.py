"""Readings: checks by the Kubernetes API name objects that are there, and silence never satisfies them."""

from __future__ import annotations

from collections.abc import Iterator

from harness.errors import Problem
from harness.scenario.basics import Mark
from harness.scenario.derived import identity
from harness.scenario.history import Moment, moments
from harness.scenario.model import (
    Accepted,
    PatchStatus,
    Scenario,
    Status,
    StatusCheck,
    Unchanged,
    UnchangedCheck,
)
from harness.scenario.naming import is_own_mesh, named_object
from harness.scenario.shape import path_of
from harness.scenario.suggest import suggest


def objects(scenario: Scenario) -> Iterator[Problem]:
    """Every object that is read or patched is applied before, and every `keeps` names what was written to it."""
    patches: dict[str, PatchStatus] = {}
    for moment in moments(scenario):
        step, place = moment.step, ("steps", moment.index)
        if isinstance(step, PatchStatus):
            yield from _present(scenario, moment, step.of, scenario.at(*place, "of"))
            if step.patchStatus in patches:
                mark = scenario.at(*place, "patchStatus")
                yield Problem(mark, f"two steps are called {step.patchStatus!r}", "give each a name of its own")
            patches[step.patchStatus] = step
        elif isinstance(step, Status):
            for number, check in enumerate(step.checks):
                yield from _present(scenario, moment, check.of, scenario.at(*place, "checks", number, "of"))
                yield from _kept(check, patches, scenario.at(*place, "checks", number, "keeps"))
        elif isinstance(step, Unchanged):
            for number, kept in enumerate(step.checks):
                yield from _present(scenario, moment, kept.of, scenario.at(*place, "checks", number, "of"))
                yield from _fields(scenario, moment, kept, (*place, "checks", number))
        elif isinstance(step, Accepted):
            yield from _unfounded(scenario, moment, step)


def _unfounded(scenario: Scenario, moment: Moment, step: Accepted) -> Iterator[Problem]:
    for number, check in enumerate(step.checks):
        if check.because:
            mark = scenario.at("steps", moment.index, "checks", number, "because")
            yield Problem(mark, "what is accepted has no reason", "leave `because:` out")


def _present(scenario: Scenario, moment: Moment, of: str, mark: Mark) -> Iterator[Problem]:
    try:
        obj = named_object(scenario, of)
    except ValueError as error:
        yield Problem(mark, str(error), "name an object that a step applies")
        return
    if not is_own_mesh(obj) and identity(obj) not in map(identity, moment.objects):
        yield Problem(mark, f"{of} is not there at this step", "apply it in an earlier step")


def _kept(check: StatusCheck, patches: dict[str, PatchStatus], mark: Mark) -> Iterator[Problem]:
    if check.keeps is None:
        return
    patch = patches.get(check.keeps)
    if patch is None:
        yield Problem(mark, f"no earlier step is `patchStatus: {check.keeps}`", suggest(check.keeps, patches))
    elif patch.of != check.of:
        yield Problem(mark, f"{check.keeps} is written to {patch.of}, and {check.of} is read", "read the same object")


def _fields(
    scenario: Scenario, moment: Moment, check: UnchangedCheck, where: tuple[str | int, ...]
) -> Iterator[Problem]:
    try:
        value: object = named_object(scenario, check.of, moment.index)
    except ValueError:
        return  # told already
    for number, name in enumerate(check.fields):
        found = value
        for part in path_of(name):
            if isinstance(found, dict):
                found = found.get(part)
            elif isinstance(found, list) and isinstance(part, int):
                found = found[part] if part < len(found) else None
            else:
                found = None
        if found is None:
            mark = scenario.at(*where, "fields", number)
            yield Problem(mark, f"{check.of} is written without {name}", "name a field that the manifest has")


def positive(scenario: Scenario) -> Iterator[Problem]:
    """A status that nobody ever wrote satisfies no check: beside a negative one stands a positive one."""
    awake = -1  # the number of changes made when a positive status was last read
    for moment in moments(scenario):
        if not isinstance(moment.step, Status):
            continue
        if any(not check.negative for check in moment.step.checks):
            awake = moment.changes
        for number, check in enumerate(moment.step.checks):
            mark = scenario.at("steps", moment.index, "checks", number, "check")
            if not _says_something(check):
                yield Problem(mark, f"{check.id} asks for nothing", "give conditions, or what the entries have to be")
            elif check.negative and awake != moment.changes:
                text = f"missing witness: a mesh that writes no status at all satisfies {check.id}"
                fix = "let a check of the same step, or of one since the last change, want a condition of another route"
                yield Problem(mark, text, fix)


def _says_something(check: StatusCheck) -> bool:
    return bool(
        check.conditions
        or check.notConditions
        or check.entries != "any"
        or check.keeps is not None
        or check.supportedFeatures is not None
    )
