"""Real Chromium in front of the real product: one stack and one browser for a module of tests."""

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import plain_http
from acceptance.stack import Stack, running
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright

from gateway.console_key import KEY_FILE, digest_of
from gateway.embedded import EmbeddedValkey

CONFIG = Path(__file__).parent / "console.yaml"
CONSOLE_KEY = "dgc_test-key-of-the-console"
PASSWORD = "correct horse battery"
HOME = "/console"
PATIENCE_MS = 30_000
LEAD = {"interest": "demo", "phone": "+14155550123"}


@dataclass(frozen=True, kw_only=True)
class Site:
    """A running Dialgate and a browser that looks at it."""

    stack: Stack
    browser: Browser

    def fresh(self, **options: Any) -> BrowserContext:
        """A browser profile of its own: no cookies yet."""
        context = self.browser.new_context(base_url=self.stack.url, **options)
        context.set_default_timeout(PATIENCE_MS)
        return context

    @contextmanager
    def signed_in(self, name: str = "", secret: str = CONSOLE_KEY, **options: Any) -> Iterator[Page]:
        """A page of somebody who has just signed in."""
        context = self.fresh(**options)
        page = context.new_page()
        sign_in(page, name, secret)
        page.wait_for_url(f"**{HOME}")
        try:
            yield page
        finally:
            context.close()

    def lead(self, source: str = "signup", **payload: Any) -> None:
        """A webhook with a fresh id, accepted."""
        body = LEAD | {"id": f"lead-{time.monotonic_ns()}"} | payload
        headers = {"Authorization": "Bearer browser-secret-0001"}
        plain_http.post(f"{self.stack.url}/hooks/{source}", json=body, headers=headers, timeout=30).raise_for_status()


def sign_in(page: Page, name: str, secret: str) -> None:
    """Fill in the form and send it."""
    page.goto(f"{HOME}/sign-in")
    page.fill("#name", name)
    page.fill("#password", secret)
    page.click("button.primary")


def row_of(page: Page, last_digits: str) -> Locator:
    """The line of the feed of whom the number ends so."""
    return page.locator("#leads tbody tr").filter(has_text=f"•{last_digits}")


def ordered(page: Page, path: str, /, *, origin: str | None = None, **form: str) -> int:
    """What the server answers to a form sent past the page, with this session's token unless another is given."""
    form = {"csrf": page.locator("input[name=csrf]").first.input_value()} | form
    here = "/".join(page.url.split("/")[:3])
    headers = {"Origin": here if origin is None else origin} if origin != "" else {}
    return page.context.request.post(HOME + path, form=form, headers=headers, max_redirects=0).status


def chromium() -> Path | None:
    """The system's Chromium; None: Playwright's own."""
    found = next(
        (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
    )
    return Path(found) if found is not None else None


@contextmanager
def browser() -> Iterator[Browser]:
    """Chromium without a window. It ends with the block: Playwright's loop must not outlive it."""
    expect.set_options(timeout=PATIENCE_MS)  # its own default is too short for a machine with much else to do
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        yield launched
        launched.close()


@contextmanager
def opened(config: Path = CONFIG) -> Iterator[Site]:
    """Everything running on an empty ledger of its own, with a console whose key is known, and a browser."""
    with tempfile.TemporaryDirectory(prefix="dgb", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        (folder / "data").mkdir()
        (folder / "data" / KEY_FILE).write_text(digest_of(CONSOLE_KEY), encoding="ascii")
        with (
            EmbeddedValkey(folder / "valkey") as valkey,
            running(folder, valkey, config, workers=1) as stack,
            browser() as chromium,
        ):
            yield Site(stack=stack, browser=chromium)
