"""How far a worker knows the ledger to have come: what shows that Redis was set back to an older state."""

from gateway.model import record


@record
class Mark:
    """Grants counted: `own` by the worker of this name, `total` by all. The ledger must never know of fewer."""

    worker: str  # the name of the journal on its disk, so the same after a restart
    own: int = 0
    total: int = 0

    def __str__(self) -> str:
        return f"{self.worker} {self.own} {self.total}"

    def ahead_of(self, other: "Mark") -> bool:
        """Whether this one knows of grants that the other does not."""
        return self.own > other.own or self.total > other.total

    def joined(self, other: "Mark") -> "Mark":
        """The further of both, of the same worker."""
        return Mark(worker=self.worker, own=max(self.own, other.own), total=max(self.total, other.total))


def mark_of(answer: bytes) -> Mark | None:
    """A mark as the scripts answer it; None where none was shown."""
    if not answer:
        return None
    worker, own, total = answer.decode().split(" ")
    return Mark(worker=worker, own=int(own), total=int(total))
