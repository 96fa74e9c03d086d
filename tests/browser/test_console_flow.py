"""One day at the console, from the sign-in to a replay in bulk; each page by itself is proved in a module of its own.

Five leads come in. In the end the far end has rung whoever was to be rung, each once, and nobody else.
"""

import re
import sys
from collections import Counter

import plain_http
from browser.browsing import HOME, PASSWORD, Site, ordered, row_of, sign_in
from playwright.sync_api import Page, expect

UNANSWERED = {"calls": {"faults": [{"kind": "reset_after", "count": 1}]}}
DEMO, LATER = 'when: payload.interest == "demo"', 'when: payload.interest == "later"'


def test_a_day_at_the_console(site: Site) -> None:
    """What must hold: every step shows what it did, the next builds upon it, and three phones ring, once each."""
    who_guesses_is_locked_out(site)
    with site.signed_in("anna", PASSWORD) as page:
        sys.stdout.write(f"webhook to dial, as the page shows it: {a_lead_appears_by_itself(site, page)}\n")
        its_page_tells_how_it_rang(page)
        why_a_call_waits_is_read_and_the_person_opted_out(site, page)
        a_stop_holds_a_lead_back_until_it_is_resumed(site, page)
        what_nobody_can_know_is_resolved(site, page)
        a_change_is_tried_on_the_workbench(page)
        its_shadow_says_who_would_be_called(site, page)
        a_replay_of_many_is_previewed_and_cancelled(page)
        a_forged_order_is_refused(site, page)
        every_order_is_in_the_audit_log(page)
    a_viewer_sees_it_and_cannot_act(site)
    rung = Counter(ring["contactId"] for ring in site.stack.rings())
    assert sorted(rung.values()) == [1, 1, 1]
    assert site.stack.ask("/v1/audit")["ok"] is True


def who_guesses_is_locked_out(site: Site) -> None:
    """After five wrong passwords the right one does not help either, for a while that is said."""
    context = site.fresh()
    page = context.new_page()
    for word in ("1234", "letmein", "dialgate", "password", "qwerty", PASSWORD):
        sign_in(page, "guest", word)
        expect(page.get_by_role("alert")).to_have_text(re.compile("do not belong together|Too many wrong passwords"))
    expect(page.get_by_role("alert")).to_contain_text("Too many wrong passwords")
    context.close()


def a_lead_appears_by_itself(site: Site, page: Page) -> str:
    """From the webhook to its line on a page that nobody reloads. Returns how long the page says it took to ring."""
    expect(page.locator("#live")).to_have_text("live")
    page.evaluate("window.untouched = true")
    site.lead(phone="+14155550601")
    expect(row_of(page, "01")).to_contain_text("Rung")
    assert page.evaluate("window.untouched") is True
    return row_of(page, "01").locator(".figure").inner_text()


def its_page_tells_how_it_rang(page: Page) -> None:
    """One timeline from the signature to the API's answer."""
    row_of(page, "01").get_by_title("What happened").click()
    expect(page.locator(".headline")).to_have_text(re.compile(r"Rung .+ after the webhook, from east"))
    for said in ("Proved genuine by bearer token", "A rule wants a call", "Request to the call API", "The phone rings"):
        expect(page.locator(".steps")).to_contain_text(said)
    page.get_by_role("link", name="Now").first.click()


def why_a_call_waits_is_read_and_the_person_opted_out(site: Site, page: Page) -> None:
    """It is among those that wait; its page says why; on the do-not-call list it waits no longer."""
    site.lead("evening", phone="+12125550602")
    page.locator("#waiting li").filter(has_text="•02").get_by_title(re.compile("why it waits")).click()
    expect(page.locator(".headline")).to_contain_text("Its rule wants it no sooner")
    page.get_by_text("Never call …").click()
    page.locator("#ask").get_by_role("button", name="Never call again").click()
    expect(page.locator(".headline")).to_contain_text("The person is on the do-not-call list")
    page.goto(HOME)
    expect(row_of(page, "02")).to_contain_text("Not called")
    expect(page.locator("#waiting")).to_contain_text("Nobody waits for a call")


def a_stop_holds_a_lead_back_until_it_is_resumed(site: Site, page: Page) -> None:
    """Nothing goes out while everything is stopped, nothing is lost, and it rings after the resume."""
    page.get_by_text("Stop calls").click()
    page.locator("#ask").get_by_role("button", name="Stop").click()
    expect(page.locator("#switch")).to_contain_text("Everything is stopped")
    rings = len(site.stack.rings())
    site.lead(phone="+14155550603")
    expect(row_of(page, "03")).to_contain_text("Waiting")
    assert len(site.stack.rings()) == rings
    page.get_by_role("link", name="Resume").click()
    page.locator("#ask").get_by_role("button", name="Resume").click()
    expect(row_of(page, "03")).to_contain_text("Rung")


def what_nobody_can_know_is_resolved(site: Site, page: Page) -> None:
    """The answer to a request was lost: nothing rings again by itself, a person says what became of it."""
    plain_http.put(f"{site.stack.sandbox_url}/faults", json=UNANSWERED, timeout=30).raise_for_status()
    site.lead(phone="+14155550604")
    page.locator("#attention li").filter(has_text="•04").get_by_text("Resolve").click()
    page.locator("#ask").get_by_role("button", name="It rang").click()
    expect(row_of(page, "04")).to_contain_text("Rung")
    expect(page.locator("#attention li").filter(has_text="•04")).to_have_count(0)


def a_change_is_tried_on_the_workbench(page: Page) -> None:
    """Beside a delivery the changed rule says what it would do, and nothing comes of it."""
    page.get_by_role("link", name="Workbench").click()
    found = page.locator("#found")
    expect(found).to_contain_text("Would ring at once")
    changed(page)
    expect(found).to_contain_text("Nobody would be called")


def its_shadow_says_who_would_be_called(site: Site, page: Page) -> None:
    """Over the leads of this day: one that no rule wanted would ring, the three that rang would not."""
    site.lead(phone="+14155550605", interest="later")
    page.get_by_role("link", name="Shadow").click()
    changed(page)
    page.get_by_role("button", name="Compare").click()
    comparison = page.locator("#comparison")
    expect(comparison.locator("h2")).to_have_text("Compared")
    expect(comparison.locator(".sums")).to_have_text(re.compile("1 newly called.*3 no longer called.*1 unchanged"))


def a_replay_of_many_is_previewed_and_cancelled(page: Page) -> None:
    """With those it rang already three phones would ring; before anybody approves it, it is cancelled."""
    page.get_by_role("link", name="Replay").click()
    page.locator("select[name=state]").select_option("MATCHED")
    page.locator("select[name=source]").select_option("signup")
    page.get_by_label("Call again also").check()
    page.get_by_role("button", name="See what it would do").click()
    expect(page.locator(".sentence")).to_contain_text("3 calls would ring now")
    page.locator("#progress").get_by_role("button", name="Cancel").click()
    expect(page.locator("#progress")).to_contain_text("Cancelled by anna")
    expect(page.get_by_role("button", name="Approve and begin")).to_have_count(0)


def a_forged_order_is_refused(site: Site, page: Page) -> None:
    """Without this session's token, or from another site, nothing is stopped."""
    forged = ordered(page, "/stop", what="everything", csrf="0" * 64)
    elsewhere = ordered(page, "/stop", what="everything", origin="https://evil.example")
    assert (forged, elsewhere) == (403, 403)
    assert site.stack.ask("/v1/stops")["items"] == []


def every_order_is_in_the_audit_log(page: Page) -> None:
    """Who did what, in the order of the day, newest first."""
    page.goto(f"{HOME}/audit?by=anna")
    done = ["replay.cancelled", "replay.previewed", "call.resolved", "resumed", "stopped", "do_not_call.added"]
    expect(page.locator("tbody td:nth-child(3)")).to_have_text([*done, "signed_in"])


def a_viewer_sees_it_and_cannot_act(site: Site) -> None:
    """The same leads, no button for any of it, and the server refuses the order with a right token, too."""
    with site.signed_in("victor", PASSWORD) as page:
        expect(row_of(page, "01")).to_contain_text("Rung")
        expect(page.get_by_text("Stop calls")).to_have_count(0)
        assert ordered(page, "/stop", what="everything") == 403
        assert site.stack.ask("/v1/stops")["items"] == []


def changed(page: Page) -> None:
    """Edit the rule as a person would: in the field."""
    rules = page.get_by_role("textbox", name="rules")
    rules.fill(rules.input_value().replace(DEMO, LATER))
