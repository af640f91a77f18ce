"""Another namespace prefix replaces ours in whole names of our namespaces, and nowhere else."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.scenario.basics import NAMESPACE_PREFIX, ROLES
from harness.scenario.prefix import with_prefix

from .spoil import good


@pytest.mark.parametrize(
    ("text", "mapped"),
    [
        ("gamma-consumer", "x-consumer"),
        ("gamma-consumer-b", "x-consumer-b"),
        ("http://good.gamma-producer/known", "http://good.x-producer/known"),
        ("http://a.gamma-producer.svc.cluster.local:80/", "http://a.x-producer.svc.cluster.local:80/"),
        ("gamma-outside,gamma-bystander", "x-outside,x-bystander"),
        ("gamma-consumer-c", "gamma-consumer-c"),
        ("gamma-consumers", "gamma-consumers"),
        ("my-gamma-consumer", "my-gamma-consumer"),
        ("xgamma-consumer", "xgamma-consumer"),
        ("gamma-lab-system", "gamma-lab-system"),
        ("x-gamma-route", "x-gamma-route"),
        ("gamma-conformance", "gamma-conformance"),
    ],
)
def test_only_whole_labels_are_mapped(text: str, mapped: str) -> None:
    assert with_prefix(text, "x-") == mapped


def test_every_string_of_a_scenario_is_mapped() -> None:
    scenario = with_prefix(good(), "x-")
    assert scenario.manifests["route"][0]["metadata"]["namespace"] == "x-consumer"
    assert scenario.manifests["route"][0]["spec"]["parentRefs"][0]["namespace"] == "x-producer"
    assert {probe.url.split("/")[2].split(".")[1] for probe in scenario.probes.values()} == {"x-producer"}
    assert NAMESPACE_PREFIX not in str(scenario.manifests)


def test_a_mapped_scenario_keeps_its_place_and_checks() -> None:
    before = good()
    after = with_prefix(before, "x-")
    assert (after.mark, after.area, after.digest, after.checks) == (
        before.mark,
        before.area,
        before.digest,
        before.checks,
    )
    assert after.outcomes["v2"].mark == before.outcomes["v2"].mark
    assert after.probes["slow"].mark == before.probes["slow"].mark
    assert after.at("manifests", "route", 0) == before.at("manifests", "route", 0)
    assert before.manifests["route"][0]["metadata"]["namespace"] == "gamma-consumer"


def test_outcomes_are_mapped_with_their_durations() -> None:
    scenario = with_prefix(good(('/split"}', '/split", headers: {h: gamma-consumer}}')), "x-")
    assert scenario.probes["split"].headers == {"h": ("x-consumer",)}
    timed = scenario.outcomes["timed-out"].timedOut
    assert timed is not None
    assert (timed.after, timed.early) == (0.5, 0.02)


def test_objects_of_the_whole_cluster_have_the_prefix_in_their_names() -> None:
    mesh = {"kind": "XMesh", "metadata": {"name": "gamma-mine"}, "spec": {"parametersRef": {"kind": "XMesh"}}}
    mapped = {**mesh, "metadata": {"name": "x-mine"}}
    assert with_prefix([mesh], "x-") == [mapped]
    assert with_prefix({"kind": "Service", "metadata": {"name": "gamma-mine"}}, "x-")["metadata"] == {
        "name": "gamma-mine"
    }


def test_our_own_prefix_changes_nothing() -> None:
    scenario = good()
    assert with_prefix(scenario, NAMESPACE_PREFIX) is scenario


_PREFIXES = st.from_regex(r"[a-z][a-z0-9]{0,8}-", fullmatch=True)
_PIECES = st.lists(st.sampled_from([*ROLES, "gamma-", "x", "-", ".", "/", "gamma-consumer", "gamma-producer", "b"]))


@settings(max_examples=100)
@given(_PIECES.map("".join), _PREFIXES)
def test_mapping_twice_is_mapping_once(text: str, prefix: str) -> None:
    once = with_prefix(text, prefix)
    if prefix != NAMESPACE_PREFIX:
        assert with_prefix(once, prefix) == once


@settings(max_examples=100)
@given(
    st.sampled_from(ROLES), _PREFIXES, st.text("abc.:/", max_size=4), st.sampled_from(["", ".svc", "/x", ":80/", ","])
)
def test_what_stands_around_a_name_stays(role: str, prefix: str, before: str, after: str) -> None:
    lead = f"{before}." if before else ""
    assert with_prefix(f"{lead}gamma-{role}{after}", prefix) == f"{lead}{prefix}{role}{after}"
