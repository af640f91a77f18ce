"""The program's command line: ``serve``, ``relay``, ``ready``, ``send``."""

from __future__ import annotations

import argparse
import sys

SOCKET = "/run/gamma/agent.sock"


def main(argv: list[str] | None = None) -> int:
    """Run one command; everything that a command needs is imported when it is chosen, for a quick start."""
    arguments = sys.argv[1:] if argv is None else argv
    # The most frequent ones go the shortest way: kubelets ask `ready` of every pod every few seconds.
    if len(arguments) == 3 and arguments[:2] == ["relay", "--socket"]:
        from .relay import relay  # noqa: PLC0415

        return relay(arguments[2])
    if len(arguments) == 3 and arguments[:2] == ["ready", "--socket"]:
        from .ready import ready  # noqa: PLC0415

        return ready(arguments[2])
    return _dispatch(_parser().parse_args(arguments))


def _parser() -> argparse.ArgumentParser:
    from .send import add_arguments  # noqa: PLC0415

    parser = argparse.ArgumentParser(prog="probe.pyz", description="echo, journal and probing engine")
    commands = parser.add_subparsers(dest="command", required=True)
    serve = commands.add_parser("serve", help="the main process of a pod")
    serve.add_argument("--workload", required=True)
    serve.add_argument("--socket", default=SOCKET)
    serve.add_argument("--listen", action="append", default=[], metavar="PORT=PROTOCOL")
    for name, what in (("relay", "stdin and stdout to the engine"), ("ready", "status 0 when the engine answers")):
        commands.add_parser(name, help=what).add_argument("--socket", default=SOCKET)
    add_arguments(commands.add_parser("send", help="send one request and print the answer like curl -i"))
    return parser


def _dispatch(arguments: argparse.Namespace) -> int:
    if arguments.command == "relay":
        from .relay import relay  # noqa: PLC0415

        return relay(arguments.socket)
    if arguments.command == "ready":
        from .ready import ready  # noqa: PLC0415

        return ready(arguments.socket)
    if arguments.command == "send":
        from .send import send  # noqa: PLC0415

        return send(arguments)
    from .serve import BadListenError, serve  # noqa: PLC0415

    try:
        return serve(arguments.workload, arguments.socket, arguments.listen)
    except BadListenError as error:
        sys.stderr.write(f"serve: {error}\n")
        return 2
