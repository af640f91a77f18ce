"""The program's command line: ``serve``, ``relay``, ``ready``, ``send``; each imports what it needs alone."""

from __future__ import annotations

import sys

SOCKET = "/run/gamma/agent.sock"


def main(argv: list[str] | None = None) -> int:
    """Run one command; the exit status."""
    arguments = sys.argv[1:] if argv is None else argv
    if len(arguments) == 3 and arguments[0] in ("relay", "ready") and arguments[1] == "--socket":
        return _thin(arguments[0], arguments[2])  # started often: not even worth a parser of options
    from .options import parser  # noqa: PLC0415

    options = parser(SOCKET).parse_args(arguments)
    if options.command in ("relay", "ready"):
        return _thin(options.command, options.socket)
    if options.command == "send":
        from .send import send  # noqa: PLC0415

        return send(options)
    from .serve import serve  # noqa: PLC0415

    return serve(options.workload, options.socket, options.listen, journal=options.journal, key_pair=options.key_pair)


def _thin(command: str, path: str) -> int:
    from .relay import ready, relay  # noqa: PLC0415

    return relay(path) if command == "relay" else ready(path)
