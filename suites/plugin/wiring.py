"""What the hooks in ``conftest.py`` do; one function a hook."""

from __future__ import annotations

import secrets
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from harness import mesh_profile
from harness.claims import adjust
from harness.errors import GammaError, UsageError
from harness.evidence import FILE
from harness.images import checked_image, checked_secrets
from harness.settings import Settings
from spec import defects as known_defects
from spec import features as known_features
from suites.live.desk import Desk
from suites.live.display import has_terminal
from suites.plugin import markers, order
from suites.plugin.controller import SETTINGS, Controller
from suites.plugin.interfaces import Player
from suites.plugin.options import ROOT, SUITES, Options, conformance, plays
from suites.plugin.players import Players
from suites.plugin.selection import suggest
from suites.plugin.session import Knowledge, knowledge, scenario_of
from suites.plugin.stream import KEY, open_stream

OTHER_AREAS = "other_areas"
_CONTROLLER = "gamma-controller"
_PLAYERS = pytest.StashKey[Players]()


def configure(config: pytest.Config) -> None:
    """Declare markers; in the controlling process of a run that plays scenarios, take control."""
    if not conformance(config):
        return
    known = knowledge(config)
    markers.register(config, known.options.directories)
    if hasattr(config, "workerinput") or not plays(config):
        return
    try:
        settings = _settings(known.options)
    except GammaError as error:
        raise pytest.UsageError(str(error)) from None
    if getattr(config.option, "maxschedchunk", 0) is None:
        config.option.maxschedchunk = 1  # scenarios are long: a worker must not hoard them
    if config.option.verbose == 0 and not (known.options.live and has_terminal(sys.stdout)):
        config.option.verbose = 1  # a log file wants a line a scenario, not dots
    if known.options.events:
        config.stash[KEY] = open_stream(known.options.events, config.invocation_params.dir)
    config.pluginmanager.register(Controller(known, settings), _CONTROLLER)


def check(config: pytest.Config) -> None:
    """Refuse an invalid catalogue or selection before anything is collected; raises pytest.UsageError."""
    if conformance(config):
        _ = knowledge(config).chosen


def settings_of(config: pytest.Config) -> Settings:
    """The settings of this process: from the controlling process, which may be this one."""
    workerinput = getattr(config, "workerinput", None)
    if workerinput is not None:
        settings = Settings.model_validate_json(workerinput[SETTINGS])
        return settings.for_worker(workerinput["workerid"])
    controller = config.pluginmanager.get_plugin(_CONTROLLER)
    assert isinstance(controller, Controller), "only runs that play scenarios have a player"
    return controller.settings


def players(config: pytest.Config) -> Players:
    """The player of this process."""
    if _PLAYERS not in config.stash:
        settings = settings_of(config)
        desk = Desk(settings.state_dir, settings.worker)

        def make() -> Player:
            found: Player = config.hook.pytest_gamma_player(settings=settings, progress=desk.say)
            return found

        config.stash[_PLAYERS] = Players(settings, make, desk)
    return config.stash[_PLAYERS]


def prepare(session: pytest.Session) -> None:
    """In a worker: get ready while the controlling process builds the stage."""
    if hasattr(session.config, "workerinput") and any(item.path.parent == SUITES for item in session.items):
        players(session.config).prepare()


def parametrize(metafunc: pytest.Metafunc) -> None:
    """Give a conformance module the scenarios of its area, with their ids and marks."""
    if metafunc.definition.path.parent != SUITES or "scenario" not in metafunc.fixturenames:
        return
    known = knowledge(metafunc.config)
    areas = _areas(known, metafunc.definition.path)
    found = [scenario for scenario in known.catalogue.values() if scenario.area in areas]
    marked = [pytest.param(one, id=one.id, marks=markers.of(one, known.smoke)) for one in found]
    metafunc.parametrize("scenario", marked)


def ignored(path: Path, config: pytest.Config) -> bool | None:
    """Whether a conformance module has nothing to play because the catalogue has no such area."""
    if path.parent != SUITES or not path.name.startswith("test_"):
        return None
    return True if not _areas(knowledge(config), path) else None


def select(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the scenarios that the suite's own options do not choose; for workers, put the longest first.

    Hazards go last."""
    mine = [item for item in items if item.path.parent == SUITES]
    if not mine:
        return
    known = knowledge(config)

    def hazardous(item: pytest.Item) -> bool:
        return known.catalogue[scenario_of(item.nodeid)].hazard

    left_out = {item for item in mine if scenario_of(item.nodeid) not in known.chosen}
    if left_out:
        config.hook.pytest_deselected(items=list(left_out))
        items[:] = [item for item in items if item not in left_out]
    workers = getattr(config, "workerinput", {}).get("workercount")
    if workers and set(items) <= set(mine):
        lengths = {item: order.length(known.catalogue[scenario_of(item.nodeid)]) for item in items}
        longest_first = sorted(items, key=lambda item: -lengths[item])
        items[:] = order.spread([item for item in longest_first if not hazardous(item)], workers)
        items += [item for item in longest_first if hazardous(item)]
    else:
        items.sort(key=lambda item: item in mine and hazardous(item))


def _areas(known: Knowledge, module: Path) -> set[str]:
    """The areas that a module plays: the one it is named for, or all that no module is named for."""
    name = module.stem.removeprefix("test_")
    areas = {scenario.area for scenario in known.catalogue.values()}
    if name == OTHER_AREAS:
        return {area for area in areas if not (SUITES / f"test_{markers.area_marker(area)}.py").is_file()}
    return {area for area in areas if markers.area_marker(area) == name}


def _settings(options: Options) -> Settings:
    mesh = mesh_profile.load(options.mesh)
    features, features_strict = adjust(mesh.features, options.claims)
    _check_lab_options(options, mesh.name == "lab")
    if options.lab_defect is not None:
        _check_defect(options.lab_defect)
    run_id = f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
    run_dir = options.report_dir or ROOT / "runs" / run_id
    if (run_dir / FILE).exists():
        raise UsageError(f"--report-dir {run_dir}: a report is there already", "name a new directory, or remove it")
    return Settings(
        run_id=run_id,
        run_dir=run_dir,
        mesh=mesh.model_copy(update={"features": features}),
        features_strict=features_strict,
        strict=options.strict,
        context=options.kube_context,
        namespace_prefix=options.namespace_prefix,
        seed=options.seed if options.seed is not None else secrets.randbelow(2**31),
        time_scale=options.time_scale,
        image=checked_image(options.image),
        image_pull_secrets=checked_secrets(options.image_pull_secrets),
        repeat=options.repeat,
        isolated=options.workers if mesh.isolate else 0,
        preflight=not options.no_preflight,
        keep=options.keep,
        pause_on_failure=options.pause_on_failure,
    )


def _check_lab_options(options: Options, own_profile: bool) -> None:
    """Raises UsageError for options of a lab where the run starts none."""
    starts = (own_profile or options.lab_poses_as is not None) and not options.kube_context
    given = {
        "--lab-defect": options.lab_defect,
        "--lab-gateway-api": options.lab_gateway_api,
        "--lab-poses-as": options.lab_poses_as,
    }
    for option, value in given.items():
        if value is not None and not starts:
            raise UsageError(f"{option} is for a lab that the run starts itself", "leave out --mesh and --kube-context")


def _check_defect(name: str) -> None:
    ignoring = (f"ignores-{feature.name}" for feature in known_features.load().values() if feature.support != "core")
    known = [*known_defects.load(), *known_defects.variations(), *ignoring]
    if name not in known:
        raise UsageError(f"--lab-defect {name}: unknown", suggest(name, known))
