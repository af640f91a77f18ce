"""What a defect, and a harmless variation, of the reference mesh is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from lab.mesh.model.decisions import CONFORMANT, Decisions


@dataclass(frozen=True, slots=True)
class Defect:
    """A named deviation: what it breaks, and how a real mesh comes to have it. A variation breaks nothing."""

    id: str
    title: str
    breaks: tuple[str, ...]
    cause: str
    decisions: Decisions


def defect(defect_id: str, title: str, *, breaks: tuple[str, ...], cause: str, **changed: Any) -> Defect:
    """A defect that replaces the decisions named in `changed` and no other."""
    return Defect(defect_id, title, breaks, cause, replace(CONFORMANT, **changed))


def variation(variation_id: str, title: str, *, cause: str, **changed: Any) -> Defect:
    """A deviation that no statement forbids: no check may fail under it."""
    return Defect(variation_id, title, (), cause, replace(CONFORMANT, **changed))
