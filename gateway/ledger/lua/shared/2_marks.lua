-- Whether Redis was set back to an older state. The hash `grants` counts the requests let out: `total`, and by the name
-- of each worker's journal. A worker shows its mark, `{name} {its own} {total}`: the ledger must never know of fewer.
-- The hash `rolled_back`: how many grants were `forgotten` in all, how many of them the workers `named`, and `at`, until
-- when calls were accepted that may be among those nobody named.
local function split_mark(mark)
  local worker, own, total = string.match(mark or '', '^(%S+) (%d+) (%d+)$')
  return worker, tonumber(own), tonumber(total)
end

-- The grants the ledger knows of: this worker's and all.
local function known_grants(worker)
  local known = call('HMGET', P .. 'grants', worker, 'total')
  return tonumber(known[1] or '0'), tonumber(known[2] or '0')
end

local function forgets(mark)
  local worker, own, total = split_mark(mark)
  if not worker then
    return false
  end
  local known_own, known_total = known_grants(worker)
  return known_own < own or known_total < total
end

-- One more; the worker's new mark.
local function count_grant(mark)
  local worker = split_mark(mark)
  if not worker then
    call('HINCRBY', P .. 'grants', 'total', 1)
    return ''
  end
  local own, total = known_grants(worker)
  own, total = int(own + 1), int(total + 1)
  call('HSET', P .. 'grants', worker, own, 'total', total)
  return table.concat({ worker, own, total }, ' ')
end

-- Until when calls were accepted that may have rung unknown to everybody; nil when there are none.
local function doubtful_until()
  local values = call('HMGET', P .. 'rolled_back', 'at', 'forgotten', 'named')
  if values[1] and tonumber(values[2]) > tonumber(values[3]) then
    return tonumber(values[1])
  end
  return nil
end

local function is_doubtful(c, till)
  if not till or tonumber(c.created_at) > till or (tonumber(c.ordered_at) or 0) > till then
    return false
  end
  return not string.find(' ' .. c.released .. ' ', ' rolled_back ', 1, true)
end
