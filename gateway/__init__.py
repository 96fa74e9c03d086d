"""Dialgate's receiver: from a webhook to a call in the ledger."""
