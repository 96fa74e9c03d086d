-- The next step that is due, of the oldest order whose pace allows one. ARGV: prefix, now, lease (ms).
-- Answers {order, event, what was told (JSON)}, or false. Asked again after a lost answer it gives another step: the
-- first is taken once more when its lease is over.
for _, id in ipairs(call('ZRANGE', P .. 'replays:open', 0, 99)) do
  local key = replay_key(id)
  local values = call('HMGET', key, 'state', 'next_at', 'told')
  local due = tonumber(values[2]) <= NOW and call('ZRANGEBYSCORE', key .. ':todo', '-inf', int(NOW), 'LIMIT', 0, 1)[1]
  if due then
    local every = 60000 / cjson.decode(values[3]).per_minute
    -- A turn that came late is not made up for by a rush, but for one second: sweepers look in steps.
    call('HSET', key, 'next_at', int(math.max(tonumber(values[2]), NOW - 1000) + every))
    call('ZADD', key .. ':todo', int(NOW + tonumber(ARGV[3])), due)
    if values[1] == 'APPROVED' then
      move_replay(id, 'RUNNING')
    end
    return { id, due, values[3] }
  end
end
return false
