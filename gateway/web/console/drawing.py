"""Templates → HTML. Everything is escaped; no value reaches a page as markup."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from gateway.phones import mask_phone
from gateway.reasons import Reason
from gateway.web.console.cookies import HOME, theme_of
from gateway.web.console.page import Page
from gateway.web.console.static_files import address_of
from gateway.web.console.visit import Visit
from gateway.web.masking import mask_text

_UNITS = ((86400, "d"), (3600, "h"), (60, "min"))


def draw(template: str, *, pages: Sequence[Page], visit: Visit | None, here: str = "", **values: Any) -> str:
    """A template with its values. `visit` None: nobody is signed in. `here`: the name of the page it belongs to."""
    bare = visit is not None and visit.partial
    return (
        _environment()
        .get_template(template)
        .render(
            layout="bare.html" if bare else "layout.html",
            pages=[page for page in pages if page.title],
            visit=visit,
            here=here,
            theme=theme_of(visit.request) if visit is not None else "",
            **values,
        )
    )


def moment(at: datetime | None) -> Markup | str:
    """An instant as a <time>: UTC in its title and until the visitor's browser writes it in local time."""
    if at is None:
        return "—"
    text = f"{at:%Y-%m-%d %H:%M:%S} UTC"
    return Markup('<time datetime="{}" title="{}">{}</time>').format(at.isoformat(), text, text)


def told(fact: str) -> Markup | str:
    """A guard's fact: an instant as one, anything else as text without phone numbers."""
    try:
        at = datetime.fromisoformat(fact)
    except ValueError:
        return mask_text(fact)
    return moment(at) if at.tzinfo is not None else mask_text(fact)


def span(between: timedelta | float | None) -> str:
    """A length of time as a person says it: 40 ms, 0.4 s, 12 s, 3 min, 2 h 5 min, 3 d."""
    if between is None:
        return "—"
    seconds = between.total_seconds() if isinstance(between, timedelta) else between
    if 0 < abs(seconds) < 0.1:
        return f"{seconds * 1000:.0f} ms"
    if abs(seconds) < 60:
        return f"{seconds:.1f} s" if abs(seconds) < 10 else f"{seconds:.0f} s"
    return _long_span(int(seconds))


def _long_span(seconds: int) -> str:
    for index, (size, unit) in enumerate(_UNITS):
        if abs(seconds) >= size:
            whole, rest = divmod(seconds, size)
            smaller = _UNITS[index + 1] if index + 1 < len(_UNITS) else None
            more = f" {rest // smaller[0]} {smaller[1]}" if smaller and rest >= smaller[0] else ""
            return f"{whole} {unit}{more}"
    return f"{seconds} s"


def why(reason: Reason | None) -> str:
    """A reason as its sentence."""
    return "" if reason is None else reason.text


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("gateway.web.console", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(HOME=HOME, static=address_of)
    environment.filters.update(moment=moment, span=span, told=told, why=why, mask_phone=mask_phone, mask_text=mask_text)
    return environment
