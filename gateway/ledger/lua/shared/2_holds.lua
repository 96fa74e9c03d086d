-- What a worker shows of the call it has: id, owner and fence. Handed out without a claim (claim.lua), a call stays READY
-- and due, and others may look at it too: then the fence is shown as `{fence} {until}`, and the first write about the
-- call takes it up, with the line of a claim in its history. Of several who looked, one write comes first.

-- The fence, and until when the call may be taken up under it; nil where it was claimed.
local function shown(word)
  local fence, till = string.match(word, '^(%d+) ?(%d*)$')
  assert(fence, 'fence')
  return fence, tonumber(till)
end

-- Whether it is as it was handed out: due, and since then nobody has had it.
local function may_take_up(id, c, fence, till)
  return till and c and c.state == 'READY' and tonumber(fence) == (tonumber(c.fence) or 0) + 1 and NOW < till
    and call('ZSCORE', P .. 'calls:due', id)
end

-- nil when the caller may go on and move the call, which it holds or has just taken up, and not written so yet. Else the
-- transition's answer.
local function not_held(id, c, owner, fence, till, op)
  if c and c.last ~= op and may_take_up(id, c, fence, till) then
    c.log = told(c, 'CLAIMED', '', owner)
    c.owner, c.fence, c.lease, c.taken_up = owner, fence, int(till), true
    return nil
  end
  return refusal(c, 'CLAIMED', owner, fence, op)
end
