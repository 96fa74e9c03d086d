"""Pictures of every page: `make screenshots` writes docs/images/console-*.png, light, dark and as on a phone."""

import argparse
from collections.abc import Callable
from pathlib import Path

import httpx
from acceptance.stack import API_KEY, ROOT
from browser.browsing import HOME, Site, opened, row_of
from playwright.sync_api import Page, expect

from gateway.web.console.pages import load_pages

LOOKS = {
    "light": {"color_scheme": "light", "viewport": {"width": 1280, "height": 800}},
    "dark": {"color_scheme": "dark", "viewport": {"width": 1280, "height": 800}},
    "phone": {"color_scheme": "light", "viewport": {"width": 390, "height": 844}, "device_scale_factor": 2},
}


def story(digits: str) -> Callable[[Page], None]:
    """The page of the lead whose number ends so, from the feed."""

    def click(page: Page) -> None:
        row_of(page, digits).get_by_title("What happened").first.click()
        expect(page.locator(".headline")).to_be_visible()

    return click


def press(name: str, shown: str) -> Callable[[Page], None]:
    """Press a button and wait for what it shows."""

    def click(page: Page) -> None:
        page.get_by_role("button", name=name).first.click()
        expect(page.locator(shown).first).to_be_visible()

    return click


def chosen(path: str, selector: str) -> Callable[[Page], None]:
    """A page of another address, once this is on it."""

    def go(page: Page) -> None:
        page.goto(HOME + path)
        expect(page.locator(selector).first).to_be_visible()

    return go


def previewed(page: Page) -> None:
    """What a replay of everything that rang would do."""
    page.locator("select[name=state]").select_option("MATCHED")
    press("See what it would do", ".sentence")(page)
    expect(page.get_by_role("button", name="Approve and begin")).to_be_visible()


# Beside the menu's pages as they open: what one comes to from them.
STATES: dict[str, tuple[str, Callable[[Page], None]]] = {
    "rung": ("", story("00")),
    "waiting": ("", story("20")),
    "not_called": ("", story("10")),
    "stop": ("", lambda page: page.get_by_text("Stop calls").click()),
    "keys": ("", lambda page: page.keyboard.press("?")),
    "found": ("", chosen("/find?state=on_the_way", "table")),
    "listed": ("", chosen("/do-not-call?who=%2B14155550119", "main form")),
    "tried": ("/workbench", lambda page: expect(page.locator("#found")).to_contain_text("Would ring at once")),
    "compared": ("/shadow", press("Compare", "#comparison h2")),
    "previewed": ("/replays", previewed),
}


def take(site: Site, folder: Path, looks: list[str]) -> None:
    """Leads of every kind, then each page in each look."""
    play(site)
    menu = {page.name: (page.path, _as_it_opens) for page in load_pages() if page.title}
    for look in looks:
        with site.signed_in(**LOOKS[look]) as page:
            for name, (path, reach) in (menu | STATES).items():
                page.goto(HOME + path)
                reach(page)
                _shoot(page, folder / f"console-{name}-{look}.png")
            page.get_by_role("button", name="Sign out").or_(page.get_by_role("link", name="Sign out")).first.click()
            expect(page.locator("#password")).to_be_visible()
            _shoot(page, folder / f"console-sign_in-{look}.png")


def _as_it_opens(page: Page) -> None:
    del page


def _shoot(page: Page, path: Path) -> None:
    """Once nothing fades in any more."""
    page.evaluate("Promise.allSettled(document.getAnimations().map(one => one.finished))")
    page.screenshot(path=path)


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
    listed = [{"phone": "+14155550119", "note": "asked on the phone"}, {"email": "no@example.com", "note": "by letter"}]
    for entry in listed:
        key = {"Authorization": f"Bearer {API_KEY}"}
        httpx.post(f"{site.stack.url}/v1/do-not-call", json=entry, headers=key).raise_for_status()


def main() -> None:
    """Start everything, take the pictures, stop everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "docs" / "images")
    parser.add_argument("--look", choices=LOOKS, action="append", help="only this look; may be given again")
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    with opened() as site:
        take(site, asked.folder, asked.look or list(LOOKS))


if __name__ == "__main__":
    main()
