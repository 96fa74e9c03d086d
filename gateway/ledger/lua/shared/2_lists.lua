-- Calls and events stand in one list each, by when they came in: `calls:in:{state}:{source}`, `events:in:{state}:{source}`
-- (part, 1_records.lua). All of them, those of a source, those in a state: parts of it, merged as they are read.
--   sources           every source that may have some; the parts are this by the states
--   deliveries        the ids of all deliveries as they came in: nobody pages through them, and nothing is taken out but the oldest
--   deliveries:gone   how many that were: with its place in the list it is a delivery's number for good
local STATES = {
  calls = {
    'READY', 'HELD', 'CLAIMED', 'DIALING', 'PLACED', 'REJECTED', 'UNKNOWN', 'SKIPPED', 'EXPIRED', 'CANCELLED',
    'JOINED', 'CLOSED',
  },
  events = { 'RECEIVED', 'MATCHED', 'IGNORED', 'FAILED' },
}

-- The keys of the parts in one of these states and of a source; '' where it may be any.
local function parts_of(kind, states, source)
  local keys = {}
  for _, name in ipairs(source ~= '' and { source } or call('SMEMBERS', P .. 'sources')) do
    for _, state in ipairs(states) do
      keys[#keys + 1] = part(kind, state, name)
    end
  end
  return keys
end

-- Whether it stands where whoever reads a list looks for it.
local function is_listed(kind, id, state, source, created_at)
  local score = call('ZSCORE', part(kind, state, source), id)
  return score and tonumber(score) == tonumber(created_at) and call('SISMEMBER', P .. 'sources', source) == 1
end

-- Places are {id, score, its number}. Whether `a` is before `b` in a list: ids by bytes, for Lua compares by locale.
local function precedes(a, b)
  if a[3] ~= b[3] then
    return a[3] < b[3]
  end
  for i = 1, math.min(#a[1], #b[1]) do
    local x, y = string.byte(a[1], i), string.byte(b[1], i)
    if x ~= y then
      return x < y
    end
  end
  return #a[1] < #b[1]
end

local function follows(a, b)
  if a[3] ~= b[3] then
    return a[3] > b[3]
  end
  return precedes(b, a)
end

-- The first `n` or more places of a list that come after `from`; none beyond the score `last`.
local function places_after(key, from, last, n, newest)
  local range, before = newest and 'ZREVRANGEBYSCORE' or 'ZRANGEBYSCORE', newest and follows or precedes
  local places, offset = {}, 0
  repeat -- many may share the score of `from`, and come before it
    local rows = call(range, key, from[2], last, 'WITHSCORES', 'LIMIT', offset, n)
    for i = 1, #rows, 2 do
      local place = { rows[i], rows[i + 1], tonumber(rows[i + 1]) }
      if place[3] ~= from[3] or before(from, place) then
        places[#places + 1] = place
      end
    end
    offset = offset + n
  until #places >= n or #rows < 2 * n
  return places
end

-- Puts a place where it belongs among the first `n` found, from the one at `i` on. Answers where that is.
local function put_in(found, place, i, n, before)
  local after = #found + 1 -- the first that is not before it
  if i < after and before(found[after - 1], place) then -- most often: most parts have nothing
    i = after
  end
  while i < after do
    local middle = math.floor((i + after) / 2)
    if before(found[middle], place) then
      i = middle + 1
    else
      after = middle
    end
  end
  table.insert(found, i, place)
  found[n + 1] = nil
  return i
end

-- The first `n` places of these lists after (score, id), in the order they have in common; none beyond the score `last`.
local function merged(keys, score, id, last, n, newest)
  local from, before, found = { id, score, tonumber(score) }, newest and follows or precedes, {}
  for _, key in ipairs(keys) do
    local i = 1
    for _, place in ipairs(places_after(key, from, last, n, newest)) do
      i = put_in(found, place, i, n, before)
      if i >= n then
        break
      end
    end
    last = found[n] and found[n][2] or last -- what is beyond is not read of the others
  end
  return found
end
