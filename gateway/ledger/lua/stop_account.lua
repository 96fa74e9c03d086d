-- No grant for an account until it is resumed. ARGV: prefix, now, account, reason, probe_at.
local key = P .. 'account:' .. ARGV[3]
if call('HGET', key, 'stopped') ~= '1' then
  call('HSET', key, 'stopped', '1', 'since', int(NOW))
end
call('HSET', key, 'reason', ARGV[4], 'probe_at', ARGV[5])
call('SADD', P .. 'accounts', ARGV[3])
return 'DONE'
