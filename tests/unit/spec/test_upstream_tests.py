"""What stands for an upstream test exists, and every upstream test that a requirement names is accounted for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import spec.features
import spec.requirements
from harness.scenario.load import load_catalogue
from spec import upstream
from spec.documents import SpecError

SCENARIOS = Path(__file__).resolve().parents[3] / "scenarios"


@pytest.fixture(scope="module")
def checks() -> dict[str, tuple[str, ...]]:
    """Requirements proven, by check id."""
    catalogue = load_catalogue([SCENARIOS])
    return {f"{one.id}/{check.check}": tuple(check.proves) for one in catalogue.values() for check in one.checks}


def test_every_check_exists(checks) -> None:
    named = {check for test in upstream.load().tests for check in test.checks}
    assert named - set(checks) == set()


def test_every_feature_exists() -> None:
    known = set(spec.features.load())
    found = upstream.load()
    named = {feature for test in found.tests for feature in test.features}
    named |= {feature for profile in found.profiles for feature in profile.core | profile.extended}
    assert named - known == set()


def test_every_test_that_the_requirements_name_is_there() -> None:
    texts = [one.upstream_mesh_test for one in spec.requirements.load().values()]
    named = {name for text in texts for name in re.findall(r"\bMesh[A-Z]\w+", text)} - set(spec.features.load())
    assert named - {test.name for test in upstream.load().tests} == set()
    assert len(upstream.load().tests) == 23


def test_checks_prove_what_upstream_covers_by_the_test(checks) -> None:
    """Of each statement that a mapped test covers alone, at least one check is named."""
    mapped = {test.name: {one for check in test.checks for one in checks[check]} for test in upstream.load().tests}
    about_more = {  # what upstream is said to cover by the mere fact that its test passes
        "attachment.no-gateway-objects-needed",
        "attachment.transparent-to-clients",
        "backends.redirect-rule-needs-none",
        "grpc.attach-and-forward",
        "grpc.no-matches-matches-all",
        "lifecycle.create-takes-effect",
        "matching.no-matches-matches-all",
        "matching.header-name-case-insensitive",
        "producer-consumer.producer-same-namespace-client",
    }
    for one in spec.requirements.load().values():
        if one.upstream_coverage == "covered" and mapped.get(one.upstream_mesh_test) and one.id not in about_more:
            assert one.id in mapped[one.upstream_mesh_test], one.upstream_mesh_test


def test_a_test_has_checks_or_a_reason() -> None:
    for entry in ({"features": []}, {"features": [], "checks": ["a/b"], "because": "both"}):
        with pytest.raises(SpecError):
            upstream._test("MeshNothing", entry)
