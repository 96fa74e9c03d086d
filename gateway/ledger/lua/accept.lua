-- Deliveries, their events and calls: all of them stored in one write, or none.
-- ARGV: prefix, now, JSON of the deliveries, each with the `now` of its own, how many blobs each has; then these: bytes
-- that JSON cannot hold (body, payloads, what only Python reads), in whose place it has their numbers.
-- Answers how many workers were told of calls that are due, then, for every delivery, one
-- {event id, duplicate?, state, call ids, due call ids} an event.
-- A delivery that is there already is answered as it was: its write had succeeded and the answer was lost.
local batch = cjson.decode(ARGV[3])
local numbers, before = words(ARGV[4]), 4

assert(#numbers == #batch, 'blobs')
for i, delivery in ipairs(batch) do
  assert(tonumber(delivery.now), 'now')
  assert(tonumber(delivery.blobs_until), 'blobs_until')
  delivery.data, delivery.body = carried(before, delivery.data), carried(before, delivery.body)
  for _, event in ipairs(delivery.events) do
    event.data, event.payload = carried(before, event.data), carried(before, event.payload)
    check_decision(event.decision, before)
    assert(tonumber(event.dedupe_until), 'dedupe_until')
  end
  before = before + tonumber(numbers[i])
end
assert(#ARGV == before, 'blobs')

local function answer(event_id, duplicate)
  local values = call('HMGET', event_key(event_id), 'state', 'calls')
  local ids = words(values[2] or '')
  return { event_id, duplicate and 1 or 0, values[1] or '', ids, due_among(ids) }
end

-- Half of a SHA-256 in hex tells events apart as well.
local function dedupe_key(event)
  return P .. 'dedupe:' .. string.sub(event.dedupe_key, 1, 32)
end

local function first_of(event) -- 0.1.0 kept it under the whole
  for _, seen in ipairs(call('MGET', dedupe_key(event), P .. 'dedupe:' .. event.dedupe_key)) do
    local till, first = string.match(seen or '', '^(%d+) (.*)$')
    if till and tonumber(till) > NOW and call('EXISTS', event_key(first)) == 1 then
      return first
    end
  end
  return nil
end

local function count_duplicate(first, delivery)
  call('HINCRBY', event_key(first), 'duplicates', 1)
  log_event(first, 'DUPLICATE', '', '', '', '{"delivery":"' .. delivery.id .. '"}')
end

local function store_event(event, delivery)
  put_until(dedupe_key(event), int(event.dedupe_until) .. ' ' .. event.id, event.dedupe_until)
  enlist_opt_outs(event.decision, event.id, delivery.source)
  local ids, due = admit_all(event.decision.plans, event.id, delivery.bounds, '')
  local fields = decided(event.decision, ids)
  fields.delivery, fields.source, fields.created_at = delivery.id, delivery.source, int(NOW)
  fields.data = event.data
  fields.decided_at, fields.log = '', told(fields, event.decision.state, event.decision.reason, '', event.decision.error, '')
  change(event_key(event.id), fields, {})
  put_event_state(event.id, delivery.source, int(NOW), '', event.decision.state, int(NOW))
  return { event.id, 0, event.decision.state, ids, due }
end

-- The body, and the payloads of those events that are new; they go earlier than the records. After the first one write
-- each: Lua's unpack would fail on thousands, after other writes were done.
local function store_blobs(delivery, stored)
  local key, first = P .. 'delivery:' .. delivery.id .. ':blobs', stored[1]
  if first then
    call('HSET', key, 'body', delivery.body, first.id, first.payload)
  else
    call('HSET', key, 'body', delivery.body)
  end
  for i = 2, #stored do
    call('HSET', key, stored[i].id, stored[i].payload)
  end
  tidy_after(key, delivery.blobs_until)
end

local function store(delivery)
  local listed, answers, stored = {}, {}, {}
  call('SADD', P .. 'sources', delivery.source)
  for i, event in ipairs(delivery.events) do
    local first = first_of(event)
    if first then
      count_duplicate(first, delivery)
      answers[i] = answer(first, true)
    else
      answers[i] = store_event(event, delivery)
      stored[#stored + 1] = event
    end
    listed[i] = (first and '1 ' or '0 ') .. (first or event.id)
  end
  call('HSET', P .. 'delivery:' .. delivery.id,
    'data', delivery.data, 'created_at', int(NOW), 'events', table.concat(listed, '\n'))
  call('RPUSH', P .. 'deliveries', delivery.id)
  store_blobs(delivery, stored)
  return answers
end

local function stored_before(delivery)
  local listed = call('HGET', P .. 'delivery:' .. delivery.id, 'events')
  if not listed then
    return nil
  end
  local answers = {}
  for i, line in ipairs(lines(listed)) do
    answers[i] = answer(string.sub(line, 3), string.sub(line, 1, 1) == '1')
  end
  return answers
end

local all, due = { 0 }, false
for _, delivery in ipairs(batch) do
  NOW = tonumber(delivery.now) -- for all that follows, the shared parts too
  local answers = stored_before(delivery) or store(delivery)
  for _, answered in ipairs(answers) do
    due = due or #answered[5] > 0
  end
  all[#all + 1] = answers
end
all[1] = due and nudge() or 0
return all
