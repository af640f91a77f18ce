"""From the JSON of a rule to what it asks for beyond matching, weighing and editing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lab.mesh.world.policies import Cors

Json = Mapping[str, Any]


def parse_cors(item: Json) -> Cors:
    """The settings of a CORS filter."""
    return Cors(
        origins=tuple(item.get("allowOrigins") or ()),
        credentials=bool(item.get("allowCredentials")),
        methods=tuple(item.get("allowMethods") or ()),
        headers=tuple(item.get("allowHeaders") or ()),
        exposed=tuple(item.get("exposeHeaders") or ()),
        max_age=item.get("maxAge", 5),  # filters.cors-max-age
    )
