"""Why some statements are proven by no check (``excuses.yaml``)."""

from __future__ import annotations

from functools import cache

from spec import requirements
from spec.documents import SpecError, check_keys, read, text

_FILE = "spec/excuses.yaml"


@cache
def load() -> dict[str, str]:
    """Requirement id -> reason, in the order of the file; raises SpecError where the file is wrong."""
    return parse(read("excuses.yaml"))


def parse(document: object) -> dict[str, str]:
    """Turn the parsed file into reasons by id; raises SpecError for an id that no requirement has."""
    entries = check_keys(_FILE, document, ("excuses",))["excuses"]
    for name in entries:
        if name not in requirements.load():
            raise SpecError(f"{_FILE}: {name} is no requirement")
    return {name: text(f"{_FILE}: {name}", "reason", reason) for name, reason in entries.items()}
