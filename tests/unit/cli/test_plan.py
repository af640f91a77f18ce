"""gamma plan, gamma stage and what gamma clean says of bad options; none of it asks a cluster."""

from __future__ import annotations

import json

import pytest
import yaml

from cli import main as gamma


def told(capsys, *arguments):
    assert gamma.main(arguments) == 0
    return capsys.readouterr().out


def test_a_plan_names_objects_verbs_requests_and_minutes(capsys):
    out = told(capsys, "plan", "--scenario", "unmatched-rejected", "--namespace-prefix", "x-", "-n", "2")
    assert out.startswith("plays     1 scenario with 3 checks\n")
    assert "x-producer, x-consumer, " in out
    assert "1 HTTPRoute: each while its scenario is played" in out
    assert "create, delete, get, patch, list, watch httproutes.gateway.networking.k8s.io in these namespaces" in out
    assert "minutes with 2 workers" in out


def test_what_a_mesh_disclaims_is_not_part_of_the_plan(capsys):
    facts = json.loads(told(capsys, "plan", "--scenario", "consumer-timeout", "--json"))
    assert (facts["scenarios"], facts["skipped"]) == (1, 0)
    without = json.loads(
        told(capsys, "plan", "--scenario", "consumer-timeout", "--json", "--features=-HTTPRouteRequestTimeout")
    )
    assert (without["scenarios"], without["skipped"], without["requests"]) == (0, 1, 0)


def test_shards_share_the_plan(capsys):
    whole, *parts = (
        json.loads(told(capsys, "plan", "--json", *shard))["requests"]
        for shard in ([], ["--shard", "1/2"], ["--shard", "2/2"])
    )
    assert sum(parts) == whole


@pytest.mark.parametrize(
    "arguments",
    [
        ["plan", "--shard", "3/2"],
        ["plan", "--repeat", "0"],
        ["plan", "--namespace-prefix", "No"],
        ["stage", "--print", "--namespace-prefix", "-"],
        ["clean", "--all", "--namespace-prefix", "x-"],
        ["clean", "--namespace-prefix", "X"],
    ],
)
def test_values_that_cannot_work_end_with_4(capsys, arguments):
    assert gamma.main(arguments) == 4
    assert capsys.readouterr().err.startswith(f"gamma {arguments[0]}: ")


def test_prepared_namespaces_carry_our_label_the_annotation_and_the_enrolment(capsys):
    objects = list(yaml.safe_load_all(told(capsys, "stage", "--print", "--namespace-prefix", "x-")))
    assert [obj["metadata"]["name"] for obj in objects][:2] == ["x-producer", "x-consumer"]
    for obj in objects:
        assert obj["metadata"]["labels"]["gamma.test/owner"] == "gamma-conformance"
        assert "gamma.test/run" not in obj["metadata"]["labels"]
        assert obj["metadata"]["annotations"]["gamma.test/prepared"] == "true"
