"""The typed model of a file of expectations (``meshes/NAME.expectations.yaml``)."""

from __future__ import annotations

from typing import Annotated

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from pydantic import AfterValidator, Field

from harness.scenario.basics import Node, Strings


def _range(value: str) -> str:
    try:
        SpecifierSet(value)
    except InvalidSpecifier:
        raise ValueError("write a range of versions like '>=1.20,<1.22'") from None
    if not value.strip():
        raise ValueError("leave it out where the entry is about every version")
    return value


class Entry(Node):
    """Checks that fail on this mesh, and why."""

    checks: Strings = Field(description="Check ids (SCENARIO/CHECK) or globs; each check in one entry only.")
    outcome: Strings = Field(
        description="The wrong outcome that is expected, or several: names of outcomes, or kinds of failure "
        "(never-converged, wrong, regressed, leaked, stalled, ignored). Any other failure fails the run."
    )
    reason: str = Field(min_length=10, description="Why the mesh does that, in a sentence.")
    issue: str | None = Field(
        default=None, pattern=r"^https?://\S+$", description="Where it is tracked or documented: an address."
    )
    versions: Annotated[str, AfterValidator(_range)] | None = Field(
        default=None,
        description="The versions of the mesh that the entry is about, like '>=1.20,<1.22'; compared with the "
        "profile's identity.version. Left out: every version.",
    )


class Document(Node):
    """Expected failures of one mesh."""

    expectations: tuple[Entry, ...] = Field(description="The entries, in any order.")
