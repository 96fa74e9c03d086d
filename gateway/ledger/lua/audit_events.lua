-- A step through all events. ARGV and answer as in audit_calls.
local n, tolerated = tonumber(ARGV[6]), tonumber(ARGV[7])
local counts = {}

local function check_event(id, created_at, state, reason, problem, calls, source)
  for _, name in ipairs(STATES.events) do
    local there = call('ZSCORE', part('events', name, source), id)
    check((name == state) == (there ~= false), 'one state per event', id, state .. ', listed in ' .. name)
  end
  check(state ~= 'IGNORED' or reason ~= '', 'every event has its reason', id, state)
  check(state ~= 'FAILED' or reason ~= '' or problem ~= '', 'every event has its reason', id, state)
  local pending = call('ZSCORE', P .. 'events:pending', id)
  check((state == 'RECEIVED') == (pending ~= false), 'an undecided event has a next time', id, state)
  check(is_listed('events', id, state, source, created_at), 'listed by source', id, source)
  for _, call_id in ipairs(words(calls)) do
    local values = call('HMGET', call_key(call_id), 'state', 'source', 'created_at')
    check(values[1], 'an accepted call exists', id, call_id)
    local listed = not values[1] or is_listed('calls', call_id, values[1], values[2] or '', values[3])
    check(listed, 'an accepted call is listed', call_id, values[1])
  end
end

-- Where the event came from, and who has it in hand: found from the other side too, where only one record is left.
local function check_origin(id, created_at, state, delivery, lease)
  local outlived = created_at < tolerated
  check(outlived or call('EXISTS', P .. 'delivery:' .. delivery) == 1, 'an event has its delivery', id, delivery)
  if state == 'RECEIVED' and lease ~= '' then
    local pending = call('ZSCORE', P .. 'events:pending', id)
    check(not pending or tonumber(pending) == tonumber(lease), 'a lease is as recorded', id, lease)
  end
end

local places = walk_all('events')
for _, place in ipairs(places) do
  local values = call('HMGET', event_key(place[1]), 'state', 'reason', 'error', 'calls', 'source', 'delivery', 'lease',
    'created_at')
  check(values[1], 'a listed event exists', place[1], '')
  if values[1] then
    counts[values[1]] = (counts[values[1]] or 0) + 1
    check_event(place[1], values[8], values[1], values[2] or '', values[3] or '', values[4] or '', values[5] or '')
    check_origin(place[1], tonumber(place[2]), values[1], values[6] or '', values[7] or '')
  end
end

return step_answer(places, n, counts)
