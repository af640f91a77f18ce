"""Control before blame where it is a status that never comes: a mesh that takes in nothing writes none either."""

from __future__ import annotations

from typing import Any

import pytest

from harness.evidence.model import Kind, Verdict
from harness.observation import Failure
from harness.scenario.model import Scenario

from .world import World, fails, from_echo, scenario

CHECK: dict[str, Any] = {
    "check": "accepted",
    "proves": ["status.accepted-true"],
    "of": "HTTPRoute/front",
    "conditions": {"Accepted": "True"},
}


def waits() -> Scenario:
    """Wants a status that this world's mesh never writes."""
    return scenario(
        probes={"matched": {"from": "consumer", "url": "http://front.gamma-producer/known"}},
        outcomes={"direct": {"backend": "echo-v1"}},
        steps=[
            {"apply": "services"},
            {"await": {"matched": "direct"}},
            {"apply": "route"},
            {"status": "1s", "checks": [CHECK]},
        ],
    )


@pytest.mark.parametrize(("in_force", "kind"), [("echo-v2", Kind.NEVER_CONVERGED), ("echo-v1", Kind.STALLED)])
def test_a_status_that_never_comes(tmp_path, in_force, kind):
    world = World(tmp_path, lambda request: from_echo(in_force if "/r1/" in request.url else "echo-v1"))
    played = world.play(waits())
    (found,) = played.checks
    assert (found.verdict, found.kind) == (Verdict.FAIL, kind), found.reason
    assert "apply HTTPRoute control-front-4" in world.cluster.log
    assert bool(world.player._state.stalled) is (kind is Kind.STALLED)


def test_a_control_that_cannot_be_observed_blames_nobody(tmp_path):
    world = World(tmp_path, lambda request: fails(Failure.UNRESOLVED) if "/r1/" in request.url else from_echo())
    (found,) = world.play(waits()).checks
    assert (found.verdict, found.kind) == (Verdict.ERROR, None)
    assert "could not be observed either" in found.reason
