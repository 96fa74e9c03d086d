"""From YAML to decisions: rulebook, expressions, matching."""
