"""When an earlier outcome covers a later one, so that the later one is never reached."""

from __future__ import annotations

from typing import Any

import pytest

from harness.scenario.model import Outcome
from harness.scenario.rules.outcomes import covers

V1, V2 = {"backend": "echo-v1"}, {"backend": "echo-v2"}
STAMPED = {"backendSees": {"headers": {"x-gamma-route": "a"}}}
UNSTAMPED = {"backendSees": {"absent": ["X-Gamma-Route"]}}


@pytest.mark.parametrize(
    ("broad", "narrow"),
    [
        (V1, V1),
        (V1, {"backend": "producer/echo-v1"}),
        (V1, {"backend": "echo-v1:8081"}),
        (V1, V1 | STAMPED),
        (V1 | STAMPED, V1 | {"backendSees": {"headers": {"X-Gamma-Route": ["a"]}, "path": "/x"}}),
        (UNSTAMPED, V1 | {"backendSees": {"absent": ["x-gamma-route", "x-other"]}}),
        ({"backendSees": {}}, V1),
        ({"rejected": [404, 500]}, {"rejected": 404}),
        ({"rejected": [504]}, {"timedOut": {"after": "1s"}}),
        ({"clientSees": {"status": [404, 500]}}, {"rejected": [404]}),
        ({"clientSees": {"status": 504}}, {"timedOut": {"after": "1s"}}),
        ({"timedOut": {"after": "1s"}}, {"timedOut": {"after": "2s", "early": "500ms"}}),
        ({"elapsed": {"max": "2s"}}, {"elapsed": {"min": "1s", "max": "1500ms"}}),
        ({"backendHits": {"min": 1}}, {"backendHits": {"min": 2, "max": 3}}),
    ],
)
def test_the_broader_outcome_covers(broad: dict[str, Any], narrow: dict[str, Any]) -> None:
    assert covers(Outcome.model_validate(broad), Outcome.model_validate(narrow))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (V1, V2),
        (V1, {"backend": "consumer/echo-v1"}),
        ({"backend": "echo-v1:8080"}, V1),
        (V1 | STAMPED, V1),
        (V1 | STAMPED, V1 | UNSTAMPED),
        ({"backendSees": {"path": "/a"}}, {"backendSees": {"path": "/b"}}),
        ({"rejected": [404]}, {"rejected": [404, 500]}),
        ({"rejected": [404]}, {"timedOut": {"after": "1s"}}),
        ({"rejected": [404]}, V1),
        ({"clientSees": {"status": 200}}, V1),
        ({"timedOut": {"after": "1s"}}, {"rejected": [504]}),
        ({"timedOut": {"after": "2s"}}, {"timedOut": {"after": "1s"}}),
        ({"timedOut": {"after": "1s"}, "elapsed": {"max": "3s"}}, {"timedOut": {"after": "1s"}}),
        ({"elapsed": {"min": "1s"}}, V1),
        ({"clientSees": {"body": "a"}}, {"clientSees": {"body": "b"}}),
        ({"backendHits": {"max": 1}}, {"backendHits": {"max": 2}}),
    ],
)
def test_an_outcome_with_room_beside_it_does_not_cover(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert not covers(Outcome.model_validate(one), Outcome.model_validate(other))
