"""The HTTP door: who asks, for what, whether they may, and the answer, errors included."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from aiohttp import web

from lab.api import discovery, handlers, negotiate, paths
from lab.api.auth import ANONYMOUS, LAB_USER, Attributes, User, denial
from lab.api.errors import StatusError, internal, method_not_allowed, no_such_path
from lab.api.handlers import Asked, encode, json_response
from lab.api.operations import Target
from lab.api.paths import ApiPath
from lab.api.resources import Resource
from lab.api.server import Core

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]

_LOG = logging.getLogger("lab.api")
_HEALTH = frozenset({"/healthz", "/livez", "/readyz"})
_APPLY = "application/apply-patch"
_VERSION = "/version"  # told to everybody, like the health
_PATHS = ["/api", "/api/v1", "/apis", "/healthz", "/livez", "/openapi/v2", "/openapi/v3", "/readyz", "/version"]
_VERBS = {"GET": "get", "HEAD": "get", "POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}
_CHANGE = frozenset({"get", "update", "patch"})


def handler(core: Core, *, trusted: bool) -> Handler:
    """The handler of one listener; on a ``trusted`` one everybody is the lab itself."""

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        asked = Attributes(User(ANONYMOUS, ()), request.method.lower())
        agent = request.headers.get("User-Agent", "")
        also: tuple[str, ...] = ()
        try:
            if request.path in _HEALTH:
                return web.Response(text="ok")
            if request.path == _VERSION:
                return _document(core, request)
            user = User(LAB_USER) if trusted else core.authenticator.user(request.headers.get("Authorization", ""))
            path = paths.parse(request.path)
            if path is None:
                asked = Attributes(user, request.method.lower(), path=request.path)
                _check_allowed(core, asked)
                return _document(core, request)
            target, asked = _route(core, request, path, user)
            also = _also(core, request, target)
            _check_allowed(core, asked, *(replace(asked, verb=verb) for verb in also))
            lasting = asked.verb == "watch" or asked.subresource == "exec"
            if lasting:
                core.audit.record(asked, 200, agent, also)
            found = await handlers.answer(core, Asked(request, user, target, asked.verb, request.query))
            if not lasting:
                core.audit.record(asked, found.status, agent, also)
        except StatusError as error:
            core.audit.record(asked, error.code, agent, also)
            return json_response(error.code, encode(error.to_json()))
        except (ConnectionError, asyncio.CancelledError):
            raise
        except Exception as error:  # noqa: BLE001 - the client gets a Status, the log the cause
            _LOG.exception("%s %s", request.method, request.rel_url)
            return json_response(500, encode(internal(f"{type(error).__name__}: {error}").to_json()))
        return found

    return handle


def _check_allowed(core: Core, *asked: Attributes) -> None:
    for one in asked:
        if not core.authorize(one).allowed:
            raise denial(one)


def _also(core: Core, request: web.BaseRequest, target: Target) -> tuple[str, ...]:
    """Further verbs that a request needs: an apply may create, and an exec is a creation whatever the method.

    Servers ask for the second since 1.35; the lab does so that clients which lack it are found out here.
    """
    if request.method == "PATCH" and request.headers.get("Content-Type", "").startswith(_APPLY):
        key = (target.namespace, target.name)
        return ("create",) if core.store.get(target.resource.table, key) is None and not target.subresource else ()
    return ("create",) if target.subresource == "exec" and request.method == "GET" else ()


def _route(core: Core, request: web.BaseRequest, path: ApiPath, user: User) -> tuple[Target, Attributes]:
    """The resource and the verb of a request. Raises StatusError (404, 405)."""
    resource = core.registry.find(path.group, path.version, path.plural)
    if resource is None or (path.namespace and not resource.namespaced):
        raise no_such_path()
    verb = _verb(request.method, path, request.query)
    if not _allows(resource, path, verb):
        raise method_not_allowed() if _has(resource, path) else no_such_path()
    # A request about one namespace is one in that namespace: a role bound there may grant it.
    namespace = path.name if (path.group, path.plural) == ("", "namespaces") else path.namespace
    asked = Attributes(user, verb, path.group, path.plural, path.subresource, namespace, path.name)
    return Target(resource, path.namespace, path.name, path.subresource), asked


def _verb(method: str, path: ApiPath, query: Mapping[str, str]) -> str:
    verb = _VERBS.get(method, "")
    if method == "GET" and not path.subresource and query.get("watch") in {"true", "1"}:
        return "watch"
    if not path.name:
        return {"get": "list", "delete": "deletecollection"}.get(verb, verb)
    return verb


def _has(resource: Resource, path: ApiPath) -> bool:
    """Whether the path leads anywhere, whatever the verb."""
    match path.subresource:
        case "":
            return True
        case "status":
            return resource.has_status
        case "scale":
            return resource.scale is not None
        case other:
            return other in resource.subresources


def _allows(resource: Resource, path: ApiPath, verb: str) -> bool:
    if not _has(resource, path):
        return False
    if path.subresource in {"status", "scale"}:
        return verb in _CHANGE and bool(path.name)
    if path.subresource:
        return verb == "create" or (verb == "get" and path.subresource != "token")
    in_namespace = bool(path.namespace) or not resource.namespaced
    if path.name:
        return in_namespace and verb in resource.verbs and verb != "create"
    if verb in {"create", "deletecollection"} and not in_namespace:
        return False
    return verb in resource.verbs and verb not in {"update", "patch"}


def _document(core: Core, request: web.BaseRequest) -> web.Response:
    """Discovery, OpenAPI, version. Raises StatusError (404)."""
    path = request.path.rstrip("/") or "/"
    parts = path.strip("/").split("/")
    accept = request.headers.get("Accept", "")
    if path in {"/api", "/apis"} and negotiate.accepts_aggregated(accept):
        found = encode(discovery.aggregated(core.registry, core=path == "/api"))
        return web.Response(body=found, headers={"Content-Type": discovery.AGGREGATED})
    plain = _plain_document(core, parts)
    if plain:
        return json_response(200, encode(plain))
    if path == "/openapi/v2":
        if "application/json" not in accept and "*/*" not in accept and accept:
            raise StatusError(406, "NotAcceptable", "OpenAPI v2 is offered as application/json only")
        return json_response(200, core.documents.swagger())
    if path == "/openapi/v3":
        return json_response(200, core.documents.root())
    if path.startswith("/openapi/v3/"):
        found_group = core.documents.group(path.removeprefix("/openapi/v3/"))
        if found_group is not None:
            return json_response(200, found_group)
    raise no_such_path()


def _plain_document(core: Core, parts: list[str]) -> dict[str, object]:
    found: dict[str, object] = {}
    match parts:
        case ["version"]:
            found = dict(discovery.VERSION)
        case ["api"]:
            found = discovery.core_versions()
        case ["apis"]:
            found = discovery.groups(core.registry)
        case ["api", version]:
            found = discovery.resources(core.registry, "", version)
        case ["apis", group]:
            found = discovery.group(core.registry, group)
        case ["apis", group, version]:
            found = discovery.resources(core.registry, group, version)
        case [""]:
            found = {"paths": _PATHS}
    return found
