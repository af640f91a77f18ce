"""Defects of custom filters, of which this mesh knows none."""

from __future__ import annotations

from dataclasses import replace

from lab.defects.changes import filters_as_read, rules_as_read
from lab.defects.model import Defect, defect
from lab.mesh.world.route import Filter, Route, Rule, UnknownFilter
from lab.mesh.world.snapshot import World


def known(item: Filter) -> Filter | None:
    """Custom filters are passed over."""
    return None if isinstance(item, UnknownFilter) else item


def known_of_backends(world: World, route: Route, rule: Rule) -> Rule:  # noqa: ARG001 - part of the signature
    """Custom filters of backends are passed over."""
    kept = [tuple(item for item in ref.filters if known(item)) for ref in rule.backends]
    backends = tuple(replace(ref, filters=own) for ref, own in zip(rule.backends, kept, strict=True))
    return replace(rule, backends=backends)


DEFECTS: tuple[Defect, ...] = (
    defect(
        "extension-skipped",
        "A rule whose custom filter does not exist is served without it",
        breaks=("filters.extensionref-unresolved-fails-closed",),
        cause="What cannot be resolved is left out with a warning, as it is for mirrors.",
        world=filters_as_read(known, of_backends=False),
    ),
    defect(
        "extension-of-backend-skipped",
        "A backend whose custom filter does not exist is served without it",
        breaks=("filters.extensionref-unresolved-fails-closed",),
        cause="Custom filters are looked up for rules only, and of backends' filters those are taken that are known.",
        world=rules_as_read(known_of_backends),
    ),
)
