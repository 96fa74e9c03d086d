"""/v1/alerts, and where else alerts show."""

from datetime import UTC, datetime

import pytest
from receiver import PHONE, Receiver

from gateway.alerts import AlertKind
from gateway.ledger import Ledger

pytestmark = pytest.mark.anyio
KEY = "audit_broken:ledger"


async def _raise(ledger: Ledger, detail: str = "a promise is broken") -> None:
    await ledger.alerts.raise_(AlertKind.AUDIT_BROKEN, "ledger", detail, now=datetime.now(UTC))


async def test_an_alert_shows_everywhere_until_known(site: Receiver, ledger: Ledger) -> None:
    """What must hold: listed, a warning that leaves the site ready, counted; acknowledged, only listed."""
    await _raise(ledger)
    (item,) = site.api("GET", "/v1/alerts").json()["items"]
    assert (item["key"], item["do"], item["acknowledgedBy"]) == (KEY, AlertKind.AUDIT_BROKEN.do, None)
    ready = site.client.get("/readyz")
    assert [one["name"] for one in ready.json()["warnings"]] == ["audit_broken"]
    assert "alert" not in str(ready.json()["problems"])
    assert 'dialgate_alerts{kind="audit_broken"} 1.0' in site.api("GET", "/metrics").text
    (item,) = site.api("POST", "/v1/alerts/acknowledge", json={"key": KEY}).json()["items"]
    assert item["acknowledgedBy"] == "api"
    assert site.client.get("/readyz").json()["warnings"] == []
    assert 'dialgate_alerts{kind="audit_broken"} 0.0' in site.api("GET", "/metrics").text


async def test_a_critical_alert_makes_the_site_not_ready(
    site: Receiver, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What must hold: a kind that is critical is a problem that stops ringing, not a warning."""
    monkeypatch.setattr(AlertKind.AUDIT_BROKEN, "critical", True)
    await _raise(ledger)
    ready = site.client.get("/readyz")
    (problem,) = [one for one in ready.json()["problems"] if one["name"] == "audit_broken"]
    assert (ready.status_code, problem["stops"], ready.json()["warnings"]) == (503, "ringing", [])
    assert site.client.get("/readyz?for=receiving").status_code == 200


async def test_an_alert_names_nobody(site: Receiver, ledger: Ledger) -> None:
    """What must hold: should a phone come into an alert's text, it is masked in every answer."""
    await _raise(ledger, f"calls to {PHONE}")
    assert PHONE[1:] not in site.client.get("/readyz").text
    assert PHONE[1:] not in site.api("GET", "/v1/alerts").text


def test_what_is_not_open_cannot_be_acknowledged(site: Receiver) -> None:
    """What must hold: 404 for an alert that is over, and 422 without a key."""
    assert site.api("POST", "/v1/alerts/acknowledge", json={"key": "audit_broken:none"}).status_code == 404
    assert site.api("POST", "/v1/alerts/acknowledge", json={}).status_code == 422
