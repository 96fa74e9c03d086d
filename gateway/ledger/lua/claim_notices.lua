-- Notices that are due, leased to a sender: an endpoint after the other, the longest unserved first.
-- ARGV: prefix, now, owner, limit, lease_until, nonce (this request's own, so that a repeat gets the same notices),
-- how many an endpoint may have under way here, how many it has (JSON by name).
-- Answers {{id, flat record}, ...}.
local owner, limit, lease, share = ARGV[3], tonumber(ARGV[4]), ARGV[5], tonumber(ARGV[7])
local busy = cjson.decode(ARGV[8])
local memory = P .. 'claims:' .. ARGV[6]
local REPEAT_KEPT_MS = 60000

-- An endpoint that fails again and again is asked with one message at a time.
local function room_for(endpoint)
  local free, failures = share - (busy[endpoint] or 0), pause_of(endpoint)
  if not failures then
    return 0
  elseif failures >= FAILURES_TO_PAUSE and free > 0 then
    call('HSET', endpoint_key(endpoint), 'paused_until', lease)
    return 1
  end
  return free
end

local function lease_to_owner(id)
  call('HSET', P .. 'notice:' .. id, 'owner', owner, 'next_at', lease)
  call('HINCRBY', P .. 'notice:' .. id, 'tries', 1)
end

local function take_from(endpoint, most, taken)
  local waiting = P .. 'notices:to:' .. endpoint
  for _, id in ipairs(call('ZRANGEBYSCORE', waiting, '-inf', int(NOW), 'LIMIT', 0, most)) do
    call('ZADD', waiting, lease, id)
    lease_to_owner(id)
    taken[#taken + 1] = id
  end
end

local function claim_due()
  local taken = {}
  for _, endpoint in ipairs(call('ZRANGE', P .. 'notices:endpoints', 0, -1)) do
    local most = math.min(limit - #taken, share)
    if most > 0 and next_notice(endpoint) then
      most = math.min(most, room_for(endpoint))
    else
      most = 0
    end
    if most > 0 then
      take_from(endpoint, most, taken)
      call('ZADD', P .. 'notices:endpoints', int(NOW), endpoint)
    end
  end
  if #taken > 0 then
    call('SET', memory, table.concat(taken, ' '), 'PX', REPEAT_KEPT_MS)
  end
  return taken
end

local function claimed_before()
  local mine = {}
  for _, id in ipairs(words(call('GET', memory))) do
    local values = call('HMGET', P .. 'notice:' .. id, 'state', 'owner')
    if values[1] == 'WAITING' and values[2] == owner then
      mine[#mine + 1] = id
    end
  end
  return mine
end

local ids = call('EXISTS', memory) == 1 and claimed_before() or claim_due()
local notices = {}
for i, id in ipairs(ids) do
  notices[i] = { id, call('HGETALL', P .. 'notice:' .. id) }
end
return notices
