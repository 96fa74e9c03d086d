"""The one webhook that every system of the bench is sent: 1 KB of JSON, signed by HMAC-SHA256, a person each."""

import hashlib
import hmac
import json
from collections.abc import Iterator

SECRET = b"bench-signing-secret-0123456789abcdef"
PATH = "/hooks/leads"
SIGNATURE = "X-Signature"
NUMBER_ID = "pn_bench"
BODY_BYTES = 1024
_AREAS = (212, 646, 917, 415, 628, 310, 213, 312, 773, 305)
_EXCHANGES = [exchange for exchange in range(200, 1000) if exchange % 100 != 11 and exchange != 555]


def contact_of(run: str, index: int) -> str:
    """The contact id of one webhook: by it the far end tells which one it was."""
    return f"{run}-{index}"


def phone_of(index: int) -> str:
    """A valid US number of its own for each of the first eighty million people."""
    rest, line = divmod(index, 10_000)
    area, exchange = divmod(rest, len(_EXCHANGES))
    return f"+1{_AREAS[area % len(_AREAS)]}{_EXCHANGES[exchange]}{line:04}"


def body_of(run: str, index: int) -> bytes:
    """The body: a lead as a form would send it, filled up to 1 KB."""
    lead = {
        "id": f"ev-{run}-{index}",
        "type": "lead.created",
        "created_at": "2026-06-01T12:00:00Z",
        "lead": {
            "contact_id": contact_of(run, index),
            "phone": phone_of(index),
            "first_name": "Ada",
            "last_name": f"Lovelace {index}",
            "email": f"ada.{run}.{index}@example.com",
            "interest": "demo",
            "consent": "ticked the box on the form",
            "company": {"name": "Example Engines", "size": 42, "country": "US"},
            "utm": {"source": "newsletter", "medium": "email", "campaign": "spring"},
            "answers": [{"question": f"q{n}", "answer": "somewhat likely"} for n in range(6)],
        },
        "note": "",
    }
    lead["note"] = ("call me about the offer, please. " * 40)[: max(0, BODY_BYTES - len(json.dumps(lead)))]
    return json.dumps(lead).encode()


def request_of(run: str, index: int, *, host: str, path: str = PATH) -> bytes:
    """The whole HTTP request, signed."""
    body = body_of(run, index)
    signature = hmac.new(SECRET, body, hashlib.sha256).hexdigest()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
        f"{SIGNATURE}: sha256={signature}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def requests_of(run: str, first: int, count: int, *, host: str, path: str = PATH) -> Iterator[bytes]:
    """The requests of one run, in order, of people `first` and following: nobody twice while runs do not overlap."""
    return (request_of(run, index, host=host, path=path) for index in range(first, first + count))


def signed(body: bytes, signature: str) -> bool:
    """Whether a body carries our signature: the check that every peer makes."""
    return hmac.compare_digest(signature, "sha256=" + hmac.new(SECRET, body, hashlib.sha256).hexdigest())
