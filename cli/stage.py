"""``gamma stage``: the namespaces of the stage as manifests, for an administrator to prepare."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import yaml

from cli.images import add_image_options, image_settings
from harness import mesh_profile
from harness.errors import UsageError
from harness.images import images
from harness.scenario.model import NAMESPACE_PREFIX, ROLES
from harness.scenario.prefix import is_prefix
from harness.settings import Settings

_RUN = "prepared"
_NOTE = """\
# Namespaces for the GAMMA conformance suite, prepared by an administrator: runs use them and never delete them.
# With these a run needs no right to make or delete namespaces. Take them away again with kubectl delete -f.
"""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = subparsers.add_parser("stage", help="namespaces for an administrator to prepare")
    parser.add_argument("--print", action="store_true", required=True, help="as YAML, for kubectl apply -f -")
    parser.add_argument("--mesh", default="lab", metavar="PROFILE", help="enrolled as this profile says (%(default)s)")
    parser.add_argument(
        "--namespace-prefix", default=NAMESPACE_PREFIX, metavar="PREFIX", help="of the namespaces (%(default)s)"
    )
    add_image_options(parser)


def run(options: argparse.Namespace) -> int:
    """Print the manifests. Raises UsageError for a bad prefix or profile."""
    if not is_prefix(options.namespace_prefix):
        raise UsageError(
            f"--namespace-prefix {options.namespace_prefix}: namespaces begin with at most 40 of a-z, 0-9 and -"
        )
    settings = Settings(
        run_id=_RUN,
        run_dir=Path("runs"),
        mesh=mesh_profile.load(options.mesh),
        namespace_prefix=options.namespace_prefix,
        **image_settings(options),
    )
    sys.stdout.write(_NOTE + _pulling(settings) + yaml.safe_dump_all(_objects(settings), sort_keys=False, width=110))
    return 0


def _pulling(settings: Settings) -> str:
    """Comments about what the nodes have to pull, and with which Secrets."""
    text = "".join(f"# Nodes pull {image}\n" for image in images(settings))
    for secret in settings.image_pull_secrets:
        text += f"# Pods pull with the Secret {secret}, which runs neither make nor read. Make it in each namespace:\n"
        text += "".join(
            f"#   kubectl create secret docker-registry {secret} -n {settings.namespace(role)} --docker-server=...\n"
            for role in ROLES
        )
    return text


def _objects(settings: Settings) -> list[dict[str, Any]]:
    from harness.stage import extras  # noqa: PLC0415 - knows the Kubernetes client, which takes a while to load
    from harness.stage.ownership import prepared  # noqa: PLC0415

    return [prepared(obj) for obj in (*extras.namespaces(settings), *extras.objects(settings))]
