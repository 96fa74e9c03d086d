"""A call's and an event's page in a real browser: why it rang, why it waits, and what a person does about it."""

import re

import pytest
from browser.browsing import HOME, PASSWORD, Site, ordered, row_of
from browser.keys import press
from browser.test_console_accessibility import findings
from playwright.sync_api import Page, expect
from waiting import eventually


def opened_from_feed(page: Page, last_digits: str) -> None:
    """Follow the row of the feed whose number ends so."""
    row_of(page, last_digits).first.get_by_title("What happened").click()
    page.wait_for_url(re.compile(rf"{HOME}/(calls|events)/"))


def test_a_rung_call_is_read_from_webhook_to_answer(site: Site) -> None:
    """From the feed to its page: the signature that proved it, both rules, every guard, the attempt and its timing."""
    site.lead(phone="+14155550211")
    with site.signed_in("victor", PASSWORD) as page:
        expect(row_of(page, "11")).to_contain_text("Rung")
        opened_from_feed(page, "11")
        steps = page.locator(".steps")
        expect(steps).to_contain_text("Proved genuine by bearer token")
        expect(steps).to_contain_text("Request to the call API")
        expect(steps).to_contain_text("The phone rings")
        expect(page.get_by_role("row").filter(has_text="HTTP 200")).to_contain_text("Rung")
        for guard in ("do not call", "destination", "consent", "hours"):
            expect(page.locator(".guards")).to_contain_text(guard)
        rules = page.get_by_role("region").filter(has_text="What the rules said").or_(page.locator("section.card"))
        expect(rules.filter(has_text="What the rules said")).to_contain_text("not reached: an earlier rule decided")
        assert "4155550211" not in page.content()


def test_why_a_call_waits_is_read_on_its_page(site: Site) -> None:
    """When it is looked at again, and what each guard says of it this very moment."""
    site.lead("evening", phone="+12125550222")
    with site.signed_in() as page:
        opened_from_feed(page, "22")
        expect(page.locator(".headline")).to_contain_text("Its rule wants it no sooner")
        expect(page.locator("main")).to_contain_text("What the guards say now")
        expect(page.get_by_role("row").filter(has=page.get_by_role("rowheader", name="hours"))).to_contain_text(
            "America/New_York"
        )


def test_never_call_ends_the_call_that_waits(site: Site) -> None:
    """Listing a person from the call's page skips their waiting call in the same moment, and says who did it."""
    site.lead("evening", phone="+12125550233")
    with site.signed_in("anna", PASSWORD) as page:
        opened_from_feed(page, "33")
        page.get_by_text("Never call …").click()
        dialog = page.locator("#ask")
        expect(dialog).to_contain_text("calls that wait for them end at once")
        dialog.get_by_label("Why").fill("asked on the phone")
        dialog.get_by_role("button", name="Never call again").click()
        expect(page.locator(".note")).to_contain_text("do-not-call list")
        expect(page.locator("h1")).to_contain_text("Not called")
        expect(page.locator(".headline")).to_contain_text("The person is on the do-not-call list")
        listed = site.stack.ask("/v1/do-not-call?phone=%2B12125550233")["items"]
        assert [(one["by"], one["source"]) for one in listed] == [("anna", "console")]
        page.goto(f"{HOME}/audit")
        expect(page.locator("tbody tr").filter(has_text="do_not_call.added").first).to_contain_text("anna")


def test_calling_again_says_whom_it_rings_twice_and_does_so(site: Site) -> None:
    """The dialog names the second ring and what the guards say; after it the phone rings once more, not before."""
    site.lead(phone="+14155550244")
    with site.signed_in("anna", PASSWORD) as page:
        expect(row_of(page, "44")).to_contain_text("Rung")
        opened_from_feed(page, "44")
        before = len(site.stack.rings())
        page.get_by_text("Call again …").click()
        expect(page.locator("#ask")).to_contain_text("rung a second time")
        expect(page.locator("#ask")).to_contain_text("Every guard allows it now")
        assert findings(page) == []
        assert len(site.stack.rings()) == before
        page.locator("#ask").get_by_role("button", name="Call again").click()
        expect(page.locator(".note")).to_contain_text("Replayed: 1 call to make")
        expect(page.locator(".steps")).to_contain_text("The event was replayed.")
        eventually(lambda: len(site.stack.rings()) == before + 1, seconds=60, message="the phone rings once more")


def test_a_replay_rings_nobody_twice_and_says_so_first(site: Site) -> None:
    """Without `again` a call that rang is left as it is, before the order and after it."""
    site.lead(phone="+14155550255")
    with site.signed_in() as page:
        expect(row_of(page, "55")).to_contain_text("Rung")
        opened_from_feed(page, "55")
        rings = len(site.stack.rings())
        page.get_by_text("Replay …").click()
        expect(page.locator("#ask")).to_contain_text("is not rung again")
        page.locator("#ask").get_by_role("button", name="Replay").click()
        expect(page.locator(".note")).to_contain_text("0 calls to make")
        assert len(site.stack.rings()) == rings


def test_what_was_received_is_masked_until_somebody_looks(site: Site) -> None:
    """The shape alone is shown; revealing shows headers and body, without secrets, and is kept in the log."""
    site.lead(phone="+14155550266", interest="newsletter")
    with site.signed_in("anna", PASSWORD) as page:
        opened_from_feed(page, "66")
        assert "4155550266" not in page.content()
        page.get_by_role("button", name="Reveal", exact=True).click()
        expect(page.locator("#received")).to_contain_text("+14155550266")
        expect(page.locator("#received")).to_contain_text("newsletter")
        assert "browser-secret-0001" not in page.content()
        page.goto(f"{HOME}/audit")
        expect(page.locator("tbody tr").filter(has_text="event.content_revealed").first).to_contain_text("anna")


def test_a_call_is_cancelled_on_its_page_with_the_keyboard_alone(site: Site) -> None:
    """Tab to the action, Enter, Tab, Enter: the page of the call comes back and says what became of it."""
    site.lead("evening", phone="+12125550277")
    with site.signed_in() as page:
        opened_from_feed(page, "77")
        press(page, "Cancel …")
        expect(page.locator("#ask")).to_be_visible()
        press(page, "Cancel the call")
        expect(page.locator(".note")).to_contain_text("will not ring")
        expect(page.locator("h1")).to_contain_text("Cancelled")


@pytest.mark.parametrize("order", ["events/{event}/replay", "calls/{call}/opt-out", "events/{event}/content"])
def test_a_viewer_reads_and_cannot_act(site: Site, order: str) -> None:
    """A viewer sees no action on the page, and the server refuses each with a right token too."""
    site.lead("evening", phone="+12125550288")
    with site.signed_in("victor", PASSWORD) as page:
        opened_from_feed(page, "88")
        expect(page.locator("main .button")).to_have_count(0)
        call = page.url.rpartition("/")[2]
        event = page.locator(".facts .id a").last.inner_text()
        assert ordered(page, "/" + order.format(event=event, call=call)) == 403
        assert site.stack.ask("/v1/do-not-call?phone=%2B12125550288")["items"] == []


@pytest.mark.parametrize(("scheme", "last"), [("light", "90"), ("dark", "91")])
def test_its_pages_have_no_grave_finding_and_fit_a_phone(site: Site, scheme: str, last: str) -> None:
    """A waiting call, an event without a call, and their dialogs; at 360 pixels nobody scrolls sideways."""
    site.lead("evening", phone=f"+121255502{last}")
    site.lead(phone="+14155550298", interest="newsletter")
    with site.signed_in(color_scheme=scheme, viewport={"width": 360, "height": 740}) as page:
        for digits, actions in ((last, ("Never call …", "Cancel …")), ("98", ("Replay …",))):
            page.goto(HOME)
            opened_from_feed(page, digits)
            assert findings(page) == []
            assert page.evaluate("document.documentElement.scrollWidth") <= 360
            for action in actions:
                page.get_by_text(action).click()
                expect(page.locator("#ask")).to_be_visible()
                assert findings(page) == []
                page.keyboard.press("Escape")
