"""What the supervisor tells a member as it starts it: which sockets are its own, and where the group's files are."""

import orjson

from gateway.model import record


@record
class Orders:
    """File descriptors and places. `listeners` are its own, `neighbours` the others', `line` leads back to us."""

    number: int
    folder: str
    line: int
    listeners: tuple[int, ...]
    neighbours: tuple[int, ...]

    def write(self) -> str:
        """As one word of a command line."""
        return orjson.dumps(self).decode()

    @classmethod
    def read(cls, word: str) -> "Orders":
        """What `write` wrote."""
        told = orjson.loads(word)
        return cls(**{**told, "listeners": tuple(told["listeners"]), "neighbours": tuple(told["neighbours"])})


BEAT, SERVING = b".", b"+"  # on the line: the event loop turns; connections are taken
