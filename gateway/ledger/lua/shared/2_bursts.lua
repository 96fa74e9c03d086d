-- How many calls of a source came when, and whether that is a burst. `burst:{source}` is JSON of
--   step, n        the latest five minutes with a call, and the calls in these and each of the eleven before
--   days           by day, the most calls that were let pass within an hour; today's counts from tomorrow on
--   on, bound      since when new calls are held (0: they are not), and the bound they broke
--   held, free     calls held since then; until when a person lets everything pass
local burst_of, keep_burst, in_burst -- all that others use: a script may have 200 local names
do
  local STEP_MS, STEPS, CALM_STEPS = 300000, 12, 3
  local DAY_MS, DAYS_KEPT = 86400000, 7

  function burst_of(source)
    local stored = call('GET', P .. 'burst:' .. source)
    if stored then
      return cjson.decode(stored)
    end
    local n = {}
    for i = 1, STEPS do
      n[i] = 0
    end
    return { step = 0, n = n, days = {}, on = 0, bound = 0, held = 0, free = 0 }
  end

  function keep_burst(source, b)
    put_until(P .. 'burst:' .. source, cjson.encode(b), math.max(NOW, b.free) + DAYS_KEPT * DAY_MS)
  end

  local function calls_in(b, steps)
    local sum = 0
    for i = 1, steps do
      sum = sum + b.n[i]
    end
    return sum
  end

  -- An earlier `now` than the latest counts with the latest: clocks of several machines differ a little.
  local function slide(b)
    local step = math.max(math.floor(NOW / STEP_MS), b.step)
    local by = math.min(step - b.step, STEPS)
    for i = by > 0 and STEPS or 0, 1, -1 do
      b.n[i] = i > by and b.n[i - by] or 0
    end
    b.step = step
  end

  -- The busiest hour of the last seven days before today; older days are forgotten.
  local function usual_hour(b)
    local today, most = math.floor(NOW / DAY_MS), 0
    for day, calls in pairs(b.days) do
      if tonumber(day) < today - DAYS_KEPT then
        b.days[day] = nil
      elseif tonumber(day) < today then
        most = math.max(most, calls)
      end
    end
    return most
  end

  -- The rate of the last ten to fifteen minutes is under the bound again. What the burst brought no longer counts.
  local function end_if_calm(b)
    if b.on > 0 and calls_in(b, CALM_STEPS) * STEPS / CALM_STEPS < b.bound then
      b.on, b.held = 0, 0
      for i = CALM_STEPS + 1, STEPS do
        b.n[i] = 0
      end
    end
  end

  local function tell_burst(source, b, usual)
    raise_alert('source_burst', source, 'source ' .. source .. ' made ' .. int(calls_in(b, STEPS)) .. ' new calls '
      .. 'within an hour, ' .. int(usual) .. ' at most in any hour of the last 7 days; ' .. int(b.held)
      .. ' above ' .. int(b.bound) .. ' are held for a person')
  end

  -- Counts a new call; true when it is to be held.
  function in_burst(source, terms)
    local b = burst_of(source)
    slide(b)
    end_if_calm(b)
    local usual, lifted = usual_hour(b), b.free > NOW
    local bound = math.max(terms.minimum, math.floor(terms.factor * usual))
    if b.on == 0 and not lifted and calls_in(b, STEPS) + 1 > bound then
      b.on, b.bound = NOW, bound
    end
    b.n[1] = b.n[1] + 1
    if b.on > 0 then
      b.held = b.held + 1
      tell_burst(source, b, usual)
    else
      local day = int(math.floor(NOW / DAY_MS))
      b.days[day] = math.max(b.days[day] or 0, calls_in(b, STEPS))
    end
    keep_burst(source, b)
    return b.on > 0
  end
end
