-- Notices looked after. ARGV: prefix, now, limit, and instants: what came up before the first and is still to be sent
-- is given up; what was delivered, or given up, and came up before the second, or third, is forgotten.
-- Answers {ids due, given up, how many were forgotten}.
local limit = tonumber(ARGV[3])
local due, given_up, gone = {}, {}, 0

local function older(state, instant)
  return call('ZRANGEBYSCORE', P .. 'notices:state:' .. state, '-inf', '(' .. instant, 'LIMIT', 0, limit)
end

local function forget(id, state)
  local notice = load_notice(id)
  call('ZREM', P .. 'notices:state:' .. state, id)
  call('ZREM', P .. 'notices:all', id)
  if notice then
    call('LREM', call_key(notice.call) .. ':notices', 1, id)
    if state == 'FAILED' then
      count_lost(notice.endpoint, -1)
    end
  end
  call('DEL', P .. 'notice:' .. id)
  gone = gone + 1
end

for _, id in ipairs(older('WAITING', ARGV[4])) do
  local notice = load_notice(id)
  if not notice then
    forget(id, 'WAITING')
  elseif notice.owner == '' or tonumber(notice.next_at) <= NOW then -- else it is being sent just now
    give_up(id, notice, { said = notice.said ~= '' and notice.said or 'no sender took it' })
    given_up[#given_up + 1] = id
  end
end
for _, id in ipairs(older('DELIVERED', ARGV[5])) do
  forget(id, 'DELIVERED')
end
for _, id in ipairs(older('FAILED', ARGV[6])) do
  forget(id, 'FAILED')
end
for _, endpoint in ipairs(call('ZRANGE', P .. 'notices:endpoints', 0, -1)) do
  if #due < limit and next_notice(endpoint) and pause_of(endpoint) then
    local waiting = P .. 'notices:to:' .. endpoint
    for _, id in ipairs(call('ZRANGEBYSCORE', waiting, '-inf', int(NOW), 'LIMIT', 0, limit - #due)) do
      due[#due + 1] = id
    end
  end
end
return { due, given_up, gone }
