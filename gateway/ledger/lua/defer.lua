-- CLAIMED, or looked at and due → READY, not before a time; EXPIRED when the lead is already too old.
-- ARGV: prefix, now, id, owner, fence, not_before, reason, detail, verdicts, facts, tried ('1': a request failed).
local id, owner, not_before, reason = ARGV[3], ARGV[4], ARGV[6], ARGV[7]
local fence, till = shown(ARGV[5])
local op = 'defer ' .. table.concat({ owner, fence, not_before, reason }, ' ')
local c = load(id)
local no = not_held(id, c, owner, fence, till, op)
if no then
  return no
end
if tonumber(c.expires_at) <= NOW then
  end_quietly(id, c, 'EXPIRED', { reason = 'expired', verdicts = ARGV[9], last = op }, owner, ARGV[8], ARGV[10])
else
  local fields = { reason = reason, not_before = not_before, verdicts = ARGV[9], last = op }
  if ARGV[11] == '1' then
    fields.unsent = int((tonumber(c.unsent) or 0) + 1)
  end
  move(id, c, 'READY', fields, owner, ARGV[8], ARGV[10])
end
return 'DONE'
