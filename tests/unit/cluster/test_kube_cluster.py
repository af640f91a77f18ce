import json
import socket
import threading

import pytest
from kubernetes import client

from harness.cluster import ClusterError, KubeCluster, Ref, Refused, Selection, Stop, read_facts
from harness.errors import TargetError

from .scripted_api import listing, service, status

ROUTE = Ref("gateway.networking.k8s.io/v1", "HTTPRoute", "shop", "cart")
ROUTE_PATH = "/apis/gateway.networking.k8s.io/v1/namespaces/shop/httproutes/cart"
ROUTE_OBJECT = {
    "apiVersion": "gateway.networking.k8s.io/v1",
    "kind": "HTTPRoute",
    "metadata": {"name": "cart", "namespace": "shop"},
}


def test_apply_is_server_side_with_our_field_manager_and_takes_fields_over(api, cluster):
    api.on("PATCH", ROUTE_PATH, (200, {"stored": True}))
    assert cluster.apply(ROUTE_OBJECT) == {"stored": True}
    sent = api.requests[-1]
    assert sent.query == {"fieldManager": "gamma-conformance", "force": "true"}
    assert sent.headers["Content-Type"] == "application/apply-patch+yaml"
    assert json.loads(sent.body) == ROUTE_OBJECT


def test_a_dry_run_stores_nothing(api, cluster):
    api.on("PATCH", ROUTE_PATH, (200, {}))
    cluster.apply(ROUTE_OBJECT, dry_run=True)
    assert api.requests[-1].query["dryRun"] == "All"


def test_the_user_agent_names_version_and_scenario(api, cluster):
    api.on("GET", "/version", (200, {"gitVersion": "v1.34.0", "major": 1}))
    assert cluster.named("two-parents").version() == {"gitVersion": "v1.34.0", "major": "1"}
    assert api.requests[-1].headers["User-Agent"].startswith("gamma-conformance/")
    assert "two-parents" in api.requests[-1].headers["User-Agent"]


def test_kinds_are_discovered_once_a_group_version(api, cluster):
    api.on("GET", ROUTE_PATH, (200, ROUTE_OBJECT))
    for _ in range(3):
        assert cluster.get(ROUTE) == ROUTE_OBJECT
    asked = [request.path for request in api.requests]
    assert asked.count("/apis/gateway.networking.k8s.io/v1") == 1


def test_cluster_scoped_objects_have_no_namespace_in_their_path(api, cluster):
    api.on("GET", "/api/v1/namespaces/shop", (200, {"metadata": {"name": "shop"}}))
    assert cluster.get(Ref("v1", "Namespace", "", "shop"))


def test_what_is_not_there_is_none_and_deleting_it_is_no_error(cluster):
    assert cluster.get(ROUTE) is None
    assert cluster.delete(ROUTE) is False


def test_delete_says_that_there_was_something(api, cluster):
    api.on("DELETE", ROUTE_PATH, (200, {}))
    assert cluster.delete(ROUTE) is True


def test_items_of_a_list_get_the_kind_that_lists_leave_out(api, cluster):
    api.on("GET", "/api/v1/namespaces/shop/services", listing(5, {"metadata": {"name": "a"}}))
    found = cluster.select(Selection("v1", "Service", "shop", labels="app=x"))
    assert [(item["kind"], item["apiVersion"]) for item in found] == [("Service", "v1")]
    assert api.requests[-1].query == {"labelSelector": "app=x"}


class TestErrors:
    def test_forbidden_names_verb_resource_and_namespace(self, api, cluster):
        api.on("PATCH", ROUTE_PATH, status(403, "Forbidden", "no such right"))
        with pytest.raises(
            TargetError, match=r"patch httproutes.gateway.networking.k8s.io \"cart\" in namespace shop"
        ) as caught:
            cluster.apply(ROUTE_OBJECT)
        assert "no such right" in caught.value.message
        assert caught.value.hint
        assert caught.value.exit_status == 3

    def test_unauthorised_says_to_log_in(self, api, cluster):
        api.on("GET", ROUTE_PATH, status(401, "Unauthorized", "Unauthorized"))
        with pytest.raises(TargetError, match="credentials") as caught:
            cluster.get(ROUTE)
        assert "log in" in caught.value.hint

    @pytest.mark.parametrize("code", [400, 422])
    def test_a_refused_object_is_told_in_the_apis_own_words(self, api, cluster, code):
        api.on("PATCH", ROUTE_PATH, status(code, "Invalid", "spec.rules: too many"))
        with pytest.raises(Refused, match="too many"):
            cluster.apply(ROUTE_OBJECT)

    def test_missing_crds_name_how_to_install_them(self, api, cluster):
        api.on("GET", "/apis/gateway.networking.k8s.io/v1", status(404))
        with pytest.raises(ClusterError, match=r"does not serve gateway.networking.k8s.io/v1") as caught:
            cluster.get(ROUTE)
        assert "standard-install.yaml" in caught.value.hint
        assert cluster.delete(ROUTE) is False

    def test_a_throttled_request_is_repeated(self, api, cluster):
        api.on("GET", ROUTE_PATH, status(429), (200, ROUTE_OBJECT))
        assert cluster.get(ROUTE) == ROUTE_OBJECT

    def test_a_server_that_is_not_there_is_named(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            configuration = client.Configuration()
            configuration.host = f"http://127.0.0.1:{free.getsockname()[1]}"
        with pytest.raises(TargetError, match=r"cannot be reached.*refused") as caught:
            KubeCluster.connect(configuration).version()
        assert "--kube-context" in caught.value.hint

    def test_something_that_is_no_kubernetes_api_is_named(self, api, cluster):
        def page(handler):
            handler.send_response(200)
            handler.send_header("Content-Length", "6")
            handler.end_headers()
            handler.wfile.write(b"<html>")

        api.on("GET", "/version", page)
        with pytest.raises(ClusterError, match="does not answer like a Kubernetes API"):
            cluster.version()


class TestFacts:
    def test_come_from_version_crd_annotations_and_nodes(self, api, cluster):
        notes = {"gateway.networking.k8s.io/bundle-version": "v1.6.1", "gateway.networking.k8s.io/channel": "standard"}
        crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/httproutes.gateway.networking.k8s.io"
        api.on("GET", "/version", (200, {"gitVersion": "v1.34.0", "platform": "linux/amd64"}))
        api.on("GET", "/apis/gateway.networking.k8s.io/v1/httproutes", listing(1))
        api.on("GET", crds, (200, {"metadata": {"annotations": notes}}))
        api.on("GET", "/api/v1/nodes", listing(1, {"metadata": {"name": "a"}}, {"metadata": {"name": "b"}}))
        facts = read_facts(cluster).as_dict()
        assert facts == {
            "server": api.url,
            "version": "v1.34.0",
            "platform": "linux/amd64",
            "gateway_api": {"version": "v1.6.1", "channel": "standard", "unserved": ()},
            "nodes": 2,
            "features": (),
        }

    def test_kinds_that_are_not_served_are_told(self, api, cluster):
        group = "/apis/gateway.networking.k8s.io/v1"
        kinds = [{"name": f"{kind.lower()}s", "kind": kind, "namespaced": True} for kind in ("HTTPRoute", "GRPCRoute")]
        api.on("GET", "/version", (200, {"gitVersion": "v1.34.0"}))
        api.on("GET", group, (200, {"resources": kinds}))
        api.on("GET", f"{group}/httproutes", listing(1))
        api.on("GET", f"{group}/grpcroutes", status(403))
        api.on("GET", "/apis/gateway.networking.k8s.io/v1alpha3", status(404))
        api.on("GET", "/api/v1/nodes", listing(1))
        wanted = [("gateway.networking.k8s.io/v1", kind) for kind in ("HTTPRoute", "GRPCRoute", "TCPRoute")]
        wanted.append(("gateway.networking.k8s.io/v1alpha3", "TLSRoute"))
        assert read_facts(cluster, kinds=wanted).gateway_api.unserved == ("TCPRoute v1", "TLSRoute v1alpha3")

    @pytest.mark.parametrize(
        ("meshes", "published"),
        [
            ([], ()),
            ([("example.net/mesh", ["HTTPRouteCORS", "HTTPRoute"])], ("HTTPRoute", "HTTPRouteCORS")),
            ([("example.net/other", ["HTTPRouteCORS"])], ()),
            ([("example.net/mesh", ["HTTPRoute"]), ("example.net/other", ["HTTPRouteCORS"])], ("HTTPRoute",)),
            ([("example.net/mesh", ["HTTPRoute"]), ("example.net/mesh", ["HTTPRouteCORS"])], ()),
            ([("example.net/mesh", None)], ()),
        ],
    )
    def test_features_are_those_that_our_mesh_publishes(self, api, cluster, meshes, published):
        group = "/apis/gateway.networking.x-k8s.io/v1alpha1"
        kinds = {"resources": [{"name": "xmeshes", "kind": "XMesh", "namespaced": False}]}
        objects = [
            {
                "metadata": {"name": f"mesh-{number}"},
                "spec": {"controllerName": controller},
                "status": {"supportedFeatures": [{"name": name} for name in names]} if names else {},
            }
            for number, (controller, names) in enumerate(meshes)
        ]
        crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/httproutes.gateway.networking.k8s.io"
        api.on("GET", "/version", (200, {"gitVersion": "v1.34.0"}))
        api.on("GET", "/apis/gateway.networking.k8s.io/v1/httproutes", listing(1))
        api.on("GET", crds, (200, {"metadata": {}}))
        api.on("GET", "/api/v1/nodes", listing(1))
        api.on("GET", group, (200, kinds))
        api.on("GET", f"{group}/xmeshes", listing(1, *objects))
        assert read_facts(cluster, "example.net/mesh").features == published

    def test_what_we_may_not_read_stays_unknown(self, api, cluster):
        crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/httproutes.gateway.networking.k8s.io"
        api.on("GET", "/version", (200, {"gitVersion": "v1.34.0"}))
        api.on("GET", "/apis/gateway.networking.k8s.io/v1/httproutes", listing(1))
        api.on("GET", crds, status(403))
        api.on("GET", "/api/v1/nodes", status(403))
        facts = read_facts(cluster)
        assert facts.gateway_api.version == ""
        assert facts.nodes is None

    def test_a_cluster_without_the_gateway_api_is_refused(self, api, cluster):
        api.on("GET", "/version", (200, {"gitVersion": "v1.34.0"}))
        api.on("GET", "/apis/gateway.networking.k8s.io/v1", status(404))
        with pytest.raises(TargetError, match="does not serve"):
            read_facts(cluster)


def test_many_threads_share_one_cluster(api, cluster):
    api.on("GET", "/api/v1/namespaces/shop/services/a", (200, service("a", 1)))
    found = []

    def ask():
        found.append(cluster.get(Ref("v1", "Service", "shop", "a")))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [service("a", 1)] * 8


def test_a_stop_set_before_the_watch_begins_ends_it(cluster):
    stop = Stop()
    stop.set()
    assert list(cluster.watch(Selection("v1", "Service", "shop"), stop)) == []


def test_a_status_is_merged_as_somebody_else_and_only_into_what_was_read(api, cluster):
    api.on("PATCH", f"{ROUTE_PATH}/status", (200, {"stored": True}))
    assert cluster.patch_status(ROUTE, {"parents": []}, "7") == {"stored": True}
    sent = api.requests[-1]
    assert sent.query == {"fieldManager": "gamma-conformance-foreign"}
    assert sent.headers["Content-Type"] == "application/merge-patch+json"
    assert json.loads(sent.body) == {"metadata": {"resourceVersion": "7"}, "status": {"parents": []}}


def test_a_status_that_was_changed_meanwhile_is_a_conflict(api, cluster):
    api.on("PATCH", f"{ROUTE_PATH}/status", status(409, "Conflict", "the object has been modified"))
    with pytest.raises(ClusterError) as raised:
        cluster.patch_status(ROUTE, {"parents": []}, "7")
    assert raised.value.code == 409
