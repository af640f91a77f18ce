"""What every page is made with: nothing that a value holds becomes markup, the policy names what is there."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.html import kit

ANY = st.text(alphabet=st.characters())


def shown(text: str) -> bool:
    return not any(unicodedata.category(char)[0] == "C" or unicodedata.category(char) in ("Zl", "Zp") for char in text)


def rendered(source: str, **values: object) -> str:
    return kit.environment().from_string(source).render(**values)


@given(ANY)
def test_a_value_is_text_on_one_line(text):
    page = rendered("<p>{{ value }}</p>", value=text)
    inside = page.removeprefix("<p>").removesuffix("</p>")
    assert "<" not in inside
    assert shown(inside)


def test_a_long_value_says_how_long_it_was():
    page = rendered("{{ value }}", value="x" * 1_000_000)
    assert len(page) < 4100
    assert page.endswith("... (1,000,000 characters)")


@given(ANY)
def test_lines_are_the_only_thing_that_stays(text):
    page = rendered("{{ value|lines }}", value=text)
    assert page.count("\n") == text.count("\n")
    assert "<" not in page
    assert all(shown(line) for line in page.split("\n"))


@given(st.recursive(ANY | st.integers(), st.lists) | st.dictionaries(ANY, ANY))
def test_data_cannot_end_its_element_and_is_read_back_as_it_was(data):
    text = kit.island(data)
    assert not set(text) & set("<\u2028\u2029")
    assert json.loads(text) == json.loads(json.dumps(data))


@given(st.dictionaries(ANY, ANY | st.sampled_from(["</script>", "<!--<script>", "<b>bold</b>"])))
def test_markup_of_ours_cannot_end_its_element_either(data):
    text = kit.fragments(data)
    assert "</" not in text
    assert "<!" not in text
    assert json.loads(text) == json.loads(json.dumps(data))


def test_the_policy_names_what_stands_in_the_page():
    assets = kit.assets()
    for name, text in (("style", str(assets.style)), ("script", str(assets.script))):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{name}-src 'sha256-{digest}'" in assets.policy
    assert "default-src 'none'" in assets.policy
    assert "unsafe" not in assets.policy


@pytest.mark.parametrize("address", ["javascript:alert(1)", "http://mesh.example", "https://a.example/\u202e", ""])
def test_only_pages_of_the_web_are_followed(address):
    assert kit.web(address) == ""
    assert kit.web("https://mesh.example/issues/7") == "https://mesh.example/issues/7"


@pytest.mark.parametrize(("value", "text"), [(12345, "12,345"), (0.5, "0.5"), (2.0, "2"), (1.23456, "1.235")])
def test_numbers_are_short(value, text):
    assert kit.number(value) == text


def _channels(colour: str) -> list[float]:
    values = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return [value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4 for value in values]


def _luminance(colour: str) -> float:
    red, green, blue = _channels(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", [0, 1])
def test_every_text_colour_can_be_read_in_both_schemes(scheme):
    found = re.findall(r"--([a-z-]+): light-dark\((#\w{6}), (#\w{6})\)", kit.assets().style)
    colours = {name: pair[scheme] for name, *pair in found}
    assert {"paper", "soft", "ink", "dim", "accent", "pass", "fail", "not-run"} <= set(colours)
    for name, colour in colours.items():
        least = {"paper": 0, "soft": 0, "line": 0, "edge": 3}.get(name, 4.5)
        for ground in ("paper", "soft"):
            assert contrast(colour, colours[ground]) >= least, f"{name} on {ground}"
