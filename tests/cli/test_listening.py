"""listen keeps what a source really receives."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from upstairs import Dialgate

from gateway.cli import listening


def test_the_next_delivery_is_kept(at_up: Dialgate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What arrives after the start is in the file, whole, once."""
    arriving: Iterator[None] = (at_up("send", "demo") and None for _ in range(1))
    monkeypatch.setattr(listening.time, "sleep", lambda _: next(arriving, None))
    at_up("send", "demo")
    answer = at_up("listen", "demo", "--out", "kept.jsonl", "--seconds", "20")
    assert answer.code == 0, answer.err
    (kept,) = [json.loads(line) for line in (tmp_path / "kept.jsonl").read_text().splitlines()]
    assert (kept["source"], json.loads(kept["body"])["type"]) == ("demo", "contact.created")


def test_a_silent_source_ends_it(at_up: Dialgate, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit 1 with how many came."""
    ticks = iter(range(0, 1000, 2))
    monkeypatch.setattr(listening.time, "monotonic", lambda: float(next(ticks)))
    monkeypatch.setattr(listening.time, "sleep", lambda _: None)
    answer = at_up("listen", "site-form", "--seconds", "5")
    assert (answer.code, "0 of 1 deliveries" in answer.err) == (1, True)


def test_a_mask_hides_phones_and_leaves_the_rest() -> None:
    """All but the last two digits of anything as long as a phone number; a body that is not text is left out."""
    delivery = {"id": "dl_1", "body": '{"phone": "+1 (212) 555-0142", "n": 42}', "bodyEncoding": "utf-8", "query": ""}
    assert listening.masked(delivery)["body"] == '{"phone": "+' + "•" * 14 + '42", "n": 42}'
    assert listening.masked({"id": "dl_1", "body": "AAEC", "bodyEncoding": "base64", "query": "a=1"})["body"] is None
