-- Something a person must look at, new or once more. ARGV: prefix, now, kind, subject, detail. Answers 1 when new.
return raise_alert(ARGV[3], ARGV[4], ARGV[5]) and 1 or 0
