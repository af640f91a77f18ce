"""Which command lines of the interpreter a fork can run, and what an address plan gives out."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.node import addresses
from lab.node.addresses import AddressesExhaustedError, Pool
from lab.node.boot import Boot
from lab.node.pythonic import Invocation, parse
from lab.node.sandbox import advice


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("python3 /gamma/probe.pyz serve -u x", Invocation("script", "/gamma/probe.pyz", ("serve", "-u", "x"), False)),
        ("/usr/bin/python3 -u a.py", Invocation("script", "a.py", (), True)),
        ("python3 -c pass -x", Invocation("code", "pass", ("-x",), False)),
        ("python -Im http.server 80", Invocation("module", "http.server", ("80",), False)),
        ("python3 -S -u -c pass", Invocation("code", "pass", (), True)),
    ],
)
def test_ordinary_command_lines_run_in_a_fork(line, expected):
    assert parse(line.split()) == expected


@pytest.mark.parametrize(
    "line",
    [
        "python3",
        "python3 -c",
        "python3 -m",
        "python3 -X dev a.py",
        "python3 -V",
        "python3 -",
        "python2 a.py",
        "sh -c x",
    ],
)
def test_others_need_a_program_of_their_own(line):
    assert parse(line.split()) is None


def test_nothing_is_no_command():
    assert parse([]) is None


@given(st.lists(st.booleans(), max_size=80))
def test_an_address_has_one_pod_at_a_time_and_is_reused_late(steps):
    pool, used = Pool(IPv4Network("10.244.1.0/26")), []
    for take in steps:
        if take and len(used) < 50:
            address = pool.take()
            assert address not in used
            assert address in pool.network
            used.append(address)
        elif used:
            pool.give_back(used.pop(0))


def test_a_freed_address_is_not_the_next_one():
    pool = Pool(IPv4Network("10.244.1.0/24"))
    first = pool.take()
    pool.give_back(first)
    assert pool.take() != first


def test_a_full_node_says_so():
    pool = Pool(IPv4Network("10.244.1.0/28"))
    given_out = {pool.take() for _ in range(5)}
    assert len(given_out) == 5
    with pytest.raises(AddressesExhaustedError):
        pool.take()


@given(st.ip_addresses(v=4, network="10.244.0.0/16"))
def test_each_pod_has_its_own_interface_and_hardware_address(address):
    assert len(addresses.interface(address)) <= 15
    assert addresses.mac(address, host_end=True) != addresses.mac(address, host_end=False)


def test_a_pod_asks_the_cluster_s_name_server_and_knows_itself():
    assert addresses.resolv_conf("ns").splitlines() == [
        "nameserver 10.96.0.10",
        "search ns.svc.cluster.local svc.cluster.local cluster.local",
        "options ndots:5",
    ]
    assert addresses.hosts("web-1", IPv4Address("10.244.1.10")).splitlines()[1] == "10.244.1.10\tweb-1"


def test_a_boot_survives_the_command_line():
    boot = Boot("/run dir", 5, 6, "", "v1.6", "standard", starter=7, watch_stdin=True)
    assert Boot.from_json(boot.to_json()) == boot


@pytest.mark.parametrize(
    ("settings", "told", "untold"),
    [
        ({}, "kernel.unprivileged_userns_clone=1", "max_user_namespaces"),
        ({"kernel.apparmor_restrict_unprivileged_userns": "1"}, "apparmor_restrict_unprivileged_userns=0", "clone"),
        ({"user.max_user_namespaces": "0"}, "user.max_user_namespaces=10000", "apparmor"),
    ],
)
def test_where_namespaces_are_forbidden_two_ways_out_are_named(settings, told, untold):
    text = advice(lambda name: settings.get(name, ""))
    assert "run as root" in text
    assert told in text
    assert untold not in text
