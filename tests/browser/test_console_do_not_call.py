"""The do-not-call list in a real browser."""

from browser.browsing import HOME, PASSWORD, Site
from browser.test_console_accessibility import findings
from playwright.sync_api import expect


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


def test_an_import_names_its_bad_lines(site: Site) -> None:
    """What can be read is listed, the rest is named by line; nothing grave by axe."""
    with site.signed_in() as page:
        page.goto(f"{HOME}/do-not-call")
        assert findings(page) == []
        page.fill("#csv", "phone,email\n+14155550521,\nnonsense,\n")
        page.get_by_role("button", name="Import").click()
        expect(page.locator("main")).to_contain_text("1 added, 0 listed already, 1 bad line")
        expect(page.locator("main")).to_contain_text("line 3: phone")


def test_a_viewer_looks_and_changes_nothing(site: Site) -> None:
    """No form is shown, and the server refuses the order with a right token."""
    with site.signed_in("victor", PASSWORD) as page:
        page.goto(f"{HOME}/do-not-call")
        expect(page.locator("#add-who")).to_have_count(0)
        token = page.locator("input[name=csrf]").first.input_value()
        form = {"csrf": token, "who": "+14155550531"}
        answer = page.context.request.post(f"{HOME}/do-not-call", form=form, headers={"Origin": site.stack.url})
        assert answer.status == 403
