"""Numbers the requests of each connection, for defects that depend on what came before on the same connection.

A script in front of everything else keeps, for each connection of a caller, how many requests it has brought, the path
of the first one and a number drawn once; it leaves them in headers that routes can look at and backends do not see.
"""

from __future__ import annotations

from copy import deepcopy

from lab.mesh.envoy.headers import overwrite
from lab.mesh.envoy.types import LISTENER, ROUTES, Resource, typed

NUMBER = "x-lab-number"  # from 1, decimal
DRAW = "x-lab-draw"  # 00 to 99, each as likely as the others
FIRST = "x-lab-first"  # without its query
VERSION = "x-lab-version"  # HTTP/1.1, HTTP/2: what the client speaks
CONNECTION = "x-lab-connection"  # which of all
# Connections are numbered one after the other; what so many later ones have followed is long gone.
_KEPT = 20_000
_SCRIPT = f"""
local known = {{}}
function envoy_on_request(handle)
  local headers = handle:headers()
  local id = tonumber(headers:get("{CONNECTION}"))
  local connection = known[id]
  if connection == nil then
    connection = {{ number = 0, draw = math.random(0, 99), first = string.match(headers:get(":path"), "^[^?]*") }}
    known[id] = connection
    known[id - {_KEPT}] = nil
  end
  connection.number = connection.number + 1
  headers:replace("{NUMBER}", tostring(connection.number))
  headers:replace("{DRAW}", string.format("%02d", connection.draw))
  headers:replace("{FIRST}", connection.first)
  handle:clearRouteCache()
end
"""


def numbering(type_url: str, resource: Resource) -> Resource:
    """The resource of this type, changed so that the headers are there for its routes, and for nobody else."""
    if type_url == LISTENER:
        changed = deepcopy(resource)
        chains = [*changed.get("filter_chains", ()), changed.get("default_filter_chain", {})]
        for each in (item for chain in chains for item in chain.get("filters", ()) if item["name"] == "http"):
            _number(each["typed_config"])
        return changed
    if type_url == ROUTES:
        removed = [*resource.get("request_headers_to_remove", ()), CONNECTION, NUMBER, DRAW, FIRST, VERSION]
        return {**resource, "request_headers_to_remove": removed}
    return resource


def _number(manager: Resource) -> None:
    """Change a connection manager, which belongs to the caller."""
    kind = "envoy.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation"
    values = {CONNECTION: "%CONNECTION_ID%", VERSION: "%PROTOCOL%"}
    told = typed(kind, mutations=[{"append": overwrite(name, value)} for name, value in values.items()])
    script = typed("envoy.extensions.filters.http.lua.v3.Lua", default_source_code={"inline_string": _SCRIPT})
    manager["early_header_mutation_extensions"].append({"name": "connection", "typed_config": told})
    manager["http_filters"].insert(0, {"name": "numbering", "typed_config": script})
