"""The senders' own Python libraries as clients of our providers: how each signs, and how each verifies.

Some hold requests against the wall clock, so all of them are given the present.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from urllib.parse import parse_qs, urlencode

import gidgethub
from gidgethub.sansio import validate_event
from hubspot.utils.signature import Signature
from inbound import URL, request_of
from provider_examples import PROVIDERS, example_sources, unsigned
from pyairtable.models.webhook import WebhookNotification
from slack_sdk.signature import SignatureVerifier
from standardwebhooks.webhooks import Webhook, WebhookVerificationError
from stripe import SignatureVerificationError, WebhookSignature
from svix.webhooks import Webhook as SvixWebhook
from twilio.request_validator import RequestValidator

from gateway.contracts import Source
from gateway.model import Request, record

Headers = Mapping[str, str]
TRICKY = '{"id": "1", "name": "Zoë 東京 🙂 \\u00e9", "note": "a=b&c=d %20 +1", "empty": ""}'


@record
class Library:
    """One library: `sign` gives the headers its sender would send, `verifies` what it says of a request.

    `source` picks one of the provider's page's examples, the first without it. `tricky` is a body that is hard to
    sign alike; empty where the library takes ASCII only.
    """

    provider: str
    verifies: Callable[[Request, str], bool]
    sign: Callable[[Request, str, datetime], Headers] | None = None
    options: Mapping[str, object] | None = None
    tricky: str = TRICKY

    def example(self) -> Source:
        """The source on the provider's page whose secret is a shared one, with this library's options."""
        source = next(iter(example_sources(self.provider).values()))
        options = source.provider.options.model_validate(self.options) if self.options else source.options
        return replace(source, options=options)

    def requests(self, source: Source, now: datetime) -> dict[str, Request]:
        """Unsigned requests: the provider's samples, and the tricky body in the form of the first."""
        found = {sample.name: unsigned(source, sample, now=now) for sample in PROVIDERS[self.provider].samples()}
        first = next(iter(found.values()))
        if self.tricky:
            found["tricky"] = replace(first, body=self.tricky.encode())
        return found


def text_of_body(request: Request) -> str:
    """The body as the libraries that sign text want it."""
    return request.body.decode()


def header(request: Request, name: str) -> str:
    """A header that is there."""
    value = request.header(name)
    assert value is not None, name
    return value


def _standard(family: str, kind: type[Webhook] | type[SvixWebhook]) -> Library:
    names = {part: f"{family}-{part}" for part in ("id", "timestamp", "signature")}

    def sign(request: Request, secret: str, now: datetime) -> Headers:
        signature = kind(secret).sign("msg_2b", now, text_of_body(request))
        stamp = str(int(now.timestamp()))
        return {names["id"]: "msg_2b", names["timestamp"]: stamp, names["signature"]: signature}

    def verifies(request: Request, secret: str) -> bool:
        try:
            kind(secret).verify(request.body, dict(request.headers))
        except WebhookVerificationError:
            return False
        return True

    return Library(provider="standard_webhooks", sign=sign, verifies=verifies)


def _stripe_signs(request: Request, secret: str, now: datetime) -> Headers:
    signature = WebhookSignature.generate_signature_header(text_of_body(request), secret, int(now.timestamp()))
    return {"Stripe-Signature": signature}


def _stripe_verifies(request: Request, secret: str) -> bool:
    try:
        return WebhookSignature.verify_header(request.body, header(request, "stripe-signature"), secret, 300)
    except SignatureVerificationError:
        return False


def _slack_signs(request: Request, secret: str, now: datetime) -> Headers:
    stamp = str(int(now.timestamp()))
    signature = SignatureVerifier(secret).generate_signature(timestamp=stamp, body=request.body)
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": str(signature)}


def _slack_verifies(request: Request, secret: str) -> bool:
    return SignatureVerifier(secret).is_valid_request(request.body, dict(request.headers))


class _Form(dict[str, list[str]]):
    """A form's fields as web frameworks hand them to Twilio's validator: a name may have many values."""

    getlist = dict.__getitem__


def _twilio_form(request: Request) -> _Form:
    return _Form(parse_qs(text_of_body(request), keep_blank_values=True))


def _twilio_signs(request: Request, secret: str, _: datetime) -> Headers:
    fields = {} if "bodySHA256" in request.query else _twilio_form(request)
    return {"X-Twilio-Signature": RequestValidator(secret).compute_signature(request.url, fields)}


def _twilio_verifies(request: Request, secret: str) -> bool:
    body = text_of_body(request) if "bodySHA256" in request.query else _twilio_form(request)
    return bool(RequestValidator(secret).validate(request.url, body, header(request, "x-twilio-signature")))


@record
class _Streams(Library):
    """Twilio's Event Streams: the address holds the body's hash."""

    def requests(self, source: Source, now: datetime) -> dict[str, Request]:
        """A list of events, as JSON."""
        body = b'[{"id": "EZ1", "type": "com.twilio.messaging.inbound-message.received", "data": {"from": "+1"}}]'
        query = f"bodySHA256={sha256(body).hexdigest()}"
        address = f"{URL}?{query}"
        return {"events": request_of(body, {"Content-Type": "application/json"}, query=query, url=address)}


def _hubspot(version: str) -> Library:
    def sign(request: Request, secret: str, now: datetime) -> Headers:
        stamp = str(int(now.timestamp() * 1000))
        signature = Signature.get_signature(
            secret, text_of_body(request), version, request.url, request.method, stamp if version == "v3" else None
        )
        if version == "v3":
            return {"X-HubSpot-Signature-v3": signature, "X-HubSpot-Request-Timestamp": stamp}
        return {"X-HubSpot-Signature": signature, "X-HubSpot-Signature-Version": version}

    def verifies(request: Request, secret: str) -> bool:
        name = "x-hubspot-signature-v3" if version == "v3" else "x-hubspot-signature"
        return Signature.is_valid(
            header(request, name),
            secret,
            text_of_body(request),
            request.url,
            request.method,
            version,
            request.header("x-hubspot-request-timestamp"),
        )

    return Library(provider="hubspot", sign=sign, verifies=verifies, options={"versions": [version]})


def _github_verifies(request: Request, secret: str) -> bool:
    try:
        validate_event(request.body, signature=header(request, "x-hub-signature-256"), secret=secret)
    except gidgethub.ValidationFailure:
        return False
    return True


def _airtable_verifies(request: Request, secret: str) -> bool:
    try:
        WebhookNotification.from_request(text_of_body(request), header(request, "x-airtable-content-mac"), secret)
    except ValueError:
        return False
    return True


_FORM_OF_MANY = urlencode(
    [("MessageSid", "SM1"), ("From", "+12125550101"), ("Body", "Zoë 東京 & co"), ("to", "b"), ("to", "a"), ("x", "")]
)
LIBRARIES = {
    "standardwebhooks": _standard("webhook", Webhook),
    "svix": _standard("svix", SvixWebhook),
    "stripe": Library(provider="stripe", sign=_stripe_signs, verifies=_stripe_verifies),
    "slack-sdk": Library(provider="slack", sign=_slack_signs, verifies=_slack_verifies),
    "twilio": Library(provider="twilio", sign=_twilio_signs, verifies=_twilio_verifies, tricky=_FORM_OF_MANY),
    "twilio, Event Streams": _Streams(provider="twilio", sign=_twilio_signs, verifies=_twilio_verifies),
    "hubspot, v1": _hubspot("v1"),
    "hubspot, v2": _hubspot("v2"),
    "hubspot, v3": _hubspot("v3"),
    "gidgethub": Library(provider="github", verifies=_github_verifies),
    "pyairtable": Library(provider="airtable", verifies=_airtable_verifies, tricky=""),
}
