-- A person knows of it. ARGV: prefix, now, key, actor.
local key, actor = ARGV[3], ARGV[4]
local a = alert_named(key)
if not a then
  return 'MISSING'
elseif a.by ~= '' then
  return 'REPEATED'
end
a.by, a.at = actor, NOW
keep_alert(key, a)
return 'DONE'
