"""Published reports lie where their own headers say, as their runs wrote them, with pages that come from them."""

from __future__ import annotations

import re
import shutil
from html.parser import HTMLParser
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cli import main as gamma
from harness.evidence import load
from harness.evidence.model import Verdict
from reports.publish import reproduce, site
from reports.publish.layout import published, slug
from reports.publish.readme import fenced
from tests.evidence_samples import check, write_report
from tests.unit.reports.test_hostile_formats import ATTACK, TEXT, sound_markdown


def run(directory: Path, version: str = "1.0", verdict: Verdict = Verdict.PASS, **head) -> Path:
    mesh = {"name": "acme", "identity": {"organization": "acme", "version": version}}
    return write_report(directory, (check("a", verdict, reason="it broke"), check("b")), **{"mesh": mesh, **head})


def publish(*words: object) -> int:
    return gamma.main(["publish", *map(str, words)])


def test_reports_are_laid_out_as_they_are(tmp_path, capsys):
    first, second = run(tmp_path / "r1"), run(tmp_path / "r2", "1.1", Verdict.FAIL)
    results = tmp_path / "results"
    assert publish(first.parent, second, "--to", results) == 0
    assert "published" in capsys.readouterr().out
    assert (results / "0.1.0/acme/1.0.jsonl").read_bytes() == first.read_bytes()
    assert (results / "0.1.0/acme/1.1.jsonl").read_bytes() == second.read_bytes()
    page = (results / "0.1.0/acme/README.md").read_text()
    assert "## Reproduce" in page
    assert "pytest --mesh lab --seed=7" in page
    assert "[1.1](1.1.jsonl)".replace(".1]", r".1]") in page
    assert "0.1.0/acme/1.0.jsonl" in (results / "README.md").read_text()


def test_the_channel_stands_in_the_name_unless_it_is_the_standard_one(tmp_path):
    channels = {
        channel: {"gateway_api": {"version": "v1.6.1", "channel": channel}} for channel in ("standard", "experimental")
    }
    names = [published(load(run(tmp_path / name, cluster=one))).version for name, one in channels.items()]
    assert names == ["1.0", "1.0-experimental"]
    assert published(load(run(tmp_path / "none", ""))).version == "unversioned"


def test_another_report_of_the_same_version_is_refused(tmp_path, capsys):
    results = tmp_path / "results"
    old, new = run(tmp_path / "old"), run(tmp_path / "new", verdict=Verdict.FAIL)
    assert publish(old, "--to", results) == 0
    assert publish(old, "--to", results) == 0  # the same once more changes nothing
    assert publish(new, "--to", results) == 4
    assert "--replace" in capsys.readouterr().err
    assert (results / "0.1.0/acme/1.0.jsonl").read_bytes() == old.read_bytes()
    assert publish(new, "--to", results, "--replace") == 0
    assert (results / "0.1.0/acme/1.0.jsonl").read_bytes() == new.read_bytes()


@pytest.mark.parametrize("spoil", ["cut", "edit", "merge", "remove", "rename", "incomplete"])
def test_what_is_not_as_a_run_wrote_it_is_refused(tmp_path, capsys, spoil):
    results = tmp_path / "results"
    assert publish(run(tmp_path / "r"), "--to", results) == 0
    file = results / "0.1.0/acme/1.0.jsonl"
    content = file.read_bytes()
    lines = content.splitlines(keepends=True)
    changed = {
        "cut": content[: len(content) // 2],
        "edit": content.replace(b'"verdict":"pass"', b'"verdict":"skip"', 1),
        "merge": content + content,
        "remove": b"".join(lines[:2] + lines[3:]),
        "rename": content,
        "incomplete": run(tmp_path / "i", why_incomplete="killed").read_bytes(),
    }[spoil]
    file.write_bytes(changed)
    if spoil == "rename":
        file.rename(file.with_name("2.0.jsonl"))
    for command in (["publish", str(results)], ["publish", str(results), "--site", str(tmp_path / "site")]):
        assert gamma.main(command) == 4
        told = capsys.readouterr().err
        assert str(file if spoil != "rename" else file.with_name("2.0.jsonl")) in told
        assert "Traceback" not in told
    assert not (tmp_path / "site").exists()


def test_nothing_to_publish_is_said(tmp_path, capsys):
    assert publish("--to", tmp_path / "nowhere") == 4
    assert "nothing is published" in capsys.readouterr().err
    assert publish(tmp_path / "no-run", "--to", tmp_path / "results") == 4
    assert publish(run(tmp_path / "r"), "--to", tmp_path / "r" / "report.jsonl") == 4
    assert "cannot write" in capsys.readouterr().err


def test_the_command_line_is_the_run_s_own(tmp_path):
    command = (
        "pytest",
        "--mesh=/home/me/own mesh.yaml",
        "--report-dir",
        "/home/me/out",
        "--report-dir=/x",
        "-k",
        "a b",
    )
    report = load(run(tmp_path / "r", command=command, options={"strict": False, "lab_defect": "x"}))
    assert reproduce.command(report) == "pytest '--mesh=./own mesh.yaml' -k 'a b' --seed=7"
    assert reproduce.options(report) == [("lab defect", "x"), ("strict", "False")]
    given_seed = load(run(tmp_path / "s", command=("pytest", "--mesh", "/p/own.yml", "--seed", "9")))
    assert reproduce.command(given_seed) == "pytest --mesh ./own.yml --seed 9"
    assert "name: acme" in reproduce.profile(report)


class Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.ids: set[str] = set()

    def handle_starttag(self, tag, attrs):
        named = dict(attrs)
        self.found += [value for key, value in named.items() if key in ("href", "src") and value]
        if named.get("id"):
            self.ids.add(named["id"])


def links(page: str) -> Links:
    parser = Links()
    parser.feed(page)
    return parser


def made(*files: Path) -> dict[str, str]:
    found = dict(site.pages([published(load(file)) for file in files]))
    return {name: page if isinstance(page, str) else page.decode() for name, page in found.items()}


def test_the_site_has_a_page_for_everything_and_no_link_leads_nowhere(tmp_path):
    pages = made(run(tmp_path / "1"), run(tmp_path / "2", "1.1", Verdict.FAIL, started="2026-02-01T00:00:00+00:00"))
    assert {"index.html", "matrix.html", "mesh/acme.html", "report/0.1.0/acme/1.1.html"} <= set(pages)
    assert "requirement/attachment.unmatched-rejected.html" in pages
    own = [name for name in pages if name.endswith(".html") and not name.startswith("report/")]
    parsed = {name: links(pages[name]) for name in own}
    for name in own:
        for link in parsed[name].found:
            if link.startswith(("https://", "data:", "#")):
                continue
            path, _, anchor = unquote(link).partition("#")
            target = resolve(PurePosixPath(name).parent / path)
            assert target in pages, (name, link)
            assert not anchor or anchor in parsed[target].ids, (name, link)
    mesh = pages["mesh/acme.html"]
    assert mesh.index("1.1") < mesh.index("Since 1.0")
    assert "1 check differs of 2" in mesh
    assert "it broke" in mesh


def resolve(path: PurePosixPath) -> str:
    parts: list[str] = []
    for part in path.parts:
        parts = parts[:-1] if part == ".." else [*parts, part]
    return "/".join(parts)


def test_the_matrix_says_where_scenarios_were_not_the_same(tmp_path):
    pages = made(run(tmp_path / "1"), run(tmp_path / "2", "1.1"))
    assert "not the same scenarios</span>" not in pages["matrix.html"]
    other = load(run(tmp_path / "3", "1.2")).header.scenarios[0].model_copy(update={"digest": "1" * 64})
    pages = made(run(tmp_path / "4"), run(tmp_path / "5", "1.2", scenarios=(other,)))
    assert "not the same scenarios</span>" in pages["matrix.html"]


@settings(deadline=None)
@given(text=TEXT)
def test_a_slug_is_safe_and_tells_texts_apart(text):
    made = slug(text)
    assert re.fullmatch(r"[A-Za-z0-9_+][A-Za-z0-9._+-]{0,98}", made)
    assert slug(text + "x") != made


def test_a_plain_name_stays_as_it_is():
    assert [slug(name) for name in ("istio-ambient", "1.27.0+k3s1", "v2_beta")] == [
        "istio-ambient",
        "1.27.0+k3s1",
        "v2_beta",
    ]
    assert slug("a/b") != slug("a:b")


@settings(deadline=None)
@given(text=st.text(alphabet="`ab\n~"))
def test_a_fence_is_not_ended_by_what_it_holds(text):
    first, *body, last = fenced(text, "sh")
    assert first == f"{last}sh"
    assert not any(last in line for line in body)


RELAXED = settings(suppress_health_check=list(HealthCheck), deadline=None, max_examples=15)


@RELAXED
@given(hostile=TEXT)
def test_any_text_is_text(tmp_path_factory, hostile):
    sound(tmp_path_factory.mktemp("any"), hostile)


@pytest.mark.parametrize("hostile", [ATTACK, "../../../../etc/passwd", "\x1b<b>" * 50_000])
def test_attacks_are_text(tmp_path, hostile):
    sound(tmp_path, hostile)


def sound(directory: Path, hostile: str) -> None:
    mesh = {"name": hostile, "identity": {"version": hostile}}
    file = run(directory / "r", verdict=Verdict.FAIL, mesh=mesh, command=("pytest", hostile))
    results = directory / "results"
    assert publish(file, "--to", results, "--site", directory / "site") == 0
    assert {path.relative_to(results).parts[0] for path in results.rglob("*")} == {"0.1.0", "README.md"}
    for page in (*results.rglob("*.md"), *(directory / "site").rglob("*.html")):
        text = page.read_text(encoding="utf-8")
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e\u2028\ufffe]", text), page
        assert "<img" not in outside_fences(text) if page.suffix == ".md" else "<img" not in text
        if page.suffix == ".md":
            sound_markdown(outside_fences(text).replace("<details>\n", "<details>\n<pre></pre>"))


def outside_fences(text: str) -> str:
    """The page without its blocks of code; fails where a block does not end."""
    kept, fence = [], ""
    for line in text.split("\n"):
        opening = re.match(r"(`{3,})(sh|yaml)$", line)
        if not fence and opening:
            fence = opening[1]
        elif fence and line == fence:
            fence = ""
        elif not fence:
            kept.append(line)
    assert not fence
    return "\n".join(kept)


SAMPLE = Path(__file__).resolve().parents[3] / "docs" / "examples" / "results"


def test_the_sample_folder_is_what_publishing_makes_of_it(tmp_path):
    before = {path.relative_to(SAMPLE): path.read_bytes() for path in SAMPLE.rglob("*") if path.is_file()}
    copy = tmp_path / "results"
    shutil.copytree(SAMPLE, copy)
    assert publish(copy, "--site", tmp_path / "site") == 0
    assert {path.relative_to(copy): path.read_bytes() for path in copy.rglob("*") if path.is_file()} == before
    assert sum(map(len, before.values())) < 300_000
    matrix = (tmp_path / "site" / "matrix.html").read_text(encoding="utf-8")
    assert all(f">{word}</span>" in matrix for word in ("proven", "refuted"))
    assert "Since unmatched-falls-through" in (tmp_path / "site" / "mesh" / "lab-with-defects.html").read_text()
