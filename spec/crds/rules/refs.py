"""Rules about parents, backends and hostnames."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_address
from typing import Any

from spec.crds.rules.base import Value, distinct, rule


def _same_parent(ref: Value) -> tuple[Any, ...]:
    """What tells parents apart; a namespace left out equals an empty one, not the route's own written out."""
    return ref.get("group"), ref.get("kind"), ref.get("namespace", ""), ref["name"]


@rule("parent-refs-section-name-all-or-none")
def _section_name_all_or_none(refs: Sequence[Value]) -> bool:
    named: dict[tuple[Any, ...], set[bool]] = {}
    for ref in refs:
        named.setdefault(_same_parent(ref), set()).add(bool(ref.get("sectionName")))
    return all(len(kinds) == 1 for kinds in named.values())


@rule("parent-refs-distinct")
def _parent_refs_distinct(refs: Sequence[Value]) -> bool:
    return distinct((*_same_parent(ref), ref.get("sectionName", "")) for ref in refs)


@rule("parent-refs-section-name-and-port-all-or-none")
def _section_name_and_port_all_or_none(refs: Sequence[Value]) -> bool:
    named: dict[tuple[Any, ...], set[tuple[bool, bool]]] = {}
    for ref in refs:
        named.setdefault(_same_parent(ref), set()).add((bool(ref.get("sectionName")), "port" in ref))
    return all(len(kinds) == 1 for kinds in named.values())


@rule("parent-refs-distinct-by-port")
def _parent_refs_distinct_by_port(refs: Sequence[Value]) -> bool:
    return distinct((*_same_parent(ref), ref.get("sectionName", ""), ref.get("port", 0)) for ref in refs)


@rule("backend-service-needs-port")
def _service_needs_port(ref: Value) -> bool:
    return "port" in ref or ref["group"] != "" or ref["kind"] != "Service"


@rule("hostnames-no-ip")
def _hostnames_no_ip(hostnames: Sequence[str]) -> bool:
    return not any(_is_ip(hostname) for hostname in hostnames)


def _is_ip(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
