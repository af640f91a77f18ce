"""CustomResourceDefinitions at work: resources come and go with them; the Gateway API's follow its own rules."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from lab.admission import AS_DEFINED, Admission
from lab.api.builtin.definitions import established, resources_of
from lab.api.errors import Cause
from lab.api.resources import Registry
from lab.api.store import Change, Store

Object = dict[str, Any]

_TABLE = ("apiextensions.k8s.io", "customresourcedefinitions")


@dataclass(frozen=True, slots=True)
class GatewayApi:
    """The definitions of one release and channel, and how their objects are completed and judged."""

    manifests: Callable[[], list[Object]]
    default: Callable[[Object], Object]
    validate: Callable[[Object, Object | None], Iterable[Cause]]


def from_spec(version: str, channel: str, admission: Callable[[], Admission] = lambda: AS_DEFINED) -> GatewayApi:
    """The Gateway API as the specification's tables describe it; `admission` says how it deviates at present."""
    from spec import crds  # noqa: PLC0415 - reads and compiles tables, which only servers that serve them need

    def validate(new: Object, old: Object | None) -> Iterable[Cause]:
        errors = crds.validate(new, version, channel)
        if old is not None and not errors:  # rules about changes need values of the right form
            errors = crds.validate_change(old, new, version, channel)
        deviation = admission()
        kept = [error for error in errors if not deviation.overlooks(new, error)]
        for error in (*kept, *deviation.refuses(new, old)):
            yield Cause(error.reason, error.message, error.path)

    def default(obj: Object) -> Object:
        return admission().stores(crds.apply_defaults(obj, version, channel))

    return GatewayApi(
        manifests=lambda: crds.crd_manifests(version, channel),
        default=default,
        validate=validate,
    )


def follow_definitions(store: Store, registry: Registry, gateway_api: GatewayApi | None) -> None:
    """Serve what each stored definition defines, from the moment it is stored until it is deleted.

    Objects of other definitions are pruned by their schema, and otherwise kept as they come.
    """

    def default(obj: Object) -> Object:
        return gateway_api.default(obj) if gateway_api is not None else obj

    def validate(new: Object, old: Object | None) -> Iterable[Cause]:
        return gateway_api.validate(new, old) if gateway_api is not None else ()

    def follow(change: Change) -> None:
        definition = change.new.obj
        name = definition["metadata"]["name"]
        if change.type == "DELETED":
            _remove_objects(store, definition)
            registry.uninstall(name)
            return
        registry.install(name, resources_of(definition, default, validate))
        if not definition.get("status"):
            store.put(
                _TABLE,
                ("", name),
                {**definition, "metadata": dict(definition["metadata"])} | {"status": established(definition)},
            )

    store.table(_TABLE).subscribers[follow] = follow


def _remove_objects(store: Store, definition: Object) -> None:
    """Take out all objects of a definition that is gone; without it nobody could release their finalizers."""
    table = (definition["spec"]["group"], definition["spec"]["names"]["plural"])
    for key in list(store.table(table).objects):
        if store.get(table, key) is not None:
            store.remove(table, key)
