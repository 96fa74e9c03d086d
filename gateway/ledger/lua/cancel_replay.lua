-- No further step of an order. ARGV: prefix, now, id, actor.
local key = replay_key(ARGV[3])
local values = call('HMGET', key, 'state', 'cancelled_by')
if not values[1] then
  return 'MISSING'
elseif values[1] == 'CANCELLED' and values[2] == ARGV[4] then
  return 'REPEATED'
elseif values[1] == 'DONE' or values[1] == 'CANCELLED' then
  return 'WRONG_STATE'
end
call('HSET', key, 'cancelled_by', ARGV[4])
move_replay(ARGV[3], 'CANCELLED')
return 'DONE'
