"""The catalogue of statements: complete, consistent, and refused where it is not."""

from __future__ import annotations

from collections import Counter
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spec import features, requirements
from spec.documents import SpecError, read

ENTRY = {
    "id": "attachment.example",
    "strength": "MUST",
    "support": "core",
    "since": "v1.1.0/standard",
    "sources": ["apis/v1/shared_types.go ParentReference.Group"],
    "statement": "Something is so.",
    "how_to_test": "Look at it.",
    "upstream_mesh_test": "none",
    "upstream_coverage": "none",
}
UPSTREAM = {"repository": "https://example.org/api", "commit": "abc1234", "release": "v1.6.1"}


def parsed(*entries: dict[str, Any]) -> dict[str, requirements.Requirement]:
    return requirements.parse({"upstream": UPSTREAM, "requirements": list(entries)})


def changed(**fields: Any) -> requirements.Requirement:
    return parsed(ENTRY | fields)["attachment.example"]


def test_the_catalogue_has_every_statement_once():
    catalogue = requirements.load()
    assert len(catalogue) == 301
    assert [requirement.id for requirement in catalogue.values()] == list(catalogue)


def test_the_catalogue_is_read_once():
    assert requirements.load() is requirements.load()


def test_areas_are_those_of_the_scenarios():
    assert Counter(requirement.area for requirement in requirements.load().values()) == {
        "attachment": 34,
        "producer-consumer": 21,
        "frontend-backend": 11,
        "matching": 25,
        "precedence": 15,
        "backends": 16,
        "weights": 10,
        "filters": 53,
        "timeouts": 12,
        "retries": 11,
        "session": 14,
        "protocols": 7,
        "grpc": 18,
        "status": 20,
        "lifecycle": 15,
        "mesh-resource": 12,
        "tcp-tls": 7,
    }


def test_every_feature_is_known():
    assert {one.feature for one in requirements.load().values() if one.feature} <= set(features.load())


def test_a_core_statement_does_not_rest_on_an_extended_feature():
    known = features.load()
    for requirement in requirements.load().values():
        if requirement.support == "core" and requirement.feature:
            assert known[requirement.feature].support == "core", requirement.id


def test_no_statement_is_older_than_its_feature():
    known = features.load()
    for requirement in requirements.load().values():
        if requirement.feature:
            feature = known[requirement.feature]
            assert requirement.since_version >= requirements.release_of(feature.since), requirement.id


def test_texts_are_whole():
    for requirement in requirements.load().values():
        assert requirement.statement.endswith("."), requirement.id
        assert requirement.statement == " ".join(requirement.statement.split()), requirement.id


def test_a_source_is_rendered_as_a_link_to_the_pinned_revision():
    requirement = requirements.load()["attachment.unmatched-rejected"]
    base = "https://github.com/kubernetes-sigs/gateway-api/blob/4564255ac/"
    assert requirement.link == base + "apis/v1/httproute_types.go"
    assert requirement.links[1] == base + "site/content/en/docs/mesh/mesh-overview.md"
    assert requirement.source.startswith("apis/v1/httproute_types.go HTTPRouteRule.Matches (last paragraph); site/")


def test_the_release_is_told_apart_from_the_channel():
    requirement = changed(since="v1.4.0/experimental")
    assert (requirement.since_version, requirement.since_channel) == ((1, 4), "experimental")


@pytest.mark.parametrize(
    ("fields", "judgement"),
    [
        ({}, "fail"),
        ({"support": "extended"}, "fail"),
        ({"support": "experimental"}, "fail"),
        ({"strength": "SHOULD"}, "deviation"),
        ({"contested": True}, "deviation"),
        ({"strength": "MAY"}, "observed"),
        ({"strength": "informational"}, "observed"),
        ({"strength": "MAY", "contested": True}, "observed"),
        ({"support": "implementation-specific"}, "observed"),
    ],
)
def test_what_a_wrong_outcome_means(fields: dict[str, Any], judgement: str):
    assert changed(**fields).judged_as == judgement


@given(st.lists(st.sampled_from(["MUST", "SHOULD", "MAY"]), min_size=1, max_size=5))
def test_the_strongest_statement_decides(strengths: list[Any]):
    proven = [replace(changed(), strength=strength) for strength in strengths]
    expected = "fail" if "MUST" in strengths else "deviation" if "SHOULD" in strengths else "observed"
    assert requirements.strongest(proven) == expected


def test_nothing_proven_is_an_observation():
    assert requirements.strongest([]) == "observed"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"strenght": "MUST"}, "attachment.example: unknown strenght"),
        ({"strength": "must"}, "attachment.example: strength is 'must', expected one of: MUST, SHOULD, MAY, inf"),
        ({"support": "optional"}, "support is 'optional', expected one of: core, extended"),
        ({"upstream_coverage": "some"}, "upstream_coverage is 'some'"),
        ({"since": "v1.4"}, "since is 'v1.4', expected for example v1.4.0/standard"),
        ({"sources": []}, "sources must list at least one place"),
        ({"sources": ["the docs"]}, "source 'the docs' does not begin with a file"),
        ({"statement": " "}, "statement must be a text that is not empty"),
        ({"contested": "yes"}, "contested is true or left out"),
        ({"id": "No dots"}, "an id is AREA.NAME in lower case"),
    ],
)
def test_a_wrong_entry_is_named(fields: dict[str, Any], message: str):
    with pytest.raises(SpecError) as caught:
        parsed(ENTRY | fields)
    assert message in str(caught.value)


@pytest.mark.parametrize("key", [key for key in ENTRY if key != "id"])
def test_a_missing_field_is_named(key: str):
    entry = deepcopy(ENTRY)
    del entry[key]
    with pytest.raises(SpecError, match=f"attachment.example: missing {key}"):
        parsed(entry)


def test_an_id_that_occurs_twice_is_refused():
    with pytest.raises(SpecError, match=r"attachment\.example occurs twice"):
        parsed(ENTRY, ENTRY)


def test_an_entry_that_is_no_mapping_is_counted():
    with pytest.raises(SpecError, match="entry 2: expected a mapping, found str"):
        requirements.parse({"upstream": UPSTREAM, "requirements": [ENTRY, "attachment.x"]})


def test_a_file_that_does_not_parse_is_named(tmp_path, monkeypatch):
    (tmp_path / "broken.yaml").write_text("a: [1\n", encoding="utf-8")
    monkeypatch.setattr("spec.documents.ROOM", tmp_path)
    with pytest.raises(SpecError, match=r"spec/broken\.yaml: "):
        read("broken.yaml")
