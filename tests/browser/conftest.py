"""The stack and the browser: one of each for a module, gone before the next, as Playwright's loop must be."""

from collections.abc import Iterator

import pytest
from browser.browsing import Site, opened


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """Everything running on an empty ledger of its own."""
    with opened() as ready:
        yield ready
