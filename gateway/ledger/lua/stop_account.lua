-- No grant for an account until it is resumed. ARGV: prefix, now, account, reason, probe_at.
stop_account(ARGV[3], ARGV[4], ARGV[5])
return 'DONE'
