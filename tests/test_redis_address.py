"""Addresses of Redis: one server, or the Sentinels who know the primary."""

import signal
import threading
from pathlib import Path

import pytest
from faults.sentinels import NAME, sentinel
from ports import free_port
from redis import Redis
from redis.exceptions import RedisError
from waiting import eventually

from gateway.embedded import EmbeddedValkey
from gateway.errors import ConfigInvalid
from gateway.redis_address import blocking_redis, check_address, sentinels_of
from gateway.settings import read_settings

THREE = "redis+sentinel://me:p%40ss@a:1,b:2,[::1]:3/main/4?sentinel_username=u&sentinel_password=s"
WRONG = [
    "redis+sentinel://a:1",
    "redis+sentinel:///main",
    "redis+sentinel://a:1/main/x",
    "redis+sentinel://a:1/main?what=secret",
    "redis+sentinel://a:1,:2/main",
    "memcached+sentinel://a/main",
    "http://a",
    "127.0.0.1:6379",
]


def test_everything_of_an_address_is_understood() -> None:
    """What must hold: hosts, name, database, and both passwords, each for whom it is."""
    found = sentinels_of(THREE)
    assert found is not None
    assert found.hosts == (("a", 1), ("b", 2), ("::1", 3))
    assert (found.name, found.options) == ("main", {"username": "me", "password": "p@ss", "db": 4})
    assert {"username": "u", "password": "s"}.items() <= found.asking.items()


def test_the_usual_port_and_tls() -> None:
    """What must hold: a Sentinel's port is 26379 unless said otherwise; rediss is TLS throughout."""
    found = sentinels_of("rediss+sentinel://a,b/main")
    assert found is not None
    assert found.hosts == (("a", 26379), ("b", 26379))
    assert found.options["ssl"]
    assert found.asking["ssl"]


@pytest.mark.parametrize("url", ["redis://a", "rediss://a:1/0", "unix:///run/x.sock?db=0"])
def test_one_server_is_no_sentinel(url: str) -> None:
    """What must hold: redis-py's own addresses stay its own, and nothing is contacted before first use."""
    check_address(url)
    assert sentinels_of(url) is None
    blocking_redis(url).close()


@pytest.mark.parametrize("url", WRONG)
def test_a_wrong_address_stops_start_up_and_is_not_shown(url: str) -> None:
    """What must hold: the setting is named, what is wanted is said, and what may be a secret is not."""
    with pytest.raises(ConfigInvalid) as caught:
        read_settings({"DIALGATE_REDIS_URL": url})
    assert "DIALGATE_REDIS_URL" in str(caught.value)
    assert "redis+sentinel://" in str(caught.value)
    assert "secret" not in str(caught.value)


class Interrupted(Exception):
    """What a signal's handler raises out of a wait."""


def interrupt(number: int, frame: object) -> None:
    """As a worker that is told to stop leaves its wait for wake-ups."""
    raise Interrupted


def told_apart(client: Redis) -> bool:
    """Whether Redis is reached, each question with its own answer."""
    try:
        return bool(client.echo("hello") == b"hello")
    except RedisError:
        return False


def test_the_answer_of_an_interrupted_wait_is_nobody_elses(tmp_path: Path) -> None:
    """What must hold: behind Sentinels too, who asks next neither waits for that answer nor takes it for its own."""
    port, primary = free_port(), free_port()
    before, waiter = signal.signal(signal.SIGUSR1, interrupt), threading.get_ident()
    with EmbeddedValkey(tmp_path / "primary", port=primary) as server, Redis.from_url(server.url) as seen:

        def interrupt_the_wait() -> None:
            eventually(lambda: seen.info("clients")["blocked_clients"] == 1, message="it waits")
            signal.pthread_kill(waiter, signal.SIGUSR1)

        with (
            sentinel(tmp_path / "sentinel", port, primary, free_port()),
            blocking_redis(f"redis+sentinel://127.0.0.1:{port}/{NAME}") as client,
        ):
            eventually(lambda: told_apart(client), message="the Sentinel names the primary")
            interrupter = threading.Thread(target=interrupt_the_wait)
            interrupter.start()
            with pytest.raises(Interrupted):
                client.blpop(["nothing"], timeout=30)
            interrupter.join()
            seen.rpush("nothing", "late")
            assert told_apart(client)
    signal.signal(signal.SIGUSR1, before)
