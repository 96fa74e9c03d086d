-- Whom never to call, by `{kind}:{digest}`: no phone stands in a key's name.
--   do_not_call             for each, JSON for Python with the value as people read it, and who listed it when
--   do_not_call:all         the same keys by the time they were listed
--   do_not_call:{key}:log   what was done to one, oldest first
local LIST = P .. 'do_not_call'

-- The first of these keys that is listed; nil and true when the list cannot be read: then nobody may be dialled.
local function listed_among(keys)
  for _, key in ipairs(keys) do
    local found = redis.pcall('HEXISTS', LIST, key)
    if type(found) == 'table' then
      return nil, true
    elseif found == 1 then
      return key, false
    end
  end
  return nil, false
end

local function log_listing(action, subject, by, detail, source)
  append(LIST .. ':' .. subject.key .. ':log',
    entry(action, '', by, detail, '{"source":' .. cjson.encode(source) .. '}'))
end

-- Whether it was new. One that is listed stays as it was first listed.
local function enlist(subject, by, note, source)
  if call('HEXISTS', LIST, subject.key) == 1 then
    return false
  end
  call('HSET', LIST, subject.key, cjson.encode({
    kind = subject.kind, value = subject.value, at = int(NOW), by = by, note = note, source = source,
  }))
  call('ZADD', LIST .. ':all', int(NOW), subject.key)
  log_listing('LISTED', subject, by, note, source)
  return true
end

-- A decision's opt-outs, listed in the write that stores the decision.
local function enlist_opt_outs(decision, event_id, source)
  for _, subject in ipairs(decision.opt_outs) do
    enlist(subject, source, event_id, source)
  end
end
