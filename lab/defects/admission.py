"""Ways in which an API server's Gateway API differs from what was released, for defects of any area.

Each gives the value of `Decisions.admission`: `admission=lacking("HTTPRoute", "backend-service-needs-port")`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from copy import deepcopy

from lab.admission import Admission, Object
from spec.crds import FieldError


def lacking(kind: str, *rules: str, field: str = "") -> Admission:
    """Objects of `kind` are admitted although one of `rules` forbids it.

    A rule is the name of an admission rule in `spec/crds`, or a limit (`required`, `pattern`, `enum`, `too-many`,
    `unknown-field`, ...). With `field` only findings count whose path ends with it.
    """

    def overlooks(new: Object, error: FieldError) -> bool:
        return new.get("kind") == kind and error.rule in rules and error.path.endswith(field)

    return Admission(overlooks=overlooks)


def demanding(kind: str, message: str, bad: Callable[[Object], str]) -> Admission:
    """Objects of `kind` are refused where `bad` gives the path of a field, and for this message; "" admits."""

    def refuses(new: Object, old: Object | None) -> Iterable[FieldError]:  # noqa: ARG001 - part of the signature
        if new.get("kind") == kind and (path := bad(new)):
            yield FieldError(path, f"Invalid value: {message}", "demanded")

    return Admission(refuses=refuses)


def fixed(kind: str, field: str) -> Admission:
    """Of objects of `kind` the member `field` of their spec cannot be changed any more."""

    def refuses(new: Object, old: Object | None) -> Iterable[FieldError]:
        if old is not None and new.get("kind") == kind and old["spec"].get(field) != new["spec"].get(field):
            yield FieldError(f"spec.{field}", "Invalid value: field is immutable", "immutable")

    return Admission(refuses=refuses)


def rewriting(kind: str, change: Callable[[Object], None]) -> Admission:
    """Objects of `kind` are stored as `change` leaves them; done to what it left, it changes nothing more."""

    def stores(new: Object) -> Object:
        if new.get("kind") != kind:
            return new
        changed = deepcopy(new)
        change(changed)
        return changed

    return Admission(stores=stores)


def dropping(kind: str, *path: str) -> Admission:
    """Of objects of `kind` a field is dropped in silence, as one that the definitions do not have; `*` is each item.

    `dropping("HTTPRoute", "spec", "rules", "*", "timeouts")`.
    """
    return rewriting(kind, lambda obj: _drop(obj, path))


def _drop(value: object, path: tuple[str, ...]) -> None:
    first, *rest = path
    if first == "*":
        for each in value if isinstance(value, list) else ():
            _drop(each, tuple(rest))
    elif isinstance(value, dict) and first in value:
        if rest:
            _drop(value[first], tuple(rest))
        else:
            del value[first]
