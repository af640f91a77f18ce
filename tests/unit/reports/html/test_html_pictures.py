"""Pictures measured out: in proportion, within their drawing, nothing lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.html import kit, pictures

SECONDS = st.floats(-5, 60, allow_nan=False)


@given(st.lists(st.tuples(st.sampled_from(["pass", "fail"]), st.integers(0, 10_000), st.just("x")), max_size=12))
def test_the_parts_of_a_bar_fill_it_and_what_is_there_is_seen(parts):
    made = pictures.stacked(parts)
    assert len(made) == sum(count > 0 for _, count, _ in parts)
    assert all(one.width > 1 for one in made)
    if made:
        assert made[-1].x + made[-1].width == pytest.approx(pictures.WIDTH, abs=0.2)


def test_parts_are_in_proportion():
    assert [one.width for one in pictures.stacked([("pass", 3, ""), ("fail", 1, "")])] == [450, 150]


@pytest.mark.parametrize(("count", "inside"), [(473, True), (597, True), (472, False), (598, False)])
def test_an_interval_includes_its_ends(count, inside):
    one = pictures.interval(count, 766, 473, 597)
    assert one.inside is inside
    assert (one.low, one.high) == (370.5, 467.62)


@given(st.dictionaries(st.sampled_from(["create", "update"]), st.lists(st.tuples(SECONDS, st.booleans()), max_size=50)))
def test_a_distribution_keeps_every_value_within_its_drawing(values):
    check_drawing(values, pictures.distribution(values))


@given(
    st.dictionaries(st.just("create"), st.lists(st.tuples(st.floats(0, 60), st.booleans()), max_size=50)),
)
def test_so_does_one_of_decades(values):
    check_drawing(values, pictures.distribution(values, log=True))


def test_one_slow_value_does_not_squeeze_the_others():
    found = pictures.distribution({"create": [(0.02, False), (0.2, False), (8.0, False)]}, log=True)
    assert [tick.text for tick in found.ticks] == ["10 ms", "100 ms", "1 s", "10 s"]
    assert len({one.x // 100 for one in found.rows[0].bins}) == 3
    assert found.rows[0].bins[-1].text.startswith("1 from 7.")


def check_drawing(values, found):
    if not any(values.values()):
        assert found is None
        return
    assert sum(row.number for row in found.rows) == sum(map(len, values.values()))
    assert found.zero <= pictures.WIDTH + 0.1
    assert 2 <= len(found.ticks) <= 9
    for row in found.rows:
        assert max(one.height for one in row.bins) == 1
        assert all(0 <= one.x <= pictures.WIDTH and one.soft <= one.height for one in row.bins)
        assert all(-0.1 <= mark.x <= pictures.WIDTH + 0.1 for mark in row.marks)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0"), (0.25, "250 ms"), (0.0004, "0.4 ms"), (1.5, "1.5 s"), (-0.02, "-20 ms"), (30, "30 s")],
)
def test_seconds_are_told_shortly(seconds, text):
    assert pictures.seconds_text(seconds) == text


def test_the_macros_draw_what_was_measured():
    source = (
        '{% import "pictures.html.j2" as pictures %}{{ pictures.stack(bar, "all") }}'
        '{{ pictures.interval(one, "share") }}'
        '{{ pictures.distribution(found, "propagation", due="yes") }}{{ pictures.chip("fail") }}'
    )
    page = (
        kit.environment()
        .from_string(source)
        .render(
            bar=pictures.stacked([("pass", 3, "3 <b>")]),
            one=pictures.interval(5, 10, 2, 4),
            found=pictures.distribution({"create": [(0.1, False), (0.2, True)]}),
        )
    )
    assert '<rect class="part pass" x="0.0" width="600.0" height="10"><title>3 &lt;b&gt;</title></rect>' in page
    assert 'class="interval fail"' in page
    assert "create (2): p50 100 ms, p95 200 ms" in page
    assert '<span class="chip fail">fail</span>' in page
