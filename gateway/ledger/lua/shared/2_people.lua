-- One person, one ring: who leads, who joined, and when somebody was last rung.
--   person:{key}        the call later ones of the same person join while it waits
--   person:{key}:rung   every attempt (`{call}:{fence}`) that rang or may have, by the time it was let out
--   call:{id}:joined    calls that joined this one, oldest first
local WAITS = { READY = true, HELD = true, CLAIMED = true, DIALING = true }
local PERSON_KEPT_MS = 30 * 86400000
local RINGS_SEEN = 50 -- the latest of one person, where no cap asks for more
local MAX_HOPS = 8

local function person_until(c)
  return math.max(NOW, tonumber(c.expires_at)) + tonumber(c.cooldown) + PERSON_KEPT_MS
end

-- `other`, or the call it joined, if that waits and is not `id`.
local function waiting_among(id, other)
  for _ = 1, MAX_HOPS do
    if not other or other == '' or other == id then
      break
    end
    local values = call('HMGET', call_key(other), 'state', 'leader')
    if WAITS[values[1] or ''] then
      return other
    end
    other = values[1] == 'JOINED' and values[2] or nil
  end
  return nil
end

-- The call that waits for one of these people, other than `id`.
local function waiting_for(id, keys)
  for _, key in ipairs(keys) do
    local other = waiting_among(id, call('GET', P .. 'person:' .. key))
    if other then
      return other
    end
  end
  return nil
end

-- For each of these people the latest attempts that rang or may have, at most `most`: {attempt, when, ...}, latest first.
local function rings_of(keys, most)
  local rings = {}
  for i, key in ipairs(keys) do
    rings[i] = call('ZREVRANGE', P .. 'person:' .. key .. ':rung', 0, most - 1, 'WITHSCORES')
  end
  return rings
end

-- The call, other than `id`, that rang one of these people within the longer of both cooldowns, or is ringing.
-- Rings up to `since` do not count: whoever ordered a redial then knew of them. `rings` as of rings_of.
local function rang(id, rings, cooldown, since)
  local others, latest = {}, {} -- an earlier attempt of the same call blocks no longer than its latest
  for _, found in ipairs(rings) do
    for i = 1, #found, 2 do
      local other, at = string.match(found[i], '^[^:]+'), tonumber(found[i + 1])
      if other ~= id and not latest[other] then
        others[#others + 1] = other
      end
      latest[other] = math.max(latest[other] or 0, at) -- it may stand under another key of the person
    end
  end
  for _, other in ipairs(others) do
    local values = call('HMGET', call_key(other), 'state', 'cooldown')
    local blocked = math.max(cooldown, tonumber(values[2] or '0'))
    if values[1] == 'DIALING' or (values[1] and latest[other] > since and latest[other] + blocked > NOW) then
      return other
    end
  end
  return nil
end

-- The keys of who leads for each of these people, and who does (false: nobody).
local function leaders(people)
  local keys = {}
  for i, key in ipairs(words(people)) do
    keys[i] = P .. 'person:' .. key
  end
  return keys, #keys > 0 and call('MGET', unpack(keys)) or {}
end

local function lead(id, c)
  local keys, led = leaders(c.people)
  for i, key in ipairs(keys) do
    if led[i] ~= id and not waiting_among(id, led[i]) then
      put_until(key, id, person_until(c))
    end
  end
end

-- The same for people of whom it was just seen that nobody waits for them.
local function lead_unled(id, c)
  for _, key in ipairs(words(c.people)) do
    put_until(P .. 'person:' .. key, id, person_until(c))
  end
end

local function unlead(id, c)
  local keys, led = leaders(c.people)
  local mine = {}
  for i, key in ipairs(keys) do
    if led[i] == id then
      mine[#mine + 1] = key
    end
  end
  if #mine > 0 then
    call('DEL', unpack(mine))
  end
end

-- `rings` as of rings_of, where they are known: whoever was never rung has none that are too old.
local function count_ring(id, c, rings)
  for i, key in ipairs(words(c.people)) do
    local rung = P .. 'person:' .. key .. ':rung'
    call('ZADD', rung, c.rang_at, id .. ':' .. c.fence)
    if not rings or #rings[i] > 0 then
      call('ZREMRANGEBYSCORE', rung, '-inf', int(NOW - PERSON_KEPT_MS - tonumber(c.cooldown)))
    end
    tidy_after(rung, person_until(c))
  end
end

-- How many of a person's latest rings tell whether one of these caps is reached.
local function rings_that_count(caps)
  local most = RINGS_SEEN
  for _, cap in ipairs(caps) do
    most = math.max(most, cap.limit)
  end
  return most
end

-- When these people may be rung again under every cap ({limit, window}); nil when they may now. `rings` as of rings_of,
-- for rings_that_count of the same caps; an attempt may stand there for several keys of one person.
local function capped_until(rings, caps)
  local times, seen, till = {}, {}, nil
  for _, found in ipairs(rings) do
    for i = 1, #found, 2 do
      if not seen[found[i]] then
        seen[found[i]] = true
        times[#times + 1] = tonumber(found[i + 1])
      end
    end
  end
  table.sort(times, function(a, b) return a > b end)
  for _, cap in ipairs(caps) do
    local at = times[cap.limit]
    if at and at > NOW - cap.window then
      till = math.max(till or 0, at + cap.window)
    end
  end
  return till
end

-- The latest attempt is proved not to have rung: the person is as before it.
local function uncount_ring(id, c)
  c.rang_at, c.rang_before = c.rang_before, ''
  for _, key in ipairs(words(c.people)) do
    call('ZREM', P .. 'person:' .. key .. ':rung', id .. ':' .. c.fence)
  end
end

-- The calls that joined `id` follow another leader.
local function hand_over(id, leader)
  local joined = call_key(id) .. ':joined'
  for _, other in ipairs(call('ZRANGE', joined, 0, -1)) do
    local created = call('ZSCORE', joined, other)
    call('HSET', call_key(other), 'leader', leader)
    call('ZADD', call_key(leader) .. ':joined', created, other)
  end
  call('DEL', joined)
end

-- What holds a source's calls as they come in: a call that takes the place of one held so, and is of the same source,
-- is not let out by that.
local BOUND_HOLDS = { burst = true, source_ceiling = true, unusual_range = true }

-- `id` ended without ringing: the oldest call that joined it, and may still ring, takes its place; `held` is what `id`
-- was held for by the bounds of its source, as {source, reason}.
local function promote(id, held)
  for _, other in ipairs(call('ZRANGE', call_key(id) .. ':joined', 0, -1)) do
    local c = load(other)
    if not c then
      call('ZREM', call_key(id) .. ':joined', other)
    elseif tonumber(c.expires_at) <= NOW then
      move(other, c, 'EXPIRED', { reason = 'expired' }, '', '')
    else
      local stays = held and held.source == c.source
      move(other, c, stays and 'HELD' or 'READY', { reason = stays and held.reason or 'promoted' }, '', '',
        '{"after":"' .. id .. '"}')
      lead(other, c)
      hand_over(id, other)
      return other
    end
  end
  return nil
end

-- An end by which nobody's phone rang, unless an earlier attempt of the same call may have.
local function end_quietly(id, c, state, fields, by, detail, facts)
  local held = c.state == 'HELD' and BOUND_HOLDS[c.reason] and { source = c.source, reason = c.reason }
  move(id, c, state, fields, by, detail, facts)
  unlead(id, c)
  if c.rang_at == '' then
    promote(id, held)
  end
end

local function join(id, c, leader, fields, by)
  fields.reason, fields.leader = 'joined_person', leader
  move(id, c, 'JOINED', fields, by, '', '{"leader":"' .. leader .. '"}')
  unlead(id, c)
  hand_over(id, leader)
end
