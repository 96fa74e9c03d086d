"""/hooks/{source}: from a request to the ledger, and what each sender hears."""

import json

from receiver import BEARER, PHONE, Receiver, signed


def test_a_webhook_becomes_a_call(site: Receiver) -> None:
    """What must hold: an authentic lead is answered 200 once its call is in the ledger, from the right number."""
    body = json.dumps({"id": "1", "interest": "demo", "phone": PHONE, "name": "Ada"}).encode()
    answer = site.post("/hooks/signed", body, signed(body))
    assert answer.status_code == 200, answer.text
    [event] = answer.json()["events"]
    assert (answer.json()["status"], event["status"], len(event["calls"])) == ("accepted", "accepted", 1)
    [call] = site.api("GET", "/v1/calls").json()["items"]
    assert call["id"] == event["calls"][0]
    assert (call["state"], call["source"], call["rule"], call["fromNumberId"]) == ("READY", "signed", "demo", "pn_212")
