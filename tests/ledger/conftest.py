"""What the ledger's tests share."""

import pytest
from ledger.scenes import Scene

from gateway.ledger import Ledger


@pytest.fixture
def scene(ledger: Ledger) -> Scene:
    """A scene on an empty ledger."""
    return Scene(ledger)
