"""``gamma lab``: keeps an embedded lab running between commands, to try routes, write scenarios and look around."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
import time
from pathlib import Path

from cli import defects
from harness.errors import TargetError, UsageError
from harness.scenario.suggest import suggest
from lab import remote
from lab.config import GATEWAY_API, check_pose, gateway_api
from lab.control import Lab, LabConfig, LabError, attach, start
from lab.credentials import CONTEXT, USER_CONTEXT
from lab.defects.registry import selectable
from lab.poses import LAB, POSES

_DIRECTORY = Path(".lab")
_PATIENCE_SECONDS = 60.0  # it takes about two; a machine that is busy otherwise may need longer
_NO_DEFECT = "none"
_ABSENT = 3


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command and its actions."""
    parser = subparsers.add_parser("lab", help="keep an embedded lab running, and look into it")
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--dir", type=Path, default=_DIRECTORY, help="where the lab keeps its files (default: %(default)s)"
    )
    up = actions.add_parser("up", parents=[common], help="start a lab that stays until `gamma lab down`")
    up.add_argument("--defect", default="", metavar="ID", help="start with this defect (see `gamma lab defects`)")
    up.add_argument(
        "--gateway-api",
        metavar="VERSION/CHANNEL",
        help=f"serve these CRDs, such as v1.4/experimental (default: {GATEWAY_API})",
    )
    up.add_argument(
        "--poses-as", metavar="NAME", help="take in workloads as this mesh does (default: as the lab itself)"
    )
    actions.add_parser("down", parents=[common], help="end the lab")
    actions.add_parser("status", parents=[common], help="whether a lab runs, and how to reach it")
    listing = actions.add_parser("defects", parents=[common], help="what the lab's mesh can be made to do wrong")
    listing.add_argument(
        "ids",
        nargs="*",
        metavar="ID",
        help="tell these (globs are allowed) at length: their story, the checks they name",
    )
    listing.add_argument("--set", metavar="ID", help=f"switch the running lab to this defect ({_NO_DEFECT}: to none)")


def run(options: argparse.Namespace) -> int:
    """Do what was asked; returns the exit status, 3 where ``status`` finds no lab.

    Raises TargetError where the host forbids a lab or none runs, UsageError for an unknown defect.
    """
    actions = {"up": _up, "down": _down, "status": _status, "defects": _defects}
    try:
        return actions[options.action](options)
    except LabError as error:
        raise TargetError(error.message, error.hint) from error


def _up(options: argparse.Namespace) -> int:
    defect = _known(options.defect)
    crds, channel = _gateway_api(options.gateway_api or GATEWAY_API)
    pose = _pose(options.poses_as or LAB.name)
    running = attach(options.dir)
    if running is not None:
        present = remote.defect(running.config.lab_dir)
        if options.defect and present != defect:
            raise UsageError(
                f"a lab is running in {options.dir} already, with defect {present or _NO_DEFECT}",
                f"switch it: gamma lab defects --set {defect or _NO_DEFECT}",
            )
        serves = (running.config.crds, running.config.channel)
        if options.gateway_api is not None and serves != (crds, channel):
            raise UsageError(
                f"a lab is running in {options.dir} already, with Gateway API {'/'.join(serves)}",
                "end it first: gamma lab down",
            )
        if options.poses_as is not None and running.config.pose != pose:
            raise UsageError(
                f"a lab is running in {options.dir} already, posing as {running.config.pose}",
                "end it first: gamma lab down",
            )
        _say("the lab is up already", *_reach(running))
        return 0
    began = time.monotonic()
    lab = start(LabConfig(options.dir, defect=defect, crds=crds, channel=channel, pose=pose), detached=True)
    try:
        lab.wait_ready(_PATIENCE_SECONDS)
    except BaseException:  # Ctrl-C too: a lab that nobody was told of must not stay
        lab.stop()
        raise
    lab.leave()
    _say(f"the lab is up after {time.monotonic() - began:.1f} s", *_reach(lab))
    return 0


def _gateway_api(text: str) -> tuple[str, str]:
    try:
        return gateway_api(text)
    except LabError as error:
        raise UsageError(f"--gateway-api: {error.message}", error.hint) from error


def _pose(name: str) -> str:
    try:
        check_pose(name)
    except LabError as error:
        raise UsageError(f"--poses-as: {error.message}", error.hint) from error
    return name


def _down(options: argparse.Namespace) -> int:
    lab = attach(options.dir)
    if lab is None:
        _say(f"no lab is running in {options.dir}")
        return 0
    lab.stop()
    _say("the lab is down")
    return 0


def _status(options: argparse.Namespace) -> int:
    lab = attach(options.dir)
    if lab is None:
        _say(f"no lab is running in {options.dir}; start one with `gamma lab up`")
        return _ABSENT
    serves = f"{lab.config.crds}/{lab.config.channel}"
    defect = remote.defect(lab.config.lab_dir) or _NO_DEFECT
    pose = f", posing as {lab.config.pose}" if lab.config.pose != LAB.name else ""
    _say(f"the lab is up, defect: {defect}, Gateway API: {serves}{pose}", *_reach(lab))
    return 0


def _defects(options: argparse.Namespace) -> int:
    lab = attach(options.dir)
    if options.set is not None:
        wanted = _known(options.set)
        if lab is None:
            raise TargetError(
                f"no lab is running in {options.dir}", "start one with this defect: gamma lab up --defect"
            )
        lab.set_defect(wanted)
        _say(f"the lab's mesh now has {f'the defect {wanted}' if wanted else 'no defect'}")
        return 0
    if options.ids:
        found = defects.chosen(selectable, options.ids)
        if not found:
            raise UsageError(f"there is no defect {' or '.join(options.ids)}", suggest(options.ids[0], selectable))
        for name in found:
            _say(*defects.told(selectable[name]))
        return 0
    current = remote.defect(lab.config.lab_dir) if lab else ""
    _say(*defects.listed(selectable, current))
    if current:
        _say(f"* the running lab has it; `gamma lab defects --set {_NO_DEFECT}` ends that")
    return 0


def _known(defect: str) -> str:
    """The defect's id, empty for none. Raises UsageError for one that does not exist."""
    if defect in {"", _NO_DEFECT}:
        return ""
    if defect not in selectable:
        raise UsageError(f"there is no defect {defect!r}", f"{suggest(defect, selectable)}; all: gamma lab defects")
    return defect


def _reach(lab: Lab) -> tuple[str, ...]:
    kubeconfig = Path(os.path.relpath(lab.kubeconfig))
    profile = "generic" if POSES[lab.config.pose].absent else lab.config.pose
    return (
        f"  kubeconfig  {kubeconfig} (context {CONTEXT}; {USER_CONTEXT}: a user without rights)",
        f"  export KUBECONFIG={shlex.quote(str(lab.kubeconfig))}",
        f"  pytest --mesh {profile} --kube-context {CONTEXT}",
    )


def _say(*lines: str) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))
