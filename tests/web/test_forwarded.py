"""X-Forwarded-For at a real receiver: a stranger cannot choose the address that its limits and locks are counted by."""

from collections.abc import Iterator

import pytest
from receiver import Receiver, running, settings_for

FORM = {"Origin": "https://shop.example.com", "Content-Type": "application/x-www-form-urlencoded"}
LIMIT = 10  # `address_limit` of the source


@pytest.fixture
def alone(valkey_url: str) -> Iterator[Receiver]:
    """A receiver that trusts no proxy."""
    with running(settings_for(valkey_url)) as site:
        yield site


@pytest.fixture
def behind(valkey_url: str) -> Iterator[Receiver]:
    """One behind a proxy on this machine, and another in 10.0.0.0/8 before that."""
    with running(settings_for(valkey_url, trusted_proxies="127.0.0.1, 10.0.0.0/8")) as site:
        yield site


def statuses(site: Receiver, *forwarded: str) -> list[int]:
    """A form posted once for each header."""
    bodies = (f"phone=%2B141555501{number:02}".encode() for number in range(len(forwarded)))
    return [
        site.post("/hooks/quiet-form", body, FORM | {"X-Forwarded-For": said}).status_code
        for body, said in zip(bodies, forwarded, strict=True)
    ]


def test_without_a_trusted_proxy_the_header_counts_for_nothing(alone: Receiver) -> None:
    """A new address in each request is still one sender, which floods."""
    found = statuses(alone, *(f"198.51.100.{number}" for number in range(LIMIT + 2)))
    assert 429 not in found[:LIMIT]
    assert found[LIMIT:] == [429, 429]


def test_with_a_trusted_proxy_each_client_has_its_own_limit(behind: Receiver) -> None:
    """Visitors of a form behind a proxy do not stand in for one another."""
    found = statuses(behind, *(f"198.51.100.{number}" for number in range(LIMIT + 2)))
    assert 429 not in found


def test_of_several_hops_the_last_that_is_no_proxy_counts(behind: Receiver) -> None:
    """What a client wrote stands to the left of what our proxies wrote: it may write what it likes."""
    found = statuses(behind, *(f"10.9.9.9, 192.0.2.{number}, 198.51.100.7, 10.0.0.2" for number in range(LIMIT + 2)))
    assert 429 not in found[:LIMIT]
    assert found[LIMIT:] == [429, 429]
