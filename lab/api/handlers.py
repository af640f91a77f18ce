"""From an HTTP request on a resource to an operation, and from its outcome to an HTTP answer."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from lab.api import negotiate, reviews, scale, tables
from lab.api.auth import User
from lab.api.errors import StatusError, bad_request, method_not_allowed, unsupported_media_type
from lab.api.exec import exec_request, serve_exec, serve_log
from lab.api.negotiate import Form
from lab.api.operations import PatchKind, Target, Written
from lab.api.options import DeleteOptions, delete_options, write_options
from lab.api.server import Core
from lab.api.store import Stored
from lab.api.watch import Watch

Object = dict[str, Any]

_PATCHES: dict[str, PatchKind] = {
    "application/json-patch+json": "json",
    "application/merge-patch+json": "merge",
    "application/strategic-merge-patch+json": "strategic",
    "application/apply-patch+yaml": "apply",
}
_BODIES = ("application/json", "application/yaml")


@dataclass(frozen=True, slots=True)
class Asked:
    """A request for a resource, after routing and authorization."""

    request: web.BaseRequest
    user: User
    target: Target
    verb: str
    query: Mapping[str, str]

    @property
    def form(self) -> Form:
        """The representation that the client accepts."""
        return negotiate.object_form(self.request.headers.get("Accept", ""))


async def answer(core: Core, asked: Asked) -> web.StreamResponse:
    """Carry out a request. Raises StatusError."""
    if asked.target.subresource in {"exec", "log"}:
        return await _pod_stream(core, asked)
    if asked.target.subresource == "token":
        body = await read_object(asked.request)
        return json_response(201, encode(reviews.token(core, asked.target, body)))
    if asked.target.subresource == "scale":
        return await _scale(core, asked)
    return await _BY_VERB.get(asked.verb, _write)(core, asked)


async def _get(core: Core, asked: Asked) -> web.Response:
    return _object(asked, core.operations.get(asked.target))


def json_response(status: int, body: bytes, warnings: tuple[str, ...] = ()) -> web.Response:
    """An answer with a JSON body and ``Warning`` headers."""
    found = web.Response(status=status, body=body, headers={"Content-Type": "application/json"})
    for text in warnings:
        found.headers.add("Warning", '299 - "{}"'.format(text.replace("\\", "\\\\").replace('"', '\\"')))
    return found


def encode(value: object) -> bytes:
    """Compact JSON."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def _object(asked: Asked, stored: Stored, status: int = 200, warnings: tuple[str, ...] = ()) -> web.Response:
    resource = asked.target.resource
    if asked.form == "object":
        return json_response(status, stored.encode(resource.api_version), warnings)
    if asked.form == "table":
        meta = {"resourceVersion": stored.obj["metadata"].get("resourceVersion", "")}
        return json_response(
            status, encode(tables.render(resource, [stored.obj], meta, _include(asked.query))), warnings
        )
    return json_response(status, encode(tables.partial(stored.obj)), warnings)


def _include(query: Mapping[str, str]) -> tables.Include:
    match query.get("includeObject"):
        case "None":
            return "None"
        case "Object":
            return "Object"
        case _:
            return "Metadata"


async def _list(core: Core, asked: Asked) -> web.Response:
    resource = asked.target.resource
    form = asked.form
    query = asked.query
    if asked.target.name:
        query = {**query, "fieldSelector": f"metadata.name={asked.target.name}"}
    page = core.lister.page(resource, asked.target.namespace, query)
    if form == "table":
        objects = (stored.obj for stored in page.items)
        return json_response(200, encode(tables.render(resource, objects, page.metadata(), _include(query))))
    if form == "metadata":
        items = [tables.partial(stored.obj) for stored in page.items]
        head = {"kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1"}
        return json_response(200, encode({**head, "metadata": page.metadata(), "items": items}))
    start = encode({"kind": resource.list_name, "apiVersion": resource.api_version, "metadata": page.metadata()})
    # Lists of built-in types leave apiVersion and kind of their items out, as real servers do.
    encoded = b",".join(
        stored.encode_item(resource.api_version) if resource.builtin else stored.encode(resource.api_version)
        for stored in page.items
    )
    return json_response(200, start[:-1] + b',"items":[' + encoded + b"]}")


async def _watch(core: Core, asked: Asked) -> web.StreamResponse:
    resource, query = asked.target.resource, asked.query
    if asked.target.name:
        query = {**query, "fieldSelector": f"metadata.name={asked.target.name}"}
    form = asked.form
    include = _include(query)
    first = True

    def shaped(stored: Stored) -> bytes:
        nonlocal first
        if form == "object":
            return stored.encode(resource.api_version)
        if form == "metadata":
            return encode(tables.partial(stored.obj))
        meta = {"resourceVersion": stored.obj["metadata"]["resourceVersion"]}
        row = encode(tables.render(resource, [stored.obj], meta, include, header=first))
        first = False
        return row

    watch = Watch(core.store, resource, asked.target.namespace, query, shaped)
    found = web.StreamResponse(headers={"Content-Type": "application/json"})
    found.enable_chunked_encoding()
    await found.prepare(asked.request)
    with contextlib.suppress(ConnectionError):  # the client has left
        async with contextlib.aclosing(watch.chunks()) as chunks:
            async for chunk in chunks:
                await found.write(chunk)
        await found.write_eof()
    return found


async def _write(core: Core, asked: Asked) -> web.Response:
    target, request = asked.target, asked.request
    agent = request.headers.get("User-Agent", "")
    if asked.verb == "patch":
        media = _media(request)
        kind = _PATCHES.get(media)
        if kind is None:
            raise unsupported_media_type(media, tuple(_PATCHES))
        options = write_options(asked.query, agent, applying=kind == "apply")
        written = core.operations.patch(target, kind, parse_body(await request.read(), media), options)
    else:
        body = await read_object(request)
        options = write_options(asked.query, agent)
        if asked.verb == "create" and target.resource.verbs == ("create",):
            return json_response(201, encode(reviews.review(core, asked.user, target.resource, body)))
        if asked.verb == "create":
            written = core.operations.create(target, body, options)
        else:
            written = core.operations.update(target, body, options)
    return _written(asked, written)


def _written(asked: Asked, written: Written) -> web.Response:
    return _object(asked, written.stored, 201 if written.created else 200, written.warnings)


async def _scale(core: Core, asked: Asked) -> web.Response:
    target = asked.target
    if asked.verb == "get":
        found = scale.read(core.operations, target)
    elif asked.verb == "update":
        options = write_options(asked.query, asked.request.headers.get("User-Agent", ""))
        found = scale.replace(core.operations, target, await read_object(asked.request), options)
    else:
        media = _media(asked.request)
        kind = _PATCHES.get(media)
        if kind is None:
            raise unsupported_media_type(media, tuple(_PATCHES))
        agent = asked.request.headers.get("User-Agent", "")
        options = write_options(asked.query, agent, applying=kind == "apply")
        patch = parse_body(await asked.request.read(), media)
        found = scale.patch(core.operations, target, kind, patch, options)
    return json_response(200, encode(found))


async def _delete(core: Core, asked: Asked) -> web.Response:
    target = asked.target
    options = delete_options(asked.query, await _optional_object(asked.request))
    stored, gone = core.lifecycle.delete(target.resource, (target.namespace, target.name), options)
    if not gone or target.resource.kind in {"Namespace", "Pod", "Service"}:
        return _object(asked, stored)
    details = {
        "name": target.name,
        "group": target.resource.group,
        "kind": target.resource.plural,
        "uid": stored.obj["metadata"]["uid"],
    }
    return json_response(200, encode(_success({key: value for key, value in details.items() if value})))


def _success(details: Object) -> Object:
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details}


async def _delete_collection(core: Core, asked: Asked) -> web.Response:
    resource = asked.target.resource
    options = delete_options(asked.query, await _optional_object(asked.request))
    selection = {key: asked.query[key] for key in ("labelSelector", "fieldSelector") if key in asked.query}
    page = core.lister.page(resource, asked.target.namespace, selection)
    for stored in page.items:
        meta = stored.obj["metadata"]
        key = (meta.get("namespace", ""), meta["name"])
        if core.store.get(resource.table, key) is not None:
            only = DeleteOptions(options.dry_run, options.grace, options.propagation)
            core.lifecycle.delete(resource, key, only)
    head = {"kind": resource.list_name, "apiVersion": resource.api_version, "metadata": page.metadata()}
    return json_response(200, encode({**head, "items": [stored.obj for stored in page.items]}))


async def _pod_stream(core: Core, asked: Asked) -> web.StreamResponse:
    target = asked.target
    pod = core.operations.get(Target(target.resource, target.namespace, target.name)).obj
    if target.subresource == "log":
        if asked.verb != "get":
            raise method_not_allowed()
        return await serve_log(asked.request, core.kubelet, pod, asked.query)
    wanted = exec_request(pod, asked.query, asked.request.query.getall("command", []))
    return await serve_exec(asked.request, core.kubelet, wanted)


def _media(request: web.BaseRequest) -> str:
    return request.headers.get("Content-Type", "").partition(";")[0].strip()


async def read_object(request: web.BaseRequest) -> Object:
    """The object in a request's body. Raises StatusError (400, 415)."""
    media = _media(request) or "application/json"
    if media not in _BODIES:
        raise unsupported_media_type(media, _BODIES)
    body = parse_body(await request.read(), media)
    if not isinstance(body, dict):
        raise bad_request("the body of the request is not an object")
    return body


async def _optional_object(request: web.BaseRequest) -> Object:
    """Deletions may have a body; clients in other encodings send none."""
    return await read_object(request) if request.body_exists and await request.read() else {}


def parse_body(data: bytes, media: str) -> Any:
    """JSON, or YAML where the media type says so. Raises StatusError (400)."""
    try:
        return json.loads(data)
    except ValueError as error:
        if not media.endswith("yaml"):
            raise bad_request(f"couldn't get version/kind; json parse error: {error}") from error
    import yaml  # noqa: PLC0415 - clients send JSON, which is YAML, nearly always

    try:
        return yaml.load(data, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe
    except yaml.YAMLError as error:
        raise StatusError(400, "BadRequest", f"error converting YAML to JSON: {error}") from error


_BY_VERB: dict[str, Callable[[Core, Asked], Awaitable[web.StreamResponse]]] = {
    "get": _get,
    "list": _list,
    "watch": _watch,
    "delete": _delete,
    "deletecollection": _delete_collection,
}
