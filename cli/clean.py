"""``gamma clean``: takes away what runs left in a cluster; nothing without our label, nothing of a run that lives."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from harness import mesh_profile
from harness.cluster import Cluster, KubeCluster, Ref, load_configuration
from harness.errors import TargetError, UsageError
from harness.scenario.model import NAMESPACE_PREFIX
from harness.scenario.prefix import is_prefix
from harness.settings import Settings
from harness.stage.lease import Lease
from harness.stage.ownership import Ground, prefixes

_PATIENCE = 120.0  # seconds for the end of a namespace
_IN_USE = 3


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = subparsers.add_parser("clean", help="take away what interrupted or kept runs left in a cluster")
    parser.add_argument("--namespace-prefix", metavar="PREFIX", help=f"whose namespaces (default: {NAMESPACE_PREFIX})")
    parser.add_argument("--all", action="store_true", help="of every prefix")
    parser.add_argument("--kube-context", metavar="NAME", help="context of the kubeconfig (default: its current one)")
    parser.add_argument("--mesh", default="lab", metavar="PROFILE", help="whose further objects to look for, too")
    parser.add_argument("--dry-run", action="store_true", help="say what would be deleted, and leave it")


def run(options: argparse.Namespace) -> int:
    """List, delete, wait; returns 0, or 3 where a run that lives was left alone.

    Raises UsageError for a bad prefix, TargetError where the cluster cannot be asked or does not let us.
    """
    prefix = options.namespace_prefix
    if prefix is not None and options.all:
        raise UsageError("--all is about every prefix", "leave out --namespace-prefix")
    if prefix is not None and not is_prefix(prefix):
        raise UsageError(f"--namespace-prefix {prefix}: namespaces begin with at most 40 of a-z, 0-9 and -")
    mesh = mesh_profile.load(options.mesh)
    cluster = KubeCluster.connect(load_configuration(None, options.kube_context))
    try:
        return clean(
            cluster,
            lambda found: Settings(run_id="clean", run_dir=Path("runs"), mesh=mesh, namespace_prefix=found),
            None if options.all else prefix or NAMESPACE_PREFIX,
            dry_run=options.dry_run,
        )
    finally:
        cluster.close()


def clean(cluster: Cluster, settings_of: Callable[[str], Settings], prefix: str | None, *, dry_run: bool) -> int:
    """Clean one prefix, with those of its isolated workers, or every one; returns the exit status."""
    left_alone = False
    cleaned = 0
    for each in prefixes(cluster, prefix):
        settings = settings_of(each)
        try:
            Lease(cluster, settings, _say).refuse_if_taken()
        except TargetError as error:
            _say(f"{error.message}: left alone")
            left_alone = True
            continue
        ground = Ground(cluster, settings, _say, _PATIENCE)
        found = ground.belongings()
        cleaned += len(found)
        for ref in found:
            _say(f"{'would delete' if dry_run else 'deleting'} {ref}")
        if not dry_run:
            ground.clear()
        for name in ground.kept():
            _say(f"keeping {Ref('v1', 'Namespace', '', name)}, which was prepared by an administrator")
    if not cleaned and not left_alone:
        _say(f"nothing of ours is there{f' with the prefix {prefix}' if prefix else ''} ({cluster.server})")
    return _IN_USE if left_alone else 0


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
