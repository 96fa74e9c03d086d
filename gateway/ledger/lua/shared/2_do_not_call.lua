-- Whom never to call, by `{kind}:{digest}`: no phone stands in a key's name.
--   do_not_call             for each, JSON for Python with the value as people read it, and who listed it when
--   do_not_call:all         the same keys by the time they were listed
--   do_not_call:{key}:log   what was done to one, oldest first
--   subject:{key}:calls     calls that are known by it and may still ring, by the time they came in: those that wait end
--                           as it is listed
local LIST = P .. 'do_not_call'

-- The first of these keys that is listed; nil and true when the list cannot be read: then nobody may be dialled.
local function listed_among(keys)
  local found = #keys > 0 and redis.pcall('HMGET', LIST, unpack(keys)) or {}
  if found.err then
    return nil, true
  end
  for i, key in ipairs(keys) do
    if found[i] then
      return key, false
    end
  end
  return nil, false
end
