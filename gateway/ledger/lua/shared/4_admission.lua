-- How a planned call enters the ledger, by accept, decide and replay alike. A plan is a table:
--   id, event, source, account, rank, not_before, expires_at, cooldown, people (keys), contacts (index keys),
--   subjects (keys of the do-not-call list), range (of a phone), skip, skip_detail, notify (lines: an endpoint, and what it hears of),
--   plan (number and rule, a line each), data (sealed, only Python reads it)
-- The bounds of its source are {ceiling, burst, ranges}, each false where there is none; nil for a person's order.

-- The plan's numbers as text, so that nothing can fail between two writes. Raises on a plan that is not whole.
local function check_plan(plan, before)
  plan.data = carried(before, plan.data)
  for _, name in ipairs({ 'rank', 'not_before', 'expires_at', 'cooldown' }) do
    plan[name] = int(plan[name])
  end
  for _, name in ipairs({ 'id', 'source', 'account', 'people', 'contacts', 'subjects', 'skip', 'skip_detail', 'notify', 'plan', 'data' }) do
    assert(type(plan[name]) == 'string', name)
  end
  assert(type(plan.range) == 'string', 'range')
end

local function over_ceiling(plan, ceiling)
  local key = P .. 'ceiling:' .. plan.source
  call('ZREMRANGEBYSCORE', key, '-inf', int(NOW - ceiling.window))
  if call('ZCARD', key) >= ceiling.limit then
    raise_alert('source_ceiling', plan.source, 'source ' .. plan.source .. ' reached its ceiling of '
      .. int(ceiling.limit) .. ' new calls an hour; more are held for a person')
    return true
  end
  call('ZADD', key, int(NOW), plan.id)
  tidy_after(key, NOW + ceiling.window)
  return false
end

-- What a new call that nothing else stands against is held for; nil when it may ring. Suspicious numbers are looked
-- at first, so that a flood of them takes no place of honest calls.
local function held_for(plan, bounds)
  if not bounds then
    return nil
  elseif bounds.ranges and in_unusual_range(plan, bounds.ranges) then
    return 'unusual_range'
  elseif bounds.burst and in_burst(plan.source, bounds.burst) then
    return 'burst'
  elseif bounds.ceiling and over_ceiling(plan, bounds.ceiling) then
    return 'source_ceiling'
  end
  return nil
end

local function first_state(plan, bounds)
  if plan.skip ~= '' then
    return 'SKIPPED', plan.skip, plan.skip_detail, ''
  end
  local listed = listed_among(words(plan.subjects)) -- a list that cannot be read is the dial's to refuse
  if listed then
    return 'SKIPPED', 'do_not_call', 'listed by ' .. string.match(listed, '^%a+'), ''
  end
  local keys = words(plan.people)
  local leader = waiting_for(plan.id, keys) or rang(plan.id, rings_of(keys, RINGS_SEEN), tonumber(plan.cooldown), plan.since or 0)
  if leader then
    return 'JOINED', 'joined_person', '', leader
  end
  local reason = held_for(plan, bounds)
  if reason then
    return 'HELD', reason, '', ''
  end
  return 'READY', '', '', ''
end

local function list_by_contact(id, c)
  for _, contact in ipairs(words(c.contacts)) do
    call('ZADD', P .. 'calls:contact:' .. contact, c.created_at, id)
  end
end

local PLANNED = { 'rank', 'not_before', 'expires_at', 'cooldown', 'account', 'people', 'contacts', 'subjects', 'plan', 'data' }

-- Stores a new call; whether it is READY and due.
local function admit(plan, event, bounds, by)
  local state, reason, detail, leader = first_state(plan, bounds)
  local c = {
    state = state, reason = reason, detail = detail, leader = leader, event = event, source = plan.source,
    created_at = int(NOW), fence = '0', gate = '', rang_at = '',
    finished_at = ENDED[state] and int(NOW) or '',
  }
  for _, name in ipairs(PLANNED) do
    c[name] = plan[name]
  end
  if plan.since then
    c.ordered_at = int(plan.since)
  end
  if plan.notify ~= '' then
    c.notify = plan.notify
  end
  if FINAL[state] then
    c.subjects = ''
    drop_twins(c, c)
  end
  local facts = leader ~= '' and '{"leader":"' .. leader .. '"}' or ''
  c.log = told(c, state, reason, by, detail, facts)
  change(call_key(plan.id), c, {})
  list_by_contact(plan.id, c)
  remember_subjects(plan.id, c, c.subjects)
  enter(plan.id, c)
  notify(plan.id, c)
  if state == 'READY' or state == 'HELD' then
    lead_unled(plan.id, c) -- first_state found nobody waiting
  end
  return state == 'READY' and tonumber(c.not_before) <= NOW
end

-- Of these calls, those READY and due.
local function due_among(ids)
  local due = {}
  for _, id in ipairs(ids) do
    local values = call('HMGET', call_key(id), 'state', 'not_before')
    if values[1] == 'READY' and tonumber(values[2]) <= NOW then
      due[#due + 1] = id
    end
  end
  return due
end

-- Stores those of an event's calls that are not there yet; the ids of all, and of those READY and due.
local function admit_all(plans, event, bounds, by)
  local ids, due = {}, {}
  for i, plan in ipairs(plans) do
    ids[i] = plan.id
    if call('EXISTS', call_key(plan.id)) == 1 then
      due[#due + 1] = due_among({ plan.id })[1]
    elseif admit(plan, event, bounds, by) then
      due[#due + 1] = plan.id
    end
  end
  return ids, due
end
