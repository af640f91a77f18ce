"""Which node a pod runs on. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lab.node.cache import owner_uid
from lab.node.controllers.objects import Object, is_over


def choose(pod: Object, pods: Iterable[Object], nodes: Sequence[str]) -> str:
    """The node with the fewest pods of the same owner; among equals, of the same app in any namespace; then of any.

    So replicas spread, and clients as well as backends are found on every node.
    """
    placed = [one for one in pods if one["spec"].get("nodeName") and not is_over(one)]
    owner, app = owner_uid(pod), _app(pod)

    def load(node: str) -> tuple[int, int, int, str]:
        here = [one for one in placed if one["spec"]["nodeName"] == node]
        siblings = sum(bool(owner) and owner_uid(one) == owner for one in here)
        alike = sum(_app(one) == app for one in here)
        return siblings, alike, len(here), node

    return min(nodes, key=load)


def _app(pod: Object) -> str:
    return str((pod["metadata"].get("labels") or {}).get("app", ""))
