"""One receiver for all web tests; each test starts from an empty ledger."""

from shared_site import shared_receiver, site

__all__ = ["shared_receiver", "site"]  # fixtures
