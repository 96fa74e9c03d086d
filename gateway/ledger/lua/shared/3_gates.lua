-- Calls that wait for room rather than for a time stand behind a gate, in the ledger's order:
--   gates        every gate with calls behind it, by the time to look at it again
--   gate:{name}  the calls behind it, by rank
-- A gate's name says all there is to know of it:
--   A:{account}                a stopped account; opens when it is resumed, on trial for one call at a time
--   S:{what}                   what a person stopped; opens when it is resumed, or at its end
--   N:{number}                 a number that the call API refuses; opens for one call when its rest is over
--   C:{limit}:{key}            requests in flight, and what was placed within the talk time (inflight:{key}, by its end)
--   R:{limit}:{window}:{key}   a sliding window of grants (pace:{key}, by grant time)
local GATES_A_ROUND, CALLS_A_GATE, MOVES_A_ROUND = 100, 500, 500
local RESUMED_A_ROUND, RESUME_ROUNDS = 10, 60 -- what waited for a resume goes within about a minute, not at once

local function room_in_flight(limit, key)
  local inflight = P .. 'inflight:' .. key
  call('ZREMRANGEBYSCORE', inflight, '-inf', int(NOW))
  local free = tonumber(limit) - call('ZCARD', inflight)
  if free > 0 then
    return free, NOW + LOOK_AGAIN_MS
  end -- the first to end by itself; one that ends earlier opens the gate
  local first = call('ZRANGE', inflight, -free, -free, 'WITHSCORES')
  return free, math.max(NOW + LOOK_AGAIN_MS, tonumber(first[2]))
end

-- Grants in (now - window, now]: a slot comes free when the oldest of the latest `limit` leaves the window.
local function room_in_window(limit, window, key)
  local pace, since = P .. 'pace:' .. key, '(' .. int(NOW - tonumber(window))
  local free = tonumber(limit) - call('ZCOUNT', pace, since, '+inf')
  if free > 0 then
    return free, NOW + LOOK_AGAIN_MS
  end
  local oldest = call('ZREVRANGE', pace, tonumber(limit) - 1, tonumber(limit) - 1, 'WITHSCORES')
  return free, tonumber(oldest[2]) + tonumber(window)
end

-- The most urgent of those that waited for a resume, the others some each second: what is fresh goes before them.
local function resumed(gate)
  local behind = call('ZCARD', P .. 'gate:' .. gate)
  return math.min(CALLS_A_GATE, math.max(RESUMED_A_ROUND, math.ceil(behind / RESUME_ROUNDS))), NOW + LOOK_AGAIN_MS
end

local function room_on_number(gate, name)
  local refused, till = health_of(call('HGET', P .. 'numbers', name))
  if till > NOW then
    return 0, till
  elseif refused >= REFUSALS_TO_REST then
    return 1, NOW + LOOK_AGAIN_MS
  end
  return resumed(gate)
end

-- How many calls may pass now, and when to look again.
local function room(gate)
  local kind, rest = string.sub(gate, 1, 1), string.sub(gate, 3)
  if kind == 'A' or kind == 'S' then
    local closed_till, on_trial
    if kind == 'A' then
      closed_till, on_trial = stopped(rest)
    else
      closed_till = stop_in_force(rest)
    end
    if closed_till then
      return 0, closed_till
    elseif on_trial then
      return 1, NOW + LOOK_AGAIN_MS
    end
    return resumed(gate)
  elseif kind == 'N' then
    return room_on_number(gate, rest)
  elseif kind == 'C' then
    return room_in_flight(string.match(rest, '^(%d+):(.*)$'))
  end
  return room_in_window(string.match(rest, '^(%d+):(%d+):(.*)$'))
end

local function stand_behind(gate, look_at)
  call('ZADD', P .. 'gates', 'LT', int(look_at), gate)
end

local function make_due(id)
  local values = call('HMGET', call_key(id), 'rank', 'not_before')
  if not values[1] then
    return
  end
  if tonumber(values[2]) > NOW then -- its gate opened early
    call('HSET', call_key(id), 'not_before', int(NOW))
  end
  call('ZADD', P .. 'calls:due', values[1], id)
end

local function open_gate(gate)
  local free, look_at = room(gate)
  local behind = P .. 'gate:' .. gate
  if free > 0 then
    for _, id in ipairs(call('ZREVRANGE', behind, 0, math.min(free, CALLS_A_GATE) - 1)) do
      call('ZREM', behind, id)
      call('HDEL', call_key(id), 'gate')
      make_due(id)
    end
  end
  if call('ZCARD', behind) == 0 then
    call('ZREM', P .. 'gates', gate)
  else
    call('ZADD', P .. 'gates', int(look_at), gate)
  end
end

-- Everything whose time has come becomes due; bounded, the rest at the next look.
local function bring_due()
  for _, gate in ipairs(call('ZRANGEBYSCORE', P .. 'gates', '-inf', int(NOW), 'LIMIT', 0, GATES_A_ROUND)) do
    open_gate(gate)
  end
  local waiting = P .. 'calls:waiting'
  for _, id in ipairs(call('ZRANGEBYSCORE', waiting, '-inf', int(NOW), 'LIMIT', 0, MOVES_A_ROUND)) do
    call('ZREM', waiting, id)
    make_due(id)
  end
end

-- CLAIMED or due → READY behind a gate, not before `look_at`.
local function park(id, c, gate, look_at, fields, by, detail, facts)
  fields.gate, fields.not_before = gate, int(look_at)
  move(id, c, 'READY', fields, by, detail, facts)
  stand_behind(gate, look_at)
end

-- The request is over, or nobody knows of it any more: it is no longer in flight.
local function leave_flight(id, c)
  for _, slot in ipairs(lines(c.slots)) do
    local gate, key = string.match(slot, '^(C:%d+:(%S+))')
    if gate then
      call('ZREM', P .. 'inflight:' .. key, id .. ':' .. c.fence)
      call('ZADD', P .. 'gates', 'XX', int(NOW), gate)
    end
  end
end

-- Placed at `since`: nothing tells when the talk ends, so its places stay taken as long as a talk is assumed to last.
-- Their end is their own score: no crash can leave one taken.
local function talk(id, c, since)
  for _, slot in ipairs(lines(c.slots)) do
    local key, span = string.match(slot, '^C:%d+:(%S+) (%d+)$')
    if key and since + tonumber(span) > NOW then
      call('ZADD', P .. 'inflight:' .. key, int(since + tonumber(span)), id .. ':' .. c.fence)
    end
  end
end

-- Proved unsent: the places taken in sliding windows are given back.
local function give_back(id, c)
  for _, gate in ipairs(lines(c.slots)) do
    if string.sub(gate, 1, 1) == 'R' then
      local key = string.match(gate, '^R:%d+:%d+:(.*)$')
      call('ZREM', P .. 'pace:' .. key, id .. ':' .. c.fence)
      call('ZADD', P .. 'gates', 'XX', int(NOW), gate)
    end
  end
end
