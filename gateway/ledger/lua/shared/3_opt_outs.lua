-- Listing somebody, and ending the calls that wait for them in the same write.
-- What is not found here, because it is being claimed or dialled, the grant finds: it looks at the list itself.
local SUBJECT_CALLS = 200
local SUBJECT_KEPT_MS = 30 * 86400000
local ENDED_BY_LISTING = { READY = true, HELD = true }

local function remember_subjects(id, c, subjects)
  for _, key in ipairs(words(subjects)) do
    local calls = subject_calls(key)
    call('ZADD', calls, c.created_at, id)
    call('ZREMRANGEBYRANK', calls, 0, -SUBJECT_CALLS - 1)
    tidy_after(calls, math.max(NOW, tonumber(c.expires_at)) + SUBJECT_KEPT_MS)
  end
end

-- Twice: a call that ends lets one that joined it take its place, which may have come in before.
local function skip_waiting(subject, by)
  local calls = subject_calls(subject.key)
  for _ = 1, 2 do
    for _, id in ipairs(call('ZRANGE', calls, 0, -1)) do
      local c = load(id)
      if not c then
        call('ZREM', calls, id)
      elseif ENDED_BY_LISTING[c.state] then
        end_quietly(id, c, 'SKIPPED', { reason = 'do_not_call' }, by, 'listed by ' .. subject.kind, '')
      end
    end
  end
end

-- A list of its own, of JSON: it outlives the entry.
local function log_listing(action, subject, by, detail, source)
  local key, line = LIST .. ':' .. subject.key .. ':log', { '{"t":', int(NOW), ',"s":"', action, '"' }
  for _, told in ipairs({ { 'b', by }, { 'd', detail } }) do
    if told[2] ~= '' then
      line[#line + 1] = ',"' .. told[1] .. '":' .. cjson.encode(told[2])
    end
  end
  line[#line + 1] = ',"f":{"source":' .. cjson.encode(source) .. '}}'
  if call('RPUSH', key, table.concat(line)) > LOG_MAX then
    call('LSET', key, LOG_HEAD, '')
    call('LREM', key, 1, '')
  end
end

-- Whether it was new. One that is listed stays as it was first listed.
local function enlist(subject, by, note, source)
  if call('HEXISTS', LIST, subject.key) == 1 then
    return false
  end
  call('HSET', LIST, subject.key, cjson.encode({
    kind = subject.kind, value = subject.value, at = int(NOW), by = by, note = note, source = source,
  }))
  call('ZADD', LIST .. ':all', int(NOW), subject.key)
  log_listing('LISTED', subject, by, note, source)
  skip_waiting(subject, by)
  return true
end

-- A decision's opt-outs, listed in the write that stores the decision.
local function enlist_opt_outs(decision, event_id, source)
  for _, subject in ipairs(decision.opt_outs) do
    enlist(subject, source, event_id, source)
  end
end
