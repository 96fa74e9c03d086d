-- Shared by every script: reading a call, moving it between states with its indexes, and writing its history.
-- ARGV[1] is the key prefix with its colon, ARGV[2] the caller's now in milliseconds.
local P, NOW = ARGV[1], tonumber(ARGV[2])
local call = redis.call
local LOG_HEAD, LOG_MAX = 20, 200 -- a history keeps its first and its latest lines
local LOG_LONG = LOG_MAX * 7 -- bytes that so many lines have at least

local ENDED = {
  PLACED = true, REJECTED = true, UNKNOWN = true, SKIPPED = true,
  EXPIRED = true, CANCELLED = true, JOINED = true, CLOSED = true,
}
local FINAL = { -- only a replay lets such a call begin anew
  PLACED = true, REJECTED = true, SKIPPED = true, EXPIRED = true, CANCELLED = true, CLOSED = true,
}
local LEASED = { CLAIMED = true, DIALING = true }
local WAITS_LONG = { READY = true, HELD = true }

-- Lua's own tostring would write large numbers as 1.8e+12.
local function int(n)
  return string.format('%.0f', n)
end

local function words(text)
  local found = {}
  for word in string.gmatch(text, '%S+') do
    found[#found + 1] = word
  end
  return found
end

local function lines(text)
  local found = {}
  for line in string.gmatch(text, '[^\n]+') do
    found[#found + 1] = line
  end
  return found
end

-- Lets a key go some time after `till`. Counted from Redis's own clock and with a day to spare: expiry only
-- tidies up, every rule compares instants itself, and callers' clocks may differ from Redis's.
local TIDY_MS = 86400000
local function kept_ms(till)
  return int(math.max(0, till - NOW) + TIDY_MS)
end

local function tidy_after(key, till)
  call('PEXPIRE', key, kept_ms(till))
end

local function put_until(key, value, till)
  call('SET', key, value, 'PX', kept_ms(till))
end

local function call_key(id)
  return P .. 'call:' .. id
end

-- The list of what is in a state and came from a source (2_lists.lua), by when it came in.
local function part(kind, state, source)
  return P .. kind .. ':in:' .. state .. ':' .. source
end

-- A record as it stands, what it lacks as ''; nil when there is no such call.
local LACKING = { __index = function() return '' end }
local function load(id)
  local flat = call('HGETALL', call_key(id))
  local c = setmetatable({}, LACKING)
  for i = 1, #flat, 2 do
    c[flat[i]] = flat[i + 1]
  end
  return c.state ~= '' and c or nil
end

-- One of the bytes behind `ARGV[before]`, which stand there because JSON cannot hold them.
local function carried(before, number)
  return assert(type(number) == 'number' and ARGV[before + number], 'blob')
end

-- The number that accepting chose for a call, and its rule.
local function planned(c)
  local number, rule = string.match(c.plan, '^([^\n]*)\n(.*)$')
  if not number then -- accepted by an earlier release, which kept them in JSON alone
    local data = cjson.decode(c.data)
    return data.number, data.rule
  end
  return number, rule
end

-- A history stands in its record, a line a change: how long after the record came in (ms), the state, and what there is of
-- a reason, `@` and who (`=`: whoever was named last), a detail (JSON text) and facts (JSON), a tab between them.
local NAMED = '\t@([^\t\n]*)'

-- Takes a line out; whom it named is named by the next that means the same.
local function forget_line(all, at)
  local name = string.match(table.remove(all, at), NAMED)
  for i = at, name and #all or 0 do
    if string.find(all[i], NAMED) then
      return
    end
    local line, found = string.gsub(all[i] .. '\t', '\t=\t', function() return '\t@' .. name .. '\t' end)
    if found > 0 then
      all[i] = string.sub(line, 1, -2)
      return
    end
  end
end

-- The history of `c` (its log, and when it came in) with one line more.
local function told(c, state, reason, by, detail, facts)
  local log, parts = c.log or '', { int(NOW - c.created_at), state }
  if reason and reason ~= '' then
    parts[#parts + 1] = reason
  end
  if by and by ~= '' then
    by = string.gsub(by, '%c', ' ')
    parts[#parts + 1] = string.match(log, '.*' .. NAMED) == by and '=' or '@' .. by
  end
  if detail and detail ~= '' then
    parts[#parts + 1] = cjson.encode(detail)
  end
  if facts and facts ~= '' then
    parts[#parts + 1] = facts -- JSON already, made by the caller
  end
  log = (log == '' and '' or log .. '\n') .. table.concat(parts, '\t')
  if #log > LOG_LONG then
    local all = lines(log)
    if #all > LOG_MAX then
      forget_line(all, LOG_HEAD + 1)
      log = table.concat(all, '\n')
    end
  end
  return log
end

local function write(key, fields)
  local flat = {}
  for name, value in pairs(fields) do
    flat[#flat + 1] = name
    flat[#flat + 1] = value
  end
  call('HSET', key, unpack(flat))
end

-- Writes what changes of a record. No field is kept empty: it would only take room. `had`: the record as loaded, nil
-- where it was not.
local function change(key, changed, had)
  local set, gone = {}, {}
  for name, value in pairs(changed) do
    if value ~= '' then
      set[#set + 1] = name
      set[#set + 1] = value
    elseif not had or rawget(had, name) then
      gone[#gone + 1] = name
    end
  end
  call('HSET', key, unpack(set))
  if #gone > 0 then
    call('HDEL', key, unpack(gone))
  end
end

-- Out of the lists of its state; what `enter` writes anew for the state to come stays.
local function leave(id, c, to)
  call('ZREM', part('calls', c.state, c.source), id)
  if WAITS_LONG[c.state] and not WAITS_LONG[to] then
    call('ZREM', P .. 'calls:expiry', id)
  end
  if c.state == 'READY' then
    if c.gate ~= '' then
      call('ZREM', P .. 'gate:' .. c.gate, id)
    elseif call('ZREM', P .. 'calls:due', id) == 0 then
      call('ZREM', P .. 'calls:waiting', id)
    end
  elseif LEASED[c.state] and not LEASED[to] then
    call('ZREM', P .. 'calls:leases', id)
  elseif c.state == 'JOINED' and c.leader ~= '' then
    call('ZREM', call_key(c.leader) .. ':joined', id)
  end
end

local function enter(id, c)
  call('ZADD', part('calls', c.state, c.source), c.created_at, id)
  if c.state == 'READY' then
    call('ZADD', P .. 'calls:expiry', c.expires_at, id)
    if c.gate ~= '' then
      call('ZADD', P .. 'gate:' .. c.gate, c.rank, id)
    elseif tonumber(c.not_before) > NOW then
      call('ZADD', P .. 'calls:waiting', c.not_before, id)
    else
      call('ZADD', P .. 'calls:due', c.rank, id)
    end
  elseif c.state == 'HELD' then
    call('ZADD', P .. 'calls:expiry', c.expires_at, id)
  elseif LEASED[c.state] then
    call('ZADD', P .. 'calls:leases', c.lease, id)
  elseif c.state == 'JOINED' then
    call('ZADD', call_key(c.leader) .. ':joined', c.created_at, id)
  end
end

-- The outbox, written with the very transition it tells of:
--   notice:{id}              one message to one endpoint; its id never changes, however often it is sent
--   notices:to:{endpoint}    those still to be sent, by the time of the next try (or the end of a sender's lease)
--   notices:endpoints        endpoints with something to send, by when they last had their turn
--   notices:all, notices:state:{WAITING, DELIVERED or FAILED}   by the time they came up
--   call:{id}:notices        a call's own, oldest first
-- A call's `notify` has a line for each endpoint: its name, then the states and reasons it hears of.
local TOLD = { -- HELD and every end; a call on its way has no news
  HELD = true, PLACED = true, REJECTED = true, UNKNOWN = true, SKIPPED = true,
  EXPIRED = true, CANCELLED = true, JOINED = true, CLOSED = true,
}

local function put_notice(id, c, notice, endpoint)
  write(P .. 'notice:' .. notice, {
    call = id, endpoint = endpoint, told = c.state, reason = c.reason, detail = c.detail or '', at = int(NOW),
    rang_at = c.rang_at, state = 'WAITING', tries = '0', since = int(NOW), next_at = int(NOW), owner = '',
  })
  call('ZADD', P .. 'notices:to:' .. endpoint, int(NOW), notice)
  call('ZADD', P .. 'notices:endpoints', 'NX', 0, endpoint)
  call('ZADD', P .. 'notices:all', int(NOW), notice)
  call('ZADD', P .. 'notices:state:WAITING', int(NOW), notice)
  call('RPUSH', call_key(id) .. ':notices', notice)
end

local function notify(id, c)
  if not TOLD[c.state] or not c.notify or c.notify == '' then
    return
  end
  local number
  for _, line in ipairs(lines(c.notify)) do
    local endpoint, wanted = string.match(line, '^(%S+)(.*)$')
    wanted = wanted .. ' '
    if string.find(wanted, ' ' .. c.state .. ' ', 1, true)
      or (c.reason ~= '' and string.find(wanted, ' ' .. c.reason .. ' ', 1, true)) then
      number = number or call('HINCRBY', call_key(id), 'notices', 1)
      put_notice(id, c, id .. '-' .. int(number) .. '-' .. endpoint, endpoint)
    end
  end
end

-- Calls are found by whom the do-not-call list may name while they may still ring (3_opt_outs.lua).
local function subject_calls(key)
  return P .. 'subject:' .. key .. ':calls'
end

local function forget_subjects(id, c)
  for _, key in ipairs(words(c.subjects)) do
    call('ZREM', subject_calls(key), id)
  end
end

-- What the record of a call that is over need not say twice, or at all; decoding.py reads it back.
local TWINS = { not_before = 'created_at', granted_at = 'rang_at' }
local function owner_in(last) -- whose transition that was
  return string.match(last, '^%S+ (%S+)')
end

local function drop_twins(c, changed)
  local owner = changed.owner or c.owner
  if owner and owner == owner_in(changed.last or c.last or '') then
    changed.owner = ''
  end
  for name, twin in pairs(TWINS) do
    if (changed[name] or c[name]) == (changed[twin] or c[twin]) then
      changed[name] = ''
    end
  end
end

local NEEDED_UNTIL_THE_END = { 'lease', 'rank', 'rang_before', 'mark', 'subjects', 'others', 'refused' }

-- The one way a call changes its state: indexes, record and history in step. `fields` overrides the record;
-- `by`, `detail` and `facts` go to the history.
local function move(id, c, state, fields, by, detail, facts)
  leave(id, c, state)
  local changed = { state = state, gate = '', leader = '', detail = detail or '' }
  changed.finished_at, changed.updated_at = ENDED[state] and int(NOW) or '', ENDED[state] and '' or int(NOW)
  changed.log = told(c, state, fields.reason, by, detail, facts)
  if FINAL[state] then
    forget_subjects(id, c)
    for _, name in ipairs(NEEDED_UNTIL_THE_END) do
      changed[name] = ''
    end
  end
  if c.taken_up == true then -- in this very write (2_holds.lua)
    changed.owner, changed.fence = c.owner, c.fence
  end
  for name, value in pairs(fields) do
    changed[name] = value
  end
  if FINAL[state] then
    drop_twins(c, changed)
  end
  change(call_key(id), changed, c)
  for name, value in pairs(changed) do
    c[name] = value
  end
  enter(id, c)
  notify(id, c)
end

-- nil when the caller may go on: it holds the call, in that state. Else the transition's answer.
local function refusal(c, state, owner, fence, op)
  if not c then
    return 'MISSING'
  elseif c.last == op then
    return 'REPEATED'
  elseif (c.owner ~= '' and c.owner or owner_in(c.last)) ~= owner or c.fence ~= fence then
    return 'STALE'
  elseif c.state ~= state then
    return 'WRONG_STATE'
  end
  return nil
end

-- A person's very request, carried out before: the call may have moved on since, even back to where it was.
local function asked_before(id, nonce)
  return call('HGET', call_key(id), 'asked') == nonce
end
