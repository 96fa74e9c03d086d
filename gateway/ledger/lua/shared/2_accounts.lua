-- Whether an account may dial, and what the call API's answers say of it. account:{name} holds
--   stopped ('1'), since, reason, probe_at   while it may not
--   doubts   outcomes in a row that were no plain answer
--   trial    '1' after it was resumed from such, until its next plain answer: one request at a time
--   trying   until when the one request of a trial is under way
local LOOK_AGAIN_MS = 1000

local function account_key(name)
  return P .. 'account:' .. name
end

-- When to look again, if it may not dial now; and whether it is on trial.
local function stopped(name)
  local values = call('HMGET', account_key(name), 'stopped', 'probe_at', 'trial', 'trying')
  if values[1] == '1' then
    return math.max(tonumber(values[2]), NOW + LOOK_AGAIN_MS), false
  elseif values[3] == '1' and tonumber(values[4]) > NOW then
    return NOW + LOOK_AGAIN_MS, true
  end
  return nil, values[3] == '1'
end

local function stop_account(name, why, probe_at)
  local key = account_key(name)
  if call('HGET', key, 'stopped') ~= '1' then
    call('HSET', key, 'stopped', '1', 'since', int(NOW))
  end
  call('HSET', key, 'reason', why, 'probe_at', probe_at)
  call('SADD', P .. 'accounts', name)
end

-- What an outcome says of the account: 'plain' that it is well, 'doubt' that it may be ailing, '' nothing. After
-- `most` doubts in a row, or one on trial, it is stopped until a probe works.
local function judge_account(name, says, most, probe_at, why)
  local key = account_key(name)
  if says == '' then
    if call('HGET', key, 'trial') == '1' then -- its one request has ended: another may be tried
      call('HSET', key, 'trying', '0')
    end
    return
  end
  local values = call('HMGET', key, 'stopped', 'doubts', 'trial')
  local doubts = tonumber(values[2] or '0')
  if says == 'plain' then
    if doubts > 0 or values[3] == '1' then
      call('HSET', key, 'doubts', '0', 'trial', '0', 'trying', '0')
      call('ZADD', P .. 'gates', 'XX', int(NOW), 'A:' .. name)
    end
    return
  end
  call('HSET', key, 'doubts', int(doubts + 1), 'trying', '0')
  if values[1] ~= '1' and (values[3] == '1' or doubts + 1 >= tonumber(most)) then
    stop_account(name, int(doubts + 1) .. ' outcomes in a row without a plain answer, the last: ' .. why, probe_at)
  end
end
