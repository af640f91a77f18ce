"""Rules about the matches of gRPC calls."""

from __future__ import annotations

import re

from spec.crds.rules.base import Value, rule

_GRPC_SERVICE = re.compile(r"\.?[a-z_][a-z_0-9]*(\.[a-z_][a-z_0-9]*)*", re.IGNORECASE | re.ASCII)
_GRPC_METHOD = re.compile(r"[A-Za-z_][A-Za-z_0-9]*")


@rule("method-or-service")
def _method_or_service(match: Value) -> bool:
    return "service" in match or "method" in match


@rule("grpc-service-characters")
def _grpc_service_characters(match: Value) -> bool:
    return match["type"] != "Exact" or "service" not in match or bool(_GRPC_SERVICE.fullmatch(match["service"]))


@rule("grpc-method-characters")
def _grpc_method_characters(match: Value) -> bool:
    return match["type"] != "Exact" or "method" not in match or bool(_GRPC_METHOD.fullmatch(match["method"]))
