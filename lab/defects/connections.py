"""Proxies that remember on a connection where its earlier requests went. For `Decisions.resource` with `numbered`."""

from __future__ import annotations

from lab.defects.edits import Translated, on_managers, on_route_configurations, script, together
from lab.mesh.envoy.headers import overwrite
from lab.mesh.envoy.numbering import CONNECTION
from lab.mesh.envoy.types import Resource

_KEPT, _WENT = "x-lab-kept", "x-lab-went"
_SCRIPT = """
local kept = {{}}
function envoy_on_request(handle)
  local headers = handle:headers()
  local key = headers:get("{connection}") .. " " .. headers:get(":path")
  handle:streamInfo():dynamicMetadata():set("deviation", "key", key)
  if kept[key] then
    headers:replace("{kept}", kept[key])
    handle:clearRouteCache()
  end
end
function envoy_on_response(handle)
  local told = handle:streamInfo():dynamicMetadata():get("deviation")
  local went = handle:headers():get("{went}")
  if went == nil then return end
  handle:headers():remove("{went}")
  if told and told["key"] and kept[told["key"]] == nil and string.find(went, "/", 1, true) then
    kept[told["key"]] = went
  end
end
"""


def remembering() -> Translated:
    """Requests for one path go where the first of them on the connection went."""
    code = _SCRIPT.format(connection=CONNECTION, kept=_KEPT, went=_WENT)
    return together(on_managers(script(code)), on_route_configurations(_kept_first))


def _kept_first(configuration: Resource) -> None:
    """Before all routes one that obeys what the script remembers; and backends tell the script who they are."""
    route = {
        "match": {"prefix": "", "headers": [{"name": _KEPT, "present_match": True}]},
        "route": {
            "cluster_header": _KEPT,
            "timeout": "0s",
            "cluster_not_found_response_code": "INTERNAL_SERVER_ERROR",
        },
    }
    for host in configuration["virtual_hosts"]:
        host["routes"] = [route, *host["routes"]]
    removed = configuration.get("request_headers_to_remove", ())
    told = configuration.get("response_headers_to_add", ())
    configuration["request_headers_to_remove"] = [*removed, _KEPT]
    configuration["response_headers_to_add"] = [*told, overwrite(_WENT, "%UPSTREAM_CLUSTER%")]
