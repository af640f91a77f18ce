"""Outcomes: each can be reached, says something, and names a workload of the stage."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from harness.errors import Problem
from harness.scenario.basics import ROLES, Mark
from harness.scenario.model import Outcome, Scenario
from harness.scenario.outcomes import BackendSees, ClientSees, Elapsed, Hits
from harness.scenario.places import APP_PROTOCOLS, ECHOES
from harness.scenario.suggest import suggest


def reachable(scenario: Scenario) -> Iterator[Problem]:
    """No outcome is covered by an earlier one, which would always win."""
    named = list(scenario.outcomes.items())
    for index, (name, outcome) in enumerate(named):
        mark = scenario.at("outcomes", name)
        if covers(outcome, Outcome()):
            yield Problem(
                mark, f"the outcome {name!r} describes every answer", "say what it looks like: `other` exists"
            )
            continue
        earlier = next((other for other, broad in named[:index] if covers(broad, outcome)), None)
        if earlier is not None:
            text = f"the outcome {name!r} is never reached: {earlier!r} stands before it and covers it"
            yield Problem(mark, text, "move the narrower outcome up, or remove one")


def covers(broad: Outcome, narrow: Outcome) -> bool:
    """Whether every answer that fits ``narrow`` fits ``broad``, as far as can be told from what is written."""
    return (
        _backend(broad.backend, narrow.backend)
        and _backend_sees(broad.backendSees, narrow)
        and _client_sees(broad.clientSees, narrow)
        and _own_answer(broad, narrow)
        and _interval(broad.elapsed, narrow.elapsed)
        and _interval(broad.backendHits, narrow.backendHits)
        and all(narrow.hits.get(place) == wanted for place, wanted in broad.hits.items())
        and broad.stays in (None, narrow.stays)
        and broad.cut in (None, narrow.cut)
    )


def _backend(broad: str | None, narrow: str | None) -> bool:
    if broad is None:
        return True
    place, _, port = (narrow or "").partition(":")
    wanted, _, wanted_port = broad.partition(":")
    return _full(wanted) == _full(place) and wanted_port in ("", port)


def _full(place: str) -> str:
    """With the role that is meant where none is written."""
    return place if "/" in place or not place else f"producer/{place}"


def _backend_sees(broad: BackendSees | None, narrow: Outcome) -> bool:
    if broad is None:
        return True
    sees = narrow.backendSees
    if sees is None:  # an empty description still says that a backend saw the request
        return broad == BackendSees() and narrow.backend is not None
    names = ("path", "host", "method", "protocol", "body")
    plain = all(getattr(broad, name) in (None, getattr(sees, name)) for name in names)
    return plain and _headers(broad.headers, broad.absent, sees.headers, sees.absent)


def _client_sees(broad: ClientSees | None, narrow: Outcome) -> bool:
    if broad is None:
        return True
    sees = narrow.clientSees or ClientSees()
    statuses = sees.status or narrow.rejected or (narrow.timedOut.status if narrow.timedOut else None)
    return (
        _subset(statuses, broad.status)
        and broad.body in (None, sees.body)
        and _subset(sees.grpcStatus, broad.grpcStatus)
        and broad.messages in (None, sees.messages)
        and broad.location in (None, sees.location)
        and _texts(broad.contains, sees.contains)
        and _texts(broad.lacks, sees.lacks)
        and _headers(broad.headers, broad.absent, sees.headers, sees.absent)
    )


def _headers(
    broad: Mapping[str, Collection[str]],
    broad_absent: Collection[str],
    narrow: Mapping[str, Collection[str]],
    narrow_absent: Collection[str],
) -> bool:
    values = {name.lower(): value for name, value in narrow.items()}
    absent = {name.lower() for name in narrow_absent}
    return (
        all(values.get(name.lower()) == value for name, value in broad.items())
        and {name.lower() for name in broad_absent} <= absent
    )


def _texts(broad: Mapping[str, Collection[str]], narrow: Mapping[str, Collection[str]]) -> bool:
    """Whether ``narrow`` asks for all the texts that ``broad`` does."""
    asked = {name.lower(): {text.lower() for text in texts} for name, texts in narrow.items()}
    return all({text.lower() for text in texts} <= asked.get(name.lower(), set[str]()) for name, texts in broad.items())


def _own_answer(broad: Outcome, narrow: Outcome) -> bool:
    """``rejected`` and ``timedOut``: answers of the mesh itself."""
    timed = narrow.timedOut
    if broad.rejected is not None:
        mine = narrow.rejected or (timed.status if timed else None)
        if mine is None or not _subset(mine, broad.rejected):
            return False
    if broad.timedOut is not None:
        late_enough = timed is not None and timed.after - timed.early >= broad.timedOut.after - broad.timedOut.early
        return timed is not None and late_enough and _subset(timed.status, broad.timedOut.status)
    return True


def _subset(narrow: Collection[int | str] | None, broad: Collection[int | str] | None) -> bool:
    return broad is None or (narrow is not None and set(narrow) <= set(broad))


def _interval(broad: Elapsed | Hits | None, narrow: Elapsed | Hits | None) -> bool:
    if broad is None:
        return True
    low, high = (narrow.min, narrow.max) if narrow is not None else (None, None)
    return (broad.min is None or (low is not None and low >= broad.min)) and (
        broad.max is None or (high is not None and high <= broad.max)
    )


def backends(scenario: Scenario) -> Iterator[Problem]:
    """Every ``backend`` is a workload that answers, and its port one that it listens on."""
    answering = [f"{role}/{name}" for role, names in ECHOES.items() for name in names]
    answering += [f"{owned.role}/{name}" for name, owned in scenario.workloads.items()]
    for mark, text in _workloads_named(scenario):
        place, colon, port = text.partition(":")
        role = _full(place).partition("/")[0]
        if role not in ROLES:
            yield Problem(mark, f"{text!r}: there is no role {role!r}", suggest(role, ROLES))
        elif _full(place) not in answering:
            known = [name.removeprefix("producer/") for name in answering]
            yield Problem(mark, f"no workload {text!r} answers", suggest(place, known))
        if colon and (not port.isdecimal() or int(port) not in APP_PROTOCOLS):
            ports = ", ".join(map(str, APP_PROTOCOLS))
            yield Problem(mark, f"{text!r}: no workload listens on {port or 'nothing'}", f"ports: {ports}")


def _workloads_named(scenario: Scenario) -> Iterator[tuple[Mark, str]]:
    for name, outcome in scenario.outcomes.items():
        if outcome.backend is not None:
            yield scenario.at("outcomes", name, "backend"), outcome.backend
        for place in outcome.hits:
            yield scenario.at("outcomes", name, "hits", place), place
