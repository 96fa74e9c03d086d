-- PREVIEWED → APPROVED. ARGV: prefix, now, id, actor, how old a preview may be (ms).
local key = replay_key(ARGV[3])
local values = call('HMGET', key, 'state', 'created_at', 'approved_by', 'total')
if not values[1] then
  return 'MISSING'
elseif REPLAYS[values[1]] and values[3] == ARGV[4] then
  return 'REPEATED'
elseif values[1] ~= 'PREVIEWED' then
  return 'WRONG_STATE'
elseif NOW - tonumber(values[2]) > tonumber(ARGV[5]) then
  return 'STALE'
end
call('HSET', key, 'approved_by', ARGV[4])
if values[4] == '0' then
  move_replay(ARGV[3], 'DONE')
else
  move_replay(ARGV[3], 'APPROVED')
  call('ZADD', P .. 'replays:open', values[2], ARGV[3])
end
return 'DONE'
