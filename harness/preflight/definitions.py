"""What is installed: the API server, and the Gateway API's definitions with version and channel. Pure."""

from __future__ import annotations

import re

import spec.crds
from harness.cluster import ClusterFacts
from harness.evidence.model import PreflightLine

_RELEASE = re.compile(r"v(\d+)\.(\d+)")
_KUBERNETES = (1, 31)  # before, exec has no WebSockets that can be relied on


def api(facts: ClusterFacts) -> PreflightLine:
    """The API server and its version."""
    text = f"Kubernetes {facts.version or 'of unknown version'} at {facts.server}"
    found = _release(facts.version)
    if found is not None and found < _KUBERNETES:
        wanted = ".".join(map(str, _KUBERNETES))
        return PreflightLine(
            check="API", grade="warn", text=text, hint=f"the suite is made for Kubernetes {wanted} and newer"
        )
    return PreflightLine(check="API", grade="pass", text=text)


def gateway_api(facts: ClusterFacts) -> PreflightLine:
    """Version and channel of the installed definitions."""
    version, channel = facts.gateway_api.version, facts.gateway_api.channel
    lines = sorted({line for line, _channel in spec.crds.BUNDLES}, key=lambda line: _release(line) or (0, 0))
    known = f"the suite knows {lines[0]} to {lines[-1]}"
    if not version:
        return PreflightLine(
            check="Gateway API",
            grade="warn",
            text="served, but its definitions do not say which version and channel they are",
            hint=f"install a release's own manifest; {known}, and takes yours for the newest standard ones",
        )
    release, first, last = (_release(text) or (0, 0) for text in (version, lines[0], lines[-1]))
    text = f"{version}, {channel or 'standard'} channel"
    if facts.gateway_api.unserved:
        text += f"; not served: {', '.join(facts.gateway_api.unserved)} (scenarios with these are skipped)"
    if not first <= release <= last:
        return PreflightLine(check="Gateway API", grade="warn", text=text, hint=known)
    return PreflightLine(check="Gateway API", grade="pass", text=text)


def _release(text: str) -> tuple[int, int] | None:
    found = _RELEASE.match(text)
    return (int(found[1]), int(found[2])) if found else None
