"""Mistakes that lint finds: the edits of the good scenario, and what is said about the result."""

from __future__ import annotations

from .spoil import Edit

KNOWN = '  known:   {from: consumer, url: "http://good.gamma-producer/known"}'
SLOW = '"http://good.gamma-producer/limited", headers: {x-gamma-echo-delay: 2s}'
BASELINE = "{known: direct, unknown: direct, slow: direct, others: direct}"
PORT = "port: 80, targetPort: 8080, appProtocol: http}"

# rule, edits, fragment of the line, words of the text, words of the fix


def _status(of: str, conditions: str = "{Accepted: true}") -> Edit:
    """A step that reads a status, before the route is deleted."""
    more = "" if conditions == "{}" else f"\n        conditions: {conditions}"
    check = f"      - check: status-told\n        proves: [status.accepted-true]\n        {of}{more}\n"
    return "  - delete: route\n", f"  - status: 1s\n    checks:\n{check}  - delete: route\n"


CASES: list[tuple[str, list[Edit], str, str, str]] = [
    # names
    ("references", [("- apply: services", "- apply: servicez")], "servicez", "no list of manifests 'servicez'", "'ser"),
    ("references", [("- delete: route", "- delete: rout")], "delete: rout", "no list of manifests 'rout'", "'route'?"),
    ("references", [("await: {known: v2}", "await: {knwon: v2}")], "knwon", "no probe 'knwon'", "'known'?"),
    ("references", [("await: {known: v2}", "await: {known: v3}")], "known: v3", "no outcome 'v3'", "there are: timed-"),
    ("references", [("await: {known: v2}", "await: {known: void}")], "void", "'void' says nothing", "no verdict"),
    ("references", [("probe: slow", "probe: slwo")], "probe: slwo", "no probe 'slwo'", "'slow'?"),
    ("references", [("expect: v2\n", "expect: v22\n")], "v22", "no outcome 'v22'", "'v2'?"),
    ("references", [("{v2: 70, direct", "{v3: 70, direct")], "v3: 70", "no outcome 'v3'", "v2"),
    ("references", [("mix: {probe: split", "mix: {probe: splut")], "splut", "no probe 'splut'", "'split'?"),
    ("references", [("direct: the", "dierct: the")], "dierct: the", "no outcome 'dierct'", "'direct'?"),
    ("references", [("direct: the", "rejected: the")], "rejected: the", "which is expected", "wrong outcomes only"),
    ("references", [
        ("direct: the implicit forwarding survived the route", "direct: ' '"),
    ], "direct: '", "says noth", "mis"),
    ("usage", [
        ("  route:\n", "  spare: []\n  route:\n"),
    ], "spare: []", "the list of manifests 'spare' is never", "apply"),
    ("usage", [(KNOWN, KNOWN + "\n" + KNOWN.replace("known:", "spare:"))], "spare:", "probe 'spare' is never", "send"),
    ("usage", [("  v2:  ", "  v3: {backend: echo-v3}\n  v2:  ")], "v3:", "outcome 'v3' is never used", "or remove it"),
    ("collisions", [("check: known-back", "check: known-routed")], "", "duplicate check name 'known-routed'", "own"),
    ("collisions", [
        ("  v2:  ", "  silent: {rejected: [503]}\n  v2:  "),
    ], "silent:", "'silent' exists undecl", "another"),
    # the specification
    ("requirements", [
        ("[timeouts.request-504]", "[timeouts.request-505]"),
    ], "505", "unknown requirement", "timeouts.req"),
    ("requirements", [("[timeouts.request-504]", "[timeouts.request-504, timeouts.request-504]")], "504,", "twice", ""),
    ("requirements", [
        ("            timeouts: {request: 500ms}\n", ""),
    ], "timeouts.request-504", "stated since v1.2, but would be judged from v1.1 on", "write since: v1.2"),
    ("unless", [
        ("manifests:", "unless: [MeshConsumerRout]\n\nmanifests:"),
    ], "unless:", "unknown feature", "MeshConsumerRo"),
    # objects
    ("objects", [("kind: HTTPRoute", "kind: HTTPRout")], "HTTPRout", "kind 'HTTPRout'", "'HTTPRoute'?"),
    ("objects", [("kind: HTTPRoute", "kind: Ingress")], "Ingress", "kind 'Ingress'", "HTTPRoute"),
    ("objects", [
        ("networking.k8s.io/v1", "networking.k8s.io/v1beta1"),
    ], "v1beta1", "apiVersion", "networking.k8s.io/v1"),
    ("objects", [
        ("{name: good, namespace: gamma-producer}", "{name: good, namespace: default}"),
    ], "default", "'default'", ""),
    ("objects", [
        ("{name: good, namespace: gamma-producer}", "{name: good, namespace: gamma-produce}"),
    ], "produce}", "", "r'?"),
    ("objects", [
        ("{name: good-v2, namespace: gamma-producer}", "{name: Good, namespace: gamma-producer}"),
    ], "{name: Good,", "name of the", "lower-case"),
    ("objects", [
        ("metadata: {name: good-v2,", "metadata: {generation: 1, name: good-v2,"),
    ], "generation", "has 'gener", "labels"),
    ("objects", [
        ("namespace: gamma-producer, port: 80}]\n          - matches: [{path: {type: PathPrefix, value: /split",
         "namespace: other, port: 80}]\n          - matches: [{path: {type: PathPrefix, value: /split"),
    ], "namespace: other", "namespace 'other' is none of ours", "gamma-producer"),
    ("objects", [
        ("value: /limited}", "value: limited}"),
    ], "value: limited", "spec.rules[1].matches[0].path", "correct"),
    ("objects", [("timeouts: {request: 500ms}", "timeout: {request: 500ms}")], "timeout:", 'unknown field "spec.r', ""),
    ("objects", [("timeouts: {request: 500ms}", "timeouts: {request: 500}")], "500}", "must be of type string", ""),
    ("objects", [
        (PORT, PORT.replace("http}", "http2}")),
    ], "http2", "appProtocol 'http2' for the pod port 8080", "http:"),
    ("objects", [
        (PORT, PORT.replace(", appProtocol: http", "")),
    ], PORT[:26], "appProtocol None", "every Service gives"),
    ("objects", [(PORT, PORT.replace("8080", "8084"))], "8084", "appProtocol 'http'", "leave appProtocol out"),
    ("objects", [(PORT, PORT.replace("8080", "9999"))], "9999", "no pod listens on 9999", "8080, 8081, 8082"),
    ("objects", [(PORT, PORT.replace("8080", "http"))], "targetPort: http", "no pod listens on 'http'", "8080"),
    ("objects", [(PORT, PORT.replace("port: 80,", "port: 0,"))], "port: 0", "port number is 0", "1 to 65535"),
    ("objects", [
        (PORT, PORT.replace("http}", "http, nodePort: 30000}")),
    ], "nodePort", "the port has 'nodePort'", "allowed"),
    ("objects", [("selector: {app: echo-v1}", "selector: {app: 1}")], "app: 1", "no selector", "echo-v1"),
    ("objects", [
        ("selector: {app: echo-v1}", "selector: {app: echo-v1}, externalName: x"),
    ], "externalN", "'x' is no Service of ours", "svc.cluster.local"),
    ("objects", [("ports: [{name: http, " + PORT + "]}", "ports: []}")], "ports: []", "has no ports", "targetPort"),
    ("objects", [
        (PORT, PORT + ", {port: 81, targetPort: 8081, appProtocol: http}"),
    ], "port: 81", "no name", "for each"),
    ("own-names", [
        ("metadata: {name: good-v2", "metadata: {name: good"),
    ], "", "'services' defines Service/gamma-producer/good", ""),
    ("own-names", [
        ("metadata: {name: good-v2", "metadata: {name: fence-x"),
    ], "fence-x", "suite's own objects", "control-"),
    # traffic
    ("clients", [
        ("known:   {from: consumer", "known:   {from: consumers"),
    ], "consumers", "no role 'consumers'", "'consumer'?"),
    ("clients", [
        ("known:   {from: consumer", "known:   {from: gamma-consumer"),
    ], "gamma-consumer,", "no role", "'consumer'?"),
    ("clients", [("from: [producer, b", "from: [producer/client-b, b")], "producer/client-b", "no client", "producer"),
    ("clients", [
        ("from: [producer, b", "from: [producer, producer, b"),
    ], "producer, producer", "named twice", "keep one"),
    ("clients", [("fence: [producer", "fence: [producers")], "producers", "no role 'producers'", "'producer'?"),
    ("clients", [
        ("- apply: services\n", "- apply: services\n    fence: [consumer]\n"),
    ], "fence: [consumer]", "stands nowhere: no route in services", "await a witness"),
    ("clients", [
        ("{x-gamma-echo-delay: 2s}", "{x-gamma-echo-delay: 2s, X-Gamma-Id: 5x}"),
    ], "X-Gamma-Id", "own header", ""),
    ("destinations", [
        (KNOWN, KNOWN.replace("//good.", "//god.")),
    ], "//god.", "unknown Service name: god.gamma-pro", "good."),
    ("destinations", [
        (KNOWN, KNOWN.replace("gamma-producer", "elsewhere")),
    ], "elsewhere", "no namespace 'elsewhere'", ""),
    ("destinations", [(KNOWN, KNOWN.replace("producer/", "producer:81/"))], ":81", "has no port 81", "its ports: 80"),
    ("destinations", [(KNOWN, KNOWN.replace("http:", "https:"))], "https:", "the scheme is 'https'", ""),
    ("destinations", [
        (KNOWN, KNOWN.replace("producer/", "producer.local/")),
    ], ".local", "is no Service: write NAME", ""),
    ("destinations", [(KNOWN, KNOWN.replace("producer/", "producer:x/"))], ":x", "", ""),
    ("destinations", [
        (KNOWN, KNOWN.replace("http://good.gamma-producer", "http://good")),
    ], "//good/", "good.gamma-consumer", ""),
    ("destinations", [
        (KNOWN, KNOWN.replace("http://good.gamma-producer", "clusterip://good")),
    ], "clus", "needs the namesp", ""),
    ("destinations", [
        (KNOWN, KNOWN.replace("http://good.gamma-p", "podip://good.gamma-p")),
    ], "podip", "no workload 'good'", ""),
    ("destinations", [
        (KNOWN, KNOWN.replace("http://good.gamma-producer", "podip://echo-v1.gamma-producer:1")),
    ], "podip", "echo-v1 does not listen on 1", "8080"),
    ("route-references", [
        ("kind: Service, name: good, n", "kind: Service, name: goood, n"),
    ], "goood", "unknown Service", "'good"),
    ("route-references", [
        ("{name: good-v2, namespace: gamma-producer, port: 80}]", "{name: good-v3, port: 80}]"),
    ], "good-v3", "unknown Service name: good-v3.gamma-consumer", "'missing' in its name"),
    # order
    ("order", [
        ("  - apply: services\n  - await: " + BASELINE, "  - await: " + BASELINE + "\n  - apply: services"),
    ], "- await: {known: direct, unknown",
     "known is sent to good.gamma-producer before that Service is applied", "earlier"),
    ("order", [
        ("  - apply: route\n    fence: [producer, bystander]\n",
         "  - delete: route\n  - apply: route\n    fence: [producer, " "bystander]\n"),
    ], "- delete: route", "HTTPRoute/gamma-consumer/good is not there to be deleted", "earlier step"),
    # outcomes
    ("backends", [("{backend: echo-v2}", "{backend: echo-v4}")], "echo-v4", "no workload 'echo-v4' answers", "'echo-v"),
    ("backends", [
        ("{backend: echo-v2}", "{backend: consumer/echo-v2}"),
    ], "consumer/echo", "no workload", "'consumer/echo-v1'?"),
    ("backends", [("{backend: echo-v2}", "{backend: nobody/echo-v2}")], "nobody/", "no role 'nobody'", "consumer"),
    ("backends", [
        ("{backend: echo-v2}", "{backend: 'echo-v2:80'}"),
    ], "echo-v2:80", "no workload listens on 80", "8080"),
    ("reachable", [
        ("  v2:        {backend: echo-v2}",
         "  v2:        {backend: echo-v2}\n  late: {backend: echo-v2, elapsed: {min: 1s}}"),
        ("expect: v2\n", "expect: v2\n        ifInstead: {late: slow}\n"),
    ], "late: {backend", "'late' is never reached: 'v2' stands before it", "narrower outcome up"),
    ("reachable", [("{backend: echo-v1}", "{}")], "direct:    {}", "describes every answer", "`other` exists"),
    # witnesses
    ("witness", [
        ("await: {known: v2}", "await: {others: direct}"),
    ], "check: known-routed", "missing witness: nothing shows", "`fence:` of the apply"),
    ("witness", [
        ("    fence: [producer, bystander]\n", ""),
    ], "check: others-una",
     "missing witness: nothing shows that the last change is in force for producer, bystander", "fence"),
    ("witness", [
        ("unknown: direct, ", ""),
    ], "check: unknown-rej", "missing sensitivity: unknown of consumer never", "await an"),
    ("witness", [
        ("await: {known: v2}", "await: {plain: v2}"),
        (KNOWN, KNOWN + '\n  plain: {from: consumer, url: "http://good-v2.gamma-producer/"}'),
    ], "check: unknown-rejected",
     "rejected is negative, and no positive outcome of consumer on the same Service", "or name it"),
    ("witness", [
        ("await: {known: v2}", "await: {unknown: rejected}"),
    ], "check: unknown-rejected", "is negative", "another probe"),
    ("witness", [
        ("  - await: {known: v2}\n", ""),
        ("[producer, bystander]\n", "[producer, bystander, consumer]\n"),
    ], "check: split-by-weight",
     "missing witness: nothing shows that the routes are in force for consumer", "before the mix"),
    # samples
    ("samples", [
        ("hold: 2s", "hold: 1s"),
    ], "hold: 1s", "too small a sample: 1 s bring 30 answers to known,", "hold for 2s"),
    ("samples", [('/unknown"}', '/unknown", rate: 10}')], "hold: 2s", "20 answers to unknown", "hold for 6s"),
    ("samples", [('/unknown"}', '/unknown", count: 59}')], "count: 59", "unknown asks for 59 answers", "60 or more"),
    ("samples", [
        ("expect: v2\n", "expect: {v2: 50, direct: 50}\n"),
    ], "{v2: 50,", "a hold expects one outcome", "`mix` step"),
    ("samples", [("{v2: 70, direct: 30}", "{v2: 70, direct: 20}")], "direct: 20", "the shares sum to 90", "sum to 100"),
    ("samples", [("{v2: 70, direct: 30}", "{v2: 100}")], "v2: 100", "at least two outcomes", "OTHER: 30"),
    ("samples", [("{v2: 70, direct: 30}", "v2")], "", "at least two outcomes", "OTHER: 30"),
    ("samples", [
        ("{v2: 70, direct: 30}", "{v2: 100, direct: 0}"),
    ], "direct: 0", "a share of 0", "outside the mix fails"),
    ("samples", [
        ("{v2: 70, direct: 30}", "{v2: 96, direct: 4}"),
    ], "detects: 5", "not notice that the outcome with 4 %", "4 poi"),
    ("samples", [("detects: 5", "detects: 1")], "detects: 1", "needs about 155,", "at most 20,000"),
    ("samples", [
        ("        probe: split", "        probe: known"),
    ], "", "the mix draws split, the check judges known", "probe: split"),
    # timing
    ("delays", [
        ("delay: 2s", "delay: soon"),
    ], "delay: soon", "x-gamma-echo-delay: not a duration: 'soon'", "one duration"),
    ("delays", [("delay: 2s", "delay: [2s, 3s]")], "[2s, 3s]", "2 values", "one duration"),
    ("delays", [
        ("delay: 2s", "delay: 20s"),
    ], "slow:    {", "the backend of slow waits 20 s, the client 10 s", "`deadline:`"),
    ("timing", [
        ("delay: 2s", "delay: 1s"),
    ], "expect: timed-out", "after 0.5 s, and the backend of slow answers after 1 s", "1.5s}"),
    ("timing", [
        ("probe: known\n        expect: v2", "probe: slow\n        expect: v2"),
    ], "expect: v2", "slow of consumer is to succeed under a timeout of 0.5 s", "4s or more"),
    # readings of the API, streams, protocols
    ("readings", [_status("of: HTTPRoute/god")], "of: HTTPRoute/god", "no step applies", "name an object"),
    ("readings", [_status("of: HTTPRoute/good\n        keeps: foreign")], "keeps:", "no earlier step", "there is none"),
    ("readings", [
        ("  - delete: route", "  - unchanged: 1s\n    checks: [{check: u, proves: [status.accepted-true], of: "
         "HTTPRoute/good, fields: [spec.hostnames]}]\n  - delete: route"),
    ], "fields: [spec", "is written without spec.hostnames", "a field that the manifest has"),
    ("readings", [
        ("  - delete: route", "  - accepted: route\n    checks: [{check: u, proves: [status.accepted-true], "
         "because: [x]}]\n  - delete: route"),
    ], "because: [x]", "what is accepted has no reason", "leave"),
    ("readings", [
        ("  - delete: route\n", "  - delete: route\n  - status: 1s\n    checks: [{check: u, proves: "
         "[status.accepted-true], of: HTTPRoute/good, conditions: {Accepted: true}}]\n"),
    ], "check: u,", "HTTPRoute/good is not there at this step", "in an earlier step"),
    ("silence", [
        _status("of: HTTPRoute/good\n        notConditions: {Accepted: true}", "{}"),
    ], "check: status-told", "a mesh that writes no status at all", "want a condition"),
    ("silence", [_status("of: HTTPRoute/good", "{}")], "check: status-told", "asks for nothing", "give conditions"),
    ("streams", [
        ("  - delete: route\n", "  - stream: [known]\n  - delete: route\n"),
    ], "stream: [known]", "the stream of known is never joined", "later `join`"),
    ("streams", [
        ("  - delete: route\n", "  - stream: [known]\n  - join: 2s\n    checks: [{check: u, proves: "
         "[status.accepted-true], probe: unknown, expect: rejected}]\n  - delete: route\n"),
    ], "check: u,", "unknown is not streamed", "streamed: known"),
    ("protocols", [('/split"}', '/split", sni: x}')], "sni: x", "sni has no meaning for http1", "leave it out"),
    ("protocols", [('/split"}', '/split", protocol: tcp}')], "protocol: tcp", "tcp over http://", "tcp://"),
    ("protocols", [('/split"}', '/split", protocol: grpc}')], "protocol: grpc", "a path with two parts", "METHOD"),
    ("protocols", [('/split"}', '/split", carryAcross: true}')], "carryAcross", "without carry", "say what"),
    ("protocols", [('/split"}', '/split", shares: known}')], "shares: known", "keeps no connections", "`over: one`"),
    ("protocols", [
        ('/split"}', '/split", shares: known}'), (KNOWN, KNOWN.replace('}', ', over: one}')),
    ], "shares: known", "goes over fresh and known over one", "the same"),
    ("protocols", [('/split"}', '/split", shares: split}')], "shares: split", "the connections of 'split'", "another"),
    # form
    ("file", [
        ("# yaml-language-server", "# yaml"),
    ], "# yaml:", "does not name the schema", "write # yaml-language-server"),
    ("file", [("manifests:", "# " + "x" * 109 + "\nmanifests:")], "xxx", "111 columns", "at 110"),
    ("file", [("manifests:", "manifests: ")], "manifests: ", "spaces at the end", "remove them"),
    ("file", [("manifests:", "\n" * 80 + "manifests:")], "", "lines: a scenario has 40 to 160", "one story, one file"),
    ("prose", [
        ("title: A scenario without", "title: A mesh should play without"),
    ], "title:", "'should'", "what a mesh does"),
    ("prose", [
        ("title: A scenario without", "title: Ensures a scenario without"),
    ], "title:", "a title states behav", "right mesh"),
    ("prose", [("in many ways", "in many ways.")], "title:", "no heading", "no full stop"),
    ("prose", [("title: A ", "title: a ")], "title:", "no heading", "a capital first"),
    ("prose", [("the implicit forwarding survived", "the route should have replaced")], "direct: the", "'should'", ""),
]  # fmt: skip
