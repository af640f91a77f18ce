"""How the API server's Gateway API may deviate from its definitions, for defects; the defaults change nothing.

What a cluster has installed is part of what a mesh is judged by: CRDs that were trimmed or come from a mesh's own
chart, an admission webhook that knows better. `lab.api` asks; `lab.defects` replaces.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from spec.crds import FieldError

Object = dict[str, Any]


def overlook_nothing(new: Object, error: FieldError) -> bool:  # noqa: ARG001 - part of the decision's signature
    """Whether this finding does not keep the object out: every finding does."""
    return False


def refuse_no_more(new: Object, old: Object | None) -> Iterable[FieldError]:  # noqa: ARG001 - part of the signature
    """What keeps an object out that the definitions have nothing against; `old` is None for a new one."""
    return ()


def as_defaulted(new: Object) -> Object:
    """What is stored of an object that has been completed with its defaults. The argument is not changed."""
    return new


@dataclass(frozen=True, slots=True)
class Admission:
    """What the definitions lack (`overlooks`), have too much of (`refuses`), and what is stored otherwise (`stores`).

    `overlooks` is asked about each finding, whose `rule` names an admission rule or a limit of `spec.crds`.
    `stores` sees objects before they are validated, and what it gave once it must leave as it is.
    """

    overlooks: Callable[[Object, FieldError], bool] = overlook_nothing
    refuses: Callable[[Object, Object | None], Iterable[FieldError]] = refuse_no_more
    stores: Callable[[Object], Object] = as_defaulted


AS_DEFINED = Admission()
