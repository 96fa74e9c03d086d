"""A floor per test: fresh ledger, fresh sandbox, and no process left behind."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from floor import Floor, build_floor, sandbox_on_a_thread

from gateway.ledger import Ledger


@pytest.fixture(scope="session")
def shared_sandbox() -> Iterator[str]:
    """One sandbox for the run."""
    with sandbox_on_a_thread() as url:
        yield url


@pytest.fixture
def floor(ledger: Ledger, valkey_url: str, shared_sandbox: str, tmp_path: Path) -> Iterator[Floor]:
    """An empty floor; processes that a test leaves are killed."""
    built = build_floor(ledger, valkey_url, shared_sandbox, tmp_path)
    built.faults()
    built.forget_rings()
    yield built
    for process in built.processes:
        process.kill()
        process.communicate()
