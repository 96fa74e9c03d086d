-- A person says that a source's burst is meant: everything passes until then, and counts as what it does.
-- ARGV: prefix, now, source, until.
local source, till = ARGV[3], tonumber(ARGV[4])
local b = burst_of(source)
if b.free == till and b.on == 0 then
  return 'REPEATED'
end
b.on, b.held, b.free = 0, 0, till
keep_burst(source, b)
return 'DONE'
