"""What a rule's retry asks for."""

from __future__ import annotations

from typing import Any

import pytest

from lab.mesh.envoy.attempts import retried
from lab.mesh.model.actions import RetryPlan
from lab.mesh.model.retries import retry_plan
from lab.mesh.model.timeouts import Limits
from lab.mesh.world.parse_policies import parse_retry


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (None, None),
        ({"attempts": 0}, None),
        ({}, RetryPlan(1, (), 0, connection_errors=True, timeouts=True)),
        (
            {"codes": [500, 503], "attempts": 3, "backoff": "1s500ms"},
            RetryPlan(3, (500, 503), 1500, connection_errors=True, timeouts=True),
        ),
    ],
)
def test_plans(written: dict[str, Any] | None, expected: RetryPlan | None) -> None:
    assert retry_plan(parse_retry(written)) == expected


def test_the_second_hop_learns_cluster_pause_and_limit() -> None:
    plan = RetryPlan(2, (500,), 100, connection_errors=True, timeouts=False)
    detour = retried("p/v1:80", plan, Limits(attempt=300))
    told = {each["header"]["key"]: each["header"]["value"] for each in detour.request}
    assert told == {"x-lab-cluster": "p/v1:80", "x-lab-pause": "105", "x-lab-limit": "300"}
    assert [each["string_match"]["exact"] for each in detour.policy["retriable_headers"]] == ["connection"]
    assert [each["header"]["key"] for each in retried("c", plan, Limits()).request] == ["x-lab-cluster", "x-lab-pause"]
