"""How a record becomes a line of ``report.jsonl``, and what the footer's digest covers."""

from __future__ import annotations

import hashlib
from typing import Annotated, Any

from pydantic import Field, TypeAdapter
from pydantic_core import PydanticSerializationError

from harness.evidence.model import CheckRecord, Footer, Record, ScenarioRecord

_BODY: TypeAdapter[ScenarioRecord | CheckRecord] = TypeAdapter(
    Annotated[ScenarioRecord | CheckRecord, Field(discriminator="record")]
)


def encode(record: Record) -> bytes:
    r"""The one way to write a record; a footer that is not written like this was not written by us.

    A lone surrogate, which is how bytes that are no UTF-8 arrive from a pod, is written out as ``\udc80``.
    """
    try:
        line = record.model_dump_json()
    except PydanticSerializationError:
        line = type(record).model_validate(_encodable(record.model_dump())).model_dump_json()
    return line.encode() + b"\n"


def _encodable(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, dict):
        return {_encodable(key): _encodable(item) for key, item in value.items()}
    return [_encodable(item) for item in value] if isinstance(value, list | tuple) else value


def digest(earlier: bytes | bytearray, footer: Footer) -> str:
    """SHA-256 over every earlier line and the footer without its digest, so that no byte can change unseen."""
    return hashlib.sha256(bytes(earlier) + encode(footer.model_copy(update={"digest": ""}))).hexdigest()


def decode(line: bytes | str) -> ScenarioRecord | CheckRecord:
    """The scenario or check record on a line; raises pydantic.ValidationError."""
    return _BODY.validate_json(line)
