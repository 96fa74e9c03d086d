-- A file of people to list, its import begun. ARGV: prefix, now, id, what was told (JSON), lines, how many are kept, for
-- how long (ms). Of the others that are no longer under way the oldest go.
local id, name = ARGV[3], P .. 'do_not_call:imports'
local key = P .. 'do_not_call:import:' .. id
if call('EXISTS', key) == 1 then
  return 'REPEATED'
end
for _, old in ipairs(call('ZRANGE', name, 0, -int(ARGV[6]) - 1)) do
  local known = P .. 'do_not_call:import:' .. old
  if call('HGET', known, 'state') ~= 'RUNNING' then
    call('DEL', known, known .. ':bad')
    call('ZREM', name, old)
  end
end
write(key, {
  state = 'RUNNING', told = ARGV[4], lines = int(ARGV[5]), step = '0', read = '0', added = '0', same = '0', bad = '0',
  created_at = int(NOW), updated_at = int(NOW),
})
tidy_after(key, NOW + tonumber(ARGV[7]))
call('ZADD', name, int(NOW), id)
return 'DONE'
