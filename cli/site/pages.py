"""The catalogue as Markdown: an index by area, and a page for each scenario. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape

from cli.site.diagram import svg
from cli.site.graph import graph, request
from harness.scenario import channel, features_needed, since, support_level, wording
from harness.scenario.model import Check, Judged, Scenario, checks_of
from spec.defects import Defect
from spec.requirements import Requirement

FOLDER = "catalogue"
Killers = Mapping[str, Sequence[Defect]]
_MOST_DEFECTS = 4
_CAPTION = (
    "An arrow is a request. Dashed: the Service's traffic is governed by the route. Dotted: where it would go "
    "without any route."
)


def address(scenario: Scenario) -> str:
    """The page's place in the site's sources."""
    return f"{FOLDER}/{scenario.area}/{scenario.id}.md"


def index(catalogue: Iterable[Scenario]) -> str:
    """All scenarios by area, with what they are about."""
    scenarios = list(catalogue)
    by_area: dict[str, list[Scenario]] = {}
    for scenario in scenarios:
        by_area.setdefault(scenario.area, []).append(scenario)
    checks = sum(len(scenario.checks) for scenario in scenarios)
    lines = [
        "# Catalogue",
        "",
        f"{len(scenarios)} scenarios with {checks} checks, made from the files that are played. `gamma list` and "
        "`gamma show` tell the same on the command line.",
        "",
    ]
    for area, found in sorted(by_area.items()):
        lines += [
            f"## {area}",
            "",
            "| scenario | what a right mesh does | support | checks |",
            "| --- | --- | --- | ---: |",
        ]
        lines += (
            f"| [{one.id}]({one.area}/{one.id}.md) | {text(one.title)} | {support_level(one)} | {len(one.checks)} |"
            for one in found
        )
        lines.append("")
    return "\n".join(lines)


def page(scenario: Scenario, requirements: Mapping[str, Requirement], killers: Killers) -> str:
    """What, why, who calls whom, what is checked and what turns it red, and the file itself."""
    return "\n".join(_page(scenario, requirements, killers)) + "\n"


def killers_of(defects: Iterable[Defect]) -> Killers:
    """The defects that each check has to show, by the check's id."""
    found: dict[str, list[Defect]] = {}
    for defect in defects:
        for check in defect.kills:
            found.setdefault(check, []).append(defect)
    return found


def _page(scenario: Scenario, requirements: Mapping[str, Requirement], killers: Killers) -> Iterator[str]:
    yield from ("---", f'title: "{scenario.id}"', "search:", "  boost: 0.7", "---", "")
    yield f"# {text(scenario.title)}"
    yield ""
    release = f"since {since(scenario)}, {channel(scenario)} channel"
    yield f"`{scenario.area}/{scenario.id}` · {support_level(scenario)} · {release}"
    yield ""
    yield from (text(line) for line in scenario.why.strip().splitlines())
    yield ""
    yield from _needs(scenario)
    drawn = graph(scenario)
    if drawn is not None:
        yield from ("## Who calls whom", "")
        yield f'<figure class="gamma-figure">{svg(drawn, f"Who calls whom in {scenario.id}")}'
        yield f"<figcaption>{_CAPTION}</figcaption></figure>"
        yield ""
        yield from _probes(scenario)
    yield from ("## What happens", "")
    for number, step in enumerate(scenario.steps, start=1):
        yield f"{number}. {text(wording.step(step))}"
    yield ""
    yield from ("## What is checked", "")
    for step_number, step in enumerate(scenario.steps, start=1):
        for check in checks_of(step):
            yield from _check(step_number, check, requirements)
            yield from _killers(killers.get(f"{scenario.id}/{check.id}", ()))
    play = f"pytest --scenario {scenario.id}"
    yield from ("## Play it", "", "```console", play, f"gamma show {scenario.id}", "```", "")
    yield from ("## The file", "", f"`{_file(scenario)}`", "", "````yaml", scenario.text.rstrip("\n"), "````")


def _needs(scenario: Scenario) -> Iterator[str]:
    needed = ", ".join(f"`{name}`" for name in sorted(features_needed(scenario)))
    yield f"Needs {needed}." if needed else "Needs no feature of its own."
    if scenario.unless:
        names = ", ".join(f"`{name}`" for name in scenario.unless)
        yield f"Played only where the mesh disclaims {names}."
    if scenario.hazard:
        yield "A hazard: it writes what a mesh may not survive, so it is played last and alone."
    yield ""


def _probes(scenario: Scenario) -> Iterator[str]:
    yield from ("| probe | from | request |", "| --- | --- | --- |")
    for name, probe in scenario.probes.items():
        clients = ", ".join(map(str, probe.clients))
        headers = "".join(f"<br>{code(f'{key}: {value}')}" for key, value in _headers(probe.headers))
        yield f"| {code(name)} | {clients} | {code(request(probe))}{headers} |"
    yield ""


def _headers(headers: Mapping[str, Iterable[str]]) -> Iterator[tuple[str, str]]:
    return ((key, value) for key, values in headers.items() for value in values)


def _check(number: int, check: Judged, requirements: Mapping[str, Requirement]) -> Iterator[str]:
    yield f"### {check.id}"
    yield ""
    yield f"In step {number}, line {check.mark.line}: {_expected(check)}."
    yield ""
    for name in check.proves:
        found = requirements[name]
        contested = ", contested" if found.contested else ""
        yield f"> {text(found.statement)}  "
        yield f"> {code(name)} ({found.strength}, {found.support}{contested}; [source]({found.link}))"
        yield ""
    likely = check.ifInstead if isinstance(check, Check) else {}
    if likely:
        yield from (f"- If it is {code(outcome)} instead: {text(why)}." for outcome, why in likely.items())
        yield ""


def _killers(defects: Sequence[Defect]) -> Iterator[str]:
    """How a mesh comes to fail this check, for a few of the defects that the lab can have."""
    if not defects:
        return
    yield from ("Defects of the lab that turn it red:", "")
    yield from (f"- {code(defect.id)}: {text(defect.story)}" for defect in defects[:_MOST_DEFECTS])
    if len(defects) > _MOST_DEFECTS:
        yield f"- and {len(defects) - _MOST_DEFECTS} more (`gamma lab defects`)"
    yield ""


def _expected(check: Judged) -> str:
    if isinstance(check, Check):
        shares = check.expect if isinstance(check.expect, dict) else {}
        wanted = " and ".join(f"{share:g} % {code(name)}" for name, share in shares.items()) or code(str(check.expect))
        return f"{code(check.probe)} is {wanted}"
    return text(wording.expected_reading(check))


def _file(scenario: Scenario) -> str:
    return f"scenarios/{scenario.area}/{scenario.id}.yaml"


def code(value: str) -> str:
    """The value as it is, set in a typewriter's type; also inside a table."""
    return f"<code>{escape(value).replace('|', '&#124;')}</code>"


def text(value: str) -> str:
    """Prose of the catalogue, of which nothing is Markdown but what stands between backticks."""
    parts = value.split("`")
    shown = [code(part) if number % 2 else _plain(part) for number, part in enumerate(parts)]
    return "".join(shown)


def _plain(value: str) -> str:
    escaped = escape(value, quote=False).replace("|", "&#124;")
    for mark in "*_[]":
        escaped = escaped.replace(mark, f"\\{mark}")
    return escaped
