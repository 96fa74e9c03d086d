"""Who gets into the console, and what everybody else hears."""

import re

import pytest
from browser.browsing import CONSOLE_KEY, HOME, PASSWORD, Site, ordered, sign_in
from playwright.sync_api import Request, expect


def test_the_key_opens_the_console_and_signing_out_closes_it(site: Site) -> None:
    """The key's holder is an operator; after signing out the same cookie opens nothing."""
    with site.signed_in() as page:
        expect(page.locator(".role")).to_have_text("operator")
        cookies = page.context.cookies()
        assert {one["sameSite"] for one in cookies if one["httpOnly"]} == {"Strict"}
        page.click("text=Sign out")
        page.wait_for_url(f"**{HOME}/sign-in")
        page.context.add_cookies(cookies)
        page.goto(HOME)
        expect(page).to_have_url(re.compile("sign-in"))


def test_signed_out_every_address_leads_to_the_sign_in(site: Site) -> None:
    """Nothing is shown to a stranger, and `/` leads to the sign-in."""
    context = site.fresh()
    for path in ("/", HOME, f"{HOME}/audit", f"{HOME}/now/leads"):
        page = context.new_page()
        page.goto(path)
        expect(page).to_have_url(re.compile("sign-in"))
    context.close()


def test_wrong_passwords_lock_out_and_say_for_how_long(site: Site) -> None:
    """After five wrong passwords even the right one must wait, and the answer says how long."""
    context = site.fresh()
    page = context.new_page()
    for _ in range(5):
        sign_in(page, "locked", "wrong password")
        expect(page.get_by_role("alert")).to_contain_text("do not belong together")
    with page.expect_response(lambda response: response.request.method == "POST") as answered:
        sign_in(page, "locked", PASSWORD)
    assert answered.value.status == 429
    assert 0 < int(answered.value.headers["retry-after"]) <= 30
    expect(page.get_by_role("alert")).to_contain_text("Too many wrong passwords")
    context.close()


def test_an_order_without_its_token_is_refused(site: Site) -> None:
    """A form without this session's CSRF token, or from another site, changes nothing."""
    with site.signed_in() as page:
        refused = [
            ordered(page, "/stop", what="everything", csrf=""),
            ordered(page, "/stop", what="everything", csrf="0" * 64),
            ordered(page, "/stop", what="everything", origin="https://evil.example"),
            ordered(page, "/stop", what="everything", origin=""),
        ]
        assert refused == [403, 403, 403, 403]
        assert site.stack.ask("/v1/stops")["items"] == []


@pytest.mark.parametrize("path", ["/stop", "/resume", "/calls/ca_x/resolve", "/calls/ca_x/reveal", "/audit/export"])
def test_a_viewer_cannot_act(site: Site, path: str) -> None:
    """A viewer with a right token is refused each order by the server, and sees no buttons for them."""
    with site.signed_in("victor", PASSWORD) as page:
        expect(page.locator(".role")).to_have_text("viewer")
        expect(page.locator("text=Stop calls")).to_have_count(0)
        assert ordered(page, path, **{"as": "redial"}) == 403
        assert site.stack.ask("/v1/stops")["items"] == []


def refused(request: Request) -> bool:
    """Whether the browser would not send it; the page itself may break one off for a newer one."""
    return request.failure != "net::ERR_ABORTED"


def test_pages_run_under_a_strict_policy(site: Site) -> None:
    """No inline script or style, no other host, no framing, no caching; and no page breaks that policy."""
    complaints: list[str] = []
    with site.signed_in() as page:
        page.on("console", lambda message: complaints.append(message.text))
        page.on("requestfailed", lambda request: complaints.append(request.url) if refused(request) else None)
        answer = page.goto(HOME)
        assert answer is not None
        policy = answer.headers["content-security-policy"]
        assert "unsafe" not in policy
        assert "script-src 'self'" in policy
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["x-content-type-options"] == "nosniff"
        expect(page.locator("#live")).to_have_text("live")
        page.click("text=Stop calls")
        expect(page.locator("#ask")).to_be_visible()
        assert complaints == []


def test_light_and_dark_are_kept(site: Site) -> None:
    """The choice of light or dark holds for the next page."""
    with site.signed_in(color_scheme="light") as page:
        page.click("#theme")
        expect(page.locator("html")).to_have_attribute("data-theme", "dark")
        page.goto(f"{HOME}/audit")
        expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_sign_ins_good_and_bad_are_in_the_audit_log(site: Site) -> None:
    """Who came in and who was refused is read there, and never what they typed."""
    context = site.fresh()
    sign_in(context.new_page(), "mallory", CONSOLE_KEY)
    context.close()
    with site.signed_in("anna", PASSWORD) as page:
        page.goto(f"{HOME}/audit")
        rows = page.locator("tbody")
        expect(rows).to_contain_text("sign_in_refused")
        expect(rows).to_contain_text("mallory")
        expect(rows).to_contain_text("signed_in")
        assert CONSOLE_KEY not in page.content()
        with page.expect_download() as download:
            page.click("text=Export CSV")
        text = download.value.path().read_text(encoding="utf-8")
        assert text.startswith("id,at,by,action,subject,detail,address")
        assert "mallory" in text
