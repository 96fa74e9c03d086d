-- Some rows of a file: their people listed, what is wrong kept, and the import's progress, in one write.
-- ARGV: prefix, now, import, step (1, 2, …), lines read so far, subjects (JSON of {key, kind, value}), bad lines (JSON of
-- texts), by, note, how many bad lines are kept, for how long (ms). A step made before is REPEATED and counts once.
local key = P .. 'do_not_call:import:' .. ARGV[3]
local subjects, bad = cjson.decode(ARGV[6]), cjson.decode(ARGV[7])
local values = call('HMGET', key, 'state', 'step')
if not values[1] then
  return 'MISSING'
elseif values[1] ~= 'RUNNING' then
  return 'WRONG_STATE'
elseif tonumber(values[2]) >= tonumber(ARGV[4]) then
  return 'REPEATED'
end
local added = 0
for _, subject in ipairs(subjects) do
  if enlist(subject, ARGV[8], ARGV[9], 'import') then
    added = added + 1
  end
end
local room = tonumber(ARGV[10]) - call('LLEN', key .. ':bad')
for place = 1, math.min(room, #bad) do
  call('RPUSH', key .. ':bad', bad[place])
end
if #bad > 0 then
  tidy_after(key .. ':bad', NOW + tonumber(ARGV[11]))
end
call('HINCRBY', key, 'added', added)
call('HINCRBY', key, 'same', #subjects - added)
call('HINCRBY', key, 'bad', #bad)
call('HSET', key, 'step', ARGV[4], 'read', ARGV[5], 'updated_at', int(NOW))
tidy_after(key, NOW + tonumber(ARGV[11]))
return 'DONE'
