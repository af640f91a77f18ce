"""A certificate authority and a server certificate for one run, valid for the local addresses only."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path

HOSTS = ("127.0.0.1", "::1", "localhost", "kubernetes.default.svc")


@dataclass(frozen=True, slots=True)
class Certificates:
    """PEM texts: the authority that clients trust, the server's chain, its private key."""

    authority: str
    chain: str
    key: str


def issue(hosts: tuple[str, ...] = HOSTS) -> Certificates:
    """A new authority and a certificate for ``hosts``, with elliptic-curve keys (RSA ones take a second to make)."""
    import trustme  # noqa: PLC0415 - who brings certificates of their own does not wait for this import

    authority = trustme.CA(key_type=trustme.KeyType.ECDSA)
    server = authority.issue_cert(*hosts, key_type=trustme.KeyType.ECDSA)
    chain = "".join(blob.bytes().decode() for blob in server.cert_chain_pems)
    return Certificates(authority.cert_pem.bytes().decode(), chain, server.private_key_pem.bytes().decode())


def server_context(certificates: Certificates, folder: Path) -> ssl.SSLContext:
    """The server's TLS settings; ``folder`` receives ca.crt, tls.crt and tls.key (readable by the owner only)."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "ca.crt").write_text(certificates.authority)
    (folder / "tls.crt").write_text(certificates.chain)
    key = folder / "tls.key"
    key.touch(mode=0o600)
    key.write_text(certificates.key)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "tls.crt", key)
    return context
