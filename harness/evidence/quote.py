"""Quotes requirements, so that a report can be read without the catalogue.

Apart from the rest of the evidence: whoever only reads reports does not need the specification.
"""

from __future__ import annotations

from collections.abc import Iterable

import spec.requirements
from harness.evidence.model import Requirement


def quote(names: Iterable[str]) -> tuple[Requirement, ...]:
    """The requirements of these ids; raises KeyError for an id that lint would have found."""
    return tuple(_quoted(spec.requirements.load()[name]) for name in names)


def _quoted(found: spec.requirements.Requirement) -> Requirement:
    place = found.sources[0].partition(" ")[2]
    return Requirement(
        id=found.id,
        strength=found.strength,
        support=found.support,
        contested=found.contested,
        statement=found.statement,
        source=f"{found.link} ({place})" if place else found.link,
    )
