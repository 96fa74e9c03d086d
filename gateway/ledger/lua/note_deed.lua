-- One line of who did what. ARGV: prefix, now, id, line (JSON), oldest kept. The same id twice is one line.
if call('HSETNX', P .. 'deeds', ARGV[3], ARGV[4]) == 1 then
  call('ZADD', P .. 'deeds:all', int(NOW), ARGV[3])
end
for _, id in ipairs(call('ZRANGEBYSCORE', P .. 'deeds:all', '-inf', '(' .. ARGV[5], 'LIMIT', 0, 100)) do
  call('ZREM', P .. 'deeds:all', id)
  call('HDEL', P .. 'deeds', id)
end
return 'DONE'
