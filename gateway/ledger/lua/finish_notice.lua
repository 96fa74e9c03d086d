-- What an endpoint answered. ARGV: prefix, now, id, owner, tries, outcome (DELIVERED, WAITING or FAILED), next_at,
-- what it said, for how long it asked to be left alone ('' for no wish), whether it was asked at all ('1').
local id, owner, tries, outcome, next_at, said, pause = ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7], ARGV[8], ARGV[9]
local op = owner .. ' ' .. tries
local notice = load_notice(id)
if not notice then
  return 'MISSING'
elseif notice.last == op then
  return 'REPEATED'
elseif notice.owner ~= owner or notice.tries ~= tries then
  return 'STALE'
elseif notice.state ~= 'WAITING' then
  return 'WRONG_STATE'
end
assert(outcome == 'DELIVERED' or outcome == 'FAILED' or (outcome == 'WAITING' and tonumber(next_at)), 'outcome')

local fields = { last = op, said = said, said_at = int(NOW) }
if outcome == 'DELIVERED' then
  took_one(notice.endpoint)
  fields.finished_at = int(NOW)
  put_notice_state(id, notice, outcome, fields)
  return 'DONE'
end
if ARGV[10] == '1' then
  failed_one(notice.endpoint, said, pause)
end
if outcome == 'WAITING' then
  fields.next_at = next_at
  put_notice_state(id, notice, outcome, fields)
else
  give_up(id, notice, fields)
end
return 'DONE'
