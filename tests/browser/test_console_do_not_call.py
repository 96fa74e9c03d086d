"""The do-not-call list in a real browser."""

from pathlib import Path

from browser.browsing import HOME, PASSWORD, Site
from browser.test_console_accessibility import findings
from playwright.sync_api import Page, expect

PATIENCE = 60_000  # milliseconds


def test_a_person_is_added_looked_up_and_removed(site: Site) -> None:
    """Each is said, kept with who did it, and shown without the number."""
    with site.signed_in("anna", PASSWORD) as page:
        page.goto(f"{HOME}/do-not-call")
        page.fill("#add-who", "+14155550511")
        page.get_by_role("button", name="Never call").click()
        expect(page.locator(".note")).to_contain_text("Listed: phone +1••••••••11")
        page.goto(f"{HOME}/do-not-call?who=%2B14155550511")
        expect(page.locator("tbody tr")).to_contain_text("anna")
        page.get_by_text("Remove …").click()
        page.locator("#ask").get_by_role("button", name="Remove").click()
        expect(page.locator(".note")).to_contain_text("may be rung again")
        page.goto(f"{HOME}/do-not-call?who=%2B14155550511")
        expect(page.locator("main")).to_contain_text("Not on the list")
        expect(page.locator("main")).to_contain_text("Removed")


def choose(page: Page, content: str, name: str = "people.csv") -> None:
    """A file chosen, and the form sent by the keyboard."""
    page.goto(f"{HOME}/do-not-call")
    page.set_input_files("#file", {"name": name, "mimeType": "text/csv", "buffer": content.encode()})
    page.get_by_role("button", name="Import").focus()
    page.keyboard.press("Enter")


def test_an_import_names_its_bad_lines(site: Site) -> None:
    """What can be read is listed, the rest is named by line and column and may be taken along; axe finds nothing."""
    with site.signed_in() as page:
        page.goto(f"{HOME}/do-not-call")
        assert findings(page) == []
        choose(page, "name;phone;email\nAda;+14155550521;\nBob;nonsense;\n;;eve\n")
        expect(page.locator(".sentence")).to_contain_text("1 added, 0 listed already, 2 bad lines", timeout=PATIENCE)
        rows = page.locator("tbody tr")
        expect(rows).to_have_count(2)
        expect(rows.nth(0)).to_contain_text("2, phone")
        expect(rows.nth(1)).to_contain_text("3, email")
        assert findings(page) == []
        with page.expect_download() as download:
            page.get_by_text("Download as CSV").click()
        assert download.value.path().read_text().count("\n") == 3
        page.get_by_text("Back to the list").click()
        expect(page.locator("main")).to_contain_text("people.csv")


def test_progress_moves_survives_leaving_and_is_cancelled_by_keyboard(site: Site) -> None:
    """The bar moves by itself and the focus stays; leaving changes nothing; who is listed by a cancel stays so."""
    with site.signed_in("anna", PASSWORD) as page:
        choose(page, "phone\n" + "".join(f"+1415{3_000_000 + number}\n" for number in range(500_000)), "many.csv")
        page.wait_for_url("**/imports/*", timeout=PATIENCE)
        bar = page.locator("progress")
        page.locator("#cancel").focus()
        expect(bar).not_to_have_attribute("value", "0", timeout=PATIENCE)
        assert findings(page) == []
        before = bar.get_attribute("value") or ""
        expect(bar).not_to_have_attribute("value", before, timeout=PATIENCE)
        assert page.evaluate("document.activeElement.id") == "cancel"
        page.goto(HOME)
        page.goto(f"{HOME}/do-not-call")
        page.get_by_role("link", name="many.csv").click()
        expect(page.locator("main")).to_contain_text("Importing")
        page.locator("#cancel").focus()
        page.keyboard.press("Enter")
        expect(page.locator("main")).to_contain_text("Cancelled by anna", timeout=PATIENCE)
        assert findings(page) == []
        assert 0 < bar.evaluate("bar => bar.value") < 500_001


def test_pasted_lines_and_what_is_refused(site: Site, tmp_path: Path) -> None:
    """Nothing chosen and a file too large are told beside the form, and what was typed stays; pasting works, too."""
    with site.signed_in() as page:
        page.goto(f"{HOME}/do-not-call")
        page.fill("#region", "us")
        page.get_by_role("button", name="Import").click()
        expect(page.locator("#import-said")).to_contain_text("Choose a file", timeout=PATIENCE)
        assert findings(page) == []
        assert page.locator("#region").input_value() == "us"
        large = tmp_path / "large.csv"
        large.write_bytes(b"phone\n" + b"x" * 20_000_000)
        page.set_input_files("#file", large)
        assert "over 20 MB" in page.locator("#file").evaluate("file => file.validationMessage")
        page.set_input_files("#file", [])
        page.get_by_text("Or paste lines").click()
        page.fill("#csv", "phone\n(415) 555-0522\n")
        page.get_by_role("button", name="Import").click()
        expect(page.locator(".sentence")).to_contain_text("1 added, 0 listed already, no bad line", timeout=PATIENCE)


def test_a_viewer_looks_and_changes_nothing(site: Site) -> None:
    """No form is shown, and the server refuses the order with a right token."""
    with site.signed_in("victor", PASSWORD) as page:
        page.goto(f"{HOME}/do-not-call")
        expect(page.locator("#add-who")).to_have_count(0)
        token = page.locator("input[name=csrf]").first.input_value()
        form = {"csrf": token, "who": "+14155550531"}
        answer = page.context.request.post(f"{HOME}/do-not-call", form=form, headers={"Origin": site.stack.url})
        assert answer.status == 403
