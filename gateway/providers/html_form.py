"""A form on a website that a browser posts straight to us: no secret, so limits and an origin list guard it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from urllib.parse import urlencode

import orjson
from pydantic import Field, model_validator

from gateway.auth.origins import Origin, allowed_origin, claimed_origin, origin_of
from gateway.auth.tokens import require_path
from gateway.bounds import Ceiling
from gateway.contracts import AddressLimit, Provider, ProviderFacts, Reply, Sample, Source
from gateway.decoding.content import decode_body
from gateway.decoding.people import person_in_form
from gateway.decoding.selectors import text_of
from gateway.errors import NotAuthentic, TooLarge, TooManyRequests, Unreadable, WebhookRejected
from gateway.fiction import invent_person
from gateway.model import Accepted, Event, JsonObject, JsonValue, Request
from gateway.pages import PAGE_HEADERS, message_page
from gateway.policy import Strict
from gateway.reasons import Reason

_UNREADABLE_STATUS = 422


class HtmlFormOptions(Strict):
    """Options of an `html_form` source."""

    origins: tuple[Origin, ...] = Field(min_length=1, description="websites whose pages may post, exactly")
    honeypot: str | None = Field("website", min_length=1, description="hidden field only a program fills; null: none")
    redirect: str | None = Field(None, description="page shown after success, on one of the origins")
    redirect_field: str | None = Field(None, min_length=1, description="form field that may name another such page")
    allow_missing_origin: bool = Field(False, description="take posts that name neither Origin nor Referer")

    @model_validator(mode="after")
    def _redirect_is_ours(self) -> "HtmlFormOptions":
        if self.redirect is not None and origin_of(self.redirect) not in self.origins:
            raise ValueError("redirect must be a full address on one of the origins")
        return self


def _authenticate(request: Request, source: Source, _: datetime) -> str:
    require_path(request, source)
    options = _options(source)
    claimed = claimed_origin(request)
    if claimed is None and options.allow_missing_origin:
        return "form without origin"
    if claimed not in options.origins:
        raise NotAuthentic("html_form: the post comes from no listed origin")
    return f"form on {claimed}"


def _decode(request: Request, _: Source) -> JsonValue:
    return decode_body(request)


def _split(payload: JsonValue, _: Request, source: Source) -> Sequence[Event]:
    if not isinstance(payload, dict):
        raise Unreadable("the form is not an object of named fields")
    options = _options(source)
    trap = payload.get(options.honeypot) if options.honeypot is not None else None
    fields: JsonObject = {
        name: value for name, value in payload.items() if name not in {options.honeypot, options.redirect_field}
    }
    return [
        Event(
            payload=fields,
            type="form",
            content_key=(orjson.dumps(fields, option=orjson.OPT_SORT_KEYS).decode(),),
            person=person_in_form(fields),
            never_rings=None if trap in (None, "", []) else Reason.HONEYPOT,
        )
    ]


def _handshake(request: Request, source: Source) -> Reply | None:
    """A browser's CORS preflight (Fetch standard, section 4.8)."""
    if request.method != "OPTIONS":
        return None
    origin = allowed_origin(request, _options(source).origins)
    if origin is None:
        return Reply(status=403, body=b"", headers=(("Vary", "Origin"),))
    allowed = (
        ("Access-Control-Allow-Methods", "POST"),
        ("Access-Control-Allow-Headers", "Content-Type, Accept, X-Requested-With"),
        ("Access-Control-Max-Age", "600"),
    )
    return Reply(status=204, body=b"", headers=(*_cors(request, source), *allowed))


def _reply(request: Request, source: Source, _: Sequence[Accepted]) -> Reply:
    """The same for a lead, a duplicate and a filled honeypot: a program learns nothing from it."""
    target = _redirect_target(request, _options(source))
    if not _wants_page(request):
        body = orjson.dumps({"status": "accepted", "redirect": target})
        return Reply(body=body, headers=_cors(request, source))
    if target is not None:
        return Reply(status=303, body=b"", media_type="text/html", headers=(("Location", target),))
    return _page(request, source, 200, "Thank you", "We have received your message.")


def _refusal(request: Request, source: Source, error: WebhookRejected | Unreadable) -> Reply:
    status = error.status if isinstance(error, WebhookRejected) else _UNREADABLE_STATUS
    message = _message(error)
    later = (("Retry-After", str(error.retry_after)),) if isinstance(error, TooManyRequests) else ()
    if _wants_page(request):
        return _page(request, source, status, "The form was not sent", message, later)
    body = orjson.dumps({"status": "refused", "error": message})
    return Reply(status=status, body=body, headers=(*_cors(request, source), *later))


def _page(
    request: Request,
    source: Source,
    status: int,
    title: str,
    message: str,
    more_headers: tuple[tuple[str, str], ...] = (),
) -> Reply:
    referer = request.header("referer") or ""
    back = referer if origin_of(referer) in _options(source).origins else None
    body = message_page(title, message, back=back)
    return Reply(status=status, body=body, media_type="text/html", headers=(*PAGE_HEADERS, *more_headers))


def _message(error: WebhookRejected | Unreadable) -> str:
    """What the person at the form can do about it."""
    match error:
        case TooManyRequests():
            minutes = max(1, round(error.retry_after / 60))
            return f"Too many messages came from your connection. Please try again in {minutes} min."
        case TooLarge():
            return "The form is too large. Please shorten it, or leave out attachments."
        case NotAuthentic():
            return "This form cannot be sent from here."
        case Unreadable():
            return f"The form could not be read: {error}."
    return "Your message could not be saved just now. Please go back and send it again."


def _wants_page(request: Request) -> bool:
    """Whether a person looks at the answer: the browser is navigating, or prefers HTML to JSON."""
    if request.header("sec-fetch-mode") == "navigate":
        return True
    accepted = _qualities(request.header("accept") or "")
    html = max(accepted.get("text/html", 0.0), accepted.get("application/xhtml+xml", 0.0))
    return html > 0 and html >= accepted.get("application/json", 0.0)


def _qualities(accept: str) -> dict[str, float]:
    """Media types of an Accept header with their weights (RFC 9110 section 12.5.1); unreadable weights are 0."""
    weights: dict[str, float] = {}
    for item in accept[:1000].lower().split(","):
        media, *parameters = (part.strip() for part in item.split(";"))
        quality = next((part[2:] for part in parameters if part.startswith("q=")), "1")
        weights[media] = float(quality) if quality.replace(".", "", 1).isdecimal() and quality.isascii() else 0.0
    return weights


def _redirect_target(request: Request, options: HtmlFormOptions) -> str | None:
    """The page to show after success: the one the form names, if it is on a listed origin, else the configured."""
    if options.redirect_field is None:
        return options.redirect
    try:
        payload = decode_body(request)
    except Unreadable:
        return options.redirect
    named = text_of(payload.get(options.redirect_field)) if isinstance(payload, dict) else None
    return named if named is not None and origin_of(named) in options.origins else options.redirect


def _cors(request: Request, source: Source) -> tuple[tuple[str, str], ...]:
    origin = allowed_origin(request, _options(source).origins)
    vary = ("Vary", "Origin, Accept")
    return (vary,) if origin is None else (("Access-Control-Allow-Origin", origin), vary)


def _options(source: Source) -> HtmlFormOptions:
    options: HtmlFormOptions = source.options
    return options


def _sign(_: Request, source: Source, __: datetime) -> tuple[tuple[str, str], ...]:
    return (("origin", _options(source).origins[0]),)


def _sample_demo(_: datetime, random: Random) -> bytes:
    person = invent_person(random)
    name = f"{person.first_name} {person.last_name}"
    return urlencode({"name": name, "email": person.email, "phone": person.phone, "interest": "demo"}).encode()


def _samples() -> Sequence[Sample]:
    return (Sample(name="demo request", make=_sample_demo, content_type="application/x-www-form-urlencoded"),)


PROVIDER = Provider(
    name="html_form",
    title="A form on a website",
    authenticate=_authenticate,
    decode=_decode,
    split=_split,
    sign=_sign,
    samples=_samples,
    options=HtmlFormOptions,
    public=True,
    default_ceiling=Ceiling(limit=60, window=timedelta(hours=1)),
    default_address_limit=AddressLimit(limit=10, window=timedelta(minutes=10)),
    secrets_required=0,
    facts=ProviderFacts(
        authentication="the website's origin; limits do the rest",
        covers_body=False,
        replay_window=False,
        handshake="CORS preflight",
        dedupe="the fields' content",
        retries="none: a person sends it again",
        certainty="documented",
    ),
    content_errors_4xx=True,
    handshake=_handshake,
    reply=_reply,
    refusal=_refusal,
)
