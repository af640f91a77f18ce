"""Which representation a client accepts: plain objects, ``Table``, only metadata, aggregated discovery."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from lab.api.errors import not_acceptable

Form = Literal["object", "table", "metadata"]

_FORMS: dict[str, Form] = {
    "Table": "table",
    "PartialObjectMetadata": "metadata",
    "PartialObjectMetadataList": "metadata",
}
_JSON = ("application/json", "application/yaml", "application/vnd.kubernetes.protobuf")


@dataclass(frozen=True, slots=True)
class Accepted:
    """One entry of an Accept header."""

    media: str
    parameters: dict[str, str]


def parse_accept(header: str) -> list[Accepted]:
    """The entries of an Accept header, in the client's order; no header accepts everything."""
    found = []
    for part in (header or "*/*").split(","):
        media, *rest = (piece.strip() for piece in part.split(";"))
        pairs = (piece.partition("=") for piece in rest)
        found.append(Accepted(media, {key: value for key, _, value in pairs}))
    return found


def object_form(header: str) -> Form:
    """The first form we have that the client accepts. Raises StatusError (406)."""
    for accepted in parse_accept(header):
        if accepted.media not in {"application/json", "*/*", "application/*"}:
            continue
        wanted = accepted.parameters.get("as")
        if wanted is None:
            return "object"
        if wanted in _FORMS and accepted.parameters.get("v", "v1") == "v1":
            return _FORMS[wanted]
    raise not_acceptable(_JSON[:1])


def accepts_aggregated(header: str) -> bool:
    """Whether the client would rather have aggregated discovery (``apidiscovery.k8s.io/v2``) than the plain one."""
    for accepted in parse_accept(header):
        if accepted.media not in {"application/json", "*/*", "application/*"}:
            continue
        if accepted.parameters.get("as") != "APIGroupDiscoveryList":
            return False
        if accepted.parameters.get("v") == "v2":
            return True
    return False
