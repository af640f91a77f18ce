"""The real cluster, on the official Kubernetes client's configuration, authentication and connection pool."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import urllib3

from harness.cluster.model import NOT_SERVED, SYNCED, ClusterError, Event, Interrupt, Obj, Ref, Selection, Wish
from harness.cluster.transport import Transport
from harness.settings import FIELD_MANAGER, FOREIGN_MANAGER

_GONE = 410
_FAILURES_AT_MOST = 5  # in a row: the API server may restart under a watch
_READ_AT_MOST = 10.0  # seconds: an idle watch is renewed, so that a silently dead connection cannot blind us
_GATEWAY_GROUP = "gateway.networking.k8s.io/"
_INSTALL = (
    "install the Gateway API CRDs: kubectl apply --server-side -f "
    "https://github.com/kubernetes-sigs/gateway-api/releases/download/v1.6.1/standard-install.yaml"
)


def suite_version() -> str:
    """The version of the suite, for reports and the User-Agent."""
    try:
        return version("gamma-conformance")
    except PackageNotFoundError:
        return "0"


@dataclass
class _Kinds:
    """Kind -> (plural, namespaced) by group version; read from the API once, one request a group version."""

    transport: Transport
    known: dict[str, dict[str, tuple[str, bool]]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def find(self, api_version: str, kind: str, agent: str) -> tuple[str, bool]:
        with self.lock:
            if api_version not in self.known:
                self.known[api_version] = self._read(api_version, agent)
            found = self.known[api_version].get(kind)
        if found is None:
            raise _missing(api_version, kind)
        return found

    def _read(self, api_version: str, agent: str) -> dict[str, tuple[str, bool]]:
        try:
            answer = self.transport.request("GET", _root(api_version), agent=agent)
        except ClusterError as error:
            if error.code == 404:
                raise _missing(api_version, "") from None
            raise
        return {
            resource["kind"]: (resource["name"], bool(resource["namespaced"]))
            for resource in answer.get("resources", ())
            if "/" not in resource["name"]
        }


def _root(api_version: str) -> str:
    return f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"


def _missing(api_version: str, kind: str) -> ClusterError:
    what = f"{kind} in {api_version}" if kind else api_version
    hint = _INSTALL if api_version.startswith(_GATEWAY_GROUP) else ""
    return ClusterError(f"the cluster does not serve {what}", hint, code=404, reason=NOT_SERVED)


@dataclass(frozen=True)
class KubeCluster:
    """Implements ``harness.cluster.model.Cluster``."""

    transport: Transport
    agent: str
    kinds: _Kinds

    @classmethod
    def connect(cls, configuration: Any) -> KubeCluster:
        """A cluster on a configuration made by ``load_configuration``; connects when first used."""
        transport = Transport(configuration)
        return cls(transport, f"gamma-conformance/{suite_version()}", _Kinds(transport))

    @property
    def server(self) -> str:
        """The API server's URL."""
        return self.transport.host

    def named(self, scenario: str) -> KubeCluster:
        """The same cluster and connections, with a User-Agent that names the scenario."""
        return replace(self, agent=f"gamma-conformance/{suite_version()} ({scenario})")

    def apply(self, obj: Obj, *, dry_run: bool = False) -> Obj:
        """Server-side apply; takes fields over from other managers, since the scenario's file is the intent."""
        query = {"fieldManager": FIELD_MANAGER, "force": "true"}
        if dry_run:
            query["dryRun"] = "All"
        return self._call("PATCH", self._path(Ref.of(obj)), query, obj, "application/apply-patch+yaml")

    def patch_status(self, ref: Ref, status: Mapping[str, Any], version: str) -> Obj:
        """See ``Cluster.patch_status``."""
        body = {"metadata": {"resourceVersion": version}, "status": dict(status)}
        path, query = f"{self._path(ref)}/status", {"fieldManager": FOREIGN_MANAGER}
        return self._call("PATCH", path, query, body, "application/merge-patch+json")

    def create(self, obj: Obj) -> Obj:
        """See ``Cluster.create``."""
        ref = Ref.of(obj)
        collection = self._collection(Selection(ref.api_version, ref.kind, ref.namespace))
        return self._call("POST", collection, {"fieldManager": FIELD_MANAGER}, obj)

    def patch(self, ref: Ref, changes: Mapping[str, Any], version: str) -> Obj:
        """See ``Cluster.patch``."""
        body = {**changes, "metadata": {"resourceVersion": version}}
        query = {"fieldManager": FIELD_MANAGER}
        return self._call("PATCH", self._path(ref), query, body, "application/merge-patch+json")

    def get(self, ref: Ref) -> Obj | None:
        """The object, or None."""
        try:
            return self._call("GET", self._path(ref))
        except ClusterError as error:
            if error.code == 404 and error.reason != NOT_SERVED:
                return None
            raise

    def select(self, selection: Selection) -> list[Obj]:
        """All objects of the selection."""
        return self._list(selection)[0]

    def delete(self, ref: Ref, *, uid: str = "") -> bool:
        """See ``Cluster.delete``."""
        body: Obj = {"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Background"}
        if uid:
            body["preconditions"] = {"uid": uid}
        try:
            self._call("DELETE", self._path(ref), body=body)
        except ClusterError as error:
            if error.code == 404:
                return False
            raise
        return True

    def allows(self, wish: Wish) -> bool:
        """See ``Cluster.allows``."""
        wanted = {key: value for key, value in asdict(wish).items() if value}
        body = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "metadata": {},
            "spec": {"resourceAttributes": wanted},
        }
        answer = self._call("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", body=body)
        return bool((answer.get("status") or {}).get("allowed"))

    def version(self) -> dict[str, str]:
        """The API server's ``/version``."""
        return {key: str(value) for key, value in self._call("GET", "/version").items()}

    def close(self) -> None:
        """Close the pooled connections."""
        self.transport.close()

    def watch(self, selection: Selection, stop: Interrupt) -> Iterator[Event]:
        """See ``Cluster.watch``."""
        known: dict[tuple[str, str], Obj] = {}
        version = ""
        failures = 0
        while stop.remaining() > 0:
            try:
                if not version:
                    items, version = self._list(selection)
                    yield from _relisted(known, items)
                    yield Event(SYNCED, {})
                for event in self._stream(selection, version, stop):
                    if event.type == "ERROR":
                        version = "" if event.object.get("code") == _GONE else version
                        break
                    version = event.object["metadata"]["resourceVersion"]
                    if event.type != "BOOKMARK":
                        _remember(known, event)
                        yield event
                failures = 0
            except ClusterError as error:
                failures += 1
                if not error.passing or failures >= _FAILURES_AT_MOST:
                    raise
            stop.pause(0.1 * (1 + failures))  # a server that closes at once must not make us spin

    def _stream(self, selection: Selection, version: str, stop: Interrupt) -> Iterator[Event]:
        """The events of one connection; ends when it is cut, idle for long, expired, or no longer wanted."""
        remaining = stop.remaining()
        if remaining <= 0:
            return
        query = {**_query(selection), "watch": "true", "resourceVersion": version, "allowWatchBookmarks": "true"}
        path = self._collection(selection)
        try:
            response = self.transport.stream(path, query, self.agent, min(remaining, _READ_AT_MOST))
        except ClusterError as error:
            if error.code != _GONE:
                raise
            yield Event("ERROR", {"code": _GONE})
            return
        stop.attach(_cutter(response))
        try:
            for line in _lines(response):
                event = json.loads(line)
                yield Event(event["type"], event["object"])
                if stop.remaining() <= 0:
                    return
        except (urllib3.exceptions.HTTPError, OSError, ValueError):
            return  # cut, idle or half a line: the caller resumes from the last version it has seen
        finally:
            stop.attach(None)
            response.close()

    def _list(self, selection: Selection) -> tuple[list[Obj], str]:
        answer = self._call("GET", self._collection(selection), _query(selection))
        # Items of a list carry neither apiVersion nor kind.
        items = [{"apiVersion": selection.api_version, "kind": selection.kind, **item} for item in answer["items"]]
        return items, str(answer["metadata"]["resourceVersion"])

    def _call(
        self,
        method: str,
        path: str,
        query: dict[str, str] | None = None,
        body: object = None,
        content_type: str = "application/json",
    ) -> Obj:
        return self.transport.request(method, path, query, body, content_type, self.agent)

    def _path(self, ref: Ref) -> str:
        return f"{self._collection(Selection(ref.api_version, ref.kind, ref.namespace))}/{ref.name}"

    def _collection(self, selection: Selection) -> str:
        plural, namespaced = self.kinds.find(selection.api_version, selection.kind, self.agent)
        place = f"/namespaces/{selection.namespace}" if namespaced and selection.namespace else ""
        return f"{_root(selection.api_version)}{place}/{plural}"


def _query(selection: Selection) -> dict[str, str]:
    query = {"labelSelector": selection.labels, "fieldSelector": selection.fields}
    return {key: value for key, value in query.items() if value}


def _key(obj: Obj) -> tuple[str, str]:
    return obj["metadata"].get("namespace", ""), obj["metadata"]["name"]


def _remember(known: dict[tuple[str, str], Obj], event: Event) -> None:
    if event.type == "DELETED":
        known.pop(_key(event.object), None)
    else:
        known[_key(event.object)] = event.object


def _relisted(known: dict[tuple[str, str], Obj], items: list[Obj]) -> Iterator[Event]:
    """What a list says after an earlier one: everything that is there, and what has gone."""
    present = {_key(item) for item in items}
    for gone in [key for key in known if key not in present]:
        yield Event("DELETED", known.pop(gone))
    for item in items:
        known[_key(item)] = item
        yield Event("ADDED", item)


def _lines(response: Any) -> Iterator[bytes]:
    rest = b""
    for chunk in response.stream(amt=None, decode_content=True):
        *lines, rest = (rest + chunk).split(b"\n")
        yield from (line for line in lines if line.strip())


def _cutter(response: Any) -> Any:
    """A function for another thread that ends a blocked read of ``response``."""

    def cut() -> None:
        try:
            response.shutdown()
        except (ValueError, RuntimeError, OSError, AttributeError):
            return  # already over, or an urllib3 without shutdown: the read timeout ends it

    return cut
