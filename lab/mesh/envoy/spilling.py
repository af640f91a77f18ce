"""Routes that answer by themselves and send the request to a backend all the same, for defects that do so."""

from __future__ import annotations

from lab.mesh.envoy.sessions import SCRIPTS
from lab.mesh.envoy.types import Resource, typed

_TIMEOUT_MS = 5000


def spilling(route: Resource, cluster: str) -> Resource:
    """The route, with a copy of each request's head for `cluster`; what comes back is dropped."""
    script = f"""
function envoy_on_request(handle)
  local copy = {{}}
  for name, value in pairs(handle:headers()) do
    if string.sub(name, 1, 6) ~= "x-lab-" then copy[name] = value end
  end
  handle:httpCall("{cluster}", copy, "", {_TIMEOUT_MS}, true)
end
"""
    on = typed("envoy.extensions.filters.http.lua.v3.LuaPerRoute", source_code={"inline_string": script})
    return {**route, "typed_per_filter_config": {**route.get("typed_per_filter_config", {}), SCRIPTS: on}}
