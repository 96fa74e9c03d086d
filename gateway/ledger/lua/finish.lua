-- DIALING → PLACED, REJECTED, READY again (proved unsent) or UNKNOWN; UNKNOWN → PLACED or REJECTED as late proof.
-- A refusal of the number it was made from (reason number_refused) is READY again, unless it comes late: at once where
-- the rule gives another number, else when this one has rested.
-- ARGV: prefix, now, id, owner, fence, kind, reason, detail, facts, retry_at, stop_until ('' or the time of the
-- account's next probe), provider_call_id, response, digest of the outcome, what it says of the account ('plain',
-- 'doubt' or ''), doubts in a row that stop the account, the time of its probe then.
local id, owner, fence, kind, reason = ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7]
local detail, facts, retry_at, stop_until = ARGV[8], ARGV[9], ARGV[10], ARGV[11]
local says, most_doubts, probe_at = ARGV[15], ARGV[16], ARGV[17]
assert(tonumber(most_doubts) and tonumber(probe_at), 'breaker')
local op = 'finish ' .. table.concat({ owner, fence, ARGV[14] }, ' ')
local c = load(id)
local no = refusal(c, 'DIALING', owner, fence, op)
local late = no == 'WRONG_STATE' and c.state == 'UNKNOWN'
if no and not late then
  return no
end

local function harmless(fields)
  uncount_ring(id, c)
  fields.rang_at, fields.rang_before = c.rang_at, c.rang_before
  fields.harmless = int((tonumber(c.harmless) or 0) + 1)
  return fields
end

local function unsent()
  give_back(id, c)
  local fields = harmless({ reason = reason, not_before = retry_at, last = op, slots = '' })
  fields.unsent = int((tonumber(c.unsent) or 0) + 1)
  if stop_until ~= '' then
    stop_account(c.account, detail, stop_until)
  end
  if tonumber(c.expires_at) <= NOW then
    fields.reason = 'expired'
    end_quietly(id, c, 'EXPIRED', fields, owner, detail, facts)
  elseif stop_until ~= '' then
    park(id, c, 'A:' .. c.account, tonumber(stop_until), fields, owner, detail, facts)
  else
    move(id, c, 'READY', fields, owner, detail, facts)
  end
end

-- The places in windows stay taken: the call API was asked.
local function number_refused()
  local name = number_of(id, c)
  local rests_until = refuse_number(name, detail)
  local fields = harmless({ reason = reason, last = op, slots = '', others = '' })
  if tonumber(c.expires_at) <= NOW then
    fields.reason = 'expired'
    end_quietly(id, c, 'EXPIRED', fields, owner, detail, facts)
  elseif (tonumber(c.others) or 0) > 0 then
    fields.refused, fields.not_before = c.refused .. ' ' .. name, int(NOW)
    move(id, c, 'READY', fields, owner, detail, facts)
  else
    fields.refused = ''
    park(id, c, 'N:' .. name, rests_until, fields, owner, detail, facts)
  end
end

local function unknown()
  if c.state == 'UNKNOWN' then -- the sweeper was first; the worker knows why
    local log = told(c, 'UNKNOWN', reason, owner, detail, facts)
    call('HSET', call_key(id), 'reason', reason, 'detail', detail, 'last', op, 'log', log)
    return
  end
  move(id, c, 'UNKNOWN', { reason = reason, last = op, response = ARGV[13] }, owner, detail, facts)
  unlead(id, c)
end

if kind == 'READY' then
  if late then
    return no
  end
  assert(tonumber(retry_at), 'retry_at')
  judge_account(c.account, says, most_doubts, probe_at, reason)
  leave_flight(id, c)
  unsent()
  return 'DONE'
end
if late and kind == 'UNKNOWN' and c.reason ~= 'deadline_passed' then
  return no
end
if not late then
  judge_account(c.account, says, most_doubts, probe_at, reason)
end
leave_flight(id, c)
if kind == 'UNKNOWN' then
  unknown()
elseif reason == 'number_refused' and not late then
  number_refused()
elseif kind == 'PLACED' then
  clear_number(id, c)
  talk(id, c, late and tonumber(c.rang_at) or NOW)
  move(id, c, 'PLACED', { reason = reason, last = op, provider_call_id = ARGV[12], response = ARGV[13] },
    owner, detail, facts)
  unlead(id, c)
else
  end_quietly(id, c, 'REJECTED', harmless({ reason = reason, last = op, response = ARGV[13] }), owner, detail, facts)
end
return 'DONE'
