"""The words of the page that are not everybody's, in a sentence each."""

from __future__ import annotations

WORDS: tuple[tuple[str, str], ...] = (
    (
        "scenario, step",
        "Objects that are applied and requests that are sent, in the order of one file; a check belongs to a step.",
    ),
    ("check", "One question to the mesh, with one verdict and the statements of the specification that it is about."),
    (
        "outcome",
        "A kind of answer; names such as direct, routed or rejected are the scenario's own: what each "
        "means stands beside Expected.",
    ),
    (
        "await",
        "Waiting until every client sees an outcome; where it does not come in time the check fails, but "
        "no check passes by an await alone.",
    ),
    (
        "hold",
        "Sending for some seconds, at least 60 requests from each client: one answer of another outcome "
        "fails the check.",
    ),
    ("mix", "Drawing a sample of answers so large that shares can be told apart; detects says by how many points."),
    (
        "witness",
        "A request whose outcome shows that a route is in force, while another check says what that route "
        "leaves alone.",
    ),
    (
        "fence",
        "A throw-away route of ours, by which clients that must stay unaffected show that their proxies "
        "are up to date.",
    ),
    (
        "control",
        "A plain route, applied after an await that failed, to tell a mesh that takes in nothing any more "
        "from one change that is wrong.",
    ),
    ("direct", "By custom of the scenarios: answered as if there were no route, by the pods of the Service itself."),
    ("routed", "By custom of the scenarios: answered by the backend that the route names."),
    ("leaked", "The client saw a refusal, and a backend had the request nevertheless."),
    (
        "journal",
        "What a backend of ours wrote down about each request that reached it; journalled counts those entries.",
    ),
    ("echo, echo-v1", "Our backends: they answer with who they are and what they were sent."),
    (
        "producer, consumer, bystander",
        "Clients, by the namespace that they live in: the Service's own, one with routes of its own, a third.",
    ),
    ("stage", "Namespaces and pods of ours that the scenarios are played in."),
)
