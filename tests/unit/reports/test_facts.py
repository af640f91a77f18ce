"""The facts about a run that every page begins with."""

from __future__ import annotations

from harness.evidence import load
from reports.facts import facts, mesh_name
from tests.evidence_samples import write_report

MESH = {"name": "lab", "identity": {"organization": "gamma", "version": "", "contact": ["a", "b"]}}
CLUSTER = {
    "server": "",
    "version": "v1.34.0",
    "gateway_api": {"version": "v1.6.1", "channel": "standard"},
    "nodes": None,
}


def test_nested_facts_are_flat_and_empty_ones_left_out(tmp_path):
    report = load(write_report(tmp_path, mesh=MESH, cluster=CLUSTER))
    assert mesh_name(report) == "lab"
    assert facts(report) == [
        ("run", "20260102-030405-abcd"),
        ("started", "2026-01-02T03:04:05+00:00"),
        ("mesh organization", "gamma"),
        ("mesh contact", "a, b"),
        ("version", "v1.34.0"),
        ("gateway api version", "v1.6.1"),
        ("gateway api channel", "standard"),
        ("suite", "0.1.0"),
        ("seed", "7"),
        ("exit status", "1"),
    ]


def test_a_header_without_mesh_is_readable(tmp_path):
    assert mesh_name(load(write_report(tmp_path, mesh={}))) == "unknown mesh"
