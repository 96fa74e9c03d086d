"""The figures in a real browser: they add up, and each leads to its list."""

import re

import pytest
from browser.browsing import HOME, PASSWORD, Site
from browser.test_console_accessibility import findings
from playwright.sync_api import Page, expect


def stage(page: Page, name: str) -> int:
    """What the funnel says of a stage."""
    row = page.locator(".funnel tr").filter(has=page.get_by_role("rowheader", name=name)).first
    return int(row.locator(".figure").inner_text())


def test_figures_add_up_and_lead_to_their_lists(site: Site) -> None:
    """Two that ring, one that waits, one that no rule wants; the figure of the reason opens that one lead."""
    site.lead(phone="+14155550411")
    site.lead(phone="+14155550412")
    site.lead("evening", phone="+12125550413")
    site.lead(phone="+14155550414", interest="newsletter")
    with site.signed_in("victor", PASSWORD) as page:
        expect(page.locator("#leads tbody tr").filter(has_text="Rung")).to_have_count(2)
        page.get_by_role("link", name="Numbers").click()
        expect(page.locator("h1")).to_have_text("Numbers")
        assert [stage(page, name) for name in ("accepted", "matched", "lawful", "rung")] == [4, 3, 2, 2]
        expect(page.locator(".figures")).to_contain_text("the median of 2 calls")
        expect(page.get_by_role("img")).to_have_accessible_name("Calls by time in 24 hours: 3 calls, 2 of them rung. "
                                                                "The table below has each figure.")  # fmt: skip
        reason = page.get_by_role("row").filter(has_text="No rule's condition held")
        reason.get_by_role("link").click()
        expect(page.locator(".leads tbody tr")).to_have_count(1)
        expect(page.locator("#reason")).to_have_value("no_rule_matched")


def test_each_figure_opens_a_list_of_as_many(site: Site) -> None:
    """Whatever the figure and wherever it stands, the charts' tables included: its list has so many leads."""
    site.lead(phone="+14155550421")
    site.lead("evening", phone="+12125550423")
    site.lead(phone="+14155550424", interest="newsletter")
    site.lead(phone="12")
    with site.signed_in("victor", PASSWORD) as page:
        mine = page.locator("#leads tbody tr", has=page.locator(".number", has_text=re.compile(r"21\s*$")))
        expect(mine).to_contain_text("Rung")  # nothing is under way any more whose state could change
        page.goto(f"{HOME}/numbers")
        page.get_by_text("As a table").click()
        links = page.locator("main a[href*='/find?']").evaluate_all("all => all.map(one => [one.innerText, one.href])")
        counted = {href: int(text) for text, href in links if text.isdecimal() and text != "0"}
        assert len(links) > len(counted) > 8
        for href, count in counted.items():
            page.goto(href)
            expect(page.locator(".leads tbody tr"), href).to_have_count(count)


def test_groups_of_states_are_found_as_they_were_counted(site: Site) -> None:
    """On the way, let out: the list behind the figure is the leads it counted."""
    with site.signed_in() as page:
        page.goto(f"{HOME}/numbers?period=7d")
        before = stage(page, "lawful")
        page.goto(f"{HOME}/find?state=let_out")
        expect(page.locator(".leads tbody tr")).to_have_count(before)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_charts_have_no_grave_finding_and_fit_a_phone(site: Site, scheme: str) -> None:
    """With figures in it and its table open."""
    site.lead(phone="+14155550431")
    with site.signed_in(color_scheme=scheme, viewport={"width": 360, "height": 740}) as page:
        page.goto(f"{HOME}/numbers?period=30d")
        page.get_by_text("As a table").click()
        assert findings(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
