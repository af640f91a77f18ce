"""How configuration reaches the nodes. The conformant mesh brings all of it to every node at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Change:
    """One resource about to become different on one node; a version of None means that it does not exist.

    A version is a digest of the content, so that the same change has the same versions whenever it is asked about.
    """

    node: str
    type_url: str
    name: str
    before: str | None
    after: str | None


def at_once(node: str) -> float:  # noqa: ARG001 - part of the decision's signature
    """Seconds until what is decided begins to arrive at this node: none."""
    return 0.0


def nothing(change: Change) -> bool:  # noqa: ARG001 - part of the decision's signature
    """Whether this change does not reach its node: all do."""
    return False


@dataclass(frozen=True, slots=True)
class DeliveryPolicy:
    """Delay and loss by node.

    `delay` gives seconds. What `holds_back` keeps from a node stays there as it was; it is asked again whenever
    anything is delivered, so that it has to give the same answer for as long as a change shall not arrive.
    """

    delay: Callable[[str], float] = at_once
    holds_back: Callable[[Change], bool] = nothing


PROMPT = DeliveryPolicy()
