"""What the workers of a run tell each other, as small files under ``state/`` of the run's folder."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any


class RunState:
    """Facts of the whole run; every access is under one lock, every write replaces the file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def slowest(self) -> float:
        """The slowest propagation seen so far, in seconds."""
        return float((self._read("propagation") or {}).get("seconds", 0.0))

    def propagated(self, seconds: float, scenario: str) -> None:
        """Tell how long a change took to be in force everywhere."""
        with self._lock("propagation"):
            if seconds > self.slowest:
                self._write("propagation", {"seconds": seconds, "scenario": scenario})

    @property
    def published(self) -> tuple[str, ...]:
        """The features that the cluster publishes of its mesh; known before the first scenario is played."""
        return tuple((self._read("published") or {}).get("features", ()))

    def publish(self, features: Iterable[str]) -> None:
        """Tell the workers which features the cluster publishes."""
        self._write("published", {"features": list(features)})

    @property
    def gateway_api(self) -> tuple[str, str, tuple[str, ...]]:
        """Version and channel of the installed CRDs, empty where they do not say; kinds that are not served."""
        known = self._read("gateway_api") or {}
        return str(known.get("version", "")), str(known.get("channel", "")), tuple(known.get("unserved", ()))

    def describe(self, gateway_api: Mapping[str, Any]) -> None:
        """Tell the workers what the installed CRDs are."""
        self._write("gateway_api", dict(gateway_api))

    @property
    def controller(self) -> str:
        """The mesh's name in the status of routes, as the first right status told it; empty until then."""
        return str((self._read("controller") or {}).get("name", ""))

    def learn_controller(self, name: str) -> None:
        """Tell the mesh's name; the first one stays."""
        self.once("controller", lambda: {"name": name})

    @property
    def stalled(self) -> str:
        """Why no scenario may apply anything any more; empty while they may."""
        return str((self._read("stalled") or {}).get("reason", ""))

    def stall(self, reason: str) -> None:
        """Stop all workers from applying; the first reason stays."""
        with self._lock("stalled"):
            if not self.stalled:
                self._write("stalled", {"reason": reason})

    @property
    def kept(self) -> list[str]:
        """The scenarios whose objects stay in the cluster."""
        return sorted(path.stem for path in self._folder.glob("*.kept"))

    def keep(self, scenario: str) -> None:
        """Tell that a scenario's objects stay."""
        (self._folder / f"{scenario}.kept").touch()

    @property
    def lost(self) -> str:
        """Why the stage is this run's no longer, so that nothing seen there counts; empty while it is."""
        return str((self._read("lost") or {}).get("reason", ""))

    def lose(self, reason: str) -> None:
        """Tell that the stage was taken away."""
        self._write("lost", {"reason": reason})

    def control_succeeded(self) -> None:
        """Remember which scenarios were in force when the mesh was last seen to take in configuration."""
        self._write("control", {"playing": self.playing()})

    @property
    def last_good(self) -> list[str]:
        """The scenarios in force when the last control succeeded."""
        return list((self._read("control") or {}).get("playing", ()))

    def playing(self) -> list[str]:
        """The scenarios being played now, by any worker."""
        return sorted(path.stem for path in self._folder.glob("*.playing"))

    @contextmanager
    def plays(self, scenario: str) -> Iterator[None]:
        """Marks a scenario as being played."""
        mark = self._folder / f"{scenario}.playing"
        mark.touch()
        try:
            yield
        finally:
            mark.unlink(missing_ok=True)

    def once(self, name: str, find_out: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """The fact ``name``; the first worker finds it out while the others wait for it."""
        with self._lock(name):
            known = self._read(name)
            if known is None:
                known = find_out()
                self._write(name, known)
            return known

    def _read(self, name: str) -> dict[str, Any] | None:
        try:
            found = json.loads((self._folder / f"{name}.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        return found if isinstance(found, dict) else None

    def _write(self, name: str, content: dict[str, Any]) -> None:
        draft = self._folder / f"{name}.{os.getpid()}.draft"
        draft.write_text(json.dumps(content), encoding="utf-8")
        draft.replace(self._folder / f"{name}.json")

    @contextmanager
    def _lock(self, name: str) -> Iterator[None]:
        with (self._folder / f"{name}.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
