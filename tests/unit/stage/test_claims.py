"""Claimed, disclaimed, undeclared: by profile, by option, by what the cluster publishes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.claims import STATES, Features, adjust, is_core, table
from harness.errors import UsageError
from spec import features

NAMES = tuple(features.load())
CORE = tuple(name for name in NAMES if is_core(name))
CORS, RETRY, METHOD = "HTTPRouteCORS", "HTTPRouteRetry", "HTTPRouteMethodMatching"
PROFILE = Features(claimed=(METHOD,), disclaimed=(RETRY,))


def test_core_features_are_claimed_whatever_the_profile_leaves_out():
    assert CORE == ("Mesh", "HTTPRoute", "GRPCRoute")
    assert {Features().state(name) for name in CORE} == {"claimed"}


def test_grpc_routes_alone_can_be_disclaimed_among_the_core():
    assert Features(disclaimed=("GRPCRoute",)).state("GRPCRoute") == "disclaimed"
    for name in ("Mesh", "HTTPRoute"):
        with pytest.raises(ValueError, match=f"{name} is core: of the core features GRPCRoute alone"):
            Features(disclaimed=(name,))


@given(st.sets(st.sampled_from(NAMES)), st.sets(st.sampled_from([name for name in NAMES if name not in CORE])))
def test_every_feature_is_in_one_state(claimed, disclaimed):
    declared = Features(claimed=tuple(claimed - disclaimed), disclaimed=tuple(disclaimed))
    assert sorted(name for state in STATES for name in declared.in_state(state)) == sorted(NAMES)


@pytest.mark.parametrize(
    ("options", "states", "strict"),
    [
        ([], {CORS: "undeclared", RETRY: "disclaimed", METHOD: "claimed"}, False),
        ([CORS], {CORS: "claimed", RETRY: "disclaimed", METHOD: "claimed"}, False),
        ([f"-{METHOD}, {RETRY}"], {CORS: "undeclared", RETRY: "claimed", METHOD: "disclaimed"}, False),
        (["strict"], {CORS: "undeclared", RETRY: "disclaimed", METHOD: "claimed"}, True),
        (["all"], {CORS: "claimed", RETRY: "claimed", METHOD: "claimed"}, False),
        (["all", f"-{CORS}"], {CORS: "disclaimed", RETRY: "claimed", METHOD: "claimed"}, False),
        ([f"-{CORS},all,strict"], {CORS: "claimed", RETRY: "claimed", METHOD: "claimed"}, True),
        (["-GRPCRoute"], {"GRPCRoute": "disclaimed"}, False),
    ],
)
def test_options_change_what_the_profile_says(options, states, strict):
    declared, is_strict = adjust(PROFILE, options)
    assert {name: declared.state(name) for name in states} == states
    assert is_strict is strict


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("HTTPRouteCORSS", "--features HTTPRouteCORSS: neither all, strict nor a feature.*\n.*'HTTPRouteCORS'"),
        ("-strict", "--features -strict: neither"),
        ("", "--features : neither"),
        ("-HTTPRoute", "--features -HTTPRoute: a core feature.*\n.*GRPCRoute is the only one"),
        ("-Mesh", "--features -Mesh: a core feature"),
    ],
)
def test_a_wrong_option_is_refused(option, message):
    with pytest.raises(UsageError, match=message):
        adjust(Features(), [option])


def test_what_the_cluster_publishes_counts_where_nothing_else_is_said():
    known = PROFILE.adding([CORS, RETRY, METHOD, "HTTPRouteOfTomorrow"])
    assert (known.state(CORS), known.state(RETRY), known.state(METHOD)) == ("claimed", "disclaimed", "claimed")


def test_the_header_says_who_said_so():
    found = {claim.name: claim for claim in table(PROFILE, [CORS, RETRY])}
    assert list(found) == list(NAMES)
    assert {name: (found[name].state, found[name].by) for name in (CORS, RETRY, METHOD, "Mesh", "TCPRoute")} == {
        CORS: ("claimed", "cluster"),
        RETRY: ("disclaimed", "profile"),
        METHOD: ("claimed", "profile"),
        "Mesh": ("claimed", "specification"),
        "TCPRoute": ("undeclared", ""),
    }
