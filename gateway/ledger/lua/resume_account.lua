-- An account dials again; its calls that wait are due at once. ARGV: prefix, now, account, actor.
local key, gate = P .. 'account:' .. ARGV[3], 'A:' .. ARGV[3]
if call('HGET', key, 'stopped') == '1' then
  call('HSET', key, 'stopped', '0', 'since', int(NOW), 'resumed_by', ARGV[4])
end
call('ZADD', P .. 'gates', 'XX', int(NOW), gate)
if call('ZSCORE', P .. 'gates', gate) then
  open_gate(gate)
end
return 'DONE'
