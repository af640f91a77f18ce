"""The admission rules of the Gateway API as predicates; the tables name them and say what they mean.

A predicate gets a value whose form is right and that has its defaults, and tells whether it satisfies the rule.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

Value = Mapping[str, Any]
Predicate = Callable[[Any], bool]

#: Every predicate by the name of its rule.
PREDICATES: dict[str, Predicate] = {}

_LITERAL_PATHS = ("Exact", "PathPrefix")
_PATH = re.compile(r"(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|%[0-9a-fA-F]{2})+")
_DOT_SEGMENT = re.compile(r"/\.\.?(/|\Z)")
_REPEATABLE = frozenset({"RequestMirror", "ExtensionRef"})
_DURATION_PART = re.compile(r"(\d+)(h|ms|m|s)")
_MILLISECONDS = {"h": 3_600_000, "m": 60_000, "s": 1000, "ms": 1}
#: The field that belongs to each type of filter.
FILTER_FIELDS = {
    "RequestHeaderModifier": "requestHeaderModifier",
    "ResponseHeaderModifier": "responseHeaderModifier",
    "RequestMirror": "requestMirror",
    "RequestRedirect": "requestRedirect",
    "URLRewrite": "urlRewrite",
    "CORS": "cors",
    "ExtensionRef": "extensionRef",
}
#: The field that belongs to each type of path modifier.
PATH_MODIFIER_FIELDS = {"ReplaceFullPath": "replaceFullPath", "ReplacePrefixMatch": "replacePrefixMatch"}


def _rule(name: str) -> Callable[[Predicate], Predicate]:
    def register(predicate: Predicate) -> Predicate:
        PREDICATES[name] = predicate
        return predicate

    return register


# --- parents and backends


def _same_parent(ref: Value) -> tuple[Any, ...]:
    """What tells parents apart; a namespace left out equals an empty one, not the route's own written out."""
    return ref.get("group"), ref.get("kind"), ref.get("namespace", ""), ref["name"]


@_rule("parent-refs-section-name-all-or-none")
def _section_name_all_or_none(refs: Sequence[Value]) -> bool:
    named: dict[tuple[Any, ...], set[bool]] = {}
    for ref in refs:
        named.setdefault(_same_parent(ref), set()).add(bool(ref.get("sectionName")))
    return all(len(kinds) == 1 for kinds in named.values())


@_rule("parent-refs-distinct")
def _parent_refs_distinct(refs: Sequence[Value]) -> bool:
    return _distinct((*_same_parent(ref), ref.get("sectionName", "")) for ref in refs)


@_rule("backend-service-needs-port")
def _service_needs_port(ref: Value) -> bool:
    return "port" in ref or ref["group"] != "" or ref["kind"] != "Service"


# --- rules of a route


@_rule("matches-at-most-128")
def _matches_at_most_128(rules: Sequence[Value]) -> bool:
    return sum(len(rule["matches"]) for rule in rules) <= 128


@_rule("redirect-without-backends")
def _redirect_without_backends(rule: Value) -> bool:
    return not rule.get("backendRefs") or not any("requestRedirect" in entry for entry in rule.get("filters", ()))


@_rule("redirect-prefix-needs-prefix-match")
def _redirect_prefix(rule: Value) -> bool:
    return not _replaces_prefix(rule, "requestRedirect") or _one_prefix_match(rule)


@_rule("rewrite-prefix-needs-prefix-match")
def _rewrite_prefix(rule: Value) -> bool:
    return not _replaces_prefix(rule, "urlRewrite") or _one_prefix_match(rule)


@_rule("backend-redirect-prefix-needs-prefix-match")
def _backend_redirect_prefix(rule: Value) -> bool:
    return not _one_backend_replaces_prefix(rule, "requestRedirect") or _one_prefix_match(rule)


@_rule("backend-rewrite-prefix-needs-prefix-match")
def _backend_rewrite_prefix(rule: Value) -> bool:
    return not _one_backend_replaces_prefix(rule, "urlRewrite") or _one_prefix_match(rule)


@_rule("backend-timeout-within-request")
def _backend_timeout_within_request(timeouts: Value) -> bool:
    if "request" not in timeouts or "backendRequest" not in timeouts:
        return True
    request = milliseconds(timeouts["request"])
    return request == 0 or milliseconds(timeouts["backendRequest"]) <= request


# --- paths


@_rule("path-absolute")
def _path_absolute(path: Value) -> bool:
    return path["type"] not in _LITERAL_PATHS or path["value"].startswith("/")


@_rule("path-no-double-slash")
def _path_no_double_slash(path: Value) -> bool:
    return path["type"] not in _LITERAL_PATHS or "//" not in path["value"]


@_rule("path-no-dot-segments")
def _path_no_dot_segments(path: Value) -> bool:
    return path["type"] not in _LITERAL_PATHS or not _DOT_SEGMENT.search(path["value"])


@_rule("path-no-encoded-slash")
def _path_no_encoded_slash(path: Value) -> bool:
    return path["type"] not in _LITERAL_PATHS or "%2f" not in path["value"].lower()


@_rule("path-no-fragment")
def _path_no_fragment(path: Value) -> bool:
    return path["type"] not in _LITERAL_PATHS or "#" not in path["value"]


@_rule("path-characters")
def _path_characters(path: Value) -> bool:
    return path["type"] not in _LITERAL_PATHS or bool(_PATH.fullmatch(path["value"]))


@_rule("path-modifier-has-its-value")
def _modifier_has_its_value(modifier: Value) -> bool:
    return PATH_MODIFIER_FIELDS[modifier["type"]] in modifier


@_rule("path-modifier-has-no-other-value")
def _modifier_has_no_other_value(modifier: Value) -> bool:
    return not any(name in modifier for kind, name in PATH_MODIFIER_FIELDS.items() if kind != modifier["type"])


# --- filters


@_rule("redirect-or-rewrite")
def _redirect_or_rewrite(filters: Sequence[Value]) -> bool:
    return not {"RequestRedirect", "URLRewrite"} <= {entry["type"] for entry in filters}


@_rule("filter-not-repeated")
def _filter_not_repeated(filters: Sequence[Value]) -> bool:
    counts = Counter(entry["type"] for entry in filters)
    return all(count == 1 for kind, count in counts.items() if kind not in _REPEATABLE)


@_rule("filter-has-its-field")
def _filter_has_its_field(entry: Value) -> bool:
    return FILTER_FIELDS[entry["type"]] in entry


@_rule("filter-has-no-other-field")
def _filter_has_no_other_field(entry: Value) -> bool:
    return not any(name in entry for kind, name in FILTER_FIELDS.items() if kind != entry["type"])


@_rule("mirror-percent-or-fraction")
def _mirror_percent_or_fraction(mirror: Value) -> bool:
    return not ("percent" in mirror and "fraction" in mirror)


@_rule("fraction-at-most-one")
def _fraction_at_most_one(fraction: Value) -> bool:
    return bool(fraction["numerator"] <= fraction["denominator"])


@_rule("cors-wildcard-alone")
def _wildcard_alone(values: Sequence[str]) -> bool:
    return "*" not in values or len(values) == 1


# --- helpers


def milliseconds(duration: str) -> int:
    """The length of a well-formed GEP-2257 duration: ``1m500ms`` is 60500."""
    return sum(int(number) * _MILLISECONDS[unit] for number, unit in _DURATION_PART.findall(duration))


def _distinct(values: Iterable[Any]) -> bool:
    seen = list(values)
    return len(seen) == len(set(seen))


def _replaces_prefix(owner: Value, name: str) -> bool:
    """Whether a filter of the rule or backend replaces the matched prefix; ``name`` is the filter's field."""
    modifiers = (entry.get(name, {}).get("path", {}) for entry in owner.get("filters", ()))
    return any(
        modifier.get("type") == "ReplacePrefixMatch" and "replacePrefixMatch" in modifier for modifier in modifiers
    )


def _one_backend_replaces_prefix(rule: Value, name: str) -> bool:
    # Exactly one, not at least one: with two such backends the real API server does not ask for a prefix match.
    return sum(_replaces_prefix(backend, name) for backend in rule.get("backendRefs", ())) == 1


def _one_prefix_match(rule: Value) -> bool:
    matches = rule["matches"]
    return len(matches) == 1 and matches[0].get("path", {}).get("type") == "PathPrefix"
