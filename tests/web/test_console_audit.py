"""The console's audit log: found by person, action and time, and exported as found."""

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from receiver import Receiver, running
from web.visiting import PASSWORD, furnish, order, settings_in, signed_in

from gateway.web.console.cookies import HOME


@pytest.fixture
def place(tmp_path: Path, valkey_url: str) -> Iterator[Receiver]:
    """A receiver at which the key's holder listed 51 people, and a viewer signed in."""
    with running(settings_in(furnish(tmp_path), valkey_url)) as receiver:
        signed_in(receiver)
        for number in range(51):
            order(receiver, "/do-not-call", who=f"ct_{number}")
        signed_in(receiver, "victor", PASSWORD)
        yield receiver


def deeds(place: Receiver, **where: str) -> list[str]:
    """The actions on the page, newest first."""
    page = place.client.get(f"{HOME}/audit", params=where).text
    return re.findall(r"<td>([a-z_.]+)</td><td class=\"id\">", page)


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ({}, 50),
        ({"by": "victor"}, 1),
        ({"by": "nobody"}, 0),
        ({"action": "do_not_call"}, 50),
        ({"action": "signed_in"}, 2),
        ({"action": "signed_in", "by": "key holder"}, 1),
        ({"since": "1h"}, 50),
        ({"until": "2020-01-01T00:00:00Z"}, 0),
    ],
)
def test_it_is_filtered(place: Receiver, where: dict[str, str], found: int) -> None:
    """Each filter alone and two together; a viewer may look."""
    assert len(deeds(place, **where)) == found


def test_the_next_page_keeps_the_filter(place: Receiver) -> None:
    """And ends where nothing more passes it."""
    page = place.client.get(f"{HOME}/audit", params={"action": "do_not_call.added", "since": "1h"}).text
    [older] = re.findall(r'href="([^"]+)">Older', page)
    rest = place.client.get(html.unescape(older)).text
    assert rest.count("<td>do_not_call.added</td>") == 1
    assert "Older" not in rest


@pytest.mark.parametrize("where", [{"since": "soon"}, {"until": "2026-11-22T09:00:00"}, {"cursor": "x"}])
def test_what_is_no_filter_is_told(place: Receiver, where: dict[str, str]) -> None:
    """Never everything instead."""
    answer = place.client.get(f"{HOME}/audit", params=where)
    assert answer.status_code == 422
    assert "do_not_call.added" not in answer.text


def test_the_export_is_what_is_found(place: Receiver) -> None:
    """Every line of the filter, and that it was exported with which filter is kept."""
    signed_in(place)
    lines = order(place, "/audit/export", action="do_not_call", by="key holder").text.splitlines()
    assert len(lines) == 1 + 51
    assert all(",do_not_call.added," in line for line in lines[1:])
    assert "csv, by key holder, action do_not_call" in place.client.get(f"{HOME}/audit").text
