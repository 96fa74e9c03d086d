"""Parts of a request that some senders sign in a form of their own, as bytes.

Sources of facts: Twilio's "Validating requests" and its SDKs, Mandrill's "Authenticating webhook requests",
Segment's destination function documentation, JustCall's "Dynamic webhook signatures".
"""

import hmac
import json
import re
from hashlib import sha256
from urllib.parse import quote

from gateway.auth.fields import sole_parameter
from gateway.decoding import strict_json
from gateway.decoding.content import content_type, decode_body
from gateway.decoding.forms import parse_urlencoded, to_object
from gateway.decoding.selectors import select
from gateway.errors import NotAuthentic, Unreadable
from gateway.model import JsonValue, Request

_FORM = "application/x-www-form-urlencoded"
_ADDRESS = re.compile(
    r"(?P<scheme>https?)://(?P<host>\[[^\]]*\]|[^/?#:\[\]]*)(?P<port>:[0-9]*)?(?P<rest>.*)", re.DOTALL
)
_DEFAULT_PORTS = {"https": ":443", "http": ":80"}
_BODY_HASH = "bodySHA256"


def sorted_form(request: Request) -> bytes:
    """Every form field as name + value, by name; a repeated name's values sorted, each once. No body: nothing.

    Nothing stands between the parts, so "ab" + "c" and "a" + "bc" are signed alike: that is the senders' scheme.
    Raises NotAuthentic for a body that is no form: it would not be covered.
    """
    if not request.body:
        return b""
    if content_type(request).media != _FORM:
        raise NotAuthentic("the signature covers a form, and the body is none")
    try:
        fields = to_object(parse_urlencoded(request.body))
    except Unreadable as error:
        raise NotAuthentic("the signed form cannot be read") from error
    return "".join(_name_and_values(name, fields[name]) for name in sorted(fields)).encode("utf-8")


def _name_and_values(name: str, value: JsonValue) -> str:
    values = {str(one) for one in value} if isinstance(value, list) else {str(value)}
    return "".join(name + one for one in sorted(values))


def url_with_port(url: str) -> str:
    """The URL with its port written out, the scheme's own where it names none."""
    return _with_port(url, None)


def url_without_port(url: str) -> str:
    """The URL without a port."""
    return _with_port(url, "")


def _with_port(url: str, port: str | None) -> str:
    match = _ADDRESS.fullmatch(url)
    if match is None:
        return url
    written = match["port"] or _DEFAULT_PORTS[match["scheme"]] if port is None else port
    return f"{match['scheme']}://{match['host']}{written}{match['rest']}"


def hashed_in_url(request: Request) -> bytes:
    """Nothing, where the query's bodySHA256 is the body's SHA-256 in hex. Raises NotAuthentic where it is another's.

    The signed address then covers the body.
    """
    given = sole_parameter(request, _BODY_HASH).lower().encode("utf-8", "replace")
    if not hmac.compare_digest(given, sha256(request.body).hexdigest().encode("ascii")):
        raise NotAuthentic("the body is not the one whose hash is signed")
    return b""


def first_element(body: bytes) -> bytes:
    """The first element of a JSON list, as it stands in the body; the whole body where it is no list.

    A sender that signs what JSON.stringify makes of the element signs the same bytes, as long as it also sends
    what JSON.stringify makes of the list: the element is written the same way in both. The rest of the list is
    not covered. Raises NotAuthentic for what is not JSON, or an empty list.
    """
    try:
        value = strict_json.loads(body)
    except Unreadable as error:
        raise NotAuthentic("the signed list cannot be read") from error
    if not isinstance(value, list):
        return body
    if not value:
        raise NotAuthentic("the list is empty: nothing in it is signed")
    text = body.decode("utf-8-sig")
    start = text.index("[") + 1
    start += len(text[start:]) - len(text[start:].lstrip(" \t\r\n"))
    _, end = json.JSONDecoder().raw_decode(text, start)
    return text[start:end].encode("utf-8")


def body_field(request: Request, path: str) -> str:
    """The text at a path of the body. Raises NotAuthentic where there is none."""
    try:
        value = select(decode_body(request), path)
    except Unreadable as error:
        raise NotAuthentic("the body holding a signed field cannot be read") from error
    if not isinstance(value, str):
        raise NotAuthentic(f"the signed field {path} is missing or not text")
    return value


def urlencoded_field(request: Request, path: str) -> str:
    """The text at a path of the body, percent-encoded throughout. Raises NotAuthentic where there is none."""
    return quote(body_field(request, path), safe="")
