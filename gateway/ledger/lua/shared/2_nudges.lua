-- Telling the workers that listen that calls are due, on the channel `due`. A hint, which may be lost: nothing is
-- written, so no fsync is for it, and it is sent after that of the write it comes with, as every answer is.
local NUDGED_UP_TO = 32 -- calls due: with more of them workers have enough to do, and are told by wake-ups alone

-- How many heard.
local function nudge()
  if call('ZCARD', P .. 'calls:due') > NUDGED_UP_TO then
    return 0
  end
  local heard = redis.pcall('PUBLISH', P .. 'due', '') -- by an ACL without the channel: nobody, and no error
  return type(heard) == 'number' and heard or 0
end
