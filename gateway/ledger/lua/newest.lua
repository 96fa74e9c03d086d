-- Some fields of the newest records that an index has. ARGV: prefix, now, index, kind, how many to skip, how many, fields.
-- Answers for each its id and then its fields, all in one list; a record that is gone has none of them. Writes nothing.
-- In place of SORT, which accounts with few rights may not use.
local names, found = words(ARGV[7]), {}
local skipped = tonumber(ARGV[5])
for _, id in ipairs(call('ZREVRANGE', P .. ARGV[3], skipped, skipped + tonumber(ARGV[6]) - 1)) do
  found[#found + 1] = id
  for _, value in ipairs(call('HMGET', P .. ARGV[4] .. ':' .. id, unpack(names))) do
    found[#found + 1] = value
  end
end
return found
