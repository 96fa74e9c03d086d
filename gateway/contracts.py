"""The shapes that can be added: provider and guard (dialers: workers/dialers). One module each, found by name.

A provider module exposes PROVIDER, a guard module GUARD. Nothing else has to be edited.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from datetime import datetime, timedelta
from random import Random
from typing import Any, Literal, Protocol, TypeAlias

from pydantic import BaseModel

from gateway.bounds import UNBOUND, Bounds, Ceiling
from gateway.errors import Unreadable, WebhookRejected
from gateway.lookup import Lookup
from gateway.model import (
    Accepted,
    Consent,
    ContactFields,
    Event,
    JsonValue,
    Outcome,
    Priority,
    Refused,
    Request,
    Unsent,
    Verdict,
    record,
)
from gateway.policy import Policy, Strict, Windows
from gateway.reasons import Reason


@record
class Reply:
    """The HTTP answer a sender gets."""

    status: int = 200
    body: bytes = b"{}"
    media_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()


class NoOptions(Strict):
    """Options of a provider that has none."""


@record
class AddressLimit:
    """A public source's limit per client address."""

    limit: int
    window: timedelta


def no_headers(_: datetime, __: Random) -> tuple[tuple[str, str], ...]:
    """Of a sample whose sender says everything in the body."""
    return ()


@record
class Sample:
    """A realistic request of a provider, for `dialgate send` and the tests.

    `make` writes the body of a new event about an invented person (gateway/fiction.py): the same instant
    and the same draws give the same bytes. For a GET sample the bytes are its query string.
    """

    name: str
    make: Callable[[datetime, Random], bytes]
    content_type: str = "application/json"
    method: str = "POST"
    headers: Callable[[datetime, Random], tuple[tuple[str, str], ...]] = no_headers  # unsigned: its topic, its ids


def nothing_wrong(_: "Source") -> Sequence[str]:
    """The check of a provider whose options and secrets cannot contradict each other."""
    return ()


def no_query(_: "Source") -> str:
    """Of a provider whose senders prove themselves by headers alone."""
    return ""


def body_as_it_is(request: Request, _: "Source") -> bytes:
    """Of a provider whose senders put no secret into the body."""
    return request.body


Certainty: TypeAlias = Literal["documented", "observed", "unsure"]


@record
class ProviderFacts:
    """What is known of a sender, for the generated table and for the tests every provider must pass.

    Texts are short phrases in Markdown; an empty one means there is nothing of that kind.
    """

    authentication: str = ""  # e.g. "HMAC-SHA256 over timestamp and body"
    covers_body: bool = True  # a changed byte of the body is refused
    replay_window: bool = True  # a request of an hour ago, or of an hour ahead, is refused
    batch: str = ""  # how many events one request may hold
    thin: str = ""  # which events hold no phone number
    handshake: str = ""
    dedupe: str = ""  # what makes two deliveries the same event
    retries: str = ""
    certainty: Certainty = "unsure"  # by its documentation or own code, by captured requests, or only by hearsay


@record
class Provider:
    """One kind of webhook sender: how it signs, encodes, batches and wants to be answered.

    `authenticate` returns the scheme that passed, or raises NotAuthentic; it sees raw bytes only.
    `decode` and `split` raise Unreadable; what they return is kept as the event's payload.
    `sign` gives the headers such a sender would send, `sign_query` what its URL carries in the query.
    `check` says what is wrong with a configured source beyond its options: a secret in the wrong form,
    no authentication at all; the loader reports each text as a problem of the source (gateway/auth/schemes.py,
    `source_problems`). `handshake` is asked before authentication, once the address has proved right, for every
    method and for `subpaths`; it may raise NotAuthentic.
    """

    name: str
    title: str
    authenticate: Callable[[Request, "Source", datetime], str]
    decode: Callable[[Request, "Source"], JsonValue]
    split: Callable[[JsonValue, Request, "Source"], Sequence[Event]]
    sign: Callable[["Request", "Source", datetime], tuple[tuple[str, str], ...]]
    samples: Callable[[], Sequence[Sample]]
    sign_query: Callable[["Source"], str] = no_query  # without "?", percent-encoded
    sign_body: Callable[[Request, "Source"], bytes] = body_as_it_is  # with the secret a sender puts into the body
    kept_body: Callable[[Request, "Source"], bytes] = body_as_it_is  # what the ledger keeps: without that secret
    check: Callable[["Source"], Sequence[str]] = nothing_wrong
    facts: ProviderFacts = ProviderFacts()
    requires_path_token: bool = False  # what authentication does not cover, an unguessable address must
    subpaths: frozenset[str] = frozenset()  # addresses below the source's own that only the handshake answers
    options: type[BaseModel] = NoOptions
    methods: frozenset[str] = frozenset({"POST"})
    public: bool = False  # anyone may post: regions and an hourly ceiling apply
    default_ceiling: Ceiling | None = None  # of new calls, where the source's configuration sets none
    default_address_limit: AddressLimit | None = None
    secrets_required: int = 1  # 0 where authentication needs none or it depends on the options
    content_errors_4xx: bool = False  # browser forms: the person at the form must see what is wrong
    busy_status: int = 503  # what the sender retries: 429 for those that retry only that
    dedupe_window: timedelta = timedelta(days=7)
    body_dedupe_window: timedelta = timedelta(minutes=10)
    handshake: Callable[[Request, "Source"], Reply | None] | None = None  # before authentication
    reply: Callable[[Request, "Source", Sequence[Accepted]], Reply | None] | None = None  # None: the usual JSON
    refusal: Callable[[Request, "Source", WebhookRejected | Unreadable], Reply | None] | None = None


@record
class Source:
    """One configured endpoint, ready to use: the provider, its validated options and live secrets."""

    name: str
    provider: Provider
    options: Any  # an instance of provider.options
    secrets: tuple[bytes, ...] = ()
    path_token: str | None = None
    max_body_bytes: int = 256 * 1024
    clock_skew: timedelta = timedelta(minutes=5)
    dedupe_window: timedelta = timedelta(days=7)
    body_dedupe_window: timedelta = timedelta(minutes=10)
    bounds: Bounds = UNBOUND
    address_limit: AddressLimit | None = None
    enrich: Lookup | None = None


@record
class Scrub:
    """A registry that must not be too old: as of when it was imported or scrubbed, and until when that is good."""

    list: str
    at: datetime | None  # None: never
    good_until: datetime | None = None


@record
class CallFacts:
    """What a guard may look at: the call and the policy in force for its rule."""

    call_id: str
    source: str
    rule: str
    number: str
    account: str
    phone: str | None  # E.164
    contact_id: str | None
    priority: Priority
    accepted_at: datetime
    expires_at: datetime
    regions: frozenset[str] | None  # None: any
    zones: tuple[str, ...]  # the person's zone(s) as the payload gave them; may be empty
    policy: Policy
    beside: Mapping[str, Windows] = field(default_factory=dict)  # hours of its source and number, which bind besides
    released: frozenset[Reason] = frozenset()  # holds that a person has released this call from
    consent: Consent | None = None  # what the payload told of it
    address: str | None = None  # ISO 3166 code of the state, or the country, of the address the payload gave
    listed: tuple[str, ...] | None = None  # by what it is on the do-not-call list; None: that could not be read
    scrubs: tuple[Scrub, ...] | None = None  # the registries it is under; None: their marks could not be read


@record
class Guard:
    """A check that only looks. It is asked at accept (to say no early) and again right before the grant."""

    name: str
    look: Callable[[CallFacts, datetime], Verdict]
    order: int = 100  # lower looks first; the first that does not allow decides


@record
class DialOrder:
    """One request to place a call. `start_by` is a monotonic instant: past it not a byte may be sent."""

    call_id: str
    from_number_id: str
    contact_id: str
    campaign_id: str | None
    start_by: float


@record
class Credentials:
    """Who asks the call API. `token` never reaches a log line."""

    account: str
    token: str
    organization: str | None


@record
class ContactResolved:
    """The contact exists; its id was found in the answer."""

    contact_id: str


class DialInterrupted(asyncio.CancelledError):
    """`dial` was cancelled; `outcome` is what can honestly be recorded of the attempt.

    A CancelledError, so cancellation keeps its meaning: record `outcome`, then raise on. Unsent says that not one
    byte left; Uncertain that the phone may ring. It is lost across tasks, so await `dial` where it is caught, and put
    no other timeout around it.
    """

    def __init__(self, outcome: Outcome, *args: object) -> None:
        super().__init__(*args)
        self.outcome = outcome


class Dialer(Protocol):
    """HTTP to a call API. Never raises for what the network or the API does: every ending is an outcome.

    Cancelling `dial` raises DialInterrupted, which carries the outcome.
    """

    async def resolve_contact(
        self, fields: ContactFields, credentials: Credentials
    ) -> "ContactResolved | Refused | Unsent":
        """Create or update a contact (safe to repeat). Unsent here means: not known to be done, try again."""
        ...

    async def dial(self, order: DialOrder, credentials: Credentials) -> Outcome:
        """Place one call, once: one fresh connection, no redirect, no retry, one total deadline."""
        ...

    async def probe(self, credentials: Credentials) -> str | None:
        """None if the account works, else what is wrong. Never places a call."""
        ...

    async def close(self) -> None:
        """Let go of everything."""
        ...
