-- An account dials again; its calls that wait are due. One that was stopped for want of plain answers is on trial.
-- ARGV: prefix, now, account, actor.
local key, gate = P .. 'account:' .. ARGV[3], 'A:' .. ARGV[3]
if call('HGET', key, 'stopped') == '1' then
  local trial = tonumber(call('HGET', key, 'doubts') or '0') > 0 and '1' or '0'
  call('HSET', key, 'stopped', '0', 'since', int(NOW), 'resumed_by', ARGV[4], 'trial', trial, 'trying', '0')
end
call('ZADD', P .. 'gates', 'XX', int(NOW), gate)
if call('ZSCORE', P .. 'gates', gate) then
  open_gate(gate)
end
return 'DONE'
