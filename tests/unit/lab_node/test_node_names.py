"""DNS: what a pod learns about the names of the cluster."""

from __future__ import annotations

import pytest
from dnslib import QTYPE, RCODE, DNSRecord
from hypothesis import given
from hypothesis import strategies as st

from lab.node.controllers.endpoints import slices
from lab.node.dns.answers import answer
from lab.node.dns.zone import build
from tests.unit.lab_node.node_objects import pod, service

PODS = [pod("a", ip="10.244.1.10"), pod("b", ip="10.244.2.10"), pod("c", ip="10.244.1.11", ready=False)]
HEADLESS = service("bare", clusterIP="None")
ALIAS = service("alias", type="ExternalName", externalName="echo.ns.svc.cluster.local", selector=None, clusterIP=None)
ZONE = build([service(), HEADLESS, ALIAS], slices(HEADLESS, PODS), ["ns", "empty"])


def ask(name, kind="A", *, tcp=False):
    return DNSRecord.parse(answer(ZONE, DNSRecord.question(name, kind).pack(), tcp=tcp))


def addresses(reply):
    return sorted(str(one.rdata) for one in reply.rr if one.rtype == QTYPE.A)


@pytest.mark.parametrize(
    "name", ["echo.ns.svc.cluster.local", "Echo.NS.svc.cluster.local.", "alias.ns.svc.cluster.local"]
)
def test_a_service_is_its_cluster_ip(name):
    reply = ask(name)
    assert reply.header.rcode == RCODE.NOERROR
    assert addresses(reply) == ["10.96.0.50"]
    assert all(0 < one.ttl <= 5 for one in reply.rr)


def test_a_headless_service_is_its_ready_endpoints():
    assert addresses(ask("bare.ns.svc.cluster.local")) == ["10.244.1.10", "10.244.2.10"]
    assert addresses(ask("10-244-1-10.bare.ns.svc.cluster.local")) == ["10.244.1.10"]


def test_a_named_port_has_srv_records():
    (record,) = ask("_http._tcp.echo.ns.svc.cluster.local", "SRV").rr
    assert (record.rdata.port, str(record.rdata.target)) == (80, "echo.ns.svc.cluster.local.")
    assert len(ask("_http._tcp.bare.ns.svc.cluster.local", "SRV").rr) == 2


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("echo.ns.svc.cluster.local", "AAAA"),
        ("bare.ns.svc.cluster.local", "AAAA"),
        ("empty.svc.cluster.local", "A"),
        ("svc.cluster.local", "A"),
        ("_tcp.echo.ns.svc.cluster.local", "A"),
    ],
)
def test_a_name_that_exists_without_such_a_record_has_no_data(name, kind):
    reply = ask(name, kind)
    assert (reply.header.rcode, reply.rr) == (RCODE.NOERROR, [])
    assert reply.auth[0].ttl <= 5


@pytest.mark.parametrize(
    "name",
    [
        "nosuch.ns.svc.cluster.local",
        "echo.nosuch.svc.cluster.local",
        "echo",
        "example.com",
        "echo.ns.svc.cluster.local.x",
    ],
)
def test_other_names_do_not_exist(name):
    reply = ask(name)
    assert (reply.header.rcode, reply.rr) == (RCODE.NXDOMAIN, [])


def test_an_answer_too_long_for_a_datagram_is_cut_and_whole_over_tcp():
    many = [pod(f"p{n}", ip=f"10.244.1.{n}") for n in range(10, 110)]
    zone = build([HEADLESS], slices(HEADLESS, many), ["ns"])
    query = DNSRecord.question("bare.ns.svc.cluster.local").pack()
    assert DNSRecord.parse(answer(zone, query, tcp=False)).header.tc == 1
    whole = DNSRecord.parse(answer(zone, query, tcp=True))
    assert (whole.header.tc, len(whole.rr)) == (0, 100)


@given(st.binary(max_size=80))
def test_whatever_arrives_there_is_an_answer_or_silence(packet):
    reply = answer(ZONE, packet, tcp=False)
    assert reply is None or reply[:2] == packet[:2]
