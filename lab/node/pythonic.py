"""Runs ``python3 ...`` inside a fork of this interpreter, which is ten times faster than starting another one.

Only invocations that mean the same in a fork are taken; all others are left to a real interpreter.
"""

from __future__ import annotations

import atexit
import builtins
import contextlib
import importlib.machinery
import io
import os
import runpy
import signal
import sys
import sysconfig
import threading
import types
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NoReturn

_NAMES = frozenset({"python", "python3", f"python3.{sys.version_info.minor}"})
# Switches without an effect on a program that has only the standard library: -B -E -I -q -s -S; and -u, which we do.
_HARMLESS = frozenset("BEIqsSu")


@dataclass(frozen=True, slots=True)
class Invocation:
    """A command line of the interpreter: a script (a file, a folder or a zip file), a module, or code."""

    kind: Literal["script", "module", "code"]
    what: str
    arguments: tuple[str, ...]
    unbuffered: bool


def parse(arguments: Sequence[str]) -> Invocation | None:
    """The invocation that ``arguments`` spell, or None if a real interpreter is needed."""
    if not arguments or os.path.basename(arguments[0]) not in _NAMES:  # noqa: PTH119 - text, not a file
        return None
    unbuffered = False
    for index, word in enumerate(arguments[1:], start=1):
        rest = tuple(arguments[index + 1 :])
        if not word.startswith("-"):
            return Invocation("script", word, rest, unbuffered)
        letters = word[1:]
        last = letters[-1:]
        if not letters or not set(letters[:-1]) <= _HARMLESS or not (last in _HARMLESS or last in {"c", "m"}):
            return None
        unbuffered = unbuffered or "u" in letters
        if last in {"c", "m"}:
            kind: Literal["module", "code"] = "module" if last == "m" else "code"
            return Invocation(kind, rest[0], rest[1:], unbuffered) if rest else None
    return None


def run(invocation: Invocation) -> NoReturn:
    """Run the program to its end, with process-wide state as of a new start, and end the process."""
    _forget_us(invocation)
    code: object = 0
    try:
        _execute(invocation)
    except SystemExit as end:
        code = end.code
    except BaseException as error:  # noqa: BLE001 - as the interpreter does with whatever a program lets through
        sys.excepthook(type(error), error, _of_program(error.__traceback__))
        code = 1
    if code is not None and not isinstance(code, int):
        print(code, file=sys.stderr)  # noqa: T201 - what sys.exit("text") does
        code = 1
    _leave(code or 0)


def _leave(code: int) -> NoReturn:
    """End as a program should: its threads joined, its exit functions called, its output written.

    What the interpreter would do beyond that is to free everything that was there before the fork: 20 ms of work that
    copies pages only to give them back. `multiprocessing` ends its forks in the same way.
    """
    threading._shutdown()  # type: ignore[attr-defined] # noqa: SLF001 - see above
    atexit._run_exitfuncs()  # noqa: SLF001 - see above
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(code & 0xFF)


def _of_program(trace: types.TracebackType | None) -> types.TracebackType | None:
    """A traceback without the frames that only running in a fork brought."""
    while trace is not None and trace.tb_frame.f_code.co_filename in {__file__, "<frozen runpy>"}:
        trace = trace.tb_next
    return trace


def _execute(invocation: Invocation) -> None:
    sys.argv = [{"module": "-m", "code": "-c"}.get(invocation.kind, invocation.what), *invocation.arguments]
    match invocation.kind:
        case "script":
            # A zip file or a folder puts itself at the front, a plain script its folder.
            if not os.path.isdir(invocation.what) and not invocation.what.endswith((".pyz", ".zip")):  # noqa: PTH112
                sys.path.insert(0, os.path.dirname(os.path.abspath(invocation.what)))  # noqa: PTH100, PTH120
            runpy.run_path(invocation.what, run_name="__main__")
        case "module":
            sys.path.insert(0, os.getcwd())  # noqa: PTH109 - as the interpreter does
            sys.modules.pop(invocation.what, None)  # loaded before the fork; runpy would warn
            runpy.run_module(invocation.what, run_name="__main__", alter_sys=True)
        case "code":
            sys.path.insert(0, "")
            main = types.ModuleType("__main__")
            main.__dict__["__builtins__"] = builtins
            sys.modules["__main__"] = main
            exec(compile(invocation.what, "<string>", "exec"), main.__dict__)  # noqa: S102 - it is a `-c` command


def _forget_us(invocation: Invocation) -> None:
    """Leave the program with the standard library and fresh streams, as a plain container image would."""
    sys.path[:] = _library()
    sys.prefix, sys.exec_prefix = sys.base_prefix, sys.base_exec_prefix
    sys.meta_path[:] = [
        finder
        for finder in sys.meta_path
        if isinstance(finder, type)
        and issubclass(
            finder,
            (importlib.machinery.BuiltinImporter, importlib.machinery.FrozenImporter, importlib.machinery.PathFinder),
        )
    ]
    sys.path_importer_cache.clear()
    for name in [name for name in sys.modules if name.partition(".")[0] == "lab"]:
        del sys.modules[name]
    signal.signal(signal.SIGINT, signal.default_int_handler)
    unbuffered = invocation.unbuffered or bool(os.environ.get("PYTHONUNBUFFERED"))
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - for good
    sys.stdout = _writer(1, unbuffered=unbuffered)
    sys.stderr = _writer(2, unbuffered=unbuffered, errors="backslashreplace")


def _writer(fd: int, *, unbuffered: bool, errors: str = "strict") -> io.TextIOWrapper:
    raw = io.FileIO(fd, "w", closefd=False)
    return io.TextIOWrapper(
        io.BufferedWriter(raw),
        encoding="utf-8",
        errors=errors,
        line_buffering=fd == 2 or raw.isatty(),
        write_through=unbuffered,
    )


def _library() -> list[str]:
    """The standard library's entries of the search path."""
    stdlib = sysconfig.get_path("stdlib")
    version = f"python{sys.version_info.major}{sys.version_info.minor}.zip"
    dynamic = sysconfig.get_config_var("DESTSHARED") or os.path.join(stdlib, "lib-dynload")  # noqa: PTH118
    return [os.path.join(os.path.dirname(stdlib), version), stdlib, dynamic]  # noqa: PTH118, PTH120
