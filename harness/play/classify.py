"""From an observation to the name of its outcome. Pure; the first declared outcome that matches wins."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from harness.observation import Answer, Failure, Hit, Observation
from harness.scenario.duration import parse_duration
from harness.scenario.model import NAMESPACE_PREFIX, BackendSees, ClientSees, Outcome, Probe, TimedOut

VOID_LAG = 0.05  # seconds the agent's loop may be late before a time is not believed
_VOID_LAG_SILENT = 1.0  # the deadline is seconds long, so a small lag does not matter there
_DELAY_HEADER = "x-gamma-echo-delay"
_UNDECLARED = {
    Failure.UNRESOLVED: "unsent",
    Failure.AGENT: "unsent",
    Failure.DEADLINE: "silent",
    Failure.REFUSED: "broken",
    Failure.RESET: "broken",
    Failure.CLOSED: "broken",
    Failure.MALFORMED: "broken",
}


@dataclass(frozen=True, slots=True)
class Classified:
    """An observation and its outcome."""

    observation: Observation
    outcome: str
    leaked: bool = False  # looked rejected, but a backend journalled the request


def classify(
    observation: Observation, outcomes: Mapping[str, Outcome], probe: Probe, hits: tuple[Hit, ...] = ()
) -> Classified:
    """The outcome of an observation; ``hits`` are the journal entries of its id.

    A failed request is never a declared outcome. An answer whose declared outcome rests on time is ``void`` when the
    agent's loop was late. An answer that would be ``rejected`` but for a journal entry is ``other``, and leaked.
    """
    answer = observation.answer
    if answer.failure is not None:
        late = answer.failure is Failure.DEADLINE and observation.lag > _VOID_LAG_SILENT
        return Classified(observation, "void" if late else _UNDECLARED[answer.failure])
    for name, outcome in outcomes.items():
        if not _fits(outcome, answer, len(hits)):
            continue
        if outcome.rejected is not None and hits:
            return Classified(observation, "other", leaked=True)
        if is_timed(outcome):
            if observation.lag > VOID_LAG:
                return Classified(observation, "void")
            if not _in_time(outcome, observation.elapsed, probe):
                continue
        return Classified(observation, name)
    return Classified(observation, "other")


def is_timed(outcome: Outcome) -> bool:
    """Whether the outcome is a judgement of time."""
    return outcome.timedOut is not None or outcome.elapsed is not None


def needs_journal(outcome: Outcome) -> bool:
    """Whether the outcome says something about what backends did not see, or how often they saw it."""
    return outcome.rejected is not None or outcome.backendHits is not None


def backend_delay(probe: Probe) -> float | None:
    """How long the backend was asked to wait before it answers, in seconds."""
    for name, values in probe.headers.items():
        if name.lower() == _DELAY_HEADER and values:
            return parse_duration(values[0])
    return None


def _fits(outcome: Outcome, answer: Answer, hits: int) -> bool:
    """Everything that is not time."""
    return (
        (outcome.backend is None or _is_backend(outcome.backend, answer))
        and (outcome.backendSees is None or _backend_saw(outcome.backendSees, answer))
        and (outcome.clientSees is None or _client_saw(outcome.clientSees, answer))
        and (outcome.rejected is None or (answer.echo is None and answer.status in outcome.rejected))
        and (outcome.timedOut is None or (answer.echo is None and answer.status in outcome.timedOut.status))
        and (outcome.backendHits is None or _within(hits, outcome.backendHits.min, outcome.backendHits.max))
    )


def _in_time(outcome: Outcome, elapsed: float, probe: Probe) -> bool:
    bounds = outcome.elapsed
    return (bounds is None or _within(elapsed, bounds.min, bounds.max)) and (
        outcome.timedOut is None or _gave_up_in_time(outcome.timedOut, elapsed, probe)
    )


def _gave_up_in_time(timed_out: TimedOut, elapsed: float, probe: Probe) -> bool:
    """Not before the time-out, and before the backend would have answered."""
    delay = backend_delay(probe)
    return elapsed >= timed_out.after - timed_out.early and (delay is None or elapsed < delay)


def _within(value: float, low: float | None, high: float | None) -> bool:
    return (low is None or value >= low) and (high is None or value <= high)


def _is_backend(wanted: str, answer: Answer) -> bool:
    """``[ROLE/]WORKLOAD[:PORT]``; the role is producer unless written."""
    if answer.echo is None:
        return False
    place, _, port = wanted.partition(":")
    role, _, workload = place.rpartition("/")
    name = f"{NAMESPACE_PREFIX}{role or 'producer'}/{workload}"
    return answer.echo.name == name and (not port or answer.echo.port == int(port))


def _backend_saw(wanted: BackendSees, answer: Answer) -> bool:
    saw = answer.echo.saw if answer.echo else None
    return (
        saw is not None
        and _headers_fit(wanted.headers, wanted.absent, saw.headers)
        and wanted.path in (None, saw.path)
        and (wanted.host is None or wanted.host.lower() == saw.host.lower())
        and wanted.method in (None, saw.method)
        and wanted.protocol in (None, saw.protocol)
    )


def _client_saw(wanted: ClientSees, answer: Answer) -> bool:
    return (
        (wanted.status is None or answer.status in wanted.status)
        and _headers_fit(wanted.headers, wanted.absent, answer.headers)
        and wanted.body in (None, answer.body)
    )


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
