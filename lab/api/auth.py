"""Who asks, and what they want: bearer tokens, and requests as authorization sees them."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lab.api.errors import StatusError, forbidden, qualified, unauthorized

LAB_USER = "system:lab"
ANONYMOUS = "system:anonymous"
MASTERS = "system:masters"
AUTHENTICATED = "system:authenticated"


@dataclass(frozen=True, slots=True)
class User:
    """Who sends a request."""

    name: str
    groups: tuple[str, ...] = (MASTERS, AUTHENTICATED)


@dataclass(frozen=True, slots=True)
class Attributes:
    """What a request wants, as authorization sees it; ``path`` where it is no resource."""

    user: User
    verb: str
    group: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a request is allowed, and by what."""

    allowed: bool
    reason: str = ""


Authorize = Callable[[Attributes], Decision]


class Authenticator:
    """Finds the user of a bearer token."""

    def __init__(self, tokens: Mapping[str, User]) -> None:
        self._tokens = dict(tokens)

    def user(self, authorization: str) -> User:
        """The user of an ``Authorization`` header. Raises StatusError (401)."""
        scheme, _, token = authorization.partition(" ")
        found = self._tokens.get(token.strip()) if scheme.lower() == "bearer" else None
        if found is None:
            raise unauthorized()
        return found

    def issue(self, user: User) -> str:
        """A new token of this user; it is good as long as the server."""
        token = secrets.token_urlsafe(24)
        self._tokens[token] = user
        return token


def service_account(namespace: str, name: str) -> User:
    """A ServiceAccount as the user that it is."""
    groups = ("system:serviceaccounts", f"system:serviceaccounts:{namespace}", AUTHENTICATED)
    return User(f"system:serviceaccount:{namespace}:{name}", groups)


def denial(asked: Attributes) -> StatusError:
    """The refusal of a request that is not allowed."""
    if asked.path:
        message = f'forbidden: User "{asked.user.name}" cannot {asked.verb} path "{asked.path}"'
        return StatusError(403, "Forbidden", message)
    resource = f"{asked.resource}/{asked.subresource}" if asked.subresource else asked.resource
    where = f' in the namespace "{asked.namespace}"' if asked.namespace else " at the cluster scope"
    why = f'User "{asked.user.name}" cannot {asked.verb} resource "{resource}" in API group "{asked.group}"{where}'
    found = forbidden(asked.group, asked.resource, asked.name, why)
    if asked.subresource and not asked.name:
        found.message = f"{qualified(resource, asked.group)} is forbidden: {why}"
    return found
