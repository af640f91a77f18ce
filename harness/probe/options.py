"""The options of the program's commands."""

from __future__ import annotations

import argparse

from .duration import seconds
from .journal import LIMIT
from .plan import PROTOCOLS
from .pool import KEPT_AT_MOST


def parser(socket: str) -> argparse.ArgumentParser:
    """For all commands; ``socket`` is the usual place of the engine's door."""
    found = argparse.ArgumentParser(prog="probe.pyz", description="echo, journal and probing engine")
    commands = found.add_subparsers(dest="command", required=True)
    serve = commands.add_parser("serve", help="the main process of a pod")
    serve.add_argument("--workload", required=True)
    serve.add_argument("--socket", default=socket)
    serve.add_argument("--listen", action="append", default=[], metavar="PORT=PROTOCOL", type=_listener)
    serve.add_argument("--journal", type=_positive, default=LIMIT, metavar="ENTRIES", help="how many are kept")
    serve.add_argument("--key-pair", default="", metavar="FOLDER", help="with tls.crt and tls.key, for PORT=tls")
    for name, what in (("relay", "stdin and stdout to the engine"), ("ready", "status 0 when the engine answers")):
        commands.add_parser(name, help=what).add_argument("--socket", default=socket)
    send = commands.add_parser("send", help="send requests and print the answers like curl -i")
    send.add_argument("url", help="http://NAME[:PORT]/PATH, tcp://NAME:PORT or tls://NAME:PORT")
    send.add_argument("--protocol", choices=PROTOCOLS, help="what is spoken (default: by the URL)")
    send.add_argument("--sni", metavar="NAME", help="the server name that TLS asks for (default: the URL's host)")
    send.add_argument("--messages", type=_positive, default=1, help="gRPC: how many on one stream (default: 1)")
    send.add_argument("-X", "--method", default="GET")
    send.add_argument("-H", "--header", action="append", default=[], metavar="'NAME: VALUE'", type=_header)
    send.add_argument("--body")
    send.add_argument("--connect", type=_address, metavar="ADDRESS:PORT", help="dial this instead of the URL's host")
    over = "connections: fresh, one, or how many are kept and used in turn (default: %(default)s)"
    send.add_argument("--over", type=_over, default="fresh", metavar="CONNECTIONS", help=over)
    send.add_argument("-n", "--count", type=_positive, default=1, help="how many requests, one after the other")
    send.add_argument("--tally", action="store_true", help="print no answer, but how many came from where, and shares")
    send.add_argument("--deadline", type=_deadline, default=10.0, metavar="DURATION", help="as 2s (default: 10s)")
    return found


def _listener(text: str) -> tuple[int, str]:
    port, _, protocol = text.partition("=")
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise argparse.ArgumentTypeError(f"{text!r}: write PORT=PROTOCOL, as 8080=http")
    return int(port), protocol


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon:
        raise argparse.ArgumentTypeError(f"{text!r}: write NAME: VALUE")
    return name.strip(), value.strip()


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not (port.isascii() and port.isdigit()):
        raise argparse.ArgumentTypeError(f"{text!r}: write ADDRESS:PORT")
    return host.removeprefix("[").removesuffix("]"), int(port)


def _over(text: str) -> str | int:
    if text in ("fresh", "one"):
        return text
    if text.isascii() and text.isdigit() and 1 <= int(text[:4]) <= KEPT_AT_MOST:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r}: write fresh, one, or a number up to {KEPT_AT_MOST}")


def _positive(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0")
    return int(text)


def _deadline(text: str) -> float:
    try:
        return seconds(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
