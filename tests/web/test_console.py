"""The console's door, by HTTP alone: who is let in, what is refused, and what every answer carries."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from receiver import Receiver, running, settings_for
from waiting import eventually

from gateway.console_key import KEY_FILE, digest_of
from gateway.embedded import EmbeddedValkey
from gateway.web.console.cookies import HOME
from gateway.web.console.page import Act, Entry, Look, Page, Trial
from gateway.web.console.pages import collect, load_pages
from gateway.web.console.people import hash_password

KEY = "dgc_the-key-of-this-test"
PASSWORD = "a password of some length"
CSRF = re.compile(r'name="csrf" value="([^"]+)"')
PAGES = load_pages()


def users(**roles: str) -> str:
    """A configuration with these users, all with one password."""
    hashed = hash_password(PASSWORD)
    return json.dumps(
        {
            "accounts": {"main": {"token": "11111111-2222-4333-8444-555555555555.not-a-real-token"}},
            "console": {"users": {name: {"role": role, "password_hash": hashed} for name, role in roles.items()}},
        }
    )


@pytest.fixture(scope="module")
def shared_place(valkey_server: EmbeddedValkey, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Receiver]:
    """A receiver with a console: two users and a key."""
    folder = tmp_path_factory.mktemp("console")
    (folder / "site.yaml").write_text(users(anna="operator", victor="viewer"), encoding="utf-8")
    (folder / KEY_FILE).write_text(digest_of(KEY), encoding="ascii")
    with running(settings_for(valkey_server.url, config=folder / "site.yaml", data_dir=folder)) as receiver:
        yield receiver


@pytest.fixture
def place(shared_place: Receiver, valkey_url: str) -> Receiver:
    """The receiver on an empty ledger, and a browser without cookies."""
    shared_place.client.cookies.clear()
    return shared_place


@pytest.fixture
def folder(place: Receiver) -> Iterator[Path]:
    """The receiver's configuration and data; what a test changes of it is put back."""
    folder = place.front.settings.data_dir
    before = {path: path.read_bytes() for path in folder.iterdir()}
    version = place.front.keeper.current.version
    yield folder
    for path, content in before.items():
        path.write_bytes(content)
    eventually(lambda: place.front.keeper.current.version == version, message="the configuration is back")


def enter(place: Receiver, name: str = "", secret: str = KEY, **headers: str) -> httpx.Response:
    """Sign in with a client's cookies."""
    form = place.client.get(f"{HOME}/sign-in", headers=headers)
    found = CSRF.search(form.text)
    assert found is not None
    given = {"csrf": found[1], "name": name, "password": secret}
    return place.client.post(f"{HOME}/sign-in", data=given, headers={"Origin": place.url, **headers})


def order(place: Receiver, path: str, **form: str) -> httpx.Response:
    """An order with this session's token."""
    found = CSRF.search(place.client.get(HOME).text)
    token = found[1] if found else ""
    return place.client.post(HOME + path, data={"csrf": token} | form, headers={"Origin": place.url})


def deeds(place: Receiver) -> list[str]:
    """What is in the audit log, newest first."""
    return re.findall(r"<td>([a-z_.]+)</td><td class=\"id\">", place.client.get(f"{HOME}/audit").text)


@pytest.mark.parametrize(("name", "secret"), [("", KEY), ("anna", PASSWORD), ("ANNA", PASSWORD), ("victor", PASSWORD)])
def test_who_proves_it_is_let_in(place: Receiver, name: str, secret: str) -> None:
    """The key's holder and every configured user see the page."""
    assert enter(place, name, secret).status_code == 303
    assert place.client.get(HOME).status_code == 200


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("", "dgc_wrong"),
        ("", ""),
        ("", PASSWORD),
        ("anna", KEY),
        ("anna", ""),
        ("nobody", PASSWORD),
        ("key holder", ""),
    ],
)
def test_who_does_not_is_not(place: Receiver, name: str, secret: str) -> None:
    """Whatever is wrong, the answer is the same."""
    answer = enter(place, name, secret)
    assert answer.status_code == 401
    assert "do not belong together" in answer.text
    assert place.client.get(HOME).status_code == 303


@pytest.mark.parametrize("entry", [entry for page in PAGES for entry in page.entries], ids=lambda entry: entry.path)
def test_no_entry_is_open(place: Receiver, entry: Entry) -> None:
    """Every entry of every page, whoever wrote it, asks for a session first; an order also for our own origin."""
    path = HOME + entry.path.replace("{id}", "ca_1").replace("{name}", "x")
    if isinstance(entry, Look):
        assert place.client.get(path).status_code in {303, 401}
        return
    assert place.client.post(path, headers={"Origin": "https://evil.example"}).status_code == 403
    assert place.client.post(path, headers={"Origin": place.url}).status_code == 401


@pytest.mark.parametrize(
    "entry", [e for p in PAGES for e in p.entries if not isinstance(e, Look)], ids=lambda e: e.path
)
def test_no_order_passes_without_its_token(place: Receiver, entry: Act | Trial) -> None:
    """The same for the CSRF token, with a good session."""
    enter(place)
    path = HOME + entry.path.replace("{id}", "ca_1").replace("{name}", "x")
    for form in ({}, {"csrf": ""}, {"csrf": "0" * 64}):
        assert place.client.post(path, data=form, headers={"Origin": place.url}).status_code == 403


def test_a_user_who_is_gone_from_the_configuration_is_out(place: Receiver, folder: Path) -> None:
    """Removing somebody, or changing their password or role, holds for their open session at once."""
    enter(place, "anna", PASSWORD)
    (folder / "site.yaml").write_text(users(anna="viewer"), encoding="utf-8")
    eventually(lambda: place.client.get(HOME).status_code == 303, message="her new password hash ends her session")
    enter(place, "anna", PASSWORD)
    assert order(place, "/stop", what="everything").status_code == 403


def test_a_new_key_ends_the_sessions_of_the_old(place: Receiver, folder: Path) -> None:
    """Who lost the key makes a new one, and whoever found it is out."""
    enter(place)
    (folder / KEY_FILE).write_text(digest_of("dgc_another"), encoding="ascii")
    assert place.client.get(HOME).status_code == 303


def test_signing_out_everywhere_ends_the_other_browsers_too(place: Receiver) -> None:
    """A lost laptop is signed out from another machine."""
    with httpx.Client(base_url=place.url, trust_env=False) as lost:
        enter(Receiver(url=place.url, client=lost, front=place.front), "anna", PASSWORD)
        enter(place, "anna", PASSWORD)
        assert order(place, "/sign-out-everywhere").status_code == 303
        assert lost.get(HOME).status_code == 303


def test_orders_and_refusals_are_in_the_log(place: Receiver) -> None:
    """Each thing somebody did, and what a viewer tried, is kept with who it was."""
    enter(place, "victor", PASSWORD)
    assert order(place, "/stop", what="everything").status_code == 403
    order(place, "/sign-out")
    enter(place, "anna", PASSWORD)
    assert order(place, "/stop", what="everything", reason="drill").status_code == 303
    assert order(place, "/resume", what="everything").status_code == 303
    assert deeds(place) == ["resumed", "stopped", "signed_in", "signed_out", "refused", "signed_in"]


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({"what": "rule:nobody"}, "would stop nothing"),
        ({"what": "moon"}, "Choose what is meant"),
        ({"what": "everything", "until": "soon"}, "Until when?"),
        ({"what": "everything", "until": "1d" * 60}, "Until when?"),
    ],
)
def test_a_stop_that_means_nothing_is_refused(place: Receiver, form: dict[str, str], says: str) -> None:
    """A person is told what is wrong, and nothing is stopped."""
    enter(place)
    answer = order(place, "/stop", **form)
    assert answer.status_code == 422
    assert says in answer.text
    assert place.api("GET", "/v1/stops").json()["items"] == []


def test_what_is_not_there_is_a_page_too(place: Receiver) -> None:
    """Ids nobody knows, with and without characters that keys are made of, are answered 404."""
    enter(place)
    for path in ("/calls/ca_1/resolve", "/calls/a:b/cancel"):
        assert place.client.get(HOME + path).status_code == 404
    for path in ("/calls/ca_1/reveal", "/events/ev_1/reveal", "/calls/ca_1/cancel"):
        assert order(place, path).status_code == 404
    assert order(place, "/alerts/acknowledge", key="none").status_code == 303


@pytest.mark.parametrize("headers", [{"X-Forwarded-Proto": "https"}, {"Host": "hooks.example.com"}])
def test_by_https_cookies_are_bound_to_this_host(place: Receiver, headers: dict[str, str]) -> None:
    """Secure, HttpOnly, SameSite=Strict, and with the prefix that no other host of the domain can set."""
    answer = place.client.get(f"{HOME}/sign-in", headers=headers)
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-dialgate_door=")
    for word in ("HttpOnly", "Path=/", "SameSite=strict", "Secure"):
        assert word in cookie


def test_every_answer_is_under_the_policy(place: Receiver) -> None:
    """Pages, parts, refusals and the sign-in: no inline script or style, no other host, no framing."""
    answers = [place.client.get(f"{HOME}/sign-in"), place.client.get(HOME), enter(place, "", "wrong")]
    enter(place)
    answers += [place.client.get(HOME), place.client.get(f"{HOME}/now/leads"), order(place, "/calls/x/cancel")]
    for answer in answers:
        assert answer.headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'; style-src")
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert not re.search(r"<script(?![^>]*src=)|<style|\sstyle=|\son[a-z]+=", answer.text)


def test_a_switched_off_console_is_not_there(valkey_url: str, tmp_path: Path) -> None:
    """DIALGATE_CONSOLE=false: no page, no sign-in, no root; webhooks, API and documentation as ever."""
    (tmp_path / "site.yaml").write_text(users(), encoding="utf-8")
    settings = settings_for(valkey_url, config=tmp_path / "site.yaml", data_dir=tmp_path, console=False)
    with running(settings) as receiver:
        paths = ("/", HOME, f"{HOME}/", f"{HOME}/sign-in", f"{HOME}/static/console.css", f"{HOME}/now/tail")
        assert {receiver.client.get(path).status_code for path in paths} == {404}
        assert receiver.client.get("/docs").status_code == 200
        assert receiver.api("GET", "/v1/calls").status_code == 200


def test_forms_are_bounded(place: Receiver) -> None:
    """Too large, too many fields, no form at all, not UTF-8: refused, never a 500."""
    enter(place)
    kind = {"Content-Type": "application/x-www-form-urlencoded", "Origin": place.url}
    bodies = {b"a=" + b"x" * (1024 * 1024): 413, b"a=1&" * 300: 422, b"a=\xff": 422, b"a=%ff": 403}
    for body, status in bodies.items():
        assert place.post(f"{HOME}/stop", body, kind).status_code == status
    assert place.post(f"{HOME}/stop", b"{}", kind | {"Content-Type": "application/json"}).status_code == 415


def test_static_files_are_kept_and_named_by_content(place: Receiver) -> None:
    """Browsers keep them for good: a new release names them anew. Nothing else of the package is served."""
    page = place.client.get(f"{HOME}/sign-in").text
    addresses = re.findall(r'(?:href|src)="(/console/static/[^"]+)"', page)
    assert len(addresses) >= 5
    for address in addresses:
        answer = place.client.get(address)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
    for name in ("LICENCES.md", "../people.py", "%2e%2e/people.py", "nothing.js"):
        assert place.client.get(f"{HOME}/static/{name}").status_code == 404


def test_nobody_configured_is_told_how_to_begin(valkey_url: str, tmp_path: Path) -> None:
    """Without a key and without users the sign-in says what to type."""
    (tmp_path / "site.yaml").write_text(users(), encoding="utf-8")
    with running(settings_for(valkey_url, config=tmp_path / "site.yaml", data_dir=tmp_path)) as receiver:
        assert "dialgate console key" in receiver.client.get(f"{HOME}/sign-in").text


def test_a_module_that_is_no_page_stops_the_start() -> None:
    """A forgotten constant, another name, and an address or key taken twice are told at once."""

    async def show(_: object) -> None:
        """Nothing."""

    class Module:
        """What stands for a module."""

        def __init__(self, name: str, page: object = None) -> None:
            self.__name__ = f"pages.{name}"
            self.PAGE = page

    one = Page(name="one", key="o", entries=(Look(path="/one", handler=show),))
    same_path = Page(name="two", entries=(Look(path="/one", handler=show),))
    same_key = Page(name="three", key="o", entries=())
    for modules, says in (
        ([Module("one")], "no PAGE"),
        ([Module("other", one)], "names must agree"),
        ([Module("one", one), Module("two", same_path)], "same path"),
        ([Module("one", one), Module("three", same_key)], "same key"),
    ):
        with pytest.raises(TypeError, match=says):
            collect(modules)
