"""How a lab is to be, and what can go wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

CRDS = ("v1.6",)
CHANNELS = ("standard",)


@dataclass(frozen=True, slots=True)
class LabConfig:
    """A lab to be started. Everything it writes goes below ``run_dir / "lab"``.

    ``defect`` is an id of ``lab.defects``, empty for a conformant mesh; ``crds`` and ``channel`` choose the
    Gateway API that is installed.
    """

    run_dir: Path
    defect: str = ""
    crds: str = "v1.6"
    channel: str = "standard"

    @property
    def lab_dir(self) -> Path:
        """Where logs, credentials, state and the kubeconfig are."""
        return self.run_dir / "lab"


class LabError(Exception):
    """The lab cannot be had: what happened, and what to do about it."""

    exit_status = 3

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n  {self.hint}" if self.hint else self.message
