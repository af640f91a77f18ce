"""What a mesh profile says. Field names are those of the YAML file."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from harness.claims import Features
from harness.scenario.model import ROLES, Duration, Name, Role


def _word(value: object) -> object:
    """What YAML takes for a boolean, unless it is quoted, is a word here."""
    return str(value) if isinstance(value, bool) else value


ConditionStatus = Annotated[Literal["True", "False", "Unknown"], BeforeValidator(_word)]
Conditions = Annotated[dict[str, ConditionStatus], Field(min_length=1)]
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]

OUTSIDE = "outside"
#: The roles whose namespaces belong to the mesh.
ENROLLED: tuple[Role, ...] = tuple(role for role in ROLES if role != OUTSIDE)


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Identity(_Part):
    """Who makes the mesh; goes into every report."""

    organization: str = Field(default="", description="The organisation, as conformance reports name it.")
    project: str = Field(default="", description="The project.")
    url: str = Field(default="", description="Where to read about it.")
    version: str = Field(default="", description="The version under test; empty where the profile is for any.")
    contact: tuple[str, ...] = Field(default=(), description="Whom to tell about results.")


class ByRole(_Part):
    """Labels or annotations of the namespaces; ``enrolled`` stands for every role except ``outside``."""

    enrolled: dict[str, str] = Field(default_factory=dict, description="For every namespace but `outside`.")
    roles: dict[Role, dict[str, str]] = Field(
        default_factory=dict, description="For the namespace of one role; wins over `enrolled`."
    )

    def of(self, role: str) -> dict[str, str]:
        """What the namespace of this role gets; the role's own entries win."""
        shared = {} if role == OUTSIDE else self.enrolled
        own = next((entries for name, entries in self.roles.items() if name == role), {})
        return {**shared, **own}


class Extra(_Part):
    """One thing that the mesh needs once the namespaces exist: an object, or labels that would come too early before.

    A manifest is applied in the namespace of every role named, without a namespace written in it.
    """

    roles: tuple[Role, ...] = Field(default=ENROLLED, min_length=1, description="Where; default: all but `outside`.")
    manifest: dict[str, Any] | None = Field(default=None, description="A complete object without a namespace.")
    ready: Conditions | None = Field(default=None, description="Conditions of the object to wait for: type -> status.")
    labels: dict[str, str] = Field(default_factory=dict, description="Labels for the namespaces.")

    @model_validator(mode="after")
    def _sound(self) -> Extra:
        if (self.manifest is None) == (not self.labels):
            raise ValueError("give either a manifest or labels")
        if self.ready is not None and self.manifest is None:
            raise ValueError("`ready` is about a manifest, and there is none")
        if self.manifest is not None:
            metadata = self.manifest.get("metadata")
            if not isinstance(metadata, dict) or not isinstance(metadata.get("name"), str):
                raise ValueError("the manifest needs metadata with a name")
            if not all(isinstance(self.manifest.get(key), str) for key in ("apiVersion", "kind")):
                raise ValueError("the manifest needs apiVersion and kind")
            if "namespace" in metadata:
                raise ValueError("leave the namespace out: the manifest is applied in that of every role")
        return self


class DataPlane(_Part):
    """How one sees that a pod, or a routed Service, is in the mesh's hands. Nothing named: it cannot be seen."""

    containers: tuple[Text, ...] = Field(
        default=(), description="Names of the proxy: one of them runs as container or restartable init container."
    )
    podAnnotations: dict[str, str] = Field(default_factory=dict, description="On each pod that it has taken in.")
    serviceConditions: dict[str, ConditionStatus] = Field(
        default_factory=dict, description="In the status of a Service once a route governs it."
    )

    @property
    def in_pods(self) -> bool:
        """Whether there is anything to be seen at a pod."""
        return bool(self.containers or self.podAnnotations)


class MeshResource(_Part):
    """What Mesh objects of the mesh say."""

    controllerName: str = Field(
        default="", description="Whose they are; scenarios about Mesh objects are skipped where it is not known."
    )


class MeshProfile(_Part):
    """One mesh, as the suite has to treat it."""

    name: Name
    identity: Identity = Field(default=Identity(), description="Who makes the mesh; goes into every report.")
    labels: ByRole = Field(default=ByRole(), description="Labels of the namespaces, by which they are enrolled.")
    annotations: ByRole = Field(default=ByRole(), description="Annotations of the namespaces.")
    afterNamespaces: tuple[Extra, ...] = Field(
        default=(), description="What the mesh needs once the namespaces exist, in this order."
    )
    dataPlane: DataPlane = Field(default=DataPlane(), description="How one sees that the mesh is at work.")
    features: Features = Field(default=Features(), description="What the mesh says of its optional features.")
    timeScale: float = Field(default=1.0, gt=0, le=100, description="Factor on every waiting limit.")
    settledFor: Duration = Field(default=1.0, description="How long an outcome must last before it is believed.")
    newServiceQuiet: Duration = Field(default=2.0, description="How long nobody dials a new Service.")
    appProtocol: dict[int, str] = Field(default_factory=dict, description="Container port -> value to set instead.")
    controllerName: str = Field(default="", description="The controller that writes route status.")
    meshResource: MeshResource = Field(default=MeshResource(), description="About Mesh objects (XMesh) of the mesh.")
    image: str = Field(default="python:3.12-slim", description="Image with python3 that runs the probe program.")
    isolate: bool = Field(default=False, description="Give each worker of a run namespaces and pods of its own.")
    knownDifferences: tuple[Text, ...] = Field(
        default=(), description="What is known to differ where the specification leaves it open; never a failure."
    )

    @property
    def enrols(self) -> bool:
        """Whether namespaces have to ask for the mesh; where they need not, none is outside of it."""
        by_name = any(
            by_role.of(role) != by_role.of(OUTSIDE) for by_role in (self.labels, self.annotations) for role in ENROLLED
        )
        return by_name or any(extra.labels for extra in self.afterNamespaces)

    @property
    def publisher(self) -> str:
        """The controller whose Mesh resource tells which features there are; empty: whichever there is."""
        return self.meshResource.controllerName or self.controllerName
