"""The figures in ``docs/proof.md``: ``python -m mutants.figures [MATRIX]``.

With the path of a ``matrix.json`` its summary becomes ``mutants/last.json``; without, that file is only written into
the document again. Nothing between the markers is written by hand.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mutants.sources import ROOT

LAST = ROOT / "mutants" / "last.json"
DOCUMENT = ROOT / "docs" / "proof.md"
BEGIN, END = "<!-- figures: python -m mutants.figures -->", "<!-- end of figures -->"
_PLAYED = {
    "named": "for each defect checks that it names and a sample of others",
    "full": "for each defect all scenarios in which it can make a difference, and a sample of the others",
    "fast": "some defects of each area",
}


def table(last: Mapping[str, Any]) -> str:
    """The figures of one run, as Markdown."""
    minutes = f"{last['seconds'] / 60:.0f} minutes on {last['cores']} cores"
    rows = {
        "last run": f"{last['date']}, version {last['suite_version']}, seed {last['seed']}",
        "played": f"{_PLAYED[last['played']]}, time scale {last['time_scale']:g}, {last['labs']} labs, {minutes}",
        "defects killed": f"{last['killed']} of {last['defects']}",
        "idle checks": f"{last['idle_checks']} of {last['checks']} played",
        "defects that turn more red than they say": str(last["over_killers"]),
        "variations on which no check fails": f"{last['clean']} of {last['variations']}",
        "scenarios played": f"{last['plays']:,} of {last['cells']:,} that defects and variations times scenarios make",
        "verdicts": f"{last['verdicts']:,}",
    }
    return "\n".join(["| | |", "| --- | --- |", *(f"| {name} | {value} |" for name, value in rows.items())])


def filled(text: str, last: Mapping[str, Any]) -> str:
    """The document with these figures. Raises ValueError where it has no place for them."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{DOCUMENT.name} has no place for figures: {BEGIN} ... {END}")
    return f"{before}{BEGIN}\n{table(last)}\n{END}{after}"


def main(argv: Sequence[str] | None = None) -> int:
    """Write the figures down; returns the exit status."""
    arguments = sys.argv[1:] if argv is None else list(argv)
    if arguments:
        content = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
        LAST.write_text(json.dumps(content["summary"], indent=1) + "\n", encoding="utf-8")
    last = json.loads(LAST.read_text(encoding="utf-8"))
    DOCUMENT.write_text(filled(DOCUMENT.read_text(encoding="utf-8"), last), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
