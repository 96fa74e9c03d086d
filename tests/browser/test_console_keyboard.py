"""The console without a mouse: every control can be reached and seen to be, every action done, no place lost."""

import plain_http
import pytest
from browser.browsing import HOME, Site, row_of
from browser.keys import press, tab_to, typed
from playwright.sync_api import Page, expect

from gateway.web.console.pages import load_pages

MENU = [page.path for page in load_pages() if page.title]
UNANSWERED = {"calls": {"faults": [{"kind": "reset_after", "count": 1}]}}
CONTROLS = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']"
WALK = """(controls) => {
  window.met = new Set();
  window.unseen = [];
  document.addEventListener("focusin", (event) => {
    window.met.add(event.target);
    const drawn = getComputedStyle(event.target).outlineStyle !== "none";
    if (!event.target.matches(":focus-visible") || !drawn) window.unseen.push(event.target.outerHTML);
  });
  const shown = (one) => one.checkVisibility() && !one.disabled && !one.closest("dialog:not([open])");
  window.left = () => [...document.querySelectorAll(controls)].filter((one) => shown(one) && !window.met.has(one));
  return window.left().length;
}"""


@pytest.mark.parametrize("path", [*MENU, "/stop"])
def test_tab_leads_to_every_control(site: Site, path: str) -> None:
    """What must hold: each link, button and field takes the focus by Tab alone, and shows that it has it."""
    site.lead("evening", phone="+12125550701")
    with site.signed_in() as page:
        page.goto(HOME + path)
        for _ in range(page.evaluate(WALK, CONTROLS) + 30):
            page.keyboard.press("Tab")
        assert page.evaluate("window.left().map((one) => one.outerHTML)") == []
        assert page.evaluate("window.unseen") == []


def test_live_updates_leave_the_keyboard_where_it_is(site: Site) -> None:
    """What must hold: a lead that comes in draws lists anew; what had the focus has it still, also behind a dialog."""
    site.lead("evening", phone="+12125550711")
    with site.signed_in() as page:
        waiting = page.locator("#waiting li").filter(has_text="•11")
        places = (
            waiting.get_by_text("Cancel"),
            row_of(page, "11").get_by_title("What happened"),
            row_of(page, "11").get_by_role("button", name="Reveal"),
        )
        for number, place in enumerate(places):
            place.focus()
            site.lead("evening", phone=f"+1212555072{number}")
            expect(page.locator("#waiting li").filter(has_text=f"•2{number}")).to_be_visible()
            expect(row_of(page, f"2{number}")).to_be_visible()
            expect(place).to_be_focused()
        waiting.get_by_text("Cancel").press("Enter")
        expect(page.locator("#ask")).to_be_visible()
        site.lead("evening", phone="+12125550731")
        expect(page.locator("#waiting")).to_contain_text("•31")
        page.keyboard.press("Escape")
        expect(waiting.get_by_text("Cancel")).to_be_focused()


def test_a_person_signs_in_and_out(site: Site) -> None:
    """What must hold: the name has the focus as the page opens; Enter signs in; Tab leads to the way out."""
    context = site.fresh()
    page = context.new_page()
    page.goto(f"{HOME}/sign-in")
    page.keyboard.type("anna")
    page.keyboard.press("Tab")
    page.keyboard.type("correct horse battery")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{HOME}")
    press(page, "Sign out")
    page.wait_for_url(f"**{HOME}/sign-in")
    context.close()


def test_calls_are_stopped_and_resumed(site: Site) -> None:
    """What must hold: the switch, its dialog's fields and its button without a mouse, both ways."""
    with site.signed_in() as page:
        press(page, "Stop calls")
        expect(page.locator("#ask")).to_be_visible()
        typed(page, "Why", "fire drill")
        press(page, "Stop")
        expect(page.locator("#switch")).to_contain_text("fire drill")
        press(page, "Resume")
        expect(page.locator("#ask")).to_be_visible()
        press(page, "Resume")
        expect(page.locator("#switch")).to_contain_text("Calls go out")


def test_an_unknown_call_is_resolved(site: Site) -> None:
    """What must hold: Tab leads to each of the three answers, Enter gives one."""
    plain_http.put(f"{site.stack.sandbox_url}/faults", json=UNANSWERED).raise_for_status()
    site.lead(phone="+14155550741")
    with site.signed_in() as page:
        expect(page.locator("#attention")).to_contain_text("•41")
        press(page, "Resolve")
        expect(page.locator("#ask")).to_be_visible()
        press(page, "Nobody can say")
        expect(row_of(page, "41")).to_contain_text("Closed")


def test_a_lead_is_opened_revealed_replayed_and_never_called_again(site: Site) -> None:
    """What must hold: a call's whole page without a mouse."""
    site.lead(phone="+14155550751")
    with site.signed_in() as page:
        expect(row_of(page, "51")).to_contain_text("Rung")
        row_of(page, "51").get_by_title("What happened").focus()
        page.keyboard.press("Enter")
        expect(page.locator(".headline")).to_contain_text("Rung")
        press(page, "Reveal")
        expect(page.locator(".revealed")).to_have_text("+14155550751")
        press(page, "Replay …")
        expect(page.locator("#ask")).to_contain_text("Left as it is")
        press(page, "Replay")
        expect(page.locator(".note")).to_contain_text("1 call left as they are")
        press(page, "Never call …")
        expect(page.locator("#ask")).to_be_visible()
        typed(page, "Why", "asked on the phone")
        press(page, "Never call again")
        expect(page.locator(".note")).to_contain_text("On the do-not-call list")


def test_the_do_not_call_list_is_kept(site: Site) -> None:
    """What must hold: a person is added, looked up and removed."""
    with site.signed_in() as page:
        page.goto(f"{HOME}/do-not-call")
        typed(page, "Phone with country code, e-mail or contact id", "+14155550761")
        page.keyboard.press("Enter")
        expect(page.locator("main")).to_contain_text("Not on the list")
        page.locator("#who").focus()
        typed(page, "Phone with country code, e-mail or contact id", "+14155550761")
        press(page, "Never call")
        expect(page.locator(".note")).to_contain_text("Listed")
        page.goto(f"{HOME}/do-not-call?who=%2B14155550761")
        press(page, "Remove …")
        expect(page.locator("#ask")).to_be_visible()
        press(page, "Remove")
        expect(page.locator(".note")).to_contain_text("may be rung again")


def test_rules_are_tried_and_compared(site: Site) -> None:
    """What must hold: the workbench's button and the shadow's; Tab leaves the field of the rules."""
    with site.signed_in() as page:
        page.goto(f"{HOME}/workbench")
        expect(page.locator("#found")).to_contain_text("Would ring at once")
        typed(page, "As if it were", "nonsense")
        press(page, "Try")
        expect(page.locator("#found")).to_contain_text("Write an instant")
        page.goto(f"{HOME}/shadow")
        press(page, "Compare")
        expect(page.locator("#comparison h2")).to_have_text("Compared")


def test_many_are_replayed(site: Site) -> None:
    """What must hold: the filter by its arrows, the preview, and the cancelling."""
    site.lead(phone="+14155550771", interest="newsletter")
    with site.signed_in() as page:
        page.goto(f"{HOME}/replays")
        chosen(page, "select[name=state]", "IGNORED")
        press(page, "See what it would do")
        expect(page.get_by_role("button", name="Approve and begin")).to_be_visible()
        press(page, "Cancel")
        expect(page.locator("#progress")).to_contain_text("Cancelled by")


def test_leads_are_found_and_exported(site: Site) -> None:
    """What must hold: / goes to the field from any page; tick and export by Space and Enter."""
    site.lead(phone="+14155550781")
    with site.signed_in() as page:
        page.keyboard.press("/")
        page.keyboard.type("+14155550781")
        page.keyboard.press("Enter")
        expect(page.locator("#found-title")).to_contain_text("understood as phone")
        tab_to(page, "numbers in full")
        page.keyboard.press("Space")
        with page.expect_download() as taken:
            press(page, "Export CSV")
        assert "+14155550781" in taken.value.path().read_text(encoding="utf-8")


def chosen(page: Page, field: str, value: str) -> None:
    """Tab to a list, and by its first letters to one of its values."""
    page.locator(field).focus()
    page.keyboard.type(value)
    expect(page.locator(field)).to_have_value(value)
