-- Endpoints that hear of outcomes, and what becomes of the messages to them (the outbox itself: 1_records.lua).
--   endpoint:{name}   failures in a row, when it may be asked again, when it last took a message, its last failure,
--                     how many messages to it were given up
local FAILURES_TO_PAUSE = 5
local FIRST_PAUSE_MS, LONGEST_PAUSE_MS = 15000, 300000

local function endpoint_key(endpoint)
  return P .. 'endpoint:' .. endpoint
end

-- Its failures in a row; nil while it is left alone.
local function pause_of(endpoint)
  local values = call('HMGET', endpoint_key(endpoint), 'failures', 'paused_until')
  if tonumber(values[2] or '0') > NOW then
    return nil
  end
  return tonumber(values[1] or '0')
end

-- Whether something is due to it; one with nothing at all to send is forgotten.
local function next_notice(endpoint)
  local first = call('ZRANGE', P .. 'notices:to:' .. endpoint, 0, 0, 'WITHSCORES')
  if #first == 0 then
    call('ZREM', P .. 'notices:endpoints', endpoint)
  end
  return #first > 0 and tonumber(first[2]) <= NOW
end

local function took_one(endpoint)
  call('HSET', endpoint_key(endpoint), 'failures', '0', 'paused_until', '0', 'delivered_at', int(NOW))
  drop_alert('endpoint_failing:' .. endpoint, 'endpoint_failing')
end

-- `pause`: for how long it asked to be left alone, in milliseconds, or ''.
local function failed_one(endpoint, said, pause)
  local key = endpoint_key(endpoint)
  local failures = call('HINCRBY', key, 'failures', 1)
  local wait = tonumber(pause) or 0
  if failures >= FAILURES_TO_PAUSE then
    local doubled = FIRST_PAUSE_MS * 2 ^ math.min(failures - FAILURES_TO_PAUSE, 10)
    wait = math.max(wait, math.min(doubled, LONGEST_PAUSE_MS))
    raise_alert('endpoint_failing', endpoint, failures .. ' failures in a row, the last: ' .. said)
  end
  call('HSET', key, 'paused_until', int(NOW + wait), 'failed_at', int(NOW), 'error', said)
end

local function count_lost(endpoint, by)
  if call('HINCRBY', endpoint_key(endpoint), 'lost', by) <= 0 then
    drop_alert('notification_failed:' .. endpoint, 'notification_failed')
  end
end

local function put_notice_state(id, notice, state, fields)
  if notice.state ~= state and (notice.state == 'FAILED' or state == 'FAILED') then
    count_lost(notice.endpoint, state == 'FAILED' and 1 or -1)
  end
  call('ZREM', P .. 'notices:state:' .. notice.state, id)
  call('ZADD', P .. 'notices:state:' .. state, fields.since or notice.since, id)
  fields.state, fields.owner = state, ''
  write(P .. 'notice:' .. id, fields)
  if state == 'WAITING' then
    call('ZADD', P .. 'notices:to:' .. notice.endpoint, fields.next_at, id)
    call('ZADD', P .. 'notices:endpoints', 'NX', 0, notice.endpoint)
  else
    call('ZREM', P .. 'notices:to:' .. notice.endpoint, id)
  end
end

local NOTICE_FIELDS = { 'state', 'owner', 'endpoint', 'tries', 'since', 'next_at', 'last', 'asked', 'call', 'said' }

local function load_notice(id)
  local values = call('HMGET', P .. 'notice:' .. id, unpack(NOTICE_FIELDS))
  if not values[1] then
    return nil
  end
  local notice = {}
  for i, name in ipairs(NOTICE_FIELDS) do
    notice[name] = values[i] or ''
  end
  return notice
end

local function give_up(id, notice, fields)
  fields.finished_at = int(NOW)
  put_notice_state(id, notice, 'FAILED', fields)
  raise_alert('notification_failed', notice.endpoint, 'given up: ' .. id .. ': ' .. (fields.said or notice.said))
end
