"""/hooks/{source}: from a request to the ledger, and what each sender hears."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any

import pytest
from receiver import BEARER, PHONE, Receiver, signed

FORM = {"Origin": "https://shop.example.com", "Content-Type": "application/x-www-form-urlencoded"}
BROWSER = {**FORM, "Accept": "text/html,*/*;q=0.8"}
LEAD = json.dumps({"id": "1", "interest": "demo", "phone": PHONE, "name": "Ada"}).encode()


def events(site: Receiver) -> list[dict[str, Any]]:
    """Every event in the ledger, newest first."""
    items: list[dict[str, Any]] = site.api("GET", "/v1/events").json()["items"]
    return items


def calls(site: Receiver) -> list[dict[str, Any]]:
    """Every call in the ledger, newest first."""
    items: list[dict[str, Any]] = site.api("GET", "/v1/calls").json()["items"]
    return items


def test_a_webhook_becomes_a_call(site: Receiver) -> None:
    """What must hold: an authentic lead is answered 200 once its call is in the ledger, from the right number."""
    answer = site.post("/hooks/signed", LEAD, signed(LEAD))
    assert answer.status_code == 200, answer.text
    [event] = answer.json()["events"]
    assert (answer.json()["status"], event["status"], len(event["calls"])) == ("accepted", "accepted", 1)
    [call] = calls(site)
    assert call["id"] == event["calls"][0]
    assert (call["state"], call["source"], call["rule"], call["fromNumberId"]) == ("READY", "signed", "demo", "pn_212")


def test_the_same_event_again_names_the_first(site: Receiver) -> None:
    """What must hold: a replayed delivery is answered 2xx as a duplicate of the first, and makes no second call."""
    headers = signed(LEAD)
    first, second = (site.post("/hooks/signed", LEAD, headers) for _ in range(2))
    assert second.status_code == 200
    assert second.json()["status"] == "duplicate"
    assert second.json()["events"][0]["id"] == first.json()["events"][0]["id"]
    assert second.json()["events"][0]["calls"] == first.json()["events"][0]["calls"]
    assert len(calls(site)) == 1


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/hooks/nowhere", BEARER),
        ("/hooks/nowhere/with-a-token", BEARER),
        ("/hooks/signed", {}),
        ("/hooks/signed", {**signed(LEAD), "X-Signature": "0" * 64}),
        ("/hooks/signed", signed(LEAD, secret=b"another")),
        ("/hooks/signed", signed(LEAD, at=time.time() - 3600)),
        ("/hooks/signed", signed(LEAD, at=time.time() + 3600)),
        ("/hooks/signed", signed(LEAD + b" ")),
        ("/hooks/signed/a-token", signed(LEAD)),
        ("/hooks/bearer", {"Authorization": "Bearer wrong"}),
        ("/hooks/bearer", {"Authorization": "Bearer t\xe9st".encode("latin-1").decode("latin-1")}),
        ("/hooks/hidden", {}),
        ("/hooks/hidden/4f1c2b7a9d3e8f60718293a4b5c6d7e9", {}),
        ("/hooks/hub", {"X-HubSpot-Signature": "x"}),
    ],
)
def test_what_is_not_authentic_hears_the_same_and_leaves_nothing(
    site: Receiver, path: str, headers: dict[str, str]
) -> None:
    """What must hold: a bare 401, byte for byte the same for an unknown address and a wrong, old or missing proof."""
    request = site.client.build_request("POST", path, content=LEAD)
    for name, value in headers.items():
        request.headers.raw.append((name.encode(), value.encode("latin-1")))
    answer = site.client.send(request)
    expected = site.client.post("/hooks/there-is-no-such-source", content=b"{}")
    assert (answer.status_code, answer.content) == (401, expected.content)
    assert {*answer.headers} == {*expected.headers}
    assert events(site) == []


@pytest.mark.parametrize(
    ("path", "method", "allowed"),
    [
        ("/hooks/hub", "DELETE", None),
        ("/hooks/nowhere", "GET", None),
        ("/hooks/signed", "TRACE", None),
        ("/hooks/signed", "PROPFIND", None),
        ("/hooks/form", "PUT", "POST"),
    ],
)
def test_a_method_the_source_does_not_take(site: Receiver, path: str, method: str, allowed: str | None) -> None:
    """What must hold: 405 with what is allowed, for known and unknown addresses alike, and nothing stored."""
    answer = site.client.request(method, path)
    assert answer.status_code == 405
    assert "POST" in answer.headers["allow"]
    assert allowed is None or answer.headers["allow"] == allowed
    assert events(site) == []


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "neither a body"),
        (b"{", "not JSON"),
        (b'{"phone": NaN}', "not JSON"),
        (b'{"n": 1e999}', "not JSON"),
        (b'{"a": 1, "a": 2}', "a"),
        (b"[" * 40 + b"]" * 40, "nested"),
        (b'"\\ud800"', "JSON"),
        (b'{"a": "\xff"}', "JSON"),
    ],
)
def test_an_authentic_body_nobody_can_read_is_kept(site: Receiver, body: bytes, why: str) -> None:
    """What must hold: it is stored, answered 2xx, and shown as FAILED with what is wrong: never lost, never a 500."""
    answer = site.post("/hooks/signed", body, signed(body))
    assert (answer.status_code, answer.json()["status"]) == (200, "failed")
    [event] = events(site)
    assert (event["state"], event["reason"]) == ("FAILED", "unreadable")
    assert why in event["error"]


@pytest.mark.parametrize("content_type", ["text/plain", "application/octet-stream", "application/xml", "", "x" * 300])
def test_a_wrong_content_type_is_not_a_crash(site: Receiver, content_type: str) -> None:
    """What must hold: whatever the type says, an authentic body ends in the ledger, readable or not."""
    answer = site.post("/hooks/bearer", b"<lead/>", {**BEARER, "Content-Type": content_type})
    assert answer.status_code == 200
    assert len(events(site)) == 1


@pytest.mark.parametrize(
    ("payload", "state", "reason", "status"),
    [
        ({"interest": "nothing"}, "IGNORED", "no_rule_matched", "ignored"),
        ({"interest": "broken"}, "FAILED", "rule_error", "failed"),
    ],
)
def test_an_event_that_rings_nobody_says_why(
    site: Receiver, payload: dict[str, str], state: str, reason: str, status: str
) -> None:
    """What must hold: no matching rule and a failing rule are both 2xx, in the ledger, each with its reason."""
    answer = site.lead(**payload)
    assert (answer.status_code, answer.json()["status"]) == (200, status)
    [event] = events(site)
    assert (event["state"], event["reason"]) == (state, reason)
    assert calls(site) == []


def test_an_unguessable_address_is_proof_enough(site: Receiver) -> None:
    """What must hold: a source with a path token takes what comes to that address, and to no other."""
    answer = site.post("/hooks/hidden/4f1c2b7a9d3e8f60718293a4b5c6d7e8", LEAD, {"Content-Type": "application/json"})
    assert (answer.status_code, len(calls(site))) == (200, 1)


def test_hubspot_signs_the_public_address(site: Receiver) -> None:
    """What must hold: what a sender signed is the public address with its query as sent, not the one behind a proxy."""
    event = {"eventId": 1, "portalId": 3, "occurredAt": 1, "subscriptionType": "contact.creation", "objectId": 4}
    body = json.dumps([event]).encode()
    stamp = str(int(time.time() * 1000))
    url = "https://hooks.example.com/hooks/hub?a=1&b=%20x"
    signature = base64.b64encode(
        hmac.digest(b"test-hubspot-secret-0003", f"POST{url}".encode() + body + stamp.encode(), hashlib.sha256)
    ).decode()
    headers = {"X-HubSpot-Signature-v3": signature, "X-HubSpot-Request-Timestamp": stamp}
    answer = site.post("/hooks/hub?a=1&b=%20x", body, {**headers, "Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["status"]) == (200, "ignored"), answer.text


# ── forms in browsers ────────────────────────────────────────────────────────────────────────────


def test_a_browser_is_sent_on_after_its_form(site: Receiver) -> None:
    """What must hold: the lead is a call, and the person sees the page the configuration names."""
    answer = site.post("/hooks/form", f"phone={PHONE[1:]}&interest=demo".replace("=1415", "=%2B1415").encode(), BROWSER)
    assert (answer.status_code, answer.headers["location"]) == (303, "https://shop.example.com/thanks")
    assert [call["state"] for call in calls(site)] == ["READY"]


def test_a_filled_honeypot_looks_like_success(site: Receiver) -> None:
    """What must hold: a program that fills the hidden field hears the same and rings nobody."""
    answer = site.post("/hooks/quiet-form", b"phone=%2B14155550123&interest=demo&website=spam", FORM)
    assert answer.status_code == 200
    assert [(event["state"], event["reason"]) for event in events(site)] == [("IGNORED", "honeypot")]


def test_a_form_from_another_website_is_refused_with_a_page(site: Receiver) -> None:
    """What must hold: an origin that is not listed is 401, as a page a person can read, and nothing is stored."""
    answer = site.post("/hooks/form", b"phone=1", {**BROWSER, "Origin": "https://evil.example.com"})
    assert answer.status_code == 401
    assert answer.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert events(site) == []


def test_a_form_that_cannot_be_read_is_kept_and_told(site: Receiver) -> None:
    """What must hold: the person at the form hears 422 and why; the delivery is in the ledger all the same."""
    answer = site.post("/hooks/form", b"{broken", {**BROWSER, "Content-Type": "application/json"})
    assert answer.status_code == 422
    assert answer.headers["content-type"].startswith("text/html")
    assert [(event["state"], event["reason"]) for event in events(site)] == [("FAILED", "unreadable")]


@pytest.mark.parametrize(("origin", "status"), [("https://shop.example.com", 204), ("https://evil.example.com", 403)])
def test_a_preflight_names_the_listed_origin_only(site: Receiver, origin: str, status: int) -> None:
    """What must hold: a CORS preflight is answered for a listed origin, exactly, and stores nothing."""
    headers = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    answer = site.client.options("/hooks/form", headers=headers)
    assert answer.status_code == status
    assert answer.headers.get("access-control-allow-origin") == (origin if status == 204 else None)
    assert events(site) == []


def test_one_address_may_not_flood_a_form(site: Receiver) -> None:
    """What must hold: past the limit a browser hears 429 with Retry-After, and nothing is stored."""
    answers = [site.post("/hooks/quiet-form", f"n={number}".encode(), FORM) for number in range(11)]
    assert [answer.status_code for answer in answers] == [200] * 10 + [429]
    assert int(answers[-1].headers["retry-after"]) > 0
    assert len(events(site)) == 10


def test_a_funnel_builder_may_look_before_it_saves(site: Receiver) -> None:
    """ClickFunnels posts to a fixed path at the domain's root and wants 200; nothing is stored."""
    answer = site.post("/funnel_webhooks/test", b"{}", {})
    assert (answer.status_code, answer.json()) == (200, {})
    assert events(site) == []
