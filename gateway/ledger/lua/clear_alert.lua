-- It is over. ARGV: prefix, now, kind, subject. Answers DONE, or REPEATED when there was none.
return drop_alert(ARGV[3] .. ':' .. ARGV[4], ARGV[3]) and 'DONE' or 'REPEATED'
