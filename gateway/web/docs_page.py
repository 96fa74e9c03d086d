"""/docs: the OpenAPI description as one plain page, made here. It needs no script and asks no other host."""

from collections.abc import Iterator, Mapping
from html import escape
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
"""


def docs_route() -> Route:
    """The page's route."""
    return Route("/docs", _page, methods=["GET"])


async def _page(request: Request) -> Response:
    return HTMLResponse("".join(_document(request.app.openapi())))


def _document(api: Mapping[str, Any]) -> Iterator[str]:
    title = escape(f"{api['info']['title']} API")
    yield f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
    yield f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style><main><h1>{title}</h1>'
    yield f"<p>{escape(api['info']['description'])}</p>"
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
    yield f"<p>{escape(operation.get('description') or operation.get('summary', ''))}</p>"
    rows = [
        (f"{parameter['name']} ({parameter['in']})", parameter.get("description") or _kind(parameter["schema"]))
        for parameter in operation.get("parameters", ())
    ]
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    if body:
        rows.append(("body", _kind(body)))
    for status, answer in operation["responses"].items():
        schema = answer.get("content", {}).get("application/json", {}).get("schema", {})
        rows.append((f"answer {status}", f"{answer['description']} {_kind(schema)}"))
    yield from _table(rows)
    yield "</article>"


def _shape(name: str, schema: Mapping[str, Any]) -> Iterator[str]:
    about = escape(schema.get("description", ""))
    yield f'<article id="{escape(name)}"><h2><code>{escape(name)}</code></h2><p>{about}</p>'
    yield from _table(
        (field, f"{_kind(about)} {about.get('description', '')}")
        for field, about in schema.get("properties", {}).items()
    )
    yield "</article>"


def _table(rows: Any) -> Iterator[str]:
    yield "<table>"
    for name, about in rows:
        yield f"<tr><td><code>{escape(name)}</code></td><td>{escape(about)}</td></tr>"
    yield "</table>"


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
