"""A real receiver for tests: uvicorn on a loopback port, the shipped settings, a real Valkey behind it."""

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from plain_http import NO_AUTHORITIES
from waiting import eventually

from gateway.app import Start, create_app
from gateway.settings import Settings
from gateway.web.accepting import PromptServer
from gateway.web.front import Front
from gateway.web.server import server_config

API_KEY = "test-api-key-0000"
PHONE = "+14155550123"
SITE = Path(__file__).parent / "web" / "site.yaml"


@dataclass(frozen=True)
class Receiver:
    """A running receiver and a client of it."""

    url: str
    client: httpx.Client
    front: Front

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self.url.rpartition(":")[2])

    def post(self, path: str, content: bytes, headers: Mapping[str, str]) -> httpx.Response:
        """A POST of raw bytes."""
        return self.client.post(path, content=content, headers=dict(headers))

    def lead(self, source: str = "bearer", **payload: Any) -> httpx.Response:
        """A lead with a fresh id, posted to a bearer source."""
        body = {"id": f"lead-{time.monotonic_ns()}", "interest": "demo", "phone": PHONE} | payload
        return self.post(f"/hooks/{source}", json.dumps(body).encode(), BEARER)

    def api(self, method: str, path: str, **options: Any) -> httpx.Response:
        """A request to the API with its key."""
        headers = {"Authorization": f"Bearer {API_KEY}", **options.pop("headers", {})}
        return self.client.request(method, path, headers=headers, **options)


BEARER = {"Authorization": "Bearer test-bearer-secret-0002", "Content-Type": "application/json"}


def signed(body: bytes, *, at: float | None = None, secret: bytes = b"test-signing-secret-0001") -> dict[str, str]:
    """The headers the `signed` source's sender sends with a body."""
    stamp = str(int(time.time() if at is None else at))
    signature = hmac.digest(secret, stamp.encode() + b"." + body, hashlib.sha256).hex()
    return {"X-Timestamp": stamp, "X-Signature": signature, "Content-Type": "application/json"}


def settings_for(redis_url: str, **changes: Any) -> Settings:
    """Settings of a receiver under test."""
    values = {
        "config": SITE,
        "redis_url": redis_url,
        "call_api_url": "http://127.0.0.1:9",
        "public_url": "https://hooks.example.com",
        "api_key": API_KEY,
    }
    return Settings.model_validate(values | changes)


@contextmanager
def running(settings: Settings) -> Iterator[Receiver]:
    """A receiver that serves until the block ends; it must start and stop without complaint."""
    app = create_app(lambda: Start(settings=settings, environ={}))
    server = PromptServer(server_config(app, host="127.0.0.1", port=0))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        eventually(lambda: server.started or not thread.is_alive(), message="the receiver starts")
        assert server.started, "the receiver did not start"
        port = server.servers[0].sockets[0].getsockname()[1]
        url = f"http://127.0.0.1:{port}"
        with httpx.Client(base_url=url, timeout=30, trust_env=False, verify=NO_AUTHORITIES) as client:
            yield Receiver(url=url, client=client, front=app.state.front)
    finally:
        server.should_exit = True
        thread.join(60)
    assert not thread.is_alive(), "the receiver did not stop"
