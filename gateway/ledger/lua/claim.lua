-- READY → CLAIMED for the most urgent due calls.
-- ARGV: prefix, now, owner, limit, lease_until, nonce (this request's own, so that a repeat gets the same calls), the
-- worker's mark, milliseconds by which now may differ from Redis's clock or ''. Answers {Redis's seconds, its microseconds, when more may become due or '', {{id, flat record, 1 if none of its subjects is on the do-not-call list}, ...},
-- grants in all, 1 if it forgot some that the mark knows, 2 if the clocks differ: then nothing is claimed}.
local owner, limit, lease, nonce = ARGV[3], tonumber(ARGV[4]), ARGV[5], ARGV[6]
local REPEAT_KEPT_MS = 60000
local EXAMINED_MORE = 200
local memory = P .. 'claims:' .. nonce
local clock = call('TIME')
local doubtful = doubtful_until()

local function claim(id, c)
  local fence = int((tonumber(c.fence) or 0) + 1)
  move(id, c, 'CLAIMED', { owner = owner, fence = fence, lease = lease }, owner)
end

-- The call's record when it was claimed, else nil; every call looked at has left the due list.
local function take(id)
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
  claim(id, c)
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

local function claim_due()
  local ids, calls, examined = {}, {}, 0
  while #ids < limit and examined < limit + EXAMINED_MORE do
    local top = call('ZREVRANGE', P .. 'calls:due', 0, 0)
    if #top == 0 then
      break
    end
    examined = examined + 1
    local c = take(top[1])
    if c then
      ids[#ids + 1] = top[1]
      calls[#ids] = handed(top[1], c)
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
