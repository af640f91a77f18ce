"""Wrong shares of the requests that a mirror gets."""

from __future__ import annotations

from dataclasses import replace

from lab.mesh.world.route import Mirror

_PERCENT = 100


def is_whole(mirror: Mirror) -> bool:
    """Whether no share is set."""
    return mirror.numerator == mirror.denominator


def per_mille(mirror: Mirror) -> Mirror:
    """A percentage is read as so many in a thousand."""
    percentage = mirror.denominator == _PERCENT and not is_whole(mirror)
    return replace(mirror, denominator=10 * _PERCENT) if percentage else mirror


def numerator_as_percent(mirror: Mirror) -> Mirror:
    """The denominator of a fraction is not looked at."""
    return mirror if is_whole(mirror) else replace(mirror, denominator=_PERCENT)


def zero_unset(mirror: Mirror) -> Mirror:
    """A share of zero is taken for none set."""
    return mirror if mirror.numerator else replace(mirror, numerator=1, denominator=1)


def all_copied(mirror: Mirror) -> Mirror:
    """Every request is copied, unless none is to be."""
    return replace(mirror, numerator=1, denominator=1) if mirror.numerator else mirror


def sampled(mirror: Mirror) -> Mirror:
    """Without a share nine of ten requests are copied."""
    return replace(mirror, numerator=9, denominator=10) if is_whole(mirror) else mirror
