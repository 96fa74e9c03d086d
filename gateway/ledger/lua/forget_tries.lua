-- A password was right. ARGV: prefix, now, nonce of its try, then the counts: both, address, user.
-- The address keeps what it got wrong for others; the try itself is taken back once.
call('DEL', P .. ARGV[4], P .. ARGV[6])
local key = P .. ARGV[5]
local values = call('HMGET', key, 'count', 'nonce')
if values[2] == ARGV[3] then
  call('HSET', key, 'count', int(math.max(0, tonumber(values[1]) - 1)), 'till', '0', 'nonce', '')
end
return 'DONE'
