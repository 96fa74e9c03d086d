"""The YAML configuration as frozen, strict models: accounts, numbers, sources, rules, policy.

Behaviour only. Where things are and what is secret comes from the environment (settings.py); a secret
stands here as `${NAME}` and is put in while loading, so no model is ever printed with one in it.
"""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Discriminator, Field, GetJsonSchemaHandler, SecretStr, Tag, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from gateway.decoding.facts import PersonPaths
from gateway.decoding.selectors import Selector
from gateway.policy import Caps, ConsentTerms, DoNotCallTerms, Duration, Hours, Pace, Policy, Strict, Windows
from gateway.rules.bounding import BurstOrOff, BurstTerms, RangesOrOff, RangeTerms
from gateway.rules.console import Console
from gateway.rules.endpoints import EndpointConfig
from gateway.rules.from_number import AreaCode, FromChoice
from gateway.rules.suppression import DoNotCallConfig

Cel = Annotated[
    str, Field(min_length=1, description="a CEL expression over payload, record, event, person, headers, query")
]
NonEmpty = Annotated[str, Field(min_length=1)]


class Computed(Strict):
    """A value computed from the event, where a plain string would be taken as it stands."""

    cel: Cel


def _form(value: object) -> str:
    """Which way of writing a value this is, so that a mistake is told once and not for every way."""
    if isinstance(value, dict | Strict):
        return "map"
    return "flag" if isinstance(value, bool) else "text"


Text = Annotated[Annotated[NonEmpty, Tag("text")] | Annotated[Computed, Tag("map")], Discriminator(_form)]
From = Annotated[Annotated[NonEmpty, Tag("text")] | Annotated[FromChoice, Tag("map")], Discriminator(_form)]
When = Annotated[
    Annotated[Cel, Tag("text")] | Annotated[bool, Tag("flag")] | Annotated[dict[str, Any], Tag("map")],
    Discriminator(_form),
]


class Account(Strict):
    """A customer account at the call API."""

    token: SecretStr | None = Field(None, description="orgId.secret; `${NAME:-}` where it may be empty")
    organization: str | None = Field(None, description="X-Organization-ID, a UUID")
    pace: Pace = Field(Pace(), description="how fast calls may go out on the whole account")
    ailing_after: int | None = Field(
        5, ge=2, description="requests in a row without a plain answer that stop it until a probe works; null: never"
    )


class Number(Strict):
    """A phone-number integration to call from."""

    id: NonEmpty = Field(description="the call API's fromNumberId, not a phone number")
    account: str = Field(description="name of an account")
    pace: Pace = Field(
        Pace(per_second=1, per_hour=100),
        description="how fast calls may go out on it (default: 1 per second, 100 per hour)",
    )
    area_codes: tuple[AreaCode, ...] = Field((), description="whom it suits, e.g. [212, +4420]: for `by: area_code`")
    weight: int = Field(1, ge=1, le=1000, description="its share of the calls, for `by: weighted`")
    hours: Windows = Field(Windows(), description="when calls may be made from it, besides the rule's hours")


class EnrichConfig(Strict):
    """The record that a thin event names, fetched by a GET before the rules are asked: `record` in expressions."""

    preset: str | None = Field(None, description="a ready-made one, with `token`; or write `url` yourself")
    token: SecretStr | None = Field(None, description="the preset's access token: `${NAME}`")
    origin: str | None = Field(None, description="instead of the preset's own, for a proxy of yours: https://host")
    url: str | None = Field(None, description="with {person.contact_id}, {payload.<path>} or {event.type} in it")
    headers: dict[str, SecretStr] = Field(default_factory=dict, description="sent with the request; never logged")
    take: Selector | None = Field(None, description="path to the record in the answer (default: all of it)")
    person: PersonPaths | None = Field(
        None, description="where the record holds the person; default: fields named as usual"
    )
    only: tuple[str, ...] = Field((), description="event types that need it; others are decided at once (default: all)")
    retry_for: Duration = Field("1h", description="how long a failing fetch is tried again", validate_default=True)
    fresh_for: Duration = Field(
        "1m", description="how long a record fetched after an event may serve it too", validate_default=True
    )

    @model_validator(mode="after")
    def _one_way(self) -> "EnrichConfig":
        if (self.preset is None) == (self.url is None):
            raise ValueError("write either `preset` with `token`, or `url`")
        own = self.headers or self.take or self.person
        if self.preset is not None and (self.token is None or own):
            raise ValueError("a preset needs `token`, and brings its own headers, take and person")
        if self.url is not None and (self.token is not None or self.origin is not None):
            raise ValueError("`token` and `origin` belong to a preset: with `url` use headers")
        return self


class SourceConfig(Strict):
    """An endpoint /hooks/{name}. Further keys are the provider's own options, checked against it."""

    model_config = ConfigDict(frozen=True, extra="allow")

    provider: str = Field(description="the kind of sender")
    secrets: tuple[SecretStr, ...] = Field((), max_length=2, description="live secrets: the current and the next")
    path_token: SecretStr | None = Field(
        None, description="last part of an unguessable address /hooks/{source}/{token}: 22 or more of A-Z a-z 0-9 - _"
    )
    max_body: int = Field(256 * 1024, ge=1, le=10 * 1024 * 1024, description="largest body accepted, in bytes")
    clock_skew: Duration = Field("5m", description="how old or early a signed timestamp may be", validate_default=True)
    dedupe: Duration | None = Field(
        None, description="how long the sender's event id is remembered (default: the provider's)"
    )
    dedupe_body: Duration | None = Field(None, description="the same for senders without an id, by body")
    hourly_ceiling: int | None = Field(
        None, ge=1, description="new calls an hour; more are held for a person (default: 60 for a public source)"
    )
    burst: BurstOrOff = Field(
        BurstTerms(), description="new calls far above the source's own busiest hours are held for a person; or `off`"
    )
    range_watch: RangesOrOff = Field(
        RangeTerms(), description="an alert when many new numbers of one unusual range arrive; or `off`"
    )
    address_limit: int | None = Field(
        None, ge=1, description="requests in 10 minutes from one address (default: 10 for a public source)"
    )
    opt_out: bool = Field(
        False, description="every event is an opt-out: its person goes on the do-not-call list, nobody is called"
    )
    opt_out_region: str | None = Field(
        None, pattern="^[A-Z]{2}$", description="region of an opt-out's phone without country code, e.g. US"
    )
    enrich: EnrichConfig | None = Field(None, description="for senders whose events hold no phone number")
    hours: Windows = Field(Windows(), description="when its leads may be rung, besides the rule's hours")


class ContactSpec(Strict):
    """Whom to call: an `id` the call API knows, or the fields to create or update the contact with."""

    id: Cel | None = Field(None, description="the contact's id at the call API; wins over `phone` where it has one")
    phone: Cel | None = Field(None, description="the phone number, in any usual way of writing")
    region: Text | None = Field(None, description="default region of a number without country code, e.g. US")
    first_name: Cel | None = Field(None, description="sent as firstName")
    last_name: Cel | None = Field(None, description="sent as lastName")
    email: Cel | None = Field(None, description="sent as email")
    tags: tuple[Text, ...] = Field((), description="tags of the contact; a computed one may be a list of them")
    fields: dict[str, Cel] = Field(default_factory=dict, description="custom fields of the contact, by their name")
    zone: Cel | None = Field(None, description="the person's IANA time zone, if the payload has it")
    state: Cel | None = Field(None, description="state or province of their address, by code or name, e.g. FL")
    country: Cel | None = Field(None, description="country of their address, by code or name, e.g. CA or Canada")


class CallSpec(Strict):
    """The call a matching rule makes."""

    from_: From = Field(alias="from", description="name of a number, or how to choose one of several")
    contact: ContactSpec = Field(description="whom to call")
    campaign: Text | None = Field(None, description="the call API's campaign id, for its tracking")


class ConsentSpec(ConsentTerms):
    """What a rule requires of a person's consent, and where the payload tells of it."""

    basis: Cel | None = Field(None, description='on what basis they may be called; blank, null or a "no": none')
    at: Cel | None = Field(None, description="when it was given: ISO 8601, or seconds or milliseconds since 1970")
    source: Cel | None = Field(None, description="where it was given, e.g. the form's address")


class OptOutSpec(Strict):
    """Whom an opt-out names; without `phone`, `email` and `id` the person of the event, as its source reads it."""

    phone: Cel | None = Field(None, description="the phone number, in any usual way of writing")
    email: Cel | None = Field(None, description="the e-mail address")
    id: Cel | None = Field(None, description="the contact's id at the call API")
    region: Text | None = Field(None, description="default region of a number without country code, e.g. US")


class DoNotCallSpec(DoNotCallTerms):
    """Instead of a call: put the person on the list (`add`); or what of do-not-call this rule's calls are under.

    The word `add` in place of the whole map stands for `add: {}`.
    """

    add: OptOutSpec | None = Field(None, description="put this person on the do-not-call list, and call nobody")

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """The map, or the word `add`."""
        schema = handler.resolve_ref_schema(handler(core))
        return {"description": schema.pop("description", ""), "anyOf": [{"const": "add"}, schema]}

    @model_validator(mode="before")
    @classmethod
    def _word(cls, value: object) -> object:
        return {"add": {}} if value == "add" else value

    @model_validator(mode="after")
    def _one_meaning(self) -> "DoNotCallSpec":
        if self.add is not None and self.model_fields_set & {"checks", "lists"}:
            raise ValueError("a rule that adds to the list makes no call: leave `checks` and `lists` out")
        return self


class RuleConfig(Strict):
    """When an event matches, make this call; or put its person on the do-not-call list."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        json_schema_extra={"anyOf": [{"required": ["call"]}, {"required": ["do_not_call"]}]},
    )

    name: str = Field(min_length=1, max_length=80, description="a name of its own, shown with every call it makes")
    sources: tuple[str, ...] = Field((), description="source names; empty: every source")
    when: When = Field(True, description="a CEL expression, or a condition in plain YAML")
    call: CallSpec | None = Field(None, description="the call to make; required unless `do_not_call` adds")
    do_not_call: DoNotCallSpec | None = Field(
        None, description="`add`: the person opts out, nobody is called; or which checks and lists its calls are under"
    )
    regions: tuple[str, ...] | None = Field(None, description="ISO regions this rule may ring, e.g. [US, CA]")
    priority: Literal["low", "normal", "high"] = Field("normal", description="higher rings first")
    delay: Duration | None = Field(None, description="ring no sooner than this after the event is accepted")
    expires_after: Duration | None = Field(None, description="instead of the policy's")
    strict_expiry: bool | None = Field(None, description="instead of the policy's")
    hours: Hours | None = Field(None, description="instead of the policy's; keys left out stay the policy's")
    consent: ConsentSpec | None = Field(None, description="where the payload tells of consent; what is required of it")
    cooldown: Duration | None = Field(None, description="instead of the policy's")
    caps: Caps | None = Field(None, description="instead of the policy's; keys left out stay the policy's")
    notify: tuple[str, ...] | None = Field(
        None, description="endpoints of `notify` that hear of its calls; none: []; default: each that takes the rule"
    )

    @property
    def opts_out(self) -> bool:
        """Whether it puts people on the do-not-call list instead of calling them."""
        return self.do_not_call is not None and self.do_not_call.add is not None

    @model_validator(mode="after")
    def _one_action(self) -> "RuleConfig":
        if self.call is None and not self.opts_out:
            raise ValueError('"call" is missing')
        if self.call is not None and self.opts_out:
            raise ValueError("`do_not_call: add` calls nobody: leave `call` out, or write two rules")
        return self


class Config(Strict):
    """A whole configuration file (or folder of files, merged by key)."""

    accounts: dict[str, Account] = Field(default_factory=dict, description="who pays for the calls, by name")
    numbers: dict[str, Number] = Field(default_factory=dict, description="what calls are made from, by name")
    sources: dict[str, SourceConfig] = Field(default_factory=dict, description="where webhooks come in, by name")
    rules: tuple[RuleConfig, ...] = Field((), description="what to do with an event, in this order")
    do_not_call: DoNotCallConfig = Field(
        DoNotCallConfig(), description="other systems asked before a dial, and the age of registries"
    )
    notify: dict[str, EndpointConfig] = Field(
        default_factory=dict, description="who is told what became of calls, by name: signed webhooks back"
    )
    policy: Policy = Field(Policy(), description="safety for every rule that does not set its own")
    console: Console = Field(Console(), description="who may sign in at the console")
    matching: Literal["first", "all"] = Field("first", description="first matching rule only, or every one")
