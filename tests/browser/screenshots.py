"""Pictures of every page: `make screenshots` writes docs/images/console-*.png, light, dark and as on a phone."""

import sys
from pathlib import Path

import httpx
from acceptance.stack import ROOT
from browser.browsing import HOME, Site, opened
from playwright.sync_api import Page

from gateway.web.console.pages import load_pages

PAGES = {page.name: page.path for page in load_pages() if page.title}
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
                page.goto(HOME + path)
                settled(page)
                page.screenshot(path=folder / f"console-{name}-{look}.png")


def settled(page: Page) -> None:
    """Nothing still fades in."""
    page.evaluate("Promise.allSettled(document.getAnimations().map(one => one.finished))")


def play(site: Site) -> None:
    """A morning at a small company: leads that rang, that wait, that nobody may call, and one nobody can be sure of."""
    fault = {"calls": {"faults": [{"kind": "reset_after", "count": 1}]}}
    httpx.put(f"{site.stack.sandbox_url}/faults", json=fault).raise_for_status()
    site.lead(phone="+14155550119")
    for number in range(6):
        site.lead(phone=f"+1415555{100 + number:04d}")
    site.lead(phone="+14155550110", interest="newsletter")
    site.lead(phone="12")
    for number in range(3):
        site.lead("evening", phone=f"+1212555{120 + number:04d}")


def main(folder: Path) -> None:
    """Start everything, take the pictures, stop everything."""
    with opened() as site:
        take(site, folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "images")
