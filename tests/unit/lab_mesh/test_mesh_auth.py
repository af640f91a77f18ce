"""Headers of an authorization service's answer, and who is asked."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from lab.mesh.envoy.auth import none_of

WORDS = st.lists(st.text("ab-]^\\", max_size=4), max_size=6)


@given(WORDS, st.text("ab-]^\\c", max_size=5))
def test_none_of_matches_everything_else(words: list[str], text: str) -> None:
    assert (re.fullmatch(none_of(words), text) is not None) is (text not in words)
