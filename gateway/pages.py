"""One small page for a person at a website's form: no script, nothing loaded, light and dark."""

from html import escape

_STYLE = (
    ":root{color-scheme:light dark}"
    "body{font:1.1rem/1.6 system-ui,sans-serif;max-width:34rem;margin:15vh auto;padding:0 1.5rem;"
    "background:#fff;color:#1b1f24}"
    "h1{font-size:1.5rem}a{color:#0b57d0}"
    "@media(prefers-color-scheme:dark){body{background:#15181c;color:#e8eaed}a{color:#8ab4f8}}"
)

PAGE_HEADERS = (
    ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"),
    ("Cache-Control", "no-store"),
)


def message_page(title: str, message: str, *, back: str | None = None) -> bytes:
    """The page as UTF-8. Texts are escaped; `back` is an address whose origin the caller has checked."""
    link = f'<p><a href="{escape(back)}">Back to the form</a></p>' if back else ""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>"
        f"<body><main><h1>{escape(title)}</h1><p>{escape(message)}</p>{link}</main></body></html>"
    ).encode()
