"""The lab's own client, while its server is still starting."""

import asyncio
import socket

import aiohttp
import pytest

from lab import client
from lab.client import Client


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    body = b'{"is":"on"}'
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
    await writer.drain()
    writer.close()


def test_a_socket_on_which_nobody_listens_yet_is_asked_again(tmp_path):
    async def run() -> dict[str, str]:
        with socket.socket(socket.AF_UNIX) as door:
            door.bind(str(tmp_path / "api.sock"))
            async with Client(tmp_path / "api.sock") as api:
                asked = asyncio.create_task(api.get("/api/v1/nodes"))
                await asyncio.sleep(0.2)
                assert not asked.done()
                server = await asyncio.start_unix_server(answer, sock=door)
                found = await asyncio.wait_for(asked, 10)
                server.close()
                return found

    assert asyncio.run(run()) == {"is": "on"}


def test_a_server_that_never_comes_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setattr(client, "_CONNECTED_WITHIN", 0.1)

    async def run() -> None:
        async with Client(tmp_path / "api.sock") as api:
            await api.get("/api/v1/nodes")

    with pytest.raises(aiohttp.ClientConnectorError):
        asyncio.run(run())
