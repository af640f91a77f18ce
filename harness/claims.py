"""What a mesh says of each feature: claimed, disclaimed, or nothing at all. Pure.

Core features are always claimed; only ``GRPCRoute`` may be disclaimed, because a mesh need not have GRPCRoutes at all.
Of every other feature the profile (or ``--features``) may say that the mesh has it, or has it not; where both are
silent, a cluster that publishes features is believed.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, model_validator

from harness.errors import UsageError
from harness.evidence.model import FeatureClaim
from harness.scenario.suggest import suggest
from spec import features as catalogue

State = Literal["claimed", "disclaimed", "undeclared"]
STATES: tuple[State, ...] = get_args(State)
#: Core, and yet a mesh may say that it has none of it.
OPTIONAL_CORE = "GRPCRoute"
_ALL, _STRICT = "all", "strict"


class Features(BaseModel):
    """Upstream feature names; a feature in neither list is undeclared, unless it is core."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    claimed: tuple[str, ...] = ()
    disclaimed: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _sound(self) -> Features:
        both = sorted(set(self.claimed) & set(self.disclaimed))
        if both:
            raise ValueError(f"claimed and disclaimed at once: {', '.join(both)}")
        for name in (*self.claimed, *self.disclaimed):
            if name not in catalogue.load():
                raise ValueError(f"there is no feature {name!r}; {suggest(name, catalogue.load())}")
        for name in self.disclaimed:
            if is_core(name) and name != OPTIONAL_CORE:
                raise ValueError(f"{name} is core: of the core features {OPTIONAL_CORE} alone can be disclaimed")
        return self

    def state(self, feature: str) -> State:
        """What the mesh says about a feature."""
        if feature in self.disclaimed:
            return "disclaimed"
        return "claimed" if feature in self.claimed or is_core(feature) else "undeclared"

    def in_state(self, state: State) -> tuple[str, ...]:
        """The features in this state, in the order of the catalogue."""
        return tuple(name for name in catalogue.load() if self.state(name) == state)

    def adding(self, names: Iterable[str]) -> Features:
        """With these claimed too where nothing else is said of them; names that we do not know are left out."""
        more = [name for name in names if name in catalogue.load() and self.state(name) == "undeclared"]
        return Features(claimed=tuple(dict.fromkeys((*self.claimed, *more))), disclaimed=self.disclaimed)


def is_core(feature: str) -> bool:
    """Whether every mesh has to have the feature."""
    known = catalogue.load().get(feature)
    return known is not None and known.support == "core"


def adjust(declared: Features, options: Iterable[str]) -> tuple[Features, bool]:
    """The profile's features as ``--features`` changes them, and whether undeclared ones are judged as claimed.

    Each option is a list with commas, read from left to right: ``all`` claims every feature, also a disclaimed one;
    ``strict`` changes no state, but lets failures of undeclared features count; ``NAME`` claims, ``-NAME`` disclaims.
    Raises UsageError for names that do not exist and for core features that are disclaimed.
    """
    states: dict[str, State] = {name: declared.state(name) for name in catalogue.load()}
    strict = False
    for word in (word.strip() for option in options for word in option.split(",")):
        name = word.removeprefix("-")
        if word == _STRICT:
            strict = True
        elif word == _ALL:
            states = dict.fromkeys(states, "claimed")
        elif name in states:
            states[name] = "disclaimed" if word.startswith("-") else "claimed"
        else:
            raise UsageError(
                f"--features {word}: neither all, strict nor a feature",
                f"{suggest(name, states)} (NAME claims a feature, -NAME disclaims it)",
            )
    for name, state in states.items():
        if state == "disclaimed" and is_core(name) and name != OPTIONAL_CORE:
            raise UsageError(
                f"--features -{name}: a core feature is claimed by every mesh, it cannot be disclaimed",
                f"{OPTIONAL_CORE} is the only one that can",
            )
    return Features(claimed=_in(states, "claimed"), disclaimed=_in(states, "disclaimed")), strict


def _in(states: dict[str, State], state: State) -> tuple[str, ...]:
    return tuple(name for name, one in states.items() if one == state)


def table(declared: Features, published: Iterable[str]) -> tuple[FeatureClaim, ...]:
    """Every feature with its state, and who says so, for the report's header."""
    effective = declared.adding(published)
    return tuple(
        FeatureClaim(name=name, support=feature.support, state=effective.state(name), by=_by(name, declared, effective))
        for name, feature in catalogue.load().items()
    )


def _by(name: str, declared: Features, effective: Features) -> str:
    if declared.state(name) != effective.state(name):
        return "cluster"
    if effective.state(name) == "undeclared":
        return ""
    return "profile" if not is_core(name) or declared.state(name) == "disclaimed" else "specification"
