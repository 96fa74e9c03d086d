"""/v1/numbers: what the call API says of each number, and where a person sees it."""

from datetime import UTC, datetime
from typing import Any

import pytest
from receiver import Receiver


@pytest.mark.anyio
async def test_an_ailing_number_shows(site: Receiver, ledger: Any) -> None:
    """What must hold: the API and the metrics tell of it, with phone numbers in what was said masked."""
    now = int(datetime.now(UTC).timestamp() * 1000)
    assert {one["ailing"] for one in site.api("GET", "/v1/numbers").json()["items"]} == {False}
    name = site.api("GET", "/v1/numbers").json()["items"][0]["name"]
    value = f"3 {now + 60_000} {now} 0 number +14155550100 is disabled"
    await ledger.connection.redis.hset(ledger.connection.key("numbers"), name, value)
    shown = next(one for one in site.api("GET", "/v1/numbers").json()["items"] if one["name"] == name)
    assert (shown["ailing"], shown["refusals"]) == (True, 3)
    assert shown["restingUntil"] is not None
    assert "4155550100" not in shown["said"]
    assert "dialgate_numbers_ailing 1.0" in site.api("GET", "/metrics").text
