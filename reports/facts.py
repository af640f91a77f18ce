"""What a run was made of, in pairs of name and value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from harness.evidence.report import Report


def facts(report: Report) -> list[tuple[str, str]]:
    """Run, mesh, cluster and suite; facts without a value are left out."""
    header = report.header
    pairs = [
        ("run", header.run),
        ("started", header.started),
        *_flat({"mesh": header.mesh.get("identity", {})}),
        *_flat({name: value for name, value in header.cluster.items() if name != "features"}),
        ("suite", header.suite_version),
        ("seed", str(header.seed)),
        ("baseline", header.baseline),
        ("shard", header.shard),
        ("repeated", f"{header.repeat} times; a check has the worst of its verdicts" if header.repeat > 1 else ""),
        ("exit status", str(report.footer.exit_status)),
    ]
    return [(name, value) for name, value in pairs if value]


#: Heading of what was found before the first scenario.
PREFLIGHT = "Preflight"


def preflight(report: Report, *, passed: bool = True) -> list[tuple[str, str]]:
    """What was found before the first scenario, in pairs of check and finding; ``passed`` ones too."""
    return [
        (line.check, line.text if line.grade == "pass" else f"{line.grade}: {line.text}")
        for line in report.header.preflight
        if passed or line.grade != "pass"
    ]


def mesh_name(report: Report) -> str:
    """The profile's name."""
    return str(report.header.mesh.get("name", "unknown mesh"))


def mesh_version(report: Report) -> str:
    """The version that the profile names; empty where it names none."""
    identity = report.header.mesh.get("identity")
    return str((identity.get("version") if isinstance(identity, Mapping) else "") or "")


def gateway_api(report: Report, key: str) -> str:
    """``version`` or ``channel`` of the installed definitions; empty where the run did not get to know."""
    found = report.header.cluster.get("gateway_api")
    if isinstance(found, Mapping):
        return str(found.get(key) or "")
    return str(found) if found and key == "version" else ""


def _flat(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in values.items():
        name = f"{prefix}{key}".replace("_", " ")
        if isinstance(value, Mapping):
            yield from _flat(value, f"{name} ")
        elif isinstance(value, list | tuple):
            yield name, ", ".join(map(str, value))
        elif value is not None:
            yield name, str(value)
