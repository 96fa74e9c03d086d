"""From a rule that holds to a call: the contact, the person, the limits, and why a call is skipped."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from rules.written import NOW, decide, with_rules

from gateway.contacts import phone_of
from gateway.model import CallPlan, ContactById, ContactFields, EventState, JsonObject, JsonValue, Person, Priority
from gateway.reasons import Reason

PHONE = "(415) 555-0132"
HOUR = timedelta(hours=1)


def plan(folder: Path, contact: str, payload: JsonObject, *, more: str = "", now: datetime = NOW) -> CallPlan:
    """The one call of a rule with this contact and these further keys."""
    rules = f"  - name: a\n    sources: [crm]\n    call:\n      from: east\n      contact: {contact}\n{more}"
    decision = decide(with_rules(folder, rules), payload, person=Person(phone=PHONE, email="ana@example.com"), now=now)
    assert decision.state is EventState.MATCHED, decision.error
    (only,) = decision.plans
    return only


def failure(folder: Path, contact: str, payload: JsonObject) -> str:
    """The error of a rule whose call cannot be planned."""
    rules = f"  - {{name: a, sources: [crm], call: {{from: east, contact: {contact}}}}}\n"
    decision = decide(with_rules(folder, rules), payload)
    assert (decision.state, decision.plans) == (EventState.FAILED, ())
    return str(decision.error)


def test_a_call_to_a_phone(tmp_path: Path) -> None:
    """E.164, the person's key, and everything the number and the policy say."""
    found = plan(tmp_path, "{phone: person.phone, region: US}", {})
    assert found == CallPlan(
        rule="a",
        ordinal=0,
        account="main",
        number="east",
        from_number_id="pn_212",
        contact=ContactFields(phone="+14155550132"),
        not_before=NOW,
        expires_at=NOW + 24 * HOUR,
        person_keys=("tel:+14155550132",),
    )


def test_a_contact_with_everything(tmp_path: Path) -> None:
    """Only what has a value is sent: a missing one erases nothing at the call API."""
    contact = (
        "{phone: person.phone, region: {cel: payload.country}, first_name: payload.?first, last_name: payload.?last,"
        " email: person.email, tags: [a, {cel: 'payload.?tags'}, {cel: payload.?none}, a],"
        " fields: {score: payload.?score, none: payload.?none, plan: '{\"a\": [1]}'}}"
    )
    payload: JsonObject = {"country": "US", "first": " Ana ", "last": None, "tags": ["b", "a", 5], "score": 7}
    found = plan(tmp_path, contact, payload).contact
    assert found == ContactFields(
        phone="+14155550132",
        first_name="Ana",
        email="ana@example.com",
        tags=("a", "b", "5"),
        fields={"score": 7, "plan": {"a": [1]}},
    )


@pytest.mark.parametrize(
    ("phone", "reason", "detail"),
    [
        (None, Reason.PHONE_MISSING, ""),
        ("", Reason.PHONE_MISSING, ""),
        ("  ", Reason.PHONE_MISSING, ""),
        ("call me", Reason.PHONE_INVALID, "it holds letters"),
        ("+1 900 555 1234", Reason.PHONE_PREMIUM, "a premium-rate number"),
        ("+870773111632", Reason.PHONE_SATELLITE, "+870"),
        ("911", Reason.PHONE_EMERGENCY, "an emergency number"),
        ("12345", Reason.PHONE_SHORT, "a short number"),
        ("+442079460000", Reason.REGION_NOT_ALLOWED, "it is in GB"),
        ("+80012345678", Reason.PHONE_SATELLITE, "+800"),
    ],
)
def test_calls_that_must_not_ring_are_planned_as_skipped(
    tmp_path: Path, phone: str | None, reason: Reason, detail: str
) -> None:
    """They are recorded with their reason, never silently dropped."""
    found = plan(tmp_path, "{phone: payload.phone, region: US}", {"phone": phone}, more="    regions: [US, CA]\n")
    assert (found.skip, found.skip_detail) == (reason, detail)


@pytest.mark.parametrize("phone", ["+14155550132", "+1 604 555 0132", 14155550132, 14155550132.0])
def test_numbers_in_their_regions_ring(tmp_path: Path, phone: JsonValue) -> None:
    """Also one that the payload holds as a number."""
    contact = (
        "{phone: '\"+\" + digits(string(payload.phone))'}"
        if isinstance(phone, str)
        else "{phone: '\"+\" + string(int(payload.phone))'}"
    )
    assert plan(tmp_path, contact, {"phone": phone}, more="    regions: [US, CA]\n").skip is None


@pytest.mark.parametrize(
    ("country", "skip"), [("US", None), ("us", None), ("Narnia", Reason.PHONE_INVALID), (None, Reason.PHONE_INVALID)]
)
def test_a_computed_region_that_is_none_counts_as_none(
    tmp_path: Path, country: str | None, skip: Reason | None
) -> None:
    """The payload's country may be anything: an unknown one never guesses."""
    contact = "{phone: person.phone, region: {cel: payload.country}}"
    assert plan(tmp_path, contact, {"country": country}).skip is skip


def test_a_call_to_a_contact_id(tmp_path: Path) -> None:
    """The person is known by account and id."""
    found = plan(tmp_path, "{id: payload.id}", {"id": 77})
    assert found.contact == ContactById(contact_id="77")
    assert (found.person_keys, found.zones, found.skip) == (("id:main:77",), (), None)


def test_an_id_wins_and_the_phone_still_tells_the_person(tmp_path: Path) -> None:
    """The same person by id and by phone is one person, and guards are told the phone, which gives the zone."""
    found = plan(tmp_path, "{id: payload.?id, phone: person.phone, region: US}", {"id": "c_1"})
    assert found.contact == ContactById(contact_id="c_1")
    assert found.person_keys == ("id:main:c_1", "tel:+14155550132")
    assert (found.zones, phone_of(found.contact, found.person_keys)) == ((), "+14155550132")


@pytest.mark.parametrize("payload", [{}, {"id": None}, {"id": " "}])
def test_without_an_id_the_phone_is_used(tmp_path: Path, payload: JsonObject) -> None:
    """Many CRMs store the id for some contacts only."""
    found = plan(tmp_path, "{id: payload.?id, phone: person.phone, region: US}", payload)
    assert isinstance(found.contact, ContactFields)


@pytest.mark.parametrize(
    ("phone", "skip"),
    [
        ("+442079460000", Reason.REGION_NOT_ALLOWED),
        ("+19005551234", Reason.PHONE_PREMIUM),
        ("call me", None),
        ("", None),
    ],
)
def test_a_phone_beside_an_id_is_judged_if_it_is_one(tmp_path: Path, phone: str, skip: Reason | None) -> None:
    """What is known to be wrong does not ring; what is no number says nothing about the contact."""
    contact = "{id: payload.id, phone: payload.phone}"
    found = plan(tmp_path, contact, {"id": "c_1", "phone": phone}, more="    regions: [US]\n")
    assert found.skip is skip


@pytest.mark.parametrize(
    ("contact", "payload", "error"),
    [
        ("{phone: payload.phone}", {}, 'call.contact.phone: payload has no "phone"'),
        ("{id: payload.id}", {}, 'call.contact.id: payload has no "id"'),
        ("{phone: payload.phone}", {"phone": {"a": 1}}, "call.contact.phone: it gives a map where text is needed"),
        ("{phone: person.phone, tags: [{cel: payload.x}]}", {}, 'call.contact.tags[0]: payload has no "x"'),
        ("{phone: person.phone, fields: {f: payload.x}}", {}, 'call.contact.fields.f: payload has no "x"'),
        (
            "{phone: person.phone, first_name: payload.x}",
            {"x": True},
            "call.contact.first_name: it gives true or false",
        ),
    ],
)
def test_an_expression_that_fails_plans_nothing(tmp_path: Path, contact: str, payload: JsonObject, error: str) -> None:
    """The event is FAILED with the part that failed, and replayed after the rule is fixed."""
    assert f"rule a: {error}" in failure(tmp_path, contact, payload)


@pytest.mark.parametrize(
    ("zone", "zones"),
    [("America/New_York", ("America/New_York",)), ("Mars/Olympus", ()), ("us_slash_pacific", ()), (None, ()), ("", ())],
)
def test_only_a_zone_that_exists_is_believed(tmp_path: Path, zone: str | None, zones: tuple[str, ...]) -> None:
    """Anything else is left out; the number's zones count then."""
    contact = "{phone: person.phone, region: US, zone: payload.zone}"
    assert plan(tmp_path, contact, {"zone": zone}).zones == zones


def test_what_a_rule_sets_for_its_calls(tmp_path: Path) -> None:
    """Priority, delay, regions, campaign, and how long the person is left in peace."""
    more = (
        "      campaign: {cel: '\"cmp_\" + payload.x'}\n    priority: high\n    delay: 90s\n    regions: [US]\n"
        "    cooldown: 1d\n    expires_after: 2h\n    hours: always\n"
    )
    found = plan(tmp_path, "{phone: person.phone, region: US}", {"x": "1"}, more=more)
    assert (found.campaign_id, found.priority, found.regions) == ("cmp_1", Priority.HIGH, ("US",))
    assert (found.not_before, found.expires_at) == (NOW + timedelta(seconds=90), NOW + 2 * HOUR)
    assert found.cooldown == timedelta(days=1)


SATURDAY_NIGHT = datetime(2026, 11, 21, 21, 0, tzinfo=ZoneInfo("America/Los_Angeles")).astimezone(UTC)
MONDAY_ELEVEN = datetime(2026, 11, 23, 11, 0, tzinfo=ZoneInfo("America/Los_Angeles")).astimezone(UTC)


@pytest.mark.parametrize(
    ("contact", "more", "expires_at"),
    [
        ("{phone: person.phone, region: US}", "", MONDAY_ELEVEN),
        ("{phone: person.phone, region: US}", "    strict_expiry: true\n", SATURDAY_NIGHT + 24 * HOUR),
        ("{phone: person.phone, region: US}", "    hours: always\n", SATURDAY_NIGHT + 24 * HOUR),
        ("{phone: person.phone, region: US}", "    expires_after: 7d\n", SATURDAY_NIGHT + 168 * HOUR),
        ("{phone: person.phone, region: US, zone: '\"America/New_York\"'}", "", MONDAY_ELEVEN - 3 * HOUR),
        ("{id: '\"c_1\"'}", "", SATURDAY_NIGHT + 24 * HOUR),
        ("{id: '\"c_1\"'}", "    hours: {assume_zone: America/Chicago}\n", MONDAY_ELEVEN - 2 * HOUR),
        ("{id: '\"c_1\"', phone: person.phone, region: US}", "", MONDAY_ELEVEN),
        ("{phone: person.phone, region: US}", "    delay: 3h\n    hours: {window: '22:00-22:30', days: all}\n", None),
    ],
    ids=range(9),
)
def test_a_lead_outlives_the_night_it_came_in(
    tmp_path: Path, contact: str, more: str, expires_at: datetime | None
) -> None:
    """Never expired before the first lawful opening plus two hours, where the zone is known and expiry not strict."""
    found = plan(tmp_path, contact, {}, more=more, now=SATURDAY_NIGHT)
    expected = SATURDAY_NIGHT + 27 * HOUR if expires_at is None else expires_at
    assert found.expires_at == expected
