"""Real Envoy: header modifiers, rewrites, redirects, mirrors."""

from __future__ import annotations

import time

import pytest

from tests.contract.lab_mesh.bench import Bench
from tests.contract.lab_mesh.objects import (
    backend,
    edit_request,
    edit_response,
    endpoints,
    mirror,
    parent,
    prefix,
    redirect,
    replace_path,
    replace_prefix,
    rewrite,
    route,
    rule,
    service,
)

FRONT = "10.96.2.1"
OWN = [service("front", FRONT, ports={"http": 80, "alt": 8080}), endpoints("front", "10.244.1.1")]


def named(**values: str) -> list[dict]:
    return [{"name": name.replace("_", "-"), "value": value} for name, value in values.items()]


def test_request_headers(bench: Bench) -> None:
    edits = edit_request(set=named(X_Set="new", X_Absent="100%"), add=named(X_Add="b"), remove=["X-Rm"])
    bench.apply(*OWN, route("r", parent("front"), rule(prefix("/a"), to="v1", filters=[edits]), rule(to="v1")))
    sent = {"x-set": "old", "x-add": "a", "X-RM": "gone", "x-keep": "1"}
    answer = bench.get(f"{FRONT}/a", headers=sent)
    assert answer.sees("x-set") == ["new"]
    assert answer.sees("x-absent") == ["100%"]
    assert answer.sees("x-add") == ["a", "b"]
    assert answer.sees("x-rm") == []
    assert answer.sees("x-keep") == ["1"]
    untouched = bench.get(f"{FRONT}/b", headers=sent)
    assert untouched.sees("x-set") == ["old"]
    assert untouched.sees("x-rm") == ["gone"]


def test_response_headers(bench: Bench) -> None:
    edits = edit_response(set=named(X_Set="new"), add=named(X_Add="b"), remove=["X-Rm"])
    bench.apply(*OWN, route("r", parent("front"), rule(to="v1", filters=[edits])))
    answer = bench.get(f"{FRONT}/", headers={"x-reply": ["x-set=old", "x-add=a", "x-rm=gone", "x-keep=1"]})
    assert answer.header("x-set") == ["new"]
    assert answer.header("x-add") == ["a", "b"]
    assert answer.header("x-rm") == []
    assert answer.header("x-keep") == ["1"]


def test_rule_and_backend_filters_apply_in_this_order(bench: Bench) -> None:
    first = edit_request(set=named(a="1", b="1"), add=named(c="1"))
    second = edit_request(set=named(c="2"), add=named(a="2"), remove=["b"])
    bench.apply(*OWN, route("r", parent("front"), rule(to=backend("v1", filters=[second]), filters=[first])))
    answer = bench.get(f"{FRONT}/", headers={"c": "0"})
    assert (answer.sees("a"), answer.sees("b"), answer.sees("c")) == (["1", "2"], [], ["2"])


# Request path, matched prefix, replacement, path that the backend sees: the eleven rows of the Gateway API's table,
# then rows for the root and for a path with an empty element.
TABLE = [
    ("/foo/bar", "/foo", "/xyz", "/xyz/bar"),
    ("/foo/bar", "/foo", "/xyz/", "/xyz/bar"),
    ("/foo/bar", "/foo/", "/xyz", "/xyz/bar"),
    ("/foo/bar", "/foo/", "/xyz/", "/xyz/bar"),
    ("/foo", "/foo", "/xyz", "/xyz"),
    ("/foo/", "/foo", "/xyz", "/xyz/"),
    ("/foo/bar", "/foo", "", "/bar"),
    ("/foo/", "/foo", "", "/"),
    ("/foo", "/foo", "", "/"),
    ("/foo/", "/foo", "/", "/"),
    ("/foo", "/foo", "/", "/"),
    ("/foo/bar", "/foo", "/", "/bar"),
    ("/bar", "/", "/xyz", "/xyz/bar"),
    ("/foo//bar", "/foo", "/", "//bar"),
    ("/a.b/c", "/a.b", r"/x\1", r"/x\1/c"),
]


@pytest.mark.parametrize("kind", ["rewrite", "redirect"])
def test_prefix_replacement(bench: Bench, kind: str) -> None:
    rows = list(enumerate(TABLE))
    services = [service(f"front-{n}", f"10.96.3.{n + 1}") for n, _ in rows]
    change = rewrite if kind == "rewrite" else redirect
    routes = [
        route(
            f"r-{n}",
            parent(f"front-{n}"),
            rule(
                prefix(matched),
                filters=[change(path=replace_prefix(replacement))],
                to="v1" if kind == "rewrite" else None,
            ),
        )
        for n, (_, matched, replacement, _) in rows
    ]
    bench.apply(*services, *routes)
    for n, (path, _, _, expected) in rows:
        answer = bench.get(f"10.96.3.{n + 1}{path}?q=/foo")
        found = answer.path if kind == "rewrite" else answer.header("location")[0]
        host = "" if kind == "rewrite" else f"http://10.96.3.{n + 1}"
        assert found == f"{host}{expected}?q=/foo", TABLE[n]


def test_full_path_and_host_rewrite(bench: Bench) -> None:
    change = rewrite(hostname="one.example.org", path=replace_path("/one"))
    bench.apply(*OWN, route("r", parent("front"), rule(to="v1", filters=[change, edit_request(set=named(x="y"))])))
    answer = bench.get(f"{FRONT}/full/two?a=b")
    assert (answer.backend, answer.path, answer.sees("host")) == ("v1", "/one?a=b", ["one.example.org"])
    assert answer.sees("x") == ["y"]


@pytest.mark.parametrize(
    ("fields", "url", "host", "location"),
    [
        ({}, "/p?q=1", None, f"http://{FRONT}/p?q=1"),
        ({}, "/p", "echo.gamma-producer", "http://echo.gamma-producer/p"),
        ({"hostname": "example.org"}, "/p", None, "http://example.org/p"),
        ({"hostname": "example.org"}, ":8080/p", None, "http://example.org:8080/p"),
        ({}, ":8080/p", f"{FRONT}:8080", f"http://{FRONT}:8080/p"),
        ({"scheme": "https"}, "/p", None, f"https://{FRONT}/p"),
        ({"scheme": "https", "hostname": "example.org"}, ":8080/p", None, "https://example.org/p"),
        ({"port": 8083}, "/p", None, f"http://{FRONT}:8083/p"),
        ({"port": 443, "scheme": "https"}, "/p", None, f"https://{FRONT}/p"),
        ({"port": 80}, ":8080/p", "front", "http://front/p"),
        ({"port": 443}, "/p", None, f"http://{FRONT}:443/p"),
        ({"path": replace_path("/new")}, "/p?q=1", None, f"http://{FRONT}/new?q=1"),
        # A port that Host carries is replaced, and a default one then written out, which is legal.
        ({"scheme": "https"}, ":8080/p", f"{FRONT}:8080", f"https://{FRONT}:443/p"),
        ({"port": 80}, ":8080/p", "front:8080", "http://front:80/p"),
        ({"scheme": "https"}, "/p", "[fd00::1]", "https://[fd00::1]/p"),
        ({"scheme": "https"}, "/p", "[fd00::1]:80", "https://[fd00::1]:443/p"),
    ],
)
def test_location(bench: Bench, fields: dict, url: str, host: str | None, location: str) -> None:
    bench.apply(*OWN, route("r", parent("front"), rule(filters=[redirect(**fields)])))
    answer = bench.get(f"{FRONT}{url}", **({"host": host} if host else {}))
    assert (answer.status, answer.header("location")) == (302, [location])


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect_status(bench: Bench, status: int) -> None:
    bench.apply(*OWN, route("r", parent("front"), rule(filters=[redirect(statusCode=status)])))
    assert bench.get(f"{FRONT}/", method="POST", headers={"content-length": "0"}).status == status


def test_mirror(bench: Bench) -> None:
    filters = [mirror("v2"), mirror("v3", percent=0), mirror("ghost")]
    bench.apply(*OWN, route("r", parent("front"), rule(to="v1", filters=filters)))
    before = bench.hits("v1", "v2", "v3")
    started = time.monotonic()
    assert {answer.backend for answer in bench.get(f"{FRONT}/m", times=20)} == {"v1"}
    assert time.monotonic() - started < 5
    bench.wait_for(lambda: bench.hits("v2")["v2"] - before["v2"] == 20)
    after = bench.hits("v1", "v3")
    assert (after["v1"] - before["v1"], after["v3"] - before["v3"]) == (20, 0)


def test_every_mirror_gets_its_share_whatever_backend_was_drawn(bench: Bench) -> None:
    split = [backend("v1"), backend("v1", filters=[mirror("v3", percent=50)])]
    bench.apply(*OWN, route("r", parent("front"), rule(to=split, filters=[mirror("v2", percent=25)])))
    before = bench.hits("v2", "v3")
    bench.get(f"{FRONT}/m", times=1000)
    time.sleep(0.2)  # the last copies may still be on their way
    after = bench.hits("v2", "v3")
    assert 130 < after["v2"] - before["v2"] < 370
    assert 130 < after["v3"] - before["v3"] < 370


def test_unknown_filters_fail_closed(bench: Bench) -> None:
    extension = {"type": "ExtensionRef", "extensionRef": {"group": "x.example", "kind": "K", "name": "n"}}
    unknown = {"type": "Unheard"}
    rules = [
        rule(prefix("/extension"), to="v1", filters=[extension]),
        rule(prefix("/unknown"), to="v1", filters=[unknown]),
        rule(prefix("/good"), to="v1"),
    ]
    bench.apply(*OWN, route("r", parent("front"), *rules))
    assert [bench.get(f"{FRONT}{path}").status for path in ("/extension", "/unknown", "/good")] == [500, 404, 200]
