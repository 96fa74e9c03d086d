-- A step through all deliveries. ARGV and answer as in audit_calls, but places are numbers (2_lists.lua) in place of scores;
-- the one count is of deliveries.
local n, tolerated = tonumber(ARGV[6]), tonumber(ARGV[7])
local found = 0

local function check_event(id, event_id, outlived)
  local values = call('HMGET', event_key(event_id), 'state', 'source', 'created_at')
  check(outlived or values[1], "a delivery's events exist", id, event_id)
  local listed = not values[1] or is_listed('events', event_id, values[1], values[2] or '', values[3])
  check(outlived or listed, "a delivery's events are listed", id, event_id)
end

local gone = tonumber(call('GET', P .. 'deliveries:gone') or '0')
local first = math.max(ARGV[4] == '' and gone or tonumber(ARGV[3]), gone) -- some may have gone since the last step
local ids = call('LRANGE', P .. 'deliveries', first - gone, first - gone + n - 1)
local places = {}
for i, id in ipairs(ids) do
  local values = call('HMGET', P .. 'delivery:' .. id, 'events', 'created_at')
  check(values[1], 'a listed delivery exists', id, '')
  found = found + (values[1] and 1 or 0)
  for _, line in ipairs(lines(values[1] or '')) do
    check_event(id, string.sub(line, 3), string.sub(line, 1, 1) == '1' and tonumber(values[2]) < tolerated)
  end
  places[i] = { id, int(first + i) }
end
return step_answer(places, n, { deliveries = found })
