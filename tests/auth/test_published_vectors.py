"""Every signature known from documentation and public test suites, through our primitives."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from inbound import NOW, PAYLOADS, request_of, source_of

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
    "standard-webhooks-v1a": "standard_webhooks",
}
# Senders with a module of their own, by the vectors' name for them: judged by it too, without any options.
MODULES = {
    "acuity": "acuity",
    "airtable": "airtable",
    "cal.com": "cal_com",
    "calendly": "calendly",
    "callrail": "callrail",
    "close": "close",
    "customer.io": "customer_io",
    "formspree": "formspree",
    "github": "github",
    "gohighlevel": "gohighlevel",
    "intercom": "intercom",
    "justcall": "justcall",
    "klaviyo": "klaviyo",
    "linkedin": "linkedin_lead_sync",
    "mailchimp-transactional": "mandrill",
    "meta": "meta_lead_ads",
    "monday": "monday",
    "netlify": "netlify_forms",
    "notion": "notion",
    "shopify": "shopify",
    "slack": "slack",
    "squarespace": "squarespace",
    "stripe": "stripe",
    "tally": "tally",
    "tiktok": "tiktok",
    "twilio": "twilio",
    "typeform": "typeform",
    "webflow": "webflow",
    "woocommerce": "woocommerce",
    "wpforms": "wpforms",
}
OF_A_PART = {"hmac-sha256-hex-raw"}  # Stripe's vectors of the bare HMAC: no request of theirs looks so
_TWILIO = {"header": "X-Twilio-Signature", "algorithm": "sha1", "encoding": "base64"}

# Schemes that are more than one HMAC over body and time, as choices under `authentication`.
CHOICES: dict[str, list[dict[str, Any]]] = {
    "twilio": [{"hmac": {**_TWILIO, "signed": f"{{url:{form}}}{{form:sorted}}"}} for form in ("portless", "port")],
    "twilio-bodysha256": [
        {"hmac": {**_TWILIO, "signed": f"{{url:{form}}}{{body:hashed-in-url}}"}} for form in ("portless", "port")
    ],
    "mandrill-url-params": [{"hmac": {**_TWILIO, "header": "X-Mandrill-Signature", "signed": "{url}{form:sorted}"}}],
    "justcall-pipe": [
        {
            "hmac": {
                "header": "x-justcall-signature",
                "signed": "{key}|{urlencoded:webhook_url}|{field:type}|{timestamp}",
                "covers_body": False,
                "timestamp": {"header": "x-justcall-request-timestamp", "format": "%Y-%m-%d %H:%M:%S"},
            }
        }
    ],
    "ed25519-b64": [{"asymmetric": {"header": "X-GHL-Signature"}}],
    "rsa-sha256-b64": [{"asymmetric": {"header": "x-wh-signature", "algorithm": "rsa-sha256"}}],
    "jws-hs256-bodysha256": [
        {"jwt": {"header": "X-Webhook-Signature", "issuer": "netlify", "expires": False, "body_hash": "sha256"}}
    ],
    "jwt-hs256-authorization": [{"jwt": {"audience": "{url}"}}],
}
PARTLY = {"justcall-pipe", "jwt-hs256-authorization"}  # leave the body open: a secret address is needed too
PATH_TOKEN = "Vq3tR8xWmZ0aKp5sLc7dYe2f"


def choices_for(vector: dict[str, Any]) -> list[dict[str, Any]]:
    """The vector's scheme as `authentication` of a generic source."""
    if vector["scheme"] == "t-v1-hex":
        return [{"hmac": {"header": T_V1_HEADERS[vector["provider"]], **T_V1}}]
    return CHOICES.get(vector["scheme"]) or [{"hmac": EXPRESSIBLE[vector["scheme"]]}]


def received(vector: dict[str, Any]) -> tuple[Request, datetime]:
    """The vector's request and the moment it is looked at."""
    now = datetime.fromtimestamp(vector["now"], UTC) if vector["now"] is not None else NOW
    if vector["scheme"] == "justcall-pipe":
        now = datetime.fromisoformat(vector["headers"]["x-justcall-request-timestamp"]).replace(tzinfo=UTC)
    url, token = vector["url"] or "", PATH_TOKEN if vector["scheme"] in PARTLY else None
    request = request_of(vector["body"].encode(), vector["headers"], method=vector["method"], url=url, path_token=token)
    return replace(request, query=url.partition("?")[2]), now


def source_for(vector: dict[str, Any]) -> Source:
    """A source that takes the vector's scheme."""
    secrets = [vector["secret"].encode()]
    if vector["scheme"] in OF_A_PROVIDER:
        return source_of(OF_A_PROVIDER[vector["scheme"]], secrets=secrets)
    token = PATH_TOKEN if vector["scheme"] in PARTLY else None
    return source_of("generic", {"authentication": choices_for(vector)}, secrets=secrets, path_token=token)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["id"])
def test_a_known_signature_is_judged_as_its_source_says(vector: dict[str, Any]) -> None:
    """What the sender's documentation or suite calls valid passes, what it calls invalid does not."""
    assert_judged(vector, source_for(vector))


OF_MODULES = [one for one in VECTORS if one["provider"] in MODULES and one["scheme"] not in OF_A_PART]


@pytest.mark.parametrize("vector", OF_MODULES, ids=lambda vector: vector["id"])
def test_a_sender_with_a_module_is_judged_alike_by_it(vector: dict[str, Any]) -> None:
    """What `generic` can say of it, its own module says without options."""
    token = PATH_TOKEN if vector["scheme"] in PARTLY else None
    assert_judged(vector, source_of(MODULES[vector["provider"]], secrets=[vector["secret"].encode()], path_token=token))


def assert_judged(vector: dict[str, Any], source: Source) -> None:
    """The source takes what the vector calls valid, and nothing else."""
    request, now = received(vector)
    assert source.provider.check(source) == []
    if vector["expected_valid"]:
        assert source.provider.authenticate(request, source, now).endswith("secret 1 of 1")
    else:
        with pytest.raises(NotAuthentic):
            source.provider.authenticate(request, source, now)


COVERED = [one for one in VECTORS if one["expected_valid"] and one["scheme"] not in PARTLY]


@pytest.mark.parametrize("vector", COVERED, ids=lambda vector: vector["id"])
def test_one_changed_byte_of_the_body_fails(vector: dict[str, Any]) -> None:
    """Every scheme binds the whole body, but for those that say they do not."""
    request, now = received(vector)
    source = source_for(vector)
    changed = request.body[:-1] + bytes([request.body[-1] ^ 1]) if request.body else b" "
    with pytest.raises(NotAuthentic):
        source.provider.authenticate(replace(request, body=changed), source, now)


@pytest.mark.parametrize("scheme", sorted(PARTLY))
def test_a_scheme_that_leaves_the_body_open_needs_a_secret_address(scheme: str) -> None:
    """Without one the source does not load."""
    source = source_for(next(vector for vector in VECTORS if vector["scheme"] == scheme))
    assert "path_token" in " ".join(source.provider.check(replace(source, path_token=None)))


def test_the_table_is_complete() -> None:
    """Each vector is judged, and no list names what is not there."""
    schemes = {vector["scheme"] for vector in VECTORS}
    assert schemes == {"t-v1-hex", *EXPRESSIBLE, *OF_A_PROVIDER, *CHOICES}
    assert len(VECTORS) == len({vector["id"] for vector in VECTORS}) == 72
