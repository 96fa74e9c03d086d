-- CLAIMED, its lease pushed out. ARGV: prefix, now, id, owner, fence, lease_until.
local id, owner, fence, lease = ARGV[3], ARGV[4], ARGV[5], tonumber(ARGV[6])
local c = load(id)
local no = refusal(c, 'CLAIMED', owner, fence, nil)
if no then
  return no
elseif tonumber(c.lease) <= NOW then
  return 'STALE' -- lost, though nobody has taken it yet
elseif tonumber(c.lease) >= lease then
  return 'REPEATED'
end
call('HSET', call_key(id), 'lease', int(lease), 'updated_at', int(NOW))
call('ZADD', P .. 'calls:leases', int(lease), id)
return 'DONE'
