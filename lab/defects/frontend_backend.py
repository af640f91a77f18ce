"""Defects in what the area frontend-backend is about."""

from __future__ import annotations

from lab.defects.model import Defect

DEFECTS: tuple[Defect, ...] = ()
