"""Which of our needs the API does not grant; asked by SelfSubjectAccessReviews."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from harness.cluster import Cluster, Wish
from harness.evidence.model import PreflightLine
from harness.preflight.needs import MANIFEST, Need

CHECK = "permissions"
_AT_ONCE = 8
_EVERYTHING = Wish("*", "*", "*")

Missing = Mapping[tuple[Need, str], tuple[str, ...]]
"""(need, namespace; empty: everywhere) -> the verbs that are not granted."""


def ask(cluster: Cluster, needs: Sequence[Need], namespaces: Sequence[str]) -> Missing:
    """What is not granted. Raises ClusterError.

    What is granted everywhere is not asked about for each namespace. A wish for everything comes first: an
    administrator is asked but once.
    """
    if cluster.allows(_EVERYTHING):
        return {}
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        everywhere = {wish for need in needs for wish in need.wishes()}
        granted = _granted(pool, cluster, everywhere)
        within = {
            wish
            for need in needs
            if not need.everywhere
            for general, *local in zip(need.wishes(), *(need.wishes(name) for name in namespaces), strict=True)
            if general not in granted
            for wish in local
        }
        granted |= _granted(pool, cluster, within)
    return missing(needs, namespaces, granted)


def _granted(pool: ThreadPoolExecutor, cluster: Cluster, wishes: Iterable[Wish]) -> set[Wish]:
    listed = sorted(wishes)
    return {wish for wish, allowed in zip(listed, pool.map(cluster.allows, listed), strict=True) if allowed}


def missing(needs: Iterable[Need], namespaces: Sequence[str], granted: set[Wish]) -> Missing:
    """The verbs of each need that are granted neither everywhere nor, where that is enough, in the namespace. Pure."""
    found: dict[tuple[Need, str], tuple[str, ...]] = {}
    for need in needs:
        general = {wish.verb for wish in need.wishes() if wish in granted}
        for place in ("",) if need.everywhere else namespaces:
            local = {wish.verb for wish in need.wishes(place) if wish in granted}
            lacking = tuple(verb for verb in need.verbs if verb not in general | local)
            if lacking:
                found[need, place] = lacking
    return found


def lines(lacking: Missing, asked: int) -> list[PreflightLine]:
    """What to tell: one line for what a run needs, one for each thing that it can do without. Pure."""
    if not lacking:
        return [PreflightLine(check=CHECK, grade="pass", text=f"everything that a run needs ({asked} resources)")]
    hard = {key: verbs for key, verbs in lacking.items() if not key[0].without}
    soft = {key: verbs for key, verbs in lacking.items() if key[0].without}
    found = []
    if hard:
        text = "we may not " + "; ".join(_told(hard))
        found.append(PreflightLine(check=CHECK, grade="fail", text=text, hint=_hint(hard)))
    for need in dict.fromkeys(need for need, _place in soft):
        here = {key: verbs for key, verbs in soft.items() if key[0] == need}
        text = f"we may not {'; '.join(_told(here))}: {need.without}"
        found.append(PreflightLine(check=CHECK, grade="warn", text=text, hint=_hint(here)))
    return found


def _told(lacking: Missing) -> list[str]:
    """``create httproutes.gateway.networking.k8s.io in gamma-producer and 4 more of our namespaces``."""
    places: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for (need, place), verbs in lacking.items():
        places.setdefault((need.name, verbs), []).append(place)
    return [f"{', '.join(verbs)} {name} {_where(where)}" for (name, verbs), where in places.items()]


def _where(places: Sequence[str]) -> str:
    if "" in places:
        return "at the scope of the cluster"
    return f"in {places[0]}" + (f" and {len(places) - 1} more of our namespaces" if len(places) > 1 else "")


def _hint(lacking: Missing) -> str:
    return f"{MANIFEST} grants it: `kubectl apply -f {MANIFEST}`; or add to a role of yours:\n" + rules(lacking)


def rules(lacking: Missing) -> str:
    """The rules that are missing, as they stand in a role. Pure."""
    verbs: dict[tuple[str, str], list[str]] = {}
    for (need, _place), some in lacking.items():
        known = verbs.setdefault((need.group, need.resource), [])
        known += [verb for verb in some if verb not in known]
    return "\n".join(
        f"- {{apiGroups: [{json.dumps(group)}], resources: [{resource}], verbs: [{', '.join(some)}]}}"
        for (group, resource), some in verbs.items()
    )
