"""The suite's command line options, read into one object."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.scenario.model import NAMESPACE_PREFIX
from harness.scenario.prefix import is_prefix
from suites.plugin.order import parse_shard

ROOT = Path(__file__).resolve().parents[2]
SUITES = ROOT / "suites"
SCENARIOS = ROOT / "scenarios"


@dataclass(frozen=True, slots=True)
class Options:
    """What the user asked for; directories are absolute."""

    mesh: str
    kube_context: str | None
    requirements: tuple[str, ...]
    features: tuple[str, ...]
    scenarios: tuple[str, ...]
    directories: tuple[Path, ...]
    report_dir: Path | None
    namespace_prefix: str
    seed: int | None
    time_scale: float
    lab_defect: str | None
    lab_gateway_api: str | None
    lab_poses_as: str | None = None
    no_preflight: bool = False
    claims: tuple[str, ...] = ()
    strict: bool = False
    events: str = ""
    expectations: Path | None = None
    baseline: Path | None = None
    workers: int = 0
    repeat: int = 1
    keep: str = ""
    pause_on_failure: bool = False
    failed_in: Path | None = None
    shard: tuple[int, int] | None = None
    live: bool = True
    image: str | None = None
    image_pull_secrets: tuple[str, ...] = ()


def add(parser: pytest.Parser) -> None:
    """Declare the options in a group of their own.

    pytest looks for its configuration before it knows these options, and takes an existing path after a blank for a
    test path. Where that path lies outside the clone it finds no configuration: hence the `=` in the help texts.
    """
    group = parser.getgroup("gamma", "GAMMA conformance (write options that take a path with `=`)")
    group.addoption("--mesh", default="lab", metavar="PROFILE", help="mesh profile: a name in meshes/, or a file")
    group.addoption("--kube-context", metavar="NAME", help="context of the kubeconfig ($KUBECONFIG, ~/.kube/config)")
    group.addoption(
        "--requirement", action="append", default=[], metavar="GLOB", help="scenarios that prove such a requirement"
    )
    group.addoption("--feature", action="append", default=[], metavar="NAME", help="scenarios that need this feature")
    group.addoption(
        "--scenario", action="append", default=[], metavar="GLOB", help="scenarios with this id (may be repeated)"
    )
    group.addoption(
        "--scenarios", action="append", default=[], metavar="DIR", help="play this catalogue instead of scenarios/"
    )
    group.addoption(
        "--features",
        action="append",
        default=[],
        metavar="LIST",
        help="what the mesh has, on top of its profile: all, strict (judge undeclared features like claimed ones), "
        "NAME (claimed), -NAME (disclaimed); with commas",
    )
    group.addoption(
        "--expectations",
        metavar="FILE",
        help="failures that are known (default: PROFILE.expectations.yaml beside the mesh profile, if there is one)",
    )
    group.addoption(
        "--baseline", metavar="REPORT", help="an earlier run: what failed there is shown, but does not fail this run"
    )
    group.addoption(
        "--keep",
        nargs="?",
        const="failed",
        default="",
        choices=("failed", "all"),
        help="leave the objects of failed scenarios, or of all, in the cluster; says how to take them away",
    )
    group.addoption(
        "--pause-on-failure", action="store_true", help="show what is in force when a scenario failed; wait for Enter"
    )
    group.addoption(
        "--repeat", type=int, default=1, metavar="N", help="play each scenario N times; the worst verdict counts"
    )
    group.addoption(
        "--failed-in", metavar="REPORT", help="what failed, could not be observed or was not run in an earlier run"
    )
    group.addoption("--shard", metavar="I/N", help="the I-th of N parts of the selection that take about as long")
    group.addoption(
        "--events",
        default="",
        metavar="FILE",
        help="the records of the report as JSON lines while the run goes on; with - to standard output, and everything "
        "else to standard error",
    )
    group.addoption("--report-dir", metavar="DIR", help="where the reports go (default: runs/TIMESTAMP)")
    group.addoption(
        "--namespace-prefix",
        default=NAMESPACE_PREFIX,
        metavar="PREFIX",
        help="of the namespaces (default: %(default)s)",
    )
    group.addoption("--image", metavar="IMAGE", help="with python3, for our pods (default: the profile's)")
    group.addoption(
        "--image-pull-secret",
        action="append",
        default=[],
        metavar="NAME",
        help="of a Secret in each of the namespaces, for a private registry (may be repeated)",
    )
    group.addoption("--seed", type=int, metavar="N", help="of everything drawn by chance (default: a new one)")
    group.addoption(
        "--time-scale",
        type=float,
        default=1.0,
        metavar="X",
        help="factor on every waiting limit; below 1 on holds as well",
    )
    group.addoption("--lab-defect", metavar="ID", help="give the lab mesh this defect (spec/defects.yaml)")
    group.addoption(
        "--lab-no-mesh", dest="lab_poses_as", action="store_const", const="none", help="a lab without any mesh"
    )
    group.addoption(
        "--no-preflight",
        action="store_true",
        help="play without asking first whether the target can be judged (`gamma preflight`)",
    )
    group.addoption(
        "--no-live", action="store_true", help="on a terminal, too: a line a scenario instead of what is waited for"
    )
    group.addoption(
        "--lab-gateway-api",
        metavar="VERSION/CHANNEL",
        help="CRDs of the lab, such as v1.4/experimental (v1.6/standard)",
    )
    group.addoption(
        "--lab-poses-as",
        dest="lab_poses_as",
        metavar="NAME",
        help="with --mesh: play on a lab that takes in workloads as the mesh of this name does (lab)",
    )


def read(config: pytest.Config) -> Options:
    """The options of this run.

    Raises pytest.UsageError for values that cannot work whatever the catalogue holds.
    """
    start = config.invocation_params.dir
    report_dir: str | None = config.getoption("--report-dir")
    time_scale: float = config.getoption("--time-scale")
    if time_scale <= 0:
        raise pytest.UsageError(f"--time-scale {time_scale}: a factor above 0 is needed")
    prefix: str = config.getoption("--namespace-prefix")
    if not is_prefix(prefix):
        raise pytest.UsageError(f"--namespace-prefix {prefix}: namespaces begin with at most 40 of a-z, 0-9 and -")
    directories = tuple(start / name for name in config.getoption("--scenarios")) or (SCENARIOS,)
    for directory in directories:
        if not directory.is_dir():
            raise pytest.UsageError(f"--scenarios {directory}: there is no such directory")
    repeat: int = config.getoption("--repeat")
    if repeat < 1:
        raise pytest.UsageError(f"--repeat {repeat}: at least 1 is needed")
    keep: str = config.getoption("--keep")
    pause: bool = config.getoption("--pause-on-failure")
    _check_together(config, keep=keep, pause=pause, repeat=repeat)
    return Options(
        mesh=_profile(config.getoption("--mesh"), start),
        kube_context=config.getoption("--kube-context"),
        requirements=tuple(config.getoption("--requirement")),
        features=tuple(config.getoption("--feature")),
        scenarios=tuple(config.getoption("--scenario")),
        directories=directories,
        report_dir=start / report_dir if report_dir else None,
        namespace_prefix=prefix,
        seed=config.getoption("--seed"),
        time_scale=time_scale,
        lab_defect=config.getoption("--lab-defect"),
        lab_gateway_api=config.getoption("--lab-gateway-api"),
        lab_poses_as=config.getoption("lab_poses_as"),
        no_preflight=config.getoption("--no-preflight"),
        claims=tuple(config.getoption("--features")),
        expectations=_path("--expectations", config),
        baseline=_path("--baseline", config),
        workers=_workers(config),
        repeat=repeat,
        events=config.getoption("--events"),
        keep=keep,
        pause_on_failure=pause,
        failed_in=_path("--failed-in", config),
        shard=_shard(config.getoption("--shard")),
        live=not config.getoption("--no-live") and not os.environ.get("CI"),
        image=config.getoption("--image"),
        image_pull_secrets=tuple(config.getoption("--image-pull-secret")),
        strict=bool(config.getini("strict")),  # pytest's own --strict: here deviations fail, too
    )


def _workers(config: pytest.Config) -> int:
    """How many xdist starts; 0 where this process plays."""
    return len(config.option.tx) if getattr(config.option, "dist", "no") != "no" else 0


def _check_together(config: pytest.Config, *, keep: str, pause: bool, repeat: int) -> None:
    if keep and repeat > 1:
        raise pytest.UsageError("--keep goes with one repetition: the next one would change what the first left")
    if pause and (getattr(config.option, "dist", "no") != "no" or hasattr(config, "workerinput")):
        raise pytest.UsageError("--pause-on-failure goes without workers: leave out -n")
    if pause and not _has_terminal():
        raise pytest.UsageError("--pause-on-failure needs a terminal, on which somebody presses Enter; use --keep")


def _has_terminal() -> bool:
    """Whether anybody can press Enter."""
    try:
        with Path("/dev/tty").open(encoding="utf-8"):
            return True
    except OSError:
        return False


def _shard(given: str | None) -> tuple[int, int] | None:
    if given is None:
        return None
    part = parse_shard(given)
    if part is None:
        raise pytest.UsageError(f"--shard {given}: write I/N with I from 1 to N, such as 2/3")
    return part


def _path(option: str, config: pytest.Config) -> Path | None:
    given: str | None = config.getoption(option)
    return config.invocation_params.dir / given if given else None


def _profile(mesh: str, start: Path) -> str:
    return str(start / mesh) if mesh.startswith(".") else mesh


def plays(config: pytest.Config) -> bool:
    """Whether this invocation is going to run scenarios: not for the suite's own tests, not for mere listings."""
    option = config.option
    listing = ("collectonly", "setuponly", "setupplan", "show_fixtures_per_test", "showfixtures", "cacheshow")
    if any(getattr(option, name, None) for name in listing):
        return False
    return conformance(config)


def conformance(config: pytest.Config) -> bool:
    """Whether any of the arguments takes in the conformance modules."""
    start = config.invocation_params.dir
    chosen = [(start / argument.partition("::")[0]).resolve() for argument in config.args]
    return any(path == SUITES or SUITES in path.parents or path in SUITES.parents for path in chosen)
