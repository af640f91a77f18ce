"""What is measured beside conformance."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.evidence.model import Propagation, Quality
from harness.observation import JournalView
from harness.play.classify import Classified
from harness.play.quality import Measured, asks_for_copies, lateness, repeats
from harness.scenario import load_catalogue

from .build import answered, classified, hit, outcome, seen

SCENARIO = load_catalogue([Path(__file__).parents[2] / "contract" / "pytest_interface" / "catalogue"])["charlie"]
OUTCOMES = {"late": outcome(timedOut={"after": "500ms"}), "good": outcome(backend="echo-v1")}


def with_rule(**fields):
    route = {**SCENARIO.manifests["route"][0]}
    route["spec"] = {**route["spec"], "rules": [{**route["spec"]["rules"][0], **fields}]}
    return SCENARIO.model_copy(update={"manifests": {**SCENARIO.manifests, "route": (route,)}})


def test_the_time_of_a_timeout_is_held_against_when_it_was_due():
    answers = [
        Classified(seen(answered(504), elapsed=0.512), "late"),
        Classified(seen(answered(504), elapsed=0.499), "late"),
        Classified(seen(answered(200), elapsed=0.7), "good"),
        Classified(seen(answered(504), elapsed=9.0), "other"),
    ]
    assert lateness(answers, OUTCOMES) == [0.012, -0.001]


def test_a_request_seen_twice_was_repeated():
    answers = classified("good*3 unsent void")
    ids = [one.observation.id for one in answers]
    journal = JournalView({ids[0]: (hit(),), ids[1]: (hit("a"), hit("b")), ids[4]: (hit(), hit())})
    assert repeats(answers, journal) == (2, 1)
    assert repeats(answers, JournalView(journal.hits, problems=("a gap",))) == (0, 0)


@pytest.mark.parametrize(
    ("fields", "asks"),
    [
        ({}, False),
        ({"retry": {"attempts": 2}}, True),
        ({"filters": [{"type": "RequestMirror", "requestMirror": {"backendRef": {"name": "x"}}}]}, True),
        ({"backendRefs": [{"name": "x", "filters": [{"type": "RequestMirror", "requestMirror": {"a": 1}}]}]}, True),
        ({"filters": [{"type": "ExternalAuth", "externalAuth": {"backendRef": {"name": "x"}}}]}, True),
        ({"filters": [{"type": "URLRewrite", "urlRewrite": {"hostname": "x"}}]}, False),
    ],
)
def test_routes_that_retry_mirror_or_ask_for_permission_ask_for_copies(fields, asks):
    assert asks_for_copies(with_rule(**fields)) is asks


def test_everything_measured_goes_into_one_record():
    answers = [Classified(seen(answered(504), elapsed=0.51, name=f"r-{number}"), "late") for number in range(2)]
    journal = JournalView({"r-0": (hit(), hit()), "r-1": (hit(),)})
    measured = Measured()
    measured.arrived("update", 4, 0.123456)
    measured.held(SCENARIO, answers, OUTCOMES, journal)
    measured.held(with_rule(retry={"attempts": 1}), answers, OUTCOMES, journal)
    measured.held(SCENARIO, answers, OUTCOMES, None)
    assert measured.record() == Quality(
        propagation=(Propagation(change="update", step=4, seconds=0.1235),), late=(0.01,) * 6, asked=2, repeated=1
    )
