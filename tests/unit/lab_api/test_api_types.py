"""The tables of built-in types, against the models of the official client, and what decoding does with them."""

from __future__ import annotations

from typing import Any

import pytest
from kubernetes.client import models

from lab.api.builtin import types
from lab.api.decode import TypeName, check_types, fill_defaults, prune
from lab.api.errors import StatusError

# Where a type of ours is named differently from the client's model of it.
_MODELS = {
    "CoreEndpointPort": "CoreV1EndpointPort",
    "EndpointPort": "DiscoveryV1EndpointPort",
    "Event": "CoreV1Event",
    "EventSeries": "CoreV1EventSeries",
    "EventsEvent": "EventsV1Event",
    "EventsEventSeries": "EventsV1EventSeries",
    "ResourceClaim": "CoreV1ResourceClaim",
    "Subject": "RbacV1Subject",
    "TokenRequest": "AuthenticationV1TokenRequest",
}


def _model(name: str) -> Any:
    return getattr(models, _MODELS.get(name, f"V1{name}"))


@pytest.mark.parametrize("name", types.type_names())
def test_every_field_is_one_of_the_real_type(name: str) -> None:
    real = set(_model(name).attribute_map.values())
    ours = set(types.openapi_schema(name)["properties"])
    assert ours <= real, "a field that no real server knows"


@pytest.mark.parametrize("name", ["Service", "ServiceSpec", "ServicePort", "Deployment", "Container", "EndpointSlice"])
def test_the_types_that_matter_are_complete(name: str) -> None:
    newer = {"resizePolicy", "restartPolicyRules"}
    assert set(_model(name).attribute_map.values()) - newer <= set(types.openapi_schema(name)["properties"])


def test_unknown_fields_and_nulls_are_dropped_and_told() -> None:
    body = {"metadata": {"name": "x", "labels": None}, "spec": {"ports": [{"port": 80, "prt": 1}], "foo": {}}}
    kept, unknown = prune(types.node("Service"), body)
    assert kept == {"metadata": {"name": "x"}, "spec": {"ports": [{"port": 80}]}}
    assert unknown == ["spec.ports[0].prt", "spec.foo"]


def test_free_form_content_is_kept() -> None:
    body = {"data": {"any.thing": "x"}, "metadata": {"annotations": {"a/b": "c"}}}
    assert prune(types.node("ConfigMap"), body) == (body, [])


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        ({"ports": {}}, "Service.spec.ports"),
        ({"ports": [{"port": "80"}]}, "Service.spec.ports.port"),
        ({"ports": [{"port": True}]}, "Service.spec.ports.port"),
        ({"selector": {"a": 1}}, "Service.spec.selector.a"),
        ({"publishNotReadyAddresses": "yes"}, "Service.spec.publishNotReadyAddresses"),
    ],
)
def test_wrong_types_are_refused(spec: dict[str, Any], field: str) -> None:
    with pytest.raises(StatusError, match=f"into field {field} of type") as refused:
        check_types(types.node("Service"), {"spec": spec}, TypeName("Service", "v1"))
    assert refused.value.code == 400


def test_static_defaults() -> None:
    body = {"spec": {"ports": [{"port": 80}, {"port": 53, "protocol": "UDP"}]}}
    filled = fill_defaults(types.node("Service"), body)
    assert [port["protocol"] for port in filled["spec"]["ports"]] == ["TCP", "UDP"]
    assert filled["spec"]["sessionAffinity"] == "None"
    assert body["spec"] == {"ports": [{"port": 80}, {"port": 53, "protocol": "UDP"}]}


def test_references_between_types_resolve() -> None:
    for name in types.type_names():
        assert types.referenced(types.openapi_schema(name)) <= set(types.type_names())
