-- Events: their record, their lists, and what became of them.

local function event_key(id)
  return P .. 'event:' .. id
end

local function log_event(id, state, reason, by, detail, facts)
  local values = call('HMGET', event_key(id), 'log', 'created_at')
  local log = told({ log = values[1], created_at = values[2] }, state, reason, by, detail, facts)
  call('HSET', event_key(id), 'log', log)
end

-- Raises on a decision that is not whole, before anything is written. Its blobs follow `ARGV[before]`.
local function check_decision(decision, before)
  decision.trace = carried(before, decision.trace)
  for _, name in ipairs({ 'state', 'reason', 'error', 'trace', 'rulebook' }) do
    assert(type(decision[name]) == 'string', name)
  end
  assert(type(decision.opt_outs) == 'table', 'opt_outs')
  for _, plan in ipairs(decision.plans) do
    check_plan(plan, before)
  end
end

local function put_event_state(id, source, created_at, before, state, next_at)
  if before ~= '' then
    call('ZREM', part('events', before, source), id)
  end
  call('ZADD', part('events', state, source), created_at, id)
  if state == 'RECEIVED' then
    call('ZADD', P .. 'events:pending', next_at, id)
  elseif before ~= '' then
    call('ZREM', P .. 'events:pending', id)
  end
end

-- A fetched record goes beside the payload and as early as it; what it says of the person is kept for explanation.
local function keep_found(id, delivery, fields, found, record)
  if found == '' then
    return
  end
  fields.found = found
  local key = P .. 'delivery:' .. delivery .. ':blobs'
  if call('EXISTS', key) == 1 then
    call('HSET', key, id .. ':record', record)
  end
end

-- The decision's own fields of an event record.
local function decided(decision, ids)
  return {
    state = decision.state, reason = decision.reason, error = decision.error, trace = decision.trace,
    rulebook = decision.rulebook, calls = table.concat(ids, ' '),
    decided_at = decision.state ~= 'RECEIVED' and int(NOW) or '', -- as it comes in, it need not be said
  }
end
