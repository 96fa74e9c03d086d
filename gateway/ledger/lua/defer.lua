-- CLAIMED → READY, not before a time; EXPIRED when the lead is already too old.
-- ARGV: prefix, now, id, owner, fence, not_before, reason, detail, verdicts, facts.
local id, owner, fence, not_before, reason = ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7]
local op = 'defer ' .. table.concat({ owner, fence, not_before, reason }, ' ')
local c = load(id)
local no = refusal(c, 'CLAIMED', owner, fence, op)
if no then
  return no
end
if tonumber(c.expires_at) <= NOW then
  end_quietly(id, c, 'EXPIRED', { reason = 'expired', verdicts = ARGV[9], last = op }, owner, ARGV[8], ARGV[10])
else
  move(id, c, 'READY', { reason = reason, not_before = not_before, verdicts = ARGV[9], last = op },
    owner, ARGV[8], ARGV[10])
end
return 'DONE'
