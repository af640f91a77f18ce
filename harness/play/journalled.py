"""What journal entries say about an outcome. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from harness.observation import Hit
from harness.scenario.model import NAMESPACE_PREFIX, Outcome, WorkloadHits


def full_name(workload: str) -> str:
    """``[ROLE/]WORKLOAD`` as namespace and workload; the role is producer unless written."""
    role, _, name = workload.rpartition("/")
    return f"{NAMESPACE_PREFIX}{role or 'producer'}/{name}"


def hits_fit(wanted: Mapping[str, WorkloadHits], hits: Iterable[Hit]) -> bool:
    """Whether every workload saw the request as often, and as it was, as is wanted."""
    found = list(hits)
    return all(_workload_fits(how, at(workload, found)) for workload, how in wanted.items())


def at(workload: str, hits: Iterable[Hit]) -> list[Hit]:
    """The entries of this workload."""
    name = full_name(workload)
    return [hit for hit in hits if f"{hit.namespace}/{hit.workload}" == name]


def lacks_hits(outcome: Outcome, hits: Sequence[Hit]) -> bool:
    """Whether the outcome wants more entries than there are: they may still come."""
    wanted = [(outcome.backendHits.min or 0, len(hits))] if outcome.backendHits is not None else []
    wanted += [(how.min or 0, len(at(workload, hits))) for workload, how in outcome.hits.items()]
    return any(count < least for least, count in wanted)


def uncomparable(outcome: Outcome, hits: Sequence[Hit]) -> bool:
    """Whether the outcome rests on the time between arrivals at pods that do not share a clock."""
    timed = (workload for workload, how in outcome.hits.items() if how.apart is not None)
    return any(len({hit.pod for hit in at(workload, hits)}) > 1 for workload in timed)


def _workload_fits(wanted: WorkloadHits, hits: Sequence[Hit]) -> bool:
    return (
        (wanted.min is None or len(hits) >= wanted.min)
        and (wanted.max is None or len(hits) <= wanted.max)
        and all(_shows(wanted, hit) for hit in hits)
        and (wanted.apart is None or _far_apart(wanted.apart, hits))
    )


def _shows(wanted: WorkloadHits, hit: Hit) -> bool:
    return (
        wanted.method in (None, hit.method)
        and wanted.path in (None, hit.path)
        and (wanted.host is None or wanted.host.lower() == hit.host.lower())
    )


def _far_apart(least: float, hits: Iterable[Hit]) -> bool:
    """Of arrivals at the same pod only: the clocks of two have nothing to do with each other."""
    ordered = sorted(hits, key=lambda hit: (hit.pod, hit.time))
    return all(one.pod != two.pod or two.time - one.time >= least for one, two in pairwise(ordered))
