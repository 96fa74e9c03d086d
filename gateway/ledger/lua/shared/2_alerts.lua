-- What a person must look at, by `{kind}:{subject}`:
--   alerts               for each, JSON for Python: what, since, last seen, how often, who acknowledged it
--   alerts:seen:{kind}   those of one kind, by the time last seen; a flood of one kind hides no other
--   alerts:untold        those no log has told of yet
local ALERTS_A_KIND = 100
local ALERT_PAUSE_MS = 3600000 -- seen again after a longer pause, an acknowledged alert is a new one

local function drop_alert(key, kind)
  call('ZREM', P .. 'alerts:seen:' .. kind, key)
  call('SREM', P .. 'alerts:untold', key)
  return call('HDEL', P .. 'alerts', key) == 1
end

local function alert_named(key)
  local stored = call('HGET', P .. 'alerts', key)
  return stored and cjson.decode(stored)
end

local function keep_alert(key, a)
  call('HSET', P .. 'alerts', key, '{"kind":' .. cjson.encode(a.kind) .. ',"subject":' .. cjson.encode(a.subject)
    .. ',"detail":' .. cjson.encode(a.detail) .. ',"by":' .. cjson.encode(a.by) .. ',"since":' .. int(a.since)
    .. ',"seen":' .. int(a.seen) .. ',"at":' .. int(a.at) .. ',"count":' .. int(a.count) .. '}')
end

-- Whether it is new. The same again at the same instant is the same once.
local function raise_alert(kind, subject, detail)
  local key = kind .. ':' .. subject
  local a = alert_named(key)
  if a and a.by ~= '' and NOW - a.seen > ALERT_PAUSE_MS then
    a = nil
  end
  local new = not a
  a = a or { kind = kind, subject = subject, by = '', since = NOW, seen = -1, at = 0, count = 0 }
  if NOW > a.seen then
    a.seen, a.count = NOW, a.count + 1
  end
  a.detail = detail
  keep_alert(key, a)
  call('ZADD', P .. 'alerts:seen:' .. kind, int(a.seen), key)
  if new then
    call('SADD', P .. 'alerts:untold', key)
    for _, oldest in ipairs(call('ZRANGE', P .. 'alerts:seen:' .. kind, 0, -ALERTS_A_KIND - 1)) do
      drop_alert(oldest, kind)
    end
  end
  return new
end
