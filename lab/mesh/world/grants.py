"""ReferenceGrants: who may refer to Services of another namespace. The conformant mesh does not ask for them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from lab.mesh.world.route import BackendRef, Route


@dataclass(frozen=True, slots=True)
class Grant:
    """Routes of the (kind, namespace) in `givers` may refer to Services of `namespace`; "" in `names`: to all."""

    namespace: str
    givers: frozenset[tuple[str, str]]
    names: frozenset[str]


def parse_grant(obj: dict[str, Any]) -> Grant:
    """The grant that `obj`, a ReferenceGrant, gives."""
    spec = obj.get("spec") or {}
    return Grant(
        namespace=obj["metadata"]["namespace"],
        givers=frozenset((each["kind"], each["namespace"]) for each in spec.get("from") or ()),
        names=frozenset(each.get("name") or "" for each in spec.get("to") or () if each["kind"] == "Service"),
    )


def permitted(route: Route, ref: BackendRef, grants: Iterable[Grant]) -> bool:
    """Whether the route may refer to this backend, where grants are asked for."""
    if ref.namespace == route.key.namespace:
        return True
    who = (route.kind.value, route.key.namespace)
    return any(
        grant.namespace == ref.namespace and who in grant.givers and grant.names & {"", ref.name} for grant in grants
    )
