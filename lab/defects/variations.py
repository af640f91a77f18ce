"""What a conformant mesh may do differently: no check may fail on it."""

from __future__ import annotations

from lab.defects.model import Defect

VARIATIONS: tuple[Defect, ...] = ()
