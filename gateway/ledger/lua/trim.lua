-- Records past their retention, removed with every trace in the lists. ARGV: prefix, now, limit, oldest kept.
-- Only what has ended goes, and an event only after its calls. Answers how many records went.
local limit, oldest = tonumber(ARGV[3]), '(' .. ARGV[4]
local gone = 0

local function old(list)
  return call('ZRANGEBYSCORE', P .. list, '-inf', oldest, 'LIMIT', 0, limit)
end

local function forget_call(id)
  local c = load(id)
  if c and not ENDED[c.state] then
    return
  end
  if c then
    leave(id, c)
    call('ZREM', P .. 'calls:source:' .. c.source, id)
    for _, contact in ipairs(words(c.contacts)) do
      call('ZREM', P .. 'calls:contact:' .. contact, id)
    end
  end
  call('ZREM', P .. 'calls:all', id)
  call('DEL', call_key(id), call_key(id) .. ':log', call_key(id) .. ':joined', call_key(id) .. ':notices')
  gone = gone + 1
end

local function forget_event(id)
  local values = call('HMGET', event_key(id), 'state', 'source', 'calls')
  for _, call_id in ipairs(words(values[3] or '')) do
    if call('EXISTS', call_key(call_id)) == 1 then
      return
    end
  end
  if values[1] then
    call('ZREM', P .. 'events:state:' .. values[1], id)
    call('ZREM', P .. 'events:source:' .. values[2], id)
  end
  call('ZREM', P .. 'events:pending', id)
  call('ZREM', P .. 'events:all', id)
  call('DEL', event_key(id), event_key(id) .. ':log')
  gone = gone + 1
end

for _, id in ipairs(old('calls:all')) do
  forget_call(id)
end
for _, id in ipairs(old('events:all')) do
  forget_event(id)
end
for _, id in ipairs(old('deliveries:all')) do
  call('ZREM', P .. 'deliveries:all', id)
  call('DEL', P .. 'delivery:' .. id, P .. 'delivery:' .. id .. ':blobs')
  gone = gone + 1
end
return gone
