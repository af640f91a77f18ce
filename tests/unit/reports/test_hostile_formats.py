"""Whatever a mesh answers, every format stays what it is: valid, bounded, and showing the answer as text."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import xmlschema
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import reports
from harness.evidence import Report, load
from harness.evidence.model import Verdict
from spec import upstream
from tests.evidence_samples import check, outcome, sample, write_report

JUNIT = xmlschema.XMLSchema(Path(__file__).with_name("junit.xsd"))
ATTACK = (
    "</pre></details></title><script>alert(1)</script><img src=x onerror=alert(2)>"
    "\x1b[2J\x1b]0;owned\x07\x00\r\n\n# heading\n```\n~~~\n| a | b |\n"
    "[x](javascript:1) <!-- --> ]]> &amp; \u202e\ufffe\udc80"
    "\n- --- !!python/object/apply:os.system [ls]\n...\n{{ 7*7 }} {% x %} %s {0} ${HOME} `id` @everyone"
)
TEXT = st.one_of(st.text(), st.text(alphabet="<>&\"'`|\\\n\r\t\x1b\x00\x9b[]#-*_~!:@{}%\u202e\u2028\udc80\ufffe "))
RELAXED = settings(suppress_health_check=list(HealthCheck), deadline=None, max_examples=40)


def made(directory: Path, text: str, verdict: Verdict = Verdict.FAIL) -> Report:
    """A report in which everything that a mesh or a profile has a say in is this text."""
    record = check(
        "hostile",
        verdict,
        reason=text,
        expected=f"rejected: {text}",
        request=text,
        step_text=text,
        observed=(
            outcome(
                "direct",
                description=text,
                by_client={"consumer": 30, text[:20]: 30},
                sample=sample(
                    summary=text,
                    backend=text,
                    headers=(("x-big", text), (text[:50], "v")),
                    trailers=((text[:50], text),),
                    backend_saw={"method": text, "headers": [["x", text]], text[:30]: text},
                ),
            ),
        ),
    )
    return load(
        write_report(
            directory,
            (record, check("plain")),
            mesh={"name": text, "identity": {"organization": text, "version": text, "contact": [text]}},
            cluster={"version": text, "gateway_api": {"version": text, "channel": text}},
        )
    )


def all_formats(report: Report) -> dict[str, str]:
    return {name: render(report) for name, (_, render) in reports.renderers(upstream.load()).items()}


def sound(found: dict[str, str]) -> None:
    for name, page in found.items():
        page.encode("utf-8")
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e\u2028\ufffe]", page), name
    JUNIT.validate(found["junit"])
    ET.fromstring(found["badge"])
    assert set(json.loads(found["shields"])) == {"schemaVersion", "label", "message", "color"}
    assert set(yaml.safe_load(found["conformance"])) >= {"apiVersion", "kind", "implementation", "profiles"}
    comment, _, rest = found["conformance"].partition("\napiVersion:")
    assert all(line.startswith("#") for line in comment.splitlines())
    assert "#" not in rest.split("profiles:")[0].replace("'#", "").splitlines()[0]
    sound_markdown(found["markdown"])
    for name in ("html", "markdown", "badge"):
        assert "<script>alert" not in found[name]
        assert "<img" not in found[name]


def sound_markdown(page: str) -> None:
    """No element but our own outside of text, and every line of a table with as many cells as its head."""
    assert set(re.findall(r"<\s*/?\s*([a-zA-Z!?][^\s>]*)", page)) <= {"details", "summary", "pre"}
    assert page.count("<pre>") == page.count("</pre>") == page.count("</details>") == page.count("<details>")
    outside = re.sub(r"<pre>.*?</pre>", "", page, flags=re.DOTALL).splitlines()
    cells = 0
    for line in outside:
        if not line.startswith("|"):
            assert not re.match(r"\s*(```|~~~)", line)
            cells = 0
            continue
        found = len(re.findall(r"(?<!\\)(?:\\\\)*\|", line))
        cells = cells or found
        assert found == cells, line


@pytest.mark.parametrize("verdict", Verdict)
def test_an_attack_is_text_in_every_format(tmp_path, verdict):
    found = all_formats(made(tmp_path, ATTACK, verdict))
    sound(found)
    told = set(found) - {"badge", "shields"} - ({"text"} if verdict is Verdict.PASS else set())  # passes are counted
    for name in told:
        assert r"\x1b[2J" in found[name].replace("\\\\", "\\").replace("\\[", "["), name


@RELAXED
@given(text=TEXT)
@example(text="|\\|\n||")
@example(text="\\")
@example(text="</pre>")
@example(text="- x: y # z")
def test_any_text_is_text_in_every_format(tmp_path_factory, text):
    sound(all_formats(made(tmp_path_factory.mktemp("any"), text)))


def test_a_header_of_a_megabyte_is_shortened(tmp_path):
    found = all_formats(made(tmp_path, "\x1b<b>A" * 200_000))
    sound(found)
    del found["html"]  # tests of its own measure it
    for name, page in found.items():
        assert len(page) < 200_000, name
        if name not in ("badge", "shields"):
            assert "(1,000,000 characters)" in page.replace("\\", ""), name
