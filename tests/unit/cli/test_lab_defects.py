"""How `gamma lab defects` tells what the lab can be made to do wrong."""

from __future__ import annotations

from cli.defects import chosen, listed, told
from lab.defects.registry import selectable


def test_a_line_for_each_and_a_star_for_the_present_one() -> None:
    lines = list(listed(selectable, "weights-ignored"))
    assert len(lines) == len(selectable)
    assert [line.split()[1] for line in lines if line.startswith("*")] == ["weights-ignored"]
    assert "(16 checks)" in next(line for line in lines if " weights-ignored " in line)


def test_one_at_length() -> None:
    text = "\n".join(told(selectable["weights-ignored"]))
    for part in ("story   Backends of a rule", "breaks  weights.proportional", "kills   proportions/zero-gets-nothing"):
        assert part in text
    assert max(map(len, text.splitlines())) <= 100


def test_one_that_no_check_is_written_down_for() -> None:
    assert "story   The mesh has the field in its types" in "\n".join(told(selectable["ignores-HTTPRouteCORS"]))


def test_globs_choose() -> None:
    assert chosen(selectable, ["weights-ign*", "timeout-ignored"]) == ["timeout-ignored", "weights-ignored"]
