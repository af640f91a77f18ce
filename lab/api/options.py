"""What a request says besides its body: who writes, dry run, validation of fields, deletion options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from lab.api.errors import bad_request

FieldValidation = Literal["Ignore", "Warn", "Strict"]
Propagation = Literal["Background", "Foreground", "Orphan"]


@dataclass(frozen=True, slots=True)
class WriteOptions:
    """How to write; ``warnings`` is filled by the operation and sent as ``Warning`` headers."""

    manager: str
    dry_run: bool = False
    field_validation: FieldValidation = "Warn"
    force: bool = False
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DeleteOptions:
    """How to delete; ``grace`` in seconds, None for the object's own."""

    dry_run: bool = False
    grace: int | None = None
    propagation: Propagation = "Background"
    uid: str = ""
    resource_version: str = ""


def write_options(query: Mapping[str, str], user_agent: str, *, applying: bool = False) -> WriteOptions:
    """Options of a create, update or patch. Raises StatusError (400)."""
    validation = query.get("fieldValidation") or "Warn"
    if validation not in {"Ignore", "Warn", "Strict"}:
        raise bad_request(
            f'fieldValidation: Unsupported value: "{validation}": supported values: "Ignore", "Warn", "Strict"'
        )
    manager = query.get("fieldManager", "")
    if applying and not manager:
        raise bad_request(
            'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch'
        )
    if len(manager) > 128:
        raise bad_request("fieldManager: Too long: may not be more than 128 bytes")
    if query.get("force") and not applying:
        raise bad_request(
            'PatchOptions.meta.k8s.io "" is invalid: force: Forbidden: may not be specified for non-apply patch'
        )
    return WriteOptions(
        manager=manager or user_agent.partition("/")[0][:128] or "unknown",
        dry_run=_dry_run(query.get("dryRun", "")),
        field_validation="Ignore" if validation == "Ignore" else "Strict" if validation == "Strict" else "Warn",
        force=query.get("force") in {"true", "1"},
    )


def delete_options(query: Mapping[str, str], body: Mapping[str, Any]) -> DeleteOptions:
    """Options of a deletion, from the body or the query. Raises StatusError (400)."""
    conditions = body.get("preconditions") or {}
    grace = body.get("gracePeriodSeconds", query.get("gracePeriodSeconds"))
    if grace is not None and not str(grace).lstrip("-").isdigit():
        raise bad_request(f"gracePeriodSeconds must be a number, not {grace!r}")
    return DeleteOptions(
        dry_run=_dry_run(",".join(body.get("dryRun") or ()) or query.get("dryRun", "")),
        grace=None if grace is None else max(int(grace), 0),
        propagation=_propagation(query, body),
        uid=conditions.get("uid") or "",
        resource_version=conditions.get("resourceVersion") or "",
    )


def _propagation(query: Mapping[str, str], body: Mapping[str, Any]) -> Propagation:
    match body.get("propagationPolicy") or query.get("propagationPolicy"):
        case None | "":
            return "Orphan" if body.get("orphanDependents") else "Background"
        case ("Background" | "Foreground" | "Orphan") as found:
            return found
        case other:
            raise bad_request(f"invalid propagationPolicy {other!r}: must be one of Background, Foreground, Orphan")


def _dry_run(text: str) -> bool:
    if text not in {"", "All"}:
        raise bad_request(f'dryRun: Unsupported value: "{text}": supported values: "All"')
    return text == "All"
