"""Role-based access control: which of the stored roles allow a request.

Pure functions on the objects; ``Authorizer`` looks them up. Everything that no rule grants is refused, as in a real
cluster; the group ``system:masters`` may do everything, whatever the roles say.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from lab.api.auth import LAB_USER, MASTERS, Attributes, Decision, User
from lab.api.store import Store

Object = dict[str, Any]

GROUP = "rbac.authorization.k8s.io"
_ACCOUNT = "system:serviceaccount:"


def covers(rule: Object, asked: Attributes) -> bool:
    """Whether one rule of a role grants a request."""
    if not _has(rule.get("verbs"), asked.verb):
        return False
    if asked.path:
        return any(_matches_path(url, asked.path) for url in rule.get("nonResourceURLs") or ())
    names = rule.get("resourceNames") or ()
    return (
        _has(rule.get("apiGroups"), asked.group)
        and _has_resource(rule.get("resources") or (), asked.resource, asked.subresource)
        and (not names or asked.name in names)
    )


def _has(wanted: Sequence[str] | None, value: str) -> bool:
    return "*" in (wanted or ()) or value in (wanted or ())


def _has_resource(listed: Iterable[str], resource: str, subresource: str) -> bool:
    """``pods/exec`` is named in full, or as ``*/exec``; ``pods`` does not stand for its subresources."""
    if not subresource:
        return any(one in {"*", resource} for one in listed)
    return any(one in {"*", f"{resource}/{subresource}", f"*/{subresource}"} for one in listed)


def _matches_path(url: str, path: str) -> bool:
    """A star stands at the end only, for whatever follows."""
    return path.startswith(url[:-1]) if url.endswith("*") else url == path


def means(subject: Object, user: User, namespace: str) -> bool:
    """Whether a binding's subject is this user; ``namespace`` is the binding's own."""
    name = subject.get("name", "")
    match subject.get("kind"):
        case "User":
            return bool(name == user.name)
        case "Group":
            return name in user.groups
        case "ServiceAccount":
            return user.name == f"{_ACCOUNT}{subject.get('namespace') or namespace}:{name}"
        case _:
            return False


class Authorizer:
    """Decides by the roles and bindings in the store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def __call__(self, asked: Attributes) -> Decision:
        """Whether a request is allowed, and the binding that grants it."""
        if asked.user.name == LAB_USER or MASTERS in asked.user.groups:
            return Decision(True)
        for rule, why in self.rules(asked.user, asked.namespace):
            if covers(rule, asked):
                return Decision(True, f"RBAC: allowed by {why}")
        return Decision(False)

    def rules(self, user: User, namespace: str) -> Iterator[tuple[Object, str]]:
        """Every rule that holds for a user in a namespace (empty: everywhere), and the binding that says so."""
        yield from self._bound("clusterrolebindings", "ClusterRoleBinding", "", user)
        if namespace:
            yield from self._bound("rolebindings", "RoleBinding", namespace, user)

    def _bound(self, plural: str, kind: str, namespace: str, user: User) -> Iterator[tuple[Object, str]]:
        for stored in self._store.list((GROUP, plural), namespace):
            binding = stored.obj
            subject = next((one for one in binding.get("subjects") or () if means(one, user, namespace)), None)
            if subject is None:
                continue
            role = binding["roleRef"]
            place = f'"{binding["metadata"]["name"]}{f"/{namespace}" if namespace else ""}"'
            whom = f'{subject["kind"]} "{subject["name"]}"'
            why = f'{kind} {place} of {role["kind"]} "{role["name"]}" to {whom}'
            for rule in self._rules_of(role, namespace):
                yield rule, why

    def _rules_of(self, role: Object, namespace: str) -> Sequence[Object]:
        plural, place = ("clusterroles", "") if role["kind"] == "ClusterRole" else ("roles", namespace)
        found = self._store.get((GROUP, plural), (place, role["name"]))
        return (found.obj.get("rules") or ()) if found is not None else ()


def _default(name: str, group: str, *rules: Object) -> tuple[Object, Object]:
    meta = {"name": name, "labels": {"kubernetes.io/bootstrapping": "rbac-defaults"}}
    binding = {
        "metadata": meta,
        "roleRef": {"apiGroup": GROUP, "kind": "ClusterRole", "name": name},
        "subjects": [{"apiGroup": GROUP, "kind": "Group", "name": group}],
    }
    return {"metadata": meta, "rules": list(rules)}, binding


_DISCOVERY = [
    "/api",
    "/api/*",
    "/apis",
    "/apis/*",
    "/healthz",
    "/livez",
    "/openapi",
    "/openapi/*",
    "/readyz",
    "/version",
]
_REVIEWS: Object = {
    "apiGroups": ["authorization.k8s.io"],
    "resources": ["selfsubjectaccessreviews", "selfsubjectrulesreviews"],
    "verbs": ["create"],
}
_WHO_AM_I: Object = {"apiGroups": ["authentication.k8s.io"], "resources": ["selfsubjectreviews"], "verbs": ["create"]}

#: The ClusterRoles that every cluster has, as far as the lab has a use for them, each with its binding.
DEFAULTS = (
    _default(
        "cluster-admin",
        MASTERS,
        {"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]},
        {"nonResourceURLs": ["*"], "verbs": ["*"]},
    ),
    _default("system:discovery", "system:authenticated", {"nonResourceURLs": _DISCOVERY, "verbs": ["get"]}),
    _default("system:basic-user", "system:authenticated", _REVIEWS, _WHO_AM_I),
)
