"""Defects of redirects, whole ones and those of a backend."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from lab.defects.changes import entries, filters_as_read, rules_as_read, shares
from lab.defects.filters import paths as wrong
from lab.defects.model import Defect, defect
from lab.defects.proxy import SEND_TOO, route_lists, scripted, told
from lab.mesh.envoy.types import Resource
from lab.mesh.model.actions import Entry, FrontendRules, RuleTable, Share
from lab.mesh.model.actions import Redirect as RedirectAction
from lab.mesh.model.decisions import Rules
from lab.mesh.model.filters import WELL_KNOWN_PORT
from lab.mesh.world.route import Filter, Redirect, Route, Rule
from lab.mesh.world.service import Service, ServicePort
from lab.mesh.world.snapshot import World


def statuses(changed: dict[int, int]) -> Callable[[Filter], Filter]:
    """Redirects are answered with another status."""

    def change(item: Filter) -> Filter:
        return replace(item, status=changed.get(item.status, item.status)) if isinstance(item, Redirect) else item

    return change


def without(field: str) -> Callable[[Filter], Filter]:
    """That part of redirects is not looked at."""

    nothing: dict[str, Any] = {field: None}

    def change(item: Filter) -> Filter:
        return replace(item, **nothing) if isinstance(item, Redirect) else item

    return change


def locations(change: Callable[[RedirectAction, Service, ServicePort], RedirectAction]) -> Rules:
    """Redirects lead elsewhere."""

    def changed(world: World, service: Service, port: ServicePort, rules: FrontendRules) -> FrontendRules:
        def share(entry: Entry, found: Share) -> Share:  # noqa: ARG001 - part of the signature
            action = found.action
            return replace(found, action=change(action, service, port)) if isinstance(action, RedirectAction) else found

        return shares(share)(world, service, port, rules)

    return changed


def in_full(action: RedirectAction, service: Service, port: ServicePort) -> RedirectAction:  # noqa: ARG001
    """Location names the Service in full where the redirect names no host."""
    own = f"{service.key.name}.{service.key.namespace}.svc.cluster.local"
    return replace(action, host=action.host or own)


def on_port_of_request(action: RedirectAction, service: Service, port: ServicePort) -> RedirectAction:  # noqa: ARG001
    """Location keeps the port that the request came in on, also under another scheme."""
    return replace(action, port=port.port) if action.scheme == "https" else action


def port_forgotten(action: RedirectAction, service: Service, port: ServicePort) -> RedirectAction:  # noqa: ARG001
    """Location has no port where it would be that of the request."""
    return replace(action, port=None) if action.port == port.port else action


def port_spelled_out(action: RedirectAction, service: Service, port: ServicePort) -> RedirectAction:  # noqa: ARG001
    """Location always has a port where the host is another one."""
    written = WELL_KNOWN_PORT[action.scheme] if action.port is None else action.port
    return replace(action, port=written) if action.host else action


def only_reading(world: World, service: Service, port: ServicePort, rules: FrontendRules) -> FrontendRules:  # noqa: ARG001
    """Redirects are for GET and HEAD; other methods are forwarded as without them."""

    def table(found: RuleTable) -> RuleTable:
        made: list[Entry] = []
        for entry in found.entries:
            if any(isinstance(share.action, RedirectAction) for share in entry.shares):
                made.append(replace(entry, match=replace(entry.match, method="POST"), shares=(Share(1, rules.plain),)))
            made.append(entry)
        return replace(found, entries=tuple(made))

    return replace(
        rules,
        producer=table(rules.producer) if rules.producer else None,
        consumers=tuple((namespace, table(each)) for namespace, each in rules.consumers),
    )


def everyone_moved(entry: Entry) -> Entry:
    """A redirect of one backend answers all requests of the rule."""
    moved = [share for share in entry.shares if isinstance(share.action, RedirectAction)]
    return replace(entry, shares=tuple(moved)) if moved else entry


def backend_redirects_forgotten(world: World, route: Route, rule: Rule) -> Rule:  # noqa: ARG001
    """Redirects of backends are not looked at."""
    kept = [tuple(item for item in ref.filters if not isinstance(item, Redirect)) for ref in rule.backends]
    backends = tuple(replace(ref, filters=own) for ref, own in zip(rule.backends, kept, strict=True))
    return replace(rule, backends=backends)


def sent_on(routes: list[Resource]) -> list[Resource]:
    """Requests that get a redirect with status 301 go to a backend of the same Service, too."""
    clusters = [route["route"]["cluster"] for route in routes if "cluster" in route.get("route", {})]

    def moved(route: Resource) -> bool:
        return bool(route.get("redirect", {}).get("response_code") == "MOVED_PERMANENTLY")

    return [told(route, cluster=clusters[0]) if clusters and moved(route) else route for route in routes]


DEFECTS: tuple[Defect, ...] = (
    defect(
        "redirect-default-301",
        "Redirects that name no status are answered with 301",
        breaks=("filters.redirect-status-default-302",),
        cause="301 is the proxy's own default, and a status of 302 is left out of its configuration as the default.",
        world=filters_as_read(statuses({302: 301})),
    ),
    defect(
        "redirect-301-becomes-308",
        "Redirects with status 301 are answered with 308",
        breaks=("filters.redirect-status-301",),
        cause="Somebody improved permanent redirects so that they keep the method of the request.",
        world=filters_as_read(statuses({301: 308})),
    ),
    defect(
        "redirect-303-becomes-302",
        "Redirects with status 303 are answered with 302",
        breaks=("filters.redirect-status-303",),
        cause="303 was added to the API later, and what the table of statuses does not have becomes the default.",
        world=filters_as_read(statuses({303: 302})),
    ),
    defect(
        "redirect-307-becomes-302",
        "Redirects with status 307 are answered with 302",
        breaks=("filters.redirect-status-307",),
        cause="The translation knows temporary and permanent, and takes the older status of each.",
        world=filters_as_read(statuses({307: 302})),
    ),
    defect(
        "redirect-308-becomes-301",
        "Redirects with status 308 are answered with 301",
        breaks=("filters.redirect-status-308",),
        cause="The proxy's field has two values, temporary and permanent, and permanent is 301.",
        world=filters_as_read(statuses({308: 301})),
    ),
    defect(
        "redirect-only-reads",
        "Requests with POST are forwarded where others get a redirect",
        breaks=("filters.redirect-contacts-no-backend", "filters.redirect-status-307"),
        cause="Browsers of old followed redirects with GET, so that somebody kept them away from forms.",
        rules=only_reading,
    ),
    defect(
        "redirect-also-forwarded",
        "A request that is answered with 301 reaches a backend as well",
        breaks=("filters.redirect-contacts-no-backend",),
        cause="The redirect is made by a filter that edits the answer, after the request has gone on.",
        resource=scripted(SEND_TOO, route_lists(sent_on)),
    ),
    defect(
        "redirect-hostname-ignored",
        "The host of a redirect stays that of the request",
        breaks=("filters.redirect-location-hostname",),
        cause="The hostname is validated and then not carried over, and the tests look at the status only.",
        world=filters_as_read(without("hostname")),
    ),
    defect(
        "redirect-to-full-name",
        "A redirect without a host leads to the full name of the Service",
        breaks=("filters.redirect-location-defaults",),
        cause="Location is made from the frontend that the proxy knows, not from what the client sent.",
        rules=locations(in_full),
    ),
    defect(
        "redirect-scheme-ignored",
        "The scheme of a redirect has no effect",
        breaks=("filters.redirect-location-scheme",),
        cause="A mesh speaks plain HTTP with its workloads, so that nobody thought of redirects that leave it.",
        world=filters_as_read(without("scheme")),
    ),
    defect(
        "redirect-port-ignored",
        "The port of a redirect has no effect",
        breaks=("filters.redirect-location-port",),
        cause="The port is carried over only together with a scheme.",
        world=filters_as_read(without("port")),
    ),
    defect(
        "redirect-keeps-port-under-https",
        "A redirect to https keeps the port that the request came in on",
        breaks=("filters.redirect-port-derived-from-scheme",),
        cause="The proxy replaces the port only where it is told one, and the control plane tells it none.",
        rules=locations(on_port_of_request),
    ),
    defect(
        "redirect-forgets-port",
        "A redirect without port and scheme leads to the default port, whatever port the request came in on",
        breaks=("filters.redirect-port-kept-without-scheme",),
        cause="Gateways listen on 80 and 443, where the port goes without saying; a Service may have any.",
        rules=locations(port_forgotten),
    ),
    defect(
        "redirect-spells-port-out",
        "Location names the default port",
        breaks=("filters.redirect-omits-default-port",),
        cause="The port is always computed, and always written.",
        rules=locations(port_spelled_out),
    ),
    defect(
        "redirect-appends-rest",
        "A redirect that replaces the whole path appends the path of the request to it",
        breaks=("filters.redirect-path",),
        cause="The proxy's redirect by prefix was used for both kinds, with an empty prefix for the whole path.",
        rules=wrong.whole_paths(RedirectAction, wrong.rest_appended),
    ),
    defect(
        "redirect-loses-rest",
        "A redirect that replaces a prefix loses the rest of the path",
        breaks=("filters.redirect-path",),
        cause="Only the replacement of the whole path was built, and the other kind takes the same way.",
        rules=wrong.paths(RedirectAction, wrong.rest_lost),
    ),
    defect(
        "redirect-doubles-slash",
        "The trailing slash of a redirect's replacement stands beside the rest's own",
        breaks=("filters.prefix-replacement-table", "filters.redirect-path"),
        cause="Rewrites were repaired when somebody complained about double slashes, redirects were not.",
        rules=wrong.paths(RedirectAction, wrong.slash_of_both_kept),
    ),
    defect(
        "redirect-doubles-root",
        "A redirect that replaces a prefix by the root gives a path with two slashes",
        breaks=("filters.prefix-replacement-table", "filters.redirect-path"),
        cause="The replacement is trimmed of its slash only if something else is left.",
        rules=wrong.paths(RedirectAction, wrong.root_doubled),
    ),
    defect(
        "redirect-root-unset",
        "A redirect that replaces a prefix by the root keeps the path where nothing else is left of it",
        breaks=("filters.prefix-replacement-table", "filters.redirect-path"),
        cause="An empty path is invalid, and a check puts the old one back where one would come out.",
        rules=wrong.paths(RedirectAction, wrong.root_means_none),
    ),
    defect(
        "backend-redirect-of-rule",
        "A redirect of one backend answers all requests of the rule",
        breaks=("filters.backend-level-redirect",),
        cause="The proxy's route is either a redirect or a split, and the redirect is looked for first.",
        rules=entries(everyone_moved),
    ),
    defect(
        "backend-redirect-ignored",
        "A redirect of a backend has no effect",
        breaks=("filters.backend-level-redirect",),
        cause="The filters of backends are searched for header modifiers and nothing else.",
        world=rules_as_read(backend_redirects_forgotten),
    ),
)
