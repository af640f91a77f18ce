"""Contradictory filters that the API takes."""

from __future__ import annotations

from lab.defects.admission import lacking
from lab.defects.model import Defect, defect

DEFECTS: tuple[Defect, ...] = (
    defect(
        "redirect-beside-rewrite-admitted",
        "The API takes a rule that both redirects and rewrites",
        breaks=("filters.invalid-combinations-refused",),
        cause="The definitions were trimmed of their expressions, which an old API server found too expensive.",
        admission=lacking("HTTPRoute", "redirect-or-rewrite"),
    ),
    defect(
        "redirect-with-backends-admitted",
        "The API takes a rule that redirects and has backends",
        breaks=("filters.invalid-combinations-refused",),
        cause="The definitions are older than the mesh's documentation says, and look at single filters only.",
        admission=lacking("HTTPRoute", "redirect-without-backends"),
    ),
    defect(
        "filter-twice-admitted",
        "The API takes a rule with two filters of a type that cannot be repeated",
        breaks=("filters.invalid-combinations-refused",),
        cause="The definitions were generated without the rules about lists.",
        admission=lacking("HTTPRoute", "filter-not-repeated"),
    ),
)
