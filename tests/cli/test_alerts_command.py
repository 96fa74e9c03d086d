"""alerts: what a person must look at, with what to do, and saying that one knows."""

from datetime import UTC, datetime

import pytest
from upstairs import Dialgate

from gateway.alerts import AlertKind
from gateway.ledger import Ledger

pytestmark = pytest.mark.anyio
KEY = "audit_broken:ledger"


async def test_an_alert_is_shown_until_somebody_knows(at_site: Dialgate, ledger: Ledger) -> None:
    """What must hold: the key, what is wrong and what to do; after `ack` who knows, and no more hint."""
    await ledger.alerts.raise_(AlertKind.AUDIT_BROKEN, "ledger", "a promise is broken", now=datetime.now(UTC))
    shown = at_site("alerts").out
    assert [said in shown for said in (KEY, "a promise is broken", AlertKind.AUDIT_BROKEN.do, "alerts ack KEY")] == [
        True, True, True, True,
    ]  # fmt: skip
    assert at_site("alerts", "ack", KEY).out == f"{KEY} is acknowledged\n"
    known = at_site("alerts").out
    assert ("known to " in known, "alerts ack KEY" in known) == (True, False)


def test_nothing_to_look_at_is_said(at_site: Dialgate) -> None:
    """What must hold: without alerts it says so, to programs too; what is not there cannot be acknowledged."""
    assert at_site("alerts").out == "no alerts\n"
    assert at_site("alerts", "--json").json == {"items": []}
    refused = at_site("alerts", "ack", "audit_broken:none")
    assert (refused.code, "no such alert" in refused.err) == (1, True)
