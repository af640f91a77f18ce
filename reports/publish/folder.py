"""A folder of published reports on disk."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path

from harness.evidence import load
from reports.publish import readme
from reports.publish.layout import Published, published

README = "README.md"


class NotInPlace(Exception):
    """A file of the folder does not lie where its own header says; ``file`` and ``place`` say which and where."""

    def __init__(self, file: Path, place: Path) -> None:
        super().__init__(f"{file}: by its own header this report belongs to {place}")


class OtherReport(Exception):
    """Another report of the same mesh, version and suite is published already."""

    def __init__(self, file: Path) -> None:
        super().__init__(f"{file}: another report of this version of the mesh and of the suite is published there")


def read(folder: Path) -> list[Published]:
    """All reports of a folder, by suite, mesh and start of the run.

    Raises ReportError for a file that cannot be used, NotInPlace for one that was moved or renamed.
    """
    found = []
    for file in sorted(folder.glob("*/*/*.jsonl")):
        one = published(load(file))
        if file != (place := _file(folder, one)):
            raise NotInPlace(file, place)
        found.append(one)
    return sorted(found, key=lambda one: (one.suite, one.mesh, one.report.header.started, one.version))


def add(folder: Path, one: Published, *, replace: bool) -> Path:
    """Copy the report to its place, byte for byte; returns the file.

    Raises OtherReport where a different one lies there, unless it is to be replaced, and OSError.
    """
    content = one.report.path.read_bytes()
    file = _file(folder, one)
    if file.exists() and not replace and file.read_bytes() != content:
        raise OtherReport(file)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return file


def write_readmes(folder: Path, found: Sequence[Published]) -> None:
    """Write the generated pages: one of the folder, one a mesh."""
    (folder / README).write_text(readme.index(found), encoding="utf-8")
    for place, group in groupby(found, key=lambda one: one.place.parent):
        (folder / place / README).write_text(readme.mesh(list(group)), encoding="utf-8")


def write(out: Path, pages: Iterable[tuple[str, str | bytes]]) -> int:
    """Write files below a directory; returns how many."""
    number = 0
    for name, content in pages:
        file = out / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        number += 1
    return number


def _file(folder: Path, one: Published) -> Path:
    return folder / f"{one.place}.jsonl"
