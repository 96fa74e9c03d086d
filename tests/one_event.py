"""The one event a provider makes of a body, for tests of providers that send one at a time."""

from collections.abc import Mapping
from typing import Any

import orjson
from inbound import request_of, source_of

from gateway.model import Event

FORM = "application/x-www-form-urlencoded"


def one_event(
    provider: str, body: Any, *, content_type: str = "application/json", options: Mapping[str, Any] | None = None
) -> Event:
    """The only event of a body: bytes as they are, anything else as JSON."""
    source = source_of(provider, options, path_token="Vq3tR8xWmZ0aKp5sLc7dYe2f")
    raw = body if isinstance(body, bytes) else orjson.dumps(body)
    request = request_of(raw, {"Content-Type": content_type}, path_token=source.path_token)
    (event,) = source.provider.split(source.provider.decode(request, source), request, source)
    return event
