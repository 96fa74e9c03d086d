"""Fixtures every test shares: one real Valkey per run, emptied for each test that uses it."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from log_scan import pytest_configure, pytest_runtest_makereport
from quick_folder import use_memory
from redis import Redis

from gateway.embedded import EmbeddedValkey
from gateway.ledger import Ledger
from gateway.ledger.connection import Connection

__all__ = ["pytest_configure", "pytest_runtest_makereport"]  # pytest calls them: each test's log lines are read
SLOW = ("acceptance", "simulation", "faults", "cli", "browser", "bench")  # folders, slowest first

# How slow an example is says how busy the machine is. HYPOTHESIS_PROFILE=thorough searches longer, for hours of quiet.
SLOW_IS_FINE = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("usual", SLOW_IS_FINE)
settings.register_profile("thorough", SLOW_IS_FINE, max_examples=2000)


def pytest_sessionstart() -> None:
    """Before anything is written, and before xdist starts its workers."""
    use_memory()
    settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "usual"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whole products first, with their long waits: what is quick then fills the workers until all end together."""
    tests = Path(__file__).parent
    turns = {tests / folder: turn for turn, folder in enumerate(SLOW)}
    items.sort(key=lambda item: turns.get(item.path.parent, len(SLOW)))


@pytest.fixture
def anyio_backend() -> str:
    """Async tests run on asyncio, as the product does."""
    return "asyncio"


@pytest.fixture(scope="session")
def valkey_server() -> Iterator[EmbeddedValkey]:
    """A real Valkey (AOF, fsync always) on a Unix socket; its folder is short because socket paths must be."""
    folder = Path(tempfile.mkdtemp(prefix="dg"))
    with EmbeddedValkey(folder) as server:
        yield server
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def valkey_url(valkey_server: EmbeddedValkey) -> str:
    """The address of an empty Valkey."""
    client = Redis.from_url(valkey_server.url)
    client.flushall()
    client.close()
    return valkey_server.url


@pytest.fixture
async def ledger(valkey_url: str) -> AsyncIterator[Ledger]:
    """A ledger on an empty Valkey."""
    connection = Connection.open(valkey_url)
    yield Ledger.on(connection)
    await connection.close()
    await asyncio.sleep(0)
