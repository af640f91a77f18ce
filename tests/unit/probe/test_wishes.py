import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.probe.wishes import GRPC_STATUSES, WishError, Wishes, wishes_of

NAMES = ("delay", "status", "fail", "fail-delay", "reset", "body-delay", "size", "header", "close", "grpc-status", "at")


def wished(attempt: int = 1, **wishes: str) -> Wishes:
    return wishes_of([(f"x-gamma-echo-{name.replace('_', '-')}", value) for name, value in wishes.items()], attempt)


def test_without_wishes_the_answer_is_plain():
    assert wishes_of([("host", "h"), ("x-gamma-id", "a-1"), ("x-gamma-echo", "mark")], 1) == Wishes()


@pytest.mark.parametrize(("attempt", "status"), [(1, 503), (2, 503), (3, 200)])
def test_the_first_arrivals_fail(attempt, status):
    assert wished(attempt, fail="2").status == status


@pytest.mark.parametrize(
    ("fail", "status", "grpc_status"),
    [("1", 503, "UNAVAILABLE"), ("1:500", 500, None), ("1:RESOURCE_EXHAUSTED", 503, "RESOURCE_EXHAUSTED")],
)
def test_a_failure_has_the_status_that_is_asked_for(fail, status, grpc_status):
    number = None if grpc_status is None else GRPC_STATUSES.index(grpc_status)
    assert (wished(fail=fail).status, wished(fail=fail).grpc_status) == (status, number)
    assert wished(2, fail=fail, status="201", grpc_status="OK") == Wishes(status=201, grpc_status=0)


def test_the_first_arrivals_wait_longer_or_shorter_than_the_others():
    assert [wished(n, fail_delay="1:2s", delay="100ms").delay for n in (1, 2)] == [2.0, 0.1]
    assert [wished(n, fail_delay="1:2s").delay for n in (1, 2)] == [2.0, 0.0]


def test_the_first_arrivals_are_reset():
    assert [wished(n, reset="2").reset for n in (1, 2, 3)] == [True, True, False]


def test_headers_are_added_in_order():
    asked = [("x-gamma-echo-header", "Set-Cookie=a=1; Path=/"), ("x-gamma-echo-header", "X-B= c ")]
    assert wishes_of(asked, 1).headers == (("set-cookie", "a=1; Path=/"), ("x-b", "c"))


def test_lines_that_a_proxy_has_joined_are_taken_apart():
    joined = [("x-gamma-echo-header", "X-A=1, x-b=2,x-c=a, b; Expires=Thu, 01 Jan, x-d=")]
    wanted = (("x-a", "1"), ("x-b", "2"), ("x-c", "a, b; Expires=Thu, 01 Jan"), ("x-d", ""))
    assert wishes_of(joined, 1).headers == wanted


def test_the_rest():
    found = wished(body_delay="1s", size="10", close="true", grpc_status="UNAVAILABLE")
    assert found == Wishes(body_delay=1.0, size=10, close=True, grpc_status=14)


@pytest.mark.parametrize(("workload", "status"), [("echo-v3", 503), ("echo-v2", 200), ("", 200)])
def test_wishes_for_one_workload_are_nothing_to_others(workload, status):
    asked = [("x-gamma-echo-at", "echo-v3"), ("x-gamma-echo-status", "503"), ("x-gamma-echo-header", "a=b")]
    assert wishes_of(asked, 1, workload) == Wishes(status=status, headers=(("a", "b"),) if status == 503 else ())


def test_of_a_repeated_wish_the_first_counts():
    assert wishes_of([("x-gamma-echo-status", "503"), ("x-gamma-echo-status", "nonsense")], 1).status == 503


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("delay", "soon"),
        ("status", "99"),
        ("status", "\xb2\xb2\xb2"),
        ("fail", "often"),
        ("fail", "-1"),
        ("fail", "1:99"),
        ("fail", "1:FINE"),
        ("fail", "99999999999999999999"),
        ("fail-delay", "1"),
        ("fail-delay", "1:soon"),
        ("reset", "yes"),
        ("body-delay", "1"),
        ("size", "1e3"),
        ("size", str(1 << 30)),
        ("header", "no equals sign"),
        ("header", "content-length=5"),
        ("header", "x-gamma-echo=a/b/c/1"),
        ("header", "a=b\nc"),
        ("close", "yes"),
        ("grpc-status", "14"),
        ("dealy", "2s"),
    ],
)
def test_what_cannot_be_read_is_told_with_the_headers_name(name, value):
    with pytest.raises(WishError, match=f"x-gamma-echo-{name}"):
        wishes_of([(f"x-gamma-echo-{name}", value)], 1)


@given(
    st.lists(st.tuples(st.sampled_from([f"x-gamma-echo-{name}" for name in NAMES]), st.text(max_size=12))),
    st.integers(1, 5),
)
def test_nothing_but_a_wish_error_is_ever_raised(headers, attempt):
    try:
        found = wishes_of(headers, attempt)
    except WishError:
        return
    assert 200 <= found.status <= 599
    assert found.delay >= 0


@given(st.integers(0, 9), st.integers(1, 12))
def test_failing_stops_after_the_number_that_is_asked_for(failures, attempt):
    assert (wished(attempt, fail=str(failures)).status == 503) == (attempt <= failures)
