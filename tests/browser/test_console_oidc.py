"""Signing in elsewhere in a real browser: what only a browser can say of cookies between two sites."""

import re
from collections.abc import Iterator

import pytest
import yaml
from browser.browsing import CONFIG, HOME, Site, opened
from playwright.sync_api import expect
from web.sign_in_service import CLIENT, SECRET, SignInService, running_service


@pytest.fixture(scope="module")
def service() -> Iterator[SignInService]:
    """A provider at another site than the console: another host, not only another port."""
    with running_service() as service:
        service.url = service.url.replace("127.0.0.1", "localhost")
        yield service


@pytest.fixture(scope="module")
def place(service: SignInService, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Everything running, with a console that trusts the provider."""
    config = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))
    roles = {"operators": ["calls-admin"]}
    oidc = {"issuer": service.url, "client_id": CLIENT, "client_secret": SECRET, "roles": roles, "title": "Our login"}
    config["console"]["oidc"] = oidc
    file = tmp_path_factory.mktemp("oidc") / "console.yaml"
    file.write_text(yaml.safe_dump(config), encoding="utf-8")
    with opened(file) as site:
        yield site


def test_the_way_to_another_site_and_back_ends_signed_in(place: Site, service: SignInService) -> None:
    """Two clicks' worth: the Strict session cookie, set on the way back from another site, opens the page."""
    service.person = {"email": "ann@example.com", "email_verified": True, "groups": ["calls-admin"]}
    context = place.fresh()
    page = context.new_page()
    page.goto(f"{HOME}/sign-in")
    page.click("text=Sign in with Our login")
    expect(page).to_have_url(re.compile(f"{HOME}$"))
    expect(page.locator(".who")).to_contain_text("oidc:ann@example.com")
    expect(page.locator(".role")).to_have_text("operator")
    kept = {one["name"]: one["sameSite"] for one in context.cookies()}
    assert kept["dialgate_session"] == "Strict"
    assert "dialgate_flow" not in kept
    context.close()


def test_who_has_no_role_is_told(place: Site, service: SignInService) -> None:
    """A page that says why, and no session."""
    service.person = {"groups": []}
    context = place.fresh()
    page = context.new_page()
    page.goto(f"{HOME}/sign-in")
    page.click("text=Sign in with Our login")
    expect(page.locator("main")).to_contain_text("no role here")
    page.goto(HOME)
    expect(page).to_have_url(re.compile("sign-in"))
    context.close()
