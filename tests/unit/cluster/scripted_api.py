"""A tiny HTTP server that answers as scripted: enough of an API server to show how the client behaves on the wire."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

DISCOVERY = {
    "/api/v1": [("services", "Service", True), ("namespaces", "Namespace", False), ("nodes", "Node", False)],
    "/apis/gateway.networking.k8s.io/v1": [("httproutes", "HTTPRoute", True), ("httproutes/status", "HTTPRoute", True)],
    "/apis/apiextensions.k8s.io/v1": [("customresourcedefinitions", "CustomResourceDefinition", False)],
}


class Request:
    def __init__(self, method, path, query, headers, body):
        self.method, self.path, self.query, self.headers, self.body = method, path, query, headers, body


class Api:
    """Answers by ``(method, path)``: a value, or a function of the request; a list is used up in order."""

    def __init__(self):
        self.answers: dict[tuple[str, str], object] = {}
        self.requests: list[Request] = []
        self.closing = threading.Event()
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _serve(self):
                parts = urlsplit(self.path)
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                query = {key: values[0] for key, values in parse_qs(parts.query).items()}
                request = Request(self.command, parts.path, query, dict(self.headers), body)
                api.requests.append(request)
                answer = api.answer(request)
                if callable(answer):
                    answer(self)
                    return
                status, content = answer
                data = json.dumps(content).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_PATCH = do_DELETE = do_POST = _serve

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_port}"

    def stop(self):
        self.closing.set()
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def on(self, method, path, *answers):
        self.answers[method, path] = list(answers)

    def answer(self, request):
        if request.path in DISCOVERY and (request.method, request.path) not in self.answers:
            resources = [{"name": n, "kind": k, "namespaced": s} for n, k, s in DISCOVERY[request.path]]
            return 200, {"kind": "APIResourceList", "resources": resources}
        scripted = self.answers.get((request.method, request.path))
        if not scripted:
            return 404, {"kind": "Status", "reason": "NotFound", "message": "not found"}
        return scripted.pop(0) if len(scripted) > 1 else scripted[0]


def status(code, reason="", message=""):
    return code, {"kind": "Status", "code": code, "reason": reason, "message": message}


def listing(version, *items):
    return 200, {"metadata": {"resourceVersion": str(version)}, "items": list(items)}


def service(name, version, namespace="shop", **more):
    metadata = {"name": name, "namespace": namespace, "resourceVersion": str(version)}
    return {"apiVersion": "v1", "kind": "Service", "metadata": metadata, **more}


def stream(*events, keep_open: threading.Event | None = None, cut: bytes = b"") -> Callable:
    """A chunked watch; ends after the events, or once ``keep_open`` is set; ``cut`` is half a line at the end."""

    def send(handler):
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        lines = [json.dumps({"type": kind, "object": obj}).encode() + b"\n" for kind, obj in events]
        try:
            for part in [*lines, *([cut] if cut else [])]:
                handler.wfile.write(f"{len(part):x}\r\n".encode() + part + b"\r\n")
            if keep_open is not None:
                keep_open.wait(10)
            if not cut:
                handler.wfile.write(b"0\r\n\r\n")
        except OSError:
            pass
        handler.close_connection = True

    return send
