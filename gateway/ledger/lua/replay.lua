-- An event decided anew. ARGV: prefix, now, event id, decision (JSON), again ('1'), dry run ('1'), actor, nonce,
-- what was found of the person (JSON, or empty where nothing was fetched), the record, and for a step of a replay in
-- bulk its order (else empty): 'CANCELLED' where that may not go on; the step is ended in the same write. Then the
-- bytes that the decision has the numbers of.
-- Answers false for no such event, else {ids made or made READY again, ids kept}, both joined by spaces.
local event_id, again, dry, actor, nonce = ARGV[3], ARGV[5] == '1', ARGV[6] == '1', ARGV[7], ARGV[8]
local decision = cjson.decode(ARGV[4])
check_decision(decision, 11)

local values = call('HMGET', event_key(event_id), 'state', 'calls', 'created_at', 'replay', 'replay_new', 'replay_kept',
  'delivery', 'source')
if not values[1] then
  return false
elseif values[4] == nonce then
  return { values[5] or '', values[6] or '' }
end
local order = ARGV[11]
if order ~= '' then
  local made = call('HGET', replay_key(order) .. ':steps', event_id)
  if made then
    return { string.match(made, '^[^\n]*\n([^\t]*)\t(.*)$') }
  elseif not replay_runs(order) then
    return 'CANCELLED'
  end
end
local before = words(values[2] or '')

local function share_a_key(people, others)
  local seen = {}
  for _, key in ipairs(words(people)) do
    seen[key] = true
  end
  for _, key in ipairs(words(others)) do
    if seen[key] then
      return true
    end
  end
  return false
end

-- It joined another, however often handed over, that waits to ring the person or may have done so.
local function rung_by_leader(c)
  for _ = 1, MAX_HOPS do
    if not c or c.state ~= 'JOINED' then
      break
    end
    c = load(c.leader)
  end
  return c and (WAITS[c.state] or c.rang_at ~= '')
end

-- It waits or is under way, or the person may have been rung for it and nobody ordered another ring.
local function untouchable(c)
  return WAITS[c.state] or (not again and (c.rang_at ~= '' or (c.state == 'JOINED' and rung_by_leader(c))))
end

-- Another call of this event, under whatever rule's name, that rang the same person or is about to.
local function stand_in(plan)
  for _, id in ipairs(before) do
    local other = id ~= plan.id and load(id)
    if other and untouchable(other) and share_a_key(plan.people, other.people) then
      return id
    end
  end
  return nil
end

local fresh, revived, kept, new = {}, {}, {}, {}
local function sort_out(plan)
  local c = load(plan.id)
  if c and (untouchable(c) or plan.skip ~= '') then
    kept[#kept + 1] = plan.id
    return
  end
  local other = stand_in(plan)
  for _, earlier in ipairs(revived) do
    other = other or (c and share_a_key(plan.people, earlier.plan.people) and plan.id)
  end
  if other then
    kept[#kept + 1] = c and plan.id or other
    return
  end
  new[#new + 1] = plan.id
  if c then
    revived[#revived + 1] = { plan = plan, call = c }
  else
    fresh[#fresh + 1] = plan
  end
end

local function revive(plan, c)
  local fields = { reason = 'replayed', unsent = '0', verdicts = '', contact_id = '', notify = plan.notify, number = '', from = '', refused = '' }
  for _, name in ipairs(PLANNED) do
    fields[name] = plan[name]
  end
  fields.fence = int((tonumber(c.fence) or 0) + 1) -- who looked at it as it was before must not let that out
  if again then
    fields.ordered_at = int(NOW)
    if c.rang_at ~= '' then
      fields.ordered = int((tonumber(c.ordered) or 0) + 1)
    end
  end
  for _, contact in ipairs(words(c.contacts)) do
    if contact ~= plan.contacts then
      fields.contacts = fields.contacts .. ' ' .. contact
    end
  end
  move(plan.id, c, 'READY', fields, actor)
  list_by_contact(plan.id, c)
  remember_subjects(plan.id, c, plan.subjects)
  lead(plan.id, c)
end

for _, plan in ipairs(decision.plans) do
  sort_out(plan)
end
local answer = { table.concat(new, ' '), table.concat(kept, ' ') }
if dry then
  return answer
end

enlist_opt_outs(decision, event_id, values[8])
for _, item in ipairs(revived) do
  revive(item.plan, item.call)
end
for _, plan in ipairs(fresh) do
  plan.since = again and NOW or nil
  admit(plan, event_id, nil, actor)
  before[#before + 1] = plan.id
end
local fields = decided(decision, before)
fields.replay, fields.replay_new, fields.replay_kept, fields.owner = nonce, answer[1], answer[2], ''
fields.tries, fields.since, fields.found, fields.ordered_by = '0', int(NOW), '', actor
fields.ordered_again = again and '1' or ''
keep_found(event_id, values[7], fields, ARGV[9], ARGV[10])
change(event_key(event_id), fields)
put_event_state(event_id, values[8], values[3], values[1], decision.state, int(NOW))
log_event(event_id, decision.state, 'replayed', actor, decision.error, '')
if order ~= '' then
  local ends = { MATCHED = #new > 0 and 'calls' or 'kept', IGNORED = 'ignored', FAILED = 'failed', RECEIVED = 'fetching' }
  end_step(order, event_id, ends[decision.state], answer[1] .. '\t' .. answer[2])
end
return answer
