"""``gamma plan``: what a run would do to a cluster, before anything is touched. Asks no cluster."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import spec.features
import spec.requirements
from cli.catalogue import add_scenarios_option, directories
from cli.images import add_image_options, image_settings
from harness import mesh_profile
from harness.claims import adjust
from harness.errors import UsageError
from harness.images import images
from harness.scenario import features_needed, kinds_written, load_catalogue
from harness.scenario.model import NAMESPACE_PREFIX, ROLES, Scenario
from harness.scenario.prefix import is_prefix
from harness.settings import Settings
from suites.plugin import order, selection
from suites.plugin.players import reason_to_skip


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command; options that choose are those of pytest."""
    parser = subparsers.add_parser("plan", help="what a run would do to a cluster")
    parser.add_argument("--mesh", default="lab", metavar="PROFILE", help="mesh profile (%(default)s)")
    parser.add_argument("--scenario", action="append", default=[], metavar="GLOB", help="scenarios with this id")
    parser.add_argument("--requirement", action="append", default=[], metavar="GLOB", help="that prove this")
    parser.add_argument("--feature", action="append", default=[], metavar="NAME", help="that need this")
    parser.add_argument("--features", action="append", default=[], metavar="LIST", help="as with pytest")
    parser.add_argument("--shard", metavar="I/N", help="as with pytest")
    parser.add_argument("--repeat", type=int, default=1, metavar="N", help="as with pytest")
    parser.add_argument("-n", type=int, default=1, dest="workers", metavar="N", help="workers (%(default)s)")
    parser.add_argument("--namespace-prefix", default=NAMESPACE_PREFIX, metavar="PREFIX", help="(%(default)s)")
    parser.add_argument("--json", action="store_true", help="for programs")
    add_image_options(parser)
    add_scenarios_option(parser)


def run(options: argparse.Namespace) -> int:
    """Print the plan. Raises UsageError for values that cannot work, ScenarioError for an invalid catalogue."""
    if not is_prefix(options.namespace_prefix):
        raise UsageError(f"--namespace-prefix {options.namespace_prefix}: not the beginning of a namespace's name")
    if options.repeat < 1 or options.workers < 1:
        raise UsageError("--repeat and -n are at least 1")
    settings = _settings(options)
    chosen = _chosen(options)
    played = [one for one in chosen if not reason_to_skip(one, settings.mesh.features)]
    if options.json:
        sys.stdout.write(json.dumps(_facts(played, len(chosen), settings, options.workers), indent=2) + "\n")
    else:
        facts = _facts(played, len(chosen), settings, options.workers)
        sys.stdout.write("".join(f"{line}\n" for line in _text(facts)))
    return 0


def _settings(options: argparse.Namespace) -> Settings:
    mesh = mesh_profile.load(options.mesh)
    features, strict = adjust(mesh.features, options.features)
    return Settings(
        run_id="plan",
        run_dir=Path("runs"),
        mesh=mesh.model_copy(update={"features": features}),
        features_strict=strict,
        namespace_prefix=options.namespace_prefix,
        repeat=options.repeat,
        **image_settings(options),
    )


def _chosen(options: argparse.Namespace) -> list[Scenario]:
    catalogue = load_catalogue(directories(options))
    found = selection.choose(
        catalogue,
        scenarios=options.scenario,
        requirements=options.requirement,
        features=options.feature,
        known_requirements=tuple(spec.requirements.load()),
        features_of=features_needed,
        known_features=tuple(spec.features.load()),
    )
    if options.shard is not None:
        part = order.parse_shard(options.shard)
        if part is None:
            raise UsageError(f"--shard {options.shard}: write I/N with I from 1 to N, such as 2/3")
        found = order.shard({name: order.length(catalogue[name]) for name in found}, *part)
    return [catalogue[name] for name in found]


def _facts(played: list[Scenario], chosen: int, settings: Settings, workers: int) -> dict[str, Any]:
    # Imported when needed: they know the Kubernetes client, which takes a while to load.
    from harness.play import forecast  # noqa: PLC0415
    from harness.preflight.needs import needs  # noqa: PLC0415
    from harness.stage import extras, manifests  # noqa: PLC0415
    from harness.stage.layout import WORKLOADS  # noqa: PLC0415

    found = forecast.of_all(played, settings)
    shared = found.shared + Counter(obj["kind"] for obj in extras.objects(settings))
    shared += Counter(
        {
            "Namespace": len(ROLES),
            "ConfigMap": 2 * len(ROLES) + 1,  # the program and the key pair; who holds the prefix
            "Deployment": len(WORKLOADS),
            "Service": len(manifests.control_services(settings)),
        }
    )
    kinds = {kind for one in played for kind, *_ in kinds_written(one)}
    return {
        "scenarios": len(played),
        "checks": sum(len(one.checks) for one in played),
        "skipped": chosen - len(played),
        "namespaces": [settings.namespace(role) for role in ROLES],
        "images": list(images(settings)),
        "pods": sum(workload.replicas for workload in WORKLOADS),
        "shared": dict(sorted(shared.items())),
        "played": dict(sorted(found.played.items())),
        "asked": dict(sorted(found.asked.items())),
        "verbs": [_need(need) for need in needs(kinds, settings.mesh)],
        "requests": found.requests,
        "peak": forecast.PEAK,
        "workers": workers,
        "minutes": round(found.with_workers(workers) / 60, 1),
    }


def _need(need: Any) -> dict[str, Any]:
    return {"resource": need.name, "verbs": list(need.verbs), "everywhere": need.everywhere}


def _text(facts: Mapping[str, Any]) -> Iterator[str]:
    skipped = f" ({facts['skipped']} more are not for this mesh)" if facts["skipped"] else ""
    plural = "" if facts["scenarios"] == 1 else "s"
    yield f"plays     {facts['scenarios']} scenario{plural} with {facts['checks']} checks{skipped}"
    yield f"in        {', '.join(facts['namespaces'])}"
    yield f"makes     {_counted(facts['shared'])}; {facts['pods']} pods: for the whole run"
    yield f"          {_counted(facts['played'])}: each while its scenario is played"
    yield f"pulls     {', '.join(facts['images'])}"
    if facts["asked"]:
        yield f"asks      admission about {_counted(facts['asked'])}, by dry run"
    yield f"sends     about {facts['requests']:,} requests between its own pods"
    yield f"          at most {facts['peak']:g} a second from a client while a sample is drawn; else 30 for each probe"
    workers = f"{facts['workers']} worker{'' if facts['workers'] == 1 else 's'}"
    yield f"takes     about {facts['minutes']:g} minutes with {workers}, and what it takes to begin and to end"
    yield "needs     " + "\n          ".join(_verbs(facts))
    yield "removes   all of it at the end; nothing without its label is touched (namespaces that were prepared stay)"


def _counted(kinds: Mapping[str, int]) -> str:
    return ", ".join(f"{number} {kind}" for kind, number in kinds.items()) or "nothing"


def _verbs(facts: Mapping[str, Any]) -> Iterator[str]:
    for need in facts["verbs"]:
        place = "everywhere" if need["everywhere"] else "in these namespaces"
        yield f"{', '.join(need['verbs'])} {need['resource']} {place}"
