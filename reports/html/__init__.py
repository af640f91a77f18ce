"""One static HTML page that needs nothing else: no server, no network, no file beside it."""

from __future__ import annotations

from reports.html.page import render

FILE = "report.html"

__all__ = ["FILE", "render"]
