"""What sessions carry, for how long, and who answered first."""

from hypothesis import given
from hypothesis import strategies as st

from harness.observation import Failure
from harness.play.sessions import Sessions
from harness.probe.carry import carried, with_carried

from .build import CONSUMER, answered, echo, failed, probe, seen

LINES = (("Set-Cookie", "a=1; Path=/; Secure"), ("set-cookie", "b = x=y ;HttpOnly"), ("set-cookie", "nothing"))


def test_cookies_are_names_and_values_without_attributes():
    assert carried("cookies", LINES) == [("Cookie", "a=1; b=x=y")]
    assert carried("cookies", [("set-cookie", "a=1"), ("set-cookie", "a=2")]) == [("Cookie", "a=2")]
    assert carried("cookies", [("cookie", "a=1")]) == []


def test_a_header_is_carried_as_it_is():
    assert carried("X-Session", [("x-session", "a, b"), ("x-other", "c")]) == [("X-Session", "a, b")]
    assert carried("X-Session", LINES) == []


def test_cookies_are_added_to_the_requests_own_and_a_header_replaces_its_own():
    own = [("COOKIE", "z=0"), ("x-session", "old"), ("host", "h")]
    assert with_carried(own, [("Cookie", "a=1")]) == [("COOKIE", "z=0; a=1"), *own[1:]]
    assert with_carried(own, [("X-Session", "new")]) == [own[0], own[2], ("X-Session", "new")]
    assert with_carried(own, []) == own


@given(st.lists(st.tuples(st.sampled_from(["set-cookie", "x"]), st.text())))
def test_any_cookie_can_be_carried(lines):
    session = carried("cookies", lines)
    assert len(session) <= 1
    assert all(";" not in part for _, value in session for part in value.split("; "))


class TestAcrossBatches:
    def first(self, sessions, *observations, **fields):
        return sessions.first_pod("p", probe(**fields), observations)

    def test_a_batch_has_a_session_of_its_own(self):
        sessions = Sessions()
        by = answered(200, echo(), headers=LINES)
        assert self.first(sessions, failed(Failure.RESET), seen(by), carry="cookies") == "echo-v1-pod"
        assert sessions.carried("p", CONSUMER) is None
        assert self.first(sessions, seen(answered(200, echo("echo-v2"))), carry="cookies") == "echo-v2-pod"

    def test_or_shares_that_of_the_scenario(self):
        sessions = Sessions()
        across = {"carry": "cookies", "carryAcross": True}
        assert self.first(sessions, failed(Failure.RESET), **across) == ""
        assert sessions.carried("p", CONSUMER) is None
        assert self.first(sessions, seen(answered(200, echo(), headers=LINES)), **across) == "echo-v1-pod"
        assert sessions.carried("p", CONSUMER) == (("Cookie", "a=1; b=x=y"),)
        assert self.first(sessions, seen(answered(200, echo("echo-v2"))), **across) == "echo-v1-pod"
        assert sessions.carried("other", CONSUMER) is None

    def test_an_answer_that_sets_nothing_begins_none_that_lasts(self):
        sessions = Sessions()
        across = {"carry": "cookies", "carryAcross": True}
        assert self.first(sessions, seen(answered(200, echo())), **across) == "echo-v1-pod"
        assert self.first(sessions, seen(answered(200, echo("echo-v2"), headers=LINES)), **across) == "echo-v2-pod"
        assert self.first(sessions, seen(answered(200, echo())), **across) == "echo-v2-pod"

    def test_the_first_answer_of_a_batch_that_sets_something_begins_it(self):
        sessions = Sessions()
        across = {"carry": "cookies", "carryAcross": True}
        before, after = answered(200, echo()), answered(200, echo("echo-v2"), headers=LINES)
        assert self.first(sessions, seen(before), seen(after), seen(before), **across) == "echo-v1-pod"
        assert sessions.carried("p", CONSUMER) == (("Cookie", "a=1; b=x=y"),)
        assert self.first(sessions, seen(before), **across) == "echo-v2-pod"

    def test_an_answer_of_the_mesh_begins_it_without_a_pod(self):
        sessions = Sessions()
        assert self.first(sessions, seen(answered(503)), seen(answered(200, echo()))) == ""
