"""What is sent to Envoy, in which order, against a model of Envoy."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from lab.mesh.ads.delivery import Delivery, Request, Response
from lab.mesh.ads.pack import Packed
from lab.mesh.envoy.types import CLUSTER, ENDPOINTS, LISTENER, ROUTES

Versions = dict[str, dict[str, str]]


def snapshot(versions: Versions) -> dict[str, dict[str, Packed]]:
    return {
        kind: {name: Packed(name, version, f"{name}={version}".encode()) for name, version in named.items()}
        for kind, named in ({CLUSTER: {}, ENDPOINTS: {}, LISTENER: {}, ROUTES: {}} | versions).items()
    }


def service(*names: str, endpoints: str = "e", route: str = "r") -> Versions:
    """Clusters, endpoints, listeners and routes of Services of these names."""
    return {
        CLUSTER: dict.fromkeys(names, "c"),
        ENDPOINTS: dict.fromkeys(names, endpoints),
        LISTENER: dict.fromkeys(names, "l"),
        ROUTES: dict.fromkeys(names, route),
    }


@dataclass
class FakeEnvoy:
    """Subscribes to endpoints and routes as clusters and listeners come and go, and confirms one response at a time."""

    delivery: Delivery
    has: Versions = field(default_factory=lambda: {CLUSTER: {}, ENDPOINTS: {}, LISTENER: {}, ROUTES: {}})
    inbox: list[Response] = field(default_factory=list)
    refuse: set[str] = field(default_factory=set)
    history: list[str] = field(default_factory=list)
    asked: set[tuple[str, str]] = field(default_factory=set)
    # Clusters that are new or different and take effect with the next endpoints.
    warming: set[str] = field(default_factory=set)

    def connect(self) -> None:
        for kind in (CLUSTER, LISTENER):
            self.delivery.receive(Request(kind))

    def step(self) -> bool:
        """Take one response; whether there was one."""
        self.inbox += self.delivery.advance()
        if not self.inbox:
            return False
        response = self.inbox.pop(0)
        refused = [packed.name for packed in response.resources if packed.version in self.refuse]
        for packed in response.resources:
            if packed.name not in refused:
                self.has[response.type_url][packed.name] = packed.version
                self.history.append(f"+{response.type_url.rpartition('.')[2]} {packed.name}")
        if response.type_url == ENDPOINTS:
            self.warming -= {packed.name for packed in response.resources}
        for name in response.removed:
            self.has[response.type_url].pop(name, None)
            self.history.append(f"-{response.type_url.rpartition('.')[2]} {name}")
        self.delivery.receive(Request(response.type_url, response.nonce, "bad" if refused else ""))
        self._follow(response, CLUSTER, ENDPOINTS)
        self._follow(response, LISTENER, ROUTES)
        self.check()
        return True

    def _follow(self, response: Response, owner: str, owned: str) -> None:
        if response.type_url == owner:
            taken = [packed.name for packed in response.resources if packed.name in self.has[owner]]
            # Who owns something already does not ask again; a changed cluster waits for its endpoints all the same.
            new = tuple(name for name in taken if (owned, name) not in self.asked)
            self.asked |= {(owned, name) for name in new}
            self.asked -= {(owned, name) for name in response.removed}
            if owner == CLUSTER:
                self.warming = (self.warming | set(taken)) - set(response.removed)
            for name in response.removed:
                self.has[owned].pop(name, None)
            self.delivery.receive(Request(owned, subscribe=new, unsubscribe=response.removed))

    def check(self) -> None:
        """No route may be in force whose cluster is not there with its endpoints (here: of the same name)."""
        for name in self.has[ROUTES]:
            assert name in self.has[CLUSTER] or self.refuse
            assert name in self.has[ENDPOINTS] or self.refuse

    def run(self) -> None:
        while self.step():
            pass
        assert self.refuse or not self.warming


def connected(versions: Versions) -> FakeEnvoy:
    envoy = FakeEnvoy(Delivery(snapshot(versions)))
    envoy.connect()
    envoy.run()
    return envoy


def test_everything_arrives_in_order() -> None:
    envoy = connected(service("a", "b"))
    assert envoy.has == service("a", "b")
    assert envoy.delivery.settled
    kinds = [line.split()[0] for line in envoy.history]
    assert kinds == ["+Cluster"] * 2 + ["+ClusterLoadAssignment"] * 2 + ["+Listener"] * 2 + ["+RouteConfiguration"] * 2


def test_an_empty_cluster_is_answered_too() -> None:
    delivery = Delivery(snapshot({}))
    delivery.receive(Request(CLUSTER))
    (answer,) = delivery.advance()
    assert (answer.type_url, answer.resources, answer.removed) == (CLUSTER, (), ())
    assert not delivery.settled


def test_only_what_changed_is_sent() -> None:
    envoy = connected(service("a", "b"))
    envoy.history.clear()
    envoy.delivery.target = snapshot(service("a", "b") | {ROUTES: {"a": "r", "b": "r2"}})
    assert not envoy.delivery.settled
    envoy.run()
    assert envoy.history == ["+RouteConfiguration b"]
    assert envoy.delivery.settled


def test_a_changed_cluster_gets_its_endpoints_again() -> None:
    """Envoy builds it anew, and waits for endpoints that it has subscribed to before and does not ask for."""
    envoy = connected(service("a", "b"))
    envoy.history.clear()
    envoy.delivery.target = snapshot(service("a", "b") | {CLUSTER: {"a": "c", "b": "c2"}})
    envoy.run()
    assert envoy.history == ["+Cluster b", "+ClusterLoadAssignment b"]
    assert envoy.delivery.settled


def test_clusters_go_last() -> None:
    envoy = connected(service("a", "b"))
    envoy.history.clear()
    envoy.delivery.target = snapshot(service("a"))
    envoy.run()
    assert envoy.history == ["-Listener b", "-RouteConfiguration b", "-Cluster b"]
    assert envoy.delivery.settled


def test_refused_resources_are_reported_once_and_block_nothing() -> None:
    envoy = connected(service("a"))
    envoy.refuse = {"broken"}
    envoy.delivery.target = snapshot(service("a", "b") | {CLUSTER: {"a": "c", "b": "broken"}})
    envoy.run()
    assert envoy.delivery.rejections == ["Cluster b: bad"]
    assert envoy.has[ROUTES] == {"a": "r", "b": "r"}
    assert envoy.delivery.settled
    envoy.delivery.target = snapshot(service("a", "b"))
    envoy.run()
    assert envoy.has == service("a", "b")


def test_unknown_names_are_answered_as_missing() -> None:
    envoy = connected(service("a"))
    envoy.delivery.receive(Request(ROUTES, subscribe=("nowhere",)))
    (answer,) = envoy.delivery.advance()
    assert answer.removed == ("nowhere",)
    envoy.delivery.receive(Request(ROUTES, answer.nonce))
    assert envoy.delivery.advance() == []
    assert envoy.delivery.settled


def test_a_name_asked_for_again_is_sent_again() -> None:
    envoy = connected(service("a"))
    envoy.delivery.receive(Request(ROUTES, subscribe=("a",)))
    (answer,) = envoy.delivery.advance()
    assert [packed.name for packed in answer.resources] == ["a"]


def test_after_a_reconnect_only_differences_are_sent() -> None:
    delivery = Delivery(snapshot(service("a", "b")))
    delivery.receive(Request(CLUSTER, known={"a": "c", "old": "c"}))
    (answer,) = delivery.advance()
    assert ([packed.name for packed in answer.resources], answer.removed) == (["b"], ())


def test_foreign_types_and_old_nonces_are_ignored() -> None:
    envoy = connected(service("a"))
    envoy.delivery.receive(Request("type.googleapis.com/other", subscribe=("x",)))
    envoy.delivery.target = snapshot(service("a", route="r2"))
    (answer,) = envoy.delivery.advance()
    envoy.delivery.receive(Request(ROUTES, nonce="0"))
    assert not envoy.delivery.settled
    envoy.delivery.receive(Request(ROUTES, nonce=answer.nonce))
    assert envoy.delivery.settled


worlds = st.lists(st.sampled_from("abcd"), unique=True).flatmap(
    lambda names: st.builds(service, *map(st.just, names), endpoints=st.sampled_from("ef"), route=st.sampled_from("rs"))
)


@given(st.lists(st.tuples(worlds, st.integers(0, 6)), min_size=1, max_size=6))
def test_whatever_changes_whenever_envoy_ends_with_the_last_state(changes: list[tuple[Versions, int]]) -> None:
    """New targets come while responses are under way; the fake Envoy checks the order after every message."""
    envoy = FakeEnvoy(Delivery(snapshot({})))
    envoy.connect()
    for versions, steps in changes:
        envoy.delivery.target = snapshot(versions)
        for _ in range(steps):
            envoy.step()
    envoy.run()
    assert envoy.has == changes[-1][0]
    assert envoy.delivery.settled
