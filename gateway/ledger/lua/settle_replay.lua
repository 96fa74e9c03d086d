-- A step that ended without a decision. ARGV: prefix, now, order id, event id, outcome.
local id = ARGV[3]
if call('EXISTS', replay_key(id)) == 0 then
  return 'MISSING'
elseif not replay_runs(id) then
  return call('HEXISTS', replay_key(id) .. ':steps', ARGV[4]) == 1 and 'REPEATED' or 'WRONG_STATE'
end
return end_step(id, ARGV[4], ARGV[5], '') and 'DONE' or 'REPEATED'
