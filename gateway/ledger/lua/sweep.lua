-- What a crash left behind, moved on. ARGV: prefix, now, limit.
-- Answers {leases lost, unknown, expired, due, due in all, events due}. A repeat names only what moved since.
local limit = tonumber(ARGV[3])
local BY = 'sweeper'
local lost, unknown, expired = {}, {}, {}

local function expire(id, c)
  end_quietly(id, c, 'EXPIRED', { reason = 'expired' }, BY)
  expired[#expired + 1] = id
end

local function sweep_lease(id)
  local c = load(id)
  if not c then
    call('ZREM', P .. 'calls:leases', id)
  elseif c.state == 'DIALING' then
    leave_flight(id, c)
    move(id, c, 'UNKNOWN', { reason = 'deadline_passed' }, BY)
    unlead(id, c)
    unknown[#unknown + 1] = id
  elseif tonumber(c.expires_at) <= NOW then
    expire(id, c)
  else
    move(id, c, 'READY', { reason = 'lease_lost', not_before = int(NOW) }, BY)
    lost[#lost + 1] = id
  end
end

local function sweep_expiry(id)
  local c = load(id)
  if c and (c.state == 'READY' or c.state == 'HELD') then
    expire(id, c)
  else -- promoted or expired earlier in this very round
    call('ZREM', P .. 'calls:expiry', id)
  end
end

for _, id in ipairs(call('ZRANGEBYSCORE', P .. 'calls:leases', '-inf', int(NOW), 'LIMIT', 0, limit)) do
  sweep_lease(id)
end
for _, id in ipairs(call('ZRANGEBYSCORE', P .. 'calls:expiry', '-inf', int(NOW), 'LIMIT', 0, limit)) do
  sweep_expiry(id)
end
bring_due()
return {
  lost, unknown, expired,
  call('ZREVRANGE', P .. 'calls:due', 0, limit - 1), call('ZCARD', P .. 'calls:due'),
  call('ZRANGEBYSCORE', P .. 'events:pending', '-inf', int(NOW), 'LIMIT', 0, limit),
}
