"""Roles and bindings: what a rule covers, whom a subject means, and what follows for a request."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.api import rbac
from lab.api.auth import AUTHENTICATED, Attributes, User, denial, service_account
from lab.api.server import Core, build_core

JANE = User("jane", ("devs", AUTHENTICATED))
RULE = {"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}
WORDS = st.sampled_from(["a", "b", "c"])
REQUESTS = st.builds(
    Attributes, st.just(JANE), verb=WORDS, group=WORDS, resource=WORDS, subresource=st.sampled_from(["", "s"])
)


@pytest.mark.parametrize(
    ("rule", "verb", "group", "resource", "subresource", "name", "covered"),
    [
        ({}, "get", "", "pods", "", "", True),
        ({}, "list", "", "pods", "", "", False),
        ({}, "get", "apps", "pods", "", "", False),
        ({}, "get", "", "pods", "exec", "", False),
        ({"resources": ["pods/exec"]}, "get", "", "pods", "exec", "", True),
        ({"resources": ["pods/exec"]}, "get", "", "pods", "", "", False),
        ({"resources": ["*/exec"]}, "get", "", "pods", "exec", "", True),
        ({"resources": ["*"]}, "get", "", "pods", "exec", "", True),
        ({"verbs": ["*"], "apiGroups": ["*"]}, "patch", "apps", "pods", "", "", True),
        ({"resourceNames": ["x"]}, "get", "", "pods", "", "x", True),
        ({"resourceNames": ["x"]}, "get", "", "pods", "", "y", False),
        ({"resourceNames": ["x"]}, "get", "", "pods", "", "", False),
        ({"verbs": []}, "get", "", "pods", "", "", False),
        ({"resources": None}, "get", "", "pods", "", "", False),
    ],
)
def test_what_a_rule_covers(
    rule: dict[str, Any], verb: str, group: str, resource: str, subresource: str, name: str, covered: bool
) -> None:
    asked = Attributes(JANE, verb, group, resource, subresource, "ns", name)
    assert rbac.covers({**RULE, **rule}, asked) is covered


@pytest.mark.parametrize(
    ("urls", "path", "covered"),
    [
        (["/version"], "/version", True),
        (["/version"], "/version/x", False),
        (["/apis/*"], "/apis/apps/v1", True),
        (["*"], "/metrics", True),
        ([], "/version", False),
    ],
)
def test_paths_that_are_no_resource(urls: list[str], path: str, covered: bool) -> None:
    assert rbac.covers({"verbs": ["get"], "nonResourceURLs": urls}, Attributes(JANE, "get", path=path)) is covered
    assert not rbac.covers({**RULE, "verbs": ["*"], "resources": ["*"]}, Attributes(JANE, "get", path=path))


@given(st.lists(WORDS), st.lists(WORDS), st.lists(WORDS), REQUESTS)
def test_a_rule_grants_only_what_it_lists(
    verbs: list[str], groups: list[str], resources: list[str], asked: Attributes
) -> None:
    granted = rbac.covers({"verbs": verbs, "apiGroups": groups, "resources": resources}, asked)
    listed = asked.verb in verbs and asked.group in groups and asked.resource in resources and not asked.subresource
    assert granted is listed
    assert rbac.covers({"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}, asked)


@pytest.mark.parametrize(
    ("subject", "meant"),
    [
        ({"kind": "User", "name": "jane"}, True),
        ({"kind": "User", "name": "devs"}, False),
        ({"kind": "Group", "name": "devs"}, True),
        ({"kind": "Group", "name": "system:authenticated"}, True),
        ({"kind": "ServiceAccount", "name": "jane", "namespace": "ns"}, False),
    ],
)
def test_whom_a_subject_means(subject: dict[str, str], meant: bool) -> None:
    assert rbac.means(subject, JANE, "ns") is meant


def test_service_accounts_are_users_of_their_namespace() -> None:
    subject = {"kind": "ServiceAccount", "name": "bot"}
    assert rbac.means(subject, service_account("ns", "bot"), "ns")
    assert not rbac.means(subject, service_account("other", "bot"), "ns")
    assert rbac.means({**subject, "namespace": "other"}, service_account("other", "bot"), "ns")


def _core() -> Core:
    return build_core(tokens={}, kubelet=Path("/nonexistent"), namespaces=("a", "b"))


def _bind(core: Core, kind: str, role: str, rules: list[dict[str, Any]], namespace: str = "") -> None:
    place = {"namespace": namespace} if namespace else {}
    core.create(
        rbac.GROUP,
        "v1",
        "clusterroles" if role == "ClusterRole" else "roles",
        {"metadata": {"name": "r", **(place if role == "Role" else {})}, "rules": rules},
    )
    core.create(
        rbac.GROUP,
        "v1",
        "clusterrolebindings" if kind == "ClusterRoleBinding" else "rolebindings",
        {
            "metadata": {"name": "b", **place},
            "roleRef": {"apiGroup": rbac.GROUP, "kind": role, "name": "r"},
            "subjects": [{"kind": "Group", "name": "devs"}],
        },
    )


@pytest.mark.parametrize(
    ("kind", "role", "namespace", "allowed"),
    [
        ("ClusterRoleBinding", "ClusterRole", "", {"", "a", "b"}),
        ("RoleBinding", "ClusterRole", "a", {"a"}),
        ("RoleBinding", "Role", "a", {"a"}),
    ],
)
def test_where_a_binding_holds(kind: str, role: str, namespace: str, allowed: set[str]) -> None:
    core = _core()
    _bind(core, kind, role, [RULE], namespace)
    places = {
        place for place in ("", "a", "b") if core.authorize(Attributes(JANE, "get", "", "pods", "", place)).allowed
    }
    assert places == allowed
    assert not core.authorize(Attributes(User("eve", ()), "get", "", "pods", "", "a")).allowed


def test_a_decision_names_the_binding() -> None:
    core = _core()
    _bind(core, "RoleBinding", "ClusterRole", [RULE], "a")
    decision = core.authorize(Attributes(JANE, "get", "", "pods", "", "a"))
    assert decision.reason == 'RBAC: allowed by RoleBinding "b/a" of ClusterRole "r" to Group "devs"'


def test_everybody_may_discover_and_ask_about_themselves() -> None:
    core = _core()
    assert core.authorize(Attributes(JANE, "get", path="/apis/apps/v1")).allowed
    assert core.authorize(Attributes(JANE, "create", "authorization.k8s.io", "selfsubjectaccessreviews")).allowed
    assert not core.authorize(Attributes(JANE, "get", path="/metrics")).allowed
    assert not core.authorize(Attributes(JANE, "list", "", "pods")).allowed
    assert core.authorize(Attributes(User("root"), "delete", "", "nodes")).allowed


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        (
            Attributes(JANE, "list", "", "pods", "", "a"),
            'pods is forbidden: User "jane" cannot list resource "pods" in API group "" in the namespace "a"',
        ),
        (
            Attributes(JANE, "get", "apps", "deployments", "scale", "a", "d"),
            'deployments.apps "d" is forbidden: User "jane" cannot get resource "deployments/scale" in API group '
            '"apps" in the namespace "a"',
        ),
        (
            Attributes(JANE, "list", "", "nodes"),
            'nodes is forbidden: User "jane" cannot list resource "nodes" in API group "" at the cluster scope',
        ),
        (Attributes(JANE, "get", path="/metrics"), 'forbidden: User "jane" cannot get path "/metrics"'),
    ],
)
def test_the_words_of_a_refusal(asked: Attributes, text: str) -> None:
    assert (denial(asked).code, denial(asked).message) == (403, text)
