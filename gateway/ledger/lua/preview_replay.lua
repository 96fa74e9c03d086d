-- A slice of an order's preview, once. ARGV: prefix, now, id, how many events had been looked at before it and are
-- after it, where to go on ('': it is complete), the preview's counts (JSON), the events that are meant (spaces), what
-- would become of their calls (JSON, a line each), and whom those would ring (digests, spaces).
local key = replay_key(ARGV[3])
local values = call('HMGET', key, 'state', 'looked', 'total')
if not values[1] then
  return 'MISSING'
elseif values[2] ~= ARGV[4] then
  return 'REPEATED'
elseif values[1] ~= 'PREVIEWING' then
  return 'WRONG_STATE'
end
local total = tonumber(values[3])
for _, event in ipairs(words(ARGV[8])) do
  total = total + 1
  call('ZADD', key .. ':todo', total, event) -- long past: taken in this order
end
for _, line in ipairs(lines(ARGV[9])) do
  call('RPUSH', key .. ':seen', line)
end
for _, person in ipairs(words(ARGV[10])) do
  call('SADD', key .. ':people', person)
end
write(key, {
  state = ARGV[6] == '' and 'PREVIEWED' or 'PREVIEWING', looked = ARGV[5], cursor = ARGV[6], preview = ARGV[7],
  total = int(total), phones = int(call('SCARD', key .. ':people')), updated_at = int(NOW),
})
return 'DONE'
