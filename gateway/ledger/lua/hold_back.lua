-- CLAIMED, or looked at and due → HELD: a person must decide. ARGV: prefix, now, id, owner, fence, reason, detail, verdicts, facts.
local id, owner, reason = ARGV[3], ARGV[4], ARGV[6]
local fence, till = shown(ARGV[5])
local op = 'hold ' .. table.concat({ owner, fence, reason }, ' ')
local c = load(id)
local no = not_held(id, c, owner, fence, till, op)
if no then
  return no
end
move(id, c, 'HELD', { reason = reason, verdicts = ARGV[8], last = op }, owner, ARGV[7], ARGV[9])
return 'DONE'
