"""Mesh profiles: how a mesh enrols namespaces, how one sees it at work, what it supports (``meshes/NAME.yaml``)."""

from harness.mesh_profile.model import ByRole, DataPlane, Extra, Identity, MeshProfile, MeshResource
from harness.mesh_profile.reading import EXPECTATIONS, MESHES, files, load, names

__all__ = [
    "EXPECTATIONS",
    "MESHES",
    "ByRole",
    "DataPlane",
    "Extra",
    "Identity",
    "MeshProfile",
    "MeshResource",
    "files",
    "load",
    "names",
]
