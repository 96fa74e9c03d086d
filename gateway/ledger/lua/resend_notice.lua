-- A notice sent once more, by a person: at once, its endpoint's pause ended, its time to be given up counted anew.
-- ARGV: prefix, now, id, nonce (this request's own), actor.
local id, nonce, actor = ARGV[3], ARGV[4], ARGV[5]
local notice = load_notice(id)
if not notice then
  return 'MISSING'
elseif notice.asked == nonce or (notice.owner ~= '' and tonumber(notice.next_at) > NOW) then
  return 'REPEATED' -- it is being sent just now
end
call('HSET', endpoint_key(notice.endpoint), 'paused_until', '0')
put_notice_state(id, notice, 'WAITING', {
  asked = nonce, resent_by = actor, since = int(NOW), next_at = int(NOW), finished_at = '',
})
return 'DONE'
