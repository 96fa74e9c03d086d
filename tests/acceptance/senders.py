"""Webhooks as several senders would sign and post them."""

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import anyio
import httpx
from waiting import told_to_wait

from gateway.contracts import Source
from gateway.model import Request
from gateway.rules.loading import load

Post = tuple[str, tuple[tuple[str, str], ...], bytes]


def webhooks(config: Path, base_url: str, count: int) -> Iterator[Post]:
    """`count` signed posts, in turn from each source, each about a person of its own."""
    sources = load(config, {}).sources
    bodies: Sequence[tuple[str, Callable[[int], object]]] = (
        ("standard", lambda n: {"type": "lead.created", "contactId": f"ct_{n}"}),
        (
            "crm",
            lambda n: [
                {
                    "eventId": n,
                    "subscriptionId": 1,
                    "portalId": 1,
                    "occurredAt": 1700000000000 + n,
                    "subscriptionType": "contact.creation",
                    "objectId": 900_000 + n,
                }
            ],
        ),
        ("plain", lambda n: {"id": f"lead-{n}", "phone": f"+1212{2000000 + n}", "name": "Ana"}),
    )
    for number in range(count):
        name, body = bodies[number % len(bodies)]
        yield signed(sources[name], base_url, json.dumps(body(number)).encode())


def signed(source: Source, base_url: str, body: bytes) -> Post:
    """One post with the headers that source's sender would send."""
    now, url = datetime.now(UTC), f"{base_url}/hooks/{source.name}"
    request = Request(
        method="POST",
        url=url,
        query="",
        headers=(("content-type", "application/json"),),
        body=body,
        remote="127.0.0.1",
        received_at=now,
    )
    return url, (*request.headers, *source.provider.sign(request, source, now)), body


async def post_all(posts: Sequence[Post], *, connections: int = 32) -> list[int]:
    """Post everything, some at a time, as independent senders do; the last answers' status codes in order.

    What is told to come again comes again when it was told to.
    """
    statuses = [0] * len(posts)
    queue = iter(range(len(posts)))
    async with httpx.AsyncClient(timeout=30) as client, anyio.create_task_group() as group:

        async def post_some() -> None:
            for index in queue:
                url, headers, body = posts[index]
                answer = await client.post(url, headers=list(headers), content=body)
                while answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
                    await told_to_wait(float(answer.headers["Retry-After"]))
                    answer = await client.post(url, headers=list(headers), content=body)
                statuses[index] = answer.status_code

        for _ in range(connections):
            group.start_soon(post_some)
    return statuses
