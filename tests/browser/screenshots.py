"""Pictures of every page: `make screenshots` writes docs/images/console-*.png, light, dark and as on a phone."""

import sys
import tempfile
from pathlib import Path

from acceptance.stack import ROOT, running
from browser.browsing import CONSOLE_KEY, Site, browser
from browser.conftest import CONFIG
from playwright.sync_api import Page

from gateway.console_key import KEY_FILE, digest_of
from gateway.embedded import EmbeddedValkey

PAGES = {"now": "/console", "stop": "/console/stop", "audit": "/console/audit"}
LOOKS = {
    "light": {"color_scheme": "light", "viewport": {"width": 1280, "height": 800}},
    "dark": {"color_scheme": "dark", "viewport": {"width": 1280, "height": 800}},
    "phone": {"color_scheme": "light", "viewport": {"width": 390, "height": 844}, "device_scale_factor": 2},
}


def take(site: Site, folder: Path) -> None:
    """Leads of every kind, then each page in each look."""
    play(site)
    for look, options in LOOKS.items():
        with site.signed_in(**options) as page:
            for name, path in PAGES.items():
                page.goto(path, wait_until="load")
                settled(page)
                page.screenshot(path=folder / f"console-{name}-{look}.png")


def settled(page: Page) -> None:
    """Nothing still fades in."""
    page.evaluate("Promise.allSettled(document.getAnimations().map(one => one.finished))")


def play(site: Site) -> None:
    """A morning at a small company."""
    for number in range(6):
        site.lead(phone=f"+1415555{100 + number:04d}")
    site.lead(phone="+14155550110", interest="newsletter")
    site.lead(phone="12")
    for number in range(3):
        site.lead("evening", phone=f"+1212555{120 + number:04d}")


def main(folder: Path) -> None:
    """Start everything, take the pictures, stop everything."""
    with tempfile.TemporaryDirectory(prefix="dgs") as name:
        scratch = Path(name)
        (scratch / "data").mkdir()
        (scratch / "data" / KEY_FILE).write_text(digest_of(CONSOLE_KEY), encoding="ascii")
        with EmbeddedValkey(scratch / "valkey") as valkey, running(scratch, valkey, CONFIG, workers=1) as stack:
            with browser() as chromium:
                take(Site(stack=stack, browser=chromium), folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "images")
