"""One receiver for all tests of a folder: import both fixtures into its conftest. Each test has an empty ledger."""

from collections.abc import Iterator

import pytest
from receiver import Receiver, running, settings_for

from gateway.embedded import EmbeddedValkey


@pytest.fixture(scope="session")
def shared_receiver(valkey_server: EmbeddedValkey) -> Iterator[Receiver]:
    """The receiver, started once."""
    with running(settings_for(valkey_server.url)) as receiver:
        yield receiver


@pytest.fixture
def site(shared_receiver: Receiver, valkey_url: str) -> Receiver:
    """The receiver on an empty ledger."""
    shared_receiver.front.lockout.forget()
    return shared_receiver
