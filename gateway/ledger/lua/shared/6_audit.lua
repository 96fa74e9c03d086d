-- For the audit: walking a list in steps that neither repeat nor skip, whatever is added meanwhile.

-- Up to `n` {id, score} after (score, id), in the list's order; none above `highest`. The place itself, not its
-- text, is looked for: Lua compares text by locale, Redis by bytes.
local function walk(key, score, after, highest, n)
  local places, offset = {}, 0
  local passed = after == '' or call('ZSCORE', key, after) ~= score
  while #places < n do
    local rows = call('ZRANGEBYSCORE', key, score, highest, 'WITHSCORES', 'LIMIT', offset, n)
    for i = 1, #rows, 2 do
      if passed and #places < n then
        places[#places + 1] = { rows[i], rows[i + 1] }
      end
      passed = passed or rows[i] == after
    end
    if #rows < 2 * n then
      break
    end
    offset = offset + n
  end
  return places
end

-- Where the next step goes on; an empty id when there is none.
local function next_place(places, n)
  if #places < n then
    return { '', '' }
  end
  return { places[#places][2], places[#places][1] }
end

local function flat_counts(counts)
  local flat = {}
  for name, count in pairs(counts) do
    flat[#flat + 1] = name
    flat[#flat + 1] = count
  end
  return flat
end

local broken_promises = {}
local function check(holds, promise, id, detail)
  if not holds then
    for _, part in ipairs({ promise, id, detail }) do
      broken_promises[#broken_promises + 1] = part
    end
  end
end

local function step_answer(places, n, counts)
  local after = next_place(places, n)
  return { after[1], after[2], flat_counts(counts), broken_promises }
end
