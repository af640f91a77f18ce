"""The lab mesh's answer to a request: its rules for the Service port are computed and followed, as a proxy would.

Only what the rules mean is said here; how a request is matched with them by a real proxy is another test's matter.
"""

from collections.abc import Iterable
from fractions import Fraction

from lab.mesh.model.actions import ClusterKey, Entry, Forward, FrontendRules, HeaderEdit, MirrorTo, Redirect, Respond
from lab.mesh.model.decisions import CONFORMANT, Decisions
from lab.mesh.model.frontend import frontend_rules
from lab.mesh.model.ignoring import effective_world
from lab.mesh.world.route import Match, ObjectKey, PathChange, PathKind
from lab.mesh.world.snapshot import World as LabWorld
from lab.mesh.world.snapshot import endpoints
from tests.contract.lab_mesh.worlds import world_of
from tests.oracle import filters
from tests.oracle.lab_objects import Block
from tests.oracle.terms import (
    Answers,
    Backend,
    Failed,
    Forwarded,
    Headers,
    Outcome,
    Redirected,
    Request,
    World,
)

HTTP_STATUS = {"UNIMPLEMENTED": [404], "UNAVAILABLE": [429, 502, 503, 504], "UNKNOWN": [500]}
"""The answers without gRPC that a client of gRPC takes for such a status."""


class Lab:
    """The lab's control plane, looking at a world of the oracle."""

    def __init__(self, world: World, decisions: Decisions = CONFORMANT) -> None:
        self.world: LabWorld = effective_world(world_of(Block(world, 0).objects()), decisions.ignored)
        self.decisions = decisions
        self._rules: dict[tuple[str, str, int], FrontendRules] = {}

    def answers(self, request: Request) -> Answers:
        """What the lab does with the request; failures of calls as answers of HTTP."""
        rules = self._rules_of(request.namespace, request.service, request.port)
        table = dict(rules.consumers).get(request.client, rules.producer)
        if table is None:
            return {self._outcome(rules.plain, request): Fraction(1)}
        won = next((entry for entry in table.entries if _matches(entry.match, request)), None)
        if won is None:
            return {self._outcome(table.unmatched, request): Fraction(1)}
        return self._shared(won, request)

    def _rules_of(self, namespace: str, name: str, number: int) -> FrontendRules:
        if (namespace, name, number) not in self._rules:
            service = self.world.services[ObjectKey(namespace, name)]
            port = service.port(number)
            assert port is not None
            self._rules[namespace, name, number] = frontend_rules(self.world, service, port, self.decisions)
        return self._rules[namespace, name, number]

    def _shared(self, won: Entry, request: Request) -> Answers:
        total = sum(share.weight for share in won.shares)
        answers: Answers = {}
        for share in won.shares:
            if share.weight:
                outcome = self._outcome(share.action, request)
                answers[outcome] = answers.get(outcome, Fraction(0)) + Fraction(share.weight, total)
        return answers

    def _outcome(self, action: Forward | Respond | Redirect, request: Request) -> Outcome:
        if isinstance(action, Respond):
            return Failed.of(action.status)
        if isinstance(action, Redirect):
            path = _changed(action.path, action.prefix, request.path)
            host = action.host or request.host.partition(":")[0]
            port = action.port or filters.WELL_KNOWN[action.scheme]
            return Redirected(action.status, filters.location(action.scheme, host, port, path))
        if not self._ready(action.cluster):
            return Failed.of(503)
        return Forwarded(
            _backend(action.cluster),
            action.host or request.host,
            _changed(action.path, action.prefix, request.path),
            request.query,
            _edited(request.headers, action.request),
            _edited(request.answer, action.response),
            tuple(sorted(self._copies(action.mirrors))),
        )

    def _copies(self, mirrors: Iterable[MirrorTo]) -> Iterable[tuple[Backend, Fraction]]:
        for mirror in mirrors:
            if mirror.numerator and self._ready(mirror.cluster):
                yield _backend(mirror.cluster), Fraction(mirror.numerator, mirror.denominator)

    def _ready(self, cluster: ClusterKey) -> bool:
        service = self.world.services[cluster.service]
        port = service.port(cluster.port)
        return port is not None and bool(endpoints(self.world, cluster.service, port.name))


def in_http(answers: Answers) -> Answers:
    """The same, with failures of calls as answers of HTTP."""
    changed: Answers = {}
    for outcome, share in answers.items():
        one = outcome
        if isinstance(one, Failed):
            one = Failed(frozenset(code for status in one.statuses for code in HTTP_STATUS.get(str(status), [status])))
        changed[one] = changed.get(one, Fraction(0)) + share
    return changed


# --- what the lab's rules mean ---------------------------------------------------------------------------------------


def _matches(match: Match, request: Request) -> bool:
    if match.call is not None:
        _, service, method = request.path.split("/") if request.grpc else ("", "", "")
        if not request.grpc or match.call.service not in ("", service) or match.call.method not in ("", method):
            return False
    elif not _path_matches(match, request.path) or match.method not in (None, request.method):
        return False
    carried = {name.lower(): value for name, value in request.headers} | {"host": request.host}
    query = filters.first_values(pair.partition("=")[::2] for pair in request.query.split("&"))
    assert not any(one.regex for one in (*match.headers, *match.query))
    return all(carried.get(one.name.lower()) == one.value for one in match.headers) and all(
        query.get(one.name) == one.value for one in match.query
    )


def _path_matches(match: Match, path: str) -> bool:
    if match.path.kind is PathKind.EXACT:
        return path == match.path.value
    assert match.path.kind is PathKind.PREFIX
    return path == match.path.elements or path.startswith(match.path.elements + "/")


def _edited(headers: Iterable[tuple[str, str]], edits: Iterable[HeaderEdit]) -> Headers:
    result = dict(filters.grouped(headers))
    for edit in edits:
        name = edit.name.lower()
        result[name] = edit.values if edit.replace else (*result.get(name, ()), *edit.values)
        if not result[name]:
            del result[name]
    return tuple(sorted(result.items()))


def _changed(change: PathChange | None, prefix: str, path: str) -> str:
    if change is None:
        return path
    if change.whole:
        return change.value
    rest = path[len(prefix.rstrip("/")) :]
    return change.value.rstrip("/") + rest or "/"


def _backend(cluster: ClusterKey) -> Backend:
    return cluster.service.namespace, cluster.service.name, cluster.port
