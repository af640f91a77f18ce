"""The API server as defects make it: rules it lacks, rules it adds, objects that it stores otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lab.admission import Admission
from lab.api import custom
from lab.api.errors import StatusError
from lab.api.operations import Target
from lab.api.options import WriteOptions
from lab.api.orders import AdmissionOrders
from lab.api.server import Core, build_core
from lab.defects import admission

Json = dict[str, Any]
GATEWAY = ("gateway.networking.k8s.io", "v1", "httproutes")
MESH = ("gateway.networking.x-k8s.io", "v1alpha1", "xmeshes")
NAMESPACE = "gamma-lab-system"


def server(deviation: Admission | None = None) -> Core:
    orders = AdmissionOrders()
    current = orders.admission if deviation is None else lambda: deviation
    core = build_core(
        tokens={},
        kubelet=Path("nowhere"),
        gateway_api=custom.from_spec("v1.6", "experimental", current),
        namespaces=(NAMESPACE,),
    )
    orders.follow(core.store)
    return core


def create(core: Core, where: tuple[str, str, str], obj: Json, namespace: str = NAMESPACE) -> Json:
    resource = core.registry.find(*where)
    assert resource is not None
    target = Target(resource, namespace if resource.namespaced else "", obj["metadata"]["name"])
    return core.operations.create(target, obj, WriteOptions(manager="test", dry_run=True)).stored.obj


def tell(core: Core, defect: str) -> None:
    resource = core.registry.find("", "v1", "configmaps")
    assert resource is not None
    target = Target(resource, NAMESPACE, "mesh")
    core.operations.patch(
        target,
        "apply",
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "mesh"}, "data": {"defect": defect}},
        WriteOptions(manager="test", force=True),
    )


def route(port: int | None = 80, **rule: Any) -> Json:
    backend = {"name": "b"} if port is None else {"name": "b", "port": port}
    rules = [{"backendRefs": [backend], **rule}]
    return {"metadata": {"name": "r"}, "spec": {"parentRefs": [{"kind": "Service", "name": "s"}], "rules": rules}}


def mesh(**spec: Any) -> Json:
    return {"metadata": {"name": "m"}, "spec": spec}


def test_a_rule_can_be_lacking_for_one_kind_and_one_field() -> None:
    with pytest.raises(StatusError, match="needs a port"):
        create(server(), GATEWAY, route(None))
    create(server(admission.lacking("HTTPRoute", "backend-service-needs-port")), GATEWAY, route(None))
    for other in (("GRPCRoute", "backend-service-needs-port"), ("HTTPRoute", "required")):
        with pytest.raises(StatusError, match="needs a port"):
            create(server(admission.lacking(*other)), GATEWAY, route(None))
    with pytest.raises(StatusError, match="needs a port"):
        create(
            server(admission.lacking("HTTPRoute", "backend-service-needs-port", field="parentRefs")),
            GATEWAY,
            route(None),
        )


def test_a_rule_can_be_added() -> None:
    even = admission.demanding("HTTPRoute", "too low", lambda obj: _low(obj["spec"]["rules"][0]["backendRefs"][0]))
    create(server(even), GATEWAY, route(80))
    with pytest.raises(StatusError, match=r"spec\.port: Invalid value: too low") as refused:
        create(server(even), GATEWAY, route(8))
    assert refused.value.code == 422


def _low(backend: Json) -> str:
    return "spec.port" if backend["port"] < 80 else ""


def test_fields_can_be_missing_or_rewritten() -> None:
    whole = route(timeouts={"request": "1s"}, name="one")
    kept = create(server(), GATEWAY, whole)["spec"]["rules"][0]
    assert kept["timeouts"] == {"request": "1s"}
    bare = create(server(admission.dropping("HTTPRoute", "spec", "rules", "*", "timeouts")), GATEWAY, whole)
    assert bare["spec"]["rules"][0] == {name: value for name, value in kept.items() if name != "timeouts"}

    def longer(obj: Json) -> None:
        obj["spec"]["rules"][0]["timeouts"]["request"] = "60s"

    changed = create(server(admission.rewriting("HTTPRoute", longer)), GATEWAY, whole)
    assert changed["spec"]["rules"][0]["timeouts"] == {"request": "60s"}
    assert whole["spec"]["rules"][0]["timeouts"] == {"request": "1s"}


def test_the_map_of_the_mesh_switches_it_while_the_server_runs() -> None:
    core = server()

    def admitted() -> Iterator[bool]:
        for defect in ("", "mesh-of-nobody", "timeout-ignored", "no-such-defect", "mesh-of-nobody", ""):
            tell(core, defect)
            try:
                create(core, MESH, mesh(description="nobody's"))
            except StatusError:
                yield False
            else:
                yield True

    assert list(admitted()) == [False, True, False, False, True, False]
