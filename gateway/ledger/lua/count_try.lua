-- One try at a password. ARGV: prefix, now, nonce, first and longest wait in ms, then name and limit of each count.
-- Answers 0, or the milliseconds to wait. Nothing is counted then, nor for a nonce that was counted already.
local nonce, first, longest = ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5])
local counts, wait = {}, 0
for at = 6, #ARGV, 2 do
  local values = call('HMGET', P .. ARGV[at], 'count', 'till', 'last', 'nonce')
  if values[4] == nonce then
    return 0
  end
  local fresh = values[3] and NOW - tonumber(values[3]) < 2 * longest
  counts[#counts + 1] = { key = P .. ARGV[at], limit = tonumber(ARGV[at + 1]), count = fresh and tonumber(values[1]) or 0 }
  wait = math.max(wait, tonumber(values[2] or 0) - NOW)
end
if wait > 0 then
  return wait
end
for _, one in ipairs(counts) do
  local count = one.count + 1
  local over = math.min(count - one.limit, 20)
  local till = over >= 0 and NOW + math.min(longest, first * 2 ^ over) or 0
  call('HSET', one.key, 'count', int(count), 'till', int(till), 'last', int(NOW), 'nonce', nonce)
  call('PEXPIRE', one.key, int(2 * longest))
end
return 0
