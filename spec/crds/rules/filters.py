"""Rules about filters, and about sessions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from spec.crds.rules.base import Value, rule

_AT_MOST_ONCE = frozenset({"RequestHeaderModifier", "ResponseHeaderModifier", "RequestRedirect", "URLRewrite"})
#: The field that belongs to each type of filter.
FILTER_FIELDS = {
    "RequestHeaderModifier": "requestHeaderModifier",
    "ResponseHeaderModifier": "responseHeaderModifier",
    "RequestMirror": "requestMirror",
    "RequestRedirect": "requestRedirect",
    "URLRewrite": "urlRewrite",
    "CORS": "cors",
    "ExternalAuth": "externalAuth",
    "ExtensionRef": "extensionRef",
}
#: The field that belongs to each type of path modifier.
PATH_MODIFIER_FIELDS = {"ReplaceFullPath": "replaceFullPath", "ReplacePrefixMatch": "replacePrefixMatch"}


@rule("redirect-or-rewrite")
def _redirect_or_rewrite(filters: Sequence[Value]) -> bool:
    return not {"RequestRedirect", "URLRewrite"} <= {entry["type"] for entry in filters}


@rule("filter-not-repeated")
def _filter_not_repeated(filters: Sequence[Value]) -> bool:
    counts = Counter(entry["type"] for entry in filters)
    return all(count == 1 for kind, count in counts.items() if kind in _AT_MOST_ONCE)


@rule("cors-not-repeated")
def _cors_not_repeated(filters: Sequence[Value]) -> bool:
    return [entry["type"] for entry in filters].count("CORS") <= 1


@rule("filter-has-its-field")
def _filter_has_its_field(entry: Value) -> bool:
    return FILTER_FIELDS[entry["type"]] in entry


@rule("filter-has-no-other-field")
def _filter_has_no_other_field(entry: Value) -> bool:
    return not any(name in entry for kind, name in FILTER_FIELDS.items() if kind != entry["type"])


@rule("mirror-percent-or-fraction")
def _mirror_percent_or_fraction(mirror: Value) -> bool:
    return not ("percent" in mirror and "fraction" in mirror)


@rule("fraction-at-most-one")
def _fraction_at_most_one(fraction: Value) -> bool:
    return bool(fraction["numerator"] <= fraction["denominator"])


@rule("cors-wildcard-alone")
def _wildcard_alone(values: Sequence[str]) -> bool:
    return "*" not in values or len(values) == 1


@rule("auth-protocol-has-its-settings")
def _auth_has_its_settings(auth: Value) -> bool:
    return str(auth["protocol"]).lower() in auth


@rule("auth-protocol-has-no-other-settings")
def _auth_has_no_other_settings(auth: Value) -> bool:
    return not ({"grpc", "http"} - {auth["protocol"].lower()}) & auth.keys()


@rule("permanent-cookie-needs-timeout")
def _permanent_cookie_needs_timeout(session: Value) -> bool:
    permanent = session.get("cookieConfig", {}).get("lifetimeType") == "Permanent"
    return not permanent or "absoluteTimeout" in session


@rule("cookie-config-for-cookies")
def _cookie_config_for_cookies(session: Value) -> bool:
    return "cookieConfig" not in session or session["type"] == "Cookie"


@rule("path-modifier-has-its-value")
def _modifier_has_its_value(modifier: Value) -> bool:
    return PATH_MODIFIER_FIELDS[modifier["type"]] in modifier


@rule("path-modifier-has-no-other-value")
def _modifier_has_no_other_value(modifier: Value) -> bool:
    return not any(name in modifier for kind, name in PATH_MODIFIER_FIELDS.items() if kind != modifier["type"])
