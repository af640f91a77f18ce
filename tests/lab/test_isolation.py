"""Runs that share a cluster: beside each other, after one that was killed, in namespaces of others."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import yaml

from harness.cluster import Ref, Selection
from harness.evidence import load
from harness.evidence.model import Verdict
from tests.lab.shared_lab import SharedLab, finished, shared_lab


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharedLab]:
    with shared_lab(tmp_path_factory.mktemp("lab")) as shared:
        yield shared


def namespaces(lab: SharedLab, prefix: str) -> list[str]:
    found = (obj["metadata"]["name"] for obj in lab.cluster.select(Selection("v1", "Namespace")))
    return sorted(name for name in found if name.startswith(prefix))


def passed(directory, prefix: str) -> None:
    report = load(directory)
    assert {check.verdict for check in report.checks} == {Verdict.PASS}
    assert prefix in report.checks[0].request


def test_two_runs_with_different_prefixes_are_both_right(lab, tmp_path):
    runs = {prefix: lab.run(tmp_path / prefix, "--namespace-prefix", prefix) for prefix in ("one-", "two-")}
    for prefix, process in runs.items():
        status, output = finished(process)
        assert status == 0, output
        passed(tmp_path / prefix, prefix)
        assert namespaces(lab, prefix) == []


def test_a_prefix_in_use_is_refused_and_a_killed_run_is_cleaned_by_the_next(lab, tmp_path):
    prefix = ("--namespace-prefix", "three-")
    first = lab.run(tmp_path / "first", *prefix, scenario="*timeout*")  # takes long enough
    lab.playing(tmp_path / "first", first)

    status, output = finished(lab.run(tmp_path / "second", *prefix))
    assert status == 3, output
    assert "the namespaces three-* are in use by run " in output
    status, output = lab.gamma("clean", *prefix)
    assert status == 3, output
    assert "left alone" in output
    assert first.poll() is None, "nothing disturbed the run that lives"

    lab.kill(first)
    assert len(namespaces(lab, "three-")) == 5
    routes = Selection("gateway.networking.k8s.io/v1", "HTTPRoute", "three-producer")
    left = {**lab.cluster.select(Selection("v1", "Service", "three-producer"))[0]["metadata"]["labels"]}
    left["gamma.test/scenario"] = "left-behind"
    route = {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "HTTPRoute",
        "metadata": {"name": "left-behind", "namespace": "three-producer", "labels": left},
        "spec": {"parentRefs": [{"group": "", "kind": "Service", "name": "unmatched"}]},
    }
    lab.cluster.apply(route)
    again = lab.run(tmp_path / "third", *prefix)
    lab.playing(tmp_path / "third", again)
    assert "left-behind" not in {obj["metadata"]["name"] for obj in lab.cluster.select(routes)}
    status, output = finished(again)
    assert status == 0, output
    passed(tmp_path / "third", "three-")
    assert namespaces(lab, "three-") == []


def test_clean_takes_away_what_a_killed_run_left_and_nothing_else(lab, tmp_path):
    process = lab.run(tmp_path / "run", "--namespace-prefix", "four-")
    lab.playing(tmp_path / "run", process)
    lab.kill(process)
    foreign = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "four-elsewhere"}}
    lab.cluster.apply(foreign)
    status, output = lab.gamma("clean", "--all", "--dry-run")
    assert status == 0, output
    assert "would delete Namespace four-producer" in output
    assert len(namespaces(lab, "four-")) == 6
    status, output = lab.gamma("clean", "--namespace-prefix", "four-")
    assert status == 0, output
    assert "deleting Namespace four-consumer-b" in output
    assert namespaces(lab, "four-") == ["four-elsewhere"]
    status, output = lab.gamma("clean", "--namespace-prefix", "four-")
    assert status == 0, output
    assert "nothing of ours is there" in output


def test_a_namespace_of_somebody_else_is_refused_and_left_alone(lab, tmp_path):
    name = "five-consumer"
    lab.cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    before = lab.cluster.get(Ref("v1", "Namespace", "", name))
    status, output = finished(lab.run(tmp_path / "run", "--namespace-prefix", "five-"))
    assert status == 4, output
    assert "the namespace five-consumer exists and is not ours" in output
    assert "choose another prefix" in output
    assert namespaces(lab, "five-") == [name]
    assert lab.cluster.get(Ref("v1", "Namespace", "", name)) == before


def test_namespaces_that_were_prepared_are_used_and_kept(lab, tmp_path):
    status, printed = lab.gamma("stage", "--print", "--namespace-prefix", "six-")
    assert status == 0, printed
    for obj in yaml.safe_load_all(printed):
        lab.cluster.apply(obj)
    before = namespaces(lab, "six-")
    assert len(before) == 5
    status, output = finished(lab.run(tmp_path / "run", "--namespace-prefix", "six-", "-n", "2"))
    assert status == 0, output
    passed(tmp_path / "run", "six-")
    assert namespaces(lab, "six-") == before
    for kind, version in (("Deployment", "apps/v1"), ("Service", "v1"), ("ConfigMap", "v1"), ("Pod", "v1")):
        ours = Selection(version, kind, "six-producer", labels="gamma.test/owner=gamma-conformance")
        assert lab.cluster.select(ours) == [], kind
    status, output = lab.gamma("clean", "--namespace-prefix", "six-")
    assert status == 0, output
    assert "keeping Namespace six-producer" in output
    assert namespaces(lab, "six-") == before
