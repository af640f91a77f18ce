"""What came back from many requests, counted: for proportions, of which one answer shows nothing. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .exchange import Raw
from .identity import ECHO_HEADER

_LONGEST = 120  # characters of a mark: a mesh, too, can write one


def kind_of(raw: Raw) -> str:
    """``200 from gamma-producer/echo-v2``: the status and the workload; ``no answer: reset`` where none came."""
    if raw.failure:
        return f"no answer: {raw.failure}"
    mark = next((value for name, value in raw.headers if name == ECHO_HEADER), "")
    who = f"from {_workload(mark)}" if mark else "from no backend"
    return f"{_status(raw)} {who}"


def table(counts: Mapping[str, int]) -> Iterator[str]:
    """A line for each kind: how many, which share of all, what; the most frequent first, and then their sum."""
    total = sum(counts.values())
    for kind, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        yield f"{count:>7}  {count / total:>6.1%}  {kind}"
    yield f"{total:>7}  in all"


def _status(raw: Raw) -> str:
    if raw.grpc_status is not None:
        return raw.grpc_status if raw.status == 200 else f"{raw.grpc_status} (HTTP {raw.status})"
    return "answered" if raw.status is None else str(raw.status)


def _workload(mark: str) -> str:
    """``NAMESPACE/WORKLOAD`` of a mark, fit for one line."""
    shown = "".join(char if char.isprintable() else "?" for char in "/".join(mark.split("/")[:2]))
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}..."
