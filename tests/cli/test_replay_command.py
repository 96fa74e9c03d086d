"""replay: many events decided anew by one order, which is looked at, approved, followed and cancelled."""

from pathlib import Path

import pytest
from receiver import Receiver
from upstairs import SHIPPED, Dialgate, started_up
from waiting import eventually

ALONE = "policy:\n  replay: {approve_above: 1}\n"


@pytest.fixture
def after_leads(site: Receiver, at_site: Dialgate) -> Dialgate:
    """The command after three leads: one that waits for a worker, and two that a rule failed on."""
    for interest in ("demo", "broken", "broken"):
        assert site.lead(interest=interest).status_code < 300
    return at_site


def ordered(dialgate: Dialgate, *words: str) -> str:
    """The id of a new order that nobody has approved."""
    name: str = dialgate("replay", "order", "--json", *words).json["id"]
    return name


@pytest.mark.parametrize(
    ("typed", "words", "state"),
    [("n\n", [], "PREVIEWED"), ("y\n", [], "APPROVED"), ("", ["--yes"], "APPROVED")],
)
def test_an_order_is_previewed_and_then_asked_for(
    after_leads: Dialgate, typed: str, words: list[str], state: str
) -> None:
    """What must hold: first what it would do; no is no, and says how to approve it later."""
    after_leads.typed = typed
    answer = after_leads("replay", "order", "--state", "FAILED", *words)
    assert answer.code == 0
    assert "2 events: 0 calls would ring now, 0 would wait, 0 are left as they are; 0 people in all" in answer.out
    assert "2 failed: rule_error" in answer.out
    assert f": {state}" in answer.out
    assert ("replay approve rp_" in answer.err) == (state == "PREVIEWED")
    (kept,) = after_leads("replay", "list", "--json").json
    assert (kept["state"], kept["total"], kept["where"]) == (state, 2, {"state": "FAILED"})


def test_nobody_there_to_answer_leaves_it_unapproved(after_leads: Dialgate) -> None:
    """What must hold: without a terminal and without --yes it ends with 1, and nothing runs."""
    assert after_leads("replay", "order", "--state", "FAILED").code == 1
    assert [one["state"] for one in after_leads("replay", "list", "--json").json] == ["PREVIEWED"]


@pytest.mark.parametrize(
    ("words", "total"),
    [
        (["--state", "failed"], 2),
        (["--state", "MATCHED", "--source", "bearer"], 1),
        (["--source", "signed"], 0),
        (["--reason", "rule_error"], 2),
        (["--rule", "demo"], 1),
        (["--rule", "broken", "--since", "1h"], 2),
        (["--before", "1h"], 0),
    ],
)
def test_it_means_what_the_options_say(after_leads: Dialgate, words: list[str], total: int) -> None:
    """What must hold: each option narrows; JSON asks nothing, and approves nothing without --yes."""
    found = after_leads("replay", "order", "--json", *words).json
    assert (found["total"], found["state"]) == (total, "PREVIEWED")


def test_who_waits_or_rang_is_left_alone(after_leads: Dialgate) -> None:
    """What must hold: a call that still waits is no second call, also with --again; nothing to decide, no question."""
    kept = after_leads("replay", "order", "--state", "MATCHED", "--yes").out
    assert "1 events: 0 calls would ring now, 0 would wait, 1 are left as they are" in kept
    none = after_leads("replay", "order", "--source", "signed")
    assert (none.code, "0 events" in none.out, none.err) == (0, True, "")


def test_orders_are_listed_approved_and_cancelled(after_leads: Dialgate) -> None:
    """What must hold: each state once, told in the list; a cancelled order is watched to exit 1."""
    assert "no replays" in after_leads("replay", "list").out
    name = ordered(after_leads, "--state", "FAILED")
    assert after_leads("replay", "approve", name).out == f"{name}: APPROVED, 60 events a minute\n"
    assert name in after_leads("replay", "list").out
    assert after_leads("replay", "cancel", name).out == f"{name}: CANCELLED, 0 of 2 were decided\n"
    watched = after_leads("replay", "watch", name)
    assert (watched.code, watched.err) == (1, "0 of 2 CANCELLED\n")
    assert "CANCELLED" in after_leads("replay", "list", "--limit", "1").out


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["order"], 2, "say which: a state, a source, a reason, a rule, since or before"),
        (["order", "--again"], 2, "say which"),
        (["order", "--since", "soon"], 2, "since"),
        (["approve", "rp_none"], 1, "no such replay"),
        (["cancel", "rp_none"], 1, "no such replay"),
        (["watch", "rp_none"], 1, "no such replay"),
    ],
)
def test_a_mistake_is_one_clear_line(at_site: Dialgate, words: list[str], code: int, said: str) -> None:
    """What must hold: 2 for what was typed, 1 for what is not there; nothing is ordered."""
    answer = at_site("replay", *words)
    assert (answer.code, answer.out, said in answer.err) == (code, "", True), answer
    assert at_site("replay", "list", "--json").json == []


def test_what_ended_is_not_ordered_about(after_leads: Dialgate) -> None:
    """What must hold: a cancelled order cannot be approved any more; to cancel it twice is as good as once."""
    name = ordered(after_leads, "--state", "FAILED")
    first = after_leads("replay", "cancel", name)
    refused = after_leads("replay", "approve", name)
    assert (refused.code, "only an order that is PREVIEWED" in refused.err) == (1, True)
    assert after_leads("replay", "cancel", name) == first


def test_leads_of_a_mended_rule_ring_once(dialgate: Dialgate, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What must hold: two leads no rule wanted ring after the rule was mended and the order watched to its end."""
    config, folder = tmp_path / "rules.yaml", tmp_path / "data"
    mended = SHIPPED.read_text().replace("policy:\n", ALONE)
    config.write_text(mended.replace('orValue("") == "demo"', 'orValue("") == "other"'))
    monkeypatch.setenv("DIALGATE_DATA_DIR", str(folder))
    with started_up(folder, config=config) as up:
        assert "2 of 2 accepted" in dialgate("send", "demo", "--count", "2").out
        config.write_text(mended)
        eventually(lambda: previewed(dialgate) == 2, seconds=60, message="the mended rule is in force")
        answer = dialgate("replay", "order", "--state", "IGNORED", "--again", "--yes")
        assert "2 calls would ring now" in answer.out
        assert "phones: +1••" in answer.out
        assert "have a second one approve it" in answer.err
        watched = dialgate("replay", "watch", answer.out.split()[-2].rstrip(":"))
        assert (watched.code, watched.out) == (0, "2 calls\n")
        assert watched.err.splitlines()[-1] == "2 of 2 DONE"
        eventually(lambda: len(up.rings()) == 2, seconds=60, message="both ring")
        assert len({ring["contactId"] for ring in up.rings()}) == 2


def previewed(dialgate: Dialgate) -> int:
    """How many would ring now."""
    found = dialgate("replay", "order", "--state", "IGNORED", "--json").json
    count: int = found["preview"]["ring"]
    return count
