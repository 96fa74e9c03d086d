-- What came in, newest first, with some fields of the records. ARGV: prefix, now, `calls` or `events`, the states it may be
-- in, its source or '', the score and id of the place to go on after ('+inf' or another bound, and ''), the lowest score,
-- how many, fields. Answers for each its id, its score and then its fields, all in one list. Writes nothing.
-- In place of SORT, which accounts with few rights may not use.
local kind, n, names, found = ARGV[3], tonumber(ARGV[9]), words(ARGV[10]), {}
local record = kind == 'calls' and call_key('') or event_key('')
for _, place in ipairs(merged(parts_of(kind, words(ARGV[4]), ARGV[5]), ARGV[6], ARGV[7], ARGV[8], n, true)) do
  found[#found + 1] = place[1]
  found[#found + 1] = place[2]
  if #names > 0 then
    for _, value in ipairs(call('HMGET', record .. place[1], unpack(names))) do
      found[#found + 1] = value
    end
  end
end
return found
