-- A worker was granted requests that the ledger has forgotten: nothing rings until a person says so, and its calls
-- are UNKNOWN. ARGV: prefix, now, the worker's mark, the forgotten grants its journal names (a line each: id, owner,
-- fence, when), who says so.
-- Answers {own and total grants known before, ids now UNKNOWN, how many named ones the ledger does not have}.
local mark, by = ARGV[3], ARGV[5]
local worker, own, total = split_mark(mark)
assert(worker, 'mark')
local known_own, known_total = known_grants(worker)
if not forgets(mark) then
  return { int(known_own), int(known_total), {}, 0 }
end
local RANG = { DIALING = true, PLACED = true, UNKNOWN = true, CLOSED = true }
local NORMAL = 10000000000000 -- what a call of usual priority ranks by, besides its age
local unknown, missing, named = {}, 0, 0

local function rang_once_more(id, c, owner, fence, at)
  local fields = {
    reason = 'rolled_back', owner = owner, fence = int(math.max(tonumber(fence), tonumber(c.fence) or 0)), last = '',
    attempts = int((tonumber(c.attempts) or 0) + 1), granted_at = at, rang_before = c.rang_at, rang_at = at,
    -- one that had ended keeps none, and a person may order it dialled again
    rank = c.rank ~= '' and c.rank or int(NORMAL + tonumber(c.created_at)),
  }
  move(id, c, 'UNKNOWN', fields, by, 'its grant was forgotten by Redis')
  count_ring(id, c)
  unlead(id, c)
  unknown[#unknown + 1] = id
end

for _, line in ipairs(lines(ARGV[4])) do
  local id, owner, fence, at = string.match(line, '^(%S+) (%S+) (%d+) (%d+)$')
  local c = load(id)
  named = named + 1
  if not c then
    missing = missing + 1
  elseif not RANG[c.state] then
    rang_once_more(id, c, owner, fence, at)
  end
end
local forgotten = math.max(own - known_own, total - known_total)
call('HINCRBY', P .. 'rolled_back', 'forgotten', int(math.max(0, total - known_total)))
call('HINCRBY', P .. 'rolled_back', 'named', int(named))
call('HSET', P .. 'rolled_back', 'at', int(NOW))
call('HSET', P .. 'grants', worker, int(math.max(own, known_own)), 'total', int(math.max(total, known_total)))
local reason = 'Redis is older than the dials that were made: ' .. int(forgotten) .. ' forgotten'
raise_alert('ledger_rolled_back', '', reason)
if not stop_in_force('rollback') then
  local told = cjson.encode({ by = by, reason = reason })
  call('HSET', P .. 'stops', 'rollback', table.concat({ '0', int(NOW), told }, ' '))
  log_stop('stop', 'rollback', '0', told)
end
return { int(known_own), int(known_total), unknown, missing }
