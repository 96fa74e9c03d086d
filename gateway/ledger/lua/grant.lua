-- CLAIMED, or looked at and due → DIALING, if everything still holds: the one write that lets a request out.
-- ARGV: prefix, now, id, owner, fence, deadline, terms (JSON), verdicts, facts, the worker's mark.
-- terms: contact_id, contact (its index key), people (keys), subjects (keys of the do-not-call list), valid_until or 0,
-- limits; what the record has of the first three need not stand there again. limits: caps ({limit, window}), gates
-- (names, see 3_gates.lua), numbers ({name, from, gates} it may be made from, best first; none: only its own, whatever
-- its health), patience, talk (milliseconds by key), longest (by key).
-- Answers {answer, reason, until, deadline, number, its fromNumberId, the worker's new mark}; number and fromNumberId
-- are empty where terms have no numbers.
local LIST_UNREAD_MS = 60000
local id, owner, deadline = ARGV[3], ARGV[4], ARGV[6]
local fence, till = shown(ARGV[5])
local verdicts, facts = ARGV[8], ARGV[9]
local terms = cjson.decode(ARGV[7])
local limits = terms.limits
local op = 'grant ' .. owner .. ' ' .. fence
local c = load(id)

-- The same request again, its first answer lost.
local function first_answer()
  local values = call('HMGET', call_key(id), 'state', 'reason', 'not_before', 'lease', 'number', 'from', 'mark')
  if values[1] == 'DIALING' then
    return { 'REPEATED', '', '', values[4], values[5] or '', values[6] or '', values[7] or '' }
  elseif values[1] == 'READY' then
    return { 'DEFERRED', values[2], values[3], '' }
  elseif values[1] == 'JOINED' or values[1] == 'EXPIRED' or values[1] == 'SKIPPED' then
    return { values[1], values[2], '', '' }
  end
  return { 'WRONG_STATE', '', '', '' }
end

local no = not_held(id, c, owner, fence, till, op)
if no == 'REPEATED' then
  return first_answer()
elseif no then
  return { no, '', '', '' }
elseif tonumber(c.lease) <= NOW then
  return { 'STALE', '', '', '' }
end

if forgets(ARGV[10]) then
  return { 'FORGOTTEN', '', '', '' }
end

local function deferred(gate, reason, look_at, why)
  local fields = { reason = reason, verdicts = verdicts, last = op }
  if reason == 'number_ailing' then
    fields.refused = '' -- each of its numbers may be tried again
  end
  park(id, c, gate, look_at, fields, owner, '', why)
  return { 'DEFERRED', reason, int(look_at), '' }
end

local function all_people()
  local keys, seen = words(c.people), {}
  for _, key in ipairs(keys) do
    seen[key] = true
  end
  for _, key in ipairs(words(terms.people)) do
    if not seen[key] then
      keys[#keys + 1] = key
    end
  end
  return keys
end

-- Takes a place behind each gate; the places as the record keeps them, those of a talk with its length.
local function pass_gates(gates)
  local slots = {}
  for i, gate in ipairs(gates) do
    slots[i] = gate
    if string.sub(gate, 1, 1) == 'C' then
      local key = string.match(gate, '^C:%d+:(.*)$')
      call('ZADD', P .. 'inflight:' .. key, deadline, id .. ':' .. fence)
      slots[i] = limits.talk[key] and gate .. ' ' .. int(limits.talk[key]) or gate
    else
      local window, key = string.match(gate, '^R:%d+:(%d+):(.*)$')
      local pace = P .. 'pace:' .. key
      call('ZADD', pace, int(NOW), id .. ':' .. fence)
      call('ZREMRANGEBYSCORE', pace, '-inf', int(NOW - (limits.longest[key] or tonumber(window))))
      tidy_after(pace, NOW + (limits.longest[key] or tonumber(window)))
    end
  end
  return table.concat(slots, '\n')
end

-- The number it is made from, and for the history why not from one before it.
local function made_from(chosen, fields)
  if not chosen then
    return facts
  end
  try_number(chosen.number.name, chosen.value, deadline)
  if #limits.numbers == 1 then
    return facts
  end
  fields.number, fields.from, fields.others = chosen.number.name, chosen.number.from, int(chosen.others)
  if #chosen.passed == 0 then
    return '{"number":' .. cjson.encode(chosen.number.name) .. '}'
  end
  return cjson.encode({ number = chosen.number.name, passed_over = table.concat(chosen.passed, ', ') })
end

local function let_out(people, rings, chosen)
  local gates = { unpack(limits.gates) }
  for _, gate in ipairs(chosen and chosen.number.gates or {}) do
    gates[#gates + 1] = gate
  end
  local whom, contacts = table.concat(people, ' '), c.contacts
  if terms.contact ~= '' and not string.find(' ' .. c.contacts .. ' ', ' ' .. terms.contact .. ' ', 1, true) then
    contacts = contacts .. ' ' .. terms.contact
    call('ZADD', P .. 'calls:contact:' .. terms.contact, c.created_at, id)
  end
  local fields = {
    lease = deadline, last = op, attempts = int((tonumber(c.attempts) or 0) + 1), granted_at = int(NOW),
    rang_before = c.rang_at, rang_at = int(NOW), slots = pass_gates(gates),
    contact_id = terms.contact_id, verdicts = verdicts, reason = '',
    mark = count_grant(ARGV[10]), -- its own number, for a repeat: others may be let out before it
  }
  if whom ~= c.people or contacts ~= c.contacts then
    fields.people, fields.contacts = whom, contacts
  end
  local told = made_from(chosen, fields)
  move(id, c, 'DIALING', fields, owner, '', told)
  count_ring(id, c, rings)
  lead(id, c)
  return { 'GRANTED', '', '', deadline, fields.number or '', fields.from or '', fields.mark }
end

if tonumber(c.expires_at) <= NOW then
  end_quietly(id, c, 'EXPIRED', { reason = 'expired', verdicts = verdicts, last = op }, owner)
  return { 'EXPIRED', 'expired', '', '' }
elseif terms.valid_until > 0 and terms.valid_until <= NOW then
  move(id, c, 'READY', { reason = 'verdict_stale', not_before = int(NOW), last = op }, owner)
  return { 'DEFERRED', 'verdict_stale', int(NOW), '' }
end
local listed, unread = listed_among(words(terms.subjects ~= '' and terms.subjects or c.subjects))
if unread then
  move(id, c, 'READY', { reason = 'do_not_call_unread', not_before = int(NOW + LIST_UNREAD_MS), last = op }, owner)
  return { 'DEFERRED', 'do_not_call_unread', int(NOW + LIST_UNREAD_MS), '' }
elseif listed then
  end_quietly(id, c, 'SKIPPED', { reason = 'do_not_call', verdicts = verdicts, last = op }, owner,
    'listed by ' .. string.match(listed, '^%a+'))
  return { 'SKIPPED', 'do_not_call', '', '' }
end
local what, stopped_till = stop_of(id, c)
if what then
  return deferred('S:' .. what, 'stopped', stopped_till, '{"stopped":' .. cjson.encode(what) .. '}')
end
local probe_at, on_trial = stopped(c.account)
if probe_at then
  return deferred('A:' .. c.account, 'account_stopped', probe_at)
end
local people = all_people()
local rings = rings_of(people, rings_that_count(limits.caps))
local other = rang(id, rings, tonumber(c.cooldown), tonumber(c.ordered_at) or 0)
if other then
  join(id, c, other, { verdicts = verdicts, last = op }, owner)
  return { 'JOINED', 'joined_person', '', '' }
end
local till = capped_until(rings, limits.caps)
if till and till < tonumber(c.expires_at) then
  move(id, c, 'READY', { reason = 'cap_reached', not_before = int(till), verdicts = verdicts, last = op }, owner)
  return { 'DEFERRED', 'cap_reached', int(till), '' }
elseif till then
  end_quietly(id, c, 'SKIPPED', { reason = 'cap_reached', verdicts = verdicts, last = op }, owner)
  return { 'SKIPPED', 'cap_reached', '', '' }
end
local chosen = #limits.numbers > 0 and choose_number(id, c, limits.numbers, limits.patience) or nil
local gate, look_at = closed_gate(limits.gates)
if chosen and chosen.gate and (not gate or chosen.look_at > look_at) then
  gate, look_at = chosen.gate, chosen.look_at
end
if gate then
  local kind = string.sub(gate, 1, 1)
  return deferred(gate, CLOSED_BY[kind], look_at, kind == 'N' and '{"number":' .. cjson.encode(string.sub(gate, 3)) .. '}')
end
if on_trial then
  call('HSET', account_key(c.account), 'trying', deadline)
end
return let_out(people, rings, chosen)
