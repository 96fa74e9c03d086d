-- Records past their retention, removed with every trace in the lists. ARGV: prefix, now, limit, oldest kept.
-- Only what has ended goes, and an event only after its calls. Answers how many records went.
local SOURCES_A_ROUND = 16 -- drawn by lot: twice a second, all of hundreds would keep Redis busy for nothing
local limit, oldest = tonumber(ARGV[3]), '(' .. ARGV[4]
local sources = call('SRANDMEMBER', P .. 'sources', SOURCES_A_ROUND)
local gone = 0

local function forget_old(kind, states, forget)
  local left = limit
  for _, source in ipairs(sources) do
    for _, key in ipairs(parts_of(kind, states, source)) do
      for _, id in ipairs(call('ZRANGEBYSCORE', key, '-inf', oldest, 'LIMIT', 0, left)) do
        left = left - 1
        forget(id, key)
      end
    end
  end
end

local function ended()
  local states = {}
  for state in pairs(ENDED) do
    states[#states + 1] = state
  end
  return states
end

local function forget_call(id, listed)
  local c = load(id)
  if c and not ENDED[c.state] then
    return
  end
  if c then
    leave(id, c)
    for _, contact in ipairs(words(c.contacts)) do
      call('ZREM', P .. 'calls:contact:' .. contact, id)
    end
  end
  call('ZREM', listed, id)
  call('DEL', call_key(id), call_key(id) .. ':log', call_key(id) .. ':joined', call_key(id) .. ':notices')
  gone = gone + 1
end

local function forget_event(id, listed)
  for _, call_id in ipairs(words(call('HGET', event_key(id), 'calls') or '')) do
    if call('EXISTS', call_key(call_id)) == 1 then
      return
    end
  end
  call('ZREM', listed, id)
  call('ZREM', P .. 'events:pending', id)
  call('DEL', event_key(id), event_key(id) .. ':log')
  gone = gone + 1
end

-- The list has them as they came in (2_lists.lua).
local function forget_deliveries()
  local n = 0
  for _, id in ipairs(call('LRANGE', P .. 'deliveries', 0, limit - 1)) do
    local key = P .. 'delivery:' .. id
    local created_at = call('HGET', key, 'created_at')
    if created_at and tonumber(created_at) >= tonumber(ARGV[4]) then
      break
    end
    call('DEL', key, key .. ':blobs')
    n = n + 1
  end
  if n > 0 then
    call('LTRIM', P .. 'deliveries', n, -1)
    call('INCRBY', P .. 'deliveries:gone', n)
  end
  if call('EXISTS', P .. 'deliveries') == 0 then
    call('DEL', P .. 'deliveries:gone')
  end
  gone = gone + n
end

-- Those of which nothing is left: their name goes, and comes back with the next delivery.
local function forget_sources()
  for _, source in ipairs(sources) do
    local keys = parts_of('calls', STATES.calls, source)
    for _, key in ipairs(parts_of('events', STATES.events, source)) do
      keys[#keys + 1] = key
    end
    if call('EXISTS', unpack(keys)) == 0 then
      call('SREM', P .. 'sources', source)
    end
  end
end

forget_old('calls', ended(), forget_call)
forget_old('events', STATES.events, forget_event)
forget_deliveries()
if gone > 0 then
  forget_sources()
end
return gone
