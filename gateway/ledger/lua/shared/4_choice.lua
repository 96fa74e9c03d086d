-- Which of a call's numbers it is made from, decided in the very write that lets it out.

local CLOSED_BY = { C = 'concurrency', R = 'pace', N = 'number_ailing', S = 'stopped' } -- reasons, by the kind of a gate
local WORTH_WAITING = { C = true, R = true } -- one that ails or is stopped may stay so for longer

-- The gate that stays closed longest, if any is closed.
local function closed_gate(gates)
  local worst, worst_at
  for _, gate in ipairs(gates) do
    local free, look_at = room(gate)
    if free <= 0 and (not worst or look_at > worst_at) then
      worst, worst_at = gate, look_at
    end
  end
  return worst, worst_at
end

-- Refused for this very call, since each of its numbers was last allowed.
local function was_refused(c, name)
  return string.find(c.refused .. ' ', ' ' .. name .. ' ', 1, true)
end

-- What keeps a number from being used now, and until when; nil when nothing does.
local function obstacle(c, number, value)
  local stopped_till = stop_in_force('number:' .. number.name)
  if stopped_till then
    return 'S:number:' .. number.name, stopped_till
  end
  local _, till = health_of(value)
  if was_refused(c, number.name) then
    return 'N:' .. number.name, math.max(till, NOW + FIRST_REST_MS)
  elseif till > NOW then
    return 'N:' .. number.name, till
  end
  return closed_gate(number.gates)
end

local function untried(c, numbers)
  local n = 0
  for _, number in ipairs(numbers) do
    if not was_refused(c, number.name) then
      n = n + 1
    end
  end
  return n
end

-- The first number that is free, or whose pace is worth the wait (`patience`); else the one that is free soonest.
-- A table: number, value (its health), gate and look_at (if it has to wait), passed (those passed over, and why), others
-- (how many more there are to try).
-- What a person ordered to be dialled again, not knowing whether it rang, keeps its number.
local function choose_number(id, c, numbers, patience)
  if (tonumber(c.ordered) or 0) > 0 and #numbers > 1 then
    local own = number_of(id, c)
    for _, number in ipairs(numbers) do
      numbers = number.name == own and { number } or numbers
    end
  end
  local names = {}
  for i, number in ipairs(numbers) do
    names[i] = number.name
  end
  local values = call('HMGET', P .. 'numbers', unpack(names))
  local soonest, passed = nil, {}
  for i, number in ipairs(numbers) do
    local value = values[i] or ''
    local gate, look_at = obstacle(c, number, value)
    local found = { number = number, value = value, gate = gate, look_at = look_at, passed = passed }
    found.others = untried(c, numbers) - 1
    if not gate or (look_at - NOW <= patience and WORTH_WAITING[string.sub(gate, 1, 1)]) then
      return found
    elseif not soonest or look_at < soonest.look_at then
      soonest = found
    end
    passed[#passed + 1] = number.name .. ' ' .. CLOSED_BY[string.sub(gate, 1, 1)]
  end
  return soonest
end
