"""Questions and answers with one engine, over a transport that is opened again when it breaks."""

from __future__ import annotations

import contextlib
import itertools
import json
import select
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass, field
from typing import Any

from harness.probe import VERSION
from harness.prober.transport import CutError, Transport
from harness.prober.types import ProbeError

_PAUSES = (0.1, 0.4, 1.0, 2.0)  # seconds after the first and each further transport that brought nothing
_SILENCE = 20.0  # seconds without a byte until we ask whether anybody is there, and again until we hang up
_LINE_LIMIT = 64 << 20  # bytes
_HELLO = 0  # the number of the question that begins every transport

Answer = dict[str, Any]


@dataclass(eq=False, slots=True)
class _Question:
    line: bytes
    answer: Future[Answer] = field(default_factory=Future)
    sent: bool = False  # over the present transport


class _ForeignError(Exception):
    """Whatever answers in that pod, it is not our engine."""


class Session:
    """One engine. Thread-safe; questions are answered side by side.

    A thread of its own owns the transport. When that is cut it opens another one and asks again what has no answer
    yet: the engine's operations may be repeated, and its batches go on meanwhile.
    """

    def __init__(self, name: str, connect: Callable[[], Transport]) -> None:
        self._name = name
        self._connect = connect
        self._numbers = itertools.count(_HELLO + 1)
        self._lock = threading.Lock()
        self._questions: dict[int, _Question] = {}
        self._bell, self._ear = socket.socketpair()
        self._bell.setblocking(False)
        self._thread: threading.Thread | None = None
        self._alive = False  # whether the present transport has brought an answer
        self._closed = False

    def submit(self, op: str, **arguments: object) -> Future[Answer]:
        """Ask; the future brings the answer or ProbeError. Raises ProbeError when the session is closed."""
        number = next(self._numbers)
        question = _Question(_line({"id": number, "op": op, **arguments}))
        with self._lock:
            if self._closed:
                raise ProbeError(f"the session with {self._name} is closed")
            self._questions[number] = question
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=f"session {self._name}", daemon=True)
                self._thread.start()
        self._ring()
        return question.answer

    def wait(self, answer: Future[Answer], op: str, timeout: float) -> Answer:
        """The answer to what was submitted. Raises ProbeError when none comes in time, or the engine refuses."""
        try:
            return answer.result(max(0.0, timeout))
        except FutureTimeoutError:
            raise ProbeError(f"{self._name} did not answer {op!r} within {timeout:.0f} s") from None

    def ask(self, op: str, timeout: float, **arguments: object) -> Answer:
        """Submit and wait. Raises ProbeError."""
        return self.wait(self.submit(op, **arguments), op, timeout)

    def close(self) -> None:
        """Hang up; who still waits gets ProbeError."""
        with self._lock:
            self._closed = True
            thread = self._thread
        self._ring()
        if thread is not None:
            thread.join(2.0)
        if thread is None or not thread.is_alive():
            self._bell.close()
            self._ear.close()

    def _ring(self) -> None:
        """Wake the thread; a full bell is one that rings already."""
        with contextlib.suppress(OSError):
            self._bell.send(b"!")

    def _run(self) -> None:
        """The thread: one transport after the other, until it is closed, or nobody waits when one has ended."""
        try:
            self._keep_asking()
        except (CutError, _ForeignError) as error:
            self._fail(str(error))
        except Exception as error:  # noqa: BLE001 - whatever it is, who waits must be told
            self._fail(f"{type(error).__name__}: {error}")
        else:
            self._fail("it was closed")

    def _keep_asking(self) -> None:
        """Returns when all is said. Raises CutError when one transport after the other brought nothing."""
        in_vain = 0
        while not self._closed:
            self._alive = False
            try:
                self._pump()
            except CutError:
                in_vain = 0 if self._alive else in_vain + 1
                if in_vain > len(_PAUSES):
                    raise
            if self._nobody_waits():
                return
            if in_vain and not self._closed:
                time.sleep(_PAUSES[in_vain - 1])

    def _nobody_waits(self) -> bool:
        """If so the thread may end, and the next question starts another one; else all is asked again."""
        with self._lock:
            for question in self._questions.values():
                question.sent = False
            if self._questions or self._closed:
                return False
            self._thread = None
            return True

    def _fail(self, why: str) -> None:
        with self._lock:
            if self._thread is threading.current_thread():
                self._thread = None
            elif not self._closed:
                return  # another thread has taken over
            questions = list(self._questions.values())
            self._questions.clear()
        for question in questions:
            question.answer.set_exception(ProbeError(f"the session with {self._name} failed: {why}"))

    def _pump(self) -> None:
        """Open a transport and use it until the session is closed. Raises CutError."""
        transport = self._connect()
        try:
            transport.send(_line({"id": _HELLO, "op": "hello"}))
            poll = select.poll()
            poll.register(transport.fileno(), select.POLLIN)
            poll.register(self._ear.fileno(), select.POLLIN)
            lines = _Lines()
            silent = False
            while not self._closed:
                self._send_new(transport)
                ready = {number for number, _ in poll.poll(_SILENCE * 1000)}
                if self._ear.fileno() in ready:
                    self._ear.recv(4096)
                if transport.fileno() in ready:
                    silent = False
                    self._receive(transport, lines)
                elif not ready:
                    silent = self._feel_pulse(transport, silent)
        finally:
            transport.close()

    def _send_new(self, transport: Transport) -> None:
        with self._lock:
            new = [question for question in self._questions.values() if not question.sent]
            for question in new:
                question.sent = True
        for question in new:
            transport.send(question.line)

    def _receive(self, transport: Transport, lines: _Lines) -> None:
        while True:
            for line in lines.feed(transport.receive()):
                self._answered(line)
            if not transport.pending():
                return

    def _feel_pulse(self, transport: Transport, silent: bool) -> bool:
        """Something may swallow what we send without ending the connection. Raises CutError after a second silence."""
        with self._lock:
            if not self._questions:
                return False
        if silent:
            raise CutError(f"nothing was heard for {2 * _SILENCE:.0f} s")
        transport.send(_line({"id": _HELLO, "op": "hello"}))
        return True

    def _answered(self, line: bytes) -> None:
        number, answer = _parsed(line)
        self._alive = True
        if number == _HELLO:
            version = answer.get("ok", {}).get("version")
            if version != VERSION:
                raise _ForeignError(f"the agent speaks version {version}, not {VERSION}")
            return
        with self._lock:
            question = self._questions.pop(number, None)
        if question is None:
            return
        if "ok" in answer:
            question.answer.set_result(answer["ok"])
        else:
            question.answer.set_exception(ProbeError(f"{self._name} refused: {answer.get('error')}"))


class _Lines:
    """Puts lines together again; bytes are not copied more often than once."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The lines that end in these bytes. Raises _ForeignError for one without end."""
        *whole, rest = data.split(b"\n")
        for piece in whole:
            yield b"".join((*self._parts, piece))
            self._parts, self._size = [], 0
        if rest:
            self._parts.append(rest)
            self._size += len(rest)
            if self._size > _LINE_LIMIT:
                raise _ForeignError("the agent's answer has no end")


def _line(question: dict[str, Any]) -> bytes:
    return json.dumps(question, separators=(",", ":")).encode() + b"\n"


def _parsed(line: bytes) -> tuple[int, Answer]:
    try:
        answer = json.loads(line)
        return int(answer["id"]), answer
    except (ValueError, TypeError, KeyError) as error:
        raise _ForeignError(f"the agent speaks no language of ours: {line[:200]!r}") from error
