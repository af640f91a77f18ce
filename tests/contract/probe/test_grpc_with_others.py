"""The client and the echo of gRPC against another implementation, the one that most meshes use."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest
from probe_world import World, batch, failures

from harness.prober import Prober


class Answers(grpc.GenericRpcHandler):
    """Every method: bytes back and forth; the method's name says what is wanted."""

    def service(self, handler_call_details: Any) -> grpc.RpcMethodHandler | None:
        method = handler_call_details.method.rpartition("/")[2]
        if method == "Unary":
            return grpc.unary_unary_rpc_method_handler(self._unary)
        if method == "Stream":
            return grpc.stream_stream_rpc_method_handler(self._stream)
        return None

    def _unary(self, request: bytes, context: grpc.ServicerContext) -> bytes:
        asked = dict(context.invocation_metadata())
        context.send_initial_metadata((("x-back", asked.get("x-there", "")),))
        if "x-code" in asked:
            context.abort(grpc.StatusCode[asked["x-code"]], "as asked")
        return b"got " + request

    def _stream(self, requests: Any, context: grpc.ServicerContext) -> Any:
        for request in requests:
            yield b"got " + request


@pytest.fixture
def server() -> Any:
    found = grpc.server(ThreadPoolExecutor(4))
    found.add_generic_rpc_handlers((Answers(),))
    port = found.add_insecure_port("127.0.0.1:0")
    found.start()
    yield port
    found.stop(None).wait(5)


@pytest.mark.parametrize("over", ["fresh", "one"])
def test_our_client_with_its_server(server: int, prober: Prober, over: str) -> None:
    def call(method: str, **more: Any) -> Any:
        sent = batch(server, protocol="grpc", path=f"/any.Service/{method}", over=over, count=4, **more)
        found = prober.start(sent).result(30)
        assert failures(found) == {"200"}
        (answer,) = {one.answer for one in found}
        return answer

    unary = call("Unary", body="this", headers={"x-there": "v"})
    assert (unary.grpc_status, unary.messages, unary.body) == ("OK", 1, "got this")
    assert ("x-back", "v") in unary.headers
    assert call("Stream", body="m", messages=6).messages == 6
    missing = call("Nowhere")
    assert (missing.grpc_status, missing.messages) == ("UNIMPLEMENTED", 0)
    aborted = call("Unary", headers={"x-code": "ABORTED"})
    assert aborted.grpc_status == "ABORTED"
    assert ("grpc-message", "as asked") in aborted.trailers


def test_its_client_with_our_echo(world: World) -> None:
    with grpc.insecure_channel(f"127.0.0.1:{world.echo.http2_port}") as channel:
        unary: Any = channel.unary_unary("/any.Service/Method")
        answer, call = unary.with_call(b"text", metadata=(("x-there", "v"),), timeout=20)
        assert b'"protocol":"grpc"' in answer
        assert b'["x-there","v"]' in answer
        assert b'"body":"text"' in answer
        assert dict(call.initial_metadata())["x-gamma-echo"].startswith("x-producer/echo-v1/")
        stream: Any = channel.stream_stream("/any.Service/Method")
        assert len(list(stream(iter([b"a", b"b", b"c"]), timeout=20))) == 3
        with pytest.raises(grpc.RpcError) as failed:
            unary(b"", metadata=(("x-gamma-echo-grpc-status", "NOT_FOUND"),), timeout=20)
        assert failed.value.code() is grpc.StatusCode.NOT_FOUND
        with pytest.raises(grpc.RpcError) as mapped:
            unary(b"", metadata=(("x-gamma-echo-status", "404"),), timeout=20)
        assert mapped.value.code() is grpc.StatusCode.UNIMPLEMENTED
        with pytest.raises(grpc.RpcError) as late:
            unary(b"", metadata=(("x-gamma-echo-delay", "20s"),), timeout=0.3)
        assert late.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
