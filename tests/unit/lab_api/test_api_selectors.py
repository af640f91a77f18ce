"""Label and field selectors."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.api.errors import StatusError
from lab.api.selectors import compile_selectors, parse_labels

LABELS = {"app": "web", "tier": "front", "weight": "5", "empty": ""}


@pytest.mark.parametrize(
    ("text", "selected"),
    [
        ("", True),
        ("app=web", True),
        ("app==web", True),
        ("app = web , tier = front", True),
        ("app=web,tier=back", False),
        ("app!=web", False),
        ("missing!=web", True),
        ("app in (web, api)", True),
        ("app notin (web, api)", False),
        ("missing notin (web)", True),
        ("tier", True),
        ("!tier", False),
        ("!missing", True),
        ("empty=", True),
        ("weight>4", True),
        ("weight>5", False),
        ("weight<6", True),
        ("missing>1", False),
        ("app>1", False),
        ("app in (web),!missing,weight<9", True),
    ],
)
def test_label_selectors(text: str, selected: bool) -> None:
    assert all(requirement.matches(LABELS) for requirement in parse_labels(text)) is selected


@pytest.mark.parametrize("text", ["=web", "app=web)", "app in web", "app ?? web", "weight>many", ",", "a=b,,"])
def test_malformed_label_selectors(text: str) -> None:
    with pytest.raises(StatusError) as refused:
        parse_labels(text)
    assert refused.value.code == 400


@pytest.mark.parametrize(
    ("text", "selected"),
    [
        ("metadata.name=web", True),
        ("metadata.name!=web", False),
        ("metadata.namespace=default,status.phase=Running", True),
        ("status.phase!=Running", False),
        ("spec.nodeName=", True),
        ("spec.unschedulable=true", True),
    ],
)
def test_field_selectors(text: str, selected: bool) -> None:
    pod: dict[str, Any] = {
        "metadata": {"name": "web", "namespace": "default"},
        "spec": {"unschedulable": True},
        "status": {"phase": "Running"},
    }
    selectable = frozenset({"status.phase", "spec.nodeName", "spec.unschedulable"})
    chosen = compile_selectors("", text, selectable)
    assert chosen is not None
    assert chosen(pod) is selected


@pytest.mark.parametrize("text", ["spec.colour=red", "metadata.name", "=x"])
def test_unknown_or_malformed_field_selectors(text: str) -> None:
    with pytest.raises(StatusError):
        compile_selectors("", text)


words = st.from_regex(r"[a-z][a-z0-9.-]{0,8}[a-z0-9]", fullmatch=True)


@given(st.dictionaries(words, words, max_size=4))
def test_labels_written_as_a_selector_select_themselves(labels: dict[str, str]) -> None:
    text = ",".join(f"{key}={value}" for key, value in labels.items())
    chosen = compile_selectors(text, "")
    assert chosen is None if not labels else chosen is not None and chosen({"metadata": {"labels": labels}})


@given(st.text(max_size=20))
def test_no_text_breaks_the_parser(text: str) -> None:
    try:
        parse_labels(text)
    except StatusError as error:
        assert error.code == 400  # noqa: PT017 - any text parses or is refused
