"""The one place that enqueues RQ jobs. A wake-up carries ids and nothing else: a hint, never the truth."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from redis import Redis
from rq import Queue
from rq.job import Job
from rq.serializers import JSONSerializer

DIAL_QUEUE = "dialgate-dial"
DIAL_JOB = "workers.jobs.dial"


class DialgateJob(Job):
    """An RQ job that runs only functions on the list, whatever someone wrote into Redis."""

    allowed: ClassVar[frozenset[str]] = frozenset({DIAL_JOB})

    @property
    def func(self) -> Callable[..., Any]:
        """The function to run. Raises PermissionError for one that is not on the list."""
        raise NotImplementedError


class CallQueue:
    """The dial queue of one Redis."""

    def __init__(self, redis: "Redis") -> None:
        self._queue = Queue(DIAL_QUEUE, connection=redis, serializer=JSONSerializer, job_class=DialgateJob)

    def wake(self, call_ids: Sequence[str]) -> None:
        """Enqueue wake-ups for calls that are due. Blocking; may be repeated or lost without harm."""
        raise NotImplementedError

    def depth(self) -> int:
        """Wake-ups waiting."""
        raise NotImplementedError
