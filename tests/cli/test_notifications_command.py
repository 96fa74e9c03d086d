"""notifications: what endpoints were told, how each does, and sending once more."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from ledger.scenes import Scene, plan
from upstairs import Dialgate

from gateway.ledger import Ledger
from gateway.ledger.notices import NoticeState, Sent
from gateway.reasons import Reason

pytestmark = pytest.mark.anyio
GONE = Sent(outcome=NoticeState.FAILED, said="HTTP 410: ask +1 415 555 0123")


@pytest.fixture
async def told(ledger: Ledger) -> str:
    """A call whose end one endpoint refused to hear, and another is still to hear."""
    now = datetime.now(UTC)
    made = replace(plan(skip=Reason.PHONE_INVALID, now=now), notify=("crm SKIPPED", "zap SKIPPED"))
    (call,) = (await Scene(ledger).accept(made, now=now)).call_ids
    lease = timedelta(seconds=30)
    for notice in await ledger.notices.claim("s1", limit=2, now=now, lease=lease, share=1, busy={}):
        if notice.endpoint == "crm":
            await ledger.notices.finish(notice, "s1", GONE, now=now)
    return call


async def test_what_endpoints_were_told_is_listed(at_site: Dialgate, told: str) -> None:
    """What must hold: all, by state, by call; with the answer and no phone; for programs the same."""
    listed = at_site("notifications").out
    assert [name in listed for name in ("crm", "zap", "phone_invalid", "FAILED", "WAITING", "HTTP 410")] == [True] * 6
    assert "0123" not in listed
    assert [one["endpoint"] for one in at_site("notifications", "--state", "FAILED", "--json").json] == ["crm"]
    of_call = at_site("notifications", "--call", told, "--json").json
    assert {one["id"] for one in of_call} == {f"{told}-1-crm", f"{told}-1-zap"}
    assert len(at_site("notifications", "--limit", "1", "--json").json) == 1


async def test_one_is_sent_again(at_site: Dialgate, told: str) -> None:
    """What must hold: under its old id it waits once more, and the answer says so."""
    name = f"{told}-1-crm"
    assert at_site("notifications", "resend", name).out == f"{name} is WAITING: it goes out at once\n"
    assert at_site("notifications", "--state", "FAILED").out == "no notifications\n"


def test_nothing_told_is_said(at_site: Dialgate) -> None:
    """What must hold: without messages and endpoints it says so, to programs too."""
    assert at_site("notifications").out == "no notifications\n"
    assert at_site("notifications", "--state", "FAILED", "--json").json == []
    assert at_site("notifications", "endpoints", "--json").json == []


@pytest.mark.parametrize(
    ("words", "said"),
    [(["resend", "call_none-1-crm"], "no such notification"), (["--call", "call_none"], "no such call")],
)
def test_what_is_not_there_is_said(at_site: Dialgate, words: list[str], said: str) -> None:
    """What must hold: exit 1 and one line."""
    refused = at_site("notifications", *words)
    assert (refused.code, refused.out, said in refused.err) == (1, "", True)
