"""What a run was started with; made once by the controller and handed to every worker as JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from harness.baseline import Baseline
from harness.evidence.model import ExpectedChecks
from harness.mesh_profile import MeshProfile
from harness.scenario.model import NAMESPACE_PREFIX

FIELD_MANAGER = "gamma-conformance"
FOREIGN_MANAGER = "gamma-conformance-foreign"  # writes to statuses what another controller might
OWNER_LABEL = "gamma.test/owner"
OWNER = "gamma-conformance"
RUN_LABEL = "gamma.test/run"
SCENARIO_LABEL = "gamma.test/scenario"
STAGE_LABEL = "gamma.test/stage"  # whose objects: runs with different prefixes leave each other's alone
PREPARED = "gamma.test/prepared"  # annotation of namespaces that an administrator made: used, and never deleted


class Settings(BaseModel):
    """Everything stage and player need to know; ``model_dump_json`` and ``model_validate_json`` carry it to workers."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    run_id: str
    run_dir: Path
    mesh: MeshProfile
    kubeconfig: Path | None = None  # None: $KUBECONFIG, ~/.kube/config, or the pod's own service account
    context: str | None = None  # None: the kubeconfig's current one
    namespace_prefix: str = NAMESPACE_PREFIX
    seed: int = 0
    time_scale: float = 1.0  # --time-scale; multiplied with the profile's; below 1 the run is a hurried one
    image: str | None = None  # --image; None: the profile's
    image_pull_secrets: tuple[str, ...] = ()  # --image-pull-secret: Secrets in each of the namespaces
    run_as_user: int | None = 65532  # None leaves it to the cluster (OpenShift)
    features_strict: bool = False  # --features strict: undeclared features are judged as claimed ones
    strict: bool = False  # --strict: a deviation ends the run with status 1
    expectations: tuple[ExpectedChecks, ...] = ()  # those about this version of the mesh
    baseline: Baseline | None = None  # --baseline: the run that failures are compared with
    keep: Literal["", "failed", "all"] = ""  # --keep: whose objects stay in the cluster
    pause_on_failure: bool = False
    repeat: int = 1  # --repeat: how often each scenario is played
    preflight: bool = True  # --no-preflight: play whatever the target is
    isolated: int = 0  # how many workers have a stage each (the profile's `isolate`); 0: they share one
    worker: str = "main"

    def for_worker(self, worker: str) -> Settings:
        """The settings of a worker (``gw0``, ``gw1``, ...): with a prefix of its own where each has a stage."""
        changed: dict[str, object] = {"worker": worker}
        if self.isolated:
            number = int(worker.removeprefix("gw")) % self.isolated
            changed["namespace_prefix"] = f"{self.namespace_prefix}w{number}-"
        return self.model_copy(update=changed)

    def stages(self) -> tuple[Settings, ...]:
        """The settings of each stage of the run."""
        if not self.isolated:
            return (self,)
        return tuple(self.for_worker(f"gw{number}") for number in range(self.isolated))

    @property
    def patience(self) -> float:
        """Factor on every limit of waiting for what is ours (pods, names); a hurried run does not shorten them."""
        return max(1.0, self.time_scale) * self.mesh.timeScale

    @property
    def budget(self) -> float:
        """Factor on the time that the mesh has for a change (never on what a probe must measure)."""
        return self.time_scale * self.mesh.timeScale

    @property
    def pace(self) -> float:
        """Factor on the length of whatever is held: below 1 in a hurried run, and never above."""
        return min(1.0, self.time_scale)

    @property
    def state_dir(self) -> Path:
        """Small files by which the workers of a run tell each other what they found out."""
        return self.run_dir / "state"

    def evidence_dir(self, scenario: str) -> Path:
        """Where the evidence of a scenario goes."""
        return self.run_dir / "evidence" / scenario

    def namespace(self, role: str) -> str:
        """The namespace of a role, with this run's prefix."""
        return self.namespace_prefix + role

    @property
    def stage(self) -> str:
        """The name of this prefix's stage, as its objects are labelled."""
        return self.namespace("producer")

    def labels(self, scenario: str | None = None) -> dict[str, str]:
        """The labels by which an object is known as ours."""
        ours = {OWNER_LABEL: OWNER, STAGE_LABEL: self.stage, RUN_LABEL: self.run_id}
        return ours if scenario is None else {**ours, SCENARIO_LABEL: scenario}
