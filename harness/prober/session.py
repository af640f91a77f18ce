"""Questions and answers with one engine, over a transport that is opened again when it breaks."""

from __future__ import annotations

import itertools
import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from typing import Any

from harness.prober.transport import Transport
from harness.prober.types import ProbeError

_TRIES = 4
_PAUSE = 0.2  # seconds before the second try, doubled for each further one


class _BrokenError(Exception):
    """The pipe ended before the answer came; every question may be asked again."""


class Session:
    """One engine. Thread-safe; questions of several threads are under way at the same time."""

    def __init__(self, name: str, connect: Callable[[], Transport]) -> None:
        self._name = name
        self._connect = connect
        self._lock = threading.Lock()
        self._pipe: _Pipe | None = None
        self._closed = False

    def ask(self, question: dict[str, Any], timeout: float) -> dict[str, Any]:
        """The engine's answer. Raises ProbeError when none comes in time, or the engine refuses the question."""
        deadline = time.monotonic() + timeout
        for attempt in range(_TRIES):
            try:
                return self._opened().ask(question, deadline - time.monotonic())
            except _BrokenError as error:
                broken = error
            pause = _PAUSE * 2**attempt
            if time.monotonic() + pause > deadline:
                break
            time.sleep(pause)
        raise ProbeError(f"the session with {self._name} broke: {broken}")

    def close(self) -> None:
        """Hang up."""
        with self._lock:
            self._closed = True
            if self._pipe is not None:
                self._pipe.close()

    def _opened(self) -> _Pipe:
        with self._lock:
            if self._closed:
                raise ProbeError(f"the session with {self._name} is closed")
            if self._pipe is None or self._pipe.broken:
                self._pipe = _Pipe(self._name, self._connect())
            return self._pipe


class _Pipe:
    """One connection's life: a thread reads answers and hands them to who waits."""

    def __init__(self, name: str, transport: Transport) -> None:
        self._name = name
        self._transport = transport
        self._numbers = itertools.count()
        self._waiting: dict[int, Future[dict[str, Any]]] = {}
        self._lock = threading.Lock()
        self.broken = False
        threading.Thread(target=self._read, name=f"session {name}", daemon=True).start()

    def ask(self, question: dict[str, Any], timeout: float) -> dict[str, Any]:
        number, answer = next(self._numbers), Future[dict[str, Any]]()
        with self._lock:
            if self.broken:
                raise _BrokenError("it had ended")
            self._waiting[number] = answer
        try:
            self._transport.send(json.dumps({**question, "id": number}).encode() + b"\n")
            found = answer.result(max(0.0, timeout))
        except ProbeError as error:
            self._end(str(error))
            raise _BrokenError(str(error)) from error
        except FutureTimeoutError:
            raise ProbeError(f"{self._name} did not answer {question['op']!r} in time") from None
        finally:
            self._waiting.pop(number, None)
        if "ok" not in found:
            raise ProbeError(f"{self._name} refused {question['op']!r}: {found.get('error')}")
        ok: dict[str, Any] = found["ok"]
        return ok

    def close(self) -> None:
        self._end("closed")

    def _read(self) -> None:
        for line in self._transport.lines():
            try:
                answer = json.loads(line)
                waiting = self._waiting.get(answer.get("id"))
            except (ValueError, AttributeError, TypeError):
                break  # not our language: whatever is in that pod, it is not our engine
            if waiting is not None and not waiting.done():
                waiting.set_result(answer)
        self._end(getattr(self._transport, "last_words", "") or "the pipe ended")

    def _end(self, why: str) -> None:
        with self._lock:
            self.broken = True
            waiting = list(self._waiting.values())
        self._transport.close()
        for answer in waiting:
            if not answer.done():
                answer.set_exception(_BrokenError(why))
