"""Declared outcomes in words. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from harness.scenario.model import BackendSees, ClientSees, Hits, Location, Outcome, WorkloadHits


def outcome(name: str, declared: Outcome) -> str:
    """``rejected: 404, seen by no backend``."""
    parts: list[str] = []
    if declared.backend is not None:
        parts.append(f"answered by {declared.backend}")
    if declared.backendSees is not None:
        parts += _backend_sees(declared.backendSees)
    if declared.clientSees is not None:
        parts += _client_sees(declared.clientSees)
    if declared.rejected is not None:
        parts.append(f"{either(declared.rejected)} from the mesh, seen by no backend")
    if declared.cut is not None:
        parts.append("refused, reset or closed without a whole answer, seen by no backend")
    if declared.timedOut is not None:
        codes = either(declared.timedOut.status) + " from the mesh"
        codes += ", or the answer broken off," if declared.timedOut.orBroken else ""
        parts.append(f"{codes} after {time(declared.timedOut.after)}")
    if declared.elapsed is not None:
        parts += [f"in at least {time(declared.elapsed.min)}"] if declared.elapsed.min is not None else []
        parts += [f"in at most {time(declared.elapsed.max)}"] if declared.elapsed.max is not None else []
    if declared.backendHits is not None:
        parts.append(f"seen {_times(declared.backendHits)} by backends")
    parts += [_workload_hits(workload, how) for workload, how in declared.hits.items()]
    if declared.stays is not None:
        parts.append("by the pod of the first answer" if declared.stays else "by another pod than the first answer")
    return f"{name}: {', '.join(parts)}"


def either(codes: Sequence[int | str]) -> str:
    """``404 or UNIMPLEMENTED``."""
    return " or ".join(str(code) for code in codes)


def time(seconds: float | None) -> str:
    """``500 ms``, ``2 s``; empty for None."""
    if seconds is None:
        return ""
    return f"{seconds * 1000:g} ms" if seconds < 1 else f"{seconds:g} s"


def _backend_sees(sees: BackendSees) -> list[str]:
    parts = [f"which sees {key}: {', '.join(values)}" for key, values in sees.headers.items()]
    parts += [f"which sees no {key}" for key in sees.absent]
    named = {"path": sees.path, "host": sees.host, "method": sees.method, "protocol": sees.protocol}
    parts += [f"which sees {key} {value}" for key, value in named.items() if value is not None]
    return parts + ([f"which sees the body {sees.body!r}"] if sees.body is not None else [])


def _client_sees(client: ClientSees) -> list[str]:
    parts = [f"status {either(client.status)}"] if client.status else []
    parts += [f"gRPC status {either(client.grpcStatus)}"] if client.grpcStatus else []
    parts += [f"with {key}: {', '.join(values)}" for key, values in client.headers.items()]
    parts += [f"with {' and '.join(texts)} in {key}" for key, texts in client.contains.items()]
    parts += [f"without {key}" for key in client.absent]
    parts += [f"without {' or '.join(texts)} in {key}" for key, texts in client.lacks.items()]
    parts += [f"with the body {client.body!r}"] if client.body is not None else []
    parts += [f"with {client.messages} messages"] if client.messages is not None else []
    return parts + ([_location(client.location)] if client.location is not None else [])


def _location(location: Location) -> str:
    given = location.model_dump(exclude_none=True)
    return f"with a Location of {', '.join(f'{part} {value!r}' for part, value in given.items())}"


def _times(hits: Hits) -> str:
    if (hits.min or 0) == hits.max:
        return "once" if hits.max == 1 else f"{hits.max} times"
    return f"{hits.min or 0} to {'any number' if hits.max is None else hits.max} times"


def _workload_hits(workload: str, how: WorkloadHits) -> str:
    named = {"method": how.method, "path": how.path, "host": how.host}
    shown = "".join(f", each with {key} {value}" for key, value in named.items() if value is not None)
    apart = f", at least {time(how.apart)} apart" if how.apart is not None else ""
    return f"seen {_times(how)} by {workload}{shown}{apart}"
