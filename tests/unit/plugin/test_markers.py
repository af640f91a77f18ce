"""The smoke selection: one scenario an area."""

from harness.scenario import load_catalogue, support_level
from suites.plugin.markers import SMOKE, SUPPORT, names_of, smoke
from suites.plugin.options import SCENARIOS

CATALOGUE = load_catalogue([SCENARIOS])


def test_one_scenario_an_area_and_the_one_that_needs_least():
    chosen = [CATALOGUE[name] for name in smoke(CATALOGUE)]
    assert sorted(one.area for one in chosen) == sorted({one.area for one in CATALOGUE.values()})
    for one in chosen:
        others = [other for other in CATALOGUE.values() if other.area == one.area and not other.unless]
        lowest = min(SUPPORT.index(support_level(other)) for other in others if not other.hazard)
        assert SUPPORT.index(support_level(one)) == lowest
        assert (one.hazard, one.unless) == (False, ())


def test_only_these_carry_the_marker():
    names = smoke(CATALOGUE)
    marked = [one.id for one in CATALOGUE.values() if SMOKE in names_of(one, names)]
    assert sorted(marked) == sorted(names)
    assert not any(SMOKE in names_of(one) for one in CATALOGUE.values())
