"""The lab's own client of its API server, for the node agent and the mesh: asyncio, over the unix socket.

Paths are API paths as in the Kubernetes documentation, for example ``/api/v1/namespaces/default/pods/web``;
``collection`` and ``item`` build them. A watch is a list followed by changes, and survives a closed
connection and an expired resourceVersion, as every Kubernetes controller needs it.
"""

from __future__ import annotations

import asyncio
import base64
import json
import ssl
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Literal
from urllib.parse import urlencode

import aiohttp

Object = dict[str, Any]
Objects = list[Object]
PatchKind = Literal["apply", "merge", "json", "strategic"]
EventType = Literal["ADDED", "MODIFIED", "DELETED", "SYNCED"]

_PATCH_TYPES: Mapping[PatchKind, str] = {
    "apply": "application/apply-patch+yaml",
    "merge": "application/merge-patch+json",
    "json": "application/json-patch+json",
    "strategic": "application/strategic-merge-patch+json",
}
# A broken connection to a server in the same sandbox means it is starting or ending: ask again soon.
_RETRY_SECONDS = 0.05
_CONNECTED_WITHIN = 10.0  # seconds


class ApiError(Exception):
    """The API server refused a request: HTTP code, machine-readable reason, message for people."""

    def __init__(self, code: int, reason: str, message: str) -> None:
        super().__init__(f"{code} {reason}: {message}")
        self.code = code
        self.reason = reason
        self.message = message


@dataclass(frozen=True, slots=True)
class Event:
    """One step of a watch.

    ``SYNCED`` has an empty object: everything listed has been delivered, what follows are changes.
    """

    type: EventType
    object: Object


def collection(group_version: str, plural: str, namespace: str | None = None) -> str:
    """The path of a collection: ``collection("v1", "pods", "default")`` is ``/api/v1/namespaces/default/pods``."""
    root = f"/api/{group_version}" if "/" not in group_version else f"/apis/{group_version}"
    return f"{root}/namespaces/{namespace}/{plural}" if namespace else f"{root}/{plural}"


def item(group_version: str, plural: str, name: str, namespace: str | None = None) -> str:
    """The path of one object."""
    return f"{collection(group_version, plural, namespace)}/{name}"


def _session(url: str, connector: aiohttp.BaseConnector, user_agent: str) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        url,
        connector=connector,
        headers={"User-Agent": user_agent},
        # A watch has no end; everything else is answered from memory.
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=10),
        read_bufsize=2**20,
    )


class Client:
    """Requests to the API server on a unix socket. Use it as an async context manager, or call ``close``."""

    def __init__(
        self,
        socket: Path | str = "/run/gamma-lab/api.sock",
        *,
        user_agent: str = "gamma-lab",
        session: aiohttp.ClientSession | None = None,
    ) -> None:
        self._session = session or _session("http://api", aiohttp.UnixConnector(path=str(socket), limit=0), user_agent)

    @classmethod
    def outside(cls, kubeconfig: Path, *, user_agent: str = "gamma-lab") -> Client:
        """For whoever is not in the lab's sandbox: the server and the user of the lab's kubeconfig. Raises OSError."""
        found = json.loads(kubeconfig.read_text())  # as lab.credentials writes it
        server = found["clusters"][0]["cluster"]
        trusted = ssl.create_default_context(cadata=base64.b64decode(server["certificate-authority-data"]).decode())
        session = _session(server["server"], aiohttp.TCPConnector(ssl=trusted, limit=0), user_agent)
        session.headers["Authorization"] = f"Bearer {found['users'][0]['user']['token']}"
        return cls(session=session)

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close all connections."""
        await self._session.close()

    async def get(self, path: str) -> Object:
        """The object (or, for a collection, the list object) at ``path``. Raises ApiError."""
        return await self._request("GET", path)

    async def list(self, path: str, *, labels: str = "", fields: str = "") -> Objects:
        """The items of a collection, chosen by label and field selector. Raises ApiError."""
        found = await self._request("GET", _with_query(path, labelSelector=labels, fieldSelector=fields))
        return _items(found)

    async def create(self, path: str, obj: Object) -> Object:
        """Create ``obj`` in the collection at ``path``. Raises ApiError."""
        return await self._request("POST", path, obj)

    async def replace(self, path: str, obj: Object) -> Object:
        """Replace the object at ``path``; its resourceVersion, when given, must be the newest. Raises ApiError."""
        return await self._request("PUT", path, obj)

    async def patch(
        self,
        path: str,
        body: Object | Objects,
        kind: PatchKind = "merge",
        *,
        field_manager: str = "",
        force: bool = True,
    ) -> Object:
        """Patch the object at ``path``; ``apply`` takes fields over from other managers unless ``force`` is false.

        Raises ApiError.
        """
        query = {"fieldManager": field_manager or ("gamma-lab" if kind == "apply" else "")}
        if kind == "apply" and force:
            query["force"] = "true"
        return await self._request("PATCH", _with_query(path, **query), body, content_type=_PATCH_TYPES[kind])

    async def patch_status(
        self, path: str, status: Object, kind: PatchKind = "merge", *, field_manager: str = "", force: bool = True
    ) -> Object:
        """Patch ``status`` of the object at ``path`` through its status subresource. Raises ApiError.

        ``status`` is the content of the field; with ``apply`` the object's identity is added.
        """
        body: Object = {"status": status}
        if kind == "apply":
            current = await self.get(path)
            body |= {key: current[key] for key in ("apiVersion", "kind")}
            body["metadata"] = {"name": current["metadata"]["name"]}
        return await self.patch(f"{path}/status", body, kind, field_manager=field_manager, force=force)

    async def delete(self, path: str, *, grace_seconds: int | None = None) -> None:
        """Delete the object at ``path``. Raises ApiError.

        A pod is gone at once only with ``grace_seconds=0``: said by the node agent when its processes have ended.
        """
        body = (
            None
            if grace_seconds is None
            else {"kind": "DeleteOptions", "apiVersion": "v1", "gracePeriodSeconds": grace_seconds}
        )
        await self._request("DELETE", path, body)

    async def watch(self, path: str, *, labels: str = "", fields: str = "") -> AsyncIterator[Event]:
        """What is in the collection at ``path`` (ADDED for each, then one SYNCED), then every change.

        A lost connection is resumed where it ended. Where the server no longer has the changes, the collection is
        listed again and the differences are delivered, ended by another SYNCED; an object that vanished meanwhile
        comes as DELETED in its last known state. Raises ApiError when listing is refused.
        """
        known: dict[tuple[str, str], Object] = {}
        query = {"labelSelector": labels, "fieldSelector": fields}
        while True:
            try:
                found = await self._request("GET", _with_query(path, **query))
                for event in _differences(known, _items(found)):
                    yield event
                yield Event("SYNCED", {})
                version = found["metadata"]["resourceVersion"]
                async for event in self._changes(path, query, version):
                    _remember(known, event)
                    yield event
            except aiohttp.ClientError:
                await asyncio.sleep(_RETRY_SECONDS)

    async def _changes(self, path: str, query: Mapping[str, str], version: str) -> AsyncIterator[Event]:
        """Changes after ``version``, over as many connections as it takes; ends when ``version`` has expired."""
        while True:
            target = _with_query(path, **query, watch="true", allowWatchBookmarks="true", resourceVersion=version)
            try:
                async with self._session.get(target) as response:
                    if response.status in {410, 504}:  # too old, or of a server that was started anew
                        return
                    await _raise_for(response)
                    async for line in response.content:
                        change = json.loads(line)
                        if change["type"] == "ERROR":
                            return
                        version = change["object"]["metadata"]["resourceVersion"]
                        if change["type"] != "BOOKMARK":
                            yield Event(change["type"], change["object"])
            except aiohttp.ClientError:
                await asyncio.sleep(_RETRY_SECONDS)

    async def _request(
        self,
        method: str,
        path: str,
        body: Object | Objects | None = None,
        *,
        content_type: str = "application/json",
    ) -> Object:
        data = None if body is None else json.dumps(body, separators=(",", ":")).encode()
        end = asyncio.get_running_loop().time() + _CONNECTED_WITHIN
        while True:
            try:
                async with self._session.request(
                    method, path, data=data, headers={"Content-Type": content_type}
                ) as response:
                    await _raise_for(response)
                    answer: Object = json.loads(await response.read())
                    return answer
            except aiohttp.ClientConnectorError:  # the socket is there before anybody listens on it
                if asyncio.get_running_loop().time() >= end:
                    raise
                await asyncio.sleep(_RETRY_SECONDS)


def _with_query(path: str, **query: str) -> str:
    given = {key: value for key, value in query.items() if value}
    if not given:
        return path
    return f"{path}{'&' if '?' in path else '?'}{urlencode(given)}"


async def _raise_for(response: aiohttp.ClientResponse) -> None:
    if response.status < 400:
        return
    text = (await response.read()).decode(errors="replace")
    try:
        status = json.loads(text)
        raise ApiError(response.status, status.get("reason", ""), status.get("message", text))
    except json.JSONDecodeError:
        raise ApiError(response.status, response.reason or "", text) from None


def _items(found: Object) -> Objects:
    """The items of a list, each with the apiVersion and kind that a list leaves out."""
    kind = found["kind"].removesuffix("List")
    return [{"apiVersion": found["apiVersion"], "kind": kind, **entry} for entry in found["items"]]


def _identity(obj: Object) -> tuple[str, str]:
    return obj["metadata"].get("namespace", ""), obj["metadata"]["name"]


def _remember(known: dict[tuple[str, str], Object], event: Event) -> None:
    if event.type == "DELETED":
        known.pop(_identity(event.object), None)
    else:
        known[_identity(event.object)] = event.object


def _differences(known: dict[tuple[str, str], Object], items: Objects) -> list[Event]:
    """What a new list says beyond what is known, and bring ``known`` up to date.

    An object deleted and created anew under the same name (another uid) is delivered as both.
    """
    found = {_identity(obj): obj for obj in items}
    events = [
        Event("DELETED", old)
        for key, old in known.items()
        if key not in found or found[key]["metadata"]["uid"] != old["metadata"]["uid"]
    ]
    for event in events:
        _remember(known, event)
    for key, obj in found.items():
        old = known.get(key)
        if old is None:
            events.append(Event("ADDED", obj))
        elif old["metadata"]["resourceVersion"] != obj["metadata"]["resourceVersion"]:
            events.append(Event("MODIFIED", obj))
    known.update(found)
    return events
