"""What was seen of one HTTP exchange with the call API: evidence only, no judgement and no I/O."""

import asyncio

from gateway.model import record
from gateway.reasons import Reason


@record
class Observation:
    """One exchange. `started` False proves that not one byte of the request was written.

    `status` stands as soon as the answer's head was read, also when its body broke afterwards. `body` is what was read
    of it, unpacked, at most 64 KB. `failure` says what ended the exchange early, with `detail` for people.
    """

    started: bool
    status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()  # names in lower case
    body: bytes = b""
    failure: Reason | None = None
    detail: str = ""
    interruption: asyncio.CancelledError | None = None  # we were told to stop while it ran

    def header(self, name: str) -> str | None:
        """The first value of a header; `name` in lower case."""
        return next((value for key, value in self.headers if key == name), None)
