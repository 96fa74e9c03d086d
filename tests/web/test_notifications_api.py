"""/v1/notifications and /v1/endpoints, and where else they show."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from ledger.scenes import Scene, plan
from receiver import Receiver

from gateway.ledger import Ledger
from gateway.ledger.notices import NoticeState, Sent
from gateway.reasons import Reason

pytestmark = pytest.mark.anyio
FAILED = Sent(outcome=NoticeState.FAILED, said="HTTP 410: ask +1 415 555 0123")


async def _told(ledger: Ledger) -> str:
    """A message that was given up; its id."""
    now = datetime.now(UTC)
    made = replace(plan(skip=Reason.PHONE_INVALID, now=now), notify=("crm SKIPPED",))
    accepted = await Scene(ledger).accept(made, now=now)
    lease = timedelta(seconds=30)
    (notice,) = await ledger.notices.claim("s1", limit=1, now=now, lease=lease, share=1, busy={})
    await ledger.notices.finish(notice, "s1", FAILED, now=now)
    return f"{accepted.call_ids[0]}-1-crm"


async def test_a_message_shows_and_is_sent_again(site: Receiver, ledger: Ledger) -> None:
    """Listed, by state and by call, with the last answer and no phone; a person has it sent once more."""
    name = await _told(ledger)
    (item,) = site.api("GET", "/v1/notifications?state=FAILED").json()["items"]
    assert (item["id"], item["callState"], item["reason"], item["tries"]) == (name, "SKIPPED", "phone_invalid", 1)
    assert (item["nextAt"], "0123" in item["answer"], "23" in item["answer"]) == (None, False, True)
    assert site.api("GET", f"/v1/calls/{item['callId']}/notifications").json()["items"] == [item]
    assert 'dialgate_notifications{state="FAILED"} 1.0' in site.api("GET", "/metrics").text
    assert [one["name"] for one in site.client.get("/readyz").json()["warnings"]] == ["notification_failed"]
    again = site.api("POST", f"/v1/notifications/{name}/resend").json()
    assert (again["state"], again["nextAt"] is None) == ("WAITING", False)
    assert again["resentBy"].endswith("api")
    assert site.api("GET", f"/v1/notifications/{name}").json() == again
    assert site.client.get("/readyz").json()["warnings"] == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/notifications/call_none-1-crm"),
        ("POST", "/v1/notifications/call_none-1-crm/resend"),
        ("GET", "/v1/calls/call_none/notifications"),
    ],
)
def test_what_is_not_there_is_said(site: Receiver, method: str, path: str) -> None:
    """404, as everywhere; and a list without a key is refused."""
    assert site.api(method, path).status_code == 404
    assert site.client.request(method, path).status_code == 401


def test_a_list_is_empty_and_a_cursor_is_ours(site: Receiver) -> None:
    """No endpoints are configured here; a cursor that is none is a problem of the request."""
    assert site.api("GET", "/v1/endpoints").json() == {"items": []}
    assert site.api("GET", "/v1/notifications").json() == {"items": [], "next": None}
    assert site.api("GET", "/v1/notifications?cursor=x").status_code == 422
