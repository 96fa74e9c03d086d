-- A registry's import or scrub, marked. ARGV: prefix, now, list, at (ms, as of when the registry was), JSON of by and how
-- many entries. A mark never makes a list older than it is. Answers DONE, or REPEATED where one as young is there.
local key = P .. 'do_not_call:scrubs'
local known = string.match(call('HGET', key, ARGV[3]) or '', '^(%d+) ')
if known and tonumber(known) >= tonumber(ARGV[4]) then
  return 'REPEATED'
end
call('HSET', key, ARGV[3], int(ARGV[4]) .. ' ' .. int(NOW) .. ' ' .. ARGV[5])
return 'DONE'
