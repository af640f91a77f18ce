"""Every contested statement has its texts and the decision written down."""

from __future__ import annotations

import re
from pathlib import Path

from spec import requirements

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "interpretations.md").read_text(encoding="utf-8")


def test_every_contested_statement_is_explained():
    contested = [one.id for one in requirements.load().values() if one.contested]
    assert re.findall(r"^### `(.+)`$", PAGE, re.MULTILINE) == contested


def test_the_page_names_statements_that_exist():
    named = set(re.findall(r"`([a-z-]+\.[a-z0-9-]+)`", PAGE))
    assert {name for name in named if name.split(".")[1] not in ("yaml", "networking")} <= set(requirements.load())
