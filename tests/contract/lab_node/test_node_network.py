"""Names, addresses and endpoints as pods and clients see them."""

from __future__ import annotations

import json

import pytest
from dnslib import QTYPE, DNSRecord

from tests.contract.lab_node.node_cluster import FETCH, SERVER, until

_LOOK_UP = (
    "import json, socket, sys\n"
    "try:\n"
    "    found = socket.getaddrinfo(sys.argv[1], 80, type=socket.SOCK_STREAM)\n"
    "    print(json.dumps(sorted(entry[4][0] for entry in found)))\n"
    "except socket.gaierror as error:\n"
    "    print(json.dumps(error.errno == socket.EAI_NONAME))\n"
)
_QUERY = (
    "import socket, sys\n"
    "kind, packet = sys.argv[1], bytes.fromhex(sys.argv[2])\n"
    "with socket.socket(type=getattr(socket, kind)) as door:\n"
    "    door.settimeout(5)\n"
    "    door.connect(('10.96.0.10', 53))\n"
    "    length = len(packet).to_bytes(2, 'big') if kind == 'SOCK_STREAM' else b''\n"
    "    door.sendall(length + packet)\n"
    "    print(door.recv(4096)[len(length):].hex())\n"
)


@pytest.fixture
def client(cluster, namespace):
    cluster.deploy(namespace, "client", replicas=2)
    pods = cluster.ready(namespace, "client", 2)
    return sorted(pods, key=lambda pod: pod.spec.node_name)


@pytest.fixture
def web(cluster, namespace):
    cluster.deploy(namespace, "web", SERVER, replicas=2)
    return sorted(cluster.ready(namespace, "web", 2), key=lambda pod: pod.spec.node_name)


def look_up(cluster, pod, name):
    return json.loads(cluster.python(pod, _LOOK_UP, name))


def test_pods_reach_each_other_on_one_node_and_across(cluster, client, web):
    for source in client:
        for target in web:
            told = until(
                lambda source=source, target=target: (
                    cluster.run(source, "python3", "-c", FETCH, f"http://{target.status.pod_ip}:8080/").stdout
                ),
                "an answer",
            )
            assert told == target.metadata.name


def test_a_service_answers_by_every_form_of_its_name(cluster, namespace, client, web):
    cluster.serve(namespace, "web")
    names = {pod.metadata.name for pod in web}
    for name in ("web", f"web.{namespace}", f"web.{namespace}.svc", f"web.{namespace}.svc.cluster.local"):
        for source in client:
            told = until(
                lambda source=source, name=name: cluster.run(source, "python3", "-c", FETCH, f"http://{name}/").stdout,
                f"an answer of {name}",
            )
            assert told in names


def test_names_mean_cluster_ips_and_absent_ones_are_not_found(cluster, namespace, client):
    address = cluster.serve(namespace, "web")
    assert address.startswith("10.96.")
    assert until(lambda: look_up(cluster, client[0], f"web.{namespace}") == [address], "the name")
    assert look_up(cluster, client[0], "nosuch") is True
    assert look_up(cluster, client[1], "example.com") is True
    cluster.core.delete_namespaced_service("web", namespace)
    assert until(lambda: look_up(cluster, client[0], f"web.{namespace}") is True, "the name's end")


@pytest.mark.parametrize("kind", ["SOCK_DGRAM", "SOCK_STREAM"])
def test_each_node_answers_over_udp_and_tcp(cluster, namespace, client, kind):
    address = cluster.serve(namespace, "web")
    name = f"web.{namespace}.svc.cluster.local"
    until(lambda: look_up(cluster, client[0], "web") == [address], "the name")
    for source in client:
        for question, expected in (("A", [address]), ("AAAA", []), ("SRV", [])):
            query = DNSRecord.question(name, question).pack()
            reply = DNSRecord.parse(bytes.fromhex(cluster.python(source, _QUERY, kind, query.hex())))
            assert reply.header.rcode == 0
            assert [str(one.rdata) for one in reply.rr if one.rtype == QTYPE.A] == expected


def test_a_headless_service_is_its_ready_pods(cluster, namespace, client, web):
    cluster.serve(namespace, "web", clusterIP="None")
    addresses = sorted(pod.status.pod_ip for pod in web)
    assert until(lambda: look_up(cluster, client[0], "web") == addresses, "the addresses")


def endpoints(cluster, namespace, service):
    found = cluster.discovery.list_namespaced_endpoint_slice(
        namespace, label_selector=f"kubernetes.io/service-name={service}"
    ).items
    return {
        one.addresses[0]: (one.conditions.ready, one.node_name, entry.ports[0].port)
        for entry in found
        for one in entry.endpoints or ()
    }


def test_endpoint_slices_follow_the_pods(cluster, namespace, web):
    cluster.serve(namespace, "web")
    expected = {pod.status.pod_ip: (True, pod.spec.node_name, 8080) for pod in web}
    assert until(lambda: endpoints(cluster, namespace, "web") == expected, "the endpoints")
    cluster.apps.patch_namespaced_deployment("web", namespace, {"spec": {"replicas": 1}})
    (left,) = cluster.ready(namespace, "web", 1)
    assert until(lambda: list(endpoints(cluster, namespace, "web")) == [left.status.pod_ip], "the endpoint")


def test_a_pod_that_is_not_ready_is_an_endpoint_that_is_not(cluster, namespace):
    probe = {"exec": {"command": ["test", "-e", "/tmp/ready"]}, "periodSeconds": 1}
    ports = [{"name": "web", "containerPort": 8080}]
    cluster.deploy(namespace, "web", readinessProbe=probe, ports=ports)
    cluster.serve(namespace, "web", ports=[{"name": "http", "port": 80, "targetPort": "web"}])
    (state,) = until(lambda: list(endpoints(cluster, namespace, "web").values()), "an endpoint")
    assert state[0] is False
    assert state[2] == 8080
    (pod,) = cluster.pods(namespace, "web")
    cluster.run(pod, "touch", "/tmp/ready")
    until(
        lambda: [ready for ready, _node, _port in endpoints(cluster, namespace, "web").values()] == [True], "readiness"
    )


def test_an_address_of_no_service_refuses_at_once(cluster, client):
    ran = cluster.run(client[0], "python3", "-c", FETCH, "http://10.96.123.45/")
    assert "Connection refused" in ran.stderr
    assert ran.seconds < 3


def test_the_world_outside_is_unreachable(cluster, client):
    # A datagram socket's connect() looks up a route on this machine and sends nothing; the address is for documents.
    table = cluster.run(client[0], "cat", "/proc/net/route").stdout.splitlines()[1:]
    assert {line.split()[0] for line in table} == {"eth0"}
    ran = cluster.run(client[0], "python3", "-c", FETCH, "http://192.0.2.1/")
    assert "unreachable" in ran.stderr
    assert ran.seconds < 3
