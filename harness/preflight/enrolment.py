"""Tells apart: no mesh here, a mesh that these namespaces are not part of, and a mesh that ignores routes. Pure.

The first two are faults of the target, so nothing is judged. The third is a finding, so the run goes on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.cluster import Obj
from harness.evidence.model import PreflightLine
from harness.settings import Settings
from harness.stage.dataplane import PodSigns, enrolment

CHECK = "mesh"
_MOST = 3


@dataclass(frozen=True, slots=True)
class Witnessed:
    """What became of a plain route: whether traffic followed, from which clients not, and who wrote its status."""

    changed: bool
    text: str  # what came instead
    controllers: tuple[str, ...]
    seconds: float
    unobserved: bool = False  # nothing could be sent at all: that is our trouble, and says nothing of the mesh
    lacking: tuple[str, ...] = ()  # of the conditions that the profile names, at the Service that the route governs


def controllers_of(route: Obj | None) -> tuple[str, ...]:
    """Who wrote an entry into a route's status."""
    entries = ((route or {}).get("status") or {}).get("parents") or ()
    return tuple(sorted({str(entry.get("controllerName", "")) for entry in entries} - {""}))


def data_plane(pods: Sequence[PodSigns], settings: Settings) -> PreflightLine | None:
    """Whether the proxies are there, in clients and in servers; None where the profile names no sign of one."""
    if not settings.mesh.dataPlane.in_pods:
        return None
    bare = [pod for pod in pods if pod.enrolled and not pod.in_mesh]
    total = sum(pod.enrolled for pod in pods)
    if bare or not total:
        names = "; ".join(map(str, bare[:_MOST])) + (f"; and {len(bare) - _MOST} more" if len(bare) > _MOST else "")
        kinds = " and ".join(
            name
            for name, servers in (("clients", False), ("servers", True))
            if any(pod.workload.startswith("echo-") is servers for pod in bare)
        )
        text = f"{len(bare)} of {total} pods are not in the mesh ({kinds}): {names}"
        return PreflightLine(check="data plane", grade="fail", text=text, hint=_enrol(settings))
    strays = [str(pod.pod) for pod in pods if not pod.enrolled and pod.in_mesh]
    if strays:
        text = f"in all {total} pods, but in {', '.join(strays)} too, which stands for clients outside of the mesh"
        return PreflightLine(check="data plane", grade="warn", text=text)
    return PreflightLine(check="data plane", grade="pass", text=f"in all {total} pods, clients and servers")


def judge(
    plane: PreflightLine | None, lacking: Mapping[str, Sequence[str]], seen: Witnessed, settings: Settings
) -> PreflightLine:
    """What there is; ``plane`` is the line about proxies, ``lacking`` what namespaces lack by their name."""
    if seen.unobserved:
        return _line("fail", f"no client could send anything: {seen.text}", "see the line about the engine")
    wrote = f"{', '.join(seen.controllers)} wrote the route's status" if seen.controllers else ""
    bare = plane is not None and plane.grade == "fail"
    if seen.changed and not bare:
        return _governed(seen, wrote, settings)
    if bare or lacking:
        return _not_enrolled(lacking, seen, wrote, settings) if wrote or seen.changed else _no_mesh(seen, settings)
    if plane is not None or wrote:
        text = f"enrolled, but routes are ignored: {seen.text}" + (f"; {wrote}" if wrote else "; none wrote a status")
        text += f"; the Service: {'; '.join(seen.lacking)}" if seen.lacking else ""
        return _line("warn", text, "the run goes on, as this is a finding; most checks are going to fail")
    return _no_mesh(seen, settings)


def _governed(seen: Witnessed, wrote: str, settings: Settings) -> PreflightLine:
    text = f"a route changed traffic after {seen.seconds:.1f} s"
    if not wrote:
        return _line("warn", f"{text}, but no controller wrote its status", "every check of a status will fail")
    if seen.lacking:
        hint = f"the profile {settings.mesh.name} expects it at a Service that a route governs; is it this mesh's?"
        return _line("warn", f"{text}; {wrote}, but the Service has no such sign: {'; '.join(seen.lacking)}", hint)
    return _line("pass", f"{text}; {wrote}")


def _not_enrolled(
    lacking: Mapping[str, Sequence[str]], seen: Witnessed, wrote: str, settings: Settings
) -> PreflightLine:
    why = "; ".join(f"{name} lacks {', '.join(parts)}" for name, parts in lacking.items())
    text = f"there is a mesh here ({wrote or 'a route changed traffic'}), but the namespaces are not enrolled in it"
    return _line("fail", f"{text}: {why or seen.text or 'pods are without its proxy'}", _enrol(settings))


def _no_mesh(seen: Witnessed, settings: Settings) -> PreflightLine:
    name = settings.mesh.name
    return _line(
        "fail",
        f"no mesh here: no controller wrote a status into a route within {seen.seconds:.0f} s, and traffic did not "
        "follow it",
        f"install the mesh, with its support of the Gateway API switched on; or is --mesh {name} another one's "
        f"profile, or --kube-context another cluster's? {_enrol(settings)}".rstrip(),
    )


def _enrol(settings: Settings) -> str:
    how = enrolment(settings, "producer")
    if not how:
        return "The profile enrols no namespace; one that needs it is written in a profile of your own (--mesh FILE)"
    return (
        f"The profile {settings.mesh.name} enrols namespaces by {how}; its injector's log says why it left a pod alone"
    )


def _line(grade: Any, text: str, hint: str = "") -> PreflightLine:
    return PreflightLine(check=CHECK, grade=grade, text=text, hint=hint)
