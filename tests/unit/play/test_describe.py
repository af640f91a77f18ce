import pytest

from harness.evidence.model import Sample
from harness.observation import Failure
from harness.play import describe
from harness.scenario.model import Apply, Await, Check, Client, Delete, Hold, Mix

from .build import CONSUMER, answered, classified, echo, failed, hit, outcome, probe, saw, seen


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"rejected": [404]}, "it: 404 from the mesh, seen by no backend"),
        ({"rejected": [404, 503]}, "it: 404 or 503 from the mesh, seen by no backend"),
        ({"backend": "consumer/echo-v1:8081"}, "it: answered by consumer/echo-v1:8081"),
        (
            {"backend": "echo-v1", "backendSees": {"headers": {"x-a": ["b", "c"]}, "absent": ["x-d"], "path": "/p"}},
            "it: answered by echo-v1, which sees x-a: b, c, which sees no x-d, which sees path /p",
        ),
        ({"timedOut": {"after": "500ms"}}, "it: 504 from the mesh after 500 ms"),
        (
            {"backend": "echo-v1", "elapsed": {"min": "1500ms", "max": "4s"}},
            "it: answered by echo-v1, in at least 1.5 s, in at most 4 s",
        ),
        (
            {"clientSees": {"status": 302, "headers": {"location": "/x"}, "absent": ["x-y"], "body": ""}},
            "it: status 302, with location: /x, without x-y, with the body ''",
        ),
        ({"backendHits": {"min": 1}}, "it: seen 1 to any number times by backends"),
        ({"backendHits": {"max": 2}}, "it: seen 0 to 2 times by backends"),
        ({"rejected": ["UNIMPLEMENTED", 404]}, "it: UNIMPLEMENTED or 404 from the mesh, seen by no backend"),
        ({"cut": True}, "it: refused, reset or closed without a whole answer, seen by no backend"),
        ({"backend": "echo-v1", "stays": True}, "it: answered by echo-v1, by the pod of the first answer"),
        ({"stays": False}, "it: by another pod than the first answer"),
        (
            {"hits": {"echo-v2": {"min": 1, "max": 1, "method": "GET"}, "echo-v3": {"max": 0}}},
            "it: seen once by echo-v2, each with method GET, seen 0 times by echo-v3",
        ),
        (
            {"hits": {"echo-v2": {"min": 2, "apart": "100ms"}}},
            "it: seen 2 to any number times by echo-v2, at least 100 ms apart",
        ),
        (
            {"clientSees": {"contains": {"allow": ["GET", "PUT"]}, "lacks": {"vary": ["a", "b"]}}},
            "it: with GET and PUT in allow, without a or b in vary",
        ),
        ({"clientSees": {"grpcStatus": "OK", "messages": 3}}, "it: gRPC status OK, with 3 messages"),
        (
            {"clientSees": {"location": {"scheme": "https", "port": 443}}},
            "it: with a Location of scheme 'https', port 443",
        ),
        ({"backendSees": {"body": "x"}}, "it: which sees the body 'x'"),
    ],
)
def test_outcomes_in_words(fields, words):
    assert describe.outcome("it", outcome(**fields)) == words


@pytest.mark.parametrize(
    ("observation", "hits", "words"),
    [
        (seen(answered(200, echo())), None, "200 from gamma-producer/echo-v1"),
        (seen(answered(200, echo())), (hit(),), "200 from gamma-producer/echo-v1"),
        (
            seen(answered(200, echo())),
            (hit(), hit(workload="echo-v2"), hit(workload="echo-v2")),
            "200 from gamma-producer/echo-v1, seen once by gamma-producer/echo-v1, 2 times by gamma-producer/echo-v2",
        ),
        (seen(answered(200, echo())), (), "200 from gamma-producer/echo-v1, journalled by no backend"),
        (seen(answered(200, echo(port=8081))), None, "200 from gamma-producer/echo-v1:8081"),
        (
            seen(answered(200, echo(seen=saw((("x-gamma-route", "a"), ("x-gamma-route", "b")))))),
            (hit(),),
            "200 from gamma-producer/echo-v1, x-gamma-route: a, b",
        ),
        (seen(answered(404)), (), "404 from the mesh"),
        (seen(answered(404)), (hit(),), "404 from the mesh, but 1 backend saw it"),
        (seen(answered(302, headers=(("Location", "http://x/"),))), None, "302 from the mesh, Location: http://x/"),
        (failed(Failure.RESET), None, "connection reset (because)"),
        (failed(Failure.RESET), (hit(),), "connection reset (because), but 1 backend saw it"),
        (seen(answered(None, echo())), None, "answered from gamma-producer/echo-v1"),
        (seen(answered(200, grpc_status="UNAVAILABLE")), None, "UNAVAILABLE from the mesh"),
        (seen(answered(404, grpc_status="UNIMPLEMENTED")), None, "UNIMPLEMENTED (HTTP 404) from the mesh"),
    ],
)
def test_observations_in_words(observation, hits, words):
    assert describe.observation(observation, hits) == words


def test_untrusted_text_stays_on_one_line():
    told = describe.observation(seen(answered(302, headers=(("location", "a\r\nb\x1b[31m" + "x" * 300),))))
    assert "\n" not in told
    assert "\x1b" not in told
    assert len(told) < 200


def test_every_failure_has_words():
    assert all(describe.observation(failed(failure)) for failure in Failure)


def test_requests_name_clients_method_and_headers():
    sent = probe(**{"from": ["consumer", "consumer/client-b"]}, method="POST", headers={"x-a": ["b", "c"]})
    assert (
        describe.requests(sent)
        == "consumer, consumer/client-b -> POST http://front.gamma-producer/ with x-a: b; x-a: c"
    )


def test_commands_can_be_pasted_into_a_shell():
    sent = probe(method="POST", headers={"x-a": "b c"}, body="it's", over="one")
    command = describe.send_command(sent, Client("consumer", "client-b"), "http://f/?a=b&c", "gamma-consumer")
    assert command == (
        "kubectl -n gamma-consumer exec deploy/client-b -c app -- python3 /gamma/probe.pyz send "
        "-X POST -H 'x-a: b c' --body 'it'\"'\"'s' --over one -n 5 'http://f/?a=b&c'"
    )
    call = probe(protocol="grpc", messages=3, over=4)
    assert describe.send_command(call, Client("consumer"), "http://f/a.B/C", "gamma-consumer").endswith(
        "send --protocol grpc --messages 3 --over 4 -n 8 http://f/a.B/C"
    )
    assert describe.send_command(call, Client("consumer"), "http://f/a.B/C", "gamma-consumer", counted=True).endswith(
        "send --protocol grpc --messages 3 --over 4 -n 1000 --tally http://f/a.B/C"
    )
    assert describe.send_command(probe(), Client("consumer"), "http://f/", "gamma-consumer", counted=True).endswith(
        "send -n 1000 --tally http://f/"
    )
    tls = probe(protocol="tls", url="tls://f.gamma-producer:443", sni="a.example")
    assert describe.send_command(tls, Client("consumer"), tls.url, "gamma-consumer").endswith(
        "send --sni a.example tls://f.gamma-producer:443"
    )
    assert describe.requests(tls) == "consumer -> tls tls://f.gamma-producer:443"
    assert describe.reproduce("front", 5, command)[0] == "gamma show front --at 5 --stage | kubectl apply -f -"
    elsewhere = describe.reproduce("front", 5, command, "x-")[0]
    assert elsewhere == "gamma show front --namespace-prefix x- --at 5 --stage | kubectl apply -f -"


CHECK = {"check": "c", "proves": ["a.b"], "probe": "p", "expect": "good"}


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (Apply(apply="route"), "apply route"),
        (Delete(delete="route"), "delete route"),
        (Await.model_validate({"await": {"p": "good"}}), "await p: good"),
        (Hold.model_validate({"hold": "2s", "checks": [CHECK]}), 'hold 2.0s, after witness "w" (good)'),
        (
            Mix.model_validate({"mix": {"probe": "p", "detects": 5}, "checks": [CHECK]}),
            'mix p, detects 5 points, after witness "w" (good)',
        ),
    ],
)
def test_steps_in_words(step, words):
    assert describe.step(step, [("w", "good"), ("w", "good")]) == words


def test_the_likely_mistake_is_that_of_the_most_frequent_wrong_outcome_which_has_one():
    check = Check.model_validate({**CHECK, "ifInstead": {"bad": "forgotten", "worse": "lost"}})
    assert describe.likely(check, {"other": 50, "bad": 3, "worse": 4}) == "lost"
    assert describe.likely(check, {"other": 50}) == ""


def test_expected_proportions_in_words():
    check = Check.model_validate({**CHECK, "expect": {"a": 7, "b": 3}})
    outcomes = {"a": outcome(backend="echo-v1"), "b": outcome(backend="echo-v2")}
    assert describe.expected(check, outcomes) == "70% a: answered by echo-v1, 30% b: answered by echo-v2"


def test_the_histogram_counts_by_outcome_and_client_and_quotes_a_sample():
    sample = Sample(
        id="r-1", client="consumer", address="", request="GET /", summary="404 from the mesh", elapsed_ms=1, at=0
    )
    counts = describe.counted(classified("good*3 bad other"), {"good": outcome(backend="echo-v1")}, {"bad": sample})
    assert [(c.outcome, c.count, c.description) for c in counts] == [
        ("good", 3, "answered by echo-v1"),
        ("bad", 1, "404 from the mesh"),
        ("other", 1, "other"),
    ]
    assert counts[0].by_client == {str(CONSUMER): 3}
