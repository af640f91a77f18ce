"""A ConformanceReport in the shape of the Gateway API's own suite.

It is made of our checks, so it says so, and it names one of upstream's tests only where our checks are at least as
strong. Numbers are counts of the tests named; a test that we do not play as strongly is skipped, never passed.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from enum import Enum
from typing import Any, Protocol

import yaml

from harness.evidence.model import CheckRecord, Verdict
from harness.evidence.report import Report
from reports.facts import gateway_api, mesh_name
from reports.text import short

FILE = "conformance-report.yaml"
_GOOD = (Verdict.PASS, Verdict.XPASS)
_BAD = (Verdict.FAIL, Verdict.XFAIL, Verdict.DEVIATION)
_IDENTITY = ("organization", "project", "url", "version")
_ABOUT = """\
Made by gamma-conformance {version} (run {run}) from its own checks. It was not made by the Gateway API's conformance
suite, it is no submission to the Gateway API project, and nobody there has seen it.

A test of upstream's suite is named only where checks of ours are at least as strong: all of them passed, or one failed.
Ours may be stronger: what fails here may pass there.
Tests that our checks do not reach, or that this run could not judge, are skipped, and the result is partial then.
All numbers are counts of the tests named here. What the run found beyond them stands in report.jsonl.
"""


class Test(Protocol):
    """An upstream test, and our checks that are at least as strong; without checks the reason why none are."""

    @property
    def name(self) -> str: ...  # noqa: D102 - see the class
    @property
    def features(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def checks(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def because(self) -> str: ...  # noqa: D102


class Profile(Protocol):
    """An upstream profile, which counts the tests all of whose features it knows."""

    @property
    def name(self) -> str: ...  # noqa: D102 - see the class
    @property
    def core(self) -> Set[str]: ...  # noqa: D102
    @property
    def extended(self) -> Set[str]: ...  # noqa: D102


class Upstream(Protocol):
    """What upstream plays; `spec.upstream` has it."""

    @property
    def profiles(self) -> Sequence[Profile]: ...  # noqa: D102 - see the class
    @property
    def tests(self) -> Sequence[Test]: ...  # noqa: D102


class Result(Enum):
    """What our checks say of an upstream test."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


def render(report: Report, upstream: Upstream) -> str:
    """The document, after a comment that says what it is and why tests were skipped."""
    profiles = [made for made in (_profile(report, profile, upstream.tests) for profile in upstream.profiles) if made]
    document = {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "ConformanceReport",
        "date": short(report.footer.finished),
        "gatewayAPIVersion": short(gateway_api(report, "version")),
        "gatewayAPIChannel": short(gateway_api(report, "channel")),
        "mode": "default",
        "implementation": _implementation(report),
        "profiles": profiles,
    }
    text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=110)
    return "".join(f"# {line}".rstrip() + "\n" for line in _comment(report, upstream, profiles)) + text


def judge(test: Test, checks: Mapping[str, CheckRecord]) -> tuple[Result, str]:
    """The result, and for one that is skipped the reason; one check that failed is enough to fail."""
    if not test.checks:
        return Result.SKIPPED, test.because
    found = [checks[name] for name in test.checks if name in checks]
    if any(check.verdict in _BAD for check in found):
        return Result.FAILED, ""
    missing = [name for name in test.checks if name not in checks]
    if missing:
        return Result.SKIPPED, f"not part of this run: {', '.join(missing)}"
    unjudged = [check for check in found if check.verdict not in _GOOD]
    if unjudged:
        return Result.SKIPPED, ", ".join(f"{check.id} ended in {check.verdict}" for check in unjudged)
    return Result.PASSED, ""


def _profile(report: Report, profile: Profile, tests: Iterable[Test]) -> dict[str, Any] | None:
    """A profile's part; None where the mesh disclaims what it is about, or where nothing of it was judged."""
    claims = {claim.name: claim.state for claim in report.header.features}
    if any(claims.get(name) == "disclaimed" for name in profile.core):
        return None
    checks = {check.id: check for check in report.checks}
    counted = [test for test in tests if set(test.features) <= profile.core | profile.extended]
    core = {test.name: judge(test, checks)[0] for test in counted if set(test.features) <= profile.core}
    extended = {
        test.name: judge(test, checks)[0]
        for test in counted
        if test.name not in core and all(claims.get(name) == "claimed" for name in set(test.features) - profile.core)
    }
    if all(result is Result.SKIPPED for result in (core | extended).values()):
        return None
    made: dict[str, Any] = {"name": profile.name, "core": _status(core)}
    summary = f"Core tests {_summary(core)}."
    if extended:
        supported, unsupported = (
            sorted(name for name in profile.extended if claims.get(name) == state)
            for state in ("claimed", "disclaimed")
        )
        made["extended"] = (
            _status(extended) | _some("supportedFeatures", supported) | _some("unsupportedFeatures", unsupported)
        )
        summary += f" Extended tests {_summary(extended)}."
    return made | {"summary": summary}


def _status(results: Mapping[str, Result]) -> dict[str, Any]:
    named = {result: sorted(name for name, found in results.items() if found is result) for result in Result}
    failed, skipped = named[Result.FAILED], named[Result.SKIPPED]
    return {
        "result": "failure" if failed else "partial" if skipped else "success",
        "statistics": {"Passed": len(named[Result.PASSED]), "Skipped": len(skipped), "Failed": len(failed)},
        **_some("skippedTests", skipped),
        **_some("failedTests", failed),
    }


def _some(key: str, names: Iterable[str]) -> dict[str, list[str]]:
    listed = list(names)
    return {key: listed} if listed else {}


def _summary(results: Mapping[str, Result]) -> str:
    failed = sum(result is Result.FAILED for result in results.values())
    skipped = sum(result is Result.SKIPPED for result in results.values())
    if failed:
        return f"failed with {failed} test failures"
    return f"partially succeeded with {skipped} test skips" if skipped else "succeeded"


def _implementation(report: Report) -> dict[str, Any]:
    identity = report.header.mesh.get("identity") or {}
    named = {key: short(str(identity.get(key) or "")) for key in _IDENTITY}
    return named | {"contact": [short(str(one)) for one in identity.get("contact") or ()]}


def _comment(report: Report, upstream: Upstream, profiles: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    about = _ABOUT.format(version=short(report.header.suite_version), run=short(report.header.run))
    for number, part in enumerate(about.split("\n\n")):
        yield from ([""] if number else [])
        yield from textwrap.wrap(part, 110)
    yield from ("", f"Mesh profile: {short(mesh_name(report))}")
    if not report.footer.complete:
        yield f"THE RUN IS INCOMPLETE: {short(report.footer.why_incomplete)}"
    checks = {check.id: check for check in report.checks}
    parts = [part for profile in profiles for part in profile.values() if isinstance(part, dict)]
    named = {name for part in parts for name in part.get("skippedTests", ())}
    reasons = [(test.name, judge(test, checks)[1]) for test in upstream.tests if test.name in named]
    if reasons:
        yield from ("", "Skipped:")
        for name, why in reasons:
            yield from textwrap.wrap(f"{name}: {short(why)}", 110, initial_indent="  ", subsequent_indent="    ")
    left_out = [
        profile.name for profile in upstream.profiles if profile.name not in {made["name"] for made in profiles}
    ]
    if left_out:
        yield from ("", f"Left out, as disclaimed or not judged at all: {', '.join(left_out)}")
    known = [profile.core | profile.extended for profile in upstream.profiles]
    beside = [test for test in upstream.tests if not any(set(test.features) <= one for one in known)]
    results = [f"{test.name} {judge(test, checks)[0].value}" for test in beside]
    yield from ("", "Upstream counts these tests in no profile:")
    yield from textwrap.wrap(", ".join(results), 110, initial_indent="  ", subsequent_indent="  ")
