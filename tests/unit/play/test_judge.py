import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.evidence.model import Kind, Verdict
from harness.observation import JournalView
from harness.play.judge import Circumstances, judge_hold, judge_mix
from harness.play.statistics import Plan

from .build import classified, hit, outcome, series

OUTCOMES = {"good": outcome(backend="echo-v1"), "bad": outcome(backend="echo-v2"), "gone": outcome(rejected=[404])}


def journal_of(*all_series, problems=()):
    hits = {a.observation.id: (hit(),) for s in all_series for a in s.answers if a.observation.answer.echo}
    return JournalView(hits, frozenset({"echo-v1-pod"}), tuple(problems))


def judge(*given_series, witnesses=(), journal=None, disturbed="", consequence=Verdict.FAIL):
    return judge_hold(given_series, OUTCOMES, Circumstances(tuple(witnesses), journal, disturbed), consequence)


def witness(names="good*60", **more):
    return series(names, "good", backend=True, **more)


def test_right_answers_pass():
    judged = judge(series("good*60"))
    assert (judged.verdict, judged.kind, judged.samples) == (Verdict.PASS, None, 60)
    assert judged.detectable == pytest.approx(0.0487, abs=1e-4)


@pytest.mark.parametrize("place", [0, 9, 10, 30, 59])
@pytest.mark.parametrize("wrong", ["bad", "other", "broken", "silent"])
def test_one_other_outcome_fails(place, wrong):
    names = ["good"] * 60
    names[place] = wrong
    judged = judge(series(" ".join(names)))
    assert judged.verdict is Verdict.FAIL
    assert judged.kind is (Kind.WRONG if place < 10 else Kind.REGRESSED)
    assert f"1 {wrong}" in judged.reason


def test_one_client_that_fails_is_enough():
    assert judge(series("good*60"), series("bad*60")).kind is Kind.WRONG


def test_a_leak_has_its_own_kind():
    assert judge(series("good*59 other", leaked=True)).kind is Kind.LEAKED


@pytest.mark.parametrize("consequence", [Verdict.DEVIATION, Verdict.OBSERVED])
def test_weaker_statements_have_weaker_consequences(consequence):
    assert judge(series("bad*60"), consequence=consequence).verdict is consequence


def test_a_statement_that_demands_nothing_does_not_pass_either():
    assert judge(series("good*60"), consequence=Verdict.OBSERVED).verdict is Verdict.OBSERVED


class TestWhatWeCouldNotObserve:
    def test_unsent_above_one_percent_is_an_error(self):
        assert judge(series("good*60 unsent*2")).verdict is Verdict.ERROR

    def test_a_single_unsent_request_of_many_is_not(self):
        assert judge(series("good*150 unsent")).verdict is Verdict.PASS

    def test_only_unsent_is_an_error(self):
        assert judge(series("unsent*60")).verdict is Verdict.ERROR

    def test_too_few_answers_are_an_error(self):
        assert judge(series("good*59")).verdict is Verdict.ERROR

    def test_void_answers_do_not_count(self):
        judged = judge(series("good*59 void*40"))
        assert judged.verdict is Verdict.ERROR
        assert "late" in judged.reason
        assert judge(series("good*60 void*40")).verdict is Verdict.PASS

    def test_nothing_at_all_is_an_error(self):
        assert judge(series("")).verdict is Verdict.ERROR
        assert judge().verdict is Verdict.ERROR

    def test_a_wrong_answer_that_was_seen_is_not_excused_by_others_that_were_not(self):
        assert judge(series("good*40 bad unsent*20")).verdict is Verdict.FAIL

    def test_a_restarted_pod_voids_even_wrong_answers(self):
        judged = judge(series("broken*60"), disturbed="gamma-producer/echo-v1-x was restarted")
        assert judged.verdict is Verdict.ERROR
        assert "restarted" in judged.reason


class TestAbsence:
    gone = series("gone*60", "gone")

    def test_is_believed_with_a_working_journal(self):
        w = witness()
        assert judge(self.gone, witnesses=[w], journal=journal_of(w)).verdict is Verdict.PASS

    @pytest.mark.parametrize("problem", ["overflow", "gap", "another pod UID", "a pod could not be asked"])
    def test_is_an_error_with_a_journal_that_is_not_complete(self, problem):
        w = witness()
        judged = judge(self.gone, witnesses=[w], journal=journal_of(w, problems=[problem]))
        assert judged.verdict is Verdict.ERROR
        assert problem in judged.reason

    def test_is_an_error_without_a_journal(self):
        assert judge(self.gone, witnesses=[witness()]).verdict is Verdict.ERROR

    def test_is_an_error_when_the_journal_lacks_a_witness(self):
        w = witness()
        journal = journal_of(w)
        del journal.hits[w.answers[17].observation.id]
        assert judge(self.gone, witnesses=[w], journal=journal).verdict is Verdict.ERROR

    def test_is_an_error_when_another_pod_claims_the_witness(self):
        w = witness()
        journal = journal_of(w)
        journal.hits[w.answers[3].observation.id] = (hit("another-pod"),)
        assert judge(self.gone, witnesses=[w], journal=journal).verdict is Verdict.ERROR

    def test_is_an_error_when_no_backend_answered_anything(self):
        assert judge(self.gone, journal=JournalView()).verdict is Verdict.ERROR

    def test_a_gap_does_not_excuse_an_answer_that_was_plainly_wrong(self):
        judged = judge(series("bad*60", "gone"), journal=journal_of(problems=["gap"]))
        assert judged.verdict is Verdict.FAIL

    def test_a_gap_does_not_touch_checks_that_do_not_rest_on_absence(self):
        assert judge(series("good*60"), journal=journal_of(problems=["gap"])).verdict is Verdict.PASS


def test_counts_of_hits_are_an_error_without_a_complete_journal():
    outcomes = {"once": outcome(backend="echo-v1", backendHits={"max": 1}), "more": outcome(backend="echo-v1")}
    for names in ("once*60", "more*60"):
        one = series(names, "once", backend=True)
        around = Circumstances((), journal_of(one, problems=["gap"]), "")
        assert judge_hold([one], outcomes, around, Verdict.FAIL).verdict is Verdict.ERROR


class TestWitness:
    def test_that_lost_its_outcome_never_lets_a_check_pass(self):
        w = witness("good*30 other*30")
        judged = judge(TestAbsence.gone, witnesses=[w], journal=journal_of(w))
        assert (judged.verdict, judged.kind) == (Verdict.FAIL, Kind.REGRESSED)
        assert "witness" in judged.reason

    def test_that_could_not_be_observed_is_an_error(self):
        w = witness("good*10 unsent*50")
        assert judge(series("good*60"), witnesses=[w]).verdict is Verdict.ERROR

    def test_that_is_lost_is_no_excuse_for_a_wrong_outcome(self):
        judged = judge(series("bad*60"), witnesses=[witness("other*60")])
        assert judged.kind is Kind.WRONG


@given(
    names=st.lists(st.sampled_from(["good", "bad", "other", "broken", "silent", "unsent", "void"]), max_size=150),
    lost=st.booleans(),
    problems=st.booleans(),
)
def test_a_pass_always_means_sixty_right_answers_and_nothing_else(names, lost, problems):
    w = witness("good*30 bad" if lost else "good*60")
    one = series(" ".join(names))
    judged = judge(one, witnesses=[w], journal=journal_of(w, problems=["gap"] if problems else []))
    counted = {name: names.count(name) for name in set(names)}
    foreign = set(names) - {"good", "unsent", "void"}
    if judged.verdict is Verdict.PASS:
        assert counted.get("good", 0) >= 60
        assert not foreign
        assert not lost
        assert counted.get("unsent", 0) <= len(names) / 100
    if judged.verdict is Verdict.FAIL:
        assert foreign or lost
    if foreign:
        assert judged.verdict is Verdict.FAIL


class TestMix:
    plan = Plan(100, {"a": (60, 80), "b": (20, 40)})

    def judge(self, names, disturbed=""):
        return self.mix([series(names, "", wanted=100)], around=Circumstances(disturbed=disturbed))

    def mix(self, sampled, outcomes=None, around=Circumstances()):  # noqa: B008 - frozen
        return judge_mix(sampled, self.plan, outcomes or {}, around, consequence=Verdict.FAIL, detects=5)

    def test_inside_the_limits_passes(self):
        assert self.judge("a*70 b*30").verdict is Verdict.PASS
        assert self.judge("a*60 b*40").detectable == 0.05

    @pytest.mark.parametrize("names", ["a*81 b*19", "a*59 b*41", "a*100", "b*100"])
    def test_outside_the_limits_fails(self, names):
        judged = self.judge(names)
        assert (judged.verdict, judged.kind) == (Verdict.FAIL, Kind.WRONG)

    @pytest.mark.parametrize("foreign", ["other", "broken", "silent", "c"])
    def test_any_outcome_outside_the_mix_fails(self, foreign):
        assert self.judge(f"a*70 b*30 {foreign}").verdict is Verdict.FAIL

    def test_a_sample_that_is_too_small_is_an_error(self):
        assert self.judge("a*70 b*29").verdict is Verdict.ERROR

    def test_unsent_is_made_up_for_by_spare_requests(self):
        assert self.judge("a*70 unsent b*30").verdict is Verdict.PASS
        assert self.judge("a*70 unsent*3 b*30").verdict is Verdict.ERROR

    def test_only_the_planned_size_is_judged(self):
        assert self.judge("a*70 b*30 b*20").verdict is Verdict.PASS

    def test_each_client_is_judged_by_itself(self):
        pair = [series("a*70 b*30", "", wanted=100), series("a*100", "", wanted=100)]
        assert self.mix(pair).verdict is Verdict.FAIL

    def test_every_share_is_told_with_what_is_in_order(self):
        told = self.judge("a*81 b*19 b*10").proportions
        assert [(one.outcome, one.count, one.size, one.low, one.high) for one in told] == [
            ("a", 81, 100, 60, 80),
            ("b", 19, 100, 20, 40),
        ]
        assert self.judge("a*70 b*29").proportions == ()

    def test_a_restarted_pod_voids_the_sample(self):
        assert self.judge("broken*100", disturbed="x was restarted").verdict is Verdict.ERROR

    def test_leaks_are_named(self):
        leaky = [series("a*70 b*30 other", "", wanted=100, leaked=True)]
        assert self.mix(leaky).kind is Kind.LEAKED


def test_builders_count():
    assert len(classified("a*3 b")) == 4

    @pytest.mark.parametrize("field", [{"hits": {"echo-v2": {"min": 1}}}, {"rejected": 404}, {"cut": True}])
    def test_a_mix_of_what_journals_tell_needs_them(self, field):
        sampled = [series("a*70 b*30", "", wanted=100, backend=True)]
        names = [answer.observation.id for answer in sampled[0].answers]
        whole = JournalView({name: (hit(),) for name in names}, frozenset({"echo-v1-pod"}))
        outcomes = {"a": outcome(backend="echo-v1"), "b": outcome(**field)}
        assert self.mix(sampled, outcomes, Circumstances(journal=whole)).verdict is Verdict.PASS
        gap = JournalView(whole.hits, whole.pods, ("a gap",))
        for journal in (None, gap, JournalView(dict(list(whole.hits.items())[1:]), whole.pods)):
            assert self.mix(sampled, outcomes, Circumstances(journal=journal)).verdict is Verdict.ERROR

    def test_too_few_of_what_journals_tell_is_never_blamed_on_the_mesh_without_them(self):
        sampled = [series("a*100", "", wanted=100, backend=True)]
        outcomes = {"a": outcome(backend="echo-v1"), "b": outcome(hits={"echo-v2": {"min": 1}})}
        assert (
            self.mix(sampled, outcomes, Circumstances(journal=JournalView(problems=("a gap",)))).verdict
            is Verdict.ERROR
        )
