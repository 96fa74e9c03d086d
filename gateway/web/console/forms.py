"""An order's form: bounded, plain, and proved to come from our own page."""

import hmac
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlsplit

from starlette.requests import Request

from gateway.errors import WebhookRejected
from gateway.web.bodies import read_body
from gateway.web.console.visit import Refusal

FORM_BYTES = 1024 * 1024  # a list of people to import, or a rule to try
_FIELDS = 200
_CSRF_HEADER = "x-csrf-token"
_FIELD = "csrf"


async def read_form(request: Request) -> Mapping[str, str]:
    """The fields of a form, the last of each name. Raises Refusal for what is not a form, or too large."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        body = await read_body(request.receive, request.scope["headers"], limit=FORM_BYTES)
        if body and kind != "application/x-www-form-urlencoded":
            raise Refusal(415, "Not a form", "This address takes the console's own forms only.")
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_FIELDS))
    except WebhookRejected as error:
        raise Refusal(error.status, "The form was not taken", f"Nothing was done: {error}.") from None
    except ValueError:
        raise Refusal(422, "The form cannot be read", "Nothing was done: a form is UTF-8 with few fields.") from None


def require_own_origin(request: Request) -> None:
    """Raises Refusal unless the browser says that our own page sent this."""
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    own = urlsplit(origin or "").netloc == request.headers.get("host", "")
    if (site is not None and site != "same-origin") or (origin is not None and not own) or (site or origin) is None:
        raise _foreign()


def require_csrf(request: Request, form: Mapping[str, str], expected: str) -> None:
    """Raises Refusal unless the form's field, or htmx's header, is this session's token."""
    given = request.headers.get(_CSRF_HEADER) or form.get(_FIELD, "")
    if not expected or not hmac.compare_digest(given.encode(), expected.encode()):
        raise _foreign()


def _foreign() -> Refusal:
    text = "It was not sent from a page of this session. Nothing was done: open the page again and repeat it."
    return Refusal(403, "Not accepted", text)
