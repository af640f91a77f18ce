"""Where things are inside the sandbox. All of it lies on a tmpfs that ends with the sandbox."""

from __future__ import annotations

from pathlib import Path

RUN = Path("/run/gamma-lab")
API_SOCKET = RUN / "api.sock"
KUBELET_SOCKET = RUN / "kubelet.sock"
MESH_READY = RUN / "mesh.ready"
NETNS = RUN / "netns"
ROOTFS = RUN / "rootfs"
PODS = RUN / "pods"
