-- READY or HELD → CANCELLED, by a person. ARGV: prefix, now, id, nonce (this request's own), actor.
local id, nonce, actor = ARGV[3], ARGV[4], ARGV[5]
local op = 'cancel ' .. actor
local c = load(id)
if not c then
  return 'MISSING'
elseif asked_before(id, nonce) or (c.state == 'CANCELLED' and c.acted == op) then
  return 'REPEATED'
elseif c.state ~= 'READY' and c.state ~= 'HELD' then
  return 'WRONG_STATE'
end
end_quietly(id, c, 'CANCELLED', { reason = 'cancelled', acted = op, asked = nonce }, actor)
return 'DONE'
