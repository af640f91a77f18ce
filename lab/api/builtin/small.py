"""Namespaces, ConfigMaps, Secrets and EndpointSlices: defaults and what a real API server refuses."""

from __future__ import annotations

import base64
import binascii
import ipaddress
import json
import re
from collections.abc import Iterable
from typing import Any

from lab.api.errors import Cause
from lab.api.names import LABEL

Object = dict[str, Any]

NAMESPACE_FINALIZER = "kubernetes"
_LARGEST = 1048576  # bytes of data in one ConfigMap or Secret
_DATA_KEY = re.compile(r"[-._a-zA-Z0-9]+")


def default_namespace(obj: Object) -> Object:
    """The label that selectors rely on, the finalizer, and the phase."""
    name = obj["metadata"].get("name", "")
    if not LABEL.problem(name):
        obj["metadata"].setdefault("labels", {})["kubernetes.io/metadata.name"] = name
    obj.setdefault("status", {}).setdefault("phase", "Active")
    return obj


def prepare_namespace(new: Object, old: Object | None) -> None:
    """A namespace is deleted in two steps; only the server ends the first."""
    before = old.get("spec", {}).get("finalizers", []) if old is not None else [NAMESPACE_FINALIZER]
    new["spec"] = {**new.get("spec", {}), "finalizers": before}


def prepare_secret(new: Object, old: Object | None) -> None:  # noqa: ARG001 - the signature of Prepare
    """``stringData`` is a way to write ``data``."""
    plain = new.pop("stringData", None)
    if plain:
        encoded = {name: base64.b64encode(text.encode()).decode() for name, text in plain.items()}
        new["data"] = {**(new.get("data") or {}), **encoded}


def validate_data(new: Object, old: Object | None) -> Iterable[Cause]:
    """Everything wrong with the data of a ConfigMap or Secret."""
    size = 0
    for part in ("data", "binaryData"):
        for key, value in (new.get(part) or {}).items():
            size += len(value.encode())
            if not _DATA_KEY.fullmatch(key) or len(key) > 253 or key in {".", ".."}:
                message = (
                    f'Invalid value: "{key}": a valid config key must consist of alphanumeric characters, '
                    "'-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is "
                    "'[-._a-zA-Z0-9]+')"
                )
                yield Cause("FieldValueInvalid", message, f"{part}[{key}]")
            encoded = part == "binaryData" or new["kind"] == "Secret"
            if encoded and not _is_base64(value):
                yield Cause("FieldValueInvalid", "Invalid value: not valid base64", f"{part}[{key}]")
    if size > _LARGEST:
        yield Cause("FieldValueTooLong", f"Too long: may not be more than {_LARGEST} bytes", "")
    if old is not None and old.get("immutable"):
        for part in ("data", "binaryData"):
            if new.get(part) != old.get(part):
                yield Cause("FieldValueForbidden", "Forbidden: field is immutable when `immutable` is set", part)


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


def default_slice(obj: Object) -> Object:
    """Port protocols and the condition that readers rely on."""
    for port in obj.get("ports") or ():
        port.setdefault("name", "")
        port.setdefault("protocol", "TCP")
    return obj


def validate_slice(new: Object, old: Object | None) -> Iterable[Cause]:
    """Everything wrong with an EndpointSlice."""
    family = new.get("addressType")
    if family not in {"IPv4", "IPv6", "FQDN"}:
        message = f'Unsupported value: {json.dumps(family or "")}: supported values: "FQDN", "IPv4", "IPv6"'
        yield Cause("FieldValueNotSupported", message, "addressType")
    if old is not None and old.get("addressType") != family:
        yield Cause("FieldValueInvalid", f'Invalid value: "{family}": field is immutable', "addressType")
    for index, endpoint in enumerate(new.get("endpoints") or ()):
        addresses = endpoint.get("addresses") or []
        if not addresses:
            message = "Required value: must contain at least 1 address"
            yield Cause("FieldValueRequired", message, f"endpoints[{index}].addresses")
        for place, address in enumerate(addresses):
            if family in {"IPv4", "IPv6"} and not _is_address(address):
                message = f'Invalid value: "{address}": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'
                yield Cause("FieldValueInvalid", message, f"endpoints[{index}].addresses[{place}]")


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
