-- HELD → READY, by a person, who takes over what it was held for.
-- ARGV: prefix, now, id, nonce (this request's own), actor.
local id, nonce, actor = ARGV[3], ARGV[4], ARGV[5]
local op = 'release ' .. actor
local ON_ITS_WAY = { READY = true, CLAIMED = true, DIALING = true }
local c = load(id)
if not c then
  return 'MISSING'
elseif asked_before(id, nonce) or (ON_ITS_WAY[c.state] and c.acted == op) then
  return 'REPEATED'
elseif c.state ~= 'HELD' then
  return 'WRONG_STATE'
end
move(id, c, 'READY', { reason = 'released', acted = op, asked = nonce, released = c.released .. ' ' .. c.reason }, actor)
return 'DONE'
