"""The hop that questions to authorization services take: it lets through the headers that the service may see.

Which these are Envoy's own filter settles for all routes together, so it is left to the hop.
"""

from __future__ import annotations

from lab.mesh.envoy.auth import ALLOWED, HOP
from lab.mesh.envoy.hops import hop_cluster, hop_listener, onward
from lab.mesh.envoy.types import ONWARD, Resource, typed

# What a service gets in any case; the last two are for Envoy itself, which then removes them.
_ALWAYS = ("authorization", "content-length", "host", "transfer-encoding", ONWARD, "x-forwarded-proto")
_SCRIPT = f"""
local always = {{ {", ".join(f'["{name}"]=true' for name in _ALWAYS)} }}
function envoy_on_request(handle)
  local allowed, unwanted = {{}}, {{}}
  for name in string.gmatch(handle:headers():get("{ALLOWED}") or "", "[^,]+") do allowed[name] = true end
  for name in pairs(handle:headers()) do
    if string.sub(name, 1, 1) ~= ":" and not always[name] and not allowed[name] then unwanted[name] = true end
  end
  for name in pairs(unwanted) do handle:headers():remove(name) end
end
"""


def question_cluster() -> Resource:
    """The way into the hop."""
    return hop_cluster(HOP)


def question_listener() -> Resource:
    """The hop."""
    config = typed("envoy.extensions.filters.http.lua.v3.Lua", default_source_code={"inline_string": _SCRIPT})
    return hop_listener(HOP, [{"name": "allowed", "typed_config": config}], [onward()], [ALLOWED])
