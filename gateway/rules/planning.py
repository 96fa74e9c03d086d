"""From a rule that holds to the call it wants: the contact, its phone, when it may ring and until when."""

from collections.abc import Callable, Mapping
from dataclasses import field
from datetime import datetime, timedelta

from gateway.addresses import read_address
from gateway.calling_hours import is_zone, next_opening
from gateway.contacts import phone_of
from gateway.lawful_hours import lawful_hours
from gateway.model import CallPlan, Consent, Contact, ContactById, ContactFields, JsonValue, Priority, record
from gateway.phones import Phone, parse_phone
from gateway.policy import Policy, Windows
from gateway.reasons import Reason
from gateway.rules.choosing import choose
from gateway.rules.compiling import CompiledConsent, CompiledContact, CompiledRule
from gateway.rules.config import Number
from gateway.rules.consenting import consent_of
from gateway.rules.expressions import Expression, ExpressionError, Scope

AFTER_OPENING = timedelta(hours=2)
_PRIORITIES: Mapping[str, Priority] = {"low": Priority.LOW, "normal": Priority.NORMAL, "high": Priority.HIGH}


@record
class PlanError:
    """Why a rule that holds could not be turned into a call: which part of it failed, and how."""

    message: str


@record
class Planned:
    """The call, and why it is made from that number; no reason where the rule names just one."""

    plan: CallPlan
    why_number: str


@record
class Terms:
    """What a call is planned under, whatever ordered it."""

    rule: str
    number_name: str
    number: Number
    policy: Policy
    regions: tuple[str, ...] | None
    priority: Priority
    delay: timedelta
    now: datetime
    address: str | None = None
    numbers: tuple[str, ...] = ()  # every number of the choice, best first
    beside: Mapping[str, Windows] = field(default_factory=dict)  # hours of its source and number
    consent: Consent | None = None
    notify: tuple[str, ...] = ()


@record
class _Values:
    """A contact's expressions, evaluated."""

    contact_id: str | None
    phone: str | None
    region: str | None
    first_name: str | None
    last_name: str | None
    email: str | None
    zone: str | None
    state: str | None
    country: str | None
    tags: tuple[str, ...]
    fields: Mapping[str, JsonValue]


class _Failed(Exception):
    """Carries an error out of nested evaluation; never leaves this module."""

    def __init__(self, part: str, error: ExpressionError) -> None:
        super().__init__(f"{part}: {error.message}")


def plan_of(
    rule: CompiledRule,
    scope: Scope,
    *,
    numbers: Mapping[str, Number],
    policy: Policy,
    event_id: str,
    now: datetime,
    beside: Callable[[str], Mapping[str, Windows]] = lambda _: {},
    notify: tuple[str, ...] = (),
) -> Planned | PlanError:
    """The call of a rule that holds. An expression that fails is a PlanError; a missing or bad phone is a skip."""
    spec, contact = rule.config.call, rule.contact
    if spec is None or contact is None:
        return PlanError(message="it makes no call")
    try:
        values = _evaluate(contact, scope)
        campaign = _single(rule.campaign, scope, "call.campaign")
        consent = _consent(rule.consent, scope)
    except _Failed as failed:
        return PlanError(message=str(failed))
    phone = parse_phone(values.phone or "", region=values.region)
    person = phone.e164 or values.contact_id or ""
    chosen = choose(spec.from_, numbers, phone=phone.e164, person=person, event_id=event_id)
    terms = Terms(
        rule=rule.config.name,
        number_name=chosen.name,
        number=numbers[chosen.name],
        policy=policy,
        regions=rule.config.regions,
        priority=_PRIORITIES[rule.config.priority],
        delay=rule.config.delay or timedelta(),
        now=now,
        address=read_address(values.country, values.state),
        numbers=_of_one_account(chosen.order, numbers),
        beside=beside(chosen.name),
        consent=consent,
        notify=notify,
    )
    return Planned(plan=_plan_for(values, phone, terms, campaign), why_number=chosen.why)


def _of_one_account(names: tuple[str, ...], numbers: Mapping[str, Number]) -> tuple[str, ...]:
    """The numbers that may stand in for the first: a contact resolved for one account is unknown to another."""
    same = tuple(name for name in names if numbers[name].account == numbers[names[0]].account)
    return same if len(same) > 1 else ()


def _consent(consent: CompiledConsent | None, scope: Scope) -> Consent | None:
    if consent is None:
        return None
    basis, at, source = (
        _single(getattr(consent, name), scope, f"consent.{name}") for name in ("basis", "at", "source")
    )
    return consent_of(basis, at, source)


def _plan_for(values: _Values, phone: Phone, terms: Terms, campaign: str | None) -> CallPlan:
    if values.contact_id:
        return plan_by_id(values.contact_id, phone, terms, zone=values.zone, campaign_id=campaign)
    fields = ContactFields(
        phone=phone.e164 or values.phone or "",
        first_name=values.first_name,
        last_name=values.last_name,
        email=values.email,
        tags=values.tags,
        fields=values.fields,
    )
    return plan_by_phone(fields, phone, terms, zone=values.zone, campaign_id=campaign)


def plan_by_id(contact_id: str, phone: Phone, terms: Terms, *, zone: str | None, campaign_id: str | None) -> CallPlan:
    """A call to a contact the call API knows. A phone beside the id joins it to the person, and gives zones.

    The number behind an id is the call API's business: regions cannot be checked unless a phone is given too.
    """
    keys = [f"id:{terms.number.account}:{contact_id}"]
    if phone.e164 and phone.refused is None:
        keys.append(f"tel:{phone.e164}")
    known = phone if phone.refused is not Reason.PHONE_MISSING and phone.e164 else None
    skip, detail = _skip(known, terms.regions) if known else (None, "")
    return _plan(ContactById(contact_id=contact_id), tuple(keys), _zones(zone), terms, campaign_id, skip, detail)


def plan_by_phone(
    fields: ContactFields, phone: Phone, terms: Terms, *, zone: str | None, campaign_id: str | None
) -> CallPlan:
    """A call to a phone number; skipped, with its reason, where that number must not ring."""
    keys = (f"tel:{phone.e164}",) if phone.e164 else ()
    skip, detail = _skip(phone, terms.regions)
    return _plan(fields, keys, _zones(zone), terms, campaign_id, skip, detail)


def _plan(
    contact: Contact,
    keys: tuple[str, ...],
    zones: tuple[str, ...],
    terms: Terms,
    campaign_id: str | None,
    skip: Reason | None,
    detail: str,
) -> CallPlan:
    not_before = terms.now + terms.delay
    return CallPlan(
        rule=terms.rule,
        ordinal=0,
        account=terms.number.account,
        number=terms.number_name,
        from_number_id=terms.number.id,
        numbers=terms.numbers,
        contact=contact,
        campaign_id=campaign_id,
        priority=terms.priority,
        not_before=not_before,
        expires_at=_expires_at(phone_of(contact, keys), zones, not_before, terms),
        person_keys=keys,
        cooldown=terms.policy.cooldown,
        regions=terms.regions,
        zones=zones,
        address=terms.address,
        consent=terms.consent,
        notify=terms.notify,
        skip=skip,
        skip_detail=detail,
    )


def _expires_at(phone: str | None, zones: tuple[str, ...], not_before: datetime, terms: Terms) -> datetime:
    """Never before the first lawful opening plus two hours, unless the policy is strict: a lead of Saturday
    evening is not lost to a closed Sunday."""
    limit = terms.now + terms.policy.expires_after
    if terms.policy.strict_expiry:
        return limit
    lawful = lawful_hours(terms.policy.hours, phone=phone, zones=zones, address=terms.address, beside=terms.beside)
    if lawful.schedule is None or not lawful.zones:
        return limit
    opening = next_opening(lawful.schedule, lawful.zones, not_before)
    return limit if opening is None else max(limit, opening + AFTER_OPENING)


def _skip(phone: Phone, regions: tuple[str, ...] | None) -> tuple[Reason | None, str]:
    if phone.refused is not None:
        return phone.refused, phone.detail
    if regions is not None and phone.region not in regions:
        return Reason.REGION_NOT_ALLOWED, f"it is in {phone.region or 'no country'}"
    return None, phone.detail


def _zones(zone: str | None) -> tuple[str, ...]:
    return (zone,) if zone and is_zone(zone) else ()


def _evaluate(contact: CompiledContact, scope: Scope) -> _Values:
    def text(name: str) -> str | None:
        return _single(getattr(contact, name), scope, f"call.contact.{name}")

    return _Values(
        contact_id=text("id"),
        phone=text("phone"),
        region=text("region"),
        first_name=text("first_name"),
        last_name=text("last_name"),
        email=text("email"),
        zone=text("zone"),
        state=text("state"),
        country=text("country"),
        tags=_tags(contact, scope),
        fields=_fields(contact, scope),
    )


def _tags(contact: CompiledContact, scope: Scope) -> tuple[str, ...]:
    """Every tag once, in order; a computed one may be a list of them."""
    found: list[str] = []
    for index, tag in enumerate(contact.tags):
        value = tag if isinstance(tag, str) else _value(tag, scope, f"call.contact.tags[{index}]")
        found.extend(str(item) for item in (value if isinstance(value, list) else [value]) if item is not None)
    return tuple(dict.fromkeys(found))


def _fields(contact: CompiledContact, scope: Scope) -> Mapping[str, JsonValue]:
    """The custom fields that have a value; one that is missing is not sent, so it erases nothing."""
    values = {name: _value(expr, scope, f"call.contact.fields.{name}") for name, expr in contact.fields.items()}
    return {name: value for name, value in values.items() if value is not None}


def _single(expression: Expression | str | None, scope: Scope, part: str) -> str | None:
    if expression is None or isinstance(expression, str):
        return expression
    value = _value(expression, scope, part)
    return None if value is None else str(value)


def _value(expression: Expression, scope: Scope, part: str) -> JsonValue:
    value = expression.evaluate(scope)
    if isinstance(value, ExpressionError):
        raise _Failed(part, value)
    return value
