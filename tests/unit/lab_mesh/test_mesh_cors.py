"""Origins that a CORS filter allows."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.mesh.envoy.cors import origins_pattern

LABEL = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True)


def allows(allowed: str, origin: str) -> bool:
    return re.fullmatch(origins_pattern([allowed]), origin) is not None


@given(st.lists(LABEL, min_size=1, max_size=4), st.sampled_from(["http", "https"]))
def test_wildcard_stands_for_labels_at_the_left(labels: list[str], scheme: str) -> None:
    site = ".".join([*labels, "bar.com"])
    assert allows(f"{scheme}://*.bar.com", f"{scheme}://{site}")
    assert allows(f"{scheme}://*", f"{scheme}://{site}")
    assert not allows(f"{scheme}://*.bar.com", f"{scheme}://{site}.evil.example")
    assert not allows(f"{scheme}://*.bar.com", f"{scheme}://{site.replace('.bar.com', 'bar.com')}")


@pytest.mark.parametrize(
    ("allowed", "origin", "expected"),
    [
        ("*", "null", True),
        ("http://a.b", "http://a.b:80", True),
        ("http://a.b:80", "http://a.b", True),
        ("http://a.b:8080", "http://a.b", False),
        ("http://a.b", "http://axb", False),
        ("http://A.b", "HTTP://a.B", True),
        ("https://*.b", "https://.b", False),
        ("custom://a.b", "custom://a.b", True),
    ],
)
def test_ports_dots_and_case(allowed: str, origin: str, expected: bool) -> None:
    assert allows(allowed, origin) is expected


def test_no_origins_allow_nobody() -> None:
    assert re.fullmatch(origins_pattern([]), "http://a.b") is None
