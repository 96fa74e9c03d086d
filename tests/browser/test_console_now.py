"""The Now page in a real browser, in front of everything running."""

import re

import httpx
import plain_http
import pytest
from browser.browsing import HOME, Site, row_of
from playwright.sync_api import expect
from waiting import eventually

UNANSWERED = {"calls": {"faults": [{"kind": "reset_after", "count": 1}]}}


def test_a_lead_appears_by_itself(site: Site) -> None:
    """From the webhook to its row nobody reloads the page. How long it takes `bench/console.py` measures."""
    with site.signed_in() as page:
        expect(page.locator("#live")).to_have_text("live")
        page.evaluate("window.untouched = true")
        site.lead(phone="+14155550177")
        row = row_of(page, "77")
        expect(row).to_contain_text("Rung")
        expect(row).to_contain_text("demo request")
        expect(row).to_contain_text("from east")
        assert page.evaluate("window.untouched") is True


def test_numbers_are_masked_until_somebody_reveals_one(site: Site) -> None:
    """The page holds no number; revealing shows one, while leads come in too; the audit log says who looked."""
    with site.signed_in("anna", "correct horse battery") as page:
        site.lead(phone="+14155550166")
        row = row_of(page, "66")
        expect(row).to_contain_text("Rung")
        assert "4155550166" not in page.content()
        row.get_by_role("button", name="Reveal").click()
        expect(page.locator("#leads .revealed")).to_have_text("+14155550166")
        site.lead(phone="+14155550167")
        expect(row_of(page, "67")).to_be_visible()
        expect(page.locator("#leads .revealed")).to_have_text("+14155550166")
        page.goto(f"{HOME}/audit")
        line = page.locator("tbody tr").filter(has_text="call.revealed").first
        expect(line).to_contain_text("anna")
        assert "4155550166" not in page.content()


def test_a_press_is_heard_though_its_list_has_news(site: Site) -> None:
    """What must hold: a lead that comes in while a button is held down loses no click, and is shown right after it."""
    site.lead(phone="+14155550168")
    with site.signed_in() as page:
        button = row_of(page, "68").get_by_role("button", name="Reveal")
        expect(row_of(page, "68")).to_contain_text("Rung")
        button.hover()
        with page.expect_response("**/now/leads"):
            page.mouse.down()
            site.lead(phone="+14155550169")
        page.wait_for_timeout(300)  # what could be drawn by the answer is drawn
        page.mouse.up()
        expect(page.locator("#leads .revealed")).to_have_text("+14155550168")
        expect(row_of(page, "69")).to_be_visible()


def test_a_stop_holds_leads_back_and_a_resume_lets_them_ring(site: Site) -> None:
    """The switch stops everything within a second of the click, keeps the lead, and rings it after the resume."""
    with site.signed_in("anna", "correct horse battery") as page:
        page.click("text=Stop calls")
        page.fill("#stop-reason", "fire drill")
        page.click("#ask >> button.danger")
        expect(page.locator(".switch.off")).to_contain_text("Everything is stopped")
        expect(page.locator(".switch.off")).to_contain_text("anna")
        expect(page.locator(".switch.off")).to_contain_text("fire drill")
        site.lead(phone="+14155550155")
        row = row_of(page, "55")
        expect(row).to_contain_text("Waiting")
        page.click("text=Resume")
        page.click("#ask >> button.primary")
        expect(page.locator(".switch.on")).to_be_visible()
        expect(row).to_contain_text("Rung")


@pytest.mark.parametrize(("choice", "label", "becomes"), [("placed", "It rang", "Rung"), ("close", "Nobody", "Closed")])
def test_a_person_resolves_what_nobody_could_know(site: Site, choice: str, label: str, becomes: str) -> None:
    """An UNKNOWN call asks for a person; the dialog says what each answer does, and the answer is kept."""
    plain_http.put(f"{site.stack.sandbox_url}/faults", json=UNANSWERED).raise_for_status()
    phone = f"+1415555{1400 + len(choice)}"
    with site.signed_in("anna", "correct horse battery") as page:
        site.lead(phone=phone)
        item = page.locator("#attention li").filter(has_text=phone[-2:])
        expect(item).to_contain_text("Unknown")
        item.get_by_text("Resolve").click()
        expect(page.locator("#ask")).to_contain_text("rung a second time")
        page.locator("#ask").get_by_role("button", name=re.compile(label)).click()
        expect(row_of(page, phone[-2:])).to_contain_text(becomes)
        expect(page.locator("#attention li").filter(has_text=phone[-2:])).to_have_count(0)


def test_a_waiting_call_is_cancelled_with_the_keyboard_alone(site: Site) -> None:
    """Tab to the button, Enter, Enter: every action can be done without a mouse."""
    site.lead("evening", phone="+14155550188")
    with site.signed_in() as page:
        item = page.locator("#waiting li").filter(has_text="•88")
        expect(item).to_contain_text("rings")
        item.get_by_text("Cancel").focus()
        page.keyboard.press("Enter")
        button = page.locator("#ask").get_by_role("button", name="Cancel the call")
        expect(button).to_be_visible()
        button.focus()
        page.keyboard.press("Enter")
        expect(page.locator(".note")).to_contain_text("will not ring")
        expect(row_of(page, "88")).to_contain_text("Cancelled")


def test_shortcuts_open_pages_and_the_list_of_shortcuts(site: Site) -> None:
    """g a opens Audit, g n Now, ? the list."""
    with site.signed_in() as page:
        page.keyboard.press("?")
        expect(page.locator("#keys")).to_be_visible()
        page.keyboard.press("Escape")
        page.keyboard.press("g")
        page.keyboard.press("a")
        page.wait_for_url(f"**{HOME}/audit")


def test_a_refused_webhook_is_seen_at_its_source(site: Site) -> None:
    """Who posts with a wrong secret is turned away, and the page says that somebody was."""
    answer = plain_http.post(f"{site.stack.url}/hooks/signup", json={}, headers={"Authorization": "Bearer wrong"})
    assert answer.status_code == 401
    with site.signed_in() as page:
        expect(page.locator("#health li").filter(has_text="signup")).to_contain_text("refused")


def test_the_server_stops_at_once_though_somebody_watches(site: Site) -> None:
    """An open page does not hold up a restart, and the page goes on by itself after it."""
    with site.signed_in() as page:
        expect(page.locator("#live")).to_have_text("live")
        process = site.stack.processes.pop("serve")
        process.terminate()
        process.wait(8)
        site.stack.start("serve", "gateway", "serve")
        eventually(lambda: _ready(site), seconds=40, message="the receiver is back")
        site.lead(phone="+14155550144")
        expect(row_of(page, "44")).to_be_visible()


def _ready(site: Site) -> bool:
    try:
        return plain_http.get(f"{site.stack.url}/healthz", timeout=2).is_success
    except httpx.HTTPError:
        return False
