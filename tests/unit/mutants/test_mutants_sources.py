"""What makes results of the matrix worthless, and what does not."""

from __future__ import annotations

import pytest

from mutants import sources


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.setattr(sources, "ROOT", tmp_path)
    for name in (
        "harness/judge.py",
        "lab/mesh.py",
        "spec/defects/weights.yaml",
        "spec/defects.yaml",
        "mutants/shadow.py",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("as it was")
    return tmp_path


@pytest.mark.parametrize(
    ("changed", "counts"),
    [
        ("harness/judge.py", True),
        ("lab/mesh.py", True),
        ("lab/new.py", True),
        ("lab/__pycache__/mesh.py", False),
        ("spec/crds.yaml", True),
        ("spec/defects.yaml", False),
        ("spec/defects/weights.yaml", False),
        ("mutants/shadow.py", False),
        ("README.md", False),
    ],
)
def test_results_rest_on_what_was_played(project, changed, counts):
    before = sources.digest()
    (project / changed).parent.mkdir(parents=True, exist_ok=True)
    (project / changed).write_text("changed")
    assert (sources.digest() != before) is counts


def test_and_on_what_is_named_besides(project):
    before = sources.digest("mutants/shadow.py")
    (project / "mutants/shadow.py").write_text("changed")
    assert sources.digest("mutants/shadow.py") != before
