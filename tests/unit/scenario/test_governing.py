"""Which rule governs a request, for the rule about timing; and what URLs name."""

from __future__ import annotations

from typing import Any

import pytest

from harness.scenario.basics import Client
from harness.scenario.destination import Destination, destination
from harness.scenario.model import Probe
from harness.scenario.rules.governing import governing_rule

CONSUMER, PRODUCER = Client("consumer"), Client("producer")


def route(namespace: str, *rules: dict[str, Any], **parent: Any) -> dict[str, Any]:
    reference = {"group": "", "kind": "Service", "name": "good", "namespace": "gamma-producer", **parent}
    metadata = {"name": "r", "namespace": f"gamma-{namespace}"}
    return {"kind": "HTTPRoute", "metadata": metadata, "spec": {"parentRefs": [reference], "rules": list(rules)}}


def rule(name: str, *matches: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "matches": list(matches)}


def prefix(value: str, **more: Any) -> dict[str, Any]:
    return {"path": {"type": "PathPrefix", "value": value}, **more}


def exact(value: str) -> dict[str, Any]:
    return {"path": {"type": "Exact", "value": value}}


def governs(routes: list[dict[str, Any]], path: str = "/", client: Client = CONSUMER, **probe: Any) -> str | None:
    url = probe.pop("url", f"http://good.gamma-producer{path}")
    sent = Probe.model_validate({"from": [str(client)], "url": url, **probe})
    found = governing_rule(routes, sent, client)
    return None if found is None else str(found.get("name", "default"))


def test_a_request_that_nothing_matches_is_governed_by_nothing() -> None:
    assert governs([]) is None
    assert governs([route("producer", rule("a", prefix("/a")))], "/ab") is None


@pytest.mark.parametrize("path", ["/a", "/a/", "/a/b"])
def test_prefixes_match_by_elements(path: str) -> None:
    assert governs([route("producer", rule("a", prefix("/a")))], path) == "a"


def test_exact_paths_win_over_prefixes_and_longer_prefixes_over_shorter() -> None:
    routes = [route("producer", rule("root", prefix("/")), rule("long", prefix("/a/b")), rule("exact", exact("/a")))]
    assert governs(routes, "/a") == "exact"
    assert governs(routes, "/a/b/c") == "long"
    assert governs(routes, "/b") == "root"


def test_methods_headers_and_queries_decide_in_this_order() -> None:
    routes = [
        route(
            "producer",
            rule("query", {"queryParams": [{"name": "q", "value": "1"}]}),
            rule("header", {"headers": [{"name": "X-H", "value": "1"}]}),
            rule("method", {"method": "POST"}),
        )
    ]
    headers = {"x-h": "1"}
    assert governs(routes, "/?q=1", headers=headers, method="POST") == "method"
    assert governs(routes, "/?q=1", headers=headers) == "header"
    assert governs(routes, "/?q=1") == "query"
    assert governs(routes, "/?Q=1") is None


def test_regular_expressions_are_matched_in_full() -> None:
    routes = [route("producer", rule("r", {"path": {"type": "RegularExpression", "value": "/a+"}}))]
    assert governs(routes, "/aaa") == "r"
    assert governs(routes, "/aaab") is None


def test_a_consumer_route_replaces_the_producer_route_for_its_namespace() -> None:
    routes = [route("producer", rule("theirs", prefix("/"))), route("consumer", rule("ours", prefix("/a")))]
    assert governs(routes, "/a") == "ours"
    assert governs(routes, "/b") is None
    assert governs(routes, "/a", PRODUCER) == "theirs"


def test_only_the_port_of_the_parent_is_governed() -> None:
    routes = [route("producer", rule("a", prefix("/")), port=80)]
    assert governs(routes) == "a"
    assert governs(routes, url="http://good.gamma-producer:8081/") is None


def test_rules_and_matches_left_out_match_everything() -> None:
    assert governs([route("producer")]) == "default"
    assert governs([route("producer", {"name": "any"})]) == "any"


def test_pods_are_governed_by_nothing() -> None:
    assert governs([route("producer")], url="podip://echo-v1.gamma-producer:8080/") is None


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://good/x", Destination("http", "good", "gamma-consumer", 80)),
        ("http://good.gamma-producer", Destination("http", "good", "gamma-producer", 80)),
        ("http://good.gamma-producer.svc:81/", Destination("http", "good", "gamma-producer", 81)),
        ("http://good.gamma-producer.svc.cluster.local/", Destination("http", "good", "gamma-producer", 80)),
        ("clusterip://good.gamma-producer:80/", Destination("clusterip", "good", "gamma-producer", 80)),
        ("podip://echo-v1.gamma-producer:8080/", Destination("podip", "echo-v1", "gamma-producer", 8080)),
    ],
)
def test_a_url_names_a_service_or_a_pod(url: str, expected: Destination) -> None:
    assert destination(url, CONSUMER) == expected


@pytest.mark.parametrize(
    "url",
    [
        "",
        "good",
        "ftp://good/",
        "http://",
        "http://a.b.c/",
        "http://a.b.svc.local/",
        "podip://a/",
        "http://a:b/",
        "http://[/",
    ],
)
def test_a_url_that_names_nothing_says_why(url: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        destination(url, CONSUMER)
