-- What a person stopped, or a ledger that was set back. The hash `stops` has, by `everything`, `rollback` or by
-- `account:`, `source:`, `rule:` or `number:` and a name, `{until, 0 for none} {since} {JSON of by and reason}`;
-- `stops:log` is the history, oldest first.
local STOP_LOOKED_AT_MS = 3600000 -- only tidies up: a resume opens the gate itself
local STOPS_LOGGED = 10000

-- When a stop is to be looked at again; nil when there is none in force.
local function stop_in_force(what)
  local till = string.match(call('HGET', P .. 'stops', what) or '', '^(%d+) ')
  if not till or (till ~= '0' and tonumber(till) <= NOW) then
    return nil
  end
  return till ~= '0' and tonumber(till) or NOW + STOP_LOOKED_AT_MS
end

-- The stop that holds a call longest, and when to look at it again; nil when it may ring.
local function stop_of(id, c)
  if call('EXISTS', P .. 'stops') == 0 then
    return nil
  end
  local number, rule = planned(c)
  number = c.number ~= '' and c.number or number
  local worst, worst_at
  local parts = { 'account:' .. c.account, 'source:' .. c.source, 'rule:' .. rule, 'number:' .. number }
  for _, what in ipairs({ 'everything', 'rollback', unpack(parts) }) do
    local look_at = stop_in_force(what)
    if look_at and (not worst or look_at > worst_at) then
      worst, worst_at = what, look_at
    end
  end
  return worst, worst_at
end

local function log_stop(action, what, till, data)
  local line = table.concat({ '{"t":', int(NOW), ',"a":"', action, '","w":', cjson.encode(what), ',"u":', till,
    ',"d":', data, '}' })
  call('RPUSH', P .. 'stops:log', line)
  call('LTRIM', P .. 'stops:log', -STOPS_LOGGED, -1)
end
