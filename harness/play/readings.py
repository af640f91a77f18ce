"""Whether the API says of an object what a check wants. Pure: an object and a check go in, what is wrong comes out.

A condition counts only for the generation that it names: what was written about an earlier spec is stale, neither right
nor wrong. Entries of other controllers than the mesh's are none of its business, except where it lost one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from harness.cluster import Obj
from harness.play.statuses import (
    Entry,
    Known,
    ParentRef,
    called,
    describe,
    entries_of,
    for_parent,
    is_mesh,
    is_route,
    is_stale,
    reference,
    status_of,
)
from harness.scenario import wording
from harness.scenario.model import Condition, Parent, StatusCheck

_SERVICES = (("", "Service"), ("core", "Service"))  # the core group goes by both names
_CONTROLLER = re.compile(
    r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/[A-Za-z0-9/\-._~%!$&'()*+,;=:]+"
)


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a check is not satisfied; ``pending`` where nothing was said yet about the present generation."""

    text: str
    pending: bool = False


def status_faults(check: StatusCheck, obj: Obj | None, known: Known) -> list[Fault]:
    """What is wrong with the status of an object; empty where the check is satisfied."""
    if obj is None:
        return [Fault(f"{check.of} does not exist", pending=True)]
    found = list(_of_route(check, obj, known) if is_route(obj) else _of_conditions(check, obj, known))
    if check.keeps is not None:
        found += _of_kept(check.keeps, obj, known)
    if check.supportedFeatures is not None:
        found += _of_features(check, obj)
    return found


def controllers(obj: Obj, known: Known) -> set[str]:
    """The controller names of all entries that are not ours: the mesh's, as far as can be told."""
    return {str(entry.get("controllerName", "")) for entry in entries_of(obj)} - known.foreign


def matches(wanted: Parent, ref: Entry, namespace: str) -> bool:
    """Whether a parentRef has all the fields that are given."""
    group, kind, place, name, section, port = reference(ref, namespace)
    has = {"group": group, "kind": kind, "namespace": place, "name": name, "sectionName": section, "port": port}
    given = {key: getattr(wanted, key) for key in has}
    return all(value is None or has[key] == value for key, value in given.items())


def _of_route(check: StatusCheck, obj: Obj, known: Known) -> Iterator[Fault]:
    namespace = obj["metadata"].get("namespace", "")
    mine = [entry for entry in entries_of(obj) if is_mesh(entry, known)]
    yield from _names(mine)
    refs = [ref for ref in (obj.get("spec") or {}).get("parentRefs") or () if isinstance(ref, Mapping)]
    services = [ref for ref in refs if reference(ref, namespace)[:2] in _SERVICES]
    if check.entries == "exact":
        yield from _exactly(mine, refs, services, namespace)
    if check.parent is None:
        groups = [(for_parent(ref), [one for one in mine if _same(one, ref, namespace)]) for ref in services]
        asked = mine
    else:
        asked = [one for one in mine if matches(check.parent, one.get("parentRef") or {}, namespace)]
        groups = [(wording.parent(check.parent), asked)]
    if check.entries == "none" and asked:
        yield Fault(f"the mesh has {len(asked)} of the entries that it must not have: {describe(obj, known)}")
    if check.conditions:
        if not groups:
            yield Fault("the object names no Service as its parent")
        for what, entries in groups:
            yield from _of_group(check, what, entries, obj, known)
    for entry in asked:
        yield from _forbidden(check.notConditions, entry.get("conditions") or (), obj)


def _of_group(check: StatusCheck, what: str, entries: Sequence[Entry], obj: Obj, known: Known) -> Iterator[Fault]:
    """Every entry of one parent has all the conditions."""
    if not entries:
        yield Fault(f"the mesh has no entry {what}", pending=True)
    for entry in entries:
        yield from _judged(check.conditions, entry.get("conditions") or (), obj, f" ({what})", known.extra)


def _of_conditions(check: StatusCheck, obj: Obj, known: Known) -> Iterator[Fault]:
    """The same for objects whose conditions are the status' own."""
    found = status_of(obj).get("conditions") or ()
    if check.conditions:
        yield from _judged(check.conditions, found, obj, "", known.extra)
    yield from _forbidden(check.notConditions, found, obj)


def _judged(
    wanted: Mapping[str, Condition], found: Sequence[Entry], obj: Obj, where: str, extra: frozenset[str]
) -> Iterator[Fault]:
    generation = obj["metadata"].get("generation")
    if not found:
        yield Fault(f"there are no conditions{where}", pending=True)
        return
    for condition in found:
        if condition.get("type") not in extra and is_stale(condition, generation):
            about = condition.get("observedGeneration")
            text = f"{condition.get('type')} is about generation {about}, and the object has {generation}{where}"
            yield Fault(text, pending=True)
    for name, want in wanted.items():
        yield from _condition(name, want, [one for one in found if one.get("type") == name], where)


def _condition(name: str, want: Condition, found: Sequence[Entry], where: str) -> Iterator[Fault]:
    if len(found) > 1:
        yield Fault(f"there are {len(found)} conditions {name}{where}")
    elif want.status == "absent":
        yield from (Fault(f"{called(one)}, expected none{where}") for one in found)
    elif not found:
        yield Fault(f"there is no condition {name}{where}")
    else:
        one = found[0]
        if one.get("status") != want.status:
            yield Fault(f"{called(one)}, expected {name}={want.status}{where}")
        elif want.reason is not None and one.get("reason") not in want.reason:
            yield Fault(f"{called(one)}, expected the reason {' or '.join(want.reason)}{where}")
        if want.hasMessage and not str(one.get("message") or "").strip():
            yield Fault(f"{called(one)} says nothing in its message{where}")
        for text in want.messageHas or ():
            if text not in str(one.get("message", "")):
                yield Fault(f"the message of {name} does not say {text!r}, but {one.get('message')!r}{where}")


def _forbidden(wanted: Mapping[str, Condition], found: Iterable[Entry], obj: Obj) -> Iterator[Fault]:
    """Conditions about the present generation that must not hold."""
    generation = obj["metadata"].get("generation")
    for one in found:
        want = wanted.get(str(one.get("type")))
        if want is None or is_stale(one, generation):
            continue
        if not any(_condition(str(one.get("type")), want, [one], "")):
            yield Fault(f"{called(one)}, which must not be")


def _exactly(
    mine: Sequence[Entry], refs: Sequence[Entry], services: Sequence[Entry], namespace: str
) -> Iterator[Fault]:
    allowed = {reference(ref, namespace) for ref in refs}
    counts: dict[ParentRef, int] = {}
    for entry in mine:
        ref = reference(entry.get("parentRef") or {}, namespace)
        counts[ref] = counts.get(ref, 0) + 1
        if ref not in allowed:
            yield Fault(
                f"the mesh has an entry {for_parent(entry.get('parentRef') or {})}, which the route never named"
            )
    for service in services:
        count = counts.get(reference(service, namespace), 0)
        if count != 1:
            yield Fault(f"the mesh has {count} entries {for_parent(service)}, expected one", pending=count == 0)


def _names(mine: Sequence[Entry]) -> Iterator[Fault]:
    names = sorted({str(entry.get("controllerName", "")) for entry in mine})
    for name in names:
        if not _CONTROLLER.fullmatch(name):
            yield Fault(f"the controllerName {name!r} is not of the form DOMAIN/PATH")
    if len(names) > 1:
        yield Fault(f"the entries of the mesh have several controllerNames: {', '.join(names)}")


def _of_kept(name: str, obj: Obj, known: Known) -> Iterator[Fault]:
    written = known.written.get(name)
    if written is None:
        yield Fault(f"nothing was written by the step {name}")
    elif written.entry is not None:
        if not any(entry == written.entry for entry in entries_of(obj)):
            yield Fault(
                f"the entry of {written.entry.get('controllerName')} is changed or gone: {describe(obj, known)}"
            )
    elif written.condition is not None:
        found = [one for entry in entries_of(obj) for one in entry.get("conditions") or ()]
        if written.condition not in found:
            yield Fault(f"the condition {written.condition.get('type')} is changed or gone: {describe(obj, known)}")


def _of_features(check: StatusCheck, obj: Obj) -> Iterator[Fault]:
    wanted = check.supportedFeatures
    raw = status_of(obj).get("supportedFeatures") or ()
    names = [str(one.get("name", "")) if isinstance(one, Mapping) else str(one) for one in raw]
    if wanted is None:
        return
    if len(names) < wanted.atLeast:
        yield Fault(f"{len(names)} supportedFeatures, expected {wanted.atLeast} or more", pending=not names)
    if wanted.atMost is not None and len(names) > wanted.atMost:
        yield Fault(f"{len(names)} supportedFeatures, expected {wanted.atMost} or fewer: {', '.join(names)}")
    if wanted.sorted and names != sorted(names):
        first = next(after for before, after in zip(names, sorted(names), strict=True) if before != after)
        yield Fault(f"the supportedFeatures are not in ascending order: {first} stands too late")


def _same(entry: Entry, ref: Entry, namespace: str) -> bool:
    return reference(entry.get("parentRef") or {}, namespace) == reference(ref, namespace)
