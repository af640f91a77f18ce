"""The lab mesh's control plane against the oracle, on random cases; see __main__.py for more of them."""

from dataclasses import replace

import pytest

from lab.mesh.model.attachment import RouteGroups
from lab.mesh.model.decisions import CONFORMANT
from lab.mesh.world.route import RouteKind
from spec.crds import validate
from tests.oracle.compare import compare, shrunk
from tests.oracle.strategies import cases

SEED, WORLDS, REQUESTS = 2024, 500, 4


def test_the_lab_agrees_with_the_oracle_on_2000_random_cases():
    result = compare(cases(SEED, WORLDS, REQUESTS))
    assert not result.disagreements, "\n\n".join(str(shrunk(found)) for found in result.disagreements)
    assert result.cases == WORLDS * REQUESTS
    assert result.undecided < 0.2 * result.cases
    assert all(result.seen[kind] > 50 for kind in ("Forwarded", "Failed", "Redirected"))


def _merged(service, routes):
    groups = CONFORMANT.group_routes(service, routes)
    consumers = {namespace: (*own, *groups.producer) for namespace, own in groups.consumers.items()}
    return RouteGroups(groups.producer, consumers)


@pytest.mark.parametrize(
    "wrong",
    [
        {"unmatched": lambda plain: plain},
        {"group_routes": _merged},
        {"group_routes": lambda service, routes: RouteGroups(tuple(routes), {})},
        {"group_routes": lambda service, routes: RouteGroups(CONFORMANT.group_routes(service, routes).producer, {})},
        {"weight": lambda ref: 1},
        {"prevailing": lambda routes: tuple(one for one in routes if one.kind is RouteKind.HTTP)},
        {"ignored": frozenset(["HTTPRouteMethodMatching"])},
        {"ignored": frozenset(["MeshHTTPRouteQueryParamMatching"])},
        {"ignored": frozenset(["HTTPRouteResponseHeaderModification"])},
        {"ignored": frozenset(["MeshHTTPRouteRewritePath"])},
        {"ignored": frozenset(["HTTPRouteHostRewrite"])},
        {"ignored": frozenset(["MeshHTTPRouteRedirectPort"])},
        {"ignored": frozenset(["HTTPRouteBackendURLRewrite"])},
        {"ignored": frozenset(["HTTPRouteRequestMirror"])},
        {"ignored": frozenset(["HTTPRouteParentRefPort"])},
    ],
    ids=lambda wrong: " ".join(map(str, wrong)),
)
def test_a_wrong_decision_is_found(wrong):
    decisions = replace(CONFORMANT, **wrong)
    (found, *_) = compare(cases(SEED, WORLDS, REQUESTS), decisions, stop_after=1).disagreements
    assert len(shrunk(found, decisions).world.routes) <= len(found.world.routes)


def test_cases_depend_on_their_seed_alone():
    first, again = list(cases(1, 5, 3)), list(cases(1, 5, 3))
    assert first == again
    assert first != list(cases(2, 5, 3))
    assert not [validate(route) for case in first for route in case.world.routes if validate(route)]
