"""The cheapest refusal: a delivery that is turned away whoever sent it, answered before it is parsed.

Parsing and routing cost more than the answer. A receiver that spends its time on refusals accepts nothing, so past
its room it looks at two places of the bytes and no more.
"""

from http import HTTPStatus

from gateway.web.front import Front
from gateway.web.problems import RETRY_SECONDS

HOOKS = b"POST /hooks/"
_LENGTH = b"\r\ncontent-length:"
_END = b"\r\n\r\n"
_NAME_BYTES = 100


def brief_refusal(front: Front | None, data: bytes) -> bytes:
    """The answer, if these bytes are one whole delivery to a source that is turned away now; else empty.

    Bytes that are not whole, hold more, or say anything unusual of their length take the long way.
    """
    if front is None or front.admission.roomy:
        return b""
    name = data[len(HOOKS) : len(HOOKS) + _NAME_BYTES].split(b" ", 1)[0].split(b"?", 1)[0].split(b"/", 1)[0]
    source = front.source(name.decode("latin-1")) or front.decoy
    if not _is_whole(data) or not front.admission.turns_away(source.name):
        return b""
    front.metrics.deliveries.labels(source.name, "overloaded").inc()
    return _ANSWERS[source.provider.busy_status]


def _is_whole(data: bytes) -> bool:
    head, end, body = data.partition(_END)
    lines = head.lower()
    if not end or lines.count(_LENGTH) != 1 or b"\r\ntransfer-encoding:" in lines or b"\r\nconnection:" in lines:
        return False
    said = lines.partition(_LENGTH)[2].partition(b"\r\n")[0].strip()
    return said.isdigit() and int(said[:9]) == len(body)


def _answer(status: int) -> bytes:
    body = b'{"code":"unavailable","detail":"nothing could be stored just now: send it again"}'
    head = (
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\nContent-Type: application/problem+json\r\n"
        f"Content-Length: {len(body)}\r\nRetry-After: {RETRY_SECONDS}\r\nCache-Control: no-store\r\n\r\n"
    )
    return head.encode() + body


_ANSWERS = {status: _answer(status) for status in (429, 503)}
