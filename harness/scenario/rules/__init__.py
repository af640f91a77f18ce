"""The rules of lint, one module a subject. A rule is a generator of problems; lint adds its name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from harness.errors import Problem
from harness.scenario.model import Scenario
from harness.scenario.rules import (
    form,
    names,
    objects,
    order,
    outcomes,
    ownership,
    protocols,
    readings,
    requirements,
    samples,
    streams,
    timing,
    traffic,
    witness,
)

ScenarioRule = Callable[[Scenario], Iterable[Problem]]
CatalogueRule = Callable[[Mapping[str, Scenario]], Iterable[Problem]]

#: Rules about how a file reads; one that breaks them can still be played.
FORM_RULES: dict[str, ScenarioRule] = {"file": form.file, "prose": form.prose}

#: Rules about what one scenario proves.
PROOF_RULES: dict[str, ScenarioRule] = {
    "references": names.references,
    "usage": names.usage,
    "collisions": names.collisions,
    "requirements": requirements.proven,
    "unless": requirements.unless,
    "objects": objects.objects,
    "own-names": ownership.within,
    "clients": traffic.clients,
    "order": order.in_time,
    "backends": outcomes.backends,
    "reachable": outcomes.reachable,
    "witness": witness.witnesses,
    "samples": samples.sizes,
    "protocols": protocols.fields,
    "readings": readings.objects,
    "silence": readings.positive,
    "streams": streams.joined,
    "delays": timing.delays,
    "timing": timing.bounds,
}
#: Rules that look at one scenario.
SCENARIO_RULES: dict[str, ScenarioRule] = {**FORM_RULES, **PROOF_RULES}

#: Rules that compare scenarios.
CATALOGUE_RULES: dict[str, CatalogueRule] = {
    "ownership": ownership.ownership,
    "destinations": traffic.destinations,
    "route-references": traffic.route_references,
}
