"""On which releases and channels of the Gateway API a scenario can be played: those that have all that it writes."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from functools import cache
from typing import Literal

from harness.scenario.derived import Obj, features_needed, identity, list_of, manifests_at, written_objects
from harness.scenario.model import Refused, Scenario
from harness.scenario.remembered import remembered
from spec import crds, features
from spec.crds.compiler import available

Support = Literal["core", "extended", "experimental"]
Bundle = tuple[str, str]  # release line and channel: v1.4, standard

_STANDARD, _EXPERIMENTAL = crds.CHANNELS
_LEVELS: tuple[Support, ...] = ("core", "extended", "experimental")
_LINES = tuple(crds.RELEASES)
_VERSION = re.compile(r"v(\d+)\.(\d+)")
#: Findings that tell that a field, a value or a limit is another one, not that a rule speaks.
_FORM = frozenset(
    {"unknown-field", "enum", "type", "too-many", "minimum", "maximum", "pattern", "min-items", "required"}
)


@remembered
def first_release(scenario: Scenario) -> Bundle:
    """The oldest release that has all that the scenario uses, in the standard channel if any has it there.

    What no release has yet is looked for in the newest one.
    """
    for channel in crds.CHANNELS:
        for line in _LINES:
            if _unmet(scenario, (line, channel)) is None:
                return line, channel
    return _LINES[-1], _STANDARD


def since(scenario: Scenario) -> str:
    """The first release line that has all that the scenario uses, as ``v1.4``; what the file says counts too."""
    return first_release(scenario)[0]


def channel(scenario: Scenario) -> str:
    """``standard``, or ``experimental`` where the scenario uses what only that channel has."""
    return first_release(scenario)[1]


def support_level(scenario: Scenario) -> Support:
    """The highest support level of what the scenario needs; what only the experimental channel has is experimental."""
    if channel(scenario) == _EXPERIMENTAL:
        return "experimental"
    known = features.load()
    levels = [known[name].support for name in features_needed(scenario) if name in known]
    return max(levels, key=_LEVELS.index, default="core")


def kinds_written(scenario: Scenario) -> set[tuple[str, str]]:
    """What of the Gateway API the scenario sends to the API, as pairs of apiVersion and kind."""
    return {(obj["apiVersion"], obj["kind"]) for obj in written_objects(scenario) if _ours(obj)}


def obstacle(scenario: Scenario, version: str, channel: str, unserved: Collection[str] = ()) -> str:
    """Why the scenario cannot be played on CRDs of this version and channel, naming both; empty where it can.

    `unserved` are kinds that the cluster does not serve whatever its CRDs say, as ``TCPRoute v1``. CRDs that do not say
    what they are (empty texts) are taken for the newest standard ones. Where no release has what the scenario writes
    there is no obstacle: let the API speak for itself.
    """
    here = _line(version), channel or _STANDARD
    has = f"the cluster has {version}, {here[1]}"
    if here[0] is None or not version:
        here = _LINES[-1], here[1]
        has = f"the cluster has {version or 'CRDs of unknown version'}, taken for {crds.RELEASES[here[0]]}, {here[1]}"
    bundle = here[0] or _LINES[0], here[1]
    missing = _unmet(scenario, bundle)
    wanted = _where_met(scenario, bundle) if missing is not None else ""
    if not wanted:
        absent = sorted({_versioned(*pair) for pair in kinds_written(scenario)} & set(unserved))
        return f"needs {' and '.join(absent)}, not served here ({has})" if absent else ""
    return f"needs {wanted}{f' for {missing}' if missing else ''} ({has})"


def _where_met(scenario: Scenario, here: Bundle) -> str:
    """The nearest release and channel that has everything: newer before older, the own channel first."""
    line, own = here
    position = _LINES.index(line)
    other = _EXPERIMENTAL if own == _STANDARD else _STANDARD

    def fits(candidates: Sequence[str], channel: str) -> str:
        return next((each for each in candidates if _unmet(scenario, (each, channel)) is None), "")

    if found := fits(_LINES[position + 1 :], own):
        return f"Gateway API {found}"
    if found := fits(_LINES[position:], other):
        return f"the {other} channel" if found == line else f"Gateway API {found}, {other} channel"
    if found := fits(_LINES[:position][::-1], own):
        return f"Gateway API {found} or older"
    return ""


def _line(version: str) -> str | None:
    """The release line whose tables describe a version; None where it has none, as builds between releases."""
    match = _VERSION.match(version)
    if not match or version.startswith("v0.0."):
        return None
    number = int(match[1]), int(match[2])
    older = [line for line in _LINES if _number(line) <= number]
    return older[-1] if older else _LINES[0]


def _number(line: str) -> tuple[int, int]:
    match = _VERSION.match(line)
    assert match, "releases and the model's `since` have this form"
    return int(match[1]), int(match[2])


def _unmet(scenario: Scenario, bundle: Bundle) -> str | None:
    """What of the scenario is not there in a release and channel, empty for all of it; None if everything is."""
    line, own = bundle
    if scenario.since and min(_number(scenario.since), _number(_LINES[-1])) > _number(line):
        return ""
    for name in sorted(features_needed(scenario)):
        if not _has_feature(name, line, own):
            return f"the feature {name}"
    return next(_missing(scenario, bundle), None)


@cache
def _has_feature(name: str, line: str, own: str) -> bool:
    feature = features.load().get(name)
    if feature is None:
        return True
    releases = {each: min(release, _LINES[-1], key=_number) for each, release in feature.releases.items()}
    return available(releases, line, own)


def _missing(scenario: Scenario, bundle: Bundle) -> Iterator[str]:
    """Kinds, fields and values of the scenario's objects that a release and channel does not have."""
    for number, step in enumerate(scenario.steps):
        name = list_of(step)
        for obj in scenario.manifests.get(name, ()) if name is not None else ():
            if not _ours(obj):
                continue
            if crds.table_of(obj, *bundle) is None:
                yield _versioned(obj["apiVersion"], obj["kind"])
            elif isinstance(step, Refused):
                yield from _not_refused(obj, replaced(scenario, number, obj), bundle)
            else:
                yield from (f"{obj['kind']} {error.path}" for error in crds.validate(obj, *bundle))


def _ours(obj: Obj) -> bool:
    return str(obj.get("apiVersion", "")).startswith("gateway.networking.")


def _versioned(api_version: str, kind: str) -> str:
    return f"{kind} {api_version.rpartition('/')[2]}"


def replaced(scenario: Scenario, steps: int, obj: Obj) -> Obj | None:
    """The object that ``obj`` would take the place of after so many steps; None if it would be new."""
    return next((one for one in manifests_at(scenario, steps) if identity(one) == identity(obj)), None)


def _not_refused(obj: Obj, old: Obj | None, bundle: Bundle) -> Iterator[str]:
    """What keeps a release from refusing an object for the reason for which the newest one refuses it."""
    newest = [(_LINES[-1], each) for each in crds.CHANNELS]
    meant = {(error.path, error.rule) for each in newest for error in objections(obj, old, each)}
    found = objections(obj, old, bundle)
    if not found:
        yield f"the refusal of {obj['kind']} {identity(obj)[2]}"
    for error in found:
        if error.rule in _FORM and (error.path, error.rule) not in meant:
            yield f"{obj['kind']} {error.path}"


def objections(obj: Obj, old: Obj | None, bundle: Bundle) -> list[crds.FieldError]:
    """What a release and channel has against an object that is created, or takes the place of ``old``."""
    errors = crds.validate(obj, *bundle)
    return errors or (crds.validate_change(old, obj, *bundle) if old is not None else [])
