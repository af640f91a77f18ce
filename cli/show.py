"""``gamma show``: a scenario in words, or the objects that it has in the cluster at a step."""

from __future__ import annotations

import argparse
import difflib
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

from cli.catalogue import add_scenarios_option, directories, find
from harness.errors import UsageError
from harness.scenario import (
    channel,
    features_needed,
    fence_services,
    load_catalogue,
    manifests_at,
    since,
    support_level,
    wording,
)
from harness.scenario.derived import applied_objects, identity, list_of
from harness.scenario.model import (
    NAMESPACE_PREFIX,
    Accepted,
    Apply,
    Await,
    Check,
    Delete,
    Judged,
    Refused,
    Scenario,
    Step,
    Stream,
    checks_of,
)
from harness.scenario.prefix import with_prefix

Obj = dict[str, Any]
_RUN = "by-hand"  # the run that objects applied by hand belong to


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = subparsers.add_parser("show", help="a scenario, or what it applies up to a step")
    parser.add_argument("id", metavar="ID", help="of a scenario, or of one of its checks")
    parser.add_argument(
        "--at", type=int, metavar="STEP", help="the objects in force after this step, for kubectl apply"
    )
    parser.add_argument("--list", metavar="NAME", help="the objects of this list of manifests, for kubectl apply")
    parser.add_argument("--stage", action="store_true", help="with --at: namespaces and workloads, too")
    parser.add_argument("--diff", action="store_true", help="how the objects applied differ from those in the file")
    parser.add_argument(
        "--namespace-prefix", default=NAMESPACE_PREFIX, metavar="PREFIX", help="of the namespaces (%(default)s)"
    )
    parser.add_argument("--mesh", default="lab", metavar="PROFILE", help="mesh profile (%(default)s)")
    add_scenarios_option(parser)


def run(options: argparse.Namespace) -> int:
    """Print what was asked for. Raises UsageError for an unknown id, step or profile."""
    scenario = find(load_catalogue(directories(options)), options.id)
    if options.stage and options.at is None:
        raise UsageError("--stage goes with --at STEP", f"gamma show {options.id} --at {len(scenario.steps)} --stage")
    if options.list is not None:
        text = _yaml(_applied(_list(scenario, options.list), scenario, options))
    elif options.diff:
        text = _difference(scenario, _step(scenario, options.at), options)
    elif options.at is not None:
        text = _objects(scenario, _step(scenario, options.at), options)
    else:
        text = "\n".join(_story(scenario)) + "\n"
    sys.stdout.write(text)
    return 0


def _list(scenario: Scenario, name: str) -> Sequence[Obj]:
    if name not in scenario.manifests:
        raise UsageError(f"{scenario.id} has no list {name!r}", f"its lists: {', '.join(scenario.manifests)}")
    return scenario.manifests[name]


def _step(scenario: Scenario, number: int | None) -> int | None:
    if number is not None and not 1 <= number <= len(scenario.steps):
        raise UsageError(f"{scenario.id} has no step {number}", f"its steps are 1 to {len(scenario.steps)}")
    return number


def _story(scenario: Scenario) -> Iterator[str]:
    """The scenario with everything that is derived, in words."""
    first = f"since {since(scenario)}, {channel(scenario)} channel"
    yield f"{scenario.area}/{scenario.id}  ({support_level(scenario)}, {first})"
    yield scenario.title
    yield ""
    yield from (f"  {line}" for line in scenario.why.strip().splitlines())
    yield ""
    yield f"file      {scenario.mark.file}"
    yield f"features  {', '.join(sorted(features_needed(scenario))) or 'none'}"
    yield f"clients   {', '.join(sorted({str(client) for one in scenario.probes.values() for client in one.clients}))}"
    for service in fence_services(scenario):
        yield f"fence     Service {service['metadata']['namespace']}/{service['metadata']['name']}"
    yield ""
    for number, step in enumerate(scenario.steps, start=1):
        yield f"{number:>2}  {wording.step(step)}"
        yield from (f"      {line}" for line in _details(scenario, step))


def _details(scenario: Scenario, step: Step) -> Iterator[str]:
    match step:
        case Apply() | Delete() | Refused() | Accepted():
            name = step.delete if isinstance(step, Delete) else list_of(step) or ""
            yield from (" ".join((obj["kind"], _name(obj))) for obj in scenario.manifests.get(name, ()))
        case Await():
            yield from (_request(scenario, probe) for probe in step.await_)
        case Stream():
            yield from (_request(scenario, probe) for probe in step.stream)
        case _:
            pass
    for check in checks_of(step):
        yield from _about(scenario, check)


def _about(scenario: Scenario, check: Judged) -> Iterator[str]:
    yield f"{scenario.id}/{check.id}  line {check.mark.line}"
    if isinstance(check, Check):
        shares = check.expect if isinstance(check.expect, dict) else {}
        wanted = ", ".join(f"{share:g} % {name}" for name, share in shares.items()) or str(check.expect)
        yield f"  {_request(scenario, check.probe)} is {wanted}"
    else:
        yield f"  {wording.expected_reading(check)}"
    yield f"  proves {', '.join(check.proves)}"


def _request(scenario: Scenario, name: str) -> str:
    probe = scenario.probes.get(name)
    if probe is None:
        return name
    return f"{name}: {probe.method} {probe.url} from {', '.join(map(str, probe.clients))}"


def _name(obj: Obj) -> str:
    return "/".join(identity(obj)[1:])


def _objects(scenario: Scenario, step: int | None, options: argparse.Namespace) -> str:
    """The objects as the suite applies them, as YAML documents."""
    stage = _stage(options) if options.stage else []
    return _yaml([*stage, *_applied(manifests_at(scenario, step or 0), scenario, options)])


def _difference(scenario: Scenario, step: int | None, options: argparse.Namespace) -> str:
    """A unified diff between the objects of the file and those that are applied."""
    written = manifests_at(scenario, step) if step is not None else [*applied_objects(scenario)]
    applied = _applied(written, scenario, options)
    lines: list[str] = []
    for before, after in zip(written, applied, strict=True):
        name = f"{before['kind']} {_name(before)}"
        old, new = _yaml([before]).splitlines(), _yaml([after]).splitlines()
        lines += difflib.unified_diff(old, new, f"{scenario.mark.file} {name}", f"applied {name}", lineterm="")
    return "".join(f"{line}\n" for line in lines)


def _applied(objects: Iterable[Obj], scenario: Scenario, options: argparse.Namespace) -> list[Obj]:
    # Imported when needed: the stage knows the Kubernetes client, which takes a while to load.
    from harness.stage import dress  # noqa: PLC0415

    settings = _settings(options)
    return [dress(with_prefix(obj, options.namespace_prefix), scenario.id, settings) for obj in objects]


def _stage(options: argparse.Namespace) -> list[Obj]:
    from harness.prober.package import build_zipapp  # noqa: PLC0415 - see _applied
    from harness.stage import key_pair, manifests  # noqa: PLC0415

    settings, program = _settings(options), build_zipapp()
    return [
        *manifests.namespaces(settings),
        *manifests.config_maps(settings, program),
        *key_pair.key_pairs(settings, key_pair.new_key_pair()),
        *manifests.deployments(settings, program),
    ]


def _settings(options: argparse.Namespace) -> Any:
    from harness import mesh_profile  # noqa: PLC0415 - see _applied
    from harness.settings import Settings  # noqa: PLC0415

    return Settings(
        run_id=_RUN,
        run_dir=Path("runs"),
        mesh=mesh_profile.load(options.mesh),
        namespace_prefix=options.namespace_prefix,
    )


def _yaml(objects: Sequence[Obj]) -> str:
    return yaml.safe_dump_all(objects, sort_keys=False, width=110, allow_unicode=True)
