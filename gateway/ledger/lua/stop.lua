-- No claim and no grant for what is stopped. ARGV: prefix, now, what, until (0 for none), by and reason (JSON).
local what, till, data = ARGV[3], ARGV[4], ARGV[5]
local in_force = stop_in_force(what) and call('HGET', P .. 'stops', what)
local since = in_force and string.match(in_force, '^%d+ (%d+) ') or int(NOW)
local value = table.concat({ till, since, data }, ' ')
if in_force == value then
  return 'REPEATED'
end
call('HSET', P .. 'stops', what, value)
log_stop('stop', what, till, data)
call('ZADD', P .. 'gates', 'XX', int(NOW), 'S:' .. what) -- its end may have moved
return 'DONE'
