"""What a mesh needs once the namespaces exist."""

import pytest
from pydantic import ValidationError

from harness.cluster import SYNCED, Event, Ref
from harness.errors import TargetError
from harness.mesh_profile import Extra, MeshProfile
from harness.settings import Settings
from harness.stage import extras

GATE = {"apiVersion": "v1", "kind": "Gate", "metadata": {"name": "gate", "labels": {"for": "services"}}}


def settings(tmp_path, *entries):
    mesh = MeshProfile(name="some", labels={"enrolled": {"mesh": "on"}}, afterNamespaces=entries)
    return Settings(run_id="r", run_dir=tmp_path, mesh=mesh, namespace_prefix="mine-")


class Cluster:
    """Applies what it is given; a Gate has the conditions given here."""

    def __init__(self, *conditions):
        self.conditions = list(conditions)
        self.objects = {}
        self.log = []

    def apply(self, obj):
        ref = Ref.of(obj)
        self.log.append(str(ref))
        self.objects[ref] = {**obj, "status": {"conditions": self.conditions}}

    def get(self, ref):
        return self.objects.get(ref)

    def watch(self, selection, stop):
        for ref, obj in self.objects.items():
            if (ref.kind, ref.namespace) == (selection.kind, selection.namespace):
                yield Event("ADDED", obj)
        yield Event(SYNCED, {})
        while stop.remaining() > 0:
            stop.pause(0.01)


def test_objects_are_placed_in_each_role_and_labelled_as_ours(tmp_path):
    ours = settings(tmp_path, Extra(manifest=GATE, roles=("producer", "consumer")))
    first, second = extras.objects(ours)
    assert (first["metadata"]["namespace"], second["metadata"]["namespace"]) == ("mine-producer", "mine-consumer")
    assert first["metadata"]["labels"] == {"for": "services", **ours.labels()}
    assert GATE["metadata"] == {"name": "gate", "labels": {"for": "services"}}


def test_by_default_everything_is_for_the_enrolled_roles(tmp_path):
    ours = settings(tmp_path, Extra(manifest=GATE), Extra(labels={"use": "gate"}))
    assert len(extras.objects(ours)) == 4
    assert extras.later_labels(ours).keys() == {"producer", "consumer", "consumer-b", "bystander"}
    labels = {one["metadata"]["name"]: one["metadata"]["labels"] for one in extras.namespaces(ours)}
    assert (labels["mine-producer"]["use"], labels["mine-producer"]["mesh"]) == ("gate", "on")
    assert "use" not in labels["mine-outside"]


def test_labels_come_after_the_objects_that_they_name_are_ready(tmp_path):
    ours = settings(
        tmp_path,
        Extra(manifest=GATE, roles=("producer",), ready={"Programmed": "True"}),
        Extra(labels={"use": "gate"}, roles=("producer",)),
    )
    cluster = Cluster({"type": "Programmed", "status": "True"})
    said = []
    extras.put(cluster, ours, 5, said.append)
    assert cluster.log[:2] == ["Gate mine-producer/gate", "Namespace mine-producer"]
    assert said == ["waiting for Gate mine-producer/gate to be Programmed"]
    cluster.log.clear()
    extras.put(cluster, ours, 5, said.append)
    assert cluster.log == ["Gate mine-producer/gate"]  # the namespaces have their labels already


def test_what_does_not_get_ready_says_what_it_says(tmp_path):
    ours = settings(tmp_path, Extra(manifest=GATE, roles=("producer",), ready={"Programmed": "True"}))
    cluster = Cluster({"type": "Programmed", "status": "False", "reason": "Pending", "message": "no address"})
    with pytest.raises(TargetError, match="Programmed is False, not True \\(Pending: no address\\)") as caught:
        extras.put(cluster, ours, 0.05, lambda _: None)
    assert "kubectl -n mine-producer describe gate gate" in caught.value.hint


def test_conditions_of_an_earlier_generation_do_not_count():
    obj = {
        "metadata": {"generation": 3},
        "status": {"conditions": [{"type": "A", "status": "True", "observedGeneration": 2}]},
    }
    assert extras.unmet(obj, {"A": "True"}) == ["condition A is about an earlier generation"]


@pytest.mark.parametrize(
    ("entry", "what"),
    [
        ({}, "either a manifest or labels"),
        ({"manifest": GATE, "labels": {"a": "b"}}, "either a manifest or labels"),
        ({"labels": {"a": "b"}, "ready": {"A": "True"}}, "there is none"),
        ({"manifest": {"kind": "Gate", "apiVersion": "v1"}}, "metadata with a name"),
        ({"manifest": {"kind": "Gate", "metadata": {"name": "x"}}}, "apiVersion and kind"),
        ({"manifest": {**GATE, "metadata": {"name": "x", "namespace": "y"}}}, "leave the namespace out"),
        ({"manifest": GATE, "roles": []}, "at least 1"),
        ({"manifest": GATE, "ready": {}}, "at least 1"),
    ],
)
def test_an_entry_that_makes_no_sense_is_refused(entry, what):
    with pytest.raises(ValidationError, match=what):
        Extra.model_validate(entry)


def test_a_status_that_yaml_takes_for_a_boolean_is_a_word():
    assert Extra.model_validate({"manifest": GATE, "ready": {"Programmed": True}}).ready == {"Programmed": "True"}
