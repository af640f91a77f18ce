"""The oracle itself, by examples taken from the statements."""

from fractions import Fraction

import pytest

from tests.oracle.filters import replaced
from tests.oracle.model import Reading, answers
from tests.oracle.terms import ANY_ERROR, UNSPECIFIED, Failed, Forwarded, Redirected, Request, Service, World, agree

ECHO = Service("p", "echo", (("http", 80), ("alt", 8080)))
SERVICES = (
    ECHO,
    Service("p", "v1", (("http", 80),)),
    Service("p", "v2", (("http", 80),)),
    Service("p", "v3", (("http", 80),)),
    Service("p", "empty", (("http", 80),), ready=False),
    Service("p", "outside", (("http", 80),), kind="ExternalName"),
)
PARENT = {"group": "", "kind": "Service", "namespace": "p", "name": "echo"}


def ref(name="v1", **more):
    return {"name": name, "namespace": "p", "port": 80, **more}


def prefix(value):
    return {"path": {"type": "PathPrefix", "value": value}}


def exact(value):
    return {"path": {"type": "Exact", "value": value}}


def rule(*matches, to=("v1",), **more):
    return {"matches": list(matches), "backendRefs": [one if isinstance(one, dict) else ref(one) for one in to], **more}


def route(*rules, name="r", namespace="p", age=1, parents=(PARENT,), kind="HTTPRoute"):
    metadata = {"name": name, "namespace": namespace, "creationTimestamp": f"2024-01-01T00:00:{age:02}Z"}
    return {"kind": kind, "metadata": metadata, "spec": {"parentRefs": list(parents), "rules": list(rules)}}


def got(routes, path="/", client="p", **more):
    request = Request(client, "p", "echo", more.pop("port", 80), path, **more)
    return answers(World(SERVICES, tuple(routes)), request)


def reached(*args, **more):
    """The name of the only backend, or the statuses of the only failure."""
    (outcome,) = got(*args, **more)
    return outcome.backend[1] if isinstance(outcome, Forwarded) else sorted(outcome.statuses)


# --- attachment ------------------------------------------------------------------------------------------------------


def test_a_service_without_route_keeps_its_endpoints():
    assert reached([]) == "echo"


def test_what_no_rule_of_any_route_matches_is_rejected():
    routes = [route(rule(exact("/a")), name="a"), route(rule(exact("/b"), to=("v2",)), name="b")]
    assert [reached(routes, path) for path in ("/a", "/b", "/c")] == ["v1", "v2", [404]]


@pytest.mark.parametrize(
    ("parent", "governed"),
    [
        (PARENT, [80, 8080]),
        (PARENT | {"port": 8080}, [8080]),
        (PARENT | {"port": 9999}, []),
        (PARENT | {"sectionName": "alt"}, [8080]),
        (PARENT | {"sectionName": "none"}, []),
        (PARENT | {"sectionName": "http", "port": 80}, [80]),
        (PARENT | {"sectionName": "http", "port": 8080}, []),
        (PARENT | {"name": "other"}, []),
        ({"kind": "Service", "name": "echo"}, []),
        ({"name": "echo"}, []),
        ({"group": "", "kind": "Service", "name": "echo"}, [80, 8080]),
    ],
)
def test_a_parent_selects_ports(parent, governed):
    routes = [route(rule(), parents=[parent])]
    assert [port for port in (80, 8080) if reached(routes, port=port) == "v1"] == governed


# --- groups ----------------------------------------------------------------------------------------------------------


def test_consumer_routes_replace_those_of_the_producer_for_their_own_namespace_alone():
    routes = [
        route(rule(prefix("/p"))),
        route(rule(prefix("/c"), to=("v2",)), namespace="c"),
        route(rule(prefix("/d"), to=("v3",)), namespace="d"),
    ]
    seen = {client: [reached(routes, path, client=client) for path in ("/p", "/c", "/d")] for client in "pcdx"}
    assert seen == {
        "p": ["v1", [404], [404]],
        "c": [[404], "v2", [404]],
        "d": [[404], [404], "v3"],
        "x": ["v1", [404], [404]],
    }


def test_a_consumer_route_on_one_port_leaves_the_other_to_the_producer():
    routes = [route(rule()), route(rule(to=("v2",)), namespace="c", parents=[PARENT | {"port": 8080}])]
    assert [reached(routes, client="c", port=port) for port in (80, 8080)] == ["v1", "v2"]


# --- matching --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("match", "hits", "misses"),
    [
        (exact("/abc"), ["/abc"], ["/abc/", "/abc/x", "/abcd", "/Abc"]),
        (prefix("/v2"), ["/v2", "/v2/", "/v2/x"], ["/v2x", "/x/v2", "/V2", "/"]),
        (prefix("/abc/"), ["/abc", "/abc/", "/abc/d"], ["/abcd"]),
        ({}, ["/", "/x"], []),
    ],
)
def test_paths(match, hits, misses):
    assert {path: reached([route(rule(match))], path) for path in hits} == dict.fromkeys(hits, "v1")
    assert {path: reached([route(rule(match))], path) for path in misses} == {path: [404] for path in misses}


@pytest.mark.parametrize(
    ("matches", "headers", "hit"),
    [
        ([("X-One", "1")], [("x-one", "1")], True),
        ([("X-One", "one")], [("x-one", "One")], False),
        ([("X-One", "one")], [("x-one", "one1")], False),
        ([("x-one", "1"), ("x-two", "2")], [("x-one", "1")], False),
        ([("foo", "a"), ("Foo", "b")], [("foo", "a")], True),
        ([("foo", "a"), ("Foo", "b")], [("foo", "b")], False),
        ([("Host", "svc.example")], [], True),
        ([("Host", "svc")], [], False),
    ],
)
def test_headers(matches, headers, hit):
    match = {"headers": [{"name": name, "value": value} for name, value in matches]}
    assert (reached([route(rule(match))], headers=tuple(headers)) == "v1") is hit


@pytest.mark.parametrize(
    ("query", "hit"),
    [
        ("q=1", True),
        ("a=b&q=1", True),
        ("Q=1", False),
        ("q=1&q=2", True),
        ("q=2&q=1", False),
        ("q=12", False),
        ("", False),
    ],
)
def test_query(query, hit):
    match = {"queryParams": [{"name": "q", "value": "1"}]}
    assert (reached([route(rule(match))], query=query) == "v1") is hit


def test_all_criteria_of_one_match_and_any_match_of_a_rule():
    routes = [route(rule(exact("/a") | {"method": "PUT"}, exact("/b")))]
    assert [reached(routes, path, method=method) for path, method in (("/a", "PUT"), ("/a", "GET"), ("/b", "GET"))] == [
        "v1",
        [404],
        "v1",
    ]


# --- precedence ------------------------------------------------------------------------------------------------------

ONE_HEADER = {"headers": [{"name": "x-one", "value": "1"}]}
TWO_PARAMS = {"queryParams": [{"name": "q", "value": "1"}, {"name": "r", "value": "1"}]}


@pytest.mark.parametrize(
    ("wins", "loses"),
    [
        (exact("/a/b"), prefix("/a/b") | ONE_HEADER | {"method": "GET"}),
        (prefix("/a/b"), prefix("/a") | ONE_HEADER | TWO_PARAMS | {"method": "GET"}),
        (prefix("/a") | {"method": "GET"}, prefix("/a") | ONE_HEADER | TWO_PARAMS),
        (prefix("/a") | ONE_HEADER, prefix("/a") | TWO_PARAMS),
        (prefix("/a") | TWO_PARAMS, prefix("/a") | {"queryParams": TWO_PARAMS["queryParams"][:1]}),
        (prefix("/a"), {}),
    ],
)
def test_the_more_specific_match_wins_wherever_it_stands(wins, loses):
    asked = {"path": "/a/b", "query": "q=1&r=1", "headers": (("x-one", "1"),)}
    better, worse = rule(wins), rule(loses, to=("v2",))
    assert reached([route(worse, better)], **asked) == "v1"
    assert reached([route(better, worse)], **asked) == "v1"
    assert reached([route(worse, name="a", age=1), route(better, name="b", age=2)], **asked) == "v1"


def test_ties_go_to_age_then_alphabet_then_order():
    first, second = rule(), rule(to=("v2",))
    assert reached([route(first, name="z", age=1), route(second, name="a", age=2)]) == "v1"
    assert reached([route(second, name="b"), route(first, name="a")]) == "v1"
    assert reached([route(first, second)]) == "v1"


def test_each_match_has_its_own_rank():
    routes = [route(rule(prefix("/"), prefix("/very/long")), rule(prefix("/very"), to=("v2",)))]
    assert [reached(routes, path) for path in ("/very/x", "/very/long/x", "/z")] == ["v2", "v1", "v1"]


def test_whether_a_slash_at_the_end_counts_is_a_reading():
    world = World(SERVICES, (route(rule(prefix("/a")), rule(prefix("/a/"), to=("v2",))),))
    request = Request("p", "p", "echo", 80, "/a/x")
    backends = [
        next(iter(answers(world, request, Reading(slash_counts=counts)))).backend[1] for counts in (True, False)
    ]
    assert backends == ["v2", "v1"]


# --- backends --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("to", "expected"),
    [
        ([], Failed.of(500)),
        ([ref("ghost")], Failed.of(500)),
        ([ref(port=9999)], Failed.of(500)),
        ([ref(kind="Pod")], Failed.of(500)),
        ([ref(group="example.org")], Failed.of(500)),
        ([ref("outside")], Failed.of(500)),
        ([ref("empty")], Failed.of(500, 503)),
        ([ref(weight=0), ref("v2", weight=0)], ANY_ERROR),
    ],
)
def test_unusable_backends(to, expected):
    assert got([route(rule(to=to), rule(to=("v2",)))]) == {expected: Fraction(1)}


def test_shares_are_those_of_the_weights():
    outcomes = got(
        [route(rule(to=[ref(weight=3), ref("v2"), ref("ghost", weight=4), ref("v3", weight=0), ref(weight=2)]))]
    )
    shares = {getattr(one, "backend", ("", "failed"))[1]: share for one, share in outcomes.items()}
    assert shares == {"v1": Fraction(5, 10), "v2": Fraction(1, 10), "failed": Fraction(4, 10)}


def test_a_route_without_rules_answers_500():
    bare = route()
    del bare["spec"]["rules"]
    assert reached([bare]) == [500]


# --- filters ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "value", "replacement", "expected"),
    [
        ("/foo/bar", "/foo", "/xyz", "/xyz/bar"),
        ("/foo/bar", "/foo", "/xyz/", "/xyz/bar"),
        ("/foo/bar", "/foo/", "/xyz", "/xyz/bar"),
        ("/foo/bar", "/foo/", "/xyz/", "/xyz/bar"),
        ("/foo", "/foo", "/xyz", "/xyz"),
        ("/foo/", "/foo", "/xyz", "/xyz/"),
        ("/foo/bar", "/foo", "", "/bar"),
        ("/foo/", "/foo", "", "/"),
        ("/foo", "/foo", "", "/"),
        ("/foo/", "/foo", "/", "/"),
        ("/foo", "/foo", "/", "/"),
        ("/foo", "/foo", "/xyz/", None),
    ],
)
def test_the_table_of_prefix_replacements(path, value, replacement, expected):
    assert replaced({"type": "ReplacePrefixMatch", "replacePrefixMatch": replacement}, path, value) == expected


def redirect(port=80, path="/a/b", **settings):
    filters = [{"type": "RequestRedirect", "requestRedirect": settings}]
    return got([route({"matches": [prefix("/a")], "filters": filters})], path, port=port)


def test_redirects_keep_what_is_not_configured():
    full = {"type": "ReplaceFullPath", "replaceFullPath": "/x"}
    assert list(redirect()) == [Redirected(302, "http://svc.example/a/b")]
    assert list(redirect(8080, hostname="h")) == [Redirected(302, "http://h:8080/a/b")]
    assert list(redirect(8080, scheme="https")) == [Redirected(302, "https://svc.example/a/b")]
    assert list(redirect(port=80, statusCode=301, path="/a")) == [Redirected(301, "http://svc.example/a")]
    rules = [{"type": "RequestRedirect", "requestRedirect": {"port": 8083, "path": full}}]
    assert list(got([route({"filters": rules})])) == [Redirected(302, "http://svc.example:8083/x")]


def test_filters_of_rule_and_backend_change_what_is_forwarded_and_answered():
    def change(side, **settings):
        return {"type": f"{side}HeaderModifier", f"{side.lower()}HeaderModifier": settings}

    own = [change("Request", set=[{"name": "X-Set", "value": "v1"}])]
    filters = [
        change("Request", add=[{"name": "x-add", "value": "b"}], remove=["X-GONE"]),
        change("Response", set=[{"name": "x-answer", "value": "new"}]),
        {
            "type": "URLRewrite",
            "urlRewrite": {"hostname": "h", "path": {"type": "ReplacePrefixMatch", "replacePrefixMatch": ""}},
        },
        {"type": "RequestMirror", "requestMirror": {"backendRef": ref("v2"), "percent": 25}},
        {"type": "RequestMirror", "requestMirror": {"backendRef": ref("ghost")}},
    ]
    headers = (("X-Add", "a"), ("x-gone", "1"), ("X-Set", "old"))
    (sent,) = got(
        [route(rule(prefix("/a"), to=[ref(filters=own)], filters=filters))],
        "/a/b",
        query="q=1",
        headers=headers,
        answer=(("X-Answer", "old"),),
    )
    assert sent == Forwarded(
        ("p", "v1", 80),
        "h",
        "/b",
        "q=1",
        (("x-add", ("a", "b")), ("x-set", ("v1",))),
        (("x-answer", ("new",)),),
        ((("p", "v2", 80), Fraction(1, 4)),),
    )


# --- gRPC ------------------------------------------------------------------------------------------------------------


def call(routes, path, **more):
    return reached(routes, path, method="POST", grpc=True, **more)


def method(service=None, name=None, **more):
    return {"method": {key: value for key, value in (("service", service), ("method", name)) if value}, **more}


def test_calls_match_by_service_method_and_metadata():
    routes = [
        route(
            rule(ONE_HEADER, to=("v3",)), rule(method("a.B"), to=("v2",)), rule(method("a.B", "Say")), kind="GRPCRoute"
        )
    ]
    assert [call(routes, path) for path in ("/a.B/Say", "/a.B/say", "/a.Bc/Say")] == ["v1", "v2", ["UNIMPLEMENTED"]]
    assert call(routes, "/a.Bc/Say", headers=(("X-ONE", "1"),)) == "v3"
    assert call([route(rule(to=("ghost",)), kind="GRPCRoute")], "/a.B/Say") == ["UNAVAILABLE"]


def test_one_type_of_routes_applies_to_a_port():
    routes = [route(rule(to=("v2",)), age=1), route(rule(method("a.B")), kind="GRPCRoute", age=2)]
    assert call(routes, "/a.B/Say") == "v1"
    assert call(routes, "/x.Y/Say") == ["UNIMPLEMENTED"]
    assert got(routes) == {UNSPECIFIED: Fraction(1)}


# --- agreement -------------------------------------------------------------------------------------------------------


def test_agreement_lets_the_mesh_choose_among_the_statuses_allowed():
    half = Fraction(1, 2)
    model = {Failed.of(500): half, Failed.of(500, 503): half}
    assert agree(model, {Failed.of(500): Fraction(1)})
    assert agree(model, {Failed.of(500): half, Failed.of(503): half})
    assert not agree(model, {Failed.of(503): Fraction(1)})
    assert not agree(model, {Failed.of(404): half, Failed.of(500): half})
    assert not agree(model, {Failed.of(500): half, Redirected(302, "http://h/"): half})
    assert agree({UNSPECIFIED: half, Redirected(302, "http://h/"): half}, {Redirected(302, "http://h/"): Fraction(1)})
    assert not agree({UNSPECIFIED: half, Redirected(302, "http://h/"): half}, {Failed.of(500): Fraction(1)})
