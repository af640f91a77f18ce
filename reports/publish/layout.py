"""Where a published report lies: ``SUITE-VERSION/MESH/VERSION.jsonl``. Pure."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from harness.evidence.report import Report
from reports.compare.make import result
from reports.compare.model import Result
from reports.facts import gateway_api, mesh_name, mesh_version

_UNSAFE = re.compile(r"[^A-Za-z0-9._+-]+")
_LONGEST = 80
_STANDARD = "standard"


@dataclass(frozen=True)
class Published:
    """A report in its place; every name is safe in a path and in an address."""

    report: Report
    suite: str
    mesh: str
    version: str  # with the channel, unless that is the standard one

    @property
    def place(self) -> PurePosixPath:
        """Relative to the folder, without the ending."""
        return PurePosixPath(self.suite, self.mesh, self.version)

    @property
    def label(self) -> str:
        """Mesh and version, for readers."""
        return f"{mesh_name(self.report)} {mesh_version(self.report) or self.version}"

    @property
    def results(self) -> dict[str, Result]:
        """What the report says of each requirement, by id."""
        checks = self.report.by_requirement.items()
        return {name: result(check.verdict for check in found) for name, found in checks}


def published(report: Report) -> Published:
    """Where this report belongs, by its own header."""
    version = slug(mesh_version(report) or "unversioned")
    channel = gateway_api(report, "channel")
    if channel and channel != _STANDARD:
        version = f"{version}-{slug(channel)}"
    return Published(report, slug(report.header.suite_version), slug(mesh_name(report)), version)


def slug(text: str) -> str:
    """The text as a name of a file: as it is where that is safe, else changed and marked by a digest of it."""
    made = _UNSAFE.sub("-", text).strip("-.")[:_LONGEST]
    if made and made == text:
        return made
    mark = hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:8]
    return f"{made}-{mark}" if made else mark
