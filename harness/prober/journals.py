"""What backends' journals say about some requests, and what stands against believing it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.observation import Hit, JournalView
from harness.prober.types import JournalMark, Pod, Position

_YOUNG = "the pod came after the mark and has been restarted since"
_ANEW = "it was begun anew: the agent was restarted"
_RESTARTED = (_YOUNG, _ANEW)


@dataclass(frozen=True, slots=True)
class Reading:
    """What one backend answered, or why it did not."""

    pod: Pod
    answer: Mapping[str, Any] | None
    error: str = ""


def prefix_of(request_id: str) -> str:
    """The part of an id that journals are asked for: ``a.b-12`` is number 12 of ``a.b``."""
    return request_id.rpartition("-")[0]


def view(
    since: JournalMark,
    now: Collection[Pod],
    readings: Sequence[Reading],
    ids: Collection[str],
    default_namespace: Callable[[str], str],
) -> JournalView:
    """The hits of the ids. ``now`` are the backends that the API knows at present; each of them was read.

    A pod that has gone took its journal with it; one that came since then has a whole one, unless it was restarted.
    """
    present = {pod.uid for pod in now}
    gone = [pod for pod in since.positions if pod.uid not in present]
    problems = [f"{pod.full_name} is gone, and its journal with it" for pod in gone]
    wanted = set(ids)
    hits: dict[str, list[Hit]] = {}
    complete = set()
    restarted = []
    for reading in readings:
        trouble = problem(reading, since.positions.get(reading.pod))
        if trouble in _RESTARTED:
            restarted.append(reading.pod.full_name)
        if trouble:
            problems.append(f"journal of {reading.pod.full_name}: {trouble}")
        else:
            complete.add(reading.pod.name)
        for request_id, hit in _entries(reading, default_namespace):
            if request_id in wanted:
                hits.setdefault(request_id, []).append(hit)
    whole = {key: tuple(found) for key, found in hits.items()}
    return JournalView(whole, frozenset(complete), tuple(problems), tuple(restarted))


def problem(reading: Reading, mark: Position | None) -> str:
    """Why the absence of a request in this journal means nothing; empty where it does mean something."""
    answer = reading.answer
    if answer is None:
        return reading.error
    try:
        oldest, following, held = int(answer["oldest"]), int(answer["next"]), int(answer["held"])
        epoch, truncated = str(answer["epoch"]), bool(answer["truncated"])
    except (KeyError, TypeError, ValueError):
        return "the agent's answer makes no sense"
    since = mark.next if mark else 0
    troubles = {
        _YOUNG: mark is None and reading.pod.restarts > 0,
        _ANEW: mark is not None and epoch != mark.epoch,
        "it went backwards": following < since,
        f"it overflowed: {oldest - since} entries are lost": oldest > since,
        f"{following - oldest - held} entries are missing": oldest + held != following,
        "it holds more entries than the agent tells at once": truncated,
    }
    return next((text for text, applies in troubles.items() if applies), "")


def _entries(reading: Reading, default_namespace: Callable[[str], str]) -> Iterator[tuple[str, Hit]]:
    """The entries with the ids of their requests, in the order of their arrival for each id."""
    pod, namespace = reading.pod, default_namespace(reading.pod.namespace)
    hits = (reading.answer or {}).get("hits") or {}
    for prefix, rows in hits.items():
        for rest, attempt, _, time, method, path, host, port in rows:
            hit = Hit(
                pod=pod.name,
                namespace=namespace,
                workload=pod.workload,
                attempt=int(attempt),
                method=str(method),
                path=str(path),
                host=str(host),
                time=float(time),
                port=int(port),
            )
            yield f"{prefix}-{rest}", hit
