"""Defects in what the area filters is about."""

from __future__ import annotations

from lab.defects.filters import auth, contradictions, cors, extensions, headers, hosts, mirrors, redirects, rewrites
from lab.defects.model import Defect

DEFECTS: tuple[Defect, ...] = (
    *headers.DEFECTS,
    *hosts.DEFECTS,
    *redirects.DEFECTS,
    *rewrites.DEFECTS,
    *mirrors.DEFECTS,
    *cors.DEFECTS,
    *extensions.DEFECTS,
    *auth.DEFECTS,
    *contradictions.DEFECTS,
)
