-- A step through one index: each of its members has a record in a state that belongs there.
-- ARGV as in audit_calls, then the index (without prefix), `call` or `event`, and the states. Answer as there.
local n, index, kind = tonumber(ARGV[6]), ARGV[8], ARGV[9]
local expected = {}
for _, state in ipairs(words(ARGV[10])) do
  expected[state] = true
end
local places = walk(P .. index, ARGV[3], ARGV[4], ARGV[5], n)
for _, place in ipairs(places) do
  local state = call('HGET', P .. kind .. ':' .. place[1], 'state') or 'no record'
  check(expected[state], 'an index holds only what belongs there', place[1], index .. ': ' .. state)
  check(call('ZSCORE', P .. kind .. 's:all', place[1]), 'what an index holds is listed', place[1], index)
end
return step_answer(places, n, {})
