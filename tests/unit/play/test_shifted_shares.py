"""Shares that are off by what a check promises to see: what the samples of the catalogue are worth, and twenty runs."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.evidence.model import Verdict
from harness.play.judge import Circumstances, judge_mix
from harness.play.statistics import FALSE_ALARM, MISS, Plan, between, plan
from harness.scenario.load import load_catalogue
from harness.scenario.model import Mix

from .build import series

CATALOGUE = load_catalogue([Path(__file__).parents[3] / "scenarios"])
RUNS = 20
Shares = dict[str, float]


def mixes() -> Iterator[tuple[str, Shares, float]]:
    """Every check of proportions: its id, its shares in percent, and the shift that it promises to see."""
    for scenario in CATALOGUE.values():
        for step in scenario.steps:
            if isinstance(step, Mix):
                for check in step.checks:
                    assert isinstance(check.expect, dict), "a mix expects shares"
                    total = sum(check.expect.values())
                    shares = {name: 100 * share / total for name, share in check.expect.items()}
                    yield f"{scenario.id}/{check.id}", shares, step.mix.detects


MIXES = list(mixes())
SPLITS = [(name, shares, detects) for name, shares, detects in MIXES if sorted(shares.values()) == [30, 70]]
SEEING_FIVE = [each for each in SPLITS if each[2] <= 5]
SEEING_TEN = [each for each in SPLITS if each[2] <= 10]


@pytest.mark.parametrize(("check", "shares", "detects"), MIXES, ids=[check for check, _, _ in MIXES])
def test_a_shift_of_what_is_promised_is_hardly_ever_missed(check: str, shares: Shares, detects: float) -> None:
    drawn = plan(shares, detects)
    for name, share in shares.items():
        low, high = drawn.limits[name]
        for shifted in (share - detects, share + detects):
            if 0 <= shifted <= 100:
                assert between(drawn.size, shifted / 100, low, high) <= MISS, (check, name, shifted)
        assert between(drawn.size, share / 100, low, high) >= 1 - FALSE_ALARM


def test_the_catalogue_has_splits_to_try() -> None:
    assert [check for check, _, _ in SEEING_FIVE] == ["proportions/split-70-30"]
    assert len(SEEING_TEN) >= 3


def verdicts(shares: Shares, detects: float, larger: float, seed: int) -> list[Verdict]:
    """Twenty runs of a mesh that gives so many percent to the backend with the larger share."""
    drawn, chance = plan(shares, detects), random.Random(seed)
    more, less = sorted(shares, key=lambda name: -shares[name])
    return [
        judged(drawn, [more if chance.random() * 100 < larger else less for _ in range(drawn.size)])
        for _ in range(RUNS)
    ]


def judged(drawn: Plan, names: list[str]) -> Verdict:
    sampled = (series(" ".join(names), wanted=drawn.size),)
    return judge_mix(sampled, drawn, {}, Circumstances(), consequence=Verdict.FAIL, detects=5).verdict


@pytest.mark.parametrize(("check", "shares", "detects"), SEEING_FIVE, ids=[check for check, _, _ in SEEING_FIVE])
def test_a_true_75_to_25_never_passes_where_five_points_are_seen(check: str, shares: Shares, detects: float) -> None:
    assert verdicts(shares, detects, 75, seed=75) == [Verdict.FAIL] * RUNS, check


@pytest.mark.parametrize(("check", "shares", "detects"), SEEING_TEN, ids=[check for check, _, _ in SEEING_TEN])
def test_a_true_80_to_20_never_passes_where_ten_points_are_seen(check: str, shares: Shares, detects: float) -> None:
    assert verdicts(shares, detects, 80, seed=80) == [Verdict.FAIL] * RUNS, check


@pytest.mark.parametrize(("check", "shares", "detects"), SEEING_TEN, ids=[check for check, _, _ in SEEING_TEN])
def test_a_true_70_to_30_passes(check: str, shares: Shares, detects: float) -> None:
    assert verdicts(shares, detects, 70, seed=70) == [Verdict.PASS] * RUNS, check
