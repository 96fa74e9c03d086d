-- UNKNOWN → PLACED, CLOSED or, as a person's order to dial again, READY.
-- ARGV: prefix, now, id, nonce (this request's own), resolution, actor, expires_at ('' to keep it), expires_at if the
-- old one has passed.
local id, nonce, resolution, actor, expires_at, fallback = ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7], ARGV[8]
local op = 'resolve ' .. resolution .. ' ' .. actor
local TARGETS = {
  placed = { PLACED = true },
  close = { CLOSED = true },
  redial = { READY = true, CLAIMED = true, DIALING = true },
}
local c = load(id)
if not c then
  return 'MISSING'
elseif asked_before(id, nonce) or (TARGETS[resolution][c.state] and c.acted == op) then
  return 'REPEATED'
elseif c.state ~= 'UNKNOWN' then
  return 'WRONG_STATE'
end

if resolution == 'placed' then
  move(id, c, 'PLACED', { reason = 'resolved_placed', acted = op, asked = nonce }, actor)
elseif resolution == 'close' then
  move(id, c, 'CLOSED', { reason = 'resolved_closed', acted = op, asked = nonce }, actor)
else
  if expires_at == '' then
    expires_at = tonumber(c.expires_at) > NOW and c.expires_at or fallback
  end
  move(id, c, 'READY', {
    reason = 'resolved_redial', acted = op, asked = nonce, not_before = int(NOW), expires_at = expires_at, unsent = '0',
    ordered = int((tonumber(c.ordered) or 0) + 1), ordered_at = int(NOW),
  }, actor)
  lead(id, c)
end
return 'DONE'
