import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.probe.head import WireError
from harness.probe.identity import Identity
from harness.probe.lines import Lines, Question, mark_of, question_of
from harness.probe.reply import seen, told

SAW = seen(method="", path="", host="", protocol="tcp", headers=[])


@given(st.text(), st.text(), st.lists(st.tuples(st.text(st.characters(codec="ascii")), st.text())))
def test_a_question_comes_through(id_, body, headers):
    asked = Question(id_, body, tuple((name.lower(), value) for name, value in headers))
    (line,) = Lines().feed(asked.line())
    assert question_of(line) == asked


@given(st.lists(st.binary(max_size=10).filter(lambda line: b"\n" not in line)), st.lists(st.integers(1, 9)))
def test_lines_come_through_however_they_are_cut(wanted, cuts):
    data = b"".join(line + b"\n" for line in wanted)
    lines, found = Lines(), []
    for size in [*cuts, len(data)]:
        found += lines.feed(data[:size])
        data = data[size:]
    assert found == wanted


def test_a_line_without_end_is_refused():
    lines = Lines(limit=10)
    assert lines.feed(b"x" * 10) == []
    with pytest.raises(WireError):
        lines.feed(b"x")


def test_the_mark_is_that_of_the_echo():
    who = Identity("ns", "echo-v1", "pod-1")
    assert mark_of(told(who, 9090, SAW)) == who.mark(9090)


@pytest.mark.parametrize(
    "line",
    [
        b"HTTP/1.1 400 Bad Request",
        b"[]",
        b"{}",
        b'{"error": "no"}',
        json.dumps({"namespace": "n", "workload": "w", "pod": "p", "port": "9090", "saw": {}}).encode(),
        json.dumps({"namespace": "n", "workload": "w", "pod": "", "port": 9090, "saw": {}}).encode(),
        json.dumps({"namespace": "n", "workload": "w", "pod": "p", "port": 9090}).encode(),
    ],
)
def test_an_answer_of_anybody_else_has_no_mark(line):
    with pytest.raises(WireError):
        mark_of(line)


@given(st.binary() | st.recursive(st.none() | st.text(), lambda x: st.dictionaries(st.text(), x)).map(json.dumps))
def test_nothing_but_a_wire_error_is_ever_raised(line):
    for read in (mark_of, question_of):
        with contextlib.suppress(WireError):
            read(line if isinstance(line, bytes) else line.encode())
