-- A RECEIVED event left for later. ARGV: prefix, now, id, owner, next_at, error.
local id, owner, next_at = ARGV[3], ARGV[4], ARGV[5]
local op = 'postpone ' .. owner .. ' ' .. next_at
local values = call('HMGET', event_key(id), 'state', 'owner', 'last')
if not values[1] then
  return 'MISSING'
elseif values[1] ~= 'RECEIVED' then
  return 'WRONG_STATE'
elseif values[2] ~= owner then
  return (values[2] or '') == '' and values[3] == op and 'REPEATED' or 'STALE'
end
call('HSET', event_key(id), 'owner', '', 'lease', '', 'error', ARGV[6], 'last', op)
call('ZADD', P .. 'events:pending', next_at, id)
log_event(id, 'RECEIVED', '', owner, ARGV[6], '')
return 'DONE'
