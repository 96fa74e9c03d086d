-- CLAIMED → HELD: a person must decide. ARGV: prefix, now, id, owner, fence, reason, detail, verdicts, facts.
local id, owner, fence, reason = ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local op = 'hold ' .. table.concat({ owner, fence, reason }, ' ')
local c = load(id)
local no = refusal(c, 'CLAIMED', owner, fence, op)
if no then
  return no
end
move(id, c, 'HELD', { reason = reason, verdicts = ARGV[8], last = op }, owner, ARGV[7], ARGV[9])
return 'DONE'
