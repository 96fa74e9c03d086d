"""What the supervisor tells a member as it starts it: which sockets are its own, and where the crew's files are."""

import orjson

from gateway.model import record


@record
class Orders:
    """File descriptors and places. `doors` are its own sockets, `neighbours` the others', `line` leads back to us."""

    number: int
    folder: str
    line: int
    doors: tuple[int, ...]
    neighbours: tuple[int, ...]

    def write(self) -> str:
        """As one word of a command line."""
        return orjson.dumps(self).decode()

    @classmethod
    def read(cls, word: str) -> "Orders":
        """What `write` wrote."""
        told = orjson.loads(word)
        return cls(**{**told, "doors": tuple(told["doors"]), "neighbours": tuple(told["neighbours"])})


BEAT, SERVING = b".", b"+"  # on the line: the event loop turns; connections are taken
