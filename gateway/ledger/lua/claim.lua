-- READY → CLAIMED for the most urgent due calls; while few are due they are handed out as they are, without a write:
-- the first one about a call takes it up (2_holds.lua). Others may be handed it too, and one of them gets it.
-- ARGV: prefix, now, owner, limit, lease_until, nonce (this request's own, so that a repeat gets the same calls), the
-- worker's mark, milliseconds by which now may differ from Redis's clock or '', how many are few, the calls that the
-- worker has without a claim, which it is not handed again (a line each: id, the fence it has).
-- Answers {Redis's seconds, its microseconds, when more may become due or '', {{id, flat record, 1 if none of its
-- subjects is on the do-not-call list}, ...}, grants in all, 1 if it forgot some that the mark knows, 2 if the clocks
-- differ: then nothing is claimed}.
local owner, limit, lease, nonce = ARGV[3], tonumber(ARGV[4]), ARGV[5], ARGV[6]
local most_looked_at = assert(tonumber(ARGV[9]), 'few')
local REPEAT_KEPT_MS = 60000
local EXAMINED_MORE = 200
local memory = P .. 'claims:' .. nonce
local clock = call('TIME')
local doubtful = doubtful_until()
local had = {}
for _, line in ipairs(lines(ARGV[10])) do
  local id, fence = string.match(line, '^(%S+) (%d+)$')
  had[assert(id, 'had')] = fence
end

local function next_fence(fence)
  return int((tonumber(fence) or 0) + 1)
end

local function claim(id, c)
  move(id, c, 'CLAIMED', { owner = owner, fence = next_fence(c.fence), lease = lease }, owner)
end

-- The record of a call that may be handed out, else nil: then it has left the due list.
local function fit(id)
  local c = load(id)
  if not c then
    call('ZREM', P .. 'calls:due', id)
    return nil
  elseif tonumber(c.expires_at) <= NOW then
    end_quietly(id, c, 'EXPIRED', { reason = 'expired' }, owner)
    return nil
  end
  if is_doubtful(c, doubtful) then
    move(id, c, 'HELD', { reason = 'rolled_back' }, owner)
    return nil
  end
  local what, look_at = stop_of(id, c)
  if what then
    park(id, c, 'S:' .. what, look_at, { reason = 'stopped' }, owner, '', '{"stopped":' .. cjson.encode(what) .. '}')
    return nil
  end
  local probe_at = stopped(c.account)
  if probe_at then
    park(id, c, 'A:' .. c.account, probe_at, { reason = 'account_stopped' }, owner)
    return nil
  end
  return c
end

-- As HGETALL would give it: reading it again costs more than all of this.
local function flat(c)
  local found = {}
  for name, value in pairs(c) do
    if value ~= '' then
      found[#found + 1] = name
      found[#found + 1] = value
    end
  end
  return found
end

-- What is handed out of a call. One that is listed, or whose list cannot be read, is looked at more closely.
local function handed(id, c)
  local listed, unread = listed_among(words(c.subjects))
  return { id, flat(c), (c.subjects == '' or listed or unread) and 0 or 1 }
end

local function hand_out(id, c, few)
  if few then
    c.owner, c.fence, c.lease = owner, next_fence(c.fence), lease
  else
    claim(id, c)
  end
  return handed(id, c)
end

local function claim_due()
  local few = call('ZCARD', P .. 'calls:due') <= most_looked_at
  local ids, calls, examined, passed = {}, {}, 0, 0 -- passed: those that stay due, the most urgent
  while #calls < limit and examined < limit + EXAMINED_MORE do
    local id = call('ZREVRANGE', P .. 'calls:due', passed, passed)[1]
    if not id then
      break
    end
    local again = had[id] and had[id] == next_fence(call('HGET', call_key(id), 'fence'))
    local c = not again and fit(id)
    examined = examined + (again and 0 or 1)
    if c then
      calls[#calls + 1] = hand_out(id, c, few)
      ids[#ids + 1] = not few and id or nil
      had[id] = few and c.fence
    end
    if again or (c and few) then
      passed = passed + 1
    elseif not c then
      passed = 0 -- one that ended may have let another in before those
    end
  end
  if #ids > 0 then
    call('SET', memory, table.concat(ids, ' '), 'PX', REPEAT_KEPT_MS)
  end
  return calls
end

local function claimed_before()
  local mine = {}
  for _, id in ipairs(words(call('GET', memory) or '')) do
    local c = load(id)
    if c and c.state == 'CLAIMED' and c.owner == owner then
      mine[#mine + 1] = handed(id, c)
    end
  end
  return mine
end

local function next_due()
  if call('ZCARD', P .. 'calls:due') > 0 then
    return int(NOW)
  end
  local waiting = call('ZRANGE', P .. 'calls:waiting', 0, 0, 'WITHSCORES')[2]
  local gates = call('ZRANGE', P .. 'gates', 0, 0, 'WITHSCORES')[2]
  if waiting and gates then
    return int(math.min(tonumber(waiting), tonumber(gates)))
  end
  return waiting or gates or ''
end

local grants = call('HGET', P .. 'grants', 'total') or '0'
if forgets(ARGV[7]) then
  return { clock[1], clock[2], '', {}, grants, 1 }
end
if ARGV[8] ~= '' and math.abs(NOW - (clock[1] * 1000 + clock[2] / 1000)) > tonumber(ARGV[8]) then
  return { clock[1], clock[2], '', {}, grants, 2 }
end
local calls
if call('EXISTS', memory) == 1 then
  calls = claimed_before()
else
  bring_due()
  calls = claim_due()
end
return { clock[1], clock[2], next_due(), calls, grants, 0 }
