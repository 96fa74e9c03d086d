"""A phone rings only when it is lawful wherever the person may be; nobody guesses a zone."""

import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from guards.guarded import facts
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.guards.hours import GUARD
from gateway.model import Priority
from gateway.policy import Hours, Policy, Windows
from gateway.reasons import Reason

LOS_ANGELES = "+14155550132"
TOLL_FREE = "+18005551234"
SATELLITE = "+870773111632"


def under(**hours: str) -> Policy:
    """A policy with these hours."""
    return Policy(hours=Hours.model_validate(hours))


def at(text: str, zone: str) -> datetime:
    """An instant written as wall-clock time in a zone."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def test_inside_the_window_it_allows_until_the_window_closes() -> None:
    """The allow ends with the window, and says where the zone was taken from."""
    verdict = GUARD.look(facts(), at("2026-11-23 12:00", "America/Los_Angeles"))
    assert (verdict.allow, verdict.reason) == (True, None)
    assert verdict.valid_until == at("2026-11-23 20:00", "America/Los_Angeles")
    assert verdict.facts == {
        "hours": "09:00-20:00 mon-sat",
        "zones": "America/Los_Angeles",
        "zones_from": "number",
    }


def test_outside_the_window_it_waits_for_the_next_opening() -> None:
    """Saturday evening waits for Monday morning."""
    verdict = GUARD.look(facts(policy=under(spread="0s")), at("2026-11-21 20:00", "America/Los_Angeles"))
    assert (verdict.allow, verdict.reason, verdict.hold) == (False, Reason.OUTSIDE_HOURS, False)
    assert verdict.until == at("2026-11-23 09:00", "America/Los_Angeles")


def test_what_waited_for_one_opening_is_spread() -> None:
    """Each call has its own moment within the spread, always the same; higher priorities have the earlier ones."""
    saturday, opening = at("2026-11-21 20:00", "America/Los_Angeles"), at("2026-11-23 09:00", "America/Los_Angeles")
    late = opening + timedelta(days=1)

    def moments(priority: Priority) -> list[float]:
        calls = [facts(call_id=f"call_{n}", priority=priority, expires_at=late) for n in range(100)]
        verdicts = [GUARD.look(call, saturday) for call in calls]
        assert verdicts == [GUARD.look(call, saturday) for call in calls]
        return [(verdict.until - opening).total_seconds() for verdict in verdicts if verdict.until]

    high, normal, low = moments(Priority.HIGH), moments(Priority.NORMAL), moments(Priority.LOW)
    assert 0 <= min(high) < max(high) <= min(normal) < max(normal) <= min(low) < max(low) <= 300
    assert len(set(normal)) > 50


@given(
    spread=st.sampled_from(["0s", "10m", "6h", "3d"]),
    call=st.integers(0, 999),
    life=st.integers(-3600, 3 * 86400),
    priority=st.sampled_from(Priority),
)
def test_the_spread_ends_before_the_window_and_the_lead(spread: str, call: int, life: int, priority: Priority) -> None:
    """However long the spread: never before the opening, past the closing, or past what the lead lives."""
    opening = at("2026-11-23 09:00", "America/Los_Angeles")
    lead = facts(
        call_id=f"call_{call}",
        policy=under(spread=spread),
        priority=priority,
        expires_at=opening + timedelta(seconds=life),
    )
    verdict = GUARD.look(lead, at("2026-11-22 12:00", "America/Los_Angeles"))
    assert verdict.until is not None
    assert opening <= verdict.until < at("2026-11-23 20:00", "America/Los_Angeles")
    assert life <= 0 or verdict.until < lead.expires_at


def test_hours_of_source_and_number_narrow() -> None:
    """All of them bind: it is open where each is, and the verdict names what closed it."""
    beside = {"source crm": Windows(window="10:00-22:00"), "number east": Windows(days="mon-fri", holidays=("11-25",))}
    call = facts(beside=beside)
    assert GUARD.look(call, at("2026-11-23 10:30", "America/Los_Angeles")).allow
    early = GUARD.look(call, at("2026-11-23 09:30", "America/Los_Angeles"))
    assert (early.reason, early.facts["closed_by"]) == (Reason.OUTSIDE_HOURS, "source crm: 10:00-22:00 all")
    holiday = GUARD.look(call, at("2026-11-25 12:00", "America/Los_Angeles"))
    assert holiday.facts["closed_by"] == "number east: always mon-fri"
    assert holiday.until is not None
    assert holiday.until >= at("2026-11-26 10:00", "America/Los_Angeles")


def test_hours_of_a_source_bind_even_if_the_rule_has_none() -> None:
    """`hours: always` of a rule does not lift what the source says; a zone is then asked for."""
    policy = Policy(hours=Hours.model_validate("always"))
    call = facts(policy=policy, phone=None, beside={"source crm": Windows(window="10:00-12:00")})
    assert GUARD.look(call, at("2026-11-23 10:30", "America/Los_Angeles")).reason is Reason.ZONE_UNKNOWN


def test_a_preset_decides_and_says_so() -> None:
    """The strictest that may bind the person; the state is the payload's before the area code's."""
    policy = under(window="always", days="all", preset="us_strict")
    evening = at("2026-11-23 20:30", "America/Los_Angeles")
    assert GUARD.look(facts(policy=policy), evening).allow
    verdict = GUARD.look(facts(policy=policy, address="US-WA"), evening)
    assert (verdict.allow, verdict.reason) == (False, Reason.OUTSIDE_HOURS)
    assert verdict.until == at("2026-11-24 08:00", "America/Los_Angeles")
    assert verdict.facts["presets"] == "us_strict, us_strict WA"
    assert (verdict.facts["closed_by"], verdict.facts["closed_in"]) == ("us_strict WA", "America/Los_Angeles")


def test_a_holiday_is_named() -> None:
    """The day at the person's place, and the rule that makes it one."""
    policy = Policy(hours=Hours.model_validate({"holidays": ["4 thu 11"]}))
    verdict = GUARD.look(facts(policy=policy), at("2026-11-26 12:00", "America/Los_Angeles"))
    assert verdict.facts["holiday"] == "2026-11-26 (4 thu 11)"
    assert verdict.until == at("2026-11-27 09:00", "America/Los_Angeles")


def test_outside_skip_never_waits() -> None:
    """`outside: skip` blocks for good."""
    verdict = GUARD.look(facts(policy=under(outside="skip")), at("2026-11-21 20:00", "America/Los_Angeles"))
    assert (verdict.allow, verdict.reason, verdict.until, verdict.hold) == (False, Reason.OUTSIDE_HOURS, None, False)


def test_the_payloads_zone_wins_over_the_numbers() -> None:
    """Mobiles travel: who says where they are is believed before the area code."""
    call = facts(zones=("America/New_York",))
    verdict = GUARD.look(call, at("2026-11-23 09:00", "America/New_York"))
    assert verdict.allow
    assert verdict.facts["zones_from"] == "payload"


def test_a_zone_that_does_not_exist_is_not_believed() -> None:
    """The number's zones count then."""
    verdict = GUARD.look(facts(zones=("Mars/Olympus",)), at("2026-11-23 09:00", "America/New_York"))
    assert (verdict.allow, verdict.facts["zones_from"]) == (False, "number")


def test_every_candidate_zone_must_agree() -> None:
    """A toll-free number may ring in New York at nine only when it is nine in Honolulu and not yet eight at night."""
    early = GUARD.look(facts(phone=TOLL_FREE), at("2026-11-23 09:00", "America/New_York"))
    assert (early.allow, early.reason) == (False, Reason.OUTSIDE_HOURS)
    assert early.until is not None
    for zone in early.facts["zones"].split(", "):
        assert 9 <= early.until.astimezone(ZoneInfo(zone)).hour < 20


@pytest.mark.parametrize("phone", [None, SATELLITE])
def test_without_any_zone_a_person_decides(phone: str | None) -> None:
    """Held, never guessed."""
    verdict = GUARD.look(facts(phone=phone), at("2026-11-23 12:00", "America/Los_Angeles"))
    assert (verdict.allow, verdict.reason, verdict.hold, verdict.until) == (False, Reason.ZONE_UNKNOWN, True, None)


def test_an_assumed_zone_is_told_as_assumed() -> None:
    """The policy may assume a zone; the timeline shows that it did."""
    call = facts(phone=None, policy=under(assume_zone="America/New_York"))
    verdict = GUARD.look(call, at("2026-11-23 12:00", "America/New_York"))
    assert (verdict.allow, verdict.facts["zones_from"]) == (True, "assumed")


def test_an_assumed_zone_that_does_not_exist_assumes_nothing() -> None:
    """Held as if none were set: a broken setting opens no door."""
    call = facts(phone=None, policy=under(assume_zone="Mars/Olympus"))
    assert GUARD.look(call, at("2026-11-23 12:00", "America/New_York")).reason is Reason.ZONE_UNKNOWN


def test_zones_without_a_common_hour_need_a_person() -> None:
    """Nobody can lawfully wait for an hour that never comes."""
    call = facts(zones=("Asia/Tokyo", "America/Sao_Paulo"))
    verdict = GUARD.look(call, at("2026-11-23 12:00", "America/New_York"))
    assert (verdict.allow, verdict.reason, verdict.hold, verdict.until) == (False, Reason.NO_COMMON_HOURS, True, None)


def test_always_needs_no_zone() -> None:
    """`hours: always` allows whoever and wherever."""
    call = facts(phone=None, policy=Policy(hours=Hours.model_validate("always")))
    verdict = GUARD.look(call, datetime(2026, 11, 22, 3, tzinfo=UTC))
    assert (verdict.allow, verdict.valid_until) == (True, None)


@settings(max_examples=150, deadline=None)
@given(
    zones=st.lists(
        st.sampled_from(
            ["America/New_York", "America/Phoenix", "Europe/London", "Australia/Lord_Howe", "Asia/Kolkata"]
        ),
        min_size=1,
        max_size=3,
    ),
    now=st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2026, 12, 31)),  # noqa: DTZ001 - made aware below
)
def test_never_allowed_outside_the_window_in_any_zone(zones: list[str], now: datetime) -> None:
    """At the instant itself, at the deferral's end, and at the last moment an allow may be relied on."""
    verdict = GUARD.look(facts(zones=tuple(zones)), now.replace(tzinfo=UTC))
    moments = [now.replace(tzinfo=UTC)] if verdict.allow else [verdict.until] if verdict.until else []
    if verdict.valid_until:
        moments.append(verdict.valid_until - timedelta(microseconds=1))
    for moment in moments:
        walls = [moment.astimezone(ZoneInfo(zone)) for zone in zones]
        assert all(9 <= wall.hour < 20 and wall.weekday() != 6 for wall in walls)


def test_a_look_takes_microseconds() -> None:
    """Asked at accept and again before every dial: well under half a millisecond for one zone."""
    call, now = facts(zones=("America/New_York",)), at("2026-11-23 12:00", "America/New_York")
    GUARD.look(call, now)
    began = time.perf_counter()
    for _ in range(200):
        GUARD.look(call, now)
    assert (time.perf_counter() - began) / 200 < 0.0005
