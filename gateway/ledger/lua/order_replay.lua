-- An order of many events, to be looked at first. ARGV: prefix, now, id, what was told (JSON), oldest kept.
local id = ARGV[3]
if call('EXISTS', replay_key(id)) == 1 then
  return 'REPEATED'
end
for _, old in ipairs(call('ZRANGEBYSCORE', P .. 'replays:all', '-inf', '(' .. ARGV[5], 'LIMIT', 0, 10)) do
  local key = replay_key(old)
  call('DEL', key, key .. ':todo', key .. ':seen', key .. ':people', key .. ':steps', key .. ':outcomes')
  call('ZREM', P .. 'replays:all', old)
  call('ZREM', P .. 'replays:open', old)
end
write(replay_key(id), {
  state = 'PREVIEWING', told = ARGV[4], total = '0', looked = '0', created_at = int(NOW), updated_at = int(NOW),
  next_at = '0',
})
call('ZADD', P .. 'replays:all', int(NOW), id)
return 'DONE'
