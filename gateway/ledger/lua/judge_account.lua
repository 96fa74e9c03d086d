-- What an answer that belongs to no attempt says of an account. ARGV: prefix, now, account, 'plain' or 'doubt',
-- doubts in a row that stop it, time of the next probe, why.
if ARGV[4] ~= '' then -- no attempt has ended: a trial may be under way
  judge_account(ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7])
end
return 'DONE'
