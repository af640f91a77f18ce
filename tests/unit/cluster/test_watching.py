import threading
import time

import pytest

from harness.cluster import (
    SYNCED,
    ClusterError,
    Event,
    Ref,
    Selection,
    Stop,
    WaitTimeoutError,
    wait_for,
    wait_until,
)

from .scripted_api import listing, service, status, stream

SERVICES = Selection("v1", "Service", "shop")
PATH = "/api/v1/namespaces/shop/services"
EXPIRED = ("ERROR", {"kind": "Status", "code": 410})


def lists_and_streams(api, lists, streams):
    """A list where the request is none of a watch; each in its order, the last one again and again."""

    def answer(request):
        return (streams if "watch" in request.query else lists).pop(0)

    lists, streams = list(lists), list(streams)
    usual = api.answer
    api.answer = lambda request: answer(request) if request.path == PATH else usual(request)


def seen(cluster, until, timeout=5.0):
    events = []
    for event in cluster.watch(SERVICES, Stop.after(timeout)):
        events.append((event.type, event.object["metadata"]["name"] if event.object else ""))
        if until(events):
            return events
    raise AssertionError(events)


def test_a_watch_begins_with_what_is_there(api, cluster):
    lists_and_streams(api, [listing(7, service("a", 5))], [stream(("MODIFIED", service("a", 8)))])
    events = seen(cluster, lambda events: len(events) == 3)
    assert events == [("ADDED", "a"), (SYNCED, ""), ("MODIFIED", "a")]
    assert api.requests[-1].query["resourceVersion"] == "7"


def test_a_cut_stream_is_resumed_after_the_last_event_and_loses_none(api, cluster):
    lists_and_streams(
        api,
        [listing(7)],
        [stream(("ADDED", service("a", 8)), cut=b'{"type":"ADD'), stream(("ADDED", service("b", 9)))],
    )
    assert seen(cluster, lambda events: len(events) == 3) == [(SYNCED, ""), ("ADDED", "a"), ("ADDED", "b")]
    assert [r.query["resourceVersion"] for r in api.requests if "watch" in r.query] == ["7", "8"]


def test_bookmarks_move_the_place_to_resume_from_and_are_not_shown(api, cluster):
    mark = {"kind": "Service", "metadata": {"resourceVersion": "70"}}
    lists_and_streams(api, [listing(7)], [stream(("BOOKMARK", mark)), stream(("ADDED", service("a", 71)))])
    assert seen(cluster, lambda events: len(events) == 2) == [(SYNCED, ""), ("ADDED", "a")]
    assert api.requests[-1].query["resourceVersion"] == "70"


def test_an_expired_version_is_met_with_a_new_list_that_also_tells_what_has_gone(api, cluster):
    lists_and_streams(
        api,
        [listing(7, service("a", 5), service("b", 6)), listing(90, service("b", 80))],
        [stream(EXPIRED), stream(("ADDED", service("c", 91)))],
    )
    events = seen(cluster, lambda events: events[-1] == ("ADDED", "c"))
    assert events == [
        *[("ADDED", "a"), ("ADDED", "b"), (SYNCED, "")],
        *[("DELETED", "a"), ("ADDED", "b"), (SYNCED, ""), ("ADDED", "c")],
    ]


def test_a_watch_that_is_refused_as_expired_is_met_with_a_new_list(api, cluster):
    lists_and_streams(
        api, [listing(7), listing(90, service("a", 80))], [status(410, "Expired"), stream(("ADDED", service("b", 91)))]
    )
    assert ("ADDED", "b") in seen(cluster, lambda events: events[-1] == ("ADDED", "b"))


def test_a_server_that_fails_for_a_moment_does_not_end_the_watch(api, cluster):
    lists_and_streams(api, [listing(7)], [status(500), status(503), stream(("ADDED", service("a", 8)))])
    assert seen(cluster, lambda events: len(events) == 2) == [(SYNCED, ""), ("ADDED", "a")]


def test_a_watch_that_is_forbidden_ends_at_once_and_says_so(api, cluster):
    lists_and_streams(api, [listing(7)], [status(403, "Forbidden", "no")] * 9)
    with pytest.raises(ClusterError, match="watch services in namespace shop"):
        seen(cluster, lambda _: False)


def test_another_thread_can_end_a_watch_that_waits(api, cluster):
    lists_and_streams(api, [listing(7)], [stream(keep_open=api.closing)] * 9)
    stop, events = Stop(), []
    thread = threading.Thread(target=lambda: events.extend(cluster.watch(SERVICES, stop)))
    thread.start()
    while not events and not any("watch" in request.query for request in api.requests):
        time.sleep(0.01)
    time.sleep(0.05)
    begun = time.monotonic()
    stop.set()
    thread.join(5)
    assert not thread.is_alive()
    assert time.monotonic() - begun < 3
    assert events == [Event(SYNCED, {})]


def test_one_stop_ends_the_watches_of_several_threads(api, cluster):
    lists_and_streams(api, [listing(7)] * 2, [stream(keep_open=api.closing)] * 9)
    stop = Stop()
    threads = [threading.Thread(target=lambda: list(cluster.watch(SERVICES, stop))) for _ in range(2)]
    for thread in threads:
        thread.start()
    while sum("watch" in request.query for request in api.requests) < 2:
        time.sleep(0.01)
    time.sleep(0.05)
    begun = time.monotonic()
    stop.set()
    for thread in threads:
        thread.join(5)
    assert not any(thread.is_alive() for thread in threads)
    assert time.monotonic() - begun < 1.5


def test_waiting_needs_no_more_than_one_list_and_one_watch(api, cluster):
    ready = service("a", 9, status={"ready": True})
    lists_and_streams(api, [listing(7, service("a", 5))], [stream(("MODIFIED", ready), keep_open=api.closing)])
    ref = Ref("v1", "Service", "shop", "a")
    wait_for(cluster, ref, lambda obj: bool(obj and obj.get("status")), 5)
    assert len([request for request in api.requests if request.path == PATH]) == 2


def test_waiting_for_the_end_of_an_object(api, cluster):
    gone = stream(("DELETED", service("a", 9)), keep_open=api.closing)
    lists_and_streams(api, [listing(7, service("a", 5))], [gone])
    wait_for(cluster, Ref("v1", "Service", "shop", "a"), lambda obj: obj is None, 5)


def test_waiting_is_over_at_once_where_it_is_already_so(api, cluster):
    lists_and_streams(api, [listing(7)], [])
    wait_for(cluster, Ref("v1", "Service", "shop", "a"), lambda obj: obj is None, 5)


def test_nothing_is_decided_on_half_a_list(api, cluster):
    """All of them are there, or none is ready: a predicate must not see the first of two objects alone."""
    lists_and_streams(api, [listing(7, service("a", 5), service("b", 6))], [])
    sizes = []
    wait_until(cluster, SERVICES, lambda items: sizes.append(len(items)) or True, 5, "both")
    assert sizes == [2]


def test_waiting_in_vain_says_for_what_and_keeps_the_last_state(api, cluster):
    lists_and_streams(api, [listing(7, service("a", 5))], [stream(keep_open=api.closing)] * 9)
    with pytest.raises(WaitTimeoutError, match=r"waited 0.3 s in vain for the endpoints") as caught:
        wait_until(cluster, SERVICES, lambda _: False, 0.3, "the endpoints")
    assert list(caught.value.items) == [("shop", "a")]
