"""Website forms: who may post, what a person sees, and what a program learns."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest
from inbound import NOW, request_of, source_of
from pydantic import ValidationError

from gateway.contracts import Reply, Source
from gateway.errors import NotAuthentic, TooLarge, TooManyRequests, Unavailable, Unreadable, WebhookRejected
from gateway.model import Event, Person, Request
from gateway.reasons import Reason

SITE, OTHER = "https://example.com", "https://evil.example"
THANKS = f"{SITE}/thanks"
FORM = "application/x-www-form-urlencoded"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


def form(**options: Any) -> Source:
    """A form's source on one website."""
    return source_of("html_form", {"origins": [SITE], **options}, secrets=())


def posted(fields: dict[str, str] | None = None, /, **headers: str) -> Request:
    """A post from the website, with header names written as keywords; an empty one is left out."""
    named = {"Origin": SITE, "Content-Type": FORM, **{name.replace("_", "-"): value for name, value in headers.items()}}
    body = urlencode(fields if fields is not None else {"phone": "+1"}).encode()
    return request_of(body, {name: value for name, value in named.items() if value})


def event_of(source: Source, request: Request) -> Event:
    """The one event of a post."""
    (event,) = source.provider.split(source.provider.decode(request, source), request, source)
    return event


def answer(source: Source, request: Request) -> Reply:
    """What the browser gets when everything is stored."""
    assert source.provider.reply is not None
    reply = source.provider.reply(request, source, ())
    assert reply is not None
    return reply


def refusal(request: Request, error: WebhookRejected | Unreadable) -> Reply:
    """What the browser gets when something is wrong."""
    source = form()
    assert source.provider.refusal is not None
    reply = source.provider.refusal(request, source, error)
    assert reply is not None
    return reply


@pytest.mark.parametrize(
    ("headers", "scheme"),
    [
        ({"Origin": SITE}, f"form on {SITE}"),
        ({"Origin": f"{SITE}:443"}, f"form on {SITE}"),
        ({"Origin": "", "Referer": f"{SITE}/contact"}, f"form on {SITE}"),
    ],
)
def test_a_listed_website_may_post(headers: dict[str, str], scheme: str) -> None:
    """By its Origin, or where there is none its Referer."""
    assert form().provider.authenticate(posted(**headers), form(), NOW) == scheme


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": OTHER},
        {"Origin": "null"},
        {"Origin": "http://example.com"},
        {"Origin": f"{SITE}.evil.example"},
        {"Origin": ""},
        {"Origin": OTHER, "Referer": f"{SITE}/"},
        {"Origin": "", "Referer": f"{OTHER}/?{SITE}"},
    ],
)
def test_any_other_may_not(headers: dict[str, str]) -> None:
    """Nor a post that says nothing of where it comes from."""
    with pytest.raises(NotAuthentic):
        form().provider.authenticate(posted(**headers), form(), NOW)


def test_a_missing_origin_may_be_allowed() -> None:
    """But not a wrong one."""
    source = form(allow_missing_origin=True)
    assert source.provider.authenticate(posted(Origin=""), source, NOW) == "form without origin"
    for origin in (OTHER, "null"):
        with pytest.raises(NotAuthentic):
            source.provider.authenticate(posted(Origin=origin), source, NOW)


def test_a_path_token_counts_besides() -> None:
    """Where one is set, the address must be right too."""
    source = replace(form(), path_token="Vq3tR8xWmZ0aKp5sLc7dYe2f")
    assert source.provider.authenticate(replace(posted(), path_token=source.path_token), source, NOW)
    with pytest.raises(NotAuthentic):
        source.provider.authenticate(posted(), source, NOW)


def test_a_form_becomes_one_event() -> None:
    """With its person, without the honeypot and the redirect; the content is what a second click repeats."""
    source = form(redirect_field="next")
    fields = {"your-tel": "+1", "name": "Ana P", "website": "", "next": THANKS}
    event = event_of(source, posted(fields))
    assert event.payload == {"your-tel": "+1", "name": "Ana P"}
    assert event.person == Person(phone="+1", first_name="Ana", last_name="P")
    assert (event.type, event.key, event.never_rings) == ("form", None, None)


def test_the_same_content_is_the_same_however_it_is_sent() -> None:
    """A multipart boundary is new with every click; other content is another event."""
    parts = '--{0}\r\nContent-Disposition: form-data; name="phone"\r\n\r\n+1\r\n--{0}--\r\n'
    sent = [
        request_of(parts.format(mark).encode(), {"Content-Type": f"multipart/form-data; boundary={mark}"})
        for mark in ("a", "b")
    ]
    keys = {event_of(form(), request).content_key for request in (*sent, posted({"phone": "+1"}))}
    assert len(keys) == 1
    assert event_of(form(), posted({"phone": "+2"})).content_key not in keys


@pytest.mark.parametrize(
    ("options", "fields", "reason"),
    [
        ({}, {"website": "http://spam.example"}, Reason.HONEYPOT),
        ({}, {"website": " "}, Reason.HONEYPOT),
        ({}, {"website": ""}, None),
        ({"honeypot": "hp"}, {"hp": "x"}, Reason.HONEYPOT),
        ({"honeypot": "hp"}, {"website": "x"}, None),
        ({"honeypot": None}, {"website": "x"}, None),
    ],
)
def test_a_filled_honeypot_never_rings(options: dict[str, Any], fields: dict[str, str], reason: Reason | None) -> None:
    """And is stored with its reason, so that a person can see it."""
    source = form(**options)
    assert event_of(source, posted({"phone": "+1", **fields})).never_rings is reason


@pytest.mark.parametrize("accept", [BROWSER, "application/json"])
def test_a_program_learns_nothing_from_the_answer(accept: str) -> None:
    """Lead and honeypot are answered with the very same bytes."""
    for source in (form(), form(redirect=THANKS)):
        lead, trap = posted({"phone": "+1"}, Accept=accept), posted({"website": "x"}, Accept=accept)
        assert answer(source, lead) == answer(source, trap)


def test_json_bodies_must_be_objects() -> None:
    """Named fields, in whatever encoding."""
    source = form()
    request = request_of(b'{"phone":"+1"}', {"Content-Type": "application/json", "Origin": SITE})
    assert event_of(source, request).person.phone == "+1"
    with pytest.raises(Unreadable, match="not an object"):
        event_of(source, replace(request, body=b"[1]"))


@pytest.mark.parametrize(
    ("headers", "page"),
    [
        ({"Accept": BROWSER}, True),
        ({"Accept": "*/*", "Sec-Fetch-Mode": "navigate"}, True),
        ({"Accept": "application/xhtml+xml"}, True),
        ({"Accept": "text/html;q=0.5, application/json;q=0.9"}, False),
        ({"Accept": "text/html;q=0"}, False),
        ({"Accept": "text/html;q=x"}, False),
        ({"Accept": "application/json"}, False),
        ({"Accept": "*/*"}, False),
        ({}, False),
    ],
)
def test_pages_for_people_json_for_scripts(headers: dict[str, str], page: bool) -> None:
    """A navigating browser gets a page, fetch and XMLHttpRequest get JSON."""
    reply = answer(form(), posted(**headers))
    assert reply.media_type == ("text/html" if page else "application/json")
    assert reply.status == 200


def test_scripts_of_the_website_may_read_the_answer() -> None:
    """CORS names the one origin, and only a listed one."""
    reply = answer(form(redirect=THANKS), posted(Accept="application/json"))
    assert orjson.loads(reply.body) == {"status": "accepted", "redirect": THANKS}
    assert ("Access-Control-Allow-Origin", SITE) in reply.headers
    assert ("Vary", "Origin, Accept") in reply.headers
    other = answer(form(), posted(Accept="application/json", Origin=OTHER))
    assert "Access-Control-Allow-Origin" not in dict(other.headers)


@pytest.mark.parametrize(
    ("named", "target"),
    [
        (f"{SITE}/other?x=1", f"{SITE}/other?x=1"),
        (f"{OTHER}/", THANKS),
        (f"{SITE}.evil.example/", THANKS),
        (f"{SITE}@evil.example/", THANKS),
        (f"{SITE}\\@evil.example/", THANKS),
        (f"{SITE}/\r\nSet-Cookie: a=b", THANKS),
        ("//evil.example", THANKS),
        ("/relative", THANKS),
        ("javascript:alert(1)", THANKS),
        ("", THANKS),
    ],
)
def test_a_redirect_goes_to_a_listed_origin_only(named: str, target: str) -> None:
    """A form that names another page cannot send the visitor, or a header, elsewhere."""
    source = form(redirect=THANKS, redirect_field="next")
    reply = answer(source, posted({"phone": "+1", "next": named}, Accept=BROWSER))
    assert (reply.status, dict(reply.headers)["Location"]) == (303, target)


def test_a_body_nobody_can_read_redirects_as_configured() -> None:
    """The answer does not depend on what is in a broken body."""
    source = form(redirect=THANKS, redirect_field="next")
    for body, kind in ((b"\xff", FORM), (b"[1]", "application/json")):
        reply = answer(source, request_of(body, {"Content-Type": kind, "Accept": BROWSER}))
        assert dict(reply.headers)["Location"] == THANKS


@pytest.mark.parametrize(
    ("error", "status", "says"),
    [
        (TooManyRequests("x", retry_after=200), 429, "try again in 3 min"),
        (TooLarge("x"), 413, "too large"),
        (Unavailable("redis is gone"), 503, "could not be saved"),
        (NotAuthentic("secret"), 401, "cannot be sent from here"),
        (Unreadable("field 2 is not utf-8"), 422, "field 2 is not utf-8"),
    ],
)
def test_a_person_is_told_what_is_wrong(error: WebhookRejected | Unreadable, status: int, says: str) -> None:
    """As a page or as JSON, with what they can do, and nothing of our insides."""
    page, script = refusal(posted(Accept=BROWSER), error), refusal(posted(), error)
    assert page.status == script.status == status
    assert says in page.body.decode()
    assert says in orjson.loads(script.body)["error"]
    assert b"redis" not in page.body + script.body
    if status == 429:
        assert ("Retry-After", "200") in page.headers
        assert ("Retry-After", "200") in script.headers


def test_the_way_back_goes_to_a_listed_origin_only() -> None:
    """The page's link is the form's own address, or there is none."""
    assert b"Back to the form" in answer(form(), posted(Accept=BROWSER, Referer=f"{SITE}/a?x=1")).body
    assert b"Back" not in answer(form(), posted(Accept=BROWSER, Referer=f"{OTHER}/")).body


def test_a_preflight_is_answered_for_listed_origins() -> None:
    """A post itself is no preflight."""
    provider = form().provider
    assert provider.handshake is not None
    asked = replace(posted(), method="OPTIONS", body=b"")
    allowed = provider.handshake(asked, form())
    assert allowed is not None
    assert allowed.status == 204
    assert dict(allowed.headers)["Access-Control-Allow-Origin"] == SITE
    assert dict(allowed.headers)["Access-Control-Allow-Methods"] == "POST"
    other = provider.handshake(replace(asked, headers=(("origin", OTHER),)), form())
    assert other == Reply(status=403, body=b"", headers=(("Vary", "Origin"),))
    assert provider.handshake(posted(), form()) is None


def test_a_public_source_has_limits_by_default() -> None:
    """Anybody may post, so an hour and an address have a limit before anything is configured."""
    provider = form().provider
    assert provider.public
    assert provider.default_ceiling is not None
    assert provider.default_ceiling.window == timedelta(hours=1)
    assert provider.default_address_limit is not None


@pytest.mark.parametrize(
    "options",
    [
        {"origins": []},
        {"origins": ["*"]},
        {"origins": ["example.com"]},
        {"origins": [f"{SITE}/path"]},
        {"redirect": f"{OTHER}/thanks"},
        {"redirect": "/thanks"},
        {"honeypot": ""},
    ],
)
def test_options_that_open_the_form_to_others_are_refused(options: dict[str, Any]) -> None:
    """Exact origins, and a redirect that stays on one of them."""
    with pytest.raises(ValidationError):
        form(**options)
