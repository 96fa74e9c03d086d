"""Calls ordered by API instead of by a rule: what an order holds, and the plan it becomes."""

from datetime import datetime, timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError, model_validator
from pydantic.alias_generators import to_camel

from gateway.model import (
    CallPlan,
    Contact,
    ContactById,
    ContactFields,
    Decision,
    Event,
    EventState,
    Person,
    Priority,
    RuleTrace,
)
from gateway.reasons import Reason
from gateway.rules.rulebook import Rulebook

ORDER_SOURCE = "api"  # source, provider and rule name of what was ordered by API
ORDER_TYPE = "call.ordered"
KEY_WINDOW = timedelta(days=7)
BODY_WINDOW = timedelta(minutes=10)

Short = Annotated[str, Field(min_length=1, max_length=200)]


class _Ordered(BaseModel):
    model_config = ConfigDict(
        alias_generator=to_camel, validate_by_name=False, validate_by_alias=True, extra="forbid", frozen=True
    )


class OrderedContact(_Ordered):
    """A person to create or update at the call API; only what is given is sent there."""

    phone: Short = Field(description="with country code, or as dialled inside `region`")
    region: str | None = Field(None, pattern="^[A-Z]{2}$", description="ISO country of a phone without country code")
    first_name: Short | None = None
    last_name: Short | None = None
    email: Short | None = None
    tags: tuple[Short, ...] = Field((), max_length=50)
    fields: dict[Short, JsonValue] = Field(default_factory=dict, max_length=100)


class CallOrder(_Ordered):
    """One call to one person: either `contactId` or `contact`."""

    from_: Short = Field(alias="from", description="a number's name in the configuration, or its fromNumberId")
    contact_id: Short | None = Field(None, description="a contact the call API knows")
    contact: OrderedContact | None = None
    campaign_id: Short | None = None
    priority: Literal["low", "normal", "high"] = "normal"

    @model_validator(mode="after")
    def _one_contact(self) -> "CallOrder":
        if (self.contact_id is None) == (self.contact is None):
            raise ValueError("give either contactId or contact")
        return self


class UnknownNumber(ValueError):
    """The order names a number that is not in the configuration."""


def order_event(order: CallOrder, idempotency_key: str | None) -> Event:
    """The order as an event, so that it is stored, deduplicated and replayed like any other."""
    payload = order.model_dump(mode="json", by_alias=True, exclude_unset=True)
    contact = order.contact
    person = Person(
        phone=contact.phone if contact else None,
        email=contact.email if contact else None,
        first_name=contact.first_name if contact else None,
        last_name=contact.last_name if contact else None,
        contact_id=order.contact_id,
    )
    key = (idempotency_key,) if idempotency_key is not None else None
    return Event(payload=payload, type=ORDER_TYPE, key=key, person=person)


def decide_order(order: CallOrder, rulebook: Rulebook, now: datetime) -> Decision:
    """MATCHED with one plan, under the default policy. Raises UnknownNumber."""
    plan = _plan(order, rulebook, now)
    return Decision(
        state=EventState.MATCHED,
        plans=(plan,),
        trace=(RuleTrace(rule=plan.rule, matched=True, detail="ordered by API"),),
        rulebook=rulebook.version,
    )


def decide_again(payload: object, rulebook: Rulebook, now: datetime) -> Decision:
    """The decision on a stored order. FAILED where it no longer can be carried out."""
    try:
        return decide_order(CallOrder.model_validate(payload), rulebook, now)
    except UnknownNumber as error:
        return Decision(state=EventState.FAILED, reason=Reason.RULE_ERROR, error=str(error), rulebook=rulebook.version)
    except ValidationError:
        return Decision(
            state=EventState.FAILED,
            reason=Reason.RULE_ERROR,
            error="the stored order is incomplete",
            rulebook=rulebook.version,
        )


def _plan(order: CallOrder, rulebook: Rulebook, now: datetime) -> CallPlan:
    return rulebook.plan_direct(
        number=_number_name(order.from_, rulebook),
        contact=_contact(order),
        region=order.contact.region if order.contact is not None else None,
        campaign_id=order.campaign_id,
        priority=Priority[order.priority.upper()],
        now=now,
    )


def _number_name(wanted: str, rulebook: Rulebook) -> str:
    numbers = rulebook.config.numbers
    if wanted in numbers:
        return wanted
    by_id = [name for name, number in numbers.items() if number.id == wanted]
    if not by_id:
        raise UnknownNumber("no number of this name or fromNumberId is configured")
    return by_id[0]


def _contact(order: CallOrder) -> Contact:
    if order.contact is None:
        return ContactById(contact_id=order.contact_id or "")
    contact = order.contact
    return ContactFields(
        phone=contact.phone,
        first_name=contact.first_name,
        last_name=contact.last_name,
        email=contact.email,
        tags=contact.tags,
        fields=contact.fields,
    )
