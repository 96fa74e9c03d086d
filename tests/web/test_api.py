"""/v1: reads and actions over the ledger, behind one key."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from receiver import API_KEY, PHONE, Receiver, signed

from gateway.app import app
from gateway.ledger.records import Hold
from gateway.ledger.terms import GrantTerms
from gateway.model import Uncertain
from gateway.reasons import Reason

LEAD = {"interest": "demo", "phone": PHONE, "name": "Ada"}


def every_address() -> list[tuple[str, str]]:
    """Method and path of every address under /v1, from the description itself."""
    return [(verb.upper(), path) for path, verbs in app.openapi()["paths"].items() for verb in verbs]


def call_id_of(answer: Any) -> str:
    """The call of a delivery's one event."""
    call_id: str = answer.json()["events"][0]["calls"][0]
    return call_id


@pytest.mark.parametrize(("method", "path"), [*every_address(), ("GET", "/metrics"), ("GET", "/v1"), ("GET", "/v1/x")])
@pytest.mark.parametrize("key", [None, "Bearer wrong", f"Basic {API_KEY}", "Bearer", f"Bearer {API_KEY}x"])
def test_nothing_is_shown_without_the_key(site: Receiver, method: str, path: str, key: str | None) -> None:
    """What must hold: every address under /v1, and /metrics, is 401 without the exact key, whatever else is sent."""
    headers = {} if key is None else {"Authorization": key}
    answer = site.client.request(
        method, path.replace("{", "").replace("}", ""), headers=headers, content=b"x" * 100_000
    )
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
    assert answer.headers["www-authenticate"] == "Bearer"


def test_a_key_beside_a_record_is_a_404(site: Receiver) -> None:
    """What must hold: an id with the name of another key behind it names no record, and is not a fault of ours."""
    event = site.lead().json()["events"][0]
    delivery = site.api("GET", f"/v1/events/{event['id']}").json()["deliveryId"]
    call = f"/v1/calls/{event['calls'][0]}"
    asked = [
        site.api("GET", f"{call}:log"),
        site.api("POST", f"{call}:log/cancel"),
        site.api("POST", f"{call}:log/resolve", json={"as": "close"}),
        site.api("GET", f"/v1/events/{event['id']}:log"),
        site.api("POST", f"/v1/events/{event['id']}:log/replay"),
        site.api("GET", f"/v1/deliveries/{delivery}:blobs"),
    ]
    assert [answer.status_code for answer in asked] == [404] * len(asked)


@pytest.mark.parametrize("place", ['[true,"x"]', '[1.5,"x"]', '[1,"x",2]', "5", '"ab"', '{"a":1,"b":2}', "[null,null]"])
def test_a_made_up_cursor_is_a_422(site: Receiver, place: str) -> None:
    """What must hold: only a cursor of ours is followed; any other is named as the request's fault."""
    cursor = base64.urlsafe_b64encode(place.encode()).decode()
    answer = site.api("GET", "/v1/calls", params={"cursor": cursor})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "cursor")


@pytest.mark.parametrize(("method", "path"), [pair for pair in every_address() if "{" in pair[1]])
def test_an_unknown_id_is_a_404(site: Receiver, method: str, path: str) -> None:
    """What must hold: an id nobody knows is 404 as problem JSON on every address that takes one."""
    body = {"as": "close"} if path.endswith("resolve") else None
    for name in ("nobody", "%00", "a%20b", "%F0%9F%98%80"):
        address = path.replace("{call_id}", name).replace("{event_id}", name).replace("{delivery_id}", name)
        answer = site.api(method, address.replace("{name}", name), json=body)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), answer.text
        assert answer.headers["content-type"] == "application/problem+json"


def test_calls_are_listed_newest_first_and_in_pages(site: Receiver) -> None:
    """What must hold: following `next` to its end gives every call once, newest first."""
    made = [call_id_of(site.lead(phone=f"+141555501{number:02}")) for number in range(5)]
    found, cursor, pages = [], None, 0
    while pages == 0 or cursor:
        page = site.api("GET", "/v1/calls", params={"limit": 2} | ({"cursor": cursor} if cursor else {})).json()
        found += [item["id"] for item in page["items"]]
        cursor, pages = page["next"], pages + 1
    assert found == made[::-1]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("state=READY", 1),
        ("state=PLACED", 0),
        ("source=bearer", 1),
        ("source=signed", 0),
        ("contact=%2B14155550123", 1),
        ("contact=+14155550123", 1),
        ("contact=%2B14155550199", 0),
        ("contact=nobody", 0),
        ("since=15m", 1),
        ("since=7d", 1),
        ("since=2026-01-01T00:00:00Z", 1),
        ("since=2026-01-01T00:00:00+01:00", 1),
        ("since=2126-01-01T00:00:00Z", 0),
    ],
)
def test_calls_are_filtered(site: Receiver, query: str, expected: int) -> None:
    """What must hold: state, source, contact and since each narrow the list, also as people type them."""
    site.lead()
    assert len(site.api("GET", f"/v1/calls?{query}").json()["items"]) == expected


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("state=NOPE", "state"),
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=x", "limit"),
        ("since=yesterday", "since"),
        ("since=2026-01-01T00:00:00", "since"),
        ("since=99999999999999d", "since"),
        ("since=T", "since"),
        ("cursor=nonsense", "cursor"),
        ("cursor=%00%ff", "cursor"),
    ],
)
@pytest.mark.parametrize("kind", ["calls", "events"])
def test_a_wrong_question_names_its_field(site: Receiver, kind: str, query: str, field: str) -> None:
    """What must hold: 422 with the field's name, as problem JSON."""
    answer = site.api("GET", f"/v1/{kind}?{query}")
    assert answer.status_code == 422, answer.text
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_a_call_is_shown_with_its_history_and_masked(site: Receiver) -> None:
    """What must hold: one read tells the whole story of a call; the person shows only when asked for."""
    call_id = call_id_of(site.lead(name="Ada"))
    masked, shown = (site.api("GET", f"/v1/calls/{call_id}{query}") for query in ("", "?reveal=true"))
    assert PHONE not in masked.text
    assert "Ada" not in masked.text
    assert masked.json()["phone"].endswith("23")
    assert (shown.json()["phone"], shown.json()["contact"]["firstName"]) == (PHONE, "Ada")
    assert [entry["state"] for entry in masked.json()["timeline"]] == ["READY"]
    assert PHONE not in site.api("GET", "/v1/calls?reveal=true").text


def test_an_event_and_its_delivery_are_shown_masked(site: Receiver) -> None:
    """What must hold: an event shows its keys, rules and calls; values, headers and bodies only when asked for."""
    answer = site.lead(name="Ada", note=f"call {PHONE} please")
    event_id = answer.json()["events"][0]["id"]
    masked = site.api("GET", f"/v1/events/{event_id}")
    assert PHONE not in masked.text
    assert "Ada" not in masked.text
    assert masked.json()["payload"]["phone"] == "(text, 12)"
    assert {key: masked.json()["trace"][-1][key] for key in ("rule", "matched")} == {"rule": "demo", "matched": True}
    assert site.api("GET", f"/v1/events/{event_id}?reveal=true").json()["payload"]["name"] == "Ada"
    delivery = f"/v1/deliveries/{masked.json()['deliveryId']}"
    assert PHONE not in site.api("GET", delivery).text
    shown = site.api("GET", f"{delivery}?reveal=true").json()
    assert (json.loads(shown["body"])["name"], shown["bodyEncoding"], shown["events"]) == ("Ada", "utf-8", [event_id])
    assert "test-bearer-secret" not in json.dumps(shown)


def test_a_waiting_call_can_be_cancelled_once(site: Receiver) -> None:
    """What must hold: READY → CANCELLED; the same again is harmless or says so; a dead call is not released."""
    call_id = call_id_of(site.lead())
    answer = site.api("POST", f"/v1/calls/{call_id}/cancel")
    assert (answer.status_code, answer.json()["state"], answer.json()["reason"]) == (200, "CANCELLED", "cancelled")
    assert answer.json()["timeline"][-1]["by"] == "api"
    assert site.api("POST", f"/v1/calls/{call_id}/release").json()["code"] == "wrong_state"
    assert site.api("POST", f"/v1/calls/{call_id}/resolve", json={"as": "redial"}).status_code == 409


@pytest.mark.parametrize(("word", "state"), [("placed", "PLACED"), ("redial", "READY"), ("close", "CLOSED")])
@pytest.mark.anyio
async def test_an_unknown_call_is_resolved_by_a_person(site: Receiver, ledger: Any, word: str, state: str) -> None:
    """What must hold: a call that may have rung goes where a person says, and only then."""
    call_id, now = call_id_of(site.lead()), datetime.now(UTC)
    claimed = await ledger.dials.claim("tester", limit=1, now=now, lease=timedelta(seconds=30))
    await _lose(ledger, claimed.calls[0].hold(), now)
    assert site.api("GET", f"/v1/calls/{call_id}").json()["state"] == "UNKNOWN"
    answer = site.api("POST", f"/v1/calls/{call_id}/resolve", json={"as": word})
    assert (answer.status_code, answer.json()["state"]) == (200, state)


async def _lose(ledger: Any, hold: Hold, now: datetime) -> None:
    terms = GrantTerms(contact_id="c1", person_keys=("tel:x",), valid_until=None)
    await ledger.dials.grant(hold, terms, now=now, deadline=timedelta(seconds=60))
    await ledger.dials.finish(hold, Uncertain(cause=Reason.RESPONSE_TIMEOUT, detail=""), now=now)


@pytest.mark.parametrize("body", [{}, {"as": "again"}, {"as": "close", "x": 1}, [], None])
def test_a_wrong_resolution_is_refused(site: Receiver, body: Any) -> None:
    """What must hold: only the three words are understood."""
    assert site.api("POST", "/v1/calls/ca_1/resolve", json=body).status_code == 422


def test_a_failed_event_is_replayed_after_the_mistake(site: Receiver) -> None:
    """What must hold: a replay decides with today's rules; a dry run changes nothing; a made call is not made twice."""
    event_id = site.lead(interest="broken").json()["events"][0]["id"]
    assert site.api("POST", f"/v1/events/{event_id}/replay", json={"dryRun": True}).json()["state"] == "FAILED"
    event_id = site.lead().json()["events"][0]["id"]
    done = site.api("POST", f"/v1/events/{event_id}/replay").json()
    assert (done["state"], done["new"], len(done["kept"])) == ("MATCHED", [], 1)
    assert len(site.api("GET", "/v1/calls").json()["items"]) == 1


def test_an_unreadable_body_is_read_again_on_replay(site: Receiver) -> None:
    """What must hold: the stored body is decoded anew; one that is still unreadable stays FAILED."""
    answer = site.post("/hooks/signed", b"{", signed(b"{"))
    done = site.api("POST", f"/v1/events/{answer.json()['events'][0]['id']}/replay", json={}).json()
    assert (done["state"], done["reason"]) == ("FAILED", "unreadable")


def test_a_body_that_is_not_text_is_shown_as_base64(site: Receiver) -> None:
    """What must hold: whatever bytes were received can be read back exactly."""
    event_id = site.post("/hooks/signed", b"\xff\x00", signed(b"\xff\x00")).json()["events"][0]["id"]
    delivery_id = site.api("GET", f"/v1/events/{event_id}").json()["deliveryId"]
    delivery = site.api("GET", f"/v1/deliveries/{delivery_id}?reveal=true").json()
    assert (delivery["body"], delivery["bodyEncoding"]) == ("/wA=", "base64")


@pytest.mark.anyio
async def test_an_event_whose_delivery_is_gone_is_not_replayed(site: Receiver, ledger: Any) -> None:
    """What must hold: 409 and why, instead of a decision on less than there was."""
    event_id = site.lead(interest="nothing").json()["events"][0]["id"]
    delivery_id = site.api("GET", f"/v1/events/{event_id}").json()["deliveryId"]
    await ledger.connection.redis.delete(ledger.connection.key("delivery", delivery_id))
    answer = site.api("POST", f"/v1/events/{event_id}/replay", json={})
    assert (answer.status_code, answer.json()["code"]) == (409, "not_replayable")


def test_the_audit_adds_up(site: Receiver) -> None:
    """What must hold: what came in is what is counted, and no promise is broken."""
    site.lead()
    site.lead(interest="nothing")
    audit = site.api("GET", "/v1/audit").json()
    assert (audit["ok"], audit["broken"], audit["deliveries"]) == (True, [], 2)
    assert (audit["calls"]["READY"], audit["events"]["MATCHED"], audit["events"]["IGNORED"]) == (1, 1, 1)


@pytest.mark.anyio
async def test_a_stopped_account_shows_and_is_resumed(site: Receiver, ledger: Any) -> None:
    """What must hold: a stopped account is told by the API and by readiness, and dials again when resumed."""
    await ledger.actions.stop_account("main", reason="401 unauthorized", now=datetime.now(UTC))
    [account] = site.api("GET", "/v1/accounts").json()["items"]
    assert (account["name"], account["stopped"], account["reason"]) == ("main", True, "401 unauthorized")
    ready = site.client.get("/readyz")
    assert (ready.status_code, ready.json()["problems"][0]["name"]) == (503, "account")
    assert site.client.get("/readyz?for=receiving").status_code == 200
    assert site.api("POST", "/v1/accounts/main/resume").json()["stopped"] is False
    assert site.client.get("/readyz").status_code == 200


def test_the_rules_are_told_as_sentences(site: Receiver) -> None:
    """What must hold: the rulebook in force is shown with its version, and holds no secret."""
    answer = site.api("GET", "/v1/rules")
    rules = answer.json()
    assert [rule["name"] for rule in rules["rules"]] == ["broken", "demo"]
    assert all(rule["explanation"] for rule in rules["rules"])
    assert (rules["problem"], rules["numbers"], rules["sources"]["hub"]) == (None, {"east": "pn_212"}, "hubspot")
    assert "secret-000" not in answer.text
