"""How a lab is to be, and what can go wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lab.poses import LAB, POSES
from spec.crds import BUNDLES, CHANNEL, VERSION

#: The Gateway API that a lab serves unless told otherwise.
GATEWAY_API = f"{VERSION}/{CHANNEL}"


@dataclass(frozen=True, slots=True)
class LabConfig:
    """A lab to be started. Everything it writes goes below ``run_dir / "lab"``.

    ``defect`` is an id of ``lab.defects``, empty for a conformant mesh; ``crds`` and ``channel`` choose the
    Gateway API that is installed; ``pose`` is one of ``lab.poses``.
    """

    run_dir: Path
    defect: str = ""
    crds: str = VERSION
    channel: str = CHANNEL
    pose: str = LAB.name

    @property
    def lab_dir(self) -> Path:
        """Where logs, credentials, state and the kubeconfig are."""
        return self.run_dir / "lab"


def gateway_api(text: str) -> tuple[str, str]:
    """Release line and channel of ``v1.4/experimental``; the channel may be left out. Raises LabError."""
    version, _, channel = text.partition("/")
    wanted = (version, channel or CHANNEL)
    if wanted not in BUNDLES:
        raise LabError(f"the lab has no Gateway API {text}", f"it has: {', '.join('/'.join(one) for one in BUNDLES)}")
    return wanted


def check_pose(name: str) -> None:
    """Raises LabError for a mesh that the lab cannot pose as."""
    if name not in POSES:
        raise LabError(f"the lab cannot pose as {name!r}", f"it can pose as: {', '.join(POSES)}")


class LabError(Exception):
    """The lab cannot be had: what happened, and what to do about it."""

    exit_status = 3

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n  {self.hint}" if self.hint else self.message
