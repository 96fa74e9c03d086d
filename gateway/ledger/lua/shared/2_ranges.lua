-- New numbers by range (+1876: country code and three digits), of one source or of all: the hash `ranges:{source}`,
-- `ranges:` for all, has for each range, and under `all` for their sum, seven numbers:
--   the latest day, calls before that day, calls on it, the busiest hour before that day and on it, the latest hour,
--   new numbers in it
-- A range is usual when it made a tenth of the calls before today. What is held counts for the hour only, so that a
-- flood does not become usual. Before its second day nothing is known of a source, and nothing of it is unusual.
local in_unusual_range -- all that others use: a script may have 200 local names
do
  local RANGES_KEPT, RANGE_FACTOR, USUAL_SHARE = 500, 5, 10
  local HOUR_MS, RANGE_DAY_MS, RANGES_FORGOTTEN_MS = 3600000, 86400000, 90 * 86400000

  local function range_in(text)
    local v = {}
    for number in string.gmatch(text or '0 0 0 0 0 0 0', '%d+') do
      v[#v + 1] = tonumber(number)
    end
    local r = { day = v[1], before = v[2], today = v[3], peak = v[4], peak_today = v[5], hour = v[6], n = v[7] }
    local day, hour = math.floor(NOW / RANGE_DAY_MS), math.floor(NOW / HOUR_MS)
    if day > r.day then
      r.day, r.before, r.today = day, r.before + r.today, 0
      r.peak, r.peak_today = math.max(math.floor(r.peak * 0.9), r.peak_today), 0
    end
    if hour > r.hour then
      r.hour, r.n = hour, 0
    end
    return r
  end

  local function range_text(r)
    local v = { r.day, r.before, r.today, r.peak, r.peak_today, r.hour, r.n }
    for i, number in ipairs(v) do
      v[i] = int(number)
    end
    return table.concat(v, ' ')
  end

  -- Counts a new number; how many of its range came this hour when that is suspicious, else nil.
  local function unusual(source, range, limit)
    local key = P .. 'ranges:' .. source
    local stored = call('HMGET', key, range, 'all')
    local r, all = range_in(stored[1]), range_in(stored[2])
    if not stored[1] and call('HLEN', key) > RANGES_KEPT then
      local other = call('HRANDFIELD', key)
      if other ~= 'all' then
        call('HDEL', key, other)
      end
    end
    r.n = r.n + 1
    local usual = all.before == 0 or (r.before > 0 and r.before * USUAL_SHARE >= all.before)
    local suspicious = not usual and r.n > math.max(limit, RANGE_FACTOR * r.peak)
    if not suspicious then
      r.today, all.today = r.today + 1, all.today + 1
      r.peak_today = math.max(r.peak_today, r.n)
    end
    call('HSET', key, range, range_text(r), 'all', range_text(all))
    tidy_after(key, NOW + RANGES_FORGOTTEN_MS)
    return suspicious and r.n or nil
  end

  -- True when a new number of this plan is to be held. Known numbers are not looked at.
  function in_unusual_range(plan, terms)
    if plan.range == '' or call('EXISTS', P .. 'calls:contact:' .. plan.contacts) == 1 then
      return false
    end
    local found = false
    for _, source in ipairs({ plan.source, '' }) do
      local count = unusual(source, plan.range, terms.limit)
      if count then
        found = true
        local where = source == '' and 'all sources' or 'source ' .. source
        raise_alert('unusual_range', where .. ' ' .. plan.range, int(count)
          .. ' new numbers of the range ' .. plan.range .. ' came from ' .. where .. ' within an hour, which is not usual there'
          .. (terms.hold and '; more of them are held for a person' or ''))
      end
    end
    return found and terms.hold
  end
end
