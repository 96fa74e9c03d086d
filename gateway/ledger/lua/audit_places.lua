-- A step through the places taken of one bound on what is in flight: who holds one is on the line, or a person ordered
-- it again while its talk may last.
-- ARGV as in audit_calls, then the bound's key. Answer as there.
local n = tonumber(ARGV[6])
local places = walk(P .. 'inflight:' .. ARGV[8], ARGV[3], ARGV[4], ARGV[5], n)
for _, place in ipairs(places) do
  local id, fence = string.match(place[1], '^(.*):(%d+)$')
  local values = call('HMGET', call_key(id or place[1]), 'state', 'fence', 'ordered_at')
  local on_the_line = (values[1] == 'DIALING' or values[1] == 'PLACED') and values[2] == fence
  local talked = values[3] and tonumber(fence) <= tonumber(values[2])
  check(on_the_line or talked or tonumber(place[2]) <= NOW, 'a place is held by who is on the line', id or place[1], ARGV[8])
end
return step_answer(places, n, {})
