"""Lua for Envoy's filter: what no field of its configuration can express."""

from __future__ import annotations

# The number that NUMBER_BY_TURNS gives a request, from 0 to 999,999.
TURN = "x-lab-turn"

JOIN_LINES = """
local function join(headers)
  local all, repeated = {}, {}
  for key, value in pairs(headers) do
    if all[key] then
      all[key] = all[key] .. ", " .. value
      repeated[key] = true
    else
      all[key] = value
    end
  end
  for key, _ in pairs(repeated) do
    if key ~= "cookie" and key ~= "set-cookie" then
      headers:remove(key)
      headers:add(key, all[key])
    end
  end
end
function envoy_on_request(handle) join(handle:headers()) end
function envoy_on_response(handle) join(handle:headers()) end
"""

NO_LENGTH = """
function envoy_on_response(handle) handle:headers():remove("content-length") end
"""

RELATIVE_LOCATION = """
function envoy_on_request(handle)
  handle:streamInfo():dynamicMetadata():set("deviation", "authority", handle:headers():get(":authority"))
end
function envoy_on_response(handle)
  local kept = handle:streamInfo():dynamicMetadata():get("deviation")
  local location = handle:headers():get("location")
  if kept == nil or kept["authority"] == nil or location == nil then return end
  local here = "http://" .. kept["authority"] .. "/"
  if location:sub(1, #here) == here then
    handle:headers():replace("location", location:sub(#here))
  end
end
"""

PORT_IN_LOCATION = """
local ports = {http = ":80", https = ":443"}
function envoy_on_response(handle)
  local location = handle:headers():get("location")
  if location == nil then return end
  local scheme, host, rest = location:match("^(https?)://([^/:?]+)([/?].*)$")
  if scheme then handle:headers():replace("location", scheme .. "://" .. host .. ports[scheme] .. rest) end
end
"""

# Multiples of the golden ratio fall evenly into every interval, and nearly in turns.
NUMBER_BY_TURNS = f"""
local turn = 0
function envoy_on_request(handle)
  turn = (turn + 618034) % 1000000
  handle:headers():replace("{TURN}", string.format("%d", turn))
  handle:clearRouteCache()
end
"""
