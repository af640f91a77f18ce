"""Defects in what the area backends is about."""

from __future__ import annotations

from lab.defects.model import Defect

DEFECTS: tuple[Defect, ...] = ()
