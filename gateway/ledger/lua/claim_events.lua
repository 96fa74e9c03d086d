-- RECEIVED events that are due, leased to a worker.
-- ARGV: prefix, now, owner, limit, lease_until, nonce (this request's own, so that a repeat gets the same events).
-- Answers {{id, flat record, payload or false}, ...}.
local owner, limit, lease = ARGV[3], tonumber(ARGV[4]), ARGV[5]
local memory = P .. 'claims:' .. ARGV[6]
local REPEAT_KEPT_MS = 60000

local function claim_due()
  local ids = call('ZRANGEBYSCORE', P .. 'events:pending', '-inf', int(NOW), 'LIMIT', 0, limit)
  for _, id in ipairs(ids) do
    call('HSET', event_key(id), 'owner', owner, 'lease', lease)
    call('HINCRBY', event_key(id), 'tries', 1)
    call('ZADD', P .. 'events:pending', lease, id)
  end
  if #ids > 0 then
    call('SET', memory, table.concat(ids, ' '), 'PX', REPEAT_KEPT_MS)
  end
  return ids
end

local function claimed_before()
  local mine = {}
  for _, id in ipairs(words(call('GET', memory))) do
    local values = call('HMGET', event_key(id), 'state', 'owner')
    if values[1] == 'RECEIVED' and values[2] == owner then
      mine[#mine + 1] = id
    end
  end
  return mine
end

local ids = call('EXISTS', memory) == 1 and claimed_before() or claim_due()
local events = {}
for i, id in ipairs(ids) do
  local delivery = call('HGET', event_key(id), 'delivery')
  events[i] = { id, call('HGETALL', event_key(id)), call('HGET', P .. 'delivery:' .. delivery .. ':blobs', id) }
end
return events
