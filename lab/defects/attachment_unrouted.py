"""Defects in what the area attachment is about: what happens to requests for a Service without a route."""

from __future__ import annotations

from collections.abc import Callable

from lab.defects import frontends
from lab.defects.frontends import NOT_FOUND, Place, Rules, each_ungoverned, each_unrouted, entry
from lab.defects.model import Defect, defect
from lab.mesh.model.actions import Respond, RuleTable, Share
from lab.mesh.world.route import Match, PathKind, PathMatch


def _refusing(match: Match) -> Callable[[Place], RuleTable | None]:
    """Some requests to a Service without routes are refused, at ports that say that they speak plain HTTP."""

    def change(place: Place) -> RuleTable | None:
        http = place.port.app_protocol == "http"
        return RuleTable((entry(match, Share(1, NOT_FOUND)),), place.plain) if http else None

    return change


def _first_target(place: Place) -> RuleTable | None:
    return RuleTable((), frontends.plain_of(place.service, place.service.ports[0]))


def _sometimes_unavailable(place: Place) -> RuleTable | None:
    """Of requests for the root of a Service with several ports some find no port to go to."""
    if len(place.service.ports) < 2:
        return None
    root = Match(path=PathMatch(PathKind.EXACT, "/"))
    return RuleTable((entry(root, *frontends.partly(5, Respond(503), place.plain)),), place.plain)


def _governed_by_shorter(place: Place) -> RuleTable | None:
    """The rules of a Service whose name this one continues."""
    for name in frontends.shorter_names(place):
        if found := frontends.sibling(place, name):
            return frontends.producer_table(place.world, *found)
    return None


def _rules(defect_id: str, title: str, breaks: str, cause: str, change: Rules) -> Defect:
    broken = tuple(f"attachment.{name}" for name in breaks.split())
    return defect(defect_id, title, breaks=broken, cause=cause, rules=change)


DEFECTS: tuple[Defect, ...] = (
    _rules(
        "unrouted-refuses-deep-paths",
        "A Service without routes refuses paths of more than two elements",
        "no-route-default",
        "The implicit route was written as a pattern for what the example application serves.",
        each_unrouted(_refusing(frontends.deep_paths(3))),
    ),
    _rules(
        "unrouted-refuses-post",
        "A Service without routes refuses POST",
        "no-route-default",
        "The implicit route allows what is safe to repeat, since retries are on by default.",
        each_unrouted(_refusing(Match(method="POST"))),
    ),
    _rules(
        "unrouted-ports-share-target",
        "All ports of a Service without routes lead to the target of the first",
        "no-route-default",
        "The implicit cluster is named by the Service alone.",
        each_unrouted(_first_target),
    ),
    _rules(
        "unrouted-sometimes-unavailable",
        "Of requests for the root of a Service with several ports 5 percent get 503 while it has no route",
        "no-route-default",
        "One of the Service's health checks knocks at the wrong port, and its endpoint flaps.",
        each_unrouted(_sometimes_unavailable),
    ),
    _rules(
        "rules-found-by-prefix",
        "A Service gets the rules of another one whose name is the beginning of its own",
        "no-route-default",
        "Rules are kept in a tree and looked up by the longest prefix, without the end of the name.",
        each_ungoverned(_governed_by_shorter),
    ),
)
