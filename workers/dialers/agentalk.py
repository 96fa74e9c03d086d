"""The Agentalk External API 1.0.0: POST /api/calls/outbound, POST /api/contacts, GET /api/campaigns.

Source of facts: its OpenAPI description. What it leaves open, and what we do about it, is in
docs/dialers/agentalk.md and docs/outcomes.md.
"""

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import version
from typing import Any

import httpx

from gateway.contracts import ContactResolved, Credentials, DialInterrupted, DialOrder
from gateway.model import ContactFields, Outcome, Refused, Unsent
from gateway.reasons import Reason
from workers.addresses import checked_base_url
from workers.answers import without_secret
from workers.classification import call_outcome, contact_outcome, probe_outcome
from workers.dialers import DialerOptions
from workers.http_attempt import attempt
from workers.observation import Observation
from workers.request import Headers, Patience, request_of, target_of

_CALLS = "/api/calls/outbound"
_CONTACTS = "/api/contacts"
_PROBE = "/api/campaigns?limit=1"


class AgentalkDialer:
    """The Dialer for Agentalk. Every request gets a connection of its own; only the TLS context is shared."""

    def __init__(self, base_url: str, options: DialerOptions) -> None:
        checked = checked_base_url(base_url, allow_plain_http=options.allow_plain_http)
        self._options = options
        self._ssl_context = options.ssl_context or httpx.create_ssl_context(trust_env=False)
        self._agent = f"dialgate/{version('dialgate')}"
        self._targets = {path: target_of(httpx.URL(checked + path)) for path in (_CALLS, _CONTACTS, _PROBE)}
        self._patience = Patience(
            connect=options.connect_seconds, read=options.read_seconds, write=options.write_seconds
        )

    async def dial(self, order: DialOrder, credentials: Credentials) -> Outcome:
        """Place one call, once. Past `order.start_by` nothing is sent. Raises DialInterrupted when cancelled."""
        if not _can_be_headers(credentials):
            return _unusable(credentials)
        body = {"fromNumberId": order.from_number_id, "contactId": order.contact_id}
        if order.campaign_id is not None:
            body["campaignId"] = order.campaign_id
        seen = await self._exchange(
            "POST", _CALLS, credentials, json.dumps(body), lambda: self._options.monotonic() <= order.start_by
        )
        outcome = call_outcome(seen, now=self._options.now(), call_id_places=self._options.call_id_places)
        if seen.interruption is not None:
            raise DialInterrupted(outcome, *seen.interruption.args) from seen.interruption
        return outcome

    async def resolve_contact(
        self, fields: ContactFields, credentials: Credentials
    ) -> ContactResolved | Refused | Unsent:
        """Create or update the contact by its phone number; sends only the fields that are set."""
        if not _can_be_headers(credentials):
            return _unusable(credentials)
        try:
            body = json.dumps(_contact_body(fields), allow_nan=False)
        except ValueError:
            return Refused(
                reason=Reason.CONTACT_REFUSED, status=None, detail="the contact's fields cannot be written as JSON"
            )
        seen = await self._exchange("POST", _CONTACTS, credentials, body, _always)
        _raise_on(seen.interruption)
        return contact_outcome(seen, now=self._options.now(), contact_id_places=self._options.contact_id_places)

    async def probe(self, credentials: Credentials) -> str | None:
        """None if the account can list a campaign, else what is wrong. Never places a call."""
        if not _can_be_headers(credentials):
            return _unusable(credentials).detail
        seen = await self._exchange("GET", _PROBE, credentials, None, _always)
        _raise_on(seen.interruption)
        return probe_outcome(seen)

    async def close(self) -> None:
        """Nothing to let go of: no connection outlives its request."""

    async def _exchange(
        self, method: str, path: str, credentials: Credentials, body: str | None, may_start: Callable[[], bool]
    ) -> Observation:
        request = request_of(
            method,
            self._targets[path],
            b"" if body is None else body.encode(),
            headers=self._headers(credentials),
            patience=self._patience,
        )
        seen = await attempt(
            request,
            ssl_context=self._ssl_context,
            total_seconds=self._options.total_seconds,
            may_start=may_start,
        )
        body_shown = without_secret(seen.body, credentials.token)
        return seen if body_shown == seen.body else replace(seen, body=body_shown)

    def _headers(self, credentials: Credentials) -> Headers:
        headers = (
            ("Authorization", f"Bearer {credentials.token}"),
            ("Content-Type", "application/json"),
            ("Accept", "application/json"),
            ("Accept-Encoding", "identity"),
            ("Connection", "close"),
            ("User-Agent", self._agent),
        )
        return (*headers, ("X-Organization-ID", credentials.organization)) if credentials.organization else headers


def _contact_body(fields: ContactFields) -> dict[str, Any]:
    optional = {
        "firstName": fields.first_name,
        "lastName": fields.last_name,
        "email": fields.email,
        "tags": list(fields.tags) or None,
        "fields": dict(fields.fields) or None,
    }
    return {"phone": fields.phone, **{name: value for name, value in optional.items() if value is not None}}


def _can_be_headers(credentials: Credentials) -> bool:
    """Whether token and organization can stand in a header: no space, line break or letter beyond ASCII."""
    organization = credentials.organization or "none"
    return all(
        text and text.isascii() and text.isprintable() and " " not in text for text in (credentials.token, organization)
    )


def _unusable(credentials: Credentials) -> Unsent:
    return Unsent(
        reason=Reason.ACCOUNT_STOPPED,
        detail=f"the token or organization of account {credentials.account} holds characters no header may carry",
        stops_account=True,
    )


def _raise_on(interruption: asyncio.CancelledError | None) -> None:
    if interruption is not None:
        raise interruption


def _always() -> bool:
    return True


DIALER = AgentalkDialer
