-- A step through all deliveries. ARGV and answer as in audit_calls; the one count is of deliveries.
local n, tolerated = tonumber(ARGV[6]), tonumber(ARGV[7])
local found = 0

local places = walk(P .. 'deliveries:all', ARGV[3], ARGV[4], ARGV[5], n)
for _, place in ipairs(places) do
  local id = place[1]
  local listed = call('HGET', P .. 'delivery:' .. id, 'events')
  check(listed, 'a listed delivery exists', id, '')
  found = found + (listed and 1 or 0)
  for _, line in ipairs(lines(listed or '')) do
    local duplicate, event_id = string.sub(line, 1, 1) == '1', string.sub(line, 3)
    local outlived = duplicate and tonumber(place[2]) < tolerated
    local values = call('HMGET', event_key(event_id), 'state', 'source', 'created_at')
    check(outlived or values[1], "a delivery's events exist", id, event_id)
    local listed = not values[1] or is_listed('events', event_id, values[1], values[2] or '', values[3])
    check(outlived or listed, "a delivery's events are listed", id, event_id)
  end
end
return step_answer(places, n, { deliveries = found })
