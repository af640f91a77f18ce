"""From an observation to the name of its outcome. Pure; the first declared outcome that matches wins."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from harness.observation import Answer, Failure, Hit, Observation
from harness.play.journalled import full_name, hits_fit, uncomparable
from harness.play.location import leads_to
from harness.scenario.duration import parse_duration
from harness.scenario.model import BackendSees, ClientSees, Outcome, Probe, TimedOut

VOID_LAG = 0.05  # seconds the agent's loop may be late before a time is not believed
VOID_PACE = 1.0  # seconds that answers may take, by their median, before a time is not believed
_VOID_LAG_SILENT = 1.0  # the deadline is seconds long, so a small lag does not matter there
_SLOWER_ONES = 4.0  # times their median is what the slower ones of such answers take
_DELAY_HEADER = "x-gamma-echo-delay"
_FAIL_DELAY_HEADER = "x-gamma-echo-fail-delay"
_BODY_DELAY_HEADER = "x-gamma-echo-body-delay"
_UNDECLARED = {
    Failure.UNRESOLVED: "unsent",
    Failure.AGENT: "unsent",
    Failure.DEADLINE: "silent",
    Failure.REFUSED: "broken",
    Failure.RESET: "broken",
    Failure.CLOSED: "broken",
    Failure.MALFORMED: "broken",
}


_CUT = (Failure.REFUSED, Failure.RESET, Failure.CLOSED)
_BROKEN_OFF = (Failure.RESET, Failure.CLOSED)


@dataclass(frozen=True, slots=True)
class Classified:
    """An observation and its outcome."""

    observation: Observation
    outcome: str
    leaked: bool = False  # looked rejected or cut, but a backend journalled the request
    early: bool = False  # void, because the mesh may have given up too soon, or its timer been late


def classify(
    observation: Observation,
    outcomes: Mapping[str, Outcome],
    probe: Probe,
    hits: tuple[Hit, ...] = (),
    first_pod: str = "",
    *,
    pace: float = 0.0,
) -> Classified:
    """The outcome of an observation; ``hits`` are the journal entries of its id, ``first_pod`` answered first.

    ``pace`` is how many seconds answers of workloads took when it was sent (``harness.play.pace``).

    A failed request is a declared outcome only where it is ``cut``, or broken off by a time-out. An answer that rests
    on time is ``void`` when the agent's loop was late or answers took long (a time-out that came too early, when some
    took as long as it was early), and always where it rests on the clocks of several pods; so is, at such times, a
    request without any answer. What would be ``rejected`` but for a journal entry is ``other``, what would be ``cut``
    is ``broken``; both leaked.
    """
    failure = observation.answer.failure
    undeclared = "other" if failure is None else _undeclared(failure, observation.lag, pace / probe.deadline)
    if failure is not None and failure not in _CUT:
        return Classified(observation, undeclared)
    for name, outcome in outcomes.items():
        if not _fits(outcome, observation, probe, hits, first_pod):
            continue
        if hits and (outcome.rejected is not None or outcome.cut is not None):
            return Classified(observation, undeclared, leaked=True)
        if uncomparable(outcome, hits):
            return Classified(observation, "void")
        if is_timed(outcome):
            slow = observation.lag > VOID_LAG or pace > VOID_PACE
            early = not slow and _timer_was_late(outcome, observation, pace)
            if slow or early:
                return Classified(observation, "void", early=early)
            if not _in_time(outcome, observation.elapsed, probe):
                continue
        return Classified(observation, name)
    return Classified(observation, undeclared)


def _undeclared(failure: Failure, lag: float, pace: float) -> str:
    """The outcome of a failed request; ``pace`` as a part of its deadline."""
    slow = lag > _VOID_LAG_SILENT or _SLOWER_ONES * pace > 1.0
    return "void" if failure is Failure.DEADLINE and slow else _UNDECLARED[failure]


def is_timed(outcome: Outcome) -> bool:
    """Whether the outcome is a judgement of time."""
    return outcome.timedOut is not None or outcome.elapsed is not None


def needs_journal(outcome: Outcome) -> bool:
    """Whether the outcome says something about what backends did not see, or how often they saw it."""
    return outcome.rejected is not None or outcome.cut is not None or counts_hits(outcome)


def counts_hits(outcome: Outcome) -> bool:
    """Whether the outcome says how often backends saw the request."""
    return outcome.backendHits is not None or bool(outcome.hits)


def backend_delay(probe: Probe) -> float | None:
    """When the backend was asked to have answered a request that arrives first, in seconds."""
    asked = {name.lower(): values[0] for name, values in probe.headers.items() if values}
    count, _, first = asked.get(_FAIL_DELAY_HEADER, "0").partition(":")
    if first and count.strip() != "0":
        return parse_duration(first.strip())
    found = [parse_duration(asked[name]) for name in (_DELAY_HEADER, _BODY_DELAY_HEADER) if name in asked]
    return sum(found) if found else None


def _fits(outcome: Outcome, observation: Observation, probe: Probe, hits: tuple[Hit, ...], first_pod: str) -> bool:
    """Everything that is not time."""
    answer = observation.answer
    if answer.failure in _BROKEN_OFF and outcome.timedOut is not None and outcome.timedOut.orBroken:
        return hits_fit(outcome.hits, hits)  # the answer has begun: its code says nothing any more
    client = outcome.clientSees
    return (
        (outcome.cut is not None) is (answer.failure is not None)
        and (outcome.backend is None or _is_backend(outcome.backend, answer))
        and (outcome.backendSees is None or _backend_saw(outcome.backendSees, answer))
        and (client is None or _client_saw(client, answer))
        and (client is None or client.location is None or leads_to(client.location, probe, observation))
        and (outcome.rejected is None or _has_code(outcome.rejected, answer))
        and (outcome.timedOut is None or _has_code(outcome.timedOut.status, answer))
        and (outcome.backendHits is None or _within(len(hits), outcome.backendHits.min, outcome.backendHits.max))
        and hits_fit(outcome.hits, hits)
        and (outcome.stays is None or _stays(answer, first_pod) is outcome.stays)
    )


def _has_code(codes: Collection[int | str], answer: Answer) -> bool:
    """Whether the mesh answered itself, with one of these HTTP or gRPC statuses."""
    return answer.echo is None and (answer.status in codes or answer.grpc_status in codes)


def _stays(answer: Answer, first_pod: str) -> bool | None:
    """Whether the pod that answered first answered again; None where that is not known."""
    return answer.echo.pod == first_pod if answer.echo is not None and first_pod else None


def _in_time(outcome: Outcome, elapsed: float, probe: Probe) -> bool:
    bounds = outcome.elapsed
    return (bounds is None or _within(elapsed, bounds.min, bounds.max)) and (
        outcome.timedOut is None or _gave_up_in_time(outcome.timedOut, elapsed, probe)
    )


def _timer_was_late(outcome: Outcome, observation: Observation, pace: float) -> bool:
    """Whether the mesh gave up too early by no more than what slow answers take.

    Event loops reckon time from the beginning of a turn, so a proxy that was held up for so long sets its timers short.
    """
    if observation.answer.echo is not None:
        return False
    bounds = [_earliest(outcome.timedOut)] if outcome.timedOut is not None else []
    bounds += [outcome.elapsed.min] if outcome.elapsed is not None and outcome.elapsed.min is not None else []
    return any(0 < bound - observation.elapsed < _SLOWER_ONES * pace for bound in bounds)


def _earliest(timed_out: TimedOut) -> float:
    return timed_out.after - timed_out.early


def _gave_up_in_time(timed_out: TimedOut, elapsed: float, probe: Probe) -> bool:
    """Not before the time-out, and before the backend would have answered."""
    delay = backend_delay(probe)
    return elapsed >= _earliest(timed_out) and (delay is None or elapsed < delay)


def _within(value: float, low: float | None, high: float | None) -> bool:
    return (low is None or value >= low) and (high is None or value <= high)


def _is_backend(wanted: str, answer: Answer) -> bool:
    """``[ROLE/]WORKLOAD[:PORT]``; the role is producer unless written."""
    if answer.echo is None:
        return False
    place, _, port = wanted.partition(":")
    return answer.echo.name == full_name(place) and (not port or answer.echo.port == int(port))


def _backend_saw(wanted: BackendSees, answer: Answer) -> bool:
    saw = answer.echo.saw if answer.echo else None
    return (
        saw is not None
        and _headers_fit(wanted.headers, wanted.absent, saw.headers)
        and wanted.path in (None, saw.path)
        and (wanted.host is None or wanted.host.lower() == saw.host.lower())
        and wanted.method in (None, saw.method)
        and wanted.protocol in (None, saw.protocol)
        and wanted.body in (None, saw.body)
    )


def _client_saw(wanted: ClientSees, answer: Answer) -> bool:
    return (
        (wanted.status is None or answer.status in wanted.status)
        and _headers_fit(wanted.headers, wanted.absent, answer.headers)
        and wanted.body in (None, answer.body)
        and (wanted.grpcStatus is None or answer.grpc_status in wanted.grpcStatus)
        and wanted.messages in (None, answer.messages)
        and all(_holds(name, texts, answer.headers, every=True) for name, texts in wanted.contains.items())
        and not any(_holds(name, texts, answer.headers, every=False) for name, texts in wanted.lacks.items())
    )


def _holds(name: str, texts: Collection[str], lines: Iterable[tuple[str, str]], *, every: bool) -> bool:
    """Whether the joined value of a header holds every one, or any one, of these texts; case is disregarded.

    Every attribute of a cookie ends in a semicolon, the last one too, so that ``max-age=300;`` is not 3000.
    """
    found = [value for key, value in lines if key.lower() == name.lower()]
    joined = "; , ".join([*found, ""]) if name.lower() == "set-cookie" else ", ".join(found)
    return bool(found) and (all if every else any)(text.lower() in joined.lower() for text in texts)


def _headers_fit(wanted: Mapping[str, Iterable[str]], absent: Iterable[str], lines: Iterable[tuple[str, str]]) -> bool:
    seen = header_values(lines)
    return all(_split(values) == seen.get(name.lower()) for name, values in wanted.items()) and not any(
        name.lower() in seen for name in absent
    )


def header_values(lines: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Lower-case name -> values: field lines joined and split at commas, since both spellings are the same field."""
    values: dict[str, list[str]] = {}
    for name, value in lines:
        values.setdefault(name.lower(), []).extend(_split([value]))
    return values


def _split(values: Iterable[str]) -> list[str]:
    return [part.strip() for part in ",".join(values).split(",")]
