"""The gamma command itself: what it says about itself, about mistakes, and with which status it ends."""

from __future__ import annotations

import subprocess
import sys

import pytest

from cli import main as gamma
from harness.errors import TargetError
from tests.evidence_samples import write_report


def ended(*arguments: str) -> int:
    with pytest.raises(SystemExit) as caught:
        gamma.main(arguments)
    return caught.value.code


def test_without_a_command_it_explains_itself(capsys):
    assert gamma.main([]) == 4
    told = capsys.readouterr().out
    assert all(command in told for command in gamma.COMMANDS)


def test_the_version_is_the_package_s(capsys):
    assert ended("--version") == 0
    assert capsys.readouterr().out.startswith("gamma 0.")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["reprot", "x"], "did you mean report?"),
        (["zzz"], "the commands are list, "),
        (["report"], "the following arguments are required: DIR"),
        (["report", "--unknown", "x"], "unrecognized arguments: --unknown"),
    ],
)
def test_a_wrong_command_line_ends_with_4(capsys, arguments, message):
    assert ended(*arguments) == 4
    assert message in capsys.readouterr().err


def test_a_report_is_rendered_again(tmp_path, capsys):
    write_report(tmp_path)
    assert gamma.main(["report", str(tmp_path)]) == 0
    told = capsys.readouterr().out
    assert told.splitlines()[-1].startswith("7 checks: 1 pass, 1 fail")
    assert "FAIL unmatched/falls-through (wrong)" in told
    assert str(tmp_path / "report.html") in told
    assert (tmp_path / "junit.xml").exists()


@pytest.mark.parametrize("state", ["absent", "empty", "cut", "incomplete"])
def test_a_report_that_cannot_be_used_ends_with_4(tmp_path, capsys, state):
    if state != "absent":
        path = write_report(tmp_path, why_incomplete="interrupted" if state == "incomplete" else "")
        content = path.read_bytes()
        path.write_bytes({"empty": b"", "cut": content[:500]}.get(state, content))
    assert gamma.main(["report", str(tmp_path)]) == 4
    told = capsys.readouterr()
    assert told.out == ""
    assert str(tmp_path / "report.jsonl") in told.err
    assert len(told.err.splitlines()) == 2, "the problem, and what to do next"
    assert not (tmp_path / "report.html").exists()


def test_errors_are_told_without_traceback(monkeypatch, capsys, tmp_path):
    def fails(path, **_):
        raise TargetError("the lab is not there", "start it: gamma lab up")

    monkeypatch.setattr("cli.report.load", fails)
    assert gamma.main(["report", str(tmp_path)]) == 3
    assert capsys.readouterr().err == "gamma report: the lab is not there\n  start it: gamma lab up\n"


def test_a_command_loads_only_what_it_needs(tmp_path):
    write_report(tmp_path)
    code = (
        "import sys; from cli.main import main; main(['report', sys.argv[1]]); "
        "print(sorted({'kubernetes', 'lab', 'pytest', 'harness.cluster'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_one_format_goes_where_it_is_wanted(tmp_path, capsys):
    write_report(tmp_path)
    assert gamma.main(["report", str(tmp_path), "--format", "shields"]) == 0
    assert '"schemaVersion": 1' in capsys.readouterr().out
    assert not (tmp_path / "badge.json").exists()
    file = tmp_path / "out" / "junit.xml"
    assert gamma.main(["report", str(tmp_path), "--format", "junit", "--output", str(file)]) == 0
    assert file.read_text().startswith("<?xml")
    assert capsys.readouterr().out == ""
    assert gamma.main(["report", str(tmp_path), "--output", str(file)]) == 4
    assert gamma.main(["report", str(tmp_path), "--format", "junit", "--output", str(tmp_path)]) == 4


def test_an_incomplete_run_is_rendered_where_that_is_wanted(tmp_path, capsys):
    write_report(tmp_path, why_incomplete="interrupted")
    assert gamma.main(["report", str(tmp_path)]) == 4
    assert gamma.main(["report", str(tmp_path), "--incomplete", "--format", "text"]) == 0
    assert "INCOMPLETE (interrupted)" in capsys.readouterr().out
