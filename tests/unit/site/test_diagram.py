"""Who calls whom: found in the scenario, and drawn so that it can be read, or heard."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from cli.site.diagram import svg, words
from cli.site.graph import Edge, graph
from cli.site.rules import rules
from harness.scenario import load_catalogue

CATALOGUE = load_catalogue([Path(__file__).resolve().parents[3] / "scenarios"])
SVG = "{http://www.w3.org/2000/svg}"


def test_clients_services_routes_and_workloads_are_joined():
    found = graph(CATALOGUE["consumer-replaces-older"])
    assert found is not None
    service, producer, consumer = "service/producer/replaces", "HTTPRoute/producer/replaces-producer", ""
    consumer = "HTTPRoute/consumer/replaces-consumer"
    assert set(found.edges) >= {
        Edge("client/consumer/client", service, "sends"),
        Edge("client/bystander/client", service, "sends"),
        Edge(service, producer, "governs"),
        Edge(service, consumer, "governs"),
        Edge(producer, "workload/producer/echo-v2", "routes", 0),
        Edge(consumer, "workload/producer/echo-v3", "routes", 0),
        Edge(service, "workload/producer/echo-v1", "forwards"),
    }
    assert found.boxes[consumer].lines == ("/c/* or /both/* → replaces-v3",)
    told = words(found)
    assert "client (consumer) sends to replaces (producer)." in told
    assert "replaces (producer) is governed by replaces-consumer (consumer)." in told


def test_a_backend_that_is_not_there_is_shown_as_such():
    kinds = {box.kind for scenario in CATALOGUE.values() if (found := graph(scenario)) for box in found.boxes.values()}
    assert kinds == {"client", "service", "route", "workload", "missing"}


def test_a_scenario_without_probes_has_no_picture():
    silent = [scenario for scenario in CATALOGUE.values() if not scenario.probes]
    assert silent
    assert all(graph(scenario) is None for scenario in silent)


@pytest.mark.parametrize("name", sorted(CATALOGUE))
def test_every_picture_is_well_formed_and_nothing_lies_outside_or_on_something_else(name):
    found = graph(CATALOGUE[name])
    if found is None:
        return
    picture = ET.fromstring(svg(found, "who & whom"))
    assert picture.findtext(f"{SVG}title") == "who & whom"
    _, _, width, height = map(float, picture.attrib["viewBox"].split())
    boxes = [
        tuple(float(rect.attrib[key]) for key in ("x", "y", "width", "height")) for rect in picture.iter(f"{SVG}rect")
    ]
    assert len(boxes) == len(found.boxes)
    for number, (x, y, wide, high) in enumerate(boxes):
        assert min(x, y) >= 0
        assert x + wide <= width
        assert y + high <= height
        for left, top, other_wide, other_high in boxes[number + 1 :]:
            apart = left >= x + wide or x >= left + other_wide or top >= y + high or y >= top + other_high
            assert apart, (name, (x, y), (left, top))
    assert {box.id for box in found.boxes.values()} >= {edge.source for edge in found.edges}


def test_rules_are_told_in_a_line_each():
    route = {
        "spec": {
            "rules": [
                {
                    "matches": [
                        {"path": {"type": "Exact", "value": "/a"}, "headers": [{"name": "x", "value": "1"}]},
                        {"method": "POST", "queryParams": [{"name": "q", "value": "2"}]},
                    ],
                    "filters": [{"type": "RequestMirror"}, {"type": "ExtensionRef"}],
                    "timeouts": {"request": "2s"},
                    "retry": {"attempts": 3},
                    "backendRefs": [{"name": "a", "weight": 70}, {"name": "b", "namespace": "n", "weight": 0}],
                },
                {"matches": [{"method": {"service": "s", "method": "m"}}], "backendRefs": [{"name": "c"}]},
                {"matches": [{"path": {"value": "/"}}], "filters": [{"type": "RequestRedirect"}]},
            ]
        }
    }
    assert [line for rule in rules(route) for line in rule.lines(80)] == [
        "= /a x: 1 or POST ?q=2; mirror; ExtensionRef; timeout 2s; retry 3 → a 70, b 0",
        "s/m → c",
        "/*; redirect",
    ]
    assert rules(route)[0].lines(20)[1] == "  → a 70, b 0"
    assert rules({"spec": {}}) == []
