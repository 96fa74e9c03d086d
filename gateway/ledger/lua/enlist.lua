-- Added to the do-not-call list. ARGV: prefix, now, subjects (JSON of {key, kind, value}), by, note, source.
-- Answers for each 1 when it was new, 0 when it was listed before.
local answers = {}
for i, subject in ipairs(cjson.decode(ARGV[3])) do
  answers[i] = enlist(subject, ARGV[4], ARGV[5], ARGV[6]) and 1 or 0
end
return answers
