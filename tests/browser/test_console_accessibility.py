"""axe-core on every page: nothing that a person with a handicap could not use."""

import json
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser.browsing import HOME, Site, ordered
from playwright.sync_api import Page, expect

from gateway.web.console.pages import load_pages

GRAVE = {"serious", "critical"}
MENU = [page.path for page in load_pages() if page.title]


def findings(page: Page) -> list[str]:
    """What axe finds grave, with where."""
    found = json.loads(json.dumps(Axe().run(page).response))["violations"]
    return [f"{one['id']}: {[node['html'] for node in one['nodes']][:3]}" for one in found if one["impact"] in GRAVE]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_a_grave_finding(site: Site, scheme: str) -> None:
    """Every page of the menu, the dialogs' pages and the sign-in, in light and dark."""
    site.lead(phone="+14155550133")
    site.lead(phone="12")
    site.lead("evening", phone="+14155550134")
    with site.signed_in(color_scheme=scheme) as page:
        found = {}
        for path in (*MENU, "/stop"):
            page.goto(HOME + path)
            page.evaluate("Promise.allSettled(document.getAnimations().map(one => one.finished))")
            found[path] = findings(page)
        assert {path: grave for path, grave in found.items() if grave} == {}
    context = site.fresh(color_scheme=scheme)
    page = context.new_page()
    page.goto(f"{HOME}/sign-in")
    assert findings(page) == []
    context.close()


STATES: dict[str, tuple[str, Callable[[Page], None]]] = {
    "stop": ("", lambda page: page.get_by_text("Stop calls").click()),
    "keys": ("", lambda page: page.keyboard.press("?")),
    "cancel": ("", lambda page: page.locator("#waiting").get_by_text("Cancel").first.click()),
    "listed": ("/do-not-call?who=%2B14155550136", lambda page: page.get_by_text("Remove …").click()),
    "not listed": ("/do-not-call?who=nobody@example.com", lambda _: None),
    "tried": ("/workbench", lambda page: expect(page.locator("#found")).to_contain_text("Would ring at once")),
    "faulty": ("/workbench", lambda page: page.get_by_role("textbox", name="Rules").fill("rules: [")),
    "compared": ("/shadow", lambda page: page.get_by_role("button", name="Compare").click()),
    "previewed": ("/replays", lambda page: page.get_by_role("button", name="See what it would do").click()),
    "table": ("/numbers?period=7d", lambda page: page.get_by_text("As a table").click()),
    "missing": ("/calls/call_nobody", lambda _: None),
}
REACHED = {
    **dict.fromkeys(("stop", "cancel", "listed"), "#ask[open] h2"),
    "keys": "#keys[open]",
    "faulty": "#found .faults li",
    "compared": "#next",
    "previewed": "button:has-text('Cancel')",
    "table": "details[open]",
}


@pytest.mark.parametrize("state", STATES)
def test_no_state_of_a_page_has_a_grave_finding(site: Site, state: str) -> None:
    """What must hold: dialogs, answers, mistakes and refusals too, as dark and as wide as a phone."""
    site.lead("evening", phone="+14155550137")
    with site.signed_in(color_scheme="dark", viewport={"width": 360, "height": 740}) as page:
        page.goto(f"{HOME}/do-not-call")
        assert ordered(page, "/do-not-call", who="+14155550136") == 303
        path, bring_about = STATES[state]
        page.goto(HOME + path)
        bring_about(page)
        expect(page.locator(REACHED.get(state, "h1")).first).to_be_visible()
        page.evaluate("Promise.allSettled(document.getAnimations().map(one => one.finished))")
        assert findings(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize("path", [*MENU, "/stop"])
def test_no_page_is_wider_than_a_phone(site: Site, path: str) -> None:
    """At 360 pixels nothing is cut off and nobody scrolls sideways."""
    site.lead(phone="+14155550135")
    with site.signed_in(viewport={"width": 360, "height": 740}) as page:
        page.goto(HOME + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
