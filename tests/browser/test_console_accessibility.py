"""axe-core on every page: nothing that a person with a handicap could not use."""

import json

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser.browsing import HOME, Site
from playwright.sync_api import Page

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


@pytest.mark.parametrize("path", [*MENU, "/stop"])
def test_no_page_is_wider_than_a_phone(site: Site, path: str) -> None:
    """At 360 pixels nothing is cut off and nobody scrolls sideways."""
    site.lead(phone="+14155550135")
    with site.signed_in(viewport={"width": 360, "height": 740}) as page:
        page.goto(HOME + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
