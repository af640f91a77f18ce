"""Relative and absolute forms of one Location are the same place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.play.location import Place, leads_to, place, request_url
from harness.scenario.model import Location

from .build import answered, probe, seen

URL = "http://front.gamma-producer:80/a/b?c"


def to(value):
    return place((("Location", value),), URL)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("https://Example.org", Place("https", "example.org", 443, "/", "")),
        ("http://example.org:80/x?y#z", Place("http", "example.org", 80, "/x", "y")),
        ("http://example.org:8080", Place("http", "example.org", 8080, "/", "")),
        ("http://example.org:/x", Place("http", "example.org", 80, "/x", "")),
        ("//example.org/x", Place("http", "example.org", 80, "/x", "")),
        ("/x", Place("http", "front.gamma-producer", 80, "/x", "")),
        ("x", Place("http", "front.gamma-producer", 80, "/a/x", "")),
        ("../x", Place("http", "front.gamma-producer", 80, "/x", "")),
        ("?x", Place("http", "front.gamma-producer", 80, "/a/b", "x")),
        ("http://[fd00::1]/", Place("http", "fd00::1", 80, "/", "")),
        ("ftp://example.org/", Place("ftp", "example.org", None, "/", "")),
        ("http://example.org:99999/", None),
        ("http://[bad/", None),
        ("http:///x", None),
        ("mailto:somebody", None),
    ],
)
def test_where_it_leads(value, found):
    assert to(value) == found


def test_several_locations_lead_nowhere():
    assert place((("location", "/x"), ("Location", "/x")), URL) is None
    assert place((), URL) is None


def test_the_request_is_for_its_host_header():
    sent = probe(url="http://front.gamma-producer/a?b", headers={"HOST": "example.org"})
    assert request_url(sent, "10.96.0.1:80") == "http://example.org/a?b"
    assert request_url(probe(url="clusterip://front.gamma-producer:80"), "10.96.0.1:80") == "http://10.96.0.1:80/"


@pytest.mark.parametrize(
    ("wanted", "fits"),
    [
        ({}, True),
        ({"scheme": "https"}, True),
        ({"scheme": "http"}, False),
        ({"host": "EXAMPLE.org", "port": 443, "path": "/x", "query": ""}, True),
        ({"host": "example.com"}, False),
        ({"port": 80}, False),
        ({"path": "/"}, False),
        ({"query": "y"}, False),
    ],
)
def test_only_the_parts_that_are_given_are_compared(wanted, fits):
    there = seen(answered(302, headers=(("location", "https://example.org/x"),)))
    assert leads_to(Location(**wanted), probe(), there) is fits
    assert not leads_to(Location(**wanted), probe(), seen(answered(302)))


@given(st.text())
def test_any_text_is_a_place_or_none(value):
    found = to(value)
    assert found is None or found.path.startswith("/") or found.path
