"""Defects in what the area producer-consumer is about: how rules of producer and consumers mix."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from lab.defects.frontends import Rules, entries_partly
from lab.defects.model import Defect, defect
from lab.mesh.model.actions import Action, Entry, Forward, FrontendRules, RuleTable
from lab.mesh.model.timeouts import Limits
from lab.mesh.world.service import Service, ServicePort
from lab.mesh.world.snapshot import World

Mix = Callable[[FrontendRules], FrontendRules]


def _mixed(change: Mix) -> Rules:
    def changed(world: World, service: Service, port: ServicePort, rules: FrontendRules) -> FrontendRules:  # noqa: ARG001
        return change(rules) if rules.consumers else rules

    return changed


def _consumers(change: Callable[[FrontendRules, RuleTable], RuleTable]) -> Rules:
    return _mixed(
        lambda rules: replace(rules, consumers=tuple((name, change(rules, table)) for name, table in rules.consumers))
    )


def _producer_in_front(rules: FrontendRules, table: RuleTable) -> RuleTable:
    return replace(table, entries=(*(rules.producer.entries if rules.producer else ()), *table.entries))


def _producer_behind(rules: FrontendRules, table: RuleTable) -> RuleTable:
    return replace(table, entries=(*table.entries, *(rules.producer.entries if rules.producer else ())))


def _plain_behind(rules: FrontendRules, table: RuleTable) -> RuleTable:
    return replace(table, unmatched=rules.plain)


def _limits(table: RuleTable) -> list[int]:
    """The time limits of all rules, in milliseconds."""
    actions = [share.action for entry in table.entries for share in entry.shares]
    return [each.limits.request for each in actions if isinstance(each, Forward) and each.limits.request is not None]


def _limited(table: RuleTable, limit: int) -> RuleTable:
    """The table with this limit in place of every one that it has."""

    def action(found: Action) -> Action:
        if not isinstance(found, Forward) or found.limits.request is None:
            return found
        return replace(found, limits=replace(found.limits, request=limit))

    def entry(found: Entry) -> Entry:
        return replace(found, shares=tuple(replace(each, action=action(each.action)) for each in found.shares))

    return replace(table, entries=tuple(map(entry, table.entries)))


def _one_limit(choose: Callable[[list[int]], int]) -> Rules:
    def change(rules: FrontendRules) -> FrontendRules:
        limits = [limit for _, table in rules.consumers for limit in _limits(table)]
        if not limits:
            return rules
        chosen = choose(limits)
        return replace(rules, consumers=tuple((name, _limited(table, chosen)) for name, table in rules.consumers))

    return _mixed(change)


def _limits_for_all(rules: FrontendRules) -> FrontendRules:
    """Whoever has no routes is held to the shortest limit that a consumer wrote down."""
    limits = [limit for _, table in rules.consumers for limit in _limits(table)]
    if rules.producer is not None or not limits:
        return rules
    return replace(rules, producer=RuleTable((), replace(rules.plain, limits=Limits(request=min(limits)))))


def _leaking(percent: int) -> Rules:
    """Whoever has no routes is treated by a consumer's rules now and then."""

    def change(rules: FrontendRules) -> FrontendRules:
        if rules.producer is not None:
            return rules
        entries = [entry for _, table in rules.consumers for entry in table.entries]
        return replace(rules, producer=RuleTable(entries_partly(100 - percent, entries, rules.plain), rules.plain))

    return _mixed(change)


def _confused(rules: FrontendRules) -> FrontendRules:
    """Of requests that two consumer namespaces have rules for, some follow those of the other namespace."""

    def table(own: RuleTable) -> RuleTable:
        others = {each.match: each for _, other in rules.consumers if other is not own for each in other.entries}
        return replace(own, entries=tuple(_some_by(each, others.get(each.match)) for each in own.entries))

    return replace(rules, consumers=tuple((name, table(own)) for name, own in rules.consumers))


def _some_by(own: Entry, other: Entry | None) -> Entry:
    if other is None or len(own.shares) != 1 or len(other.shares) != 1:
        return own
    return replace(own, shares=(replace(other.shares[0], weight=30), replace(own.shares[0], weight=70)))


def _table(defect_id: str, title: str, breaks: str, cause: str, change: Rules) -> Defect:
    broken = tuple(f"producer-consumer.{name}" for name in breaks.split())
    return defect(defect_id, title, breaks=broken, cause=cause, rules=change)


DEFECTS: tuple[Defect, ...] = (
    _table(
        "producer-rules-in-front",
        "In a consumer's namespace the producer's rules are asked first",
        "consumer-overrides-producer no-merge-across-groups",
        "Consumer rules are appended to what is there, so that a consumer cannot break a producer's rule.",
        _consumers(_producer_in_front),
    ),
    _table(
        "producer-rules-behind",
        "What a consumer's rules do not match falls to the producer's",
        "no-merge-across-groups",
        "Two layers of configuration are chained: what the first does not know the second may.",
        _consumers(_producer_behind),
    ),
    _table(
        "consumer-unmatched-falls-through",
        "What a consumer's rules do not match is forwarded as if there were no route",
        "consumer-own-namespace",
        "Consumer rules are written as exceptions from the Service's own forwarding.",
        _consumers(_plain_behind),
    ),
    _table(
        "shortest-consumer-timeout-wins",
        "The shortest timeout of all consumer namespaces holds for each of them",
        "merge-keyed-by-route-namespace consumer-timeout-scope",
        "Timeouts are kept for the Service, and made shorter only.",
        _one_limit(min),
    ),
    _table(
        "longest-consumer-timeout-wins",
        "The longest timeout of all consumer namespaces holds for each of them",
        "merge-keyed-by-route-namespace consumer-timeout-scope",
        "Timeouts are kept for the Service, and the most patient of its callers is waited for.",
        _one_limit(max),
    ),
    _table(
        "consumer-timeout-for-everyone",
        "A consumer's timeout also ends the requests of namespaces without routes",
        "consumer-not-producer-namespace consumer-not-third-namespace consumer-timeout-scope",
        "The timeout is set on the Service's cluster, which all callers share.",
        _mixed(_limits_for_all),
    ),
    _table(
        "consumer-rules-sometimes-for-others",
        "Of other namespaces' requests 5 percent are treated by a consumer's rules",
        "consumer-not-producer-namespace consumer-not-third-namespace",
        "A shared proxy knows callers by their connection, and sometimes reads an old entry of that table.",
        _leaking(5),
    ),
    _table(
        "consumer-rules-rarely-for-others",
        "Of other namespaces' requests 1 percent are treated by a consumer's rules",
        "consumer-not-third-namespace",
        "An address that a pod of the consumer had before is taken for that pod until a cache expires.",
        _leaking(1),
    ),
    _table(
        "consumer-namespaces-confused",
        "Of requests that two consumer namespaces have rules for, 30 percent follow the other's",
        "merge-keyed-by-route-namespace",
        "Equal conditions are stored once, with the backends of all namespaces, and picked by a hash.",
        _mixed(_confused),
    ),
)
