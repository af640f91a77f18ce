"""Which of our checks together are at least as strong as a mesh test of the Gateway API's own suite."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from spec.documents import SpecError, check_keys, read, text

_FILE = "upstream_tests.yaml"


@dataclass(frozen=True, slots=True)
class UpstreamProfile:
    """A conformance profile: a test counts in it if it knows every feature that the test needs."""

    name: str
    core: frozenset[str]
    extended: frozenset[str]


@dataclass(frozen=True, slots=True)
class UpstreamTest:
    """A test by upstream's name; without checks it has a reason why none of ours are as strong."""

    name: str
    features: tuple[str, ...]
    checks: tuple[str, ...]
    because: str


@dataclass(frozen=True, slots=True)
class UpstreamTests:
    """What a ConformanceReport is made with."""

    profiles: tuple[UpstreamProfile, ...]
    tests: tuple[UpstreamTest, ...]


@cache
def load() -> UpstreamTests:
    """Everything, in the file's order; raises SpecError where the file is wrong."""
    found = check_keys(f"spec/{_FILE}", read(_FILE), ("profiles", "tests"))
    profiles = []
    for name, entry in found["profiles"].items():
        fields = check_keys(f"spec/{_FILE}: {name}", entry, ("core", "extended"))
        profiles.append(UpstreamProfile(name, frozenset(fields["core"]), frozenset(fields["extended"])))
    return UpstreamTests(tuple(profiles), tuple(_test(name, entry) for name, entry in found["tests"].items()))


def _test(name: str, entry: object) -> UpstreamTest:
    where = f"spec/{_FILE}: {name}"
    fields = check_keys(where, entry, ("features",), ("checks", "because"))
    if ("checks" in fields) == ("because" in fields):
        raise SpecError(f"{where}: has either checks or because")
    because = text(where, "because", fields["because"]) if "because" in fields else ""
    checks = tuple(text(where, "checks", check) for check in fields.get("checks", ()))
    return UpstreamTest(name, tuple(fields["features"]), checks, because)
