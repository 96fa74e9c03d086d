"""Rules, workbench, shadow and bulk replay in a real browser, in front of everything running."""

import re
from pathlib import Path

import httpx
from browser.browsing import HOME, PASSWORD, Site
from browser.test_console_accessibility import findings
from playwright.sync_api import Page, expect
from waiting import eventually

LATER = 'when: payload.interest == "later"'


def count(site: Site, **where: str) -> int:
    """How many events there are."""
    query = "&".join(f"{name}={value}" for name, value in where.items())
    return len(site.stack.ask(f"/v1/events?limit=200&{query}")["items"])  # type: ignore[arg-type]  # a list of JSON


def all_rung(site: Site) -> int:
    """How many rings there are once every call of this module's leads has rung."""

    def over() -> bool:
        calls = site.stack.ask("/v1/calls?source=signup&limit=200")["items"]
        return all(call["state"] == "PLACED" for call in calls)  # type: ignore[attr-defined]  # a list of JSON

    eventually(over, seconds=60, message="every lead rang")
    return len(site.stack.rings())


def change(page: Page, old: str, new: str) -> None:
    """Edit the rules as a person would: in the field."""
    field = page.locator("#rules")
    text = field.input_value()
    assert old in text
    field.fill(text.replace(old, new))


def test_the_rules_are_read_as_sentences(site: Site) -> None:
    """Every rule says what it does, under which terms, how often it held; and which file it is of, since when."""
    site.lead(phone="+14155550140")
    with site.signed_in("victor", PASSWORD) as page:
        page.goto(f"{HOME}/rules")
        first = page.locator(".rules li.card").first
        expect(first).to_contain_text("1. demo request")
        expect(first).to_contain_text("call the phone number it gives from east (pn_212)")
        expect(first).to_contain_text(re.compile("at most 2 a day, 5 a week"))
        expect(first).to_contain_text("Held last for an event of")
        expect(page.locator(".rules li.card").nth(1)).to_contain_text("mon-sat 09:00-20:00")
        expect(page.locator("main")).to_contain_text("console.yaml")
        expect(page.locator("text=Try a change")).to_have_count(0)


def test_the_workbench_tells_while_one_types(site: Site) -> None:
    """What a delivery would do follows the text, and the text's faults have their line; nothing comes of it."""
    before = count(site)
    with site.signed_in() as page:
        page.goto(f"{HOME}/workbench")
        found = page.locator("#found")
        expect(found).to_contain_text("Would ring at once")
        expect(found).to_contain_text("+14155550123")
        change(page, 'payload.interest == "demo"', 'payload.interest == "other"')
        expect(found).to_contain_text("Nobody would be called")
        expect(found).to_contain_text("does not hold")
        change(page, 'payload.interest == "other"', "payload.interest ==")
        expect(found).to_contain_text("cannot be read")
        page.click("#found .at >> nth=0")
        assert page.evaluate("document.activeElement.id") == "rules"
        change(page, "payload.interest ==", 'payload.interest == "demo"')
        page.select_option("#source", "evening")
        expect(found).to_contain_text("Would wait")
        page.fill("#at", "nonsense")
        expect(found).to_contain_text("Write an instant")
        page.fill("#at", "2026-11-28T03:00:00-05:00")
        expect(found).to_contain_text("Would wait")
        with page.expect_download() as download:
            page.click("button:has-text('Download')")
        assert "demo request" in download.value.path().read_text(encoding="utf-8")
    assert count(site) == before
    assert "later" not in Path("tests/browser/console.yaml").read_text(encoding="utf-8")


def test_a_real_delivery_is_tried_masked(site: Site) -> None:
    """Picked from the ledger, its values stay hidden, and the rules still see all of them."""
    site.lead(phone="+14155550141", first_name="Wilhelmina")
    with site.signed_in() as page:
        page.goto(f"{HOME}/workbench")
        page.click("text=Pick a real one")
        page.click("details a >> nth=0")
        expect(page.locator("#found")).to_contain_text("Would ring at once")
        assert "4155550141" not in page.content()
        assert "Wilhelmina" not in page.content()
        expect(page.locator("#found")).to_contain_text("41")


def test_a_shadow_run_says_who_would_no_longer_be_called(site: Site) -> None:
    """Over real leads: who would be called now, who not; masked, with links to the events; and it can be stopped."""
    site.lead(phone="+14155550142")
    site.lead(phone="+14155550143", interest="later")
    with site.signed_in() as page:
        page.goto(f"{HOME}/shadow")
        page.click("button.primary")
        comparison = page.locator("#comparison")
        expect(comparison).to_contain_text("Nothing would change for anybody")
        change(page, 'when: payload.interest == "demo"', LATER)
        page.click("button.primary")
        expect(comparison.locator("h2")).to_have_text("Compared")
        expect(comparison).to_contain_text("1 newly called")
        expect(comparison).to_contain_text(re.compile(r"\d no longer called"))
        assert "4155550143" not in comparison.inner_text()
        comparison.locator("#differences a").first.click()
        expect(page).to_have_url(re.compile("/events/ev_"))


def test_a_long_shadow_run_can_be_stopped(site: Site) -> None:
    """Step by step, with progress; after Stop nothing more is compared."""
    for number in range(130):
        site.lead(phone=f"+1415556{1000 + number}", interest="newsletter")
    with site.signed_in() as page:
        page.goto(f"{HOME}/shadow")
        page.select_option("#most", "1000")
        page.route(
            "**/shadow/step",
            lambda route: route.continue_() if "cursor" not in (route.request.post_data or "") else None,
        )
        page.click("button.primary")
        expect(page.locator("#sums")).to_contain_text("100 of at most 1000")
        page.click("#next button")
        expect(page.locator("#comparison")).to_contain_text("Stopped.")
        page.unroute("**/shadow/step")
        page.click("button.primary")
        expect(page.locator("#comparison h2")).to_have_text("Compared")
        expect(page.locator("#sums")).to_contain_text(re.compile(r"1[3-9]\d of at most 1000"))


def test_many_are_replayed_after_a_look_at_what_it_would_do(site: Site) -> None:
    """Filter, a sentence with numbers, approval, live progress to its end; and nobody is rung twice."""
    site.lead(phone="+14155550144")
    rings = all_rung(site)
    with site.signed_in() as page:
        page.goto(f"{HOME}/replays")
        page.select_option("select[name=state]", "MATCHED")
        page.select_option("select[name=source]", "signup")
        page.click("button:has-text('See what it would do')")
        expect(page.locator(".sentence")).to_contain_text(re.compile(r"\d+ events?: 0 calls would ring now"))
        expect(page.locator(".sentence")).to_contain_text("left as")
        page.click("text=Approve and begin")
        expect(page.locator("#progress")).to_contain_text("Approved by key holder")
        expect(page.locator("#progress .state").first).to_have_text(re.compile("Under way|Done"))
        page.goto(f"{HOME}/replays")
        page.click(".items a >> nth=0")
        if page.locator("text=Under way").count():
            page.click("button:has-text('Cancel')")
    assert len(site.stack.rings()) == rings


def test_a_preview_of_many_grows_and_opens_its_lists(site: Site) -> None:
    """More events than one look takes: it goes on by itself to its end; each figure opens as many calls as it says."""
    for number in range(60):
        site.lead(phone=f"+1415555{2000 + number}", interest="nothing")
    with site.signed_in() as page:
        page.goto(f"{HOME}/replays")
        page.select_option("select[name=state]", "IGNORED")
        page.click("button:has-text('See what it would do')")
        expect(page.locator("#progress")).to_contain_text("Not approved", timeout=30_000)
        figure = page.locator(".sentence a").filter(has_text="ignored")
        found = int(figure.inner_text().split()[0])
        assert found >= 60
        assert findings(page) == []
        figure.click()
        expect(page.locator("h1")).to_have_text("What it would do, call by call")
        expect(page.locator("[aria-current=true]")).to_contain_text(f"{found} ignored")
        expect(page.locator(".foreseen tbody tr")).to_have_count(50)
        expect(page.locator(".foreseen tbody")).to_contain_text("No rule's condition held")
        expect(page.locator(".foreseen tbody")).not_to_contain_text("+14155552001")
        assert findings(page) == []
        page.click("text=Further ones")
        expect(page.locator(".foreseen tbody tr")).to_have_count(min(50, found - 50))
        page.click(".foreseen a >> nth=0")
        expect(page.locator("h1")).to_be_visible()


def test_a_replay_is_cancelled_before_it_rings_anybody(site: Site) -> None:
    """Cancelled is cancelled: nothing is decided any more, and the log says who did it."""
    site.lead(phone="+14155550145", interest="never")
    rings = all_rung(site)
    with site.signed_in() as page:
        page.goto(f"{HOME}/replays")
        page.select_option("select[name=state]", "IGNORED")
        page.check("input[name=again]")
        page.click("button:has-text('See what it would do')")
        expect(page.locator("#progress")).to_contain_text("Not approved")
        page.click("#progress >> text=Cancel")
        expect(page.locator("#progress")).to_contain_text("Cancelled by key holder")
        expect(page.locator("text=Approve and begin")).to_have_count(0)
        page.goto(f"{HOME}/audit")
        expect(page.locator("tbody")).to_contain_text("replay.cancelled")
        expect(page.locator("tbody")).to_contain_text("replay.previewed")
    assert len(site.stack.rings()) == rings


def test_a_viewer_reads_rules_and_orders_and_no_more(site: Site) -> None:
    """Workbench and shadow look at people's data, and a replay may ring: those are for operators."""
    with site.signed_in("victor", PASSWORD) as page:
        page.goto(f"{HOME}/replays")
        expect(page.locator("button:has-text('See what it would do')")).to_have_count(0)
        for path in ("/workbench", "/shadow"):
            answer = page.goto(HOME + path)
            assert answer is not None
            assert answer.status == 403


def test_the_rules_tests_run_on_demand(site: Site) -> None:
    """Where there are tests beside the rules, a click says how many pass; here there are none, and no button."""
    with site.signed_in() as page:
        page.goto(f"{HOME}/rules")
        expect(page.locator("text=Run the tests")).to_have_count(0)
        token = page.locator("input[name=csrf]").first.input_value()
        answer = page.context.request.post(
            f"{HOME}/rules/tests", form={"csrf": token}, headers={"Origin": site.stack.url}
        )
        assert answer.status == 200


def test_nothing_of_this_is_open_to_programs_without_a_session(site: Site) -> None:
    """The steps are posts behind the same door."""
    for path in ("/workbench/try", "/shadow/step", "/rules/tests", "/replays"):
        answer = httpx.post(site.stack.url + HOME + path, headers={"Origin": site.stack.url}, timeout=30)
        assert answer.status_code == 401
