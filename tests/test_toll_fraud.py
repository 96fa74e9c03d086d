"""A stranger at a public form, from the configuration to the ledger: what they cannot make ring, and how much."""

from pathlib import Path

import pytest
from ledger.scenes import Scene
from rules.written import HEAD, NOW, decide, source_of, with_rules, wrong

from gateway.ledger import Ledger
from gateway.model import CallState, Decision, EventState
from gateway.reasons import Reason
from gateway.rules.rulebook import Rulebook

pytestmark = pytest.mark.anyio
CALL = "call: {from: east, contact: {phone: payload.phone, region: US}}"
RULE = f"  - {{name: form, sources: [form], regions: [US, GB], hours: always, {CALL}}}\n"


@pytest.fixture
def rulebook(tmp_path: Path) -> Rulebook:
    """A public form that may ring the US and the UK, with the bounds it has by default."""
    return with_rules(tmp_path, RULE)


async def _post(ledger: Ledger, rulebook: Rulebook, phone: str) -> tuple[CallState, Reason | None]:
    scene = Scene(ledger, iter([abs(hash((phone, number))) for number in range(10)]))
    made: Decision = decide(rulebook, {"phone": phone}, source="form")
    assert made.state is EventState.MATCHED
    source = source_of(rulebook, "form")
    delivery, event = scene.delivery(source="form", now=NOW), scene.event(made)
    (accepted,) = await ledger.intake.accept(delivery, [event], now=NOW, bounds=source.bounds)
    call = await scene.call(accepted.call_ids[0])
    return call.state, call.reason


@pytest.mark.parametrize(
    ("phone", "reason"),
    [
        ("+1 900 555 1234", Reason.PHONE_PREMIUM),
        ("+44 845 123 4567", Reason.PHONE_PREMIUM),
        ("+870 773 111 632", Reason.PHONE_SATELLITE),
        ("911", Reason.PHONE_EMERGENCY),
        ("12345", Reason.PHONE_SHORT),
        ("+1 876 555 1234", Reason.REGION_NOT_ALLOWED),
        ("+263 77 123 4567", Reason.REGION_NOT_ALLOWED),
    ],
)
async def test_kinds_and_regions(ledger: Ledger, rulebook: Rulebook, phone: str, reason: Reason) -> None:
    """What must hold: costly kinds of numbers and countries nobody listed are SKIPPED, with their reason."""
    assert await _post(ledger, rulebook, phone) == (CallState.SKIPPED, reason)


async def test_how_many(ledger: Ledger, rulebook: Rulebook) -> None:
    """What must hold: without a word of configuration sixty calls an hour ring, the others wait for a person."""
    states = [await _post(ledger, rulebook, f"+1415555{number:04}") for number in range(65)]
    assert states == [(CallState.READY, None)] * 60 + [(CallState.HELD, Reason.SOURCE_CEILING)] * 5


def test_regions_are_required(tmp_path: Path) -> None:
    """What must hold: a rule for a public form that lists no regions stops the load."""
    open_rule = RULE.replace(" regions: [US, GB],", "")
    assert any("regions" in one for one in wrong(tmp_path, f"{HEAD}rules:\n{open_rule}"))
