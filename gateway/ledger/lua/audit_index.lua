-- A step through one index: each of its members has a record in a state, and where it is told of a source, that belongs
-- there. ARGV as in audit_calls, then the index (without prefix), `call`, `event` or `notice`, the states, and the source
-- or ''. Answer as there.
local n, index, kind, source = tonumber(ARGV[6]), ARGV[8], ARGV[9], ARGV[11]
local expected = {}
for _, state in ipairs(words(ARGV[10])) do
  expected[state] = true
end

local function is_known(id, values)
  if kind == 'notice' then
    return call('ZSCORE', P .. 'notices:all', id)
  end
  return values[1] and is_listed(kind .. 's', id, values[1], values[2] or '', values[3])
end

local places = walk(P .. index, ARGV[3], ARGV[4], ARGV[5], n)
for _, place in ipairs(places) do
  local values = call('HMGET', P .. kind .. ':' .. place[1], 'state', 'source', 'created_at')
  local belongs = expected[values[1] or ''] and (source == '' or values[2] == source)
  check(belongs, 'an index holds only what belongs there', place[1], index .. ': ' .. (values[1] or 'no record'))
  check(is_known(place[1], values), 'what an index holds is listed', place[1], index)
end
return step_answer(places, n, {})
