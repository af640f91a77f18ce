"""Defects of cross-origin resource sharing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from lab.defects.changes import filters_as_read
from lab.defects.model import Defect, defect
from lab.defects.proxy import SEND_TOO, each_route, route_lists, scripted, told
from lab.mesh.envoy.types import Resource
from lab.mesh.model.decisions import Resources, Worlds
from lab.mesh.world.policies import Cors
from lab.mesh.world.route import Filter

_ALLOW_ORIGIN, _MAX_AGE = "access-control-allow-origin", "access-control-max-age"
_METHOD = "access-control-request-method"
_LABELS = r"[^/:\s]+"


def read_as(change: Callable[[Cors], Cors]) -> Worlds:
    """CORS filters are read as others."""

    def filters(item: Filter) -> Filter:
        return change(item) if isinstance(item, Cors) else item

    return filters_as_read(filters)


def preflights(route: Resource) -> bool:
    """Whether the route is one for preflight requests alone, which are answered."""
    asked = any(header["name"] == _METHOD for header in route["match"].get("headers", ()))
    return asked and "direct_response" in route


def without_preflights(*statuses: int) -> Callable[[Resource], Resource | None]:
    """Preflight requests that would be answered so take the routes of other requests."""

    def changed(route: Resource) -> Resource | None:
        return None if preflights(route) and route["direct_response"]["status"] in statuses else route

    return changed


def answers(change: Callable[[Resource], Iterator[Resource]], *, to: Callable[[Resource], bool]) -> Resources:
    """What CORS adds to the answers of those routes is changed header by header."""

    def changed(route: Resource) -> Resource:
        added = route.get("response_headers_to_add", ())
        if not to(route) or not any(each["header"]["key"] == _ALLOW_ORIGIN for each in added):
            return route
        return {**route, "response_headers_to_add": [made for each in added for made in change(each)]}

    return each_route(changed)


def but(*names: str) -> Callable[[Resource], Iterator[Resource]]:
    """All headers but these."""

    def change(added: Resource) -> Iterator[Resource]:
        if added["header"]["key"] not in names:
            yield added

    return change


def instead(name: str, old: str, new: str) -> Callable[[Resource], Iterator[Resource]]:
    """A header of that name and value gets another value; an old value of "" is any."""

    def change(added: Resource) -> Iterator[Resource]:
        header = added["header"]
        hit = header["key"] == name and old in {"", header["value"]}
        yield {**added, "header": {**header, "value": new}} if hit else added

    return change


def own(route: Resource) -> bool:
    """Whether the route forwards, instead of answering a preflight request."""
    return not preflights(route)


def origins(change: Callable[[str], str]) -> Resources:
    """The expression for the allowed values of Origin is another one."""

    def changed(route: Resource) -> Resource:
        headers = [_origin(header, change) for header in route["match"].get("headers", ())]
        return {**route, "match": {**route["match"], "headers": headers}} if headers else route

    return each_route(changed)


def _origin(header: Resource, change: Callable[[str], str]) -> Resource:
    if header["name"] != "origin" or "string_match" not in header:
        return header
    regex = header["string_match"]["safe_regex"]["regex"]
    return {**header, "string_match": {"safe_regex": {"regex": change(regex)}}}


def to_anyone(route: Resource) -> bool:
    """Whether every origin is allowed."""
    found = [header for header in route["match"].get("headers", ()) if header["name"] == "origin"]
    return any(header.get("string_match") == {"safe_regex": {"regex": "(?i)(.*)"}} for header in found)


def rejected(routes: list[Resource]) -> list[Resource]:
    """Requests of origins that are denied are refused altogether, where a route tells them from others."""
    made: list[Resource] = []
    for route in routes:
        made.append(route)
        denies = preflights(route) and route["direct_response"]["status"] == _FORBIDDEN
        if denies:
            kept = [each for each in route["match"]["headers"] if each["name"] not in {":method", _METHOD, "origin"}]
            shown = {"name": "origin", "present_match": True}
            refused = {**route, "match": {**route["match"], "headers": [*kept, shown]}}
            waiting = refused
        elif made and route.get("route") and any(_is_cors(each) for each in route.get("response_headers_to_add", ())):
            made.append(waiting)
    return made


_FORBIDDEN = 403


def _is_cors(added: Resource) -> bool:
    return bool(added["header"]["key"] == _ALLOW_ORIGIN)


def granted_and_forwarded(routes: list[Resource]) -> list[Resource]:
    """Preflight requests that are granted are sent to the backend of the routes behind, too."""
    made = []
    for index, route in enumerate(routes):
        later = [each["route"]["cluster"] for each in routes[index:] if "cluster" in each.get("route", {})]
        sent = preflights(route) and route["direct_response"]["status"] != _FORBIDDEN and later
        made.append(told(route, cluster=later[0]) if sent else route)
    return made


DEFECTS: tuple[Defect, ...] = (
    defect(
        "cors-preflight-forwarded",
        "Preflight requests of allowed origins reach the backend",
        breaks=("filters.cors-preflight-allowed",),
        cause="Answers get the headers, and preflight requests were thought to be requests like others.",
        resource=each_route(without_preflights(204)),
    ),
    defect(
        "cors-preflight-also-forwarded",
        "Preflight requests of allowed origins are answered and reach the backend as well",
        breaks=("filters.cors-preflight-allowed",),
        cause="The filter answers without ending the chain of filters, and the last of them forwards.",
        resource=scripted(SEND_TOO, route_lists(granted_and_forwarded)),
    ),
    defect(
        "cors-denied-preflight-forwarded",
        "Preflight requests of other origins reach the backend",
        breaks=("filters.cors-origin-denied",),
        cause="The proxy forwards preflight requests that match no origin unless it is told not to.",
        resource=each_route(without_preflights(403)),
    ),
    defect(
        "cors-denied-rejected",
        "Requests of other origins are refused with 403, preflight or not",
        breaks=("filters.cors-origin-denied",),
        cause="Origins were taken for a list of who may call.",
        resource=route_lists(rejected),
    ),
    defect(
        "cors-preflight-only",
        "Only preflight requests get CORS headers",
        breaks=("filters.cors-simple-request",),
        cause="The filter answers OPTIONS and leaves other requests, and thereby their answers, alone.",
        resource=answers(
            but(_ALLOW_ORIGIN, "access-control-allow-credentials", "access-control-expose-headers"), to=own
        ),
    ),
    defect(
        "cors-any-origin",
        "Every origin is allowed, and named in the answer",
        breaks=("filters.cors-origin-denied",),
        cause="The origin of the request is returned to satisfy browsers, without a look at the list.",
        resource=origins(lambda regex: ".*"),  # noqa: ARG005
    ),
    defect(
        "cors-any-scheme",
        "An origin is allowed under http where the rule says https",
        breaks=("filters.cors-origin-denied",),
        cause="Origins are compared as hosts, with what is before them cut off.",
        resource=origins(lambda regex: regex.replace("https://", "https?://")),
    ),
    defect(
        "cors-wildcard-one-label",
        "The wildcard of an origin stands for one label only",
        breaks=("filters.cors-origin-wildcard-host",),
        cause="Wildcards are matched as in certificates, where they stand for one label.",
        resource=origins(lambda regex: regex.replace(_LABELS, r"[^./:\s]+")),
    ),
    defect(
        "cors-wildcard-parent",
        "The wildcard of an origin also allows the domain without a label before it",
        breaks=("filters.cors-origin-wildcard-host", "filters.cors-origin-denied"),
        cause="A suffix with a dot in front is compared with the host, to which a dot was prepended.",
        resource=origins(lambda regex: regex.replace(_LABELS + r"\.", r"([^/:\s]+\.)?")),
    ),
    defect(
        "cors-wildcard-characters",
        "The wildcard of an origin stands for characters, not for labels",
        breaks=("filters.cors-origin-wildcard-host", "filters.cors-origin-denied"),
        cause="The wildcard is cut off with its dot, and the rest compared as a suffix.",
        resource=origins(lambda regex: regex.replace(_LABELS + r"\.", _LABELS)),
    ),
    defect(
        "cors-credentials-always",
        "Credentials are allowed, whatever the rule says",
        breaks=("filters.cors-credentials",),
        cause="Without credentials demos with cookies failed, and the flag became a constant.",
        world=read_as(lambda cors: replace(cors, credentials=True)),
    ),
    defect(
        "cors-credentials-preflight-only",
        "Credentials are allowed in answers to preflight requests only",
        breaks=("filters.cors-credentials",),
        cause="The header was added where all the others are made, and answers get a list of their own.",
        resource=answers(but("access-control-allow-credentials"), to=own),
    ),
    defect(
        "cors-literal-origin",
        "Where every origin is allowed answers say so with a wildcard, also with credentials",
        breaks=("filters.cors-wildcard-with-credentials",),
        cause="The list is returned as it is configured where it has a wildcard.",
        resource=answers(instead(_ALLOW_ORIGIN, "", "*"), to=lambda route: own(route) and to_anyone(route)),
    ),
    defect(
        "cors-literal-methods",
        "A wildcard of methods is returned as such, also with credentials",
        breaks=("filters.cors-wildcard-with-credentials",),
        cause="That a wildcard is the name of a method for a browser with credentials was not known.",
        resource=answers(instead("access-control-allow-methods", f"%REQ({_METHOD})%", "*"), to=preflights),
    ),
    defect(
        "cors-method-asked-for",
        "Preflight requests are told the method that they ask for instead of the list",
        breaks=("filters.cors-methods-headers",),
        cause="The answer is made to satisfy this request; that browsers keep it was forgotten.",
        resource=answers(instead("access-control-allow-methods", "", f"%REQ({_METHOD})%"), to=preflights),
    ),
    defect(
        "cors-no-exposed-headers",
        "Exposed headers are not told",
        breaks=("filters.cors-methods-headers",),
        cause="They belong to answers and not to preflight requests, and the preflight is where lists are made.",
        world=read_as(lambda cors: replace(cors, exposed=())),
    ),
    defect(
        "cors-lifetime-capped",
        "Preflight answers are allowed to be kept for ten minutes at most",
        breaks=("filters.cors-max-age",),
        cause="A browser's own limit was built into the mesh.",
        world=read_as(lambda cors: replace(cors, max_age=min(cors.max_age, 600))),
    ),
    defect(
        "cors-default-lifetime-left-out",
        "A lifetime of five seconds, the default, is not told",
        breaks=("filters.cors-max-age",),
        cause="A value that equals the default goes without saying, in the API of the mesh as in that of browsers.",
        resource=answers(
            lambda added: iter(
                () if added["header"]["key"] == _MAX_AGE and added["header"]["value"] == "5" else (added,)
            ),
            to=preflights,
        ),
    ),
)
