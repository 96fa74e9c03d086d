"""Every signature known from documentation and public test suites, through our primitives."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from inbound import NOW, PAYLOADS, request_of, source_of

from gateway.auth.schemes import verify
from gateway.contracts import Source
from gateway.errors import NotAuthentic
from gateway.model import Request

VECTORS: list[dict[str, Any]] = json.loads((PAYLOADS / "vectors.json").read_text(encoding="utf-8"))

T_V1 = {"pairs": {}, "signed": "{timestamp}.{body}", "timestamp": {"field": "t"}}

# A scheme as an author of YAML would write it, by the vector's scheme; the header is the vector's own.
EXPRESSIBLE: dict[str, dict[str, Any]] = {
    "slack-v0": {
        "header": "X-Slack-Signature",
        "prefix": "v0=",
        "signed": "v0:{timestamp}:{body}",
        "timestamp": {"header": "X-Slack-Request-Timestamp"},
    },
    "github-256": {"header": "X-Hub-Signature-256", "prefix": "sha256="},
    "shopify-b64": {"header": "X-Shopify-Hmac-Sha256", "encoding": "base64"},
    "hmac-sha512-hex": {"header": "X-Convoy-Signature", "algorithm": "sha512"},
    "hmac-sha512-b64": {"header": "X-Convoy-Signature", "algorithm": "sha512", "encoding": "base64"},
    "hmac-sha256-hex-raw": {"header": "X-Test-Hmac"},
    "close-hexkey": {
        "header": "close-sig-hash",
        "key": "hex",
        "signed": "{timestamp}{body}",
        "timestamp": {"header": "close-sig-timestamp"},
    },
    "callrail-sha1-b64": {"header": "Signature", "algorithm": "sha1", "encoding": "base64"},
    "hmac-b64-prefix": {"header": "Typeform-Signature", "encoding": "base64", "prefix": "sha256="},
    "hmac-b64": {"header": "Tally-Signature", "encoding": "base64"},
    "webflow-ts-colon": {
        "header": "x-webflow-signature",
        "signed": "{timestamp}:{body}",
        "timestamp": {"header": "x-webflow-timestamp", "unit": "ms"},
    },
    "github-256-notion": {"header": "X-Notion-Signature", "prefix": "sha256="},
    "hmac-hex": {"header": "X-Cal-Signature-256"},
    "hub-sha1": {"header": "X-Hub-Signature", "algorithm": "sha1", "prefix": "sha1="},
    "zendesk-ts-body": {
        "header": "X-Zendesk-Webhook-Signature",
        "encoding": "base64",
        "signed": "{timestamp}{body}",
        "timestamp": {"header": "X-Zendesk-Webhook-Signature-Timestamp", "unit": "iso8601"},
    },
    "hmac-b64-wc": {"header": "X-WC-Webhook-Signature", "encoding": "base64"},
    "cio-v0": {
        "header": "X-CIO-Signature",
        "signed": "v0:{timestamp}:{body}",
        "timestamp": {"header": "X-CIO-Timestamp"},
    },
    "klaviyo-body-ts": {
        "header": "Klaviyo-Signature",
        "signed": "{body}{timestamp}",
        "timestamp": {"header": "Klaviyo-Timestamp", "unit": "http-date"},
    },
    "sha1-hex": {"header": "X-Signature", "algorithm": "sha1"},
    "hmac-b64-acuity": {"header": "X-Acuity-Signature", "encoding": "base64"},
    "hex-key-hex": {"header": "Squarespace-Signature", "key": "hex"},
    "airtable-mac": {"header": "X-Airtable-Content-MAC", "key": "base64", "prefix": "hmac-sha256="},
    "linkedin-prefixed": {"header": "X-LI-Signature", "signed": "hmacsha256={body}"},
    "t-v-hex": {"header": "X-WPForms-Webhook-Signature", **T_V1, "pairs": {"signature": "v"}},
    "t-v1-hex-formspree": {"header": "Formspree-Signature", **T_V1},
    "t-s-hex": {"header": "TikTok-Signature", **T_V1, "pairs": {"signature": "s"}},
}
T_V1_HEADERS = {"calendly": "Calendly-Webhook-Signature", "stripe": "Stripe-Signature"}
OF_A_PROVIDER = {
    "hubspot-v1": "hubspot",
    "hubspot-v2": "hubspot",
    "hubspot-v3": "hubspot",
    "standard-webhooks-v1": "standard_webhooks",
}
NOT_EXPRESSED = {
    "twilio": "signs the URL and the sorted form parameters, with and without a port",
    "twilio-bodysha256": "the body is bound through a hash in the query",
    "mandrill-url-params": "signs the URL and the sorted form parameters",
    "justcall-pipe": "signs fields of the body, and leaves the rest of it unsigned",
    "standard-webhooks-v1a": "Ed25519 is asymmetric",
    "ed25519-b64": "Ed25519 is asymmetric",
    "rsa-sha256-b64": "RSA is asymmetric",
    "jws-hs256-bodysha256": "a signed token with the body's hash as a claim",
    "jwt-hs256-authorization": "a signed token",
}


def options_for(vector: dict[str, Any]) -> dict[str, Any] | None:
    """The vector's scheme as options of a generic source, if they can say it."""
    if vector["scheme"] == "t-v1-hex":
        return {"header": T_V1_HEADERS[vector["provider"]], **T_V1}
    return EXPRESSIBLE.get(vector["scheme"])


def received(vector: dict[str, Any]) -> tuple[Request, datetime]:
    """The vector's request and the moment it is looked at."""
    now = NOW if vector["now"] is None else datetime.fromtimestamp(vector["now"], UTC)
    body = vector["body"].encode()
    return request_of(body, vector["headers"], method=vector["method"], url=vector["url"] or ""), now


def source_for(vector: dict[str, Any]) -> Source | None:
    """A source that takes the vector's scheme, or None if none can be configured."""
    secrets = [vector["secret"].encode()]
    if vector["scheme"] in OF_A_PROVIDER:
        return source_of(OF_A_PROVIDER[vector["scheme"]], secrets=secrets)
    options = options_for(vector)
    if options is None:
        return None
    return source_of("generic", {"authentication": {"hmac": options}}, secrets=secrets)


TAKEN = [vector for vector in VECTORS if vector["scheme"] not in NOT_EXPRESSED]


@pytest.mark.parametrize("vector", TAKEN, ids=lambda vector: vector["id"])
def test_a_known_signature_is_judged_as_its_source_says(vector: dict[str, Any]) -> None:
    """What the sender's documentation or suite calls valid passes, what it calls invalid does not."""
    request, now = received(vector)
    source = source_for(vector)
    assert source is not None
    assert source.provider.check(source) == []
    if vector["expected_valid"]:
        assert source.provider.authenticate(request, source, now).endswith("secret 1 of 1")
    else:
        with pytest.raises(NotAuthentic):
            source.provider.authenticate(request, source, now)


@pytest.mark.parametrize("vector", [one for one in TAKEN if one["expected_valid"]], ids=lambda vector: vector["id"])
def test_one_changed_byte_of_the_body_fails(vector: dict[str, Any]) -> None:
    """Every scheme we take binds the whole body."""
    request, now = received(vector)
    source = source_for(vector)
    assert source is not None
    changed = request.body[:-1] + bytes([request.body[-1] ^ 1]) if request.body else b" "
    with pytest.raises(NotAuthentic):
        source.provider.authenticate(replace(request, body=changed), source, now)


def test_the_table_is_complete() -> None:
    """Each vector is either judged or listed with the reason why not, and no list names what is not there."""
    schemes = {vector["scheme"] for vector in VECTORS}
    assert schemes == {"t-v1-hex", *EXPRESSIBLE, *OF_A_PROVIDER, *NOT_EXPRESSED}
    assert len(VECTORS) == len({vector["id"] for vector in VECTORS}) == 72


@pytest.mark.parametrize(
    "vector", [one for one in VECTORS if one["scheme"] in NOT_EXPRESSED], ids=lambda one: one["id"]
)
def test_what_cannot_be_expressed_is_not_half_accepted(vector: dict[str, Any]) -> None:
    """A scheme we do not have is never taken for one we do."""
    request, now = received(vector)
    schemes = [
        choice.scheme for choice in source_of("generic", {"authentication": _PLAIN_HMACS}).options.authentication
    ]
    source = source_of("generic", {"authentication": _PLAIN_HMACS}, secrets=[vector["secret"].encode()])
    with pytest.raises(NotAuthentic):
        verify(schemes, request, source, now)


_PLAIN_HMACS = [
    {"hmac": {"header": header, "encoding": "base64", "algorithm": algorithm}}
    for header in ("X-Twilio-Signature", "X-Mandrill-Signature", "X-GHL-Signature", "X-WH-Signature")
    for algorithm in ("sha1", "sha256", "sha512")
]
