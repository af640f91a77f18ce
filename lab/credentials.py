"""Certificates and the administrator's token: made by the starter, read by the API server, shown in the kubeconfig."""

from __future__ import annotations

import base64
import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lab.api.tls import Certificates, issue

if TYPE_CHECKING:
    from lab.api.main import ApiConfig
    from lab.node.boot import Boot

CONTEXT = "gamma-lab"
#: The context of a user who may do nothing but what a role grants: to try out roles.
USER_CONTEXT = "gamma-lab-user"
#: That user's name, and the group, as subjects of a binding name them.
USER = "lab-user"
GROUP = "lab-users"
AUDIT = "audit.jsonl"
_FILE = "credentials.json"


@dataclass(frozen=True, slots=True)
class Credentials:
    """What one lab's API server proves itself with, and what its administrator and its plain user show."""

    certificates: Certificates
    token: str
    user_token: str


def make() -> Credentials:
    """New ones, good for one lab."""
    return Credentials(issue(), secrets.token_urlsafe(24), secrets.token_urlsafe(24))


def _write_private(file: Path, text: str) -> None:
    """Only its owner may read it, from the first moment."""
    file.unlink(missing_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
        handle.write(text)


def write(credentials: Credentials, lab_dir: Path) -> None:
    """For the API server."""
    _write_private(lab_dir / _FILE, json.dumps(asdict(credentials)))


def read(lab_dir: Path) -> Credentials:
    """What ``write`` wrote. Raises OSError."""
    raw = json.loads((lab_dir / _FILE).read_text())
    return Credentials(Certificates(**raw["certificates"]), raw["token"], raw["user_token"])


def api_config(boot: Boot) -> ApiConfig:
    """The API server's configuration inside the sandbox."""
    from lab.api.main import ApiConfig, TokenUser  # noqa: PLC0415 - the starter need not load a server
    from lab.node import places  # noqa: PLC0415

    found = read(boot.log_dir)
    return ApiConfig(
        unix_socket=places.API_SOCKET,
        tls_dir=boot.log_dir / "tls",
        tokens=(TokenUser(found.token, "lab-admin"), TokenUser(found.user_token, USER, (GROUP,))),
        kubelet_socket=places.KUBELET_SOCKET,
        fd=boot.listener,
        certificates=found.certificates,
        crds=boot.crds,
        channel=boot.channel,
        pose=boot.pose,
        audit_file=boot.log_dir / AUDIT,
    )


def kubeconfig(credentials: Credentials, port: int) -> dict[str, Any]:
    """A kubeconfig with a context for each user, as YAML readers and JSON readers understand it."""
    authority = base64.b64encode(credentials.certificates.authority.encode()).decode()
    cluster = {"server": f"https://127.0.0.1:{port}", "certificate-authority-data": authority}
    users = {CONTEXT: credentials.token, USER_CONTEXT: credentials.user_token}
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": CONTEXT, "cluster": cluster}],
        "users": [{"name": name, "user": {"token": token}} for name, token in users.items()],
        "contexts": [
            {"name": name, "context": {"cluster": CONTEXT, "user": name, "namespace": "default"}} for name in users
        ],
        "current-context": CONTEXT,
    }


def write_kubeconfig(credentials: Credentials, port: int, file: Path) -> None:
    """Readable by its owner only, as it holds the tokens. JSON is YAML."""
    _write_private(file, json.dumps(kubeconfig(credentials, port), indent=2) + "\n")
