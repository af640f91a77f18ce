"""``send`` prints like curl -i, and its exit status says whether an answer came."""

from __future__ import annotations

import socket

from probe_world import World, free_port, read_request, serving


def send(world: World, *arguments: str) -> tuple[int, str, str]:
    done = world.client.run("send", *arguments)
    return done.returncode, done.stdout.decode("latin-1"), done.stderr.decode()


def test_an_answer_as_curl_prints_it(world: World) -> None:
    def handle(connection: socket.socket, number: int) -> None:
        read_request(connection)
        connection.sendall(b"HTTP/1.1 404 Not Here\r\nX-Some: one\r\nx-some: two\r\ncontent-length: 4\r\n\r\ngone")

    with serving(handle) as server:
        status, out, err = send(world, f"http://127.0.0.1:{server.port}/x")
    assert status == 0
    assert out == "HTTP/1.1 404 Not Here\r\nx-some: one\r\nx-some: two\r\ncontent-length: 4\r\n\r\ngone\n"
    assert err.startswith(f"# 127.0.0.1:{server.port}, connection 0: connected ")
    assert "first byte" in err


def test_what_is_sent(world: World) -> None:
    status, out, _ = send(
        world,
        *("-X", "PUT", "-H", "x-a: 1", "-H", "Host: other", "--body", "abc", "--deadline", "20s"),
        *("--connect", f"127.0.0.1:{world.echo.port}", "http://front.gamma-producer/p?q=1"),
    )
    assert status == 0
    assert '"method":"PUT","path":"/p?q=1","host":"other"' in out
    assert '["x-a","1"]' in out
    assert '["content-length","3"]' in out


def test_several_on_one_connection_or_fresh_ones(world: World) -> None:
    url = f"http://127.0.0.1:{world.echo.port}/"
    status, out, err = send(world, "-n", "3", "--over", "one", url)
    assert (status, out.count("HTTP/1.1 200 OK"), err.count("connection 0:")) == (0, 3, 3)
    assert err.count("connected") == 1
    status, out, err = send(world, "-n", "2", url)
    assert (status, out.count("HTTP/1.1 200 OK"), err.count("connected")) == (0, 2, 2)


def test_many_are_counted_by_status_and_workload(world: World) -> None:
    url = f"http://127.0.0.1:{world.echo.port}/"
    status, out, err = send(world, "-n", "20", "--tally", url)
    assert (status, out) == (0, "     20  100.0%  200 from x-producer/echo-v1\n     20  in all\n")
    assert err == ""

    def handle(connection: socket.socket, number: int) -> None:
        read_request(connection)
        if number % 4 == 0:
            return
        mark = f"x-gamma-echo: a/b{number % 4 // 2}\x1b/pod/8080\r\n" if number % 4 > 1 else ""
        connection.sendall(f"HTTP/1.1 404 Not Here\r\n{mark}content-length: 0\r\n\r\n".encode())

    with serving(handle) as server:
        status, out, _ = send(world, "-n", "8", "--tally", f"http://127.0.0.1:{server.port}/x")
    assert server.accepted == 8
    assert status == 1
    assert [line.split(maxsplit=2) for line in out.splitlines()] == [
        ["4", "50.0%", "404 from a/b1?"],
        ["2", "25.0%", "404 from no backend"],
        ["2", "25.0%", "no answer: closed"],
        ["8", "in", "all"],
    ]


def test_calls_connections_and_kept_connections_are_counted(world: World) -> None:
    place = ("--connect", f"127.0.0.1:{world.echo.http2_port}")
    call = ("--protocol", "grpc", "--over", "one", "-n", "30", "--tally", *place, "http://front.x/a.B/C")
    assert send(world, *call)[:2] == (0, "     30  100.0%  OK from x-producer/echo-v1\n     30  in all\n")
    told = send(world, "-n", "3", "--tally", f"tcp://127.0.0.1:{world.echo.tcp_port}")
    assert told[:2] == (0, "      3  100.0%  answered from x-producer/echo-v1\n      3  in all\n")


def test_no_answer(world: World) -> None:
    port = free_port()
    status, out, err = send(world, f"http://127.0.0.1:{port}/")
    assert (status, out) == (1, "")
    assert "send: refused: Connection refused" in err
    with serving(
        lambda connection, _: connection.recv(1) and connection.recv(1 << 20) and connection.recv(1)
    ) as server:
        status, _, err = send(world, "--deadline", "300ms", f"http://127.0.0.1:{server.port}/")
    assert status == 1
    assert "send: deadline: no whole answer within 0.3 s" in err
    status, _, err = send(world, "http://" + "a" * 80 + ".example/")
    assert (status, "send: unresolved" in err) == (1, True)


def test_mistakes_are_usage_errors(world: World) -> None:
    for arguments in (
        ["front/x"],
        ["-H", "none", "http://x/"],
        ["--deadline", "5", "http://x/"],
        ["-n", "0", "http://x/"],
    ):
        status, _, err = send(world, *arguments)
        assert (status, bool(err)) == (2, True), arguments


def test_http2_and_calls(world: World) -> None:
    place = ("--connect", f"127.0.0.1:{world.echo.http2_port}")
    status, out, err = send(world, "--protocol", "h2c", "-X", "PUT", "--body", "abc", *place, "http://front.x/p")
    assert status == 0
    assert out.startswith("HTTP/2 200\r\nx-gamma-echo: ")
    assert '"method":"PUT","path":"/p","host":"front.x","protocol":"h2c"' in out
    call = ("--protocol", "grpc", "--messages", "3", "--over", "2", "-n", "4", *place, "http://front.x/a.B/C")
    status, out, err = send(world, *call)
    assert status == 0
    assert out.count("\ngrpc-status: 0\r\n") == out.count('"protocol":"grpc"') == 4
    assert err.count("gRPC status OK, messages: 3") == 4
    assert "connection 1: first byte" in err
    status, out, err = send(
        world, "--protocol", "grpc", "-H", "x-gamma-echo-status: 503", *place, "http://front.x/a.B/C"
    )
    assert status == 0
    assert out.startswith("HTTP/2 503\r\n")
    assert "gRPC status UNAVAILABLE, messages: 0" in err
    assert send(world, "--protocol", "h2c", "-H", "upgrade: x", *place, "http://front.x/")[0] == 2


def test_websockets_and_plain_connections(world: World) -> None:
    place = ("--connect", f"127.0.0.1:{world.echo.port}")
    status, out, _ = send(world, "--protocol", "websocket", "--body", "abc", *place, "http://front.x/chat")
    assert status == 0
    assert out.startswith("HTTP/1.1 101 Switching Protocols\r\nx-gamma-echo: ")
    assert '"path":"/chat","host":"front.x","protocol":"websocket"' in out
    status, out, _ = send(world, "--body", "abc", f"tcp://127.0.0.1:{world.echo.tcp_port}")
    assert status == 0
    assert '"body":"abc"' in out.splitlines()[0]
    status, out, err = send(world, "--sni", "other.x", "--over", "one", f"tls://127.0.0.1:{world.echo.tls_port}")
    assert status == 0
    assert '"sni":"other.x"' in out
    assert "connection 0: connected" in err
    for url in ("tcp://front.x", "http://front.x:1/"):
        assert send(world, "--protocol", "tls", url)[0] == 2
    assert send(world, "--protocol", "http1", "tcp://front.x:1")[0] == 2
