-- How many came in within a span, by the state they are in now. ARGV: prefix, now, `calls` or `events`, the states, the
-- lowest and the highest score. Answers a number for each state. Writes nothing.
local counts = {}
for i, state in ipairs(words(ARGV[4])) do
  counts[i] = 0
  for _, key in ipairs(parts_of(ARGV[3], { state }, '')) do
    counts[i] = counts[i] + call('ZCOUNT', key, ARGV[5], ARGV[6])
  end
end
return counts
