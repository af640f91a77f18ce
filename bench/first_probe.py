"""Starts a lab and its stage, and ends when the first probe is answered; the measurement `first-probe`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from harness.mesh_profile import load
from harness.prober import Batch, Prober
from harness.scenario.model import Client, Probe
from harness.settings import Settings
from harness.stage import Stage
from lab import control


def main() -> int:
    """Exit status 0 when the probe was answered."""
    with tempfile.TemporaryDirectory() as folder:
        lab = control.start(control.LabConfig(run_dir=Path(folder)))
        try:
            lab.wait_ready(60.0)
            settings = Settings(run_id="bench", run_dir=Path(folder), mesh=load("lab"), kubeconfig=lab.kubeconfig)
            Stage(settings).up([])
            return 0 if _answered(settings) else 1
        finally:
            lab.stop()


def _answered(settings: Settings) -> bool:
    client, prober = Client("consumer"), Prober(settings)
    url = "http://control-frontend.gamma-producer/"
    probe = Probe.model_validate({"from": "consumer", "url": url})
    address = (prober.resolve(client, "control-frontend.gamma-producer"), 80)
    try:
        batch = Batch(client, probe, url, address, id_prefix="bench.1", interval=0.0, count=1)
        return all(one.answer.echo is not None for one in prober.start(batch).result(10.0))
    finally:
        prober.close()


if __name__ == "__main__":
    sys.exit(main())
