"""A program: one Envoy under the mesh's planner and ADS server, with backends, in a network namespace of its own.

It reads numbered commands, [N, COMMAND] on a JSON line each, and answers [N, ANSWER] as they are done:
  {"world": [OBJECT...], "defect": ID}   plan, publish, wait until Envoy confirmed; answers {"ms": ...}
  {"send": {...}, "times": N}            HTTP requests from a source address; answers a list of what came back
  {"call": {...}, "times": N}            gRPC calls; answers a list of what came back
  {"hello": {...}}                       the first message of a TLS client; answers who got it
  {"raw": {...}} {"hits": 1} {"config": 1}   bytes sent as they are; requests each backend got; Envoy's configuration
Pod and cluster addresses are all local to the loopback device, so a source address is chosen by binding it.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from pyroute2 import IPRoute

from lab.defects.registry import selectable
from lab.mesh.ads.pack import Packer
from lab.mesh.ads.server import AdsServer
from lab.mesh.dataplane import Envoy, Node
from lab.mesh.model.decisions import CONFORMANT
from lab.mesh.plan import Planner
from tests.contract.lab_mesh.calls import call, hello
from tests.contract.lab_mesh.http2 import PREFACE, serve_http2
from tests.contract.lab_mesh.worlds import world_of

_NEWUSER, _NEWNET = 0x10000000, 0x40000000
_TLS_HANDSHAKE = b"\x16"
_CONNECTIONS: dict[str, tuple[asyncio.StreamReader, asyncio.StreamWriter]] = {}


def isolate(*local: str) -> None:
    """Enter a network namespace of our own, whose loopback device has all addresses of these networks."""
    uid, gid = os.getuid(), os.getgid()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_NEWUSER | _NEWNET) != 0:
        sys.exit(f"unshare: {os.strerror(ctypes.get_errno())}")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"0 {uid} 1")
    Path("/proc/self/gid_map").write_text(f"0 {gid} 1")
    with IPRoute() as netlink:
        netlink.link("set", index=1, state="up")
        for network in local:
            netlink.route("add", dst=network, oif=1, type="local", table=255, scope=254)


HITS: dict[str, int] = {}
# When requests with this x-id came.
ARRIVALS: dict[str, list[float]] = {}


async def backend(name: str, ip: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """An echo: what it got, as JSON.

    Request headers steer it: x-delay (seconds) and x-drip (before the body), x-status and x-reply (name=value); with
    x-fail: N only the first N requests of an x-id are delayed or get the status, or with x-reset are cut off.
    """
    with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
        while True:
            first = await reader.readexactly(1)
            if first == _TLS_HANDSHAKE:
                writer.write(f"{name}\n".encode())
                break
            start = first + await reader.readuntil(b"\r\n\r\n")
            if start == PREFACE:
                HITS[name] = HITS.get(name, 0) + 1
                await serve_http2(name, ip, reader, writer)
                break
            head = start.decode()
            line, *fields = head.strip().split("\r\n")
            method, path, _ = line.split(" ")
            HITS[name] = HITS.get(name, 0) + 1
            headers: dict[str, list[str]] = {}
            for field in fields:
                key, _, value = field.partition(":")
                headers.setdefault(key.lower(), []).append(value.strip())
            await skip_body(reader, headers)
            ARRIVALS.setdefault(headers.get("x-id", [""])[0], []).append(time.monotonic())
            count = len(ARRIVALS[headers.get("x-id", [""])[0]])
            failing = count <= int(headers.get("x-fail", ["0"])[0])
            if failing and "x-reset" in headers:
                writer.transport.abort()
                return
            await asyncio.sleep(float(headers.get("x-delay", ["0"])[0]) if failing or "x-fail" not in headers else 0)
            body = json.dumps({"name": name, "ip": ip, "method": method, "path": path, "headers": headers}).encode()
            extra = "".join(f"{pair.replace('=', ': ', 1)}\r\n" for pair in headers.get("x-reply", []))
            status = headers.get("x-status", ["200"])[0] if failing or "x-fail" not in headers else "200"
            writer.write(f"HTTP/1.1 {status} X\r\n{extra}content-length: {len(body)}\r\n\r\n".encode())
            if "x-drip" in headers:
                await asyncio.sleep(float(headers["x-drip"][0]))
            writer.write(body)
            await writer.drain()
    writer.close()


async def skip_body(reader: asyncio.StreamReader, headers: dict[str, list[str]]) -> None:
    """Read what follows the head, so that the next request on the connection is found."""
    if "chunked" in headers.get("transfer-encoding", []):
        while size := int(await reader.readuntil(b"\r\n"), 16):
            await reader.readexactly(size + 2)
        await reader.readuntil(b"\r\n")
    else:
        await reader.readexactly(int(headers.get("content-length", ["0"])[0]))


async def send(source: str, to: str, text: str, kept: str = "") -> dict[str, Any]:
    """One request, on a connection of its own or on the kept-alive one called `kept`."""
    started = time.monotonic()
    try:
        if kept in _CONNECTIONS:
            reader, writer = _CONNECTIONS[kept]
        else:
            host, port = to.rsplit(":", 1)
            reader, writer = await asyncio.open_connection(host, int(port), local_addr=(source, 0))
        writer.write(text.encode())
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        line, *fields = head.strip().split("\r\n")
        headers = [[key.lower(), value.strip()] for key, _, value in (field.partition(":") for field in fields)]
        length = int(dict(map(tuple, headers)).get("content-length", 0))
        body = (await reader.readexactly(length)).decode() if "HEAD " not in text else ""
    except (OSError, asyncio.IncompleteReadError) as error:
        return {"error": type(error).__name__, "elapsed": time.monotonic() - started}
    if kept:
        _CONNECTIONS[kept] = (reader, writer)
    else:
        writer.close()
    seen = json.loads(body) if body.startswith("{") else None
    status = int(line.split(" ")[1])
    return {"status": status, "headers": headers, "seen": seen, "elapsed": time.monotonic() - started}


async def raw(source: str, to: str, text: str) -> str:
    """The first line that comes back for these bytes."""
    host, port = to.rsplit(":", 1)
    reader, writer = await asyncio.open_connection(host, int(port), local_addr=(source, 0))
    writer.write(text.encode())
    line = (await reader.readline()).decode()
    writer.close()
    return line


class Sandbox:
    def __init__(self, directory: Path) -> None:
        self.ads = AdsServer(directory / "xds.sock")
        self.envoy = Envoy(Node("node-1", Path("/proc/self/ns/net")), directory / "xds.sock", directory, directory)
        self.packer = Packer()
        self.planners = {"": Planner(CONFORMANT)}
        self.rejected: list[str] = []
        self.servers: dict[tuple[str, int], asyncio.Server] = {}

    async def start(self) -> None:
        await self.ads.start()
        self.envoy.start()

    async def stop(self) -> None:
        self.envoy.stop()

    async def apply(self, objects: list[dict[str, Any]], defect: str) -> dict[str, Any]:
        await self._backends(objects)
        if defect not in self.planners:
            self.planners[defect] = Planner(selectable[defect].decisions)
        started = time.monotonic()
        plan = self.planners[defect].plan(world_of(objects))
        planned = time.monotonic()
        self.ads.publish(self.packer.pack(plan.resources))
        packed = time.monotonic()
        async with asyncio.timeout(20):
            await self.ads.wait_settled({"node-1"})
        done = time.monotonic()
        steps = {"plan": planned - started, "pack": packed - planned, "deliver": done - packed}
        rejections = [text for text in self.ads.rejections("node-1") if text not in self.rejected]
        self.rejected += rejections
        return {"rejections": rejections, "ms": {step: round(1000 * value, 1) for step, value in steps.items()}}

    async def _backends(self, objects: list[dict[str, Any]]) -> None:
        """A server for every endpoint whose pod does not have the label `dead`."""
        metas = [(obj["status"]["podIP"], obj["metadata"]) for obj in objects if obj["kind"] == "Pod"]
        pods = {ip: meta for ip, meta in metas if "dead" not in meta["labels"]}
        for piece in (obj for obj in objects if obj["kind"] == "EndpointSlice"):
            for ip in (ip for endpoint in piece["endpoints"] for ip in endpoint["addresses"]):
                for port in (port["port"] for port in piece["ports"]):
                    if (ip, port) not in self.servers and ip in pods:
                        name = f"{pods[ip]['labels']['app']}:{port}"
                        serve = lambda r, w, name=name, ip=ip: backend(name, ip, r, w)  # noqa: E731
                        self.servers[ip, port] = await asyncio.start_server(serve, ip, port)

    async def admin(self, path: str) -> Any:
        """What Envoy's admin interface says, as JSON."""
        reader, writer = await asyncio.open_unix_connection(str(self.envoy.admin))
        writer.write(f"GET {path} HTTP/1.1\r\nhost: admin\r\nconnection: close\r\n\r\n".encode())
        text = (await reader.read(-1)).decode()
        writer.close()
        return json.loads(text[text.index("{") : text.rindex("}") + 1])

    async def answer(self, command: dict[str, Any]) -> Any:
        if "world" in command:
            return await self.apply(command["world"], command.get("defect", ""))
        if "config" in command:
            return await self.admin("/config_dump")
        if "hits" in command:
            return HITS
        if "arrivals" in command:
            return ARRIVALS.get(command["arrivals"], [])
        if "call" in command:
            return [await call(**command["call"]) for _ in range(command.get("times", 1))]
        if "hello" in command:
            return await hello(**command["hello"])
        if "raw" in command:
            return await raw(**command["raw"])
        return [await send(**command["send"]) for _ in range(command.get("times", 1))]


async def reply(sandbox: Sandbox, number: int, command: dict[str, Any]) -> None:
    print(json.dumps([number, await sandbox.answer(command)]), flush=True)  # noqa: T201 - the protocol


async def serve(sandbox: Sandbox) -> None:
    """Answer commands until standard input ends."""
    await sandbox.start()
    reader = asyncio.StreamReader(limit=2**26)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    try:
        running = set()
        while line := await reader.readline():
            task = asyncio.create_task(reply(sandbox, *json.loads(line)))
            running.add(task)
            task.add_done_callback(running.discard)
    finally:
        await sandbox.stop()
        os._exit(0)  # connections of the backends and threads of gRPC have nothing left to do


if __name__ == "__main__":
    isolate("10.96.0.0/16", "10.244.0.0/16")
    asyncio.run(serve(Sandbox(Path(sys.argv[1]))))
