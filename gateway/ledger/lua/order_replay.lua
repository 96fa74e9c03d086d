-- Many events to be decided anew, kept as previewed. ARGV: prefix, now, id, what was told (JSON), oldest kept, event ids.
local id, ids = ARGV[3], words(ARGV[6])
if call('EXISTS', replay_key(id)) == 1 then
  return 'REPEATED'
end
for _, old in ipairs(call('ZRANGEBYSCORE', P .. 'replays:all', '-inf', '(' .. ARGV[5], 'LIMIT', 0, 10)) do
  local key = replay_key(old)
  call('DEL', key, key .. ':todo', key .. ':steps', key .. ':outcomes')
  call('ZREM', P .. 'replays:all', old)
  call('ZREM', P .. 'replays:open', old)
end
write(replay_key(id), {
  state = 'PREVIEWED', told = ARGV[4], total = int(#ids), created_at = int(NOW), updated_at = int(NOW), next_at = '0',
})
for place, event in ipairs(ids) do
  call('ZADD', replay_key(id) .. ':todo', place, event) -- long past: taken in this order
end
call('ZADD', P .. 'replays:all', int(NOW), id)
return 'DONE'
