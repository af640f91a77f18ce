"""Wrong limits: durations misread, limits that hold for others, too early, too late or not at all."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from lab.admission import Object
from lab.defects.proxy import told
from lab.mesh.envoy.types import Resource
from lab.mesh.model.actions import Forward, FrontendRules, RuleTable
from lab.mesh.model.history import History
from lab.mesh.model.timeouts import NO_LIMITS, Limits, limits, milliseconds
from lab.mesh.world.route import BackendRef, ObjectKey, Route, RouteKey, Rule, Timeouts
from lab.mesh.world.service import Service, ServicePort
from lab.mesh.world.snapshot import World, is_service
from spec.crds import FieldError

_DEFAULT = 15_000  # milliseconds; Envoy's own
_SECOND = 1000
_LEAKS_AFTER = 3.0  # seconds
_PART = re.compile(r"([0-9]+)(ms|h|m|s)")
_UNITS = ("h", "m", "s", "ms")
# Answers 504 when the backend has answered at last, in place of its answer.
ANSWER_LATE = """
function envoy_on_request(handle)
  if handle:metadata():get("limit") then
    handle:streamInfo():dynamicMetadata():set("late", "began", handle:timestamp())
  end
end
function envoy_on_response(handle)
  local limit = handle:metadata():get("limit")
  local known = handle:streamInfo():dynamicMetadata():get("late")
  if not limit or not known or handle:timestamp() - known["began"] < limit then return end
  local names = {}
  for name in pairs(handle:headers()) do
    if string.sub(name, 1, 1) ~= ":" then names[#names + 1] = name end
  end
  for _, name in ipairs(names) do handle:headers():remove(name) end
  handle:headers():replace(":status", "504")
  local size = handle:body(true):setBytes("upstream request timeout")
  handle:headers():replace("content-length", tostring(size))
end
"""

Read = Callable[[str], int | None]


def read_as(read: Read) -> Callable[[Timeouts], Limits]:
    """Durations are understood like that; None is one that is not understood, and dropped."""

    def decide(timeouts: Timeouts) -> Limits:
        found = (read(text) or None if text else None for text in (timeouts.request, timeouts.backend_request))
        return Limits(*found)

    return decide


def last_of_unit(text: str) -> int:
    """Of several parts with the same unit the last one counts."""
    parts = {unit: number for number, unit in _PART.findall(text)}
    return sum(milliseconds(number + unit) for unit, number in parts.items())


def octal(text: str) -> int:
    """Numbers that begin with a zero are octal, if they can be."""
    total = 0
    for number, unit in _PART.findall(text):
        base = 8 if re.fullmatch("0[0-7]+", number) else 10
        total += int(number, base) * milliseconds(f"1{unit}")
    return total


def in_order(text: str) -> int | None:
    """Hours, minutes, seconds, milliseconds, in this order and at most once each."""
    places = [_UNITS.index(unit) for _, unit in _PART.findall(text)]
    return milliseconds(text) if places == sorted(places) else None


def whole_seconds(text: str) -> int:
    """What is less than a second is cut off."""
    return milliseconds(text) // _SECOND * _SECOND


def capped(text: str) -> int:
    """A second is the longest there is."""
    return min(milliseconds(text), _SECOND)


def with_default(timeouts: Timeouts) -> Limits:
    """A rule that says nothing has the proxy's own limit."""
    found = limits(timeouts)
    return found if timeouts.request is not None else replace(found, request=_DEFAULT)


def zero_is_default(timeouts: Timeouts) -> Limits:
    """A request's limit of zero is one that is not set, and the proxy's own takes its place."""
    found = limits(timeouts)
    unset = timeouts.request is not None and found.request is None
    return replace(found, request=_DEFAULT) if unset else found


def attempt_zero_is_default(timeouts: Timeouts) -> Limits:
    """An attempt's limit of zero is one that is not set, and the proxy's own takes its place."""
    found = limits(timeouts)
    unset = timeouts.backend_request is not None and found.attempt is None
    return replace(found, attempt=_DEFAULT) if unset else found


def zero_is_none_at_all(timeouts: Timeouts) -> Limits:
    """With a limit of zero there is no time at all."""
    found = limits(timeouts)
    unset = timeouts.request is not None and found.request is None
    return replace(found, request=1) if unset else found


def without_attempt(timeouts: Timeouts) -> Limits:
    """Attempts have no limit of their own."""
    return replace(limits(timeouts), attempt=None)


def shortest_of_route(world: World, route: Route, rule: Rule) -> Rule:  # noqa: ARG001 - part of the signature
    """The shortest limit of a rule is that of all rules of its route."""
    found = [each.timeouts.request for each in route.rules if each.timeouts.request]
    lengths = {milliseconds(text): text for text in found if milliseconds(text)}
    if not lengths:
        return rule
    return replace(rule, timeouts=replace(rule.timeouts, request=lengths[min(lengths)]))


def without_timeouts(world: World, route: Route, rule: Rule) -> Rule:  # noqa: ARG001 - part of the signature
    """A rule that sets no limit."""
    return replace(rule, timeouts=Timeouts())


def until_headers(route: Resource) -> Resource:
    """A limit ends with the head of the answer: it is one of a try."""
    action = route.get("route", {})
    if action.get("timeout", "0s") == "0s" or "retry_policy" in action:
        return route
    policy = {"retry_on": "", "num_retries": 0, "per_try_timeout": action["timeout"]}
    return {**route, "route": {**action, "timeout": "0s", "retry_policy": policy}}


def unlimited(route: Resource) -> Resource | None:
    """The route without its limit; None where it has none."""
    action = route.get("route", {})
    return {**route, "route": {**action, "timeout": "0s"}} if action.get("timeout", "0s") != "0s" else None


def answered_late(route: Resource) -> Resource:
    """The limit is told to a script instead, which looks at it when there is an answer."""
    action = route.get("route", {})
    if action.get("timeout", "0s") == "0s":
        return route
    limit = round(float(action["timeout"].removesuffix("s")) * _SECOND)
    return told({**route, "route": {**action, "timeout": "0s"}}, limit=limit)


def at_home_too(world: World, service: Service, port: ServicePort, rules: FrontendRules) -> FrontendRules:  # noqa: ARG001
    """The limits of consumers hold for callers of the Service's own namespace, where no route of its own governs."""
    found = [_limits_of(table) for _, table in rules.consumers]
    known = [each for each in found if each != NO_LIMITS]
    home = service.key.namespace
    if not known or rules.producer is not None:
        return rules
    return replace(rules, consumers=(*rules.consumers, (home, RuleTable((), replace(rules.plain, limits=known[0])))))


def _limits_of(table: RuleTable) -> Limits:
    actions = [share.action for entry in table.entries for share in entry.shares]
    found = [action.limits for action in actions if isinstance(action, Forward) and action.limits != NO_LIMITS]
    return found[0] if found else NO_LIMITS


def everywhere_later(world: World, history: History) -> World:
    """Three seconds after it took effect a consumer route's limits hold for everybody, where nothing else governs."""
    routes = dict(world.routes)
    for key, route in world.routes.items():
        for parent in route.parents:
            owner = ObjectKey(parent.namespace, parent.name)
            foreign = is_service(parent) and parent.namespace != route.key.namespace
            if not foreign or history.age(key) < _LEAKS_AFTER or _governed(world, owner):
                continue
            service = world.services.get(owner)
            number = service.ports[0].port if service and service.ports else None
            to = BackendRef(owner.namespace, owner.name, port=number)
            rules = tuple(Rule(rule.matches, backends=(to,), timeouts=rule.timeouts) for rule in route.rules)
            leaked = replace(route, key=ObjectKey(owner.namespace, f"{key.name}.leaked"), rules=rules)
            routes[RouteKey(*leaked.key, key.kind)] = leaked
    return replace(world, routes=routes)


def _governed(world: World, owner: ObjectKey) -> bool:
    return any(route.key.namespace == owner.namespace for route, _ in world.routes_by_parent.get(owner, ()))


def tidied(obj: Resource) -> Resource:
    """Durations in the longest units that state them."""
    if obj.get("kind") != "HTTPRoute":
        return obj
    rules = [_tidied_rule(rule) for rule in obj["spec"].get("rules", ())]
    return {**obj, "spec": {**obj["spec"], "rules": rules}} if rules else obj


def _tidied_rule(rule: dict[str, Any]) -> dict[str, Any]:
    written = rule.get("timeouts")
    return {**rule, "timeouts": {name: _tidy(text) for name, text in written.items()}} if written else rule


def _tidy(text: str) -> str:
    left, parts = milliseconds(text), []
    for unit in _UNITS:
        number, left = divmod(left, milliseconds(f"1{unit}"))
        parts += [f"{number}{unit}"] if number else []
    return "".join(parts) or "0s"


def number_of(text: str) -> int:
    """The number that a duration begins with, whatever its unit."""
    return int(re.match("[0-9]+", text)[0])  # type: ignore[index] # the definitions' pattern came first


def numbers_fit(new: Object, error: FieldError) -> bool:
    """Whether the two limits of a rule are in order if their units are not looked at."""
    if new.get("kind") != "HTTPRoute" or error.rule != "backend-timeout-within-request":
        return False
    written = [rule["timeouts"] for rule in new["spec"].get("rules", ()) if len(rule.get("timeouts", ())) > 1]
    return all(number_of(each["backendRequest"]) <= number_of(each["request"]) for each in written)


def longer_than_zero(new: Object) -> str:
    """The path of an attempt's limit beside a request's limit of zero."""
    for index, rule in enumerate(new["spec"].get("rules", ())):
        written = rule.get("timeouts", {})
        if "backendRequest" in written and "request" in written and not milliseconds(written["request"]):
            return f"spec.rules[{index}].timeouts.backendRequest" if milliseconds(written["backendRequest"]) else ""
    return ""


TIMED_OUT_503 = {
    "mappers": [{"filter": {"response_flag_filter": {"flags": ["UT"]}}, "status_code": 503}],
}
