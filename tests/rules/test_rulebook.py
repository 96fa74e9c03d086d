"""The rulebook: policies per rule, calls ordered directly, and every rule in a sentence."""

from datetime import timedelta
from pathlib import Path

import pytest
from rules.written import HEAD, NOW, loaded, with_rules

from gateway.bounds import Ceiling
from gateway.contracts import AddressLimit
from gateway.model import ContactById, ContactFields, Priority
from gateway.policy import Hours, Policy
from gateway.reasons import Reason

CALL = "call: {from: east, contact: {phone: person.phone}}"
POLICY = "policy: {hours: {window: '10:00-12:00', assume_zone: America/Chicago}, cooldown: 1h, expires_after: 2d}\n"


def test_each_rule_has_its_policy(tmp_path: Path) -> None:
    """A rule's own settings, of its hours the keys it gives; a rule that is gone has the default."""
    rules = (
        f"  - {{name: plain, sources: [crm], {CALL}}}\n"
        f"  - {{name: own, sources: [crm], {CALL}, cooldown: 5m, strict_expiry: true, hours: {{days: sun}}}}\n"
        f"  - {{name: always, sources: [crm], {CALL}, hours: always}}\n"
    )
    rulebook = with_rules(tmp_path, rules + POLICY)
    hours = Hours(window="10:00-12:00", days="mon-sat", assume_zone="America/Chicago")
    default = Policy(hours=hours, cooldown=timedelta(hours=1), expires_after=timedelta(days=2))
    own = {"hours": hours.model_copy(update={"days": "sun"}), "cooldown": timedelta(minutes=5), "strict_expiry": True}
    assert rulebook.policy_for("plain") == default
    assert rulebook.policy_for("gone") == default
    assert rulebook.policy_for("own") == default.model_copy(update=own)
    assert rulebook.policy_for("always").hours.window == "always"
    assert rulebook.policy_for("always").hours.assume_zone == "America/Chicago"


def test_names_are_found_or_none(tmp_path: Path) -> None:
    """Numbers and accounts by name."""
    rulebook = loaded(tmp_path, HEAD)
    number, account = rulebook.number("east"), rulebook.account("main")
    assert number is not None
    assert account is not None
    assert (number.id, number.pace.per_second, number.pace.per_hour) == ("pn_212", 1, 100)
    assert (rulebook.number("x"), rulebook.account("x")) == (None, None)


@pytest.mark.parametrize(
    ("phone", "region", "keys", "skip"),
    [
        ("(415) 555-0132", "US", ("tel:+14155550132",), None),
        ("+442079460000", None, ("tel:+442079460000",), None),
        ("(415) 555-0132", None, (), Reason.PHONE_INVALID),
        ("", None, (), Reason.PHONE_MISSING),
        ("+19005551234", None, ("tel:+19005551234",), Reason.PHONE_PREMIUM),
    ],
)
def test_a_call_ordered_directly(
    tmp_path: Path, phone: str, region: str | None, keys: tuple[str, ...], skip: Reason | None
) -> None:
    """The same care as a rule's call, under the default policy and the name `api`."""
    rulebook = loaded(tmp_path, HEAD + POLICY)
    contact = ContactFields(phone=phone, first_name="Ana", tags=("a",))
    plan = rulebook.plan_direct(
        number="west", contact=contact, region=region, campaign_id="cmp", priority=Priority.HIGH, now=NOW
    )
    assert (plan.rule, plan.from_number_id, plan.account, plan.campaign_id) == ("api", "pn_415", "main", "cmp")
    assert (plan.person_keys, plan.skip, plan.regions, plan.not_before) == (keys, skip, None, NOW)
    assert isinstance(plan.contact, ContactFields)
    assert plan.contact.first_name == "Ana"
    assert plan.cooldown == timedelta(hours=1)


def test_a_contact_ordered_directly(tmp_path: Path) -> None:
    """By its id, which is the person's key."""
    rulebook = loaded(tmp_path, HEAD)
    plan = rulebook.plan_direct(
        number="west",
        contact=ContactById(contact_id="c_1"),
        region=None,
        campaign_id=None,
        priority=Priority.LOW,
        now=NOW,
    )
    assert (plan.person_keys, plan.skip, plan.zones) == (("id:main:c_1",), None, ())


def test_an_unknown_number_is_the_callers_mistake(tmp_path: Path) -> None:
    """KeyError, which the API turns into its answer."""
    with pytest.raises(KeyError):
        loaded(tmp_path, HEAD).plan_direct(
            number="x",
            contact=ContactById(contact_id="c"),
            region=None,
            campaign_id=None,
            priority=Priority.LOW,
            now=NOW,
        )


def test_every_rule_in_a_sentence(tmp_path: Path) -> None:
    """From where, when, whom, from which number, and within which bounds."""
    rules = (
        f"  - {{name: a, sources: [crm, other], when: payload.x == 1, {CALL}}}\n"
        f"  - {{name: b, when: {{field: payload.x, equals: 1}}, regions: [US, CA], delay: 2m, {CALL}}}\n"
        "  - {name: c, sources: [crm], call: {from: west, contact: {id: payload.id}}}\n"
    )
    told = with_rules(tmp_path, rules).explain()
    assert [said.detail for said in told] == [
        "An event from crm or other, when payload.x == 1: call the phone number it gives from east (pn_212).",
        (
            "An event from any source, when payload.x is 1: call the phone number it gives from east (pn_212), "
            "only in US, CA, no sooner than 2 min later."
        ),
        (
            "An event from crm, when always: call the contact it names from west (pn_415). Its calls are held, "
            "as nobody knows the person's time zone: give hours: {assume_zone: …} or a contact's zone."
        ),
    ]


@pytest.mark.parametrize(
    ("call", "hours", "said"),
    [
        ("from: east", "always", "Its calls from source other or over number east are held under the hours there"),
        ("from: west", "always", "Its calls from source other are held under the hours there"),
        ("from: {by: sticky, of: [west, east]}", "always", "from source other or over number east are held under"),
        ("from: east", "{window: '09:00-20:00'}", "Its calls are held, as nobody knows"),
        ("from: east", "{window: always, days: all, assume_zone: UTC}", ""),
    ],
)
def test_hours_beside_a_rule_need_a_zone_too(tmp_path: Path, call: str, hours: str, said: str) -> None:
    """A rule that gives only an id: whichever hours would hold its calls are named, also a source's and a number's."""
    limited = ", hours: {window: '10:00-12:00'}}\n"
    head = HEAD.replace("id: pn_212, account: main}\n", f"id: pn_212, account: main{limited}")
    other = "  other: {provider: generic, secrets: [s3cret-s3cret-s3cret], authentication: {bearer: true}"
    head = head.replace(other + "}\n", other + limited)
    rule = f"  - {{name: a, sources: [crm, other], call: {{{call}, contact: {{id: payload.id}}}}, hours: {hours}}}\n"
    (told,) = loaded(tmp_path, f"{head}rules:\n{rule}").explain()
    assert said in told.detail
    assert ("held" in told.detail) == bool(said)


def test_sources_are_ready_to_use(tmp_path: Path) -> None:
    """Secrets as bytes, the provider's windows, and for a public source a ceiling and a limit per address."""
    sources = loaded(tmp_path, HEAD).sources
    crm, form = sources["crm"], sources["form"]
    assert (crm.secrets, crm.bounds.ceiling, crm.address_limit) == ((b"s3cret-s3cret-s3cret",), None, None)
    assert crm.dedupe_window == crm.provider.dedupe_window
    assert form.bounds.ceiling == Ceiling(limit=60, window=timedelta(hours=1))
    assert form.address_limit == AddressLimit(limit=10, window=timedelta(minutes=10))


def test_what_a_source_sets_wins_over_its_provider(tmp_path: Path) -> None:
    """Limits, sizes and windows."""
    text = (
        "sources:\n  s: {provider: html_form, origins: ['https://a.example'], hourly_ceiling: 5, address_limit: 2,\n"
        "      max_body: 1000, clock_skew: 1m, dedupe: 1d, dedupe_body: 1h,\n"
        "      path_token: c2VjcmV0LXNlY3JldC1zZWNyZXQtMTIz}\n"
    )
    source = loaded(tmp_path, text).sources["s"]
    assert source.bounds.ceiling == Ceiling(limit=5, window=timedelta(hours=1))
    assert source.address_limit == AddressLimit(limit=2, window=timedelta(minutes=10))
    assert (source.max_body_bytes, source.clock_skew) == (1000, timedelta(minutes=1))
    assert (source.dedupe_window, source.body_dedupe_window) == (timedelta(days=1), timedelta(hours=1))
    assert source.path_token == "c2VjcmV0LXNlY3JldC1zZWNyZXQtMTIz"


def test_a_rulebook_cannot_be_changed(tmp_path: Path) -> None:
    """Swapped whole, or not at all."""
    rulebook = loaded(tmp_path, HEAD)
    with pytest.raises(TypeError):
        rulebook.sources["new"] = rulebook.sources["crm"]  # type: ignore[index] - that is the point
