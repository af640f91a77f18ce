import pytest

from harness.errors import UsageError
from harness.mesh_profile import MeshProfile, load, names


def write(tmp_path, text):
    path = tmp_path / "my-mesh.yaml"
    path.write_text(text)
    return path


def test_the_lab_enrols_every_role_but_outside():
    lab = load("lab")
    assert lab.name == "lab"
    assert lab.labels.of("consumer-b") == {"gamma-lab/mesh": "enabled"}
    assert lab.labels.of("outside") == {}
    assert (lab.settledFor, lab.newServiceQuiet, lab.controllerName) == (0.05, 0.0, "gamma.test/lab-mesh")


def test_every_profile_of_the_suite_loads():
    assert "lab" in names()
    for name in names():
        assert isinstance(load(name), MeshProfile)


def test_a_role_of_its_own_wins_over_what_all_enrolled_share(tmp_path):
    path = write(tmp_path, "labels:\n  enrolled: {a: x, b: x}\n  roles:\n    consumer: {b: own}\n")
    assert load(path).labels.of("consumer") == {"a": "x", "b": "own"}
    assert load(path).name == "my-mesh"


def test_real_meshes_get_more_time_by_default(tmp_path):
    profile = load(write(tmp_path, "name: other\n"))
    assert (profile.settledFor, profile.newServiceQuiet, profile.timeScale) == (1.0, 2.0, 1.0)


def test_a_profile_survives_the_way_to_a_worker():
    assert MeshProfile.model_validate_json(load("lab").model_dump_json()) == load("lab")


def test_features_are_claimed_disclaimed_or_undeclared(tmp_path):
    text = "features: {claimed: [HTTPRouteCORS], disclaimed: [HTTPRouteRetry]}\n"
    features = load(write(tmp_path, text)).features
    names = ("HTTPRouteCORS", "HTTPRouteRetry", "HTTPRouteMethodMatching", "HTTPRoute")
    assert [features.state(name) for name in names] == ["claimed", "disclaimed", "undeclared", "claimed"]


def test_an_unknown_name_lists_those_that_exist():
    with pytest.raises(UsageError, match="no mesh profile named 'nosuch'") as caught:
        load("nosuch")
    assert "lab" in caught.value.hint
    assert caught.value.exit_status == 4


def test_an_unknown_path_is_named(tmp_path):
    with pytest.raises(UsageError, match=r"absent\.yaml"):
        load(tmp_path / "absent.yaml")


@pytest.mark.parametrize(
    ("text", "place", "what"),
    [
        ("name: x\nlabels: [\n", ":3:", "not valid YAML"),
        ("name: x\n\nlables: {}\n", ":3:", "unknown key"),
        ("name: x\nsettledFor: soon\n", ":2:", "settledFor"),
        ("name: x\nlabels:\n  roles:\n    boss: {a: b}\n", ":4:", "labels.roles.boss: Input should be 'producer'"),
        (
            "name: x\nfeatures:\n  claimed: [HTTPRouteCORS]\n  disclaimed: [HTTPRouteCORS]\n",
            ":2:",
            "claimed and disclaimed at once: HTTPRouteCORS",
        ),
        ("name: x\nfeatures:\n  claimed: [HTTPRouteCros]\n", ":2:", "no feature 'HTTPRouteCros'; did you mean"),
        ("name: x\nfeatures:\n  disclaimed: [HTTPRoute]\n", ":2:", "HTTPRoute is core"),
        ("name: x\nidentity:\n  contact:\n    - a\n    - [b]\n", ":5:", "string"),
        ("- a\n", ":1:", "a mapping"),
        ("", ":1:", "a mapping"),
        ("name: Not A Name\n", ":1:", "name"),
        ("a\tb: \x01", ":1:", "not valid YAML"),
    ],
)
def test_a_mistake_is_told_with_file_and_line(tmp_path, text, place, what):
    with pytest.raises(UsageError) as caught:
        load(write(tmp_path, text))
    assert f"my-mesh.yaml{place}" in caught.value.message
    assert what in caught.value.message
