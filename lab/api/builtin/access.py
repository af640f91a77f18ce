"""Roles and their bindings: defaults, and what a real API server refuses."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from lab.api.errors import Cause

Object = dict[str, Any]

_GROUP = "rbac.authorization.k8s.io"


def default_binding(obj: Object) -> Object:
    """Users and groups belong to the group of roles, ServiceAccounts to the core one."""
    for subject in obj.get("subjects") or ():
        subject.setdefault("apiGroup", "" if subject.get("kind") == "ServiceAccount" else _GROUP)
        if not subject["apiGroup"]:
            del subject["apiGroup"]
    return obj


def validate_role(new: Object, old: Object | None) -> Iterable[Cause]:  # noqa: ARG001 - the signature of Validate
    """Everything wrong with the rules of a role."""
    for index, rule in enumerate(new.get("rules") or ()):
        at = f"rules[{index}]"
        if not rule.get("verbs"):
            yield Cause("FieldValueRequired", "Required value: verbs must contain at least one value", f"{at}.verbs")
        if rule.get("nonResourceURLs"):
            if new["kind"] == "Role":
                message = "Invalid value: namespaced rules cannot apply to non-resource URLs"
                yield Cause("FieldValueInvalid", message, f"{at}.nonResourceURLs")
            continue
        for field, text in (("apiGroups", "api group"), ("resources", "resource")):
            if not rule.get(field):
                message = f"Required value: resource rules must supply at least one {text}"
                yield Cause("FieldValueRequired", message, f"{at}.{field}")


def validate_binding(new: Object, old: Object | None) -> Iterable[Cause]:
    """Everything wrong with a binding; which role it binds never changes."""
    role = new["roleRef"]
    kinds = ("ClusterRole",) if new["kind"] == "ClusterRoleBinding" else ("ClusterRole", "Role")
    if role.get("kind") not in kinds:
        listed = ", ".join(f'"{kind}"' for kind in kinds)
        message = f'Unsupported value: "{role.get("kind", "")}": supported values: {listed}'
        yield Cause("FieldValueNotSupported", message, "roleRef.kind")
    if old is not None and old["roleRef"] != role:
        yield Cause("FieldValueInvalid", "Invalid value: cannot change roleRef", "roleRef")
    for index, subject in enumerate(new.get("subjects") or ()):
        if subject.get("kind") not in {"User", "Group", "ServiceAccount"}:
            message = (
                f'Unsupported value: "{subject.get("kind", "")}": supported values: "ServiceAccount", "User", "Group"'
            )
            yield Cause("FieldValueNotSupported", message, f"subjects[{index}].kind")
        elif subject["kind"] == "ServiceAccount" and not subject.get("namespace") and new["kind"] != "RoleBinding":
            yield Cause("FieldValueRequired", "Required value", f"subjects[{index}].namespace")
