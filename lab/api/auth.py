"""Who asks, and whether they may: bearer tokens, and per-user rules about what is denied."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from lab.api.errors import StatusError, forbidden, qualified, unauthorized

LAB_USER = "system:lab"
ANONYMOUS = "system:anonymous"


@dataclass(frozen=True, slots=True)
class Rule:
    """Requests that are denied: every given field must match, ``*`` or nothing matches all.

    ``resources`` name subresources as ``pods/exec``.
    """

    verbs: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    namespaces: tuple[str, ...] = ()

    def covers(self, asked: Attributes) -> bool:
        """Whether the rule is about this request."""
        resource = f"{asked.resource}/{asked.subresource}" if asked.subresource else asked.resource
        return (
            _named(self.verbs, asked.verb)
            and _named(self.groups, asked.group)
            and _named(self.resources, resource)
            and _named(self.namespaces, asked.namespace)
        )


def _named(names: Sequence[str], value: str) -> bool:
    return not names or "*" in names or value in names


@dataclass(frozen=True, slots=True)
class User:
    """Who sends a request."""

    name: str
    groups: tuple[str, ...] = ("system:masters", "system:authenticated")
    denied: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True)
class Attributes:
    """What a request wants, as authorization sees it."""

    user: User
    verb: str
    group: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""


Authorize = Callable[[Attributes], bool]


def authorize(asked: Attributes) -> bool:
    """Whether a request is allowed: everything is that no rule of the user denies."""
    return not any(rule.covers(asked) for rule in asked.user.denied)


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


def denial(asked: Attributes) -> StatusError:
    """The refusal of a request that is not allowed."""
    resource = f"{asked.resource}/{asked.subresource}" if asked.subresource else asked.resource
    where = f' in the namespace "{asked.namespace}"' if asked.namespace else " at the cluster scope"
    why = f'User "{asked.user.name}" cannot {asked.verb} resource "{resource}" in API group "{asked.group}"{where}'
    found = forbidden(asked.group, asked.resource, asked.name, why)
    if asked.subresource and not asked.name:
        found.message = f"{qualified(resource, asked.group)} is forbidden: {why}"
    return found
