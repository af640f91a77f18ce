"""Paths, content negotiation, JSONPath, ages, versions, names, tokens, configuration."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.api import clock, jsonpath, names, negotiate, paths, tls
from lab.api.auth import Authenticator, User
from lab.api.discovery import _stability
from lab.api.errors import StatusError
from lab.api.main import ApiConfig, TokenUser, from_json, to_json
from lab.api.paths import ApiPath


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/api/v1/pods", ApiPath("", "v1", "pods")),
        ("/api/v1/namespaces", ApiPath("", "v1", "namespaces")),
        ("/api/v1/namespaces/a", ApiPath("", "v1", "namespaces", "", "a")),
        ("/api/v1/namespaces/a/status", ApiPath("", "v1", "namespaces", "", "a", "status")),
        ("/api/v1/namespaces/a/pods", ApiPath("", "v1", "pods", "a")),
        ("/api/v1/namespaces/a/pods/p/log", ApiPath("", "v1", "pods", "a", "p", "log")),
        ("/apis/apps/v1/namespaces/a/deployments/d", ApiPath("apps", "v1", "deployments", "a", "d")),
        ("/apis/apps/v1/deployments", ApiPath("apps", "v1", "deployments")),
        ("/api/v1/namespaces/a/configmaps/x%2Fy", ApiPath("", "v1", "configmaps", "a", "x/y")),
        ("/api/v1", None),
        ("/apis/apps/v1", None),
        ("/version", None),
        ("/api/v1/pods/a/b/c", None),
        ("/api/v1//pods", None),
    ],
)
def test_paths(path: str, expected: ApiPath | None) -> None:
    assert paths.parse(path) == expected


@given(st.text(max_size=40))
def test_no_path_breaks_the_parser(text: str) -> None:
    paths.parse(f"/{text}")


TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"


@pytest.mark.parametrize(
    ("header", "form"),
    [
        ("", "object"),
        ("*/*", "object"),
        ("application/json", "object"),
        (f"{TABLE},application/json", "table"),
        ("application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json", "object"),
        ("application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io", "metadata"),
        ("application/vnd.kubernetes.protobuf,application/json", "object"),
    ],
)
def test_forms(header: str, form: str) -> None:
    assert negotiate.object_form(header) == form


def test_protobuf_alone_is_not_acceptable() -> None:
    with pytest.raises(StatusError) as refused:
        negotiate.object_form("application/vnd.kubernetes.protobuf")
    assert refused.value.code == 406


def test_aggregated_discovery_only_when_preferred() -> None:
    wanted = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
    assert negotiate.accepts_aggregated(f"{wanted},application/json")
    assert not negotiate.accepts_aggregated(f"application/json,{wanted}")
    assert not negotiate.accepts_aggregated("")


ROUTE = {
    "spec": {"hostnames": ["a", "b"]},
    "status": {"conditions": [{"type": "Ready", "status": "True"}, {"type": "Other", "status": "False"}]},
    "metadata": {"annotations": {"a.b/c": "x"}},
}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (".spec.hostnames", [["a", "b"]]),
        (".spec.hostnames[0]", ["a"]),
        (".spec.hostnames[-1]", ["b"]),
        (".spec.hostnames[*]", ["a", "b"]),
        (".spec.hostnames[7]", []),
        ('.status.conditions[?(@.type=="Ready")].status', ["True"]),
        (".metadata.annotations.a\\.b/c", ["x"]),
        (".metadata.annotations['a.b/c']", ["x"]),
        (".nothing.at.all", []),
        (".spec..broken(", []),
    ],
)
def test_json_paths(path: str, expected: list[Any]) -> None:
    assert jsonpath.find(path, ROUTE) == expected


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (5, "5s"),
        (119, "119s"),
        (200, "3m20s"),
        (180, "3m"),
        (1200, "20m"),
        (4 * 3600 + 300, "4h5m"),
        (20 * 3600, "20h"),
        (50 * 3600, "2d2h"),
        (10 * 86400 + 7200, "10d"),
    ],
)
def test_ages(seconds: int, shown: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: 1_000_000.0 + seconds)
    assert clock.age(clock.timestamp(1_000_000)) == shown


def test_versions_are_ordered_as_clients_prefer_them() -> None:
    given_versions = ["v1alpha2", "v1", "v2beta1", "v1beta1", "v2"]
    assert sorted(given_versions, key=_stability) == ["v2", "v1", "v2beta1", "v1beta1", "v1alpha2"]


@pytest.mark.parametrize(("name", "valid"), [("web", True), ("1web", False), ("web.x", False), ("w" * 64, False)])
def test_service_names(name: str, valid: bool) -> None:
    assert (not list(names.metadata_problems({"name": name}, "", "services"))) is valid


@given(st.from_regex(r"[a-z0-9]([-a-z0-9]{0,20}[a-z0-9])?", fullmatch=True))
def test_every_label_is_a_subdomain(name: str) -> None:
    assert not names.LABEL.problem(name)
    assert not names.SUBDOMAIN.problem(name)


@pytest.mark.parametrize("key", ["a b", "/x", "x/", "A_/x", "x" * 64])
def test_bad_label_keys(key: str) -> None:
    assert list(names.label_map_problems({key: "v"}, "metadata.labels"))


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer other", "Basic dDA="])
def test_only_known_tokens_are_users(header: str) -> None:
    authenticator = Authenticator({"t0": User("admin")})
    assert authenticator.user("bearer t0").name == "admin"
    with pytest.raises(StatusError) as refused:
        authenticator.user(header)
    assert refused.value.code == 401


def test_configuration_survives_its_json_form() -> None:
    config = ApiConfig(
        unix_socket=Path("/a/s"),
        tls_dir=Path("/a/tls"),
        tokens=(TokenUser("t", "u", ("g",)),),
        certificates=tls.Certificates("a", "b", "c"),
        fd=7,
        audit_file=Path("/a/audit"),
    )
    assert from_json(to_json(config)) == config
