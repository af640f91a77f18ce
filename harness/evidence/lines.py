"""How a record becomes a line of ``report.jsonl``, and what the footer's digest covers."""

from __future__ import annotations

import hashlib
from typing import Annotated

from pydantic import Field, TypeAdapter

from harness.evidence.model import CheckRecord, Footer, Record, ScenarioRecord

_BODY: TypeAdapter[ScenarioRecord | CheckRecord] = TypeAdapter(
    Annotated[ScenarioRecord | CheckRecord, Field(discriminator="record")]
)


def encode(record: Record) -> bytes:
    """The one way to write a record; a footer that is not written like this was not written by us."""
    return record.model_dump_json().encode() + b"\n"


def digest(earlier: bytes | bytearray, footer: Footer) -> str:
    """SHA-256 over every earlier line and the footer without its digest, so that no byte can change unseen."""
    return hashlib.sha256(bytes(earlier) + encode(footer.model_copy(update={"digest": ""}))).hexdigest()


def decode(line: bytes | str) -> ScenarioRecord | CheckRecord:
    """The scenario or check record on a line; raises pydantic.ValidationError."""
    return _BODY.validate_json(line)
