"""Defects that show in a few requests out of a hundred, and only at some Services.

A mesh that is wrong so seldom is so in one place, such as one shard of its control plane: Services are divided among
shards by their names, and one shard is wrong.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import replace

from lab.defects.calls import some
from lab.defects.model import Defect, defect
from lab.defects.tables import Rules, TableChange, each_table, http
from lab.mesh.model.actions import Entry, Forward, FrontendRules, Respond, RuleTable, Share
from lab.mesh.model.timeouts import NO_LIMITS, Limits
from lab.mesh.world.route import Match
from lab.mesh.world.service import Service, ServicePort
from lab.mesh.world.snapshot import World

_SHARDS = 256


def shard(namespace: str, name: str) -> int:
    """The shard of the control plane that has this Service."""
    return zlib.crc32(f"{namespace}/{name}".encode()) % _SHARDS


def _with(name: str, change: Rules) -> Rules:
    """The change of rules at the Services of the shard that has this one of the producer's."""
    wrong = shard("gamma-producer", name)

    def changed(world: World, service: Service, port: ServicePort, rules: FrontendRules) -> FrontendRules:
        return change(world, service, port, rules) if shard(*service.key) == wrong else rules

    return changed


def _routed(percent: int, wrong: Callable[[Forward], Share]) -> Rules:
    """So many percent of the requests of a rule are treated otherwise."""

    def changed(table: RuleTable, plain: Forward) -> RuleTable:
        entries = (some(percent, entry, wrong(plain)) if http(entry) else entry for entry in table.entries)
        return replace(table, entries=tuple(entries))

    return each_table(changed)


def _unmatched(percent: int, wrong: Callable[[RuleTable, Forward], Share]) -> Rules:
    """So many percent of the requests that no rule matches are treated otherwise."""

    def changed(table: RuleTable, plain: Forward) -> RuleTable:
        rest = some(percent, Entry(Match(), (Share(1, table.unmatched),), "unmatched"), wrong(table, plain))
        return replace(table, entries=(*table.entries, rest))

    return each_table(changed)


def _limited(percent: int, wrong: Callable[[Limits], Limits]) -> TableChange:
    """So many percent of the requests with a time limit have another one."""

    def share(found: Share) -> Share | None:
        action = found.action
        if not isinstance(action, Forward) or action.limits == NO_LIMITS:
            return None
        return replace(found, action=replace(action, limits=wrong(action.limits)))

    def changed(table: RuleTable, plain: Forward) -> RuleTable:  # noqa: ARG001 - part of the signature
        others = ((entry, share(entry.shares[0])) for entry in table.entries)
        return replace(table, entries=tuple(some(percent, entry, made) if made else entry for entry, made in others))

    return changed


def _half(limits: Limits) -> Limits:
    return replace(limits, request=limits.request // 2 if limits.request else limits.request)


def _scope(percent: int, *, rejecting: bool) -> Rules:
    """So many percent of everybody's requests are treated as those of a namespace with routes of its own."""

    def changed(world: World, service: Service, port: ServicePort, rules: FrontendRules) -> FrontendRules:  # noqa: ARG001
        if rules.producer is not None or not rules.consumers:
            return rules
        _, foreign = rules.consumers[0]
        own = Share(1, rules.plain)
        entries: tuple[Entry, ...]
        if rejecting:
            entries = (some(percent, Entry(Match(), (own,), "everybody"), Share(1, foreign.unmatched)),)
        else:
            entries = tuple(some(percent, replace(each, shares=(own,)), each.shares[0]) for each in foreign.entries)
        return replace(rules, producer=RuleTable(entries, rules.plain))

    return changed


DEFECTS: tuple[Defect, ...] = (
    defect(
        "routing-wrong-for-1-percent",
        "1 % of the requests that a rule matches go to the Service's own endpoints",
        breaks=("attachment.route-replaces-default",),
        cause="One shard of the control plane leaves one worker of a hundred with the configuration from before.",
        rules=_with("sustained-routed", _routed(1, lambda plain: Share(1, plain))),
    ),
    defect(
        "routing-fails-for-5-percent",
        "5 % of the requests that a rule matches get 503",
        breaks=("matching.path-prefix-segments",),
        cause="One shard hands out an endpoint twice, once with an address that is gone.",
        rules=_with("sustained-routed", _routed(5, lambda _: Share(1, Respond(503)))),
    ),
    defect(
        "rejection-wrong-for-1-percent",
        "1 % of the requests that no rule matches go to the Service's own endpoints",
        breaks=("attachment.unmatched-rejected",),
        cause="One shard of the control plane leaves one worker of a hundred with the configuration from before.",
        rules=_with("sustained-closed", _unmatched(1, lambda _, plain: Share(1, plain))),
    ),
    defect(
        "rejection-wrong-for-5-percent",
        "5 % of the requests that no rule matches go where the first rule says",
        breaks=("attachment.unmatched-rejected",),
        cause="One shard lets a filter of matches answer, which is wrong in favour of a match now and then.",
        rules=_with("sustained-closed", _unmatched(5, lambda table, _: table.entries[0].shares[0])),
    ),
    defect(
        "timeout-wrong-for-1-percent",
        "1 % of the requests have no deadline",
        breaks=("timeouts.request-504",),
        cause="In one shard the timer of a request is lost when the request takes a connection that is just opening.",
        rules=_with("sustained-slow", each_table(_limited(1, lambda _: NO_LIMITS))),
    ),
    defect(
        "timeout-early-for-5-percent",
        "5 % of the requests end after half of their time",
        breaks=("timeouts.request-not-exceeded", "timeouts.request-504"),
        cause="In one shard time spent in the queue is counted twice.",
        rules=_with("sustained-slow", each_table(_limited(5, _half))),
    ),
    defect(
        "scope-wrong-for-1-percent",
        "1 % of the requests of other namespaces follow a consumer's route",
        breaks=("producer-consumer.consumer-not-third-namespace",),
        cause="In one shard the cache of routes is keyed by Service, and sometimes filled by a consumer's proxy.",
        rules=_with("sustained-scope", _scope(1, rejecting=False)),
    ),
    defect(
        "scope-rejects-for-5-percent",
        "5 % of the requests of other namespaces are rejected as if a consumer's route were theirs",
        breaks=("producer-consumer.consumer-not-third-namespace",),
        cause="In one shard an address is taken for its former owner's, a pod of the consumer's namespace.",
        rules=_with("sustained-scope", _scope(5, rejecting=True)),
    ),
)
