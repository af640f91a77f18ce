"""A ConformanceReport names upstream's tests where our checks say something about them, and counts nothing else."""

from __future__ import annotations

import pytest
import yaml

from harness.evidence import load
from harness.evidence.model import FeatureClaim, Verdict
from reports import conformance
from reports.conformance import Result, judge
from spec.upstream import UpstreamProfile, UpstreamTest, UpstreamTests
from spec.upstream import load as upstream
from tests.evidence_samples import check, write_report

UPSTREAM = UpstreamTests(
    profiles=(
        UpstreamProfile("MESH-HTTP", frozenset({"Mesh", "HTTPRoute"}), frozenset({"Extra", "More"})),
        UpstreamProfile("MESH-GRPC", frozenset({"Mesh", "GRPCRoute"}), frozenset({"Extra", "More"})),
    ),
    tests=(
        UpstreamTest("MeshBasic", ("Mesh",), ("unmatched/basic",), ""),
        UpstreamTest("MeshPair", ("Mesh", "HTTPRoute"), ("unmatched/one", "unmatched/two"), ""),
        UpstreamTest("MeshExtra", ("HTTPRoute", "Extra"), ("unmatched/extra",), ""),
        UpstreamTest("MeshMore", ("HTTPRoute", "More"), (), "not played with more"),
        UpstreamTest("MeshBeside", ("HTTPRoute", "Elsewhere"), ("unmatched/one",), ""),
        UpstreamTest("MeshCall", ("GRPCRoute",), ("unmatched/call",), ""),
    ),
)


def claims(**states: str) -> tuple[FeatureClaim, ...]:
    known = {"Mesh": "claimed", "HTTPRoute": "claimed", "GRPCRoute": "claimed", **states}
    return tuple(FeatureClaim(name=name, support="core", state=state) for name, state in known.items())


def rendered(directory, verdicts: dict[str, Verdict], features=(), **head):
    checks = tuple(check(name, verdict) for name, verdict in verdicts.items())
    report = load(write_report(directory, checks, features=features or claims(), **head), allow_incomplete=True)
    text = conformance.render(report, UPSTREAM)
    return text, yaml.safe_load(text)


ALL_GOOD = {"basic": Verdict.PASS, "one": Verdict.PASS, "two": Verdict.PASS, "call": Verdict.PASS}


def test_all_good_is_a_success_of_what_was_played(tmp_path):
    identity = {"organization": "acme", "project": "mesh", "url": "https://acme.example", "version": "1.2"}
    mesh = {"name": "acme", "identity": {**identity, "contact": ["@acme/mesh"]}}
    cluster = {"gateway_api": {"version": "v1.6.1", "channel": "standard"}}
    text, found = rendered(tmp_path, ALL_GOOD, mesh=mesh, cluster=cluster)
    assert {key: found[key] for key in found if key not in ("date", "profiles")} == {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "ConformanceReport",
        "gatewayAPIVersion": "v1.6.1",
        "gatewayAPIChannel": "standard",
        "mode": "default",
        "implementation": {**identity, "contact": ["@acme/mesh"]},
    }
    good = {"result": "success", "statistics": {"Passed": 2, "Skipped": 0, "Failed": 0}}
    assert found["profiles"] == [
        {"name": "MESH-HTTP", "core": good, "summary": "Core tests succeeded."},
        {"name": "MESH-GRPC", "core": good, "summary": "Core tests succeeded."},
    ]
    comment = text.split("apiVersion")[0]
    assert all(line.startswith("#") for line in comment.splitlines())
    assert "no submission" in comment.replace("\n# ", " ")
    assert "MeshBeside passed" in comment


def test_one_failed_check_fails_its_test(tmp_path):
    _, found = rendered(tmp_path, {**ALL_GOOD, "two": Verdict.XFAIL})
    assert found["profiles"][0] == {
        "name": "MESH-HTTP",
        "core": {
            "result": "failure",
            "statistics": {"Passed": 1, "Skipped": 0, "Failed": 1},
            "failedTests": ["MeshPair"],
        },
        "summary": "Core tests failed with 1 test failures.",
    }


def test_what_was_not_judged_is_skipped_with_its_reason(tmp_path):
    features = claims(Extra="claimed", More="claimed")
    text, found = rendered(tmp_path, {**ALL_GOOD, "two": Verdict.ERROR}, features)
    http = found["profiles"][0]
    assert http["core"]["result"] == "partial"
    assert http["core"]["skippedTests"] == ["MeshPair"]
    assert http["extended"] == {
        "result": "partial",
        "statistics": {"Passed": 0, "Skipped": 2, "Failed": 0},
        "skippedTests": ["MeshExtra", "MeshMore"],
        "supportedFeatures": ["Extra", "More"],
    }
    assert "MeshPair: unmatched/two ended in error" in text
    assert "MeshExtra: not part of this run: unmatched/extra" in text
    assert "MeshMore: not played with more" in text


def test_features_that_nobody_claims_are_not_counted(tmp_path):
    verdicts = {**ALL_GOOD, "extra": Verdict.PASS}
    features = claims(Extra="claimed", More="disclaimed")
    _, found = rendered(tmp_path, verdicts, features)
    assert found["profiles"][0]["extended"] == {
        "result": "success",
        "statistics": {"Passed": 1, "Skipped": 0, "Failed": 0},
        "supportedFeatures": ["Extra"],
        "unsupportedFeatures": ["More"],
    }


def test_a_profile_that_is_disclaimed_or_not_judged_is_left_out(tmp_path):
    text, found = rendered(tmp_path / "a", ALL_GOOD, claims(GRPCRoute="disclaimed"))
    assert [made["name"] for made in found["profiles"]] == ["MESH-HTTP"]
    assert "Left out, as disclaimed or not judged at all: MESH-GRPC" in text
    _, found = rendered(tmp_path / "b", {"other": Verdict.PASS})
    assert found["profiles"] == []


@pytest.mark.parametrize("verdict", Verdict)
def test_nothing_but_a_pass_passes(verdict):
    test = UpstreamTest("MeshBasic", ("Mesh",), ("unmatched/basic",), "")
    result, _ = judge(test, {"unmatched/basic": check("basic", verdict)})
    good, bad = {Verdict.PASS, Verdict.XPASS}, {Verdict.FAIL, Verdict.XFAIL, Verdict.DEVIATION}
    assert result is (Result.PASSED if verdict in good else Result.FAILED if verdict in bad else Result.SKIPPED)


def test_an_interrupted_run_says_so(tmp_path):
    text, _ = rendered(tmp_path, ALL_GOOD, why_incomplete="killed\nby: hand")
    assert r"# THE RUN IS INCOMPLETE: killed\nby: hand" in text


def test_upstream_s_profiles_count_16_of_the_23_tests():
    found = upstream()
    core = {profile.name: sum(set(test.features) <= profile.core for test in found.tests) for profile in found.profiles}
    known = [profile.core | profile.extended for profile in found.profiles]
    assert core == {"MESH-HTTP": 7, "MESH-GRPC": 3}
    assert sum(any(set(test.features) <= one for one in known) for test in found.tests) == 16
