"""Builds the program that runs in the pods: one zip file, the same bytes for the same sources."""

from __future__ import annotations

import hashlib
import io
import zipfile
from functools import cache
from pathlib import Path

_SOURCE = Path(__file__).resolve().parents[1] / "probe"
_PACKAGE = "gamma_probe"
_EPOCH = (1980, 1, 1, 0, 0, 0)
_MAIN = f"from {_PACKAGE}.main import main\n\nraise SystemExit(main())\n"


@cache
def build_zipapp() -> bytes:
    """``probe.pyz``: runs with any Python 3.11 or newer, and needs nothing else."""
    files = {"__main__.py": _MAIN.encode()}
    files |= {f"{_PACKAGE}/{path.name}": path.read_bytes() for path in sorted(_SOURCE.glob("*.py"))}
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return target.getvalue()


def zipapp_hash(program: bytes | None = None) -> str:
    """Short enough for the name of a ConfigMap; changes whenever the program does."""
    return hashlib.sha256(program or build_zipapp()).hexdigest()[:10]
