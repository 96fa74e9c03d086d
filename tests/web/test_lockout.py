"""Guessing the API key: slower and slower for who guesses, no slower for anybody else."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from receiver import API_KEY, Receiver, running, settings_for

from gateway.web.lockout import (
    ADDRESSES,
    FIRST_SECONDS,
    FORGET_SECONDS,
    LONGEST_SECONDS,
    TRIES,
    TRIES_OF_ALL,
    Lockout,
)
from gateway.web.shared_guesses import SharedGuesses, create_guesses

WRONG = {"Authorization": "Bearer wrong-key-0000"}
RIGHT = {"Authorization": f"Bearer {API_KEY}"}


def guess(lockout: Lockout, address: str, times: int, now: float = 1000.0) -> float:
    """So many wrong keys; how long the address waits then."""
    for _ in range(times):
        lockout.wrong(address, now)
    return lockout.wait(address, now)


@pytest.fixture(params=["own", "shared"])
def lockout(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Lockout]:
    """One that counts for its process, and one that counts for several: they keep the same promises."""
    if request.param == "own":
        yield Lockout()
        return
    create_guesses(tmp_path)
    shared = SharedGuesses(tmp_path)
    lockout = Lockout(shared)
    with lockout.alone():
        yield lockout
    shared.close()


def test_each_further_wrong_key_waits_longer(lockout: Lockout) -> None:
    """What must hold: ten are free, then 30 s, doubling to a quarter of an hour, and after as long all is forgotten."""
    assert guess(lockout, "192.0.2.1", TRIES - 1) == 0
    assert [guess(lockout, "192.0.2.1", 1) for _ in range(7)] == [30, 60, 120, 240, 480, 900, 900]
    assert guess(lockout, "192.0.2.1", 500) == LONGEST_SECONDS
    assert guess(lockout, "192.0.2.1", 1, now=1000.0 + FORGET_SECONDS + 1) == 0


def test_others_do_not_wait(lockout: Lockout) -> None:
    """What must hold: a guesser locks out its own address, or its own IPv6 network, and no other."""
    assert guess(lockout, "2001:db8:1:1::1", TRIES) > 0
    assert lockout.wait("2001:db8:1:1::ffff", 1000.0) > 0
    assert lockout.wait("2001:db8:1:2::1", 1000.0) == 0
    assert lockout.wait("192.0.2.1", 1000.0) == 0


def test_many_addresses_together_wait_sooner(lockout: Lockout) -> None:
    """What must hold: in a rush from everywhere each guesser waits at its second wrong key; others not at all."""
    for number in range(TRIES_OF_ALL):
        guess(lockout, f"10.0.{number // 250}.{number % 250}", 1)
    assert guess(lockout, "192.0.2.1", 1) == 0
    assert guess(lockout, "192.0.2.1", 1) > 0
    assert lockout.wait("192.0.2.2", 1000.0) == 0


def test_memory_is_bounded(lockout: Lockout) -> None:
    """What must hold: however many addresses guess, only so many are remembered, and those that guessed last."""
    for number in range(ADDRESSES + 100):
        guess(lockout, f"host-{number}", 1, now=1000.0 + number)
    known = [lockout._guesses.find(f"host-{number}") is not None for number in range(ADDRESSES + 100)]
    assert known == [False] * 100 + [True] * ADDRESSES


def test_who_need_not_wait_need_not_by_an_earlier_clock_either(lockout: Lockout) -> None:
    """What must hold: an address with free tries left waits at no process, also one that looked at the clock before
    another one counted."""
    lockout.wrong("192.0.2.1", 1000.0)
    assert lockout.wait("192.0.2.1", 999.99) == 0


def test_processes_count_together(tmp_path: Path) -> None:
    """What must hold: what one counts the other knows, also of what was right and of what all got wrong together."""
    create_guesses(tmp_path)
    files = [SharedGuesses(tmp_path) for _ in range(2)]
    one, other = (Lockout(file) for file in files)
    for number in range(TRIES):
        with (one, other)[number % 2].alone():
            waits = (one, other)[number % 2].wrong("192.0.2.1", 1000.0)
    assert waits
    for lockout in (one, other):
        with lockout.alone():
            assert lockout.wait("192.0.2.1", 1000.0) == FIRST_SECONDS
    with one.alone():
        one.right("192.0.2.1")
    with other.alone():
        assert other.wait("192.0.2.1", 1000.0) == 0
    for file in files:
        file.close()


def test_a_lost_file_leaves_each_to_count_for_itself(tmp_path: Path) -> None:
    """What must hold: while the shared file cannot be had, guessers wait all the same, and nobody else does."""
    create_guesses(tmp_path)
    file = SharedGuesses(tmp_path)
    file.close()
    lockout = Lockout(file)
    with lockout.alone():
        assert guess(lockout, "192.0.2.1", TRIES) == FIRST_SECONDS
        assert lockout.wait("192.0.2.2", 1000.0) == 0


class Forgetful(SharedGuesses):
    """A file whose writes are lost while `full`, with the error that says so."""

    full = True

    def end(self) -> None:
        """As on a full disk: taken back, and told."""
        if self.full:
            self._file.execute("ROLLBACK")
            raise OSError(28, "the disk is full")
        super().end()


def test_what_the_file_does_not_keep_each_counts_for_itself(tmp_path: Path) -> None:
    """What must hold: ten wrong keys on a full disk wait as on any other, also once it has room again; nobody else
    waits, and the right key is what ends it."""
    create_guesses(tmp_path)
    file = Forgetful(tmp_path)
    lockout = Lockout(file)
    waits = []
    for _ in range(TRIES):
        with lockout.alone():
            waits.append(lockout.wait("192.0.2.1", 1000.0))
            lockout.wrong("192.0.2.1", 1000.0)
    file.full = False
    with lockout.alone():
        waits.append(lockout.wait("192.0.2.1", 1000.0))
        assert lockout.wait("192.0.2.2", 1000.0) == 0
        lockout.right("192.0.2.1")
        assert lockout.wait("192.0.2.1", 1000.0) == 0
    assert waits == [0.0] * TRIES + [FIRST_SECONDS]
    file.close()


def test_a_file_that_cannot_be_written_says_so_at_the_end(tmp_path: Path) -> None:
    """What must hold: a change that fails is not passed over, and what was known before it still is."""
    create_guesses(tmp_path)
    file = SharedGuesses(tmp_path)
    lockout = Lockout(file)
    with lockout.alone():
        guess(lockout, "192.0.2.1", TRIES)
    file._file.execute("CREATE TRIGGER t BEFORE INSERT ON guessers BEGIN SELECT RAISE(ABORT, 'disk I/O error'); END")
    with lockout.alone():
        guess(lockout, "192.0.2.2", TRIES)
    with lockout.alone():
        assert lockout.wait("192.0.2.1", 1000.0) == lockout.wait("192.0.2.2", 1000.0) == FIRST_SECONDS
    file.close()


@pytest.mark.parametrize("path", ["/v1/calls", "/metrics", "/v1/nothing"])
def test_a_guesser_hears_429_and_others_are_served(valkey_url: str, path: str) -> None:
    """What must hold: past the free tries 429 with Retry-After, with the right key too; other addresses, and
    webhooks from this one, are served; it is logged and counted.
    """
    with (
        structlog.testing.capture_logs() as lines,
        running(settings_for(valkey_url, trusted_proxies="127.0.0.1")) as site,
    ):
        guesser, other = {"X-Forwarded-For": "198.51.100.7"}, {"X-Forwarded-For": "203.0.113.8"}
        heard = [site.client.get(path, headers=WRONG | guesser).status_code for _ in range(TRIES + 2)]
        assert heard == [401] * TRIES + [429] * 2
        answer = site.client.get("/v1/calls", headers=RIGHT | guesser)
        assert (answer.status_code, answer.json()["code"]) == (429, "too_many_wrong_keys")
        assert 0 < int(answer.headers["retry-after"]) <= 30
        assert site.client.get("/v1/calls", headers=RIGHT | other).status_code == 200
        assert site.client.get("/v1/calls", headers=WRONG | other).status_code == 401
        assert site.lead().status_code == 200
        metrics = site.client.get("/metrics", headers=RIGHT | other).text
    assert 'dialgate_wrong_keys_total{outcome="refused"} 11.0' in metrics
    assert 'dialgate_wrong_keys_total{outcome="locked_out"} 3.0' in metrics
    assert [line["address"] for line in lines if line["event"] == "api.locked_out"] == ["198.51.100.7"]


def test_asking_without_a_key_is_no_guess(site: Receiver) -> None:
    """What must hold: a probe that sends no key at all hears 401 for ever, and locks nobody out."""
    for _ in range(TRIES * 3):
        assert site.client.get("/v1/calls").status_code == 401
    assert site.api("GET", "/v1/calls").status_code == 200
