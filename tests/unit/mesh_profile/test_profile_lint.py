"""What lint finds in mesh profiles, and that editors know the same."""

import json

import pytest
from jsonschema import Draft202012Validator

from cli.main import main
from harness.mesh_profile import MESHES, files, load
from harness.mesh_profile.lint import HEADER, lint_profile, lint_profiles
from harness.mesh_profile.schema import FILE, schema, text
from harness.scenario import yamltree

OWN = files(MESHES)


def findings(tmp_path, content):
    path = tmp_path / "mine.yaml"
    path.write_text(content)
    return [str(problem).replace(f"{path}:", "") for problem in lint_profile(path)]


def test_the_suites_profiles_are_clean():
    assert [str(problem) for problem in lint_profiles()] == []
    assert {path.stem for path in OWN} == {
        *("cilium", "generic", "google-csm", "istio-ambient", "istio-sidecar", "kuma", "lab", "linkerd"),
    }


def test_the_schema_is_current():
    assert FILE.read_text(encoding="utf-8") == text(), "run: python -m harness.mesh_profile.schema"


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.stem)
def test_the_suites_profiles_fit_the_schema(path):
    data = yamltree.parse(path.read_text(encoding="utf-8"), path.name).data
    assert [error.message for error in Draft202012Validator(json.loads(text())).iter_errors(data)] == []


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.stem)
def test_each_profile_says_what_has_been_run(path):
    begin = path.read_text(encoding="utf-8")
    assert begin.startswith(HEADER)
    assert path.stem == "lab" or "# Run so far:" in begin


def test_the_schema_is_one():
    Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize(
    ("content", "line", "what"),
    [
        ("labels:\n  enrolled:\n    'a b': c\n", 3, "'a b' cannot be a key"),
        ("labels:\n  enrolled: {a: -b}\n", 2, "'-b' cannot be the value of a label"),
        (f"labels:\n  roles:\n    consumer: {{a: {'x' * 64}}}\n", 3, "cannot be the value of a label"),
        ("annotations:\n  enrolled: {'/a': anything at all}\n", 2, "cannot be a key"),
        ("labels:\n  enrolled: {gamma.test/owner: me}\n", 2, "the suite's own"),
        ("labels:\n  enrolled: {pod-security.kubernetes.io/enforce: restricted}\n", 2, "needs NET_ADMIN"),
        ("afterNamespaces:\n  - labels: {use: 'a b'}\n", 2, "cannot be the value of a label"),
        ("dataPlane:\n  containers: [Proxy]\n", 2, "no container can be called 'Proxy'"),
        ("dataPlane:\n  serviceConditions: {'a b': 'True'}\n", 2, "no type of condition"),
        ("dataPlane:\n  podAnnotations: {'a b': x}\n", 2, "cannot be a key"),
        ("appProtocol: {80: http}\n", 1, "no echo listens on port 80"),
        ("appProtocol:\n  8080: 'a b'\n", 2, "no appProtocol"),
        ("controllerName: nobody\n", 1, "no controllerName"),
        ("features:\n  claimed: [HTTPRouteCros]\n", 1, "no feature 'HTTPRouteCros'"),
        ("afterNamespaces:\n  - manifest: [a]\n", 2, "valid dictionary"),
        ("afterNamespaces:\n  - manifest: {kind: Gateway}\n", 2, "metadata with a name"),
        ("labels: {a: [\n", 2, "not valid YAML"),
        ("a: 1\n", 1, "unknown key"),
        ("", 1, "a mapping"),
    ],
)
def test_mistakes_are_found_where_they_stand(tmp_path, content, line, what):
    found = findings(tmp_path, content)
    assert len(found) == 1, found
    assert found[0].startswith(f"{line}: ")
    assert what in found[0]


def test_manifests_are_looked_at_as_the_api_would(tmp_path):
    content = (
        "afterNamespaces:\n"
        "  - manifest:\n"
        "      apiVersion: gateway.networking.k8s.io/v1\n"
        "      kind: Gateway\n"
        "      metadata: {name: w, labels: {a: -b}}\n"
        "      spec:\n"
        "        gatewayClassName: c\n"
        "        listeners:\n"
        "          - {name: mesh, port: 0, protocol: HBONE}\n"
    )
    label, port = findings(tmp_path, content)
    assert (label.startswith("5: "), port.startswith("9: ")) == (True, True)
    assert "spec.listeners[0].port" in port


def test_values_that_yaml_takes_for_something_else_are_texts(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("labels: {enrolled: {a: on, b: yes}}\n")
    assert load(path).labels.of("producer") == {"a": "on", "b": "yes"}


def test_gamma_lint_reads_profiles_too(tmp_path, capsys):
    path = tmp_path / "mine.yaml"
    path.write_text("lables: {}\n")
    assert main(["lint", "--mesh", str(path)]) == 4
    assert f"{path}:1:1: lables: unknown key" in capsys.readouterr().out
    assert main(["lint", "--mesh", str(MESHES / "linkerd.yaml")]) == 0
    assert capsys.readouterr().out == "1 mesh profile, clean\n"


def test_the_profile_in_the_documentation_is_one(tmp_path):
    page = (MESHES.parent / "docs" / "meshes.md").read_text(encoding="utf-8")
    example = page.partition("```yaml\n")[2].partition("```")[0]
    assert findings(tmp_path, example) == []
    path = tmp_path / "documented.yaml"
    path.write_text(example)
    profile = load(path)
    assert (profile.name, profile.enrols, profile.dataPlane.in_pods) == ("my-mesh", True, True)


def test_the_documentation_has_every_profile():
    page = (MESHES.parent / "docs" / "meshes.md").read_text(encoding="utf-8")
    assert [path.stem for path in OWN if f"| `{path.stem}` |" not in page] == []
