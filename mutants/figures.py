"""The figures in ``docs/proof.md``: ``python -m mutants.figures [MATRIX]``.

With the path of a ``matrix.json`` its summary becomes ``mutants/last.json``, or ``last_full.json`` if it is of a full
matrix; without, these files are only written into the document again. Nothing between the markers is written by hand.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mutants.sources import ROOT

DOCUMENT = ROOT / "docs" / "proof.md"
BEGIN, END = "<!-- figures: python -m mutants.figures -->", "<!-- end of figures -->"
#: By how much was played: what the column is called, and where the figures are kept.
_KEPT = {
    "named": ("`tox -e mutants`", ROOT / "mutants" / "last.json"),
    "full": ("full matrix", ROOT / "mutants" / "last_full.json"),
}
_PLAYED = {
    "named": "for each defect checks that it names and a sample of others",
    "full": "for each defect all scenarios in which it can make a difference, and a sample of the others",
}

Figures = Mapping[str, Any]


def kept() -> list[Figures]:
    """The figures of the last run of each kind that was ever played."""
    files = (file for _, file in _KEPT.values())
    return [json.loads(file.read_text(encoding="utf-8")) for file in files if file.exists()]


def table(runs: Sequence[Figures]) -> str:
    """The figures of these runs side by side, as Markdown."""
    columns = [_column(run) for run in runs]
    names = [_KEPT[run["played"]][0] for run in runs]
    lines = [["", *names], ["---"] * (len(runs) + 1)]
    lines += [[name, *(column[name] for column in columns)] for name in columns[0]]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _column(run: Figures) -> dict[str, str]:
    minutes = f"{run['seconds'] / 60:.0f} minutes on {run['cores']} cores"
    return {
        "last run": f"{run['date']}, version {run['suite_version']}, seed {run['seed']}",
        "played": f"{_PLAYED[run['played']]}, time scale {run['time_scale']:g}, {run['labs']} labs, {minutes}",
        "defects killed": f"{run['killed']} of {run['defects']}",
        "idle checks": f"{run['idle_checks']} of {run['checks']} played",
        "defects that turn more red than they say": str(run["over_killers"]),
        "variations on which no check fails": f"{run['clean']} of {run['variations']}",
        "scenarios played": f"{run['plays']:,} of {run['cells']:,} that defects and variations times scenarios make",
        "verdicts": f"{run['verdicts']:,}",
    }


def filled(text: str, runs: Sequence[Figures]) -> str:
    """The document with these figures. Raises ValueError where it has no place for them."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{DOCUMENT.name} has no place for figures: {BEGIN} ... {END}")
    return f"{before}{BEGIN}\n{table(runs)}\n{END}{after}"


def main(argv: Sequence[str] | None = None) -> int:
    """Write the figures down; returns the exit status."""
    arguments = sys.argv[1:] if argv is None else list(argv)
    if arguments:
        summary = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))["summary"]
        if summary["played"] not in _KEPT:
            sys.stderr.write(f"ERROR: {arguments[0]}: played {summary['played']}; figures are of a run of everything\n")
            return 1
        _KEPT[summary["played"]][1].write_text(json.dumps(summary, indent=1) + "\n", encoding="utf-8")
    DOCUMENT.write_text(filled(DOCUMENT.read_text(encoding="utf-8"), kept()), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
