"""Building and removing the stage against a scripted cluster."""

import pytest

from harness.cluster import NOT_SERVED, SYNCED, ClusterError, Event, Ref, Selection
from harness.errors import TargetError, UsageError
from harness.mesh_profile import load
from harness.scenario.model import Scenario
from harness.scenario.shape import KINDS
from harness.settings import OWNER, OWNER_LABEL, PREPARED, Settings
from harness.stage import Stage
from harness.stage.layout import WORKLOADS, endpoints_expected
from harness.stage.stage import available

NAMESPACES = [f"gamma-{role}" for role in ("producer", "consumer", "consumer-b", "bystander", "outside")]


class FakeCluster:
    """Keeps objects; Deployments become available and Services get endpoints unless told otherwise."""

    server = "https://scripted"

    def __init__(self):
        self.objects = {}
        self.log = []
        self.broken = set()  # workloads that never get available
        self.unmade = {}  # further status of those
        self.without_endpoints = set()
        self.extra = []  # pods and events

    def named(self, scenario):
        return self

    def version(self):
        return {"gitVersion": "v1.34.0"}

    def apply(self, obj, *, dry_run=False):
        self.log.append(f"apply {Ref.of(obj)}")
        self.objects[Ref.of(obj)] = obj
        return obj

    def create(self, obj):
        if Ref.of(obj) in self.objects:
            raise ClusterError("exists", code=409)
        self.log.append(f"create {Ref.of(obj)}")
        self.objects[Ref.of(obj)] = {**obj, "metadata": {**obj["metadata"], "uid": "u1", "resourceVersion": "1"}}
        return self.objects[Ref.of(obj)]

    def patch(self, ref, changes, version):
        return self.objects[ref]

    def get(self, ref):
        return self.objects.get(ref)

    def delete(self, ref, *, uid=""):
        self.log.append(f"delete {ref}")
        return self.objects.pop(ref, None) is not None

    def select(self, selection):
        if selection.kind in ("Pod", "Event"):
            return [
                o
                for o in self.extra
                if (o["kind"], o["metadata"]["namespace"]) == (selection.kind, selection.namespace)
            ]
        earlier = "run!=" in selection.labels
        return [
            obj
            for ref, obj in self.objects.items()
            if ref.kind == selection.kind
            and ("labels" in obj["metadata"])
            and (not earlier or obj["metadata"]["labels"].get("gamma.test/run") == "old")
        ]

    def watch(self, selection: Selection, stop):
        found = self._slices if selection.kind == "EndpointSlice" else self._present
        for obj in found(selection):
            yield Event("ADDED", obj)
        yield Event(SYNCED, {})
        if selection.kind == "Namespace":
            for obj in [
                o for r, o in self.objects.items() if r.kind == "Namespace" and "deletionTimestamp" in o["metadata"]
            ]:
                del self.objects[Ref.of(obj)]
                yield Event("DELETED", obj)
        while stop.remaining() > 0:
            stop.pause(0.01)

    def _present(self, selection):
        name = selection.fields.removeprefix("metadata.name=")
        for ref, obj in list(self.objects.items()):
            if ref.kind == selection.kind and name in ("", ref.name):
                counts = 0 if ref.name in self.broken else obj.get("spec", {}).get("replicas", 0)
                status = dict.fromkeys(("replicas", "updatedReplicas", "availableReplicas"), counts)
                further = self.unmade if ref.name in self.broken else {}
                yield {**obj, "status": {**status, "observedGeneration": 1, **further}}

    def _slices(self, selection):
        for ref, service in self.objects.items():
            if (
                ref.kind == "Service"
                and ref.namespace == selection.namespace
                and ref.name not in self.without_endpoints
            ):
                count = endpoints_expected(ref.namespace.removeprefix("gamma-"), service["spec"].get("selector") or {})
                yield {
                    "metadata": {
                        "name": f"{ref.name}-abc",
                        "namespace": ref.namespace,
                        "labels": {"kubernetes.io/service-name": ref.name},
                    },
                    "endpoints": [{"addresses": [f"10.0.0.{n}"]} for n in range(count)],
                }


def service(name, app):
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": "gamma-producer"},
        "spec": {"selector": {"app": app}, "ports": [{"port": 80, "targetPort": 8080}]},
    }


SCENARIO = Scenario.model_validate(
    {
        "scenario": "front",
        "title": "A Service without a route passes everything",
        "why": "Because what nobody routes has to work as if there were no mesh at all.",
        "manifests": {"services": [service("front", "echo-v3"), service("empty", "nobody")]},
        "probes": {"p": {"from": "consumer", "url": "http://front.gamma-producer/"}},
        "outcomes": {"direct": {"backend": "echo-v3"}},
        "steps": [
            {"apply": "services"},
            {"hold": "1s", "checks": [{"check": "c", "proves": ["a.b"], "probe": "p", "expect": "direct"}]},
        ],
    }
)


@pytest.fixture
def cluster():
    return FakeCluster()


def stage(cluster, tmp_path, said=None, patience=1.0, **more):
    mesh = load("lab").model_copy(update={"timeScale": patience})
    settings = Settings(run_id="r1", run_dir=tmp_path, mesh=mesh, **more)
    progress = (lambda _: None) if said is None else said.append
    return Stage(settings, cluster=cluster, program=b"a zipapp", progress=progress)


def test_up_makes_namespaces_first_then_workloads_and_the_static_services(cluster, tmp_path):
    said = []
    facts = stage(cluster, tmp_path, said).up([SCENARIO])
    assert cluster.log[:2] == ["apply Namespace gamma-producer", "create ConfigMap gamma-producer/gamma-run"]
    assert sorted(cluster.log[2:6]) == sorted(f"apply Namespace {name}" for name in NAMESPACES[1:])
    names = {(ref.kind, ref.namespace, ref.name) for ref in cluster.objects}
    assert {("Deployment", f"gamma-{w.role}", w.name) for w in WORKLOADS} <= names
    assert {("Service", "gamma-producer", name) for name in ("front", "empty", "control-frontend")} <= names
    assert cluster.objects[Ref("v1", "Service", "gamma-producer", "front")]["metadata"]["labels"] == {
        OWNER_LABEL: OWNER,
        "gamma.test/stage": "gamma-producer",
        "gamma.test/run": "r1",
        "gamma.test/scenario": "front",
    }
    assert facts.as_dict()["server"] == "https://scripted"
    assert any("Services" in text for text in said)


def test_up_may_be_called_again_and_ends_in_the_same_state(cluster, tmp_path):
    stage(cluster, tmp_path).up([SCENARIO])
    before = dict(cluster.objects)
    stage(cluster, tmp_path).up([SCENARIO])
    assert cluster.objects == before
    assert not [line for line in cluster.log if line.startswith("delete")]


def test_a_namespace_of_somebody_else_is_refused_before_anything_is_applied(cluster, tmp_path):
    foreign = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "gamma-consumer"}}
    cluster.objects[Ref.of(foreign)] = foreign
    with pytest.raises(UsageError, match="gamma-consumer exists and is not ours") as caught:
        stage(cluster, tmp_path).up([SCENARIO])
    assert "--namespace-prefix" in caught.value.hint
    assert cluster.log == []


def test_a_namespace_of_ours_that_is_just_ending_is_waited_for(cluster, tmp_path):
    ending = {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": "gamma-consumer", "labels": {OWNER_LABEL: OWNER}, "deletionTimestamp": "now"},
    }
    cluster.objects[Ref.of(ending)] = ending
    said = []
    stage(cluster, tmp_path, said).up([SCENARIO])
    assert "waiting for an earlier namespace gamma-consumer to end" in said


def test_what_an_earlier_run_left_behind_is_removed(cluster, tmp_path):
    left = service("left", "echo-v1")
    left["metadata"]["labels"] = {OWNER_LABEL: OWNER, "gamma.test/run": "old", "gamma.test/scenario": "x"}
    elsewhere = {**left, "metadata": {**left["metadata"], "namespace": "other-producer"}}
    for obj in (left, elsewhere):
        cluster.objects[Ref.of(obj)] = obj
    stage(cluster, tmp_path).up([SCENARIO])
    assert Ref.of(left) not in cluster.objects
    assert Ref.of(elsewhere) in cluster.objects


def test_leftovers_of_any_kind_are_removed_and_kinds_that_the_cluster_lacks_are_passed_over(cluster, tmp_path):
    labels = {OWNER_LABEL: OWNER, "gamma.test/run": "old", "gamma.test/scenario": "x"}
    metadata = {"name": "left", "namespace": "gamma-producer", "labels": labels}
    left = {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": metadata}
    cluster.objects[Ref.of(left)] = left
    select = cluster.select

    def lacking(selection):
        if selection.kind == "UDPRoute":
            raise ClusterError("the cluster does not serve UDPRoute", code=404, reason=NOT_SERVED)
        return select(selection)

    cluster.select = lacking
    stage(cluster, tmp_path).up([SCENARIO])
    assert Ref.of(left) not in cluster.objects


def test_pods_that_do_not_get_ready_are_told_with_the_clusters_own_words(cluster, tmp_path):
    cluster.broken.add("echo-v2")
    cluster.extra = [
        {
            "kind": "Pod",
            "metadata": {"name": "echo-v2-1", "namespace": "gamma-producer"},
            "status": {
                "phase": "Pending",
                "containerStatuses": [
                    {"name": "app", "state": {"waiting": {"reason": "ImagePullBackOff", "message": "no such image"}}}
                ],
            },
        },
        {
            "kind": "Event",
            "metadata": {"name": "e", "namespace": "gamma-producer"},
            "type": "Warning",
            "reason": "FailedScheduling",
            "message": "0/3 nodes are available",
            "involvedObject": {"kind": "Pod", "name": "echo-v2-1"},
        },
    ]
    with pytest.raises(TargetError, match="gamma-producer/echo-v2") as caught:
        stage(cluster, tmp_path, patience=0.002).up([SCENARIO])
    assert "ImagePullBackOff no such image" in caught.value.hint
    assert "0/3 nodes are available" in caught.value.hint


def test_nobody_waits_for_pods_that_a_policy_forbids(cluster, tmp_path):
    cluster.broken.add("echo-v2")
    words = 'pods "echo-v2-1" is forbidden: violates PodSecurity "restricted:latest": privileged'
    failure = {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": words}
    cluster.unmade = {"conditions": [failure]}
    with pytest.raises(TargetError, match="the cluster forbids the stage's pods: gamma-producer/echo-v2: ") as caught:
        stage(cluster, tmp_path).up([SCENARIO])
    assert words in caught.value.message
    assert "pod-security.kubernetes.io/enforce" in caught.value.hint


def test_services_that_get_no_endpoints_are_named(cluster, tmp_path):
    cluster.without_endpoints.add("front")
    with pytest.raises(TargetError, match=r"ready endpoints of .*front.* in gamma-producer"):
        stage(cluster, tmp_path, patience=0.002).up([SCENARIO])


def test_a_service_that_selects_nobody_is_not_waited_for(cluster, tmp_path):
    cluster.without_endpoints.add("empty")
    stage(cluster, tmp_path).up([SCENARIO])


def test_down_removes_our_namespaces_and_no_others(cluster, tmp_path):
    made = stage(cluster, tmp_path)
    made.up([SCENARIO])
    foreign = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "gamma-outside"}}
    cluster.objects[Ref.of(foreign)] = foreign
    made.down()
    assert [ref.name for ref in cluster.objects if ref.kind == "Namespace"] == ["gamma-outside"]


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ({"observedGeneration": 2, "replicas": 4, "updatedReplicas": 4, "availableReplicas": 4}, True),
        ({"observedGeneration": 1, "replicas": 4, "updatedReplicas": 4, "availableReplicas": 4}, False),
        ({"observedGeneration": 2, "replicas": 5, "updatedReplicas": 4, "availableReplicas": 4}, False),
        ({"observedGeneration": 2, "replicas": 4, "updatedReplicas": 3, "availableReplicas": 4}, False),
        ({"observedGeneration": 2, "replicas": 4, "updatedReplicas": 4}, False),
        ({}, False),
    ],
)
def test_a_deployment_is_available_when_all_of_its_newest_pods_are_and_no_others(status, expected):
    assert available({"metadata": {"generation": 2}, "spec": {"replicas": 4}, "status": status}) is expected
    assert available(None) is False


def test_a_namespace_that_was_prepared_is_used_and_kept(cluster, tmp_path):
    prepared = {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {
            "name": "gamma-producer",
            "labels": {OWNER_LABEL: OWNER},
            "annotations": {PREPARED: "true"},
        },
    }
    cluster.objects[Ref.of(prepared)] = prepared
    made = stage(cluster, tmp_path)
    made.up([SCENARIO])
    assert "apply Namespace gamma-producer" not in cluster.log
    assert Ref("apps/v1", "Deployment", "gamma-producer", "echo-v1") in cluster.objects
    made.down()
    assert [str(ref) for ref in cluster.objects if "gamma-producer" in (ref.name, ref.namespace)] == [
        "Namespace gamma-producer"
    ]


def test_a_stage_that_never_got_its_prefix_takes_nothing_down(cluster, tmp_path):
    stage(cluster, tmp_path).up([SCENARIO])
    stage(cluster, tmp_path).down()
    assert not [line for line in cluster.log if line.startswith("delete")]


def test_cluster_scoped_objects_belong_to_the_prefix_that_made_them(cluster, tmp_path):
    made = stage(cluster, tmp_path)
    made.up([SCENARIO])
    for name, whose in (("own", "gamma-producer"), ("theirs", "other-producer")):
        obj = {
            "apiVersion": KINDS["XMesh"],
            "kind": "XMesh",
            "metadata": {"name": name, "labels": {OWNER_LABEL: OWNER, "gamma.test/stage": whose}},
        }
        cluster.objects[Ref.of(obj)] = obj
    made.down()
    assert [ref.name for ref in cluster.objects if ref.kind == "XMesh"] == ["theirs"]
