"""The poses, each with where its facts come from."""

from __future__ import annotations

from collections.abc import Mapping

from lab.poses.model import Enrolment, Pose, Sidecar, Waypoint

#: The lab as itself.
LAB = Pose(
    name="lab",
    controller="gamma.test/lab-mesh",
    enrolment=(Enrolment("labels", "gamma-lab/mesh", ("enabled",)),),
    publishes=True,
)

# https://istio.io/latest/docs/setup/additional-setup/sidecar-injection/; native sidecars are the default where the
# cluster supports them.
_ISTIO_SIDECAR = Pose(
    name="istio-sidecar",
    controller="istio.io/gateway-controller",
    enrolment=(
        Enrolment("labels", "istio-injection", ("enabled",)),
        Enrolment("labels", "istio.io/rev", ("default",)),
    ),
    sidecar=Sidecar("istio-proxy", native=True, setup="istio-init"),
)
# https://istio.io/latest/docs/ambient/usage/waypoint/: ztunnel takes in pods that run already and says so
# at the pod; HTTP needs a waypoint, and the namespace's label that names it.
_ISTIO_AMBIENT = Pose(
    name="istio-ambient",
    controller="istio.io/gateway-controller",
    enrolment=(Enrolment("labels", "istio.io/dataplane-mode", ("ambient",)),),
    pod_annotations={"ambient.istio.io/redirection": "enabled"},
    waypoint=Waypoint("istio-waypoint", 15008, "HBONE", "istio.io/use-waypoint"),
)
# https://linkerd.io/2/features/proxy-injection/; as an ordinary container, which older charts do.
_LINKERD = Pose(
    name="linkerd",
    controller="linkerd.io/policy-controller",
    enrolment=(Enrolment("annotations", "linkerd.io/inject", ("enabled",)),),
    sidecar=Sidecar("linkerd-proxy", native=False, setup="linkerd-init"),
)
# https://kuma.io/docs/latest/production/dp-config/dpp-on-kubernetes/; always a native sidecar on recent clusters.
_KUMA = Pose(
    name="kuma",
    controller="gateways.kuma.io/controller",
    enrolment=(Enrolment("labels", "kuma.io/sidecar-injection", ("enabled", "true")),),
    sidecar=Sidecar("kuma-sidecar", native=True, setup="kuma-init", annotations={"kuma.io/sidecar-injected": "true"}),
)
# https://docs.cilium.io/en/latest/network/servicemesh/gateway-api/gamma/: nothing to enrol; Services say that routes
# were attached.
_CILIUM = Pose(
    name="cilium",
    controller="io.cilium/gateway-controller",
    service_conditions=(
        ("gamma.cilium.io/GammaRoutesAttached", "Accepted"),
        ("gamma.cilium.io/GammaRoutesProgrammed", "Programmed"),
    ),
)
# The label is documented; the names of container and controller are not, and are made up.
_GOOGLE_CSM = Pose(
    name="google-csm",
    controller="example.com/csm-controller",
    enrolment=(Enrolment("labels", "mesh.cloud.google.com/csm-injection", ("sidecar",)),),
    sidecar=Sidecar("csm-proxy", native=True),
)
_GENERIC = Pose(name="generic", controller="example.com/some-mesh")
#: A cluster in which nobody implements the Gateway API.
_NONE = Pose(name="none", controller="example.com/nobody", absent=True)

POSES: Mapping[str, Pose] = {
    pose.name: pose
    for pose in (LAB, _ISTIO_SIDECAR, _ISTIO_AMBIENT, _LINKERD, _KUMA, _CILIUM, _GOOGLE_CSM, _GENERIC, _NONE)
}


def pose_of(name: str) -> Pose:
    """The pose of this name. Raises KeyError."""
    return POSES[name]
