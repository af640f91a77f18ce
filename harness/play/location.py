"""Where a Location header leads (RFC 9110, section 10.2.2), part by part. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import SplitResult, urljoin, urlsplit

from harness.observation import Observation
from harness.scenario.model import Location, Probe

_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Place:
    """An absolute URL in parts; a port that goes without saying is there, an empty path is ``/``."""

    scheme: str
    host: str
    port: int | None
    path: str
    query: str


def leads_to(wanted: Location, probe: Probe, observation: Observation) -> bool:
    """Whether the answer's only Location has all the parts that are wanted."""
    found = place(observation.answer.headers, request_url(probe, observation.address))
    return (
        found is not None
        and wanted.scheme in (None, found.scheme)
        and (wanted.host is None or wanted.host.lower() == found.host)
        and wanted.port in (None, found.port)
        and wanted.path in (None, found.path)
        and wanted.query in (None, found.query)
    )


def place(headers: Iterable[tuple[str, str]], url: str) -> Place | None:
    """The place that a request for this URL is sent to; None without a single Location that can be read."""
    values = [value for name, value in headers if name.lower() == "location"]
    if len(values) != 1:
        return None
    try:
        given = urlsplit(values[0])
        if given.scheme and not given.netloc:
            return None  # what urljoin would guess at
        parts = urlsplit(urljoin(url, values[0]))
        port = parts.port or _DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        return None
    if not parts.hostname:
        return None
    return Place(parts.scheme, parts.hostname.lower(), port, parts.path or "/", parts.query)


def request_url(probe: Probe, address: str) -> str:
    """The target URI of the request, whose authority is the Host header (RFC 9110, section 7.1).

    ``address`` is what was dialled, and the Host, where the probe's URL is no http URL.
    """
    parts = urlsplit(probe.url)
    hosts = (values[0] for name, values in probe.headers.items() if name.lower() == "host" and values)
    authority = next(hosts, parts.netloc if parts.scheme == "http" else address)
    return SplitResult("http", authority, parts.path or "/", parts.query, "").geturl()
