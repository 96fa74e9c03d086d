-- A step through all calls, each record checked with its indexes at one instant.
-- ARGV: prefix, now, score, id (where the last step ended), highest score, how many, and the instant before which
-- what a record points to may have gone first, its retention over.
-- Answers {next score, next id, {state, count, ...}, {promise, id, detail, ...}, {what calls have taken places of, ...}}.
local n, tolerated = tonumber(ARGV[6]), tonumber(ARGV[7])
local UNEXPLAINED = { READY = true, CLAIMED = true, DIALING = true }
local JOINED_LOOKED_AT = 100
local QUIET_ENDS = { SKIPPED = true, EXPIRED = true, CANCELLED = true, REJECTED = true, JOINED = true }
local NOTICES_KEPT_MS = 6 * 86400000 -- a delivered one is forgotten after seven days
local counts, taken_of = {}, {}

local function at(list, id)
  return call('ZSCORE', P .. list, id)
end

local function same(score, text)
  return score and tonumber(score) == tonumber(text)
end

local function check_state(id, c)
  for _, state in ipairs(STATES.calls) do
    local there = call('ZSCORE', part('calls', state, c.source), id)
    check((state == c.state) == (there ~= false), 'one state per call', id, c.state .. ', listed in ' .. state)
  end
  check(UNEXPLAINED[c.state] or c.reason ~= '', 'every ending has a reason', id, c.state)
  check(not ENDED[c.state] == (c.finished_at == ''), 'an ended call has its time', id, c.state)
end

-- Nothing waits without a next time, a lease or a person.
local function check_waiting(id, c)
  local due, waiting = at('calls:due', id), at('calls:waiting', id)
  local behind = c.gate ~= '' and at('gate:' .. c.gate, id) and at('gates', c.gate)
  local places = (due and 1 or 0) + (waiting and 1 or 0) + (behind and 1 or 0)
  check(places == (c.state == 'READY' and 1 or 0), 'waits in one place', id, c.state .. ' ' .. places)
  check(not waiting or same(waiting, c.not_before), 'waits until its time', id, c.not_before)
  local waits_long = c.state == 'READY' or c.state == 'HELD'
  check(waits_long == (at('calls:expiry', id) ~= false), 'what waits expires', id, c.state)
  check(not waits_long or same(at('calls:expiry', id), c.expires_at), 'expires at its time', id, c.expires_at)
  local leased = c.state == 'CLAIMED' or c.state == 'DIALING'
  check(leased == (at('calls:leases', id) ~= false), 'what is under way has a lease', id, c.state)
  check(not leased or same(at('calls:leases', id), c.lease), 'a lease is as recorded', id, c.lease)
end

local function check_rings(id, c)
  local may_have_rung = (tonumber(c.attempts) or 0) - (tonumber(c.harmless) or 0)
  local may_still_ring = c.state == 'READY' or c.state == 'HELD' or c.state == 'CLAIMED'
  local allowed = (may_still_ring and 0 or 1) + (tonumber(c.ordered) or 0)
  check(may_have_rung <= allowed, 'one ring per call', id, may_have_rung .. ' of ' .. allowed)
  if c.state == 'JOINED' and tonumber(c.created_at) >= tolerated then
    check(c.leader ~= '' and call('EXISTS', call_key(c.leader)) == 1, 'a joined call has a leader', id, c.leader)
    check(c.leader ~= '' and at('call:' .. c.leader .. ':joined', id), 'a leader knows who joined', id, c.leader)
  end
end

local function check_lists(id, c)
  check(is_listed('calls', id, c.state, c.source, c.created_at), 'listed by source', id, c.source)
  for _, contact in ipairs(words(c.contacts)) do
    check(at('calls:contact:' .. contact, id), 'listed by contact', id, contact)
  end
  local listed = call('HGET', event_key(c.event), 'calls') or ''
  check(string.find(' ' .. listed .. ' ', ' ' .. id .. ' ', 1, true), 'an event knows its calls', id, c.event)
end

-- Whoever calls next about the same person must find this ring: cooldown and caps are counted from it.
local function check_people(id, c)
  local counts_as_rung = c.state == 'DIALING' or c.state == 'PLACED' or c.state == 'UNKNOWN'
  if counts_as_rung and c.rang_at ~= '' and tonumber(c.rang_at) > NOW - PERSON_KEPT_MS then
    for _, key in ipairs(words(c.people)) do
      local rung = at('person:' .. key .. ':rung', id .. ':' .. c.fence)
      check(same(rung, c.rang_at), 'a ring counts for its person', id, c.rang_at)
    end
  end
  for _, key in ipairs(words(c.people)) do
    local leads = call('GET', P .. 'person:' .. key) == id
    check(not leads or WAITS[c.state], 'a person waits for a call that may ring', id, c.state)
  end
  if c.state == 'JOINED' then
    local values = call('HMGET', call_key(c.leader), 'state', 'rang_at')
    local quiet = QUIET_ENDS[values[1] or ''] and (values[2] or '') == ''
    check(not quiet, 'who joined is rung with its leader, or takes its place', id, c.leader)
  end
  for _, other in ipairs(call('ZRANGE', call_key(id) .. ':joined', 0, JOINED_LOOKED_AT - 1)) do
    local values = call('HMGET', call_key(other), 'state', 'leader')
    check(values[1] == 'JOINED' and values[2] == id, 'who joined knows its leader', id, other)
  end
end

-- Places of concurrency: one in flight has its own until its deadline, one that has ended none but for its talk, which
-- may last when a person has ordered it again.
local function check_places(id, c)
  for _, slot in ipairs(lines(c.slots)) do
    local key, span = string.match(slot, '^C:%d+:(%S+) ?(%d*)$')
    if key then
      taken_of[key] = true
      local till = at('inflight:' .. key, id .. ':' .. c.fence)
      check(c.state ~= 'DIALING' or tonumber(c.lease) <= NOW or till, 'a request in flight has its place', id, key)
      local held = till and tonumber(till) > NOW
      local talks = span ~= '' and (c.state == 'PLACED' or c.ordered_at ~= '')
      check(not held or c.state == 'DIALING' or talks,
        'a place is held by who is on the line', id, key)
    end
  end
end

local function has_notice(id, c, endpoint)
  for _, notice in ipairs(call('LRANGE', call_key(id) .. ':notices', 0, -1)) do
    local values = call('HMGET', P .. 'notice:' .. notice, 'endpoint', 'told')
    if values[1] == endpoint and values[2] == c.state then
      return true
    end
  end
  return false
end

local function last_moved(c)
  return tonumber(c.finished_at) or tonumber(c.updated_at) or tonumber(c.created_at)
end

-- Notices are forgotten after days: only what ended lately is looked at.
local function check_told(id, c)
  if c.notify == '' or not TOLD[c.state]
    or last_moved(c) < NOW - NOTICES_KEPT_MS then
    return
  end
  for _, line in ipairs(lines(c.notify)) do
    local endpoint, wanted = string.match(line, '^(%S+)(.*)$')
    if string.find(wanted .. ' ', ' ' .. c.state .. ' ', 1, true) then
      check(has_notice(id, c, endpoint), 'an outcome is told', id, endpoint .. ' of ' .. c.state)
    end
  end
end

local places = walk_all('calls')
for _, place in ipairs(places) do
  local id = place[1]
  local c = load(id)
  check(c, 'a listed call exists', id, '')
  if c then
    counts[c.state] = (counts[c.state] or 0) + 1
    check_state(id, c)
    check_waiting(id, c)
    check_rings(id, c)
    check_lists(id, c)
    check_people(id, c)
    check_places(id, c)
    check_told(id, c)
  end
end

local keys = {}
for key in pairs(taken_of) do
  keys[#keys + 1] = key
end
local answer = step_answer(places, n, counts)
answer[5] = keys
return answer
