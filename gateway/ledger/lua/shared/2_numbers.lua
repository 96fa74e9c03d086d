-- What the call API says of the numbers calls are made from. The hash `numbers` has, by name, only those it refused:
--   {refusals in a row} {rests until, 0 for not} {since} {until when one call may try it, 0 for none} {what was said}
-- A number rests after some refusals in a row, each rest twice as long as the one before. Then one call at a time
-- tries it: a definite refusal rings nobody. A call that is placed on it clears it.
local REFUSALS_TO_REST = 3
local FIRST_REST_MS, LONGEST_REST_MS = 60000, 3600000

-- Refusals in a row, until when it is left alone (0: not), and the first refusal's time.
local function health_of(value)
  local refused, till, since, trial = string.match(value or '', '^(%d+) (%d+) (%d+) (%d+) ')
  if not refused then
    return 0, 0, int(NOW)
  end
  return tonumber(refused), math.max(tonumber(till), tonumber(trial)), since
end

local function number_of(id, c)
  return c.number ~= '' and c.number or (planned(c))
end

local function write_health(name, refused, till, since, trial, said)
  call('HSET', P .. 'numbers', name, table.concat({ int(refused), int(till), since, int(trial), said }, ' '))
end

-- One refusal more; when a call that has no other number may try it again. While it rests, answers to what was asked
-- before do not count.
local function refuse_number(name, said)
  local before = call('HGET', P .. 'numbers', name) or ''
  local resting = tonumber(string.match(before, '^%d+ (%d+) ') or '0')
  if resting > NOW then
    return resting
  end
  local refused, _, since = health_of(before)
  local rest = math.min(FIRST_REST_MS * 2 ^ math.min(refused, 16), LONGEST_REST_MS)
  local rests = refused + 1 >= REFUSALS_TO_REST
  write_health(name, refused + 1, rests and NOW + rest or 0, since, 0, said)
  call('ZADD', P .. 'gates', 'XX', int(NOW + rest), 'N:' .. name)
  if rests then
    local times = 'number ' .. name .. ' was refused ' .. int(refused + 1) .. ' times in a row: '
    raise_alert('number_ailing', name, times .. said)
  end
  return NOW + rest
end

-- A number whose rest is over is tried by this call alone, until its outcome or its deadline.
local function try_number(name, value, deadline)
  local refused, _, since = health_of(value)
  if refused >= REFUSALS_TO_REST then
    write_health(name, refused, 0, since, tonumber(deadline), string.match(value, '^%d+ %d+ %d+ %d+ (.*)$'))
  end
end

-- The call API took a call from it: whoever waits for it may go on.
local function clear_number(id, c)
  if call('EXISTS', P .. 'numbers') == 1 then
    local name = number_of(id, c)
    if call('HDEL', P .. 'numbers', name) == 1 then
      call('ZADD', P .. 'gates', 'XX', int(NOW), 'N:' .. name)
      drop_alert('number_ailing:' .. name, 'number_ailing')
    end
  end
end
