"""Witnesses: nothing is judged before something positive has shown that the last change is in force.

What an outcome needs, for each client of its check:

* the probe had the outcome already when the last change was made: any witness or fence of that client;
* another positive outcome: the same, and the await that has arrived tells when;
* a negative outcome (rejected, timed out): an earlier, other outcome of the same probe (else it might never have been
  anything else), and a witness on the same Service, port and protocol, or a fence;
* an effect that is gone (a header is absent): an earlier, other outcome, too.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.errors import Problem
from harness.scenario.basics import Client, Mark
from harness.scenario.destination import destination
from harness.scenario.history import Moment, Sender, moments, senders
from harness.scenario.model import Check, Hold, Join, Mix, Outcome, Scenario

_FENCE = "or name it in the `fence:` of the apply"


def witnesses(scenario: Scenario) -> Iterator[Problem]:
    """Every check of a hold has the witnesses that its outcome needs."""
    for moment in moments(scenario):
        if isinstance(moment.step, Hold | Join):
            for number, check in enumerate(moment.step.checks):
                mark = scenario.at("steps", moment.index, "checks", number, "check")
                yield from _of_hold(scenario, moment, check, mark)
        elif isinstance(moment.step, Mix):
            for number, check in enumerate(moment.step.checks):
                mark = scenario.at("steps", moment.index, "checks", number, "check")
                for client in unwitnessed(scenario, moment, check.probe):
                    text = f"missing witness: nothing shows that the routes are in force for {client}"
                    yield Problem(mark, text, f"await another probe of {client} on the same Service before the mix")


def unwitnessed(scenario: Scenario, moment: Moment, probe: str) -> list[Client]:
    """The clients of a probe that have no positive witness on the probe's own Service port."""
    return [sender[1] for sender in senders(scenario, probe) if not _same_frontend_witness(scenario, moment, sender)]


def _of_hold(scenario: Scenario, moment: Moment, check: Check, mark: Mark) -> Iterator[Problem]:
    name, wanted = check.probe, str(check.expect)
    outcome = scenario.outcomes.get(wanted)
    insensitive, unfounded, unproven = list[Client](), list[Client](), list[Client]()
    for sender in senders(scenario, name):
        client = sender[1]
        kept = moment.before.get(sender) == wanted or moment.changes == 0
        if (
            outcome is not None
            and _wants_opposite(outcome, kept=kept)
            and not moment.seen.get(sender, set()) - {wanted}
        ):
            insensitive.append(client)
        if not moment.witnessed(client):
            unproven.append(client)
        elif outcome is not None and outcome.negative and not kept and client not in moment.fenced:
            unfounded += [] if _same_frontend_witness(scenario, moment, sender) else [client]
    if insensitive:
        text = f"missing sensitivity: {name} of {_listed(insensitive)} never had another outcome than {wanted}"
        yield Problem(mark, text, f"await another outcome of {name} before the change that brings {wanted}")
    if unproven:
        text = f"missing witness: nothing shows that the last change is in force for {_listed(unproven)}"
        yield Problem(mark, text, f"await a probe of this client after the change, {_FENCE}")
    if unfounded:
        text = f"missing witness: {wanted} is negative, and no positive outcome of {_listed(unfounded)} on the same"
        fix = f"await another probe of this client on that Service, {_FENCE}"
        yield Problem(mark, f"{text} Service and port was awaited since the last change", fix)


def _wants_opposite(outcome: Outcome, *, kept: bool) -> bool:
    """Whether the probe must have had another outcome before: something does not happen, or no more."""
    gone = [sees.absent for sees in (outcome.backendSees, outcome.clientSees) if sees is not None]
    never = outcome.backendHits is not None and outcome.backendHits.max == 0
    unseen = any(how.max == 0 for how in outcome.hits.values())
    lacks = outcome.clientSees is not None and bool(outcome.clientSees.lacks)
    # Where one pod alone ever answers, it always is the same one.
    return outcome.negative or never or ((any(gone) or unseen or lacks or outcome.stays is not None) and not kept)


def _same_frontend_witness(scenario: Scenario, moment: Moment, sender: Sender) -> bool:
    """Whether a positive outcome of the client was awaited on the same Service, port and protocol."""
    name, client = sender
    probe = scenario.probes[name]
    for (other, of), awaited in moment.awaited.items():
        outcome = scenario.outcomes.get(awaited)
        witness = scenario.probes.get(other)
        if of == client and witness is not None and outcome is not None and not outcome.negative:
            try:
                same = destination(witness.url, client).frontend == destination(probe.url, client).frontend
            except ValueError:
                return True  # told by the rule about URLs
            if same and witness.protocol == probe.protocol:
                return True
    return False


def _listed(clients: list[Client]) -> str:
    return ", ".join(str(client) for client in clients)
