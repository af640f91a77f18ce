"""The files that results rest on: whoever changes one of them has proven nothing yet."""

from __future__ import annotations

import hashlib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_ROOMS = ("harness", "lab", "meshes", "scenarios", "spec", "suites/plugin")
_SUFFIXES = (".py", ".yaml", ".json")
#: What is said of defects and variations chooses what is played, and is judged by afterwards: results stand.
_OF_TASKS = ("spec/defects.yaml", "spec/defects/*.yaml", "spec/variations.yaml")


def digest(*rooms: str) -> str:
    """Of the sources of lab, harness, specification and catalogue, and of these files or folders of the project too."""
    total = hashlib.sha256()
    for room in (*_ROOMS, *rooms):
        for path in _files(ROOT / room):
            name = path.relative_to(ROOT)
            if path.suffix not in _SUFFIXES or "__pycache__" in path.parts or any(map(name.match, _OF_TASKS)):
                continue
            total.update(f"{name}\n".encode())
            total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()[:16]


def _files(path: Path) -> list[Path]:
    return sorted(path.rglob("*")) if path.is_dir() else [path]
