"""The admission rules of the Gateway API as predicates; the tables name them and say what they mean.

A predicate gets a value whose form is right and that has its defaults, and tells whether it satisfies the rule.
"""

from __future__ import annotations

from spec.crds.rules import filters, grpc, paths, refs, routes  # noqa: F401 - importing registers the predicates
from spec.crds.rules.base import PREDICATES, TRANSITIONS
from spec.crds.rules.filters import FILTER_FIELDS, PATH_MODIFIER_FIELDS
from spec.crds.rules.routes import milliseconds

__all__ = ["FILTER_FIELDS", "PATH_MODIFIER_FIELDS", "PREDICATES", "TRANSITIONS", "milliseconds"]
