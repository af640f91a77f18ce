"""The ways in which the API refuses: each is a ``Status`` object with the code, reason and text clients expect.

Clients decide by ``reason`` (kubectl tells "not found" from "conflict" by it) and show ``message``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Cause:
    """One reason of a refusal: a code word, the text, the field as a path like ``spec.ports[0].port``."""

    reason: str
    message: str
    field: str = ""

    def to_json(self) -> dict[str, str]:
        """As it stands in ``details.causes``."""
        found = {"reason": self.reason, "message": self.message, "field": self.field}
        return {key: value for key, value in found.items() if value}


class StatusError(Exception):
    """A refused request."""

    def __init__(
        self,
        code: int,
        reason: str,
        message: str,
        *,
        group: str = "",
        kind: str = "",
        name: str = "",
        causes: Sequence[Cause] = (),
        retry_after: int = 0,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.message = message
        self.causes = tuple(causes)
        found: dict[str, Any] = {"name": name, "group": group, "kind": kind, "retryAfterSeconds": retry_after}
        self.details = {key: value for key, value in found.items() if value}
        if causes:
            self.details["causes"] = [cause.to_json() for cause in causes]

    def to_json(self) -> dict[str, Any]:
        """The ``Status`` object."""
        status: dict[str, Any] = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
            "reason": self.reason,
            "code": self.code,
        }
        if self.details:
            status["details"] = self.details
        return status


def qualified(plural: str, group: str) -> str:
    """A resource as messages name it: ``deployments.apps``, but ``pods``."""
    return f"{plural}.{group}" if group else plural


def not_found(group: str, plural: str, name: str) -> StatusError:
    """No object of that name."""
    return StatusError(
        404, "NotFound", f'{qualified(plural, group)} "{name}" not found', group=group, kind=plural, name=name
    )


def no_such_path() -> StatusError:
    """No resource is served there."""
    return StatusError(404, "NotFound", "the server could not find the requested resource")


def already_exists(group: str, plural: str, name: str) -> StatusError:
    """The name is taken."""
    message = f'{qualified(plural, group)} "{name}" already exists'
    return StatusError(409, "AlreadyExists", message, group=group, kind=plural, name=name)


def conflict(group: str, plural: str, name: str, why: str) -> StatusError:
    """The object is not in the state that the request presumes."""
    message = f'Operation cannot be fulfilled on {qualified(plural, group)} "{name}": {why}'
    return StatusError(409, "Conflict", message, group=group, kind=plural, name=name)


MODIFIED = "the object has been modified; please apply your changes to the latest version and try again"


def invalid(group: str, kind: str, name: str, causes: Iterable[Cause]) -> StatusError:
    """The object breaks its schema or an admission rule."""
    found = tuple(causes)
    texts = [f"{cause.field}: {cause.message}" if cause.field else cause.message for cause in found]
    joined = texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"
    message = f'{qualified(kind, group)} "{name}" is invalid: {joined}'
    return StatusError(422, "Invalid", message, group=group, kind=kind, name=name, causes=found)


def bad_request(message: str) -> StatusError:
    """The request cannot be understood."""
    return StatusError(400, "BadRequest", message)


def unauthorized() -> StatusError:
    """No or a wrong token."""
    return StatusError(401, "Unauthorized", "Unauthorized")


def forbidden(group: str, plural: str, name: str, why: str, causes: Sequence[Cause] = ()) -> StatusError:
    """Understood and refused."""
    message = f'{qualified(plural, group)} "{name}" is forbidden: {why}'
    if not name:
        message = f"{qualified(plural, group)} is forbidden: {why}"
    return StatusError(403, "Forbidden", message, group=group, kind=plural, name=name, causes=causes)


def method_not_allowed() -> StatusError:
    """The resource does not know this verb."""
    return StatusError(405, "MethodNotAllowed", "the server does not allow this method on the requested resource")


def not_acceptable(offered: Sequence[str]) -> StatusError:
    """None of the formats that the client accepts is offered."""
    message = f"only the following media types are accepted: {', '.join(offered)}"
    return StatusError(406, "NotAcceptable", message)


def unsupported_media_type(given: str, offered: Sequence[str]) -> StatusError:
    """The body's content type is not understood here."""
    message = (
        "the body of the request was in an unknown format - accepted media types include: "
        f"{', '.join(offered)} (got {given!r})"
    )
    return StatusError(415, "UnsupportedMediaType", message)


def expired(message: str = "The resourceVersion for the provided watch is too old.") -> StatusError:
    """Changes or list pages of that age are no longer kept: list again."""
    return StatusError(410, "Expired", message)


def internal(message: str) -> StatusError:
    """The server failed."""
    return StatusError(500, "InternalError", f"Internal error occurred: {message}")
