"""The dialgate command."""
