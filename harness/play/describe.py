"""Outcomes, observations, requests and commands in words. Pure."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Mapping, Sequence

from harness.evidence.model import OutcomeCount, Sample
from harness.observation import Answer, Echo, Failure, Hit, Observation
from harness.play import outcome_words
from harness.play.classify import Classified
from harness.scenario import wording
from harness.scenario.model import NAMESPACE_PREFIX, Apply, Check, Client, Hold, Join, Mix, Outcome, Probe, Step
from harness.stage.layout import CONTAINER, PROGRAM

_FAILURES = {
    Failure.REFUSED: "connection refused",
    Failure.RESET: "connection reset",
    Failure.CLOSED: "closed before the answer was complete",
    Failure.MALFORMED: "bytes that are no HTTP answer",
    Failure.DEADLINE: "no answer within the deadline",
    Failure.UNRESOLVED: "the name did not resolve",
    Failure.AGENT: "our agent failed",
}
_TOLD = ("location",)
_MANY = 1000  # requests by hand that show a proportion: give or take 3 points (95 %)
_STAMP = "x-gamma-route"


outcome = outcome_words.outcome


def observation(seen: Observation, hits: Sequence[Hit] | None = None) -> str:
    """``200 from gamma-producer/echo-v1, x-gamma-route: unmatched``; one line about what came back.

    ``hits`` are the request's journal entries; None where journals were not read.
    """
    answer = seen.answer
    leaked = f", but {len(hits)} backend{'s' if len(hits) > 1 else ''} saw it" if hits else ""
    if answer.failure is not None:
        detail = f" ({_one_line(answer.detail)})" if answer.detail else ""
        return _FAILURES[answer.failure] + detail + leaked
    if answer.echo is None:
        told = "".join(f", {key}: {_one_line(value)}" for key, value in answer.headers if key.lower() in _TOLD)
        return f"{_status(answer)} from the mesh{told}{leaked}"
    port = f":{answer.echo.port}" if answer.echo.port not in (None, 8080) else ""
    stamps = [value for key, value in (answer.echo.saw.headers if answer.echo.saw else ()) if key == _STAMP]
    stamp = f", {_STAMP}: {', '.join(_one_line(value) for value in stamps)}" if stamps else ""
    return f"{_status(answer)} from {answer.echo.name}{port}{stamp}{_copies(answer.echo, hits)}"


def _copies(echo: Echo, hits: Sequence[Hit] | None) -> str:
    """Who journalled the request, where it is not just the backend that answered, once."""
    counts = Counter(f"{hit.namespace}/{hit.workload}" for hit in hits or ())
    if hits is None or counts == {echo.name: 1}:
        return ""
    seen = [f"{'once' if count == 1 else f'{count} times'} by {name}" for name, count in sorted(counts.items())]
    return f", seen {', '.join(seen)}" if seen else ", journalled by no backend"


def _status(answer: Answer) -> str:
    """``200``; ``UNAVAILABLE (HTTP 503)`` for gRPC; where there is no such thing: ``answered``."""
    if answer.grpc_status is not None:
        return answer.grpc_status if answer.status == 200 else f"{answer.grpc_status} (HTTP {answer.status})"
    return "answered" if answer.status is None else str(answer.status)


def request(probe: Probe, client: Client, url: str | None = None) -> str:
    """``consumer -> GET http://unmatched.gamma-producer/elsewhere``."""
    headers = "".join(f" {name}: {value};" for name, values in probe.headers.items() for value in values)
    with_headers = f" with{headers.rstrip(';')}" if headers else ""
    return f"{client} -> {verb(probe)} {url or probe.url}{with_headers}"


def verb(probe: Probe) -> str:
    """``GET``; the protocol where requests have no method."""
    return probe.method if probe.protocol in ("http1", "h2c") else probe.protocol


def requests(probe: Probe) -> str:
    """The request line for all clients of a probe."""
    clients = ", ".join(str(client) for client in probe.clients)
    return request(probe, probe.clients[0]).replace(f"{probe.clients[0]} ->", f"{clients} ->", 1)


def expected(check: Check, outcomes: Mapping[str, Outcome]) -> str:
    """The outcome, or the proportions, that a check wants, in words."""
    if isinstance(check.expect, str):
        return outcome(check.expect, outcomes[check.expect]) if check.expect in outcomes else check.expect
    total = sum(check.expect.values())
    return ", ".join(f"{share / total:.0%} {outcome(name, outcomes[name])}" for name, share in check.expect.items())


def step(what: Step, witnesses: Sequence[tuple[str, str]] = ()) -> str:
    """``hold 2.0s, after witness "matched" (routed)``."""
    seen = ", ".join(f'"{probe}" ({name})' for probe, name in dict.fromkeys(witnesses))
    after = f", after witness {seen}" if seen else ""
    match what:
        case Apply():
            return f"apply {what.apply}"
        case Hold():
            return f"hold {what.hold:.1f}s{after}"
        case Join():
            return f"join {what.join:.1f}s{after}"
        case Mix():
            return f"mix {what.mix.probe}, detects {what.mix.detects:g} points{after}"
        case _:
            return wording.step(what)


def likely(check: Check, counts: Mapping[str, int]) -> str:
    """The ``ifInstead`` text of the most frequent wrong outcome that has one."""
    for name, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        if name in check.ifInstead:
            return check.ifInstead[name]
    return ""


def reproduce(scenario: str, step_number: int, send: str, prefix: str = NAMESPACE_PREFIX) -> tuple[str, ...]:
    """Commands that bring the cluster to this step and send the request by hand."""
    return f"{show(scenario, prefix)} --at {step_number} --stage | kubectl apply -f -", send


def show(scenario: str, prefix: str) -> str:
    """The command that prints manifests of a scenario, in the namespaces of this prefix."""
    return f"gamma show {scenario}" + ("" if prefix == NAMESPACE_PREFIX else f" --namespace-prefix {prefix}")


def send_command(probe: Probe, client: Client, url: str, namespace: str, *, counted: bool = False) -> str:
    """The request as a command that runs in the client's pod.

    ``counted``: proportions are judged, of which one answer shows nothing; so many are sent, and counted.
    """
    words = ["python3", PROGRAM, "send"]
    words += ["--protocol", probe.protocol] if probe.protocol not in ("http1", "tcp", "tls") else []
    words += ["--sni", probe.sni] if probe.sni is not None else []
    words += ["--messages", str(probe.messages)] if probe.messages > 1 else []
    words += ["-X", probe.method] if probe.method != "GET" else []
    words += [part for key, values in probe.headers.items() for value in values for part in ("-H", f"{key}: {value}")]
    words += ["--body", probe.body] if probe.body is not None else []
    some = "5" if probe.over == "one" else str(2 * int(probe.over)) if probe.kept else ""
    words += ["--over", str(probe.over)] if probe.kept else []
    words += ["-n", str(_MANY), "--tally"] if counted else ["-n", some] if some else []
    return f"kubectl -n {namespace} exec deploy/{client.workload} -c {CONTAINER} -- {shlex.join([*words, url])}"


def counted(
    answers: Sequence[Classified],
    outcomes: Mapping[str, Outcome],
    samples: Mapping[str, Sample],
) -> tuple[OutcomeCount, ...]:
    """The histogram of outcomes, most frequent first; ``samples`` by outcome."""
    totals = Counter(answer.outcome for answer in answers)
    by_client: dict[str, Counter[str]] = {}
    for answer in answers:
        by_client.setdefault(answer.outcome, Counter())[str(answer.observation.client)] += 1
    return tuple(
        OutcomeCount(
            outcome=name,
            description=_meaning(name, outcomes, samples.get(name)),
            count=count,
            by_client=dict(by_client[name]),
            sample=samples.get(name),
        )
        for name, count in sorted(totals.items(), key=lambda item: (-item[1], item[0]))
    )


def _meaning(name: str, outcomes: Mapping[str, Outcome], sample: Sample | None) -> str:
    """What the outcome looked like; the sample says more than the declaration."""
    if sample is not None:
        return sample.summary
    return outcome(name, outcomes[name]).partition(": ")[2] if name in outcomes else name


def _one_line(text: str) -> str:
    """Untrusted text, made fit for one line of a report."""
    shown = "".join(c if c.isprintable() else " " for c in text)
    return shown if len(shown) <= 120 else shown[:117] + "..."
