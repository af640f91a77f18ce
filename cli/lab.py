"""``gamma lab``: keeps an embedded lab running, and looks into it."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import TargetError, UsageError
from lab.config import CHANNELS, CRDS, LabConfig, LabError

if TYPE_CHECKING:
    from lab.control import Lab

_PATIENCE = 60.0  # seconds; it takes about one
_PLACE = Path(".lab")


def add_parser(subparsers: Any) -> None:
    """Declare the command."""
    parser = subparsers.add_parser("lab", help="keep an embedded lab running, and look into it")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    place = argparse.ArgumentParser(add_help=False)
    place.add_argument("--dir", type=Path, default=_PLACE, help="where its state and logs are (default: %(default)s)")
    up = verbs.add_parser("up", parents=[place], help="start a lab that stays, and print how to use it")
    up.add_argument("--defect", default="", metavar="ID", help="what its mesh does wrong; see `gamma lab defects`")
    up.add_argument(
        "--crds", default=CRDS[-1], choices=CRDS, help="the release of the Gateway API (default: %(default)s)"
    )
    up.add_argument("--channel", default=CHANNELS[0], choices=CHANNELS, help="its channel (default: %(default)s)")
    verbs.add_parser("down", parents=[place], help="end it")
    verbs.add_parser("status", parents=[place], help="what runs here")
    defects = verbs.add_parser("defects", parents=[place], help="what the mesh can do wrong")
    defects.add_argument("--set", metavar="ID", help="make the running mesh do it; `none` makes it conformant again")


def run(args: argparse.Namespace) -> int:
    """Run the command; returns the exit status. Raises GammaError."""
    verbs: dict[str, Callable[[argparse.Namespace], int]] = {
        "up": _up,
        "down": _down,
        "status": _status,
        "defects": _defects,
    }
    try:
        return verbs[args.verb](args)
    except LabError as error:
        raise TargetError(error.message, error.hint) from error


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def _up(args: argparse.Namespace) -> int:
    from lab import control  # noqa: PLC0415 - the other verbs do not need it

    _known(args.defect)
    running = control.attach(args.dir)
    if running is not None:
        _print(f"a lab is running in {args.dir} already (process {running.state.pid})")
        _tell_use(running)
        return 0
    lab = control.start(LabConfig(args.dir, args.defect, args.crds, args.channel), detached=True)
    try:
        lab.wait_ready(_PATIENCE)
    except BaseException:  # Ctrl-C too: nothing half-made stays
        lab.stop()
        raise
    lab.leave()
    _print(f"the lab is up{f', with the defect {args.defect}' if args.defect else ''}; end it with: gamma lab down")
    _tell_use(lab)
    return 0


def _tell_use(lab: Lab) -> None:
    _print(f"kubeconfig: {lab.kubeconfig}")
    _print(f"export KUBECONFIG={shlex.quote(str(lab.kubeconfig))}")


def _down(args: argparse.Namespace) -> int:
    from lab import control  # noqa: PLC0415 - see _up

    lab = control.attach(args.dir)
    if lab is None:
        _print(f"no lab is running in {args.dir}")
        return 0
    lab.stop()
    _print("the lab has ended")
    return 0


def _status(args: argparse.Namespace) -> int:
    from lab import control, remote  # noqa: PLC0415 - see _up

    lab = control.attach(args.dir)
    if lab is None:
        _print(f"no lab is running in {args.dir}; start one: gamma lab up")
        return 3
    place = lab.config.lab_dir
    _print(f"process     {lab.state.pid}, {'ready' if remote.is_ready(place) else 'not ready yet'}")
    _print(f"API         https://127.0.0.1:{lab.state.port}, Gateway API {lab.state.crds} {lab.state.channel}")
    _print(f"defect      {remote.defect(place) or 'none'}")
    for name, path in (
        ("nodes", "/api/v1/nodes"),
        ("pods", "/api/v1/pods"),
        ("Services", "/api/v1/services"),
        ("HTTPRoutes", "/apis/gateway.networking.k8s.io/v1/httproutes"),
    ):
        _print(f"{name:<11} {remote.count(place, path)}")
    _print(f"logs        {place}")
    _tell_use(lab)
    return 0


def _defects(args: argparse.Namespace) -> int:
    from lab.defects.registry import registry  # noqa: PLC0415 - see _up

    if args.set is None:
        width = max(map(len, registry))
        for defect in registry.values():
            _print(f"{defect.id:<{width}}  {defect.title}")
        return 0
    from lab import control  # noqa: PLC0415 - see _up

    wanted = "" if args.set == "none" else args.set
    _known(wanted)
    lab = control.attach(args.dir)
    if lab is None:
        raise LabError(f"no lab is running in {args.dir}", "start one: gamma lab up")
    lab.set_defect(wanted)
    _print(f"the mesh has {f'the defect {wanted}' if wanted else 'no defect'} from now on")
    return 0


def _known(defect: str) -> None:
    """Raises UsageError for an id that no defect has."""
    from lab import control  # noqa: PLC0415 - see _up

    try:
        control.check_defect(defect)
    except LabError as error:
        raise UsageError(error.message, error.hint) from error
