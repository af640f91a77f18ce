"""Additions of headers."""

from __future__ import annotations

from lab.mesh.envoy.types import Resource

OVERWRITE = "OVERWRITE_IF_EXISTS_OR_ADD"
APPEND = "APPEND_IF_EXISTS_OR_ADD"


def overwrite(name: str, value: str) -> Resource:
    """The addition of a header in place of any of that name; `value` is a template, and if empty adds none."""
    return {"header": {"key": name, "value": value}, "append_action": OVERWRITE}


def append(name: str, value: str) -> Resource:
    """The addition of a header beside others of that name; `value` is a template, and if empty adds none."""
    return {"header": {"key": name, "value": value}, "append_action": APPEND}


def literal(text: str) -> str:
    """The template that means just this text."""
    return text.replace("%", "%%")
