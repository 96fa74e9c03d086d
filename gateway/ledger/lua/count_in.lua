-- How many came in within spans, by the state they are in now. ARGV: prefix, now, `calls` or `events`, the states, and for
-- each span its lowest and its highest score. Answers a number for each state of the first span, then of the second, and
-- so on. Writes nothing.
local counts, parts = {}, {}
for i, state in ipairs(words(ARGV[4])) do
  parts[i] = {}
  for _, key in ipairs(parts_of(ARGV[3], { state }, '')) do
    if call('EXISTS', key) == 1 then -- most of many sources' are not there: each is asked for once, not for every span
      parts[i][#parts[i] + 1] = key
    end
  end
end
for span = 5, #ARGV, 2 do
  for _, keys in ipairs(parts) do
    local count = 0
    for _, key in ipairs(keys) do
      count = count + call('ZCOUNT', key, ARGV[span], ARGV[span + 1])
    end
    counts[#counts + 1] = count
  end
end
return counts
