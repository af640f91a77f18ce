"""Defects in what the area timeouts is about."""

from __future__ import annotations

from lab.defects.model import Defect

DEFECTS: tuple[Defect, ...] = ()
