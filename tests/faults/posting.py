"""Senders as they are in the world: each posts at its own time, whatever became of the others, until a 2xx."""

import asyncio
import threading
import time
from collections.abc import Sequence
from contextlib import suppress

import httpx
from faults.rig import SENDER
from faults.schedule import Post

_FIRST_WAIT, _LONGEST_WAIT = 0.2, 1.0
_ANSWER_SECONDS = 8.0


class Senders:
    """`with Senders(url, posts) as senders:` posts on a thread; `accepted` are those that heard a 2xx."""

    def __init__(self, url: str, posts: Sequence[Post]) -> None:
        self.accepted: set[str] = set()
        self.tries = 0
        self.wrong: list[str] = []
        self._url = url
        self._posts = posts
        self._give_up = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=lambda: asyncio.run(self._post_all()), name="senders")

    @property
    def done(self) -> bool:
        """Whether every lead was accepted and every repeat posted."""
        return not self._thread.is_alive()

    def __enter__(self) -> "Senders":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._loop is not None and not self.done:
            self._loop.call_soon_threadsafe(self._give_up.set)
        self._thread.join(_ANSWER_SECONDS + 5)

    async def _post_all(self) -> None:
        self._loop, started = asyncio.get_running_loop(), time.monotonic()
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
        async with (
            httpx.AsyncClient(timeout=_ANSWER_SECONDS, limits=limits, trust_env=False) as client,
            asyncio.TaskGroup() as group,
        ):
            for post in self._posts:
                if await self._gave_up_within(started + post.at - time.monotonic()):
                    return
                group.create_task(self._insist(client, post))

    async def _insist(self, client: httpx.AsyncClient, post: Post) -> None:
        for _ in range(2 if post.twice else 1):
            wait = _FIRST_WAIT
            while not await self._post(client, post):
                if await self._gave_up_within(wait):
                    return
                wait = min(wait * 2, _LONGEST_WAIT)
            self.accepted.add(post.whom)

    async def _gave_up_within(self, seconds: float) -> bool:
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, seconds)):
                await self._give_up.wait()
        return self._give_up.is_set()

    async def _post(self, client: httpx.AsyncClient, post: Post) -> bool:
        self.tries += 1
        with suppress(httpx.HTTPError):
            answer = await client.post(f"{self._url}/hooks/leads", json=post.lead, headers=SENDER)
            if not answer.is_success and answer.status_code not in {429, 500, 503}:
                self.wrong.append(f"{answer.status_code} {answer.text[:200]}")
            return answer.is_success
        return False
