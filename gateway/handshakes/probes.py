"""Requests that only ask whether the address answers: 200 and nothing stored, whoever asks.

Sources of facts: Mailchimp (GET), Mandrill and Intercom (HEAD), WooCommerce's ping on saving a webhook, ClickFunnels
Classic's test address.
"""

from collections.abc import Collection, Mapping

from gateway.contracts import Reply
from gateway.decoding.forms import parse_urlencoded
from gateway.errors import Unreadable
from gateway.model import Request

FUNNEL_TEST = "funnel_webhooks/test"  # below the address, or at the root of the domain
_LONGEST_PING = 200


def answer_probe(request: Request, methods: Collection[str] = ("GET", "HEAD", "POST")) -> Reply | None:
    """200 for a request of these methods that carries neither a body nor a query; None for any other."""
    silent = not request.body and not request.query
    return Reply() if silent and request.method in methods else None


def answer_ping(request: Request, fields: Mapping[str, str]) -> Reply | None:
    """200 for a POSTed form of exactly these fields, whose values hold only the characters given (WooCommerce).

    For instance {"webhook_id": "0123456789"}. None for any other request.
    """
    if request.method != "POST" or not 0 < len(request.body) <= _LONGEST_PING:
        return None
    try:
        pairs = parse_urlencoded(request.body)
    except Unreadable:
        return None
    given = [(name, value) for name, value in pairs if isinstance(value, str) and value]
    as_expected = all(set(value) <= set(fields.get(name, "")) for name, value in given)
    return Reply() if sorted(name for name, _ in given) == sorted(fields) and as_expected else None


def answer_subpath(request: Request) -> Reply | None:
    """200 for a request to one of the provider's `subpaths`; None for one to the source's own address."""
    return Reply() if request.subpath else None


def address_parts(rest: str, subpaths: Collection[str]) -> tuple[str | None, str]:
    """What follows /hooks/{source}/ as (path token, subpath).

    `abc` is a token; `funnel_webhooks/test` a subpath where the provider has that one; `abc/funnel_webhooks/test` both.
    Anything else is a token as a whole, and will match none.
    """
    for subpath in subpaths:
        if rest == subpath:
            return None, subpath
        if rest.endswith(f"/{subpath}"):
            return rest.removesuffix(f"/{subpath}"), subpath
    return rest or None, ""
