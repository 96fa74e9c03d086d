-- A step through all messages to endpoints. ARGV and answer as in audit_calls.
local n = tonumber(ARGV[6])
local STATES = { 'WAITING', 'DELIVERED', 'FAILED' }
local counts = {}

local function check_notice(id, notice)
  for _, state in ipairs(STATES) do
    local there = call('ZSCORE', P .. 'notices:state:' .. state, id)
    check((state == notice.state) == (there ~= false), 'one state per message', id, notice.state .. ', listed in ' .. state)
  end
  local due = call('ZSCORE', P .. 'notices:to:' .. notice.endpoint, id)
  local waits = notice.state == 'WAITING'
  check(waits == (due ~= false), 'a message waits for its endpoint', id, notice.state)
  check(not due or tonumber(due) == tonumber(notice.next_at), 'a message has its time', id, notice.next_at)
  check(not waits or call('ZSCORE', P .. 'notices:endpoints', notice.endpoint), 'an endpoint with messages is served', id,
    notice.endpoint)
  local lost = tonumber(call('HGET', P .. 'endpoint:' .. notice.endpoint, 'lost') or '0')
  check(notice.state ~= 'FAILED' or lost > 0, 'a message given up is counted', id, notice.endpoint)
  check(call('EXISTS', call_key(notice.call)) == 1, 'a message tells of a call', id, notice.call)
end

local places = walk(P .. 'notices:all', ARGV[3], ARGV[4], ARGV[5], n)
for _, place in ipairs(places) do
  local notice = load_notice(place[1])
  check(notice, 'a listed message exists', place[1], '')
  if notice then
    counts[notice.state] = (counts[notice.state] or 0) + 1
    check_notice(place[1], notice)
  end
end
return step_answer(places, n, counts)
