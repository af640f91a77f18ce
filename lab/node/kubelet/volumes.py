"""A pod's files on the node: its etc and its volumes, on the sandbox's tmpfs."""

from __future__ import annotations

import asyncio
import base64
import shutil
from collections.abc import Mapping
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

from lab.client import ApiError, Client, item
from lab.node import addresses
from lab.node.kubelet.spec import Identity
from lab.node.places import PODS

Object = Mapping[str, Any]


class MountError(Exception):
    """A volume cannot be made yet; the text says why."""


def pod_dir(uid: str) -> Path:
    """Where a pod's files are."""
    return PODS / uid


def write_etc(who: Identity) -> None:
    """The files by which a pod knows its name and its name server."""
    etc = pod_dir(who.uid) / "etc"
    etc.mkdir(parents=True, exist_ok=True)
    (etc / "resolv.conf").write_text(addresses.resolv_conf(who.namespace))
    (etc / "hosts").write_text(addresses.hosts(who.name, IPv4Address(who.address)))
    (etc / "hostname").write_text(f"{who.name}\n")


async def prepare(client: Client, pod: Object) -> dict[str, bool]:
    """Make the pod's volumes; returns each name and whether it is read-only. Raises MountError."""
    made = {}
    for volume in pod["spec"].get("volumes") or ():
        place = pod_dir(pod["metadata"]["uid"]) / "volumes" / volume["name"]
        source = volume.get("configMap")
        if source is None:
            place.mkdir(parents=True, exist_ok=True)
            place.chmod(0o777)
        else:
            data = await _config_map(client, pod["metadata"]["namespace"], source)
            await asyncio.to_thread(_write, place, data)
        made[volume["name"]] = source is not None
    return made


async def _config_map(client: Client, namespace: str, source: Object) -> dict[str, bytes]:
    try:
        found = await client.get(item("v1", "configmaps", source["name"], namespace))
    except ApiError as error:
        if error.code == 404 and source.get("optional"):
            return {}
        raise MountError(f'configmap "{source["name"]}" not found' if error.code == 404 else str(error)) from error
    return select(found, source.get("items"))


def select(config_map: Object, items: Any) -> dict[str, bytes]:
    """File name -> content, all of the ConfigMap's or the items asked for. Raises MountError."""
    content = {key: text.encode() for key, text in (config_map.get("data") or {}).items()}
    content |= {key: base64.b64decode(text) for key, text in (config_map.get("binaryData") or {}).items()}
    if not items:
        return content
    missing = [entry["key"] for entry in items if entry["key"] not in content]
    if missing:
        raise MountError(f"configmap references non-existent config key: {missing[0]}")
    return {entry["path"]: content[entry["key"]] for entry in items}


def _write(place: Path, files: Mapping[str, bytes]) -> None:
    place.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        file = place / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)


def remove(uid: str) -> None:
    """Forget the files of a pod that has ended."""
    shutil.rmtree(pod_dir(uid), ignore_errors=True)
