-- What an earlier release listed three times (all, by source, by state) put into the one list that is read now, the newest
-- first. ARGV: prefix, now, limit. Answers how many there were; 0 where nothing is left to do.
local limit, moved = tonumber(ARGV[3]), 0

local function relist(kind, record)
  local all = P .. kind .. ':all'
  for _, id in ipairs(call('ZREVRANGE', all, 0, limit - 1)) do
    local values = call('HMGET', record .. id, 'state', 'source', 'created_at')
    if values[1] then
      call('SADD', P .. 'sources', values[2])
      call('ZADD', part(kind, values[1], values[2]), values[3], id)
      call('ZREM', P .. kind .. ':source:' .. values[2], id)
    end
    call('ZREM', all, id)
    moved = moved + 1
  end
  if call('EXISTS', all) == 0 then
    for _, state in ipairs(STATES[kind]) do
      call('UNLINK', P .. kind .. ':state:' .. state)
    end
  end
end

-- Deliveries had their time with them, and are in order.
local function relist_deliveries()
  local all = P .. 'deliveries:all'
  for _, id in ipairs(call('ZREVRANGE', all, 0, limit - 1)) do
    call('LPUSH', P .. 'deliveries', id)
    call('ZREM', all, id)
    call('DECR', P .. 'deliveries:gone')
    moved = moved + 1
  end
end

relist_deliveries()
for kind, record in pairs({ calls = call_key(''), events = event_key('') }) do
  if call('EXISTS', P .. kind .. ':all') == 1 then
    relist(kind, record)
  end
end
return moved
