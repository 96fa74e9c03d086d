"""The stack and the browser: one of each for a module, gone before the next, as Playwright's loop must be."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from acceptance.stack import running
from browser.browsing import CONSOLE_KEY, Site, browser

from gateway.console_key import KEY_FILE, digest_of
from gateway.embedded import EmbeddedValkey

CONFIG = Path(__file__).parent / "console.yaml"


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """Everything running on an empty ledger of its own."""
    folder = Path(tempfile.mkdtemp(prefix="dgb"))
    (folder / "data").mkdir()
    (folder / "data" / KEY_FILE).write_text(digest_of(CONSOLE_KEY), encoding="ascii")
    try:
        with EmbeddedValkey(folder / "valkey") as valkey, running(folder, valkey, CONFIG, workers=1) as stack:
            with browser() as chromium:
                yield Site(stack=stack, browser=chromium)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
