"""``gamma preflight``: whether a cluster and its mesh can be judged; makes the stage, looks, and takes it away."""

from __future__ import annotations

import argparse
import secrets
import sys
from pathlib import Path

from cli.catalogue import SCENARIOS
from cli.images import add_image_options, image_settings
from harness import mesh_profile
from harness.errors import TargetError, UsageError
from harness.preflight import NotReadyError, Preflight, table
from harness.scenario import load_catalogue
from harness.scenario.model import NAMESPACE_PREFIX
from harness.scenario.prefix import is_prefix
from harness.settings import Settings
from harness.stage import Stage

_NOT_READY = 3


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = subparsers.add_parser("preflight", help="whether a cluster and its mesh can be judged")
    parser.add_argument("--mesh", default="lab", metavar="PROFILE", help="a name in meshes/, or a file (%(default)s)")
    parser.add_argument("--kube-context", metavar="NAME", help="context of the kubeconfig (default: its current one)")
    parser.add_argument("--namespace-prefix", default=NAMESPACE_PREFIX, metavar="PREFIX", help="(%(default)s)")
    parser.add_argument("--time-scale", type=float, default=1.0, metavar="X", help="factor on every waiting limit")
    add_image_options(parser)
    parser.add_argument("--keep", action="store_true", help="leave the stage, to look around (`gamma clean` ends it)")
    parser.add_argument("--json", action="store_true", help="for programs")


def run(options: argparse.Namespace) -> int:
    """Look, tell, clean up; 0 where the mesh can be judged, else 3.

    Raises UsageError for a bad prefix or profile, TargetError where cleaning up fails.
    """
    if not is_prefix(options.namespace_prefix):
        raise UsageError(f"--namespace-prefix {options.namespace_prefix}: at most 40 of a-z, 0-9 and -")
    settings = Settings(
        run_id=f"preflight-{secrets.token_hex(2)}",
        run_dir=Path("runs"),
        mesh=mesh_profile.load(options.mesh),
        context=options.kube_context,
        namespace_prefix=options.namespace_prefix,
        time_scale=options.time_scale,
        **image_settings(options),
    )
    stage = Stage(settings, progress=_progress, demand_data_plane=False)
    preflight = Preflight(settings, stage.cluster, _progress)
    try:
        status = _look(preflight, stage)
    finally:
        if options.keep:
            stage.leave()
        else:
            stage.down()
    if options.json:
        sys.stdout.write(table.as_json(preflight.lines))
    else:
        table.show(preflight.lines, sys.stdout)
    return status


def _look(preflight: Preflight, stage: Stage) -> int:
    """Without the scenarios' own Services: those are many, and prove nothing here."""
    try:
        facts = preflight.before_stage(list(load_catalogue([SCENARIOS]).values()))
        try:
            stage.up([], facts)
        except TargetError as error:
            raise preflight.stage_failed(error) from None
        preflight.on_stage()
    except NotReadyError:
        return _NOT_READY
    return 0


def _progress(text: str) -> None:
    """On stderr, where a person waits."""
    if sys.stderr.isatty():
        sys.stderr.write(f"{text}\n")
