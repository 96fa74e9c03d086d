"""A sandbox on a real socket, with a client to look inside and a dialer to dial at it."""

import threading
from collections.abc import Iterator

import httpx
import pytest
from dialers.dialing import TOKEN

from gateway.model import record
from workers.dialers import DialerOptions
from workers.dialers.agentalk import AgentalkDialer
from workers.sandbox import build_sandbox, sandbox_server
from workers.sandbox.server import listening_socket


@record
class Served:
    """A running sandbox."""

    url: str
    client: httpx.Client

    def put_faults(self, **operations: object) -> None:
        """Switch faults on; the sandbox must take them."""
        self.client.put("/faults", json=operations).raise_for_status()

    def rings(self) -> list[dict[str, str | None]]:
        """What GET /rings shows."""
        listed: list[dict[str, str | None]] = self.client.get("/rings").json()
        return listed

    def dialer(self) -> AgentalkDialer:
        """A dialer with little patience."""
        return AgentalkDialer(self.url, DialerOptions(read_seconds=1.0, total_seconds=3.0))


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One sandbox with a data folder for the whole run, on a thread."""
    sock = listening_socket("127.0.0.1", 0)
    server = sandbox_server(build_sandbox(data_dir=tmp_path_factory.mktemp("sandbox")))
    thread = threading.Thread(target=lambda: server.run(sockets=[sock]))
    thread.start()
    url = f"http://127.0.0.1:{sock.getsockname()[1]}"
    with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=30) as client:
        yield Served(url=url, client=client)
    server.should_exit = True
    thread.join(60)
    assert not thread.is_alive()


@pytest.fixture
def sandbox(served: Served) -> Served:
    """The sandbox as new: no faults, rings or contacts."""
    served.put_faults()
    served.client.delete("/rings").raise_for_status()
    served.client.delete("/contacts").raise_for_status()
    return served
