"""``gamma images``: the images that a run makes the nodes pull, one a line, for mirroring. Asks no cluster."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from harness import mesh_profile
from harness.images import checked_image, checked_secrets, images
from harness.settings import Settings


def add_image_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options by which a run pulls from elsewhere; as with pytest."""
    parser.add_argument("--image", metavar="IMAGE", help="with python3, for our pods (default: the profile's)")
    parser.add_argument(
        "--image-pull-secret",
        action="append",
        default=[],
        metavar="NAME",
        help="of a Secret in each of the namespaces, for a private registry (may be repeated)",
    )


def image_settings(options: argparse.Namespace) -> dict[str, Any]:
    """What those options say, as fields of the settings. Raises UsageError for names that cannot be."""
    return {
        "image": checked_image(options.image),
        "image_pull_secrets": checked_secrets(options.image_pull_secret),
    }


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = subparsers.add_parser("images", help="the images that a run needs, to mirror them")
    parser.add_argument("--mesh", default="lab", metavar="PROFILE", help="mesh profile (%(default)s)")
    parser.add_argument("--json", action="store_true", help="for programs")
    add_image_options(parser)


def run(options: argparse.Namespace) -> int:
    """Print them. Raises UsageError for a bad profile or image."""
    profile = mesh_profile.load(options.mesh)
    found = images(Settings(run_id="images", run_dir=Path("runs"), mesh=profile, **image_settings(options)))
    text = json.dumps(found, indent=2) + "\n" if options.json else "".join(f"{image}\n" for image in found)
    sys.stdout.write(text)
    return 0
