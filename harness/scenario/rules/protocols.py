"""Protocols: the fields of a probe belong to what it speaks, and probes that share connections can."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from harness.errors import Problem
from harness.scenario.destination import destination
from harness.scenario.model import STREAM_PROTOCOLS, Probe, Scenario


def fields(scenario: Scenario) -> Iterator[Problem]:
    """No probe has a field that its protocol gives no meaning."""
    for name, probe in scenario.probes.items():
        scheme = urlsplit(probe.url).scheme
        wanted = probe.protocol if probe.protocol in STREAM_PROTOCOLS else "http"
        if (scheme in STREAM_PROTOCOLS or wanted in STREAM_PROTOCOLS) and scheme != wanted:
            mark = scenario.at("probes", name, "url")
            yield Problem(mark, f"{probe.protocol} over {scheme}://", f"write {wanted}://NAME.NAMESPACE...")
        for field, protocols in (("messages", ("grpc",)), ("sni", ("tls",)), ("method", ("http1", "h2c"))):
            if field in probe.model_fields_set and probe.protocol not in protocols:
                text = f"{field} has no meaning for {probe.protocol}"
                yield Problem(scenario.at("probes", name, field), text, "leave it out")
        if probe.protocol == "grpc" and urlsplit(probe.url).path.count("/") != 2:
            mark = scenario.at("probes", name, "url")
            yield Problem(mark, "a gRPC method has a path with two parts", "write /PACKAGE.SERVICE/METHOD")
        if probe.carryAcross and probe.carry is None:
            mark = scenario.at("probes", name, "carryAcross")
            yield Problem(mark, "carryAcross without carry", "say what is carried: cookies, or a header")
        if probe.shares is not None:
            yield from _shared(scenario, name, probe)


def _shared(scenario: Scenario, name: str, probe: Probe) -> Iterator[Problem]:
    mark = scenario.at("probes", name, "shares")
    other = scenario.probes.get(probe.shares or "")
    if other is None or probe.shares == name:
        known = ", ".join(one for one in scenario.probes if one != name)
        yield Problem(mark, f"{name} shares the connections of {probe.shares!r}", f"name another probe: {known}")
        return
    if not other.kept:
        yield Problem(mark, f"{probe.shares} keeps no connections", "let it go `over: one`, or over a number of them")
    elif probe.over != other.over:
        yield Problem(mark, f"{name} goes over {probe.over} and {probe.shares} over {other.over}", "give both the same")
    if probe.protocol != other.protocol or probe.clients != other.clients:
        yield Problem(mark, f"{name} and {probe.shares} differ in client or protocol", "give both the same")
    try:
        ends = {destination(one.url, client).frontend for one in (probe, other) for client in probe.clients}
    except ValueError:
        return  # told by the rule about URLs
    if len(ends) > 1:
        yield Problem(mark, f"{name} and {probe.shares} go to different Services or ports", "give both the same")
