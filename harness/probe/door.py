"""The engine's door: a Unix socket that speaks JSON lines. Nothing that comes in ends the engine."""

from __future__ import annotations

import asyncio
import contextlib
import json
from pathlib import Path
from typing import Any

from .engine import BadRequestError, Engine

LINE_LIMIT = 16 << 20  # bytes of one question


async def open_door(engine: Engine, path: Path) -> asyncio.Server:
    """Listen at ``path``; what an earlier process left there is removed."""
    path.unlink(missing_ok=True)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _Session(engine, reader, writer).run()

    return await asyncio.start_unix_server(talk, path, limit=LINE_LIMIT)


class _Session:
    """One caller; questions are answered side by side, each answer with the number of its question."""

    def __init__(self, engine: Engine, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._engine = engine
        self._reader = reader
        self._writer = writer
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Until the caller hangs up, or sends a line beyond the limit."""
        try:
            while line := await self._reader.readline():
                task = asyncio.get_running_loop().create_task(self._answer(line))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
        except ValueError:
            self._write({"id": None, "error": f"a line of more than {LINE_LIMIT} bytes"})
        except OSError:
            pass  # the caller is gone
        finally:
            for task in self._tasks:
                task.cancel()
            self._writer.close()
            with contextlib.suppress(OSError):
                await self._writer.wait_closed()

    async def _answer(self, line: bytes) -> None:
        self._write(await self._answer_to(line))
        with contextlib.suppress(OSError):
            await self._writer.drain()

    async def _answer_to(self, line: bytes) -> dict[str, Any]:
        question = _parsed(line)
        if isinstance(question, str):
            return {"id": None, "error": question}
        number = question.get("id")
        try:
            return {"id": number, "ok": await self._engine.ask(question)}
        except BadRequestError as error:
            return {"id": number, "error": str(error)}
        except Exception as error:  # noqa: BLE001 - a mistake of ours must be told, or the caller waits for ever
            return {"id": number, "error": f"the engine failed: {type(error).__name__}: {error}"}

    def _write(self, answer: dict[str, Any]) -> None:
        if not self._writer.is_closing():
            self._writer.write(json.dumps(answer, separators=(",", ":")).encode() + b"\n")


def _parsed(line: bytes) -> dict[str, Any] | str:
    """The question in a line, or what is wrong with it."""
    try:
        question = json.loads(line)
    except (ValueError, RecursionError) as error:
        return f"not JSON: {error}"
    return question if isinstance(question, dict) else "a question is a JSON object"
