"""Real Envoy: what passes through unchanged, protocols, and changes of the cluster."""

from __future__ import annotations

from tests.contract.lab_mesh.bench import Bench, Client
from tests.contract.lab_mesh.objects import edit_request, endpoints, parent, prefix, route, rule, service

FRONT = "10.96.2.1"


def port(number: int, protocol: str | None) -> dict:
    made = {"name": f"p{number}", "port": number, "targetPort": 8080, "protocol": "TCP"}
    return made | ({"appProtocol": protocol} if protocol else {})


def mixed(*ips: str) -> list[dict]:
    """One Service with a port of each kind."""
    ports = [port(80, "http"), port(81, None), port(82, "tcp")]
    made = service("mixed", FRONT)
    made["spec"]["ports"] = ports
    return [made, endpoints("mixed", *ips, ports={each["name"]: 8080 for each in ports})]


def test_service_without_routes_reaches_all_its_endpoints_on_every_port(bench: Bench) -> None:
    bench.apply()
    answers = bench.get("10.96.1.3/any/path", times=12)
    assert {answer.raw["seen"]["ip"] for answer in answers} == {f"10.244.1.{n}" for n in range(31, 35)}
    assert bench.get("10.96.1.3:81/").port == "8081"


def test_unused_port_is_refused(bench: Bench) -> None:
    bench.apply()
    assert bench.get("10.96.1.3:8888/").raw["error"] == "ConnectionRefusedError"


def test_nothing_is_added_to_a_request_or_an_answer(bench: Bench) -> None:
    bench.apply()
    answer = bench.get("10.96.1.1/a/./b//c/../d%2Fe?x=%20", headers={"x-reply": "server=mine"})
    assert answer.path == "/a/./b//c/../d%2Fe?x=%20"
    assert sorted(answer.raw["seen"]["headers"]) == ["host", "x-reply"]
    assert sorted(name for name, _ in answer.raw["headers"]) == ["content-length", "date", "server"]
    assert answer.header("server") == ["mine"]


def test_upgrade_reaches_the_backend(bench: Bench) -> None:
    bench.apply()
    asked = {"connection": "Upgrade", "upgrade": "websocket"}
    answer = bench.get("10.96.1.1/", headers={**asked, "x-status": "426"})
    assert (answer.status, answer.backend, answer.sees("upgrade")) == (426, "v1", ["websocket"])


def test_own_forwarding_headers_survive_and_a_route_may_change_them(bench: Bench) -> None:
    stamp = edit_request(set=[{"name": "x-forwarded-proto", "value": "route"}])
    bench.apply(service("front", FRONT), route("r", parent("front"), rule(to="v1", filters=[stamp])))
    sent = {"x-forwarded-proto": "mine", "x-request-id": "r1"}
    plain, routed = bench.get("10.96.1.1/", headers=sent), bench.get(f"{FRONT}/", headers=sent)
    assert (plain.sees("x-forwarded-proto"), plain.sees("x-request-id")) == (["mine"], ["r1"])
    assert routed.sees("x-forwarded-proto") == ["route"]


def test_ports_by_protocol(bench: Bench) -> None:
    bench.apply(*mixed("10.244.1.1"), route("r", parent("mixed"), rule(prefix("/known"), to="v2")))
    http, sniffed, tcp = (bench.get(f"{FRONT}:{number}/other") for number in (80, 81, 82))
    assert (http.status, sniffed.status, tcp.backend) == (404, 404, "v1")
    assert bench.get(f"{FRONT}:81/known").backend == "v2"


def test_bytes_that_are_not_http_pass_a_port_that_is_looked_at(bench: Bench) -> None:
    bench.apply(*mixed("10.244.1.1"))
    assert bench.raw(f"{FRONT}:81", "hello 1 world\r\n\r\n").startswith("HTTP/1.1 200")


def test_endpoints_come_and_go(bench: Bench) -> None:
    for ips, expected in ((("10.244.1.1",), "v1"), ((), 503), (("10.244.1.2",), "v2")):
        bench.apply(service("front", FRONT), endpoints("front", *ips))
        answer = bench.get(f"{FRONT}/", kept="endpoints")
        assert (answer.backend or answer.status) == expected


def test_backend_appears_and_disappears(bench: Bench) -> None:
    to_late = [service("front", FRONT), route("r", parent("front"), rule(to="late"))]
    late = [service("late", "10.96.2.7"), endpoints("late", "10.244.1.1")]
    for objects, expected in ((to_late, 500), ([*to_late, *late], 200), (to_late, 500)):
        bench.apply(*objects)
        assert bench.get(f"{FRONT}/").status == expected


def test_no_request_fails_while_services_and_routes_change(bench: Bench) -> None:
    """A route is never in force before the clusters it names (make before break)."""
    with Client(bench, f"{FRONT}/") as client:
        for round_number in range(12):
            name = f"backend-{round_number}"
            bench.apply(
                service("front", FRONT),
                endpoints("front", "10.244.1.1"),
                service(name, f"10.96.4.{round_number + 1}"),
                endpoints(name, "10.244.1.2"),
                route("r", parent("front"), rule(to=name)),
            )
            if round_number == 0:
                client.start()
    assert client.statuses == {200}


def test_service_created_anew_under_another_address(bench: Bench) -> None:
    attached = route("r", parent("front"), rule(to="v2"))
    for ip in ("10.96.2.20", "10.96.2.21"):
        bench.apply(service("front", ip), attached)
        assert bench.get(f"{ip}/").backend == "v2"
    assert bench.get("10.96.2.20/").raw["error"] == "ConnectionRefusedError"


def test_address_taken_over_by_another_service(bench: Bench) -> None:
    bench.apply(service("a", FRONT), endpoints("a", "10.244.1.1"))
    assert bench.get(f"{FRONT}/", kept="taken").backend == "v1"
    bench.apply(service("b", FRONT), endpoints("b", "10.244.1.2"))
    assert bench.get(f"{FRONT}/", kept="taken").backend == "v2"
