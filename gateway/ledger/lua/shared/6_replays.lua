-- Replays in bulk:
--   replay:{id}             the order: state, who, told (JSON), total, created_at, updated_at, next_at (pace); of its
--                           preview: looked (at how many events), cursor, preview (counts, JSON), phones
--   replay:{id}:seen        what would become of each call, or event without one: JSON, in the order of the events
--   replay:{id}:people      whom it would ring, as digests: for their number
--   replay:{id}:todo        its events still to be decided; the score is from when a step may be taken (a lease moves it)
--   replay:{id}:steps       event → what came of it, then the answer of replay.lua, a line each
--   replay:{id}:outcomes    how many steps ended how
--   replays:all, replays:open   every order, and those APPROVED or RUNNING, by the time of their order
local REPLAYS = { APPROVED = true, RUNNING = true }

local function replay_key(id)
  return P .. 'replay:' .. id
end

local function move_replay(id, state)
  write(replay_key(id), { state = state, updated_at = int(NOW) })
  if not REPLAYS[state] then
    call('ZREM', P .. 'replays:open', id)
  end
end

-- Whether a step of this order may still be written.
local function replay_runs(id)
  return REPLAYS[call('HGET', replay_key(id), 'state') or ''] or false
end

-- Ends a step, once; the last one ends the order.
local function end_step(id, event, outcome, answer)
  if call('HSETNX', replay_key(id) .. ':steps', event, outcome .. '\n' .. answer) == 0 then
    return false
  end
  call('HINCRBY', replay_key(id) .. ':outcomes', outcome, 1)
  call('ZREM', replay_key(id) .. ':todo', event)
  if call('EXISTS', replay_key(id) .. ':todo') == 0 then
    move_replay(id, 'DONE')
  end
  return true
end
