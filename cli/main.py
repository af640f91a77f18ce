"""``gamma``: explains and manages what pytest plays. A command's module is loaded when the command is named."""

from __future__ import annotations

import argparse
import difflib
import os
import sys
from collections.abc import Sequence
from importlib import import_module, metadata
from types import ModuleType

from harness.errors import GammaError
from harness.evidence.errors import ReportError

#: Command -> what it does, for the overview; its module has `add_parser` and `run`.
COMMANDS = {
    "list": "the scenarios and what they prove",
    "show": "a scenario, or what it applies up to a step",
    "lint": "check scenarios beyond their schema",
    "new": "begin a scenario",
    "coverage": "which statement is proven by which checks",
    "expectations": "write down which failures are known",
    "report": "render the reports of a run again",
    "compare": "several reports side by side, differences first",
    "publish": "lay reports out for others to read, and make a site of them",
    "preflight": "whether a cluster and its mesh can be judged",
    "replay": "play a scenario of a run again as it was recorded",
    "plan": "what a run would do to a cluster",
    "images": "the images that a run needs, to mirror them",
    "stage": "namespaces for an administrator to prepare",
    "clean": "take away what runs left in a cluster",
    "lab": "keep an embedded lab running, and look into it",
}
_MODULES = {"list": "listing"}
USAGE = 4


class _Parser(argparse.ArgumentParser):
    """Ends with the suite's exit status for a wrong command line."""

    def error(self, message: str) -> None:  # type: ignore[override]  # it does end: by SystemExit, as the original
        """Say what is wrong, and leave."""
        self.print_usage(sys.stderr)
        self.exit(USAGE, f"{self.prog}: {message}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit status. Errors are told on stderr with what to do next, without a traceback."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    parser, modules = _parser(given)
    options = parser.parse_args(given)
    if options.command is None:
        parser.print_help()
        return USAGE
    try:
        return int(modules[options.command].run(options))
    except (GammaError, ReportError) as error:
        sys.stderr.write(f"gamma {options.command}: {error}\n")
        return error.exit_status
    except KeyboardInterrupt:
        return 2
    except BrokenPipeError:  # `gamma list | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _parser(given: Sequence[str]) -> tuple[_Parser, dict[str, ModuleType]]:
    """The parser, complete for the command that was named: loading the others would only cost time."""
    parser = _Parser(prog="gamma", description="GAMMA conformance: explain and manage what pytest plays.")
    parser.add_argument("--version", action="version", version=f"gamma {metadata.version('gamma-conformance')}")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser)
    named = next((word for word in given if not word.startswith("-")), None)
    if named is not None and named not in COMMANDS:
        near = difflib.get_close_matches(named, COMMANDS, n=1)
        hint = f"did you mean {near[0]}?" if near else f"the commands are {', '.join(COMMANDS)}"
        parser.error(f"there is no command {named!r}; {hint}")
    modules: dict[str, ModuleType] = {}
    for command, purpose in COMMANDS.items():
        if command == named:
            modules[command] = import_module(f"cli.{_MODULES.get(command, command)}")
            modules[command].add_parser(subparsers)
        else:
            subparsers.add_parser(command, help=purpose, add_help=False)
    return parser, modules


if __name__ == "__main__":
    sys.exit(main())
