"""The key pair of the TLS echoes. It protects nothing: it is public in the cluster, and no client asks whose it is."""

from __future__ import annotations

import trustme

from harness.cluster import Obj
from harness.scenario.model import ROLES
from harness.settings import Settings

KEY_PAIR = "gamma-probe-tls"
"""Name of the ConfigMap. It has no hash: one that exists is used as it is, so that a later run finds pods current."""
_FILES = ("tls.crt", "tls.key")
_NOTE = "A throw-away key for conformance tests. It protects nothing, and no client verifies its certificate.\n"


def new_key_pair() -> dict[str, str]:
    """File name -> content, in PEM."""
    issued = trustme.CA(organization_name="gamma tests").issue_cert("gamma.invalid")
    certificate = b"".join(blob.bytes() for blob in issued.cert_chain_pems)
    return {"tls.crt": certificate.decode(), "tls.key": issued.private_key_pem.bytes().decode()}


def holds_key_pair(config_map: Obj | None) -> bool:
    """Whether a ConfigMap is there, with a key pair in it."""
    data = (config_map or {}).get("data") or {}
    return all(data.get(name) for name in _FILES)


def key_pairs(settings: Settings, pair: dict[str, str]) -> list[Obj]:
    """The key pair, once in each namespace."""
    return [
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": KEY_PAIR, "namespace": settings.namespace(role), "labels": settings.labels()},
            "data": {**pair, "README": _NOTE},
        }
        for role in ROLES
    ]
