"""Wires pytest to the suite; what each hook does stands in `suites.plugin`."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest

from harness.scenario.model import Scenario
from harness.settings import Settings
from suites.plugin import hooks, options, playing, wiring
from suites.plugin.interfaces import Player, Progress, Target
from suites.plugin.players import Players


def pytest_addoption(parser: pytest.Parser) -> None:
    options.add(parser)


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    pluginmanager.add_hookspecs(hooks)


def pytest_configure(config: pytest.Config) -> None:
    wiring.configure(config)


def pytest_sessionstart(session: pytest.Session) -> None:
    wiring.check(session.config)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    return wiring.ignored(collection_path, config)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    wiring.parametrize(metafunc)


@pytest.hookimpl(trylast=True)  # after -k and -m: the order depends on what they leave
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    wiring.select(config, items)


@pytest.hookimpl(trylast=True)  # after xdist has told the controlling process what was collected
def pytest_collection_finish(session: pytest.Session) -> None:
    wiring.prepare(session)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    playing.attach(item, report)
    return report


@pytest.hookimpl(trylast=True)
def pytest_gamma_target(
    settings: Settings,
    lab_defect: str | None,
    lab_gateway_api: str | None,
    lab_poses_as: str | None,
    progress: Progress,
) -> Target:
    from suites.plugin.target import target  # noqa: PLC0415 (the suite's own tests need no cluster client)

    return target(settings, lab_defect, lab_gateway_api, lab_poses_as, progress)


@pytest.hookimpl(trylast=True)
def pytest_gamma_player(settings: Settings, progress: Progress) -> Player:
    from harness.play.player import Player as RealPlayer  # noqa: PLC0415 (the suite's own tests need no cluster client)

    return RealPlayer(settings, progress=progress)


@pytest.fixture(scope="session")
def players(pytestconfig: pytest.Config) -> Iterator[Players]:
    """The player of this process."""
    found = wiring.players(pytestconfig)
    yield found
    found.close()


@pytest.fixture
def play(request: pytest.FixtureRequest, subtests: pytest.Subtests, players: Players) -> Callable[[Scenario], None]:
    """Play a scenario: each of its checks becomes a subtest."""
    run_dir = wiring.settings_of(request.config).run_dir
    return lambda scenario: playing.tell(request, subtests, players.play(scenario), run_dir)
