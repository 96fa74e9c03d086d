"""POST /v1/calls: a call ordered by a program, once."""

from typing import Any

import pytest
from receiver import API_KEY, PHONE, Receiver

ORDER = {"from": "east", "contact": {"phone": PHONE, "firstName": "Ada", "tags": ["vip"], "fields": {"plan": 3}}}


def order(site: Receiver, body: Any, key: str | None = None) -> Any:
    """The answer to an order."""
    return site.api("POST", "/v1/calls", json=body, headers={} if key is None else {"Idempotency-Key": key})


def test_an_order_becomes_a_call(site: Receiver) -> None:
    """What must hold: 202 once durable; the call is listed with its source, number, contact and priority."""
    body = {"from": "pn_212", "contactId": "ct_9", "campaignId": "cmp_1", "priority": "high"}
    answer = order(site, body, "k-1")
    assert answer.status_code == 202, answer.text
    [call] = site.api("GET", "/v1/calls?contact=ct_9").json()["items"]
    assert call["id"] == answer.json()["id"]
    assert (call["state"], call["source"], call["rule"]) == ("READY", "api", "api")
    assert (call["fromNumberId"], call["contactId"], call["campaignId"]) == ("pn_212", "ct_9", "cmp_1")
    assert (call["priority"], call["number"]) == ("high", "east")


def test_the_same_key_is_the_same_order(site: Receiver) -> None:
    """What must hold: again with the same key and body is 200 and the first call; with another body it is 409."""
    first, again = order(site, ORDER, "k-2"), order(site, ORDER, "k-2")
    assert (first.status_code, again.status_code) == (202, 200)
    assert (first.json()["duplicate"], again.json()["duplicate"]) == (False, True)
    assert again.json()["id"] == first.json()["id"]
    other = order(site, {**ORDER, "priority": "low"}, "k-2")
    assert (other.status_code, other.json()["code"]) == (409, "key_reused")
    assert len(site.api("GET", "/v1/calls").json()["items"]) == 1


def test_without_a_key_the_same_body_is_the_same_order(site: Receiver) -> None:
    """What must hold: a program that retries without a key does not ring twice."""
    assert [order(site, ORDER).status_code for _ in range(2)] == [202, 200]
    assert order(site, {**ORDER, "contact": {"phone": "+14155550177"}}).status_code == 202


@pytest.mark.parametrize(
    ("phone", "region", "reason"),
    [("123", None, "phone_short"), ("call me", "US", "phone_invalid"), ("+1 900 555 0123", None, "phone_premium")],
)
def test_a_phone_that_must_not_ring_is_kept_and_said(site: Receiver, phone: str, region: Any, reason: str) -> None:
    """What must hold: the order is in the ledger as SKIPPED with its reason, and the answer says so."""
    answer = order(site, {"from": "east", "contact": {"phone": phone, **({"region": region} if region else {})}})
    assert (answer.status_code, answer.json()["state"], answer.json()["reason"]) == (202, "SKIPPED", reason)
    assert answer.json()["reasonText"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "from"),
        ({"from": "east"}, "body"),
        ({"from": "east", "contactId": "c", "contact": {"phone": "1"}}, "body"),
        ({"from": "nobody", "contactId": "c"}, "from"),
        ({"from": 7, "contactId": "c"}, "from"),
        ({"from": "east", "contact": {}}, "contact.phone"),
        ({"from": "east", "contact": {"phone": 14155550123}}, "contact.phone"),
        ({"from": "east", "contact": {"phone": "1", "region": "us"}}, "contact.region"),
        ({"from": "east", "contact": {"phone": "1", "nickname": "x"}}, "contact.nickname"),
        ({"from": "east", "contactId": "c", "priority": "urgent"}, "priority"),
        ({"from": "east", "contactId": ""}, "contactId"),
        ({"from": "east", "contactId": "c" * 201}, "contactId"),
        ({"from": "east", "contact_id": "c"}, "contact_id"),
        ([], "body"),
        ("text", "body"),
    ],
)
def test_a_wrong_order_names_its_field_and_stores_nothing(site: Receiver, body: Any, field: str) -> None:
    """What must hold: 422 with the field; a 4xx means that nothing is in the ledger."""
    answer = order(site, body)
    assert answer.status_code == 422, answer.text
    assert field in [error["field"] for error in answer.json()["errors"]]
    assert site.api("GET", "/v1/events").json()["items"] == []


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"{", "application/json", 422),
        (b'{"from": NaN}', "application/json", 422),
        (b'{"from": "east", "from": "west"}', "application/json", 422),
        (b'{"from": "\\ud800", "contactId": "c"}', "application/json", 422),
        (b"[" * 5000, "application/json", 422),
        (b'{"n": ' + b"9" * 5000 + b"}", "application/json", 422),
        (b"from=east", "application/x-www-form-urlencoded", 415),
        (b"{}", "text/plain", 415),
        (b"x" * 70_000, "application/json", 413),
    ],
)
def test_a_hostile_body_is_refused(site: Receiver, content: bytes, kind: str, status: int) -> None:
    """What must hold: what cannot be trusted to mean what it says is refused before any model reads it."""
    headers = {"Authorization": f"Bearer {API_KEY}", "Content-Type": kind}
    answer = site.client.post("/v1/calls", content=content, headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text


@pytest.mark.parametrize("key", ["k" * 256, "a b", "k\x7f"])
def test_a_wrong_key_is_refused(site: Receiver, key: str) -> None:
    """What must hold: an Idempotency-Key is visible ASCII of at most 255 characters."""
    answer = order(site, ORDER, key)
    assert answer.status_code in {400, 422}
    assert site.api("GET", "/v1/events").json()["items"] == []


def test_an_order_is_replayed_as_an_order(site: Receiver) -> None:
    """What must hold: an order whose call was cancelled can be replayed; its call becomes READY again."""
    call = order(site, ORDER, "k-3").json()
    site.api("POST", f"/v1/calls/{call['id']}/cancel")
    done = site.api("POST", f"/v1/events/{call['eventId']}/replay").json()
    assert done["new"] == [call["id"]]
    assert site.api("GET", f"/v1/calls/{call['id']}").json()["state"] == "READY"
