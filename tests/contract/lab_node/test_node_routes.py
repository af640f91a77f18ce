"""Where packets would go, asked of the kernel's routing tables inside a sandbox; no packet is sent."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

_PROJECT = Path(__file__).resolve().parents[3]

# A sandbox with both nodes and a pod on each; answers a list of questions [place, destination, source, interface].
_ASK = """
import json, os, sys
from ipaddress import IPv4Address
from pathlib import Path
from lab.node import sandbox
sandbox.enter()
child = os.fork()
if child:
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
sandbox.furnish(Path(sys.argv[1]))
from pyroute2 import IPRoute, NetlinkError
from lab.node import addresses, network
nodes = network.build_nodes()
pods = [node.add_pod(node.plan.pods[10]) for node in nodes]
places = {"node-1": nodes[0].netns, "node-2": nodes[1].netns, "pod-1": pods[0], "pod-2": pods[1]}
from lab.mesh import dataplane
taken = [address for address in sys.argv[3].split(",") if address]
dataplane.intercept(dataplane.Node("node-1", Path("/run/gamma-lab/netns/node-1")), taken, [])
def ask(place, dst, src, iif):
    def run():
        with IPRoute() as netlink:
            query = {"dst": dst}
            if iif:
                query |= {"src": src, "iif": netlink.link_lookup(ifname=iif)[0]}
            try:
                (found,) = netlink.route("get", **query)
            except NetlinkError as error:
                return os.strerror(error.code)
            names = {link["index"]: link.get_attr("IFLA_IFNAME") for link in netlink.get_links()}
            return [found["type"], names[found.get_attr("RTA_OIF")]]
    return places[place].run(run) if place else run()
print(json.dumps([ask(*question) for question in json.loads(sys.argv[2])]), flush=True)
os._exit(0)
"""
_LOCAL, _UNICAST = 2, 1
_POD_1, _POD_2 = "10.244.1.10", "10.244.2.10"
_LINK_1, _LINK_2 = "pod1-10", "pod2-10"


def route(folder, *questions, taken=()):
    ran = subprocess.run(
        [sys.executable, "-c", _ASK, str(folder), json.dumps(questions), ",".join(taken)],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(_PROJECT), "PATH": "/usr/bin:/bin"},
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def test_nothing_leads_out_of_the_sandbox(tmp_path):
    outside = ["192.0.2.1", "8.8.8.8", "10.0.0.1", "172.17.0.1", "10.244.3.1", "10.97.0.1"]
    questions = [(place, address, "", "") for place in ("", "node-1", "node-2") for address in outside]
    questions += [("node-1", address, _POD_1, _LINK_1) for address in outside]
    assert set(map(str, route(tmp_path, *questions))) <= {"Network is unreachable", "No route to host"}


def test_pods_reach_pods_through_their_nodes(tmp_path):
    assert route(
        tmp_path,
        ("pod-1", _POD_2, "", ""),
        ("node-1", _POD_2, _POD_1, _LINK_1),
        ("node-2", _POD_2, _POD_1, "uplink"),
        ("node-1", _POD_1, "", ""),
    ) == [[_UNICAST, "eth0"], [_UNICAST, "uplink"], [_UNICAST, _LINK_2], [_UNICAST, _LINK_1]]


def test_every_cluster_ip_ends_on_the_pod_s_own_node(tmp_path):
    questions = [
        ("node-1", "10.96.0.10", _POD_1, _LINK_1),
        ("node-2", "10.96.200.7", _POD_2, _LINK_2),
        ("node-1", "10.96.200.7", "", ""),
    ]
    assert route(tmp_path, *questions) == [[_LOCAL, "lo"]] * 3


@pytest.mark.parametrize("target", [_POD_1, _POD_2])
def test_a_pod_address_that_is_taken_over_is_local_for_pods_only(tmp_path, target):
    from_pod, from_node = ("node-1", target, "10.244.1.99", _LINK_1), ("node-1", target, "", "")
    plain = route(tmp_path, from_pod, from_node)
    taken_over = route(tmp_path, from_pod, from_node, taken=[target])
    assert plain[0] == plain[1] == taken_over[1]
    assert taken_over[0] == [_LOCAL, "lo"]
