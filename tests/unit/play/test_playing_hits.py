"""Outcomes that rest on journals: copies that are late, missing or too many, and journals that cannot be believed."""

import pytest

from harness.evidence.model import Kind, Verdict
from harness.observation import Hit

from .world import Reply, World, from_echo, scenario

COPY = Hit("echo-v2-pod", "gamma-producer", "echo-v2", 1, method="GET", path="/")


def mirrored(request, *, after=0.0, share=1.0) -> Reply:
    """A mesh that copies this share of the requests to echo-v2 once the route is there, this much later."""
    one = from_echo()
    if request.since("HTTPRoute", "front") is None or request.number % 10 >= share * 10:
        return one
    return Reply(one.answer, (*one.hits, COPY), copies_after=after)


def mirrors(expect="mirrored", **changes):
    return scenario(
        outcomes={
            "mirrored": {"backend": "echo-v1", "hits": {"echo-v2": {"min": 1, "max": 1}}},
            "plain": {"backend": "echo-v1", "hits": {"echo-v2": {"max": 0}}},
        },
        probes={"matched": {"from": "consumer", "url": "http://front.gamma-producer/known"}},
        steps=[
            {"apply": "services"},
            {"await": {"matched": "plain"}},
            {"apply": "route"},
            {"await": {"matched": "mirrored"}},
            changes.pop("judge", None)
            or {
                "hold": "2s",
                "checks": [
                    {"check": "it", "proves": ["matching.path-prefix-segments"], "probe": "matched", "expect": expect}
                ],
            },
        ],
        **changes,
    )


def verdict(world, scenario):
    (check,) = world.play(scenario).checks
    return check.verdict, check.kind


def test_copies_are_found(tmp_path):
    assert verdict(World(tmp_path, mirrored), mirrors()) == (Verdict.PASS, None)


@pytest.mark.parametrize("after", [0.4, 0.7, 0.9])
def test_a_late_copy_is_waited_for(tmp_path, after):
    assert verdict(World(tmp_path, lambda request: mirrored(request, after=after)), mirrors()) == (Verdict.PASS, None)


def test_a_copy_that_never_comes_is_missing(tmp_path):
    def behave(request):
        return mirrored(request, share=0.9 if request.number >= 6 else 1.0)  # right in every await

    assert verdict(World(tmp_path, behave), mirrors()) == (Verdict.FAIL, Kind.WRONG)


def test_without_whole_journals_nothing_is_concluded(tmp_path):
    for expect in ("mirrored", "plain"):
        world = World(tmp_path, lambda request: mirrored(request, share=0.9))
        world.sender.journal_problems = ("a gap",)
        assert verdict(world, mirrors(expect))[0] is not Verdict.PASS


@pytest.mark.parametrize(("share", "expected"), [(0.5, Verdict.PASS), (0.8, Verdict.FAIL)])
def test_shares_of_copies_are_judged(tmp_path, share, expected):
    judge = {
        "mix": {"probe": "matched", "detects": 5},
        "checks": [
            {
                "check": "it",
                "proves": ["matching.path-prefix-segments"],
                "probe": "matched",
                "expect": {"mirrored": 50, "plain": 50},
            }
        ],
    }

    def behave(request):
        return mirrored(request, share=share if request.number >= 6 else 1.0, after=0.7)

    assert verdict(World(tmp_path, behave), mirrors(judge=judge))[0] is expected
