"""What senders ask before they send: challenges, probes and test addresses, answered without storing anything."""
