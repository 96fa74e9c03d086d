"""Many new numbers of one unusual range: told, held where a source wants it, and never with a number in the text."""

import pytest
from ledger.scenes import Scene, at, plan

from gateway.alerts import AlertKind
from gateway.bounds import Bounds, RangeWatch
from gateway.ledger.alerts import Alert
from gateway.model import CallState
from gateway.phone_ranges import range_of
from gateway.reasons import Reason

pytestmark = pytest.mark.anyio
HOLDING = Bounds(ranges=RangeWatch(per_hour=5, hold=True))
TELLING = Bounds(ranges=RangeWatch(per_hour=5, hold=False))
DAY = 86400
READY, HELD = CallState.READY, CallState.HELD


async def _come(
    scene: Scene, numbers: list[str], seconds: float, bounds: Bounds = HOLDING, source: str = "site"
) -> str:
    states = ""
    for number in numbers:
        accepted = await scene.accept(plan(number, now=at(seconds)), now=at(seconds), source=source, bounds=bounds)
        states += (await scene.state(accepted.call_ids[0])).value[0]
    return states


def _ours(first: int, count: int) -> list[str]:
    return [f"+1415555{number:04}" for number in range(first, first + count)]


def _far(first: int, count: int) -> list[str]:
    return [f"+26377555{number:04}" for number in range(first, first + count)]


async def _told(scene: Scene) -> list[Alert]:
    return [alert for alert in await scene.ledger.alerts.open() if alert.kind == AlertKind.UNUSUAL_RANGE]


@pytest.mark.parametrize(
    ("number", "expected"),
    [("+14155550101", "+1415"), ("+18765550101", "+1876"), ("+447911123456", "+44791"), ("+263775551234", "+263775"),
     ("", ""), ("nonsense", ""), ("+0", ""), ("+²4155550101", ""), ("+4²", "")],
)  # fmt: skip
def test_the_range_of_a_number(number: str, expected: str) -> None:
    """What must hold: country code and three digits; nothing for what is no number."""
    assert range_of(number) == expected


async def test_a_flood_of_an_unusual_range_is_held_and_told(scene: Scene) -> None:
    """What must hold: above the limit held, for the source and all; usual ranges ring on; no number in the alert."""
    assert await _come(scene, _ours(0, 20), 0) == "R" * 20
    assert await _come(scene, _far(0, 9), DAY) == "R" * 5 + "H" * 4
    assert await _come(scene, _ours(20, 20), DAY) == "R" * 20
    told = {alert.subject: alert for alert in await _told(scene)}
    assert set(told) == {"source site +263775", "all sources +263775"}
    assert "9 new numbers of the range +263775" in told["source site +263775"].detail
    assert not [alert for alert in told.values() if "5550" in alert.detail + alert.subject]
    await scene.sound(now=at(DAY))


async def test_told_only(scene: Scene) -> None:
    """What must hold: where a source does not hold, everything rings and the alert is there all the same."""
    await _come(scene, _ours(0, 20), 0)
    assert await _come(scene, _far(0, 9), DAY, TELLING) == "R" * 9
    assert len(await _told(scene)) == 2


async def test_known_numbers_are_not_new(scene: Scene) -> None:
    """What must hold: people of such a range who are in the ledger already may come at once."""
    await _come(scene, [*_ours(0, 60), *_far(0, 5)], 0)
    await _come(scene, _far(5, 3), 5 * 3600)
    for call_id in [call.id for call in (await scene.claims(limit=100, now=at(5 * 3600))).calls]:
        await scene.ledger.dials.skip((await scene.call(call_id)).hold(), reason=Reason.CONTACT_REFUSED, now=at(20000))
    assert await _come(scene, _far(0, 8), DAY) == "R" * 8
    assert await _told(scene) == []


async def test_a_flood_does_not_become_usual(scene: Scene) -> None:
    """What must hold: what was held counts for nothing; the next day such numbers are held as before."""
    await _come(scene, _ours(0, 60), 0)
    await _come(scene, _far(0, 100), DAY)
    assert (await _come(scene, _far(200, 40), 2 * DAY)).count("R") <= 25


async def test_spread_over_sources_it_is_seen_in_all(scene: Scene) -> None:
    """What must hold: three sources with a few each are one flood for the installation."""
    for source in ("one", "two", "three"):
        await _come(scene, _ours(len(source) * 100, 20), 0, source=source)
    states = [await _come(scene, _far(10 * index, 4), DAY, source=name) for index, name in enumerate(("one", "two"))]
    assert states == ["RRRR", "RHHH"]
    assert [alert.subject for alert in await _told(scene)] == ["all sources +263775"]


async def test_the_memory_is_bounded(scene: Scene) -> None:
    """What must hold: however many ranges come, about 500 of a source are kept."""
    await _come(scene, [f"+1{area}5550101" for area in range(200, 790)], 0)
    redis, connection = scene.ledger.connection.redis, scene.ledger.connection
    assert await redis.hlen(connection.key("ranges", "site")) <= 520
    assert await redis.hlen(connection.key("ranges", "")) <= 520
