"""Questions about access, answered and not stored: ``kubectl auth can-i``, ``kubectl auth whoami``, tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lab.api import clock
from lab.api.auth import Attributes, User, service_account
from lab.api.decode import dig
from lab.api.operations import Target
from lab.api.rbac import Authorizer
from lab.api.resources import Resource

if TYPE_CHECKING:
    from lab.api.server import Core

Object = dict[str, Any]

_TOKEN_SECONDS = 3600
_RESOURCE = ("verb", "group", "resource", "subresource", "namespace", "name")


def review(core: Core, user: User, resource: Resource, body: Object) -> Object:
    """The answer to a SelfSubjectAccessReview, SelfSubjectRulesReview or SelfSubjectReview."""
    head = {"kind": resource.kind, "apiVersion": resource.api_version, "metadata": {}}
    if resource.kind == "SelfSubjectReview":
        info = {"username": user.name, "groups": list(user.groups)}
        return {**head, "metadata": {"creationTimestamp": clock.timestamp()}, "status": {"userInfo": info}}
    if resource.kind == "SelfSubjectRulesReview":
        return {
            **head,
            "spec": body.get("spec", {}),
            "status": _rules(core, user, dig(body, "spec", "namespace") or ""),
        }
    decision = core.authorize(_attributes(user, body.get("spec") or {}))
    status = {"allowed": decision.allowed, **({"reason": decision.reason} if decision.reason else {})}
    return {**head, "spec": body.get("spec", {}), "status": status}


def _attributes(user: User, spec: Object) -> Attributes:
    wanted = spec.get("resourceAttributes")
    if wanted is None:
        path = spec.get("nonResourceAttributes") or {}
        return Attributes(user, path.get("verb", ""), path=path.get("path", "") or "/")
    return Attributes(user, **{key: wanted.get(key, "") for key in _RESOURCE})


def _rules(core: Core, user: User, namespace: str) -> Object:
    """What the user may do in a namespace; only what roles say is known."""
    found = [rule for rule, _why in Authorizer(core.store).rules(user, namespace)]
    return {
        "resourceRules": [
            {key: rule[key] for key in ("verbs", "apiGroups", "resources", "resourceNames") if rule.get(key)}
            for rule in found
            if rule.get("resources")
        ],
        "nonResourceRules": [
            {"verbs": rule["verbs"], "nonResourceURLs": rule["nonResourceURLs"]}
            for rule in found
            if rule.get("nonResourceURLs")
        ],
        "incomplete": False,
    }


def token(core: Core, target: Target, body: Object) -> Object:
    """A token of a ServiceAccount (``kubectl create token``). Raises StatusError (404)."""
    core.operations.get(Target(target.resource, target.namespace, target.name))
    issued = core.authenticator.issue(service_account(target.namespace, target.name))
    return {
        "kind": "TokenRequest",
        "apiVersion": "authentication.k8s.io/v1",
        "metadata": {"name": target.name, "namespace": target.namespace},
        "spec": {"expirationSeconds": _TOKEN_SECONDS, **(body.get("spec") or {})},
        "status": {"token": issued, "expirationTimestamp": clock.after(_TOKEN_SECONDS)},
    }
