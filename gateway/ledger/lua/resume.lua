-- What was stopped may ring again; its calls that wait are due at once. REPEATED when nothing was stopped.
-- ARGV: prefix, now, what, by and reason (JSON).
local what, gate = ARGV[3], 'S:' .. ARGV[3]
if call('HDEL', P .. 'stops', what) == 0 then
  return 'REPEATED'
end
log_stop('resume', what, '0', ARGV[4])
if what == 'rollback' then
  drop_alert('ledger_rolled_back:', 'ledger_rolled_back')
end
if call('ZSCORE', P .. 'gates', gate) then
  open_gate(gate)
end
return 'DONE'
