"""Rule tests: sample deliveries with the calls they are to make, kept beside the rules and run before they go live."""
