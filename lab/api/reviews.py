"""Questions about access, answered and not stored: ``kubectl auth can-i`` and ``kubectl auth whoami``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lab.api import clock
from lab.api.auth import Attributes, User
from lab.api.decode import dig
from lab.api.resources import Resource

if TYPE_CHECKING:
    from lab.api.server import Core

Object = dict[str, Any]


def review(core: Core, user: User, resource: Resource, body: Object) -> Object:
    """The answer to a SelfSubjectAccessReview or SelfSubjectReview."""
    head = {"kind": resource.kind, "apiVersion": resource.api_version, "metadata": {}}
    if resource.kind == "SelfSubjectReview":
        info = {"username": user.name, "groups": list(user.groups)}
        return {**head, "metadata": {"creationTimestamp": clock.timestamp()}, "status": {"userInfo": info}}
    wanted = dig(body, "spec", "resourceAttributes")
    allowed = True
    if wanted is not None:
        named = {key: wanted.get(key, "") for key in ("verb", "group", "resource", "subresource", "namespace", "name")}
        allowed = core.authorize(Attributes(user, **named))
    reason = "" if allowed else "a rule of the lab denies it"
    return {**head, "spec": body.get("spec", {}), "status": {"allowed": allowed, "reason": reason}}
