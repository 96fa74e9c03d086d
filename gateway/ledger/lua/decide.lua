-- RECEIVED → MATCHED, IGNORED or FAILED, with its calls. ARGV: prefix, now, id, owner, decision (JSON),
-- what was found of the person (JSON, or empty where nothing was fetched), the record, the bounds of its
-- source (JSON), and the bytes that the decision has the numbers of.
-- Answers {answer, ids of its calls READY now}.
local id, owner = ARGV[3], ARGV[4]
local decision = cjson.decode(ARGV[5])
check_decision(decision, 8)

local values = call('HMGET', event_key(id), 'state', 'owner', 'decided_by', 'calls', 'created_at', 'delivery', 'source')
local state = values[1]
if not state then
  return { 'MISSING', {} }
elseif state ~= 'RECEIVED' and values[3] == owner then
  return { 'REPEATED', due_among(words(values[4] or '')) }
elseif state ~= 'RECEIVED' then
  return { 'WRONG_STATE', {} }
elseif values[2] ~= owner then
  return { 'STALE', {} }
end

enlist_opt_outs(decision, id, values[7])
local ids, due = admit_all(decision.plans, id, cjson.decode(ARGV[8]), owner)
local fields = decided(decision, ids)
fields.decided_by, fields.owner, fields.lease = owner, '', ''
keep_found(id, values[6], fields, ARGV[6], ARGV[7])
change(event_key(id), fields)
put_event_state(id, values[7], values[5], state, decision.state, int(NOW))
log_event(id, decision.state, decision.reason, owner, decision.error, '')
if #due > 0 then
  nudge()
end
return { 'DONE', due }
