"""/docs: the OpenAPI description as one plain page, made here. It needs no script and asks no other host."""

import re
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

_STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
code, pre { font: 0.875rem/1.5 ui-monospace, monospace; }
article { border-top: 1px solid color-mix(in srgb, currentColor 25%, transparent); padding: 0.5rem 0 1rem; }
h2 code { font-size: 1rem; } b.verb { display: inline-block; min-width: 4rem; }
table { border-collapse: collapse; width: 100%; } td { vertical-align: top; padding: 0.15rem 1rem 0.15rem 0; }
@media (max-width: 30rem) { td { display: block; } td + td { padding: 0 0 0.5rem 1rem; } }
a { color: inherit; }
"""

_CODE = re.compile(r"`([^`]+)`")
_SUCCESS = range(200, 300)


def docs_route() -> Route:
    """The page's route."""
    return Route("/docs", _page, methods=["GET"])


async def _page(request: Request) -> Response:
    return HTMLResponse("".join(_document(request.app.openapi())))


def _document(api: Mapping[str, Any]) -> Iterator[str]:
    title = escape(f"{api['info']['title']} API")
    yield f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
    yield f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style><main><h1>{title}</h1>'
    yield f"<p>{_text(api['info']['description'])}</p>"
    yield "<p>Every address below needs <code>Authorization: Bearer &lt;key&gt;</code>. "
    yield 'The same, for programs: <a href="/openapi.json">/openapi.json</a>.</p>'
    for path, verbs in api["paths"].items():
        for verb, operation in verbs.items():
            yield from _operation(path, verb, operation)
    yield "<h1>Shapes</h1>"
    for name, schema in api.get("components", {}).get("schemas", {}).items():
        yield from _shape(name, schema)
    yield "</main></html>"


def _operation(path: str, verb: str, operation: Mapping[str, Any]) -> Iterator[str]:
    yield f'<article><h2><b class="verb">{escape(verb.upper())}</b> <code>{escape(path)}</code></h2>'
    yield f"<p>{_text(operation.get('description') or operation.get('summary', ''))}</p>"
    rows = [
        (f"{parameter['name']} ({parameter['in']})", _text(parameter.get("description") or _kind(parameter["schema"])))
        for parameter in operation.get("parameters", ())
    ]
    body = _shape_in(operation.get("requestBody", {}))
    if body:
        rows.append(("body", body))
    for status, answer in sorted(operation["responses"].items()):
        rows.append((f"answer {status}", f"{_meaning(status, answer['description'])} {_shape_in(answer)}"))
    yield from _table(rows)
    yield "</article>"


def _shape(name: str, schema: Mapping[str, Any]) -> Iterator[str]:
    about = _text(schema.get("description", ""))
    yield f'<article id="{escape(name)}"><h2><code>{escape(name)}</code></h2><p>{about}</p>'
    yield from _table(
        (field, _text(f"{_kind(about)} {about.get('description', '')}"))
        for field, about in schema.get("properties", {}).items()
    )
    yield "</article>"


def _table(rows: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Names, and what is HTML already."""
    yield "<table>"
    for name, about in rows:
        yield f"<tr><td><code>{escape(name)}</code></td><td>{about}</td></tr>"
    yield "</table>"


def _text(written: str) -> str:
    """Words as HTML, with what stands between backticks as code."""
    return _CODE.sub(r"<code>\1</code>", escape(written))


def _meaning(status: str, described: str) -> str:
    """What an answer means; HTTP's own word for a success nobody described."""
    code = int(status)
    return (
        HTTPStatus(code).phrase + "." if described == "Successful Response" and code in _SUCCESS else _text(described)
    )


def _shape_in(part: Mapping[str, Any]) -> str:
    """The shape of a body or an answer, with a link to it further down."""
    schema = part.get("content", {}).get("application/json", {}).get("schema", {})
    kind = escape(_kind(schema))
    return f'<a href="#{kind}">{kind}</a>' if "$ref" in schema else kind


def _kind(schema: Mapping[str, Any]) -> str:
    """A schema in a word or two."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " or ".join(_kind(one) for one in schema["anyOf"])
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    if "enum" in schema:
        return " | ".join(str(one) for one in schema["enum"])
    return str(schema.get("format") or schema.get("type") or "")
