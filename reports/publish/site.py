"""The static site of a folder of published reports: plain files, no server, no network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from harness.evidence.model import CheckRecord, Requirement, Verdict
from reports import badge, features, html
from reports.compare import Comparison, compare
from reports.compare.markdown import sentence
from reports.compare.model import Result
from reports.facts import facts, gateway_api, mesh_name, mesh_version
from reports.html.kit import assets, environment
from reports.publish import reproduce
from reports.publish.layout import Published, slug
from reports.terminal import totals

#: Verdicts that a page of a mesh tells one by one.
TOLD = (Verdict.FAIL, Verdict.XPASS, Verdict.XFAIL, Verdict.DEVIATION, Verdict.ERROR, Verdict.NOT_RUN)
_ENVIRONMENT = environment("reports.publish", "reports.compare")
_ENVIRONMENT.filters["slug"] = slug


@dataclass(frozen=True)
class Row:
    """A requirement in the matrix: what each report says of it."""

    requirement: Requirement
    results: tuple[Result | None, ...]  # by report; None: it does not play the requirement
    unequal: bool  # the reports do not play the same scenarios, or not the same versions of them

    @property
    def id(self) -> str:
        """The requirement's id."""
        return self.requirement.id


@dataclass(frozen=True)
class Site:
    """Everything that the pages show, of reports in the order of the folder (one at least)."""

    reports: Sequence[Published]

    @cached_property
    def meshes(self) -> dict[str, list[Published]]:
        """The reports of each mesh, newest first; meshes by name."""
        found: dict[str, list[Published]] = {}
        for one in sorted(self.reports, key=lambda one: one.report.header.started, reverse=True):
            found.setdefault(one.mesh, []).append(one)
        return {name: found[name] for name in sorted(found)}

    @cached_property
    def columns(self) -> list[Published]:
        """The reports in the order of the matrix: mesh by mesh, newest first."""
        return [one for group in self.meshes.values() for one in group]

    @cached_property
    def rows(self) -> list[Row]:
        """The matrix, by requirement."""
        known = {name: one for each in self.reports for name, one in each.report.requirements.items()}
        results = [one.results for one in self.columns]
        return [
            Row(known[name], tuple(found.get(name) for found in results), self._unequal(name)) for name in sorted(known)
        ]

    def _unequal(self, requirement: str) -> bool:
        played = [
            {(check.scenario, one.report.planned[check.scenario].digest) for check in found}
            for one in self.columns
            if (found := one.report.by_requirement.get(requirement))
        ]
        return any(one != played[0] for one in played)


def pages(found: Sequence[Published]) -> Iterator[tuple[str, str | bytes]]:
    """Path and content of every file of the site; `found` holds one report at least."""
    site = Site(found)
    yield "index.html", _page("index", site, "", cards=[_card(group[0]) for group in site.meshes.values()])
    yield "matrix.html", _page("all", site, "")
    for name, group in site.meshes.items():
        yield f"mesh/{name}.html", _page("mesh", site, "../", group=[_version(one, group) for one in group])
    for row in site.rows:
        yield f"requirement/{slug(row.id)}.html", _page("requirement", site, "../", row=row, sides=_sides(site, row))
    for one in found:
        yield f"report/{one.place}.html", html.render(one.report)
        yield f"report/{one.place}.svg", badge.render(one.report)
        yield f"report/{one.place}.jsonl", one.report.path.read_bytes()


def _page(name: str, site: Site, root: str, **more: Any) -> str:
    return _ENVIRONMENT.get_template(f"{name}.html.j2").render(
        assets=assets(("compare.css",), package="reports.compare"), site=site, root=root, **more
    )


def _card(one: Published) -> dict[str, Any]:
    return {
        "one": one,
        "name": mesh_name(one.report),
        "version": mesh_version(one.report) or one.version,
        "totals": totals(one.report),
        "api": f"{gateway_api(one.report, 'version')} {gateway_api(one.report, 'channel')}".strip(),
        "broken": len(one.report.with_verdict(*TOLD)),
        "counts": [(verdict.value, number) for verdict, number in one.report.counts.items()],
    }


def _version(one: Published, group: Sequence[Published]) -> dict[str, Any]:
    """What the page of a mesh tells of one of its versions, and what changed since the one before."""
    after = group.index(one) + 1
    before = group[after] if after < len(group) else None
    return {
        **_card(one),
        "facts": facts(one.report),
        "features": features.lists(one.report),
        "told": one.report.with_verdict(*TOLD),
        "command": reproduce.command(one.report),
        "before": mesh_version(before.report) or before.version if before else "",
        "since": _since(before, one) if before else None,
    }


def _since(before: Published, one: Published) -> tuple[str, Comparison]:
    found = compare([before.report, one.report])
    return sentence(found), found


def _sides(site: Site, row: Row) -> list[tuple[Published, Result | None, tuple[CheckRecord, ...]]]:
    """Report, result and checks, by column."""
    columns = zip(site.columns, row.results, strict=True)
    return [(one, found, one.report.by_requirement.get(row.id, ())) for one, found in columns]
