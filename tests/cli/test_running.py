"""What people type at a running `dialgate up`, without any setting but its folder."""

import plain_http
import pytest
from upstairs import Dialgate, Up
from waiting import eventually


def placed(dialgate: Dialgate, call_id: str) -> bool:
    """Whether a call is PLACED by now."""
    return bool(dialgate("calls", "show", call_id, "--json").json["state"] == "PLACED")


def sent(dialgate: Dialgate, *words: str) -> tuple[str, str]:
    """Send the demo; its event's id and its call's."""
    (answer,) = dialgate("send", "demo", "--json", *words).json
    event = answer["body"]["events"][0]
    return event["id"], event["calls"][0]


def test_send_rings_and_everything_shows_it(at_up: Dialgate, up: Up) -> None:
    """The ring is at the sandbox, the call PLACED with its timeline, the event MATCHED, the ledger sound."""
    event, call = sent(at_up)
    eventually(lambda: placed(at_up, call))
    shown = at_up("calls", "show", call).out
    assert ("PLACED" in shown, "DIALING" in shown, "timeline" in shown) == (True, True, True)
    contact = at_up("calls", "show", call, "--json").json["contactId"]
    assert contact in at_up("rings").out
    assert contact in {ring["contactId"] for ring in up.rings()}
    assert event in at_up("events", "--state", "MATCHED").out
    assert "demo request: matched" in at_up("events", "show", event).out
    assert at_up("audit").code == 0
    assert at_up("status").out.splitlines()[0].endswith(": ready")


def test_the_same_again_is_a_duplicate(at_up: Dialgate) -> None:
    """Byte for byte the same request: the answer names the first event, and nobody is rung again."""
    event, call = sent(at_up)
    (again,) = at_up("send", "demo", "--same", "--json").json
    assert again["body"]["events"] == [{"id": event, "status": "duplicate", "calls": [call]}]


def test_many_are_about_as_many_people(at_up: Dialgate) -> None:
    """--count posts as many events, each with a call of its own."""
    before = len(at_up("calls", "--json", "--limit", "1000").json)
    assert "3 of 3 accepted" in at_up("send", "demo", "--count", "3").out
    calls = at_up("calls", "--json", "--limit", "1000").json
    assert len(calls) == before + 3
    assert len({call["id"] for call in calls}) == before + 3


def test_a_person_never_shows_unless_asked(at_up: Dialgate) -> None:
    """Phones are masked; --reveal shows them."""
    _, call = sent(at_up)
    masked = at_up("calls", "show", call, "--json").json["phone"]
    revealed = at_up("calls", "show", call, "--json", "--reveal").json["phone"]
    assert "•" in masked
    assert revealed.startswith("+1")
    assert masked[-2:] == revealed[-2:]


def test_replay_leaves_alone_who_was_rung(at_up: Dialgate) -> None:
    """Without --again nothing would ring; with it the person is asked first, and no is no."""
    event, call = sent(at_up)
    eventually(lambda: placed(at_up, call))
    kept = at_up("events", "replay", event).out
    assert "0 calls to ring" in kept
    assert call in kept
    dry = at_up("events", "replay", event, "--again", "--dry-run").out
    assert "1 call would ring" in dry
    for typed in ("n\n", ""):
        at_up.typed = typed
        refused = at_up("events", "replay", event, "--again")
        assert (refused.code, "•" in refused.out) == (1, True)
    assert placed(at_up, call)


def test_replay_again_rings_again_when_a_person_says_yes(at_up: Dialgate, up: Up) -> None:
    """The order of a person, and only that, rings someone a second time."""
    event, call = sent(at_up)
    eventually(lambda: placed(at_up, call))
    contact = at_up("calls", "show", call, "--json").json["contactId"]
    assert at_up("events", "replay", event, "--again", "--yes").code == 0
    eventually(lambda: [ring["contactId"] for ring in up.rings()].count(contact) == 2)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["calls", "show", "call_none"], 1, "no such call"),
        (["events", "show", "ev_none"], 1, "no such event"),
        (["calls", "cancel", "call_none"], 1, "no such call"),
        (["calls", "--since", "yesterday"], 2, "since"),
        (["calls", "--key", "wrong"], 1, "the API key is not accepted"),
        (["calls", "--url", "http://127.0.0.1:1"], 1, "nothing answers at http://127.0.0.1:1"),
        (["status", "--url", "not an address"], 1, "nothing answers"),
        (["send", "nobody"], 2, "has no source 'nobody'"),
    ],
)
def test_a_no_is_one_clear_line(at_up: Dialgate, words: list[str], code: int, said: str) -> None:
    """On stderr, with its exit code; never a traceback."""
    answer = at_up(*words)
    assert (answer.code, answer.out, said in answer.err) == (code, "", True), answer


def test_what_rang_cannot_be_ordered_about(at_up: Dialgate) -> None:
    """cancel, release and resolve of a PLACED call are refused with 1."""
    _, call = sent(at_up)
    eventually(lambda: placed(at_up, call))
    for words in (["cancel", call], ["release", call], ["resolve", call, "placed"]):
        answer = at_up("calls", *words)
        assert (answer.code, "only" in answer.err) == (1, True)


def test_an_unknown_call_is_decided_by_a_person(at_up: Dialgate, up: Up) -> None:
    """A redial asks first, and no is no; `placed` is what the person found out."""
    sandbox = up.file["sandbox_url"]
    refusing = {"calls": {"faults": [{"kind": "status", "status": 500}]}}
    plain_http.put(f"{sandbox}/faults", json=refusing).raise_for_status()
    try:
        _, call = sent(at_up)
        eventually(lambda: at_up("calls", "show", call, "--json").json["state"] == "UNKNOWN")
    finally:
        plain_http.put(f"{sandbox}/faults", json={}).raise_for_status()
    assert call in at_up("calls", "--state", "unknown").out
    assert f"dialgate calls resolve {call} [placed | redial | close]" in at_up("calls", "show", call).out
    at_up.typed = "n\n"
    assert at_up("calls", "resolve", call, "redial").code == 1
    assert at_up("calls", "show", call, "--json").json["state"] == "UNKNOWN"
    assert at_up("calls", "resolve", call, "placed").out == f"{call} is PLACED\n"


def test_json_is_for_programs(at_up: Dialgate) -> None:
    """Every list and report is JSON on stdout, and nothing else."""
    sent(at_up)
    assert at_up("status", "--json").json["ready"] is True
    assert at_up("audit", "--json").json["ok"] is True
    assert at_up("events", "--json", "--limit", "1").json[0]["source"] == "demo"
    assert at_up("rings", "--json", "--limit", "1").json[0]["fromNumberId"] == "pn_212"
