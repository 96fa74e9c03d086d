-- The end of an import. ARGV: prefix, now, id, state it ends in, by whom, why. Who is listed by then stays listed.
local key = P .. 'do_not_call:import:' .. ARGV[3]
local values = call('HMGET', key, 'state', 'ended_by')
if not values[1] then
  return 'MISSING'
elseif values[1] == ARGV[4] and values[2] == ARGV[5] then
  return 'REPEATED'
elseif values[1] ~= 'RUNNING' then
  return 'WRONG_STATE'
end
call('HSET', key, 'state', ARGV[4], 'ended_by', ARGV[5], 'detail', ARGV[6], 'updated_at', int(NOW))
return 'DONE'
