"""A comparison as one HTML file."""

from __future__ import annotations

from reports.compare.markdown import last_word, sentence, sides
from reports.compare.model import Comparison
from reports.html.kit import assets, environment

FILE = "compare.html"
_ENVIRONMENT = environment("reports.compare")


def render(found: Comparison) -> str:
    """The whole page, differences first."""
    return _ENVIRONMENT.get_template("compare.html.j2").render(
        assets=assets(("compare.css",), package="reports.compare"),
        found=found,
        sides=list(sides(found)),
        sentence=sentence(found),
        last_word=last_word,
    )
