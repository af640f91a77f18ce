"""The small words of a scenario file: roles, places in files, clients, and the types of single values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    PrivateAttr,
    ValidationInfo,
    WithJsonSchema,
)

from harness.scenario.duration import parse_duration

Role = Literal["producer", "consumer", "consumer-b", "bystander", "outside"]
ROLES: tuple[Role, ...] = ("producer", "consumer", "consumer-b", "bystander", "outside")
NAMESPACE_PREFIX = "gamma-"

#: Outcomes that exist in every scenario without being declared (see docs/architecture.md, "Outcomes").
UNDECLARED = ("other", "broken", "silent", "unsent", "void")

#: Validation context of values that were written in a file; there a duration has a unit.
WRITTEN = {"written": True}


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a file; ``line`` and ``column`` count from 1."""

    file: str
    line: int
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True, order=True)
class Client:
    """One sending workload: ``consumer`` is ``consumer/client``; ``consumer/client-b`` names the second one."""

    role: str
    workload: str = "client"

    @property
    def namespace(self) -> str:
        """The namespace with the default prefix; the session maps it when another prefix is in use."""
        return NAMESPACE_PREFIX + self.role

    def __str__(self) -> str:
        return self.role if self.workload == "client" else f"{self.role}/{self.workload}"

    @classmethod
    def parse(cls, text: str) -> Client:
        """``consumer`` or ``consumer/client-b``."""
        role, _, workload = text.partition("/")
        return cls(role, workload or "client")


def _seconds(value: object, info: ValidationInfo) -> object:
    if isinstance(value, str):
        return parse_duration(value)
    if info.context and "written" in info.context:
        raise ValueError("a duration has a unit: write it like 500ms, 2s or 1m30s")
    return value


def _listed(value: object) -> object:
    return value if isinstance(value, list | tuple) else [value]


Duration = Annotated[
    float,
    BeforeValidator(_seconds),
    WithJsonSchema({"type": "string", "pattern": "^([0-9]{1,5}(h|m|s|ms)){1,4}$"}),
]
"""Seconds; written as a GEP-2257 duration."""


def _one_or_many(item: dict[str, Any]) -> WithJsonSchema:
    return WithJsonSchema({"anyOf": [item, {"type": "array", "items": item, "minItems": 1}]})


Strings = Annotated[tuple[str, ...], Field(min_length=1), BeforeValidator(_listed), _one_or_many({"type": "string"})]
Codes = Annotated[
    tuple[Annotated[int, Field(ge=100, le=599)], ...],
    Field(min_length=1),
    BeforeValidator(_listed),
    _one_or_many({"type": "integer", "minimum": 100, "maximum": 599}),
]
#: The names of gRPC's status codes.
GRPC_CODES = (
    *("OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS"),
    *("PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED"),
    *("INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED"),
)
_FIRST, _LAST = 100, 599  # HTTP


def _grpc_code(value: str) -> str:
    if value not in GRPC_CODES:
        raise ValueError(f"allowed: the name of a gRPC status: {', '.join(GRPC_CODES)}")
    return value


def _any_code(value: object) -> str | int:
    if isinstance(value, str) and value in GRPC_CODES:
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        if not _FIRST <= value <= _LAST:
            raise ValueError(f"write a number of at least {_FIRST} and at most {_LAST}")
        return value
    raise ValueError(f"write a whole number, or the name of a gRPC status: {', '.join(GRPC_CODES)}")


_HTTP_CODE = {"type": "integer", "minimum": _FIRST, "maximum": _LAST}
GrpcCodes = Annotated[
    tuple[Annotated[str, AfterValidator(_grpc_code)], ...],
    Field(min_length=1),
    BeforeValidator(_listed),
    _one_or_many({"enum": list(GRPC_CODES)}),
]
"""Names of gRPC status codes."""
AnyCodes = Annotated[
    tuple[Annotated[Any, PlainValidator(_any_code)], ...],
    Field(min_length=1),
    BeforeValidator(_listed),
    _one_or_many({"anyOf": [_HTTP_CODE, {"enum": list(GRPC_CODES)}]}),
]
"""HTTP status codes and names of gRPC ones."""
Name = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$", max_length=63)]


class Node(BaseModel):
    """A part of a scenario file; knows where it stands."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
    _mark: Mark | None = PrivateAttr(default=None)

    @property
    def mark(self) -> Mark:
        """Where this was written; objects made in code (tests, generated fences) stand nowhere."""
        return self._mark or Mark("<built in code>", 0)

    def stands_at(self, mark: Mark) -> None:
        """Remember where this was written; for the loader."""
        self._mark = mark
