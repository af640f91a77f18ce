"""What happened in a scenario, collected while it is played and written to its evidence folder."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import yaml

from harness.evidence.model import Event
from harness.observation import JournalView
from harness.play.classify import Classified
from harness.play.ports import Clock
from harness.play.quality import Measured

_MANIFESTS = 60_000  # characters in the report


@dataclass
class Notebook:
    """Thread-safe. Times are seconds since the scenario began."""

    clock: Clock
    scenario: str
    events: list[Event] = field(default_factory=list)
    statuses: list[dict[str, Any]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    measurements: dict[str, float] = field(default_factory=dict)
    measured: Measured = field(default_factory=Measured)
    _manifests: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    _probes: list[dict[str, Any]] = field(default_factory=list)
    _journals: list[dict[str, Any]] = field(default_factory=list)
    _cluster_events: list[dict[str, Any]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.begun = self.clock.now()

    @property
    def at(self) -> float:
        """Seconds since the scenario began, to the millisecond."""
        return round(self.clock.now() - self.begun, 3)

    def note(self, what: str, at: float | None = None) -> None:
        """Put something on the timeline."""
        with self._lock:
            self.events.append(Event(at=self.at if at is None else round(at, 3), what=what))

    def trouble(self, what: str) -> None:
        """Something that we could not do."""
        with self._lock:
            self.problems.append(what)
        self.note(what)

    def timeline(self) -> tuple[Event, ...]:
        """All events so far, in order of time."""
        with self._lock:
            return tuple(sorted(self.events, key=lambda event: event.at))

    def applied(self, where: str, obj: Mapping[str, Any]) -> None:
        """An object as it was sent to the API."""
        with self._lock:
            self._manifests.append((where, dict(obj)))

    def manifests(self) -> str:
        """The objects so far, as YAML; of very many the beginning, the evidence folder has them all."""
        with self._lock:
            text = _documents(self._manifests)
        return text if len(text) <= _MANIFESTS else f"{text[:_MANIFESTS]}\n# ... {len(text)} characters in all\n"

    def status(self, route: str, status: Mapping[str, Any], generation: int) -> None:
        """A route's status, each time it changes."""
        with self._lock:
            entry = {"at": self.at, "route": route, "generation": generation, "status": dict(status)}
            self.statuses.append(entry)

    def answers(self, step: int, probe: str, classified: Iterable[Classified]) -> None:
        """What came back; ``started`` counts from the beginning of the scenario."""
        lines = [_probe_line(step, probe, one) for one in classified]
        with self._lock:
            self._probes += lines

    def journal(self, step: int, view: JournalView) -> None:
        """What the backends saw."""
        hits = {request: [asdict(hit) for hit in seen] for request, seen in view.hits.items()}
        line = {"step": step, "pods": sorted(view.pods), "problems": list(view.problems), "hits": hits}
        with self._lock:
            self._journals.append(line)

    def cluster_events(self, events: Iterable[Mapping[str, Any]]) -> None:
        """The Kubernetes Events about the scenario's objects."""
        with self._lock:
            self._cluster_events += [dict(event) for event in events]

    def write(self, folder: Path) -> None:
        """Write everything to the evidence folder; called before clean-up."""
        folder.mkdir(parents=True, exist_ok=True)
        with self._lock:
            (folder / "manifests.yaml").write_text(_documents(self._manifests), encoding="utf-8")
            _lines(folder / "statuses.jsonl", self.statuses)
            _lines(folder / "events.jsonl", self._cluster_events)
            _lines(folder / "probes.jsonl", self._probes)
            _lines(folder / "journals.jsonl", self._journals)
            _lines(folder / "timeline.jsonl", [event.model_dump() for event in self.events])


def _probe_line(step: int, probe: str, one: Classified) -> dict[str, Any]:
    seen = one.observation
    line: dict[str, Any] = {
        "id": seen.id,
        "step": step,
        "probe": probe,
        "client": str(seen.client),
        "address": seen.address,
        "connection": seen.connection,
        "at": round(seen.started, 4),
        "elapsed": round(seen.elapsed, 5),
        "outcome": "leaked" if one.leaked else one.outcome,
    }
    if seen.answer.failure is not None:
        line |= {"failure": str(seen.answer.failure), "detail": seen.answer.detail}
    else:
        line["status"] = seen.answer.status
    if seen.answer.echo is not None:
        line["backend"] = f"{seen.answer.echo.name}/{seen.answer.echo.pod}"
    if seen.reopened:
        line["reopened"] = True
    return line


def _documents(manifests: Iterable[tuple[str, dict[str, Any]]]) -> str:
    return "".join(f"---\n# {where}\n{yaml.safe_dump(obj, sort_keys=False)}" for where, obj in manifests)


def _lines(path: Path, entries: Iterable[Mapping[str, Any]]) -> None:
    path.write_text("".join(json.dumps(entry) + "\n" for entry in entries), encoding="utf-8")
