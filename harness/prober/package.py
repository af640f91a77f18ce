"""Builds the program that runs in the pods: one zip file, the same bytes for the same sources."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from importlib.metadata import distribution
from pathlib import Path

_SOURCE = Path(__file__).resolve().parents[1] / "probe"
_PACKAGE = "gamma_probe"
_BUNDLED = ("h2", "hpack", "hyperframe")  # pure Python, and all that the first one needs
_EPOCH = (1980, 1, 1, 0, 0, 0)
_MAIN = f"from {_PACKAGE}.main import main\n\nraise SystemExit(main())\n"


@cache
def build_zipapp() -> bytes:
    """``probe.pyz``: runs with any Python 3.11 or newer, and needs nothing else."""
    files = {"__main__.py": _MAIN.encode()}
    files |= {f"{_PACKAGE}/{path.name}": path.read_bytes() for path in sorted(_SOURCE.glob("*.py"))}
    for name in _BUNDLED:
        files |= dict(sorted(_library(name)))
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return target.getvalue()


def _library(name: str) -> Iterator[tuple[str, bytes]]:
    """The modules of a library that is installed here, and its licence."""
    folder = Path(str(import_module(name).__file__)).parent
    for path in folder.rglob("*.py"):
        yield path.relative_to(folder.parent).as_posix(), path.read_bytes()
    for file in distribution(name).files or ():
        if "LICENSE" in file.name.upper() and file.parts[0].endswith(".dist-info"):
            yield f"licenses/{name}/{file.name}", file.read_binary()


def zipapp_hash(program: bytes | None = None) -> str:
    """Short enough for the name of a ConfigMap; changes whenever the program does."""
    return hashlib.sha256(program or build_zipapp()).hexdigest()[:10]
