"""A request of a sender, changed: in its structure, in its bytes, around its body. The same draws, the same changes."""

import json
import re
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from random import Random
from typing import Any
from urllib.parse import parse_qsl, urlencode

from fuzz import oddities

from gateway.model import Request

LARGEST = 256 * 1024  # what a source reads by default
Change = Callable[[Any, Random], Any]


def mutated_body(request: Request, draws: Random) -> Request:
    """One to four changes of the body, structural ones where it has a structure we know."""
    if request.method == "GET" or not request.body:
        return replace(request, query=_pairs(request.query, draws))
    body = request.body
    for _ in range(draws.choice([0, 1, 1, 1, 2, 4])):
        body = (_structural(body, request, draws) if draws.random() < 0.7 else None) or _bytes(body, draws)
    return replace(request, body=body[:LARGEST])


def mutated_around(request: Request, draws: Random) -> Request:
    """Headers missing, twice, odd and huge; other content types, methods, queries and addresses."""
    headers = list(request.headers)
    for _ in range(draws.choice([1, 1, 2, 3])):
        headers = draws.choice(_AROUND)(headers, draws)
    request = replace(request, headers=tuple(headers))
    if draws.random() < 0.15:
        query = draws.choice(oddities.QUERIES)
        request = replace(request, query=query, url=f"{request.url.partition('?')[0]}?{query}")
    if draws.random() < 0.15:
        request = replace(request, method=draws.choice(oddities.METHODS))
    if draws.random() < 0.05:
        request = replace(request, path_token=draws.choice([None, "", "é", "x" * 300]))
    return request


def odd(draws: Random) -> Any:
    """A value no sender should send, ours to change."""
    return deepcopy(draws.choice(oddities.VALUES))


def _structural(body: bytes, request: Request, draws: Random) -> bytes | None:
    """The body with its structure changed; None where it has none that is known, or cannot be written again."""
    try:
        if body.lstrip().startswith((b"<", b"--")):
            return _text_between(body, draws)
        if "form-urlencoded" in (request.header("content-type") or ""):
            return _pairs(body.decode(), draws).encode("utf-8", "surrogatepass")
        return _json(json.loads(body), draws).encode()
    except (ValueError, RecursionError):
        return None


def _json(value: Any, draws: Random) -> str:
    """JSON with escapes for what is not ASCII, so that lone surrogates, NaN and huge integers get through."""
    return json.dumps(_node(value, draws), ensure_ascii=draws.random() < 0.9)


def _pairs(text: str, draws: Random) -> str:
    """A form or a query with a pair gone, twice, renamed, or with another value; JSON in it is changed as JSON."""
    pairs = parse_qsl(text, keep_blank_values=True) or [("", "")]
    at = draws.randrange(len(pairs))
    name, value = pairs[at]
    if value[:1] in ("{", "[") and draws.random() < 0.7:
        pairs[at] = (name, _json(json.loads(value), draws))
    else:
        text_value = str(odd(draws)) if draws.random() < 0.8 else value
        changed, nested = (name, text_value), (f"{name}[{name}][]", text_value)
        renamed = (draws.choice(oddities.KEYS), value)
        pairs[at : at + 1] = draws.choice([[], [changed], [(name, value), changed], [nested], [renamed]])
    return urlencode(pairs, errors="surrogatepass")


def _text_between(body: bytes, draws: Random) -> bytes | None:
    """XML or multipart with one text or name in it replaced, or one element or part twice."""
    places = list(re.finditer(rb">([^<>]*)</|<(\w[\w:]*)|\r\n\r\n([^\r]*)\r\n|name=\"([^\"]*)\"", body))
    if not places:
        return None
    place = draws.choice(places)
    group = place.lastindex or 0
    if draws.random() < 0.2:
        return body[: place.start()] + place[0] * 2 + body[place.end() :]
    value = str(odd(draws)).encode("utf-8", "surrogatepass")
    return body[: place.start(group)] + value + body[place.end(group) :]


def _node(value: Any, draws: Random, depth: int = 0) -> Any:
    """The value with one node somewhere in it changed."""
    if isinstance(value, dict | list) and value and depth < 12 and draws.random() < 0.8:
        at = draws.choice(list(value) if isinstance(value, dict) else range(len(value)))
        value[at] = _node(value[at], draws, depth + 1)
        return value
    return draws.choice(_NODES)(value, draws)


def _without_a_member(value: Any, draws: Random) -> Any:
    if isinstance(value, dict | list) and value:
        del value[draws.choice(list(value) if isinstance(value, dict) else range(len(value)))]
        return value
    return None


def _renamed(value: Any, draws: Random) -> Any:
    if isinstance(value, dict) and value:
        value[draws.choice(oddities.KEYS)] = value.pop(draws.choice(list(value)))
        return value
    return [value]


def _many(value: Any, draws: Random) -> Any:
    """So many that batches are over their bound, and a body just within it."""
    small = value if len(json.dumps(value)) < 200 else 1
    return [small] * draws.choice([2, 101, 1001])


def _deep(value: Any, draws: Random) -> Any:
    for _ in range(draws.choice([1, 5, 31, 40, 200])):
        value = {"data": value} if draws.random() < 0.5 else [value]
    return value


_NODES: tuple[Change, ...] = (
    lambda _, draws: odd(draws),
    lambda _, draws: odd(draws),
    lambda _, draws: odd(draws),
    lambda value, draws: {**value, draws.choice(oddities.KEYS): odd(draws)} if isinstance(value, dict) else odd(draws),
    lambda value, _: str(value),
    lambda value, _: {"value": value},
    lambda value, _: [value, value],
    _without_a_member,
    _renamed,
    _many,
    _deep,
)


def _bytes(body: bytes, draws: Random) -> bytes:
    """The body cut, doubled, with bits flipped or something odd put in."""
    at, end = sorted(draws.choices(range(len(body) + 1), k=2))
    end = min(end, at + draws.choice([0, 1, 8, 10_000]))
    kind = draws.randrange(6)
    if kind == 0:
        return body[:at]
    if kind == 1 and body:
        flipped = min(at, len(body) - 1)
        return body[:flipped] + bytes([body[flipped] ^ (1 << draws.randrange(8))]) + body[flipped + 1 :]
    if kind == 2:
        return body[:at] + draws.randbytes(draws.choice([1, 4, 64])) + body[end:]
    if kind == 3:
        return body[:end] + body[at:]
    if kind == 4 and draws.random() < 0.1:
        return body[:at] + draws.choice(oddities.TOKENS) * 4000 + body[at:]
    return body[:at] + draws.choice(oddities.TOKENS) + body[end:]


def _missing(headers: list[tuple[str, str]], draws: Random) -> list[tuple[str, str]]:
    return [one for one in headers if draws.random() < 0.6]


def _twice(headers: list[tuple[str, str]], draws: Random) -> list[tuple[str, str]]:
    return headers + draws.choices(headers, k=draws.choice([1, 1, 50])) if headers else headers


def _other_value(headers: list[tuple[str, str]], draws: Random) -> list[tuple[str, str]]:
    if not headers:
        return headers
    at = draws.randrange(len(headers))
    name, value = headers[at]
    cut = value[: draws.randrange(len(value) + 1)]
    headers[at] = (name, draws.choice([draws.choice(oddities.HEADERS), value + "\xe9", cut, value.swapcase()]))
    return headers


def _other_type(headers: list[tuple[str, str]], draws: Random) -> list[tuple[str, str]]:
    kept = [one for one in headers if one[0] != "content-type"]
    return [*kept, ("content-type", draws.choice(oddities.CONTENT_TYPES))]


_AROUND = (_missing, _twice, _other_value, _other_value, _other_type)
