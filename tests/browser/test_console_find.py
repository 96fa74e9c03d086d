"""Finding leads in a real browser, and taking what was found along."""

import json
import re

import pytest
from browser.browsing import HOME, PASSWORD, Site
from browser.test_console_accessibility import findings
from playwright.sync_api import expect

COLUMNS = "at,event,call,source,who,rule,number,state,reason,detail,seconds_to_dial,repeated"


def test_a_phone_is_found_however_it_is_written(site: Site) -> None:
    """With and without its country code, from every page by /; the other leads are not shown, nor the number."""
    site.lead(phone="+14155550311")
    site.lead(phone="+14155550312")
    site.lead(phone="+14155550311", interest="newsletter")
    with site.signed_in("victor", PASSWORD) as page:
        for text in ("+14155550311", "(415) 555-0311", "415.555.0311"):
            page.goto(HOME)
            page.keyboard.press("/")
            page.keyboard.type(text)
            page.keyboard.press("Enter")
            page.wait_for_url(re.compile("/find"))
            expect(page.locator("#found-title")).to_contain_text("understood as phone +1••••••••11")
            rows = page.locator(".leads tbody tr")
            expect(rows).to_have_count(2)
            expect(rows.filter(has_text="No call")).to_have_count(1)
            expect(page.get_by_role("button", name="Export CSV")).to_have_count(0)


@pytest.mark.parametrize(
    ("typed", "chosen", "value"),
    [
        ("signup", "#source", "signup"),
        ("Demo Request", "#rule", "demo request"),
        ("waiting", "#state", "READY"),
        ("no_rule_matched", "#reason", "no_rule_matched"),
    ],
)
def test_names_become_filters(site: Site, typed: str, chosen: str, value: str) -> None:
    """A source, rule, state or reason that is typed is looked for as one."""
    site.lead(phone="+14155550321", interest="newsletter")
    site.lead("evening", phone="+12125550321")
    with site.signed_in() as page:
        page.goto(f"{HOME}/find?q={typed}")
        expect(page.locator(chosen)).to_have_value(value)


def test_an_id_opens_its_page(site: Site) -> None:
    """The id of a call, an event or a delivery leads to its story; one that nobody has says so."""
    site.lead("evening", phone="+12125550331")
    call = site.stack.ask("/v1/calls?state=READY")["items"][0]
    with site.signed_in() as page:
        for name, path in (("id", "calls"), ("event_id", "events"), ("delivery_id", "events")):
            page.goto(f"{HOME}/find?q={call[_camel(name)]}")
            expect(page).to_have_url(re.compile(f"{HOME}/{path}/"))
        answer = page.goto(f"{HOME}/find?q=ev_nobody")
        assert answer is not None
        assert answer.status == 404


def test_what_is_found_is_exported_masked_and_in_full(site: Site) -> None:
    """CSV without numbers, JSONL with them when that is ticked; the log says which, and names no number."""
    site.lead(phone="+14155550341", email="jo@example.com")
    with site.signed_in("anna", PASSWORD) as page:
        page.goto(f"{HOME}/find?q=%2B14155550341")
        with page.expect_download() as masked:
            page.get_by_role("button", name="Export CSV").click()
        text = masked.value.path().read_text(encoding="utf-8")
        assert text.splitlines()[0] == COLUMNS
        assert len(text.splitlines()) == 2
        assert "4155550341" not in text
        page.get_by_label("numbers in full").check()
        with page.expect_download() as full:
            page.get_by_role("button", name="Export JSONL").click()
        lines = [json.loads(line) for line in full.value.path().read_text(encoding="utf-8").splitlines()]
        assert [line["who"] for line in lines] == ["+14155550341"]
        page.goto(f"{HOME}/audit")
        rows = page.locator("tbody tr").filter(has_text="leads.exported")
        expect(rows.nth(0)).to_contain_text("jsonl, numbers in full; phone +1••••••••41")
        expect(rows.nth(1)).to_contain_text("csv, numbers masked")
        assert "4155550341" not in page.content()


def test_times_bound_what_is_found(site: Site) -> None:
    """Until an hour ago nothing had come; a time that is none is refused with a word on how to write it."""
    site.lead(phone="+14155550351")
    with site.signed_in() as page:
        page.goto(f"{HOME}/find?until=1h")
        expect(page.locator("main")).to_contain_text("Nothing found")
        page.goto(f"{HOME}/find?since=1h")
        expect(page.locator(".leads tbody tr").first).to_be_visible()
        answer = page.goto(f"{HOME}/find?since=yesterday")
        assert answer is not None
        assert answer.status == 422
        expect(page.locator("main")).to_contain_text("15m, 24h, 7d")


def test_a_viewer_cannot_export(site: Site) -> None:
    """The server refuses it with a right token, too."""
    with site.signed_in("victor", PASSWORD) as page:
        token = page.locator("input[name=csrf]").first.input_value()
        headers = {"Origin": site.stack.url}
        answer = page.context.request.post(f"{HOME}/find/export", form={"csrf": token}, headers=headers)
        assert answer.status == 403


@pytest.mark.parametrize("query", ["q=nobody-has-this-id", "q=jo@example.com", "state=READY&since=7d"])
def test_what_is_found_or_not_has_no_grave_finding(site: Site, query: str) -> None:
    """Results, and the words where there are none, in light; the empty page is looked at with all others."""
    site.lead("evening", phone="+12125550361")
    with site.signed_in(viewport={"width": 360, "height": 740}) as page:
        page.goto(f"{HOME}/find?{query}")
        assert findings(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 360


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)
