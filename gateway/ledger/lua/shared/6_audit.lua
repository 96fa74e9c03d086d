-- For the audit: walking a list in steps that neither repeat nor skip, whatever is added meanwhile.

-- Up to `n` places of a list, or of several as if they were one, after (score, id); none above `highest`.
local function walk(keys, score, after, highest, n)
  return merged(type(keys) == 'table' and keys or { keys }, score, after, highest, n)
end

local function walk_all(kind)
  return walk(parts_of(kind, STATES[kind], ''), ARGV[3], ARGV[4], ARGV[5], tonumber(ARGV[6]))
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
