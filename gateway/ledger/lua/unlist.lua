-- Removed from the do-not-call list; its history stays. ARGV as in enlist. Answers 1 for each that was listed.
local answers = {}
for i, subject in ipairs(cjson.decode(ARGV[3])) do
  answers[i] = call('HDEL', LIST, subject.key)
  call('ZREM', LIST .. ':all', subject.key)
  if answers[i] == 1 then
    log_listing('REMOVED', subject, ARGV[4], ARGV[5], ARGV[6])
  end
end
return answers
