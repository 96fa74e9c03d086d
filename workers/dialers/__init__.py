"""HTTP to call APIs, one module each, found by name."""
