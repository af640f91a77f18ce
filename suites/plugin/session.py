"""What a process of the run knows: its options, the catalogue, the selection. Everything else is derived from it."""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from functools import cached_property

import pytest

import spec.features
import spec.requirements
from harness.errors import GammaError
from harness.evidence import ReportError, load
from harness.scenario import features_needed
from harness.scenario.lint import load_linted
from harness.scenario.model import Scenario
from suites.plugin import markers, order, selection
from suites.plugin.options import Options, read

CATALOGUE = "gamma_catalogue"  # in the input of an xdist worker
KEY = pytest.StashKey["Knowledge"]()


@dataclass(frozen=True)
class Knowledge:
    """Made once a process; the catalogue is read when it is first needed."""

    config: pytest.Config
    options: Options

    @cached_property
    def catalogue(self) -> dict[str, Scenario]:
        """The scenarios by id; raises pytest.UsageError with every problem found.

        Workers are handed what the controlling process has read: there are many of them, and lint takes a while.
        """
        handed = getattr(self.config, "workerinput", {}).get(CATALOGUE)
        if handed is not None:
            found: dict[str, Scenario] = pickle.loads(handed)  # noqa: S301 - made by our own controlling process
            return found
        try:
            return load_linted(self.options.directories)
        except GammaError as error:
            raise pytest.UsageError(str(error)) from None

    @cached_property
    def smoke(self) -> frozenset[str]:
        """The ids of the smoke selection."""
        return markers.smoke(self.catalogue)

    @cached_property
    def chosen(self) -> frozenset[str]:
        """The ids that the suite's own options leave; raises pytest.UsageError for values that do not exist."""
        try:
            found = selection.choose(
                self.catalogue,
                scenarios=self.options.scenarios,
                requirements=self.options.requirements,
                features=self.options.features,
                known_requirements=tuple(spec.requirements.load()),
                features_of=features_needed,
                known_features=tuple(spec.features.load()),
            )
            if self.options.failed_in is not None:
                report = load(self.options.failed_in, allow_incomplete=True)
                wanted = selection.failed_in(report, self.catalogue)
                found = [name for name in found if name in wanted]
        except (GammaError, ReportError) as error:
            raise pytest.UsageError(str(error)) from None
        if self.options.shard is not None:
            found = order.shard({name: order.length(self.catalogue[name]) for name in found}, *self.options.shard)
        return frozenset(found)


def knowledge(config: pytest.Config) -> Knowledge:
    """What this process knows."""
    if KEY not in config.stash:
        config.stash[KEY] = Knowledge(config, read(config))
    return config.stash[KEY]


def scenario_of(nodeid: str) -> str:
    """The scenario of a conformance test by its node id: ``...::test_attachment[unmatched-rejected]``."""
    return nodeid.rpartition("[")[2].removesuffix("]") if nodeid.endswith("]") else ""
