-- CLAIMED, its lease pushed out; what was looked at and is due still is claimed by it.
-- ARGV: prefix, now, id, owner, fence, lease_until.
local id, owner, lease = ARGV[3], ARGV[4], tonumber(ARGV[6])
local fence, till = shown(ARGV[5])
local c = load(id)
if may_take_up(id, c, fence, till) then
  move(id, c, 'CLAIMED', { owner = owner, fence = fence, lease = int(lease) }, owner)
  return 'DONE'
end
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
