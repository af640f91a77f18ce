"""The real targets: an embedded lab of our own, or a cluster that is there already."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from harness.errors import TargetError, UsageError
from harness.play.state import RunState
from harness.preflight import set_up
from harness.scenario.model import Scenario
from harness.settings import Settings
from harness.stage import Stage
from lab.config import GATEWAY_API, check_pose, gateway_api
from lab.control import Lab, LabConfig, LabError, start
from suites.plugin.interfaces import PREFLIGHT, Progress

LAB = "lab"  # both the profile of our own lab and the pose of a lab that poses as nobody
_LAB_PATIENCE = 60.0  # seconds until the lab must be up; it takes about three


def _kept(settings: Settings) -> str:
    """Whose objects stay, in words; empty where nothing does."""
    kept = RunState(settings.state_dir).kept if settings.keep else []
    return f"the objects of {', '.join(kept)} are kept, with the stage" if kept else ""


class ClusterTarget:
    """A cluster of the user's: only the stage is ours."""

    def __init__(self, settings: Settings, progress: Progress) -> None:
        lose = RunState(settings.state_dir).lose
        self._stages = [
            Stage(each, progress=progress, demand_data_plane=False, on_lost=lose) for each in settings.stages()
        ]
        self._settings = settings
        self._progress = progress
        self._staged = False

    def start(self) -> Settings:
        """Nothing to start."""
        return self._settings

    def ready(self, scenarios: Sequence[Scenario]) -> dict[str, Any]:
        """Build the stage; raises TargetError."""
        self._staged = True
        return _ready(self._settings, self._stages, scenarios, self._progress)

    def stop(self) -> str | None:
        """Remove the stage, unless something on it is to be kept; raises TargetError where the cluster forbids it."""
        if not self._staged:
            return None
        self._staged = False
        kept = _kept(self._settings)
        if not kept:
            each_of(self._stages, Stage.down)
            return None
        each_of(self._stages, Stage.leave)
        context = f" --kube-context {self._settings.context}" if self._settings.context else ""
        return f"{kept}; take it away: gamma clean --namespace-prefix {self._settings.namespace_prefix}{context}"


class LabTarget:
    """A lab that lives as long as the run."""

    def __init__(self, settings: Settings, config: LabConfig, progress: Progress) -> None:
        self._settings = settings
        self._config = config
        self._progress = progress
        self._lab: Lab | None = None

    def start(self) -> Settings:
        """Start the lab's processes and return while they come up; raises TargetError where the host forbids them."""
        try:
            self._lab = start(self._config, detached=bool(self._settings.keep))
        except LabError as error:
            raise TargetError(error.message, error.hint) from error
        self._settings = self._settings.model_copy(update={"kubeconfig": self._lab.kubeconfig, "context": None})
        return self._settings

    def ready(self, scenarios: Sequence[Scenario]) -> dict[str, Any]:
        """Wait for the lab, then build the stage; raises TargetError."""
        assert self._lab, "started before"
        self._progress("waiting for the lab")
        try:
            self._lab.wait_ready(_LAB_PATIENCE)
        except LabError as error:
            raise TargetError(error.message, error.hint) from error
        stages = [
            Stage(each, progress=self._progress, demand_data_plane=False, shared=False)
            for each in self._settings.stages()
        ]
        return _ready(self._settings, stages, scenarios, self._progress)

    def stop(self) -> str | None:
        """End the lab and all that is in it, unless something is to be kept."""
        if not self._lab:
            return None
        lab, self._lab = self._lab, None
        kept = _kept(self._settings)
        if not kept:
            lab.stop()
            return None
        lab.leave()
        end = f"gamma lab down --dir {self._settings.run_dir}"
        return f"{kept}, in a lab that stays (KUBECONFIG={lab.kubeconfig}); end it: {end}"


def each_of(stages: Sequence[Stage], do: Callable[[Stage], None]) -> None:
    """Do it with every stage, also where one fails; raises the first error."""
    errors = []
    for stage in stages:
        try:
            do(stage)
        except TargetError as error:
            errors.append(error)
    if errors:
        raise errors[0]


def _ready(
    settings: Settings, stages: Sequence[Stage], scenarios: Sequence[Scenario], progress: Progress
) -> dict[str, Any]:
    """Build all stages; what the preflight sees on the first is true of them all."""
    first, *others = stages
    facts, lines = set_up(settings.stages()[0], first, scenarios, progress)
    for stage in others:
        stage.up(scenarios, facts)
    return {**facts.as_dict(), PREFLIGHT: lines}


def target(
    settings: Settings,
    lab_defect: str | None,
    lab_gateway_api: str | None,
    lab_poses_as: str | None,
    progress: Progress,
) -> ClusterTarget | LabTarget:
    """A lab of our own for the profile of that name, or one that poses; unless a context says where to find a cluster.

    Raises UsageError for a Gateway API that the lab does not have, and for a mesh that it cannot pose as.
    """
    if settings.context is not None or (settings.mesh.name != LAB and lab_poses_as is None):
        return ClusterTarget(settings, progress)
    try:
        crds, channel = gateway_api(lab_gateway_api or GATEWAY_API)
    except LabError as error:
        raise UsageError(f"--lab-gateway-api: {error.message}", error.hint) from error
    pose = lab_poses_as or LAB
    try:
        check_pose(pose)
    except LabError as error:
        raise UsageError(f"--lab-poses-as: {error.message}", error.hint) from error
    return LabTarget(settings, LabConfig(settings.run_dir, lab_defect or "", crds, channel, pose), progress)
