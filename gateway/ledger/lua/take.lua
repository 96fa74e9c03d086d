-- One place in a sliding window. ARGV: prefix, now, key, limit, window, nonce (a repeat has its place already).
-- Answers -1 when taken, else the milliseconds until one is free.
local key, limit, window, nonce = P .. 'limit:' .. ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[6]
call('ZREMRANGEBYSCORE', key, '-inf', int(NOW - window))
if call('ZSCORE', key, nonce) then
  return -1
end
if call('ZCARD', key) < limit then
  call('ZADD', key, int(NOW), nonce)
  tidy_after(key, NOW + window)
  return -1
end
local oldest = call('ZREVRANGE', key, limit - 1, limit - 1, 'WITHSCORES')
return math.max(1, tonumber(oldest[2] or NOW) + window - NOW)
