"""Scripts by which copies for a mirror are made at another place, or otherwise, than the proxy makes them.

The route tells `mirror`, the cluster that gets the copy.
"""

from __future__ import annotations

# Of every copy: the request as it came, with its body.
_COPY = """
local function copy(handle, also)
  local headers = {}
  for name, value in pairs(handle:headers()) do headers[name] = value end
  for name, value in pairs(also) do headers[name] = value end
  local body, text = handle:body(), nil
  if body and headers[":method"] ~= "GET" then text = body:getBytes(0, body:length()) end
  return headers, text
end
"""
BEFORE_EVERYTHING = (
    _COPY
    + """
function envoy_on_request(handle)
  local mirror = handle:metadata():get("mirror")
  if not mirror then return end
  local headers, text = copy(handle, {})
  handle:httpCall(mirror, headers, text, 10000, true)
end
"""
)
AS_A_GET = (
    _COPY
    + """
function envoy_on_request(handle)
  local mirror = handle:metadata():get("mirror")
  if not mirror then return end
  local headers = copy(handle, {[":method"] = "GET"})
  headers["content-length"] = nil
  handle:httpCall(mirror, headers, nil, 10000, true)
end
"""
)
# Which of the mirror's misfortunes the client has to bear: its delay, its errors, or a broken connection.
WAITED_FOR = (
    _COPY
    + """
function envoy_on_request(handle)
  local mirror, minds = handle:metadata():get("mirror"), handle:metadata():get("minds")
  if not mirror then return end
  local headers, text = copy(handle, {})
  local answer, said = handle:httpCall(mirror, headers, text, 20000)
  local cut = said and string.find(said, "reset", 1, true) ~= nil
  local own = answer["x-gamma-echo"] ~= nil
  if minds == "errors" and own and tonumber(answer[":status"]) >= 500 then
    handle:respond({[":status"] = "502"}, "mirror failed")
  elseif minds == "breaks" and not own and cut then
    handle:respond({[":status"] = "503"}, "mirror broke")
  end
end
"""
)
