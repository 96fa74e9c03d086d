"""The pages of rules, without a browser: what they show of files and tests, and who may let a replay ring."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from receiver import BEARER, Receiver, running, settings_for
from waiting import eventually

from gateway.console_key import KEY_FILE, digest_of
from gateway.ledger.replays import BulkReplay, ReplayState
from gateway.web.console.cookies import HOME
from gateway.web.console.people import hash_password
from gateway.web.console.wording import sentence_of_preview

KEY = "dgc_the-key-of-this-test"
PASSWORD = "a password of some length"
TOKEN = "11111111-2222-4333-8444-555555555555.not-a-real-token"
CSRF = re.compile(r'name="csrf" value="([^"]+)"')
TESTS = """\
tests:
  - name: a demo rings
    source: bearer
    body: {json: {interest: demo, phone: "+14155550123"}}
    expect: {calls: [{rule: demo}]}
  - name: a promise that does not hold
    source: bearer
    body: {json: {interest: other}}
    expect: {calls: [{rule: demo}]}
"""


def config(**changes: object) -> dict[str, object]:
    """A configuration with a rule, and an operator besides the key's holder."""
    anna = {"role": "operator", "password_hash": hash_password(PASSWORD)}
    bearer = {"provider": "generic", "secrets": ["test-bearer-secret-0002"], "authentication": {"bearer": True}}
    rules = [
        {
            "name": "demo",
            "when": 'payload.interest == "demo"',
            "call": {"from": "east", "contact": {"phone": "payload.phone"}},
        }
    ]
    written: dict[str, object] = {
        "accounts": {"main": {"token": TOKEN}},
        "numbers": {"east": {"id": "pn_1", "account": "main"}},
        "sources": {"bearer": bearer},
        "rules": rules,
        "policy": {"hours": {"window": "always", "days": "all"}, "replay": {"approve_above": 0}},
        "console": {"users": {"anna": anna}},
    }
    return written | changes


@pytest.fixture
def place(valkey_url: str, tmp_path: Path) -> Iterator[Receiver]:
    """A receiver whose rules have tests beside them."""
    (tmp_path / "site.yaml").write_text(json.dumps(config()), encoding="utf-8")
    (tmp_path / KEY_FILE).write_text(digest_of(KEY), encoding="ascii")
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "rules.yaml").write_text(TESTS, encoding="utf-8")
    with running(settings_for(valkey_url, config=tmp_path / "site.yaml", data_dir=tmp_path)) as receiver:
        enter(receiver)
        yield receiver


def enter(place: Receiver, name: str = "", secret: str = KEY) -> None:
    """Sign in anew."""
    place.client.cookies.clear()
    form = {"csrf": CSRF.findall(place.client.get(f"{HOME}/sign-in").text)[0], "name": name, "password": secret}
    assert place.client.post(f"{HOME}/sign-in", data=form, headers={"Origin": place.url}).status_code == 303


def order(place: Receiver, path: str, **form: str) -> httpx.Response:
    """A form of this session."""
    token = CSRF.findall(place.client.get(HOME).text)[0]
    return place.client.post(HOME + path, data={"csrf": token} | form, headers={"Origin": place.url})


def test_a_refused_file_is_told_beside_the_rules_in_force(place: Receiver) -> None:
    """What is wrong on disk, with its place, and that the rules shown are those from before."""
    file = place.front.settings.data_dir / "site.yaml"
    file.write_text("rules: 7", encoding="utf-8")
    eventually(lambda: "not valid" in place.client.get(f"{HOME}/rules").text, message="the problem is shown")
    page = place.client.get(f"{HOME}/rules").text
    assert "site.yaml:1:" in page
    assert "1. demo" in page


def test_the_tests_beside_the_rules_are_run(place: Receiver) -> None:
    """How many pass, which one fails and where, how much of the rules they hold; and no line in the audit log."""
    page = order(place, "/rules/tests").text
    assert "1 of 2 pass" in page
    assert "100 %" in page
    assert page.index("does not hold") < page.index("a demo rings")
    assert "rules.yaml:" in page
    assert "rules.test" not in place.client.get(f"{HOME}/audit").text


def test_a_test_file_that_cannot_be_read_is_told(place: Receiver) -> None:
    """With its place, and never as a 500."""
    (place.front.settings.data_dir / "tests" / "rules.yaml").write_text("tests: [{}]", encoding="utf-8")
    answer = order(place, "/rules/tests")
    assert answer.status_code == 200
    assert "rules.yaml:1:" in answer.text


def test_no_variable_and_no_secret_is_read_by_a_typed_rule(place: Receiver) -> None:
    """The form shows the rules alone, and a variable in them stands for its own name."""
    page = place.client.get(f"{HOME}/workbench").text
    assert "not-a-real-token" not in page
    assert "argon2id" not in page
    rules = 'rules: [{name: "${HOME}", call: {from: east, contact: {phone: payload.phone}}}]'
    body = json.dumps({"phone": "+14155550123"})
    tried = order(place, "/workbench/try", rules=rules, body=body, source="bearer", kind="json", event="", at="")
    assert "${HOME}" in tried.text
    assert "/root" not in tried.text


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({"rules": "", "source": "bearer", "body": "{"}, "What would come of it"),
        ({"rules": "rules: []", "source": "nobody", "body": "{}"}, "Choose the source"),
        ({"rules": "rules: []", "source": "bearer", "body": '{"a": 1}', "event": "ev_x"}, "no event with this id"),
        ({"rules": "\x00", "source": "bearer", "body": "{}"}, "cannot be read"),
        ({"rules": "rules: [", "source": "bearer", "body": "{}"}, "cannot be read"),
    ],
)
def test_whatever_is_typed_is_answered(place: Receiver, form: dict[str, str], says: str) -> None:
    """A page that says what is wrong, never a 500."""
    answer = order(place, "/workbench/try", **form)
    assert answer.status_code < 500
    assert says in answer.text


@pytest.mark.parametrize("form", [{"cursor": "nonsense"}, {"most": "-1"}, {"most": "x" * 50, "looked_at": "9" * 40}])
def test_a_step_of_nonsense_is_no_fault_of_ours(place: Receiver, form: dict[str, str]) -> None:
    """Fields that no page of ours holds."""
    assert order(place, "/shadow/step", rules="rules: []", **form).status_code in {200, 422}


def test_above_the_limit_somebody_else_approves(place: Receiver) -> None:
    """Who ordered a replay that may ring more phones than one may order cannot approve it; another operator can."""
    lead = {"interest": "demo", "phone": "+14155550123"}
    rules = config()["rules"]
    place.post("/hooks/bearer", json.dumps(lead | {"interest": "none"}).encode(), BEARER)
    file = place.front.settings.data_dir / "site.yaml"
    version = place.front.keeper.current.version
    file.write_text(json.dumps(config(rules=[rules[0] | {"when": True}])), encoding="utf-8")  # type: ignore[index]  # a list
    eventually(lambda: place.front.keeper.current.version != version, message="the new rule is in force")
    enter(place)
    made = order(place, "/replays", state="IGNORED")
    path = made.headers["location"].removeprefix(HOME)
    page = place.client.get(HOME + path).text
    assert "1 event: 1 call would ring now" in re.sub("<[^>]+>", "", page)
    assert "somebody else must approve" in page
    assert order(place, f"{path}/approve").status_code == 403
    enter(place, "anna", PASSWORD)
    assert order(place, f"{path}/approve").status_code == 303
    assert "Approved by anna" in place.client.get(HOME + path).text
    assert order(place, f"{path}/cancel").status_code == 303
    stopped = place.client.get(f"{HOME}{path}/progress")
    assert stopped.status_code == 286
    assert "Cancelled by anna" in stopped.text


@pytest.mark.parametrize("form", [{"state": "NONE"}, {"since": "soon"}])
def test_a_filter_that_means_nothing_is_refused(place: Receiver, form: dict[str, str]) -> None:
    """And no order is kept."""
    assert order(place, "/replays", **form).status_code == 422
    assert "Nobody ordered one yet" in place.client.get(f"{HOME}/replays").text
    assert place.client.get(f"{HOME}/replays/rp_x").status_code == 404


def test_a_preview_is_one_sentence() -> None:
    """With every number, and the reasons in words."""
    now = datetime(2026, 11, 22, tzinfo=UTC)
    preview = {
        "events": 412,
        "complete": True,
        "ring": 37,
        "wait": 12,
        "phones": 49,
        "kept": 1,
        "outcomes": {"waits: outside_hours": 12, "skipped: do_not_call": 3, "gone": 360},
    }
    order = BulkReplay(
        id="rp_1",
        state=ReplayState.PREVIEWED,
        by="anna",
        approved_by="",
        cancelled_by="",
        created_at=now,
        updated_at=now,
        again=False,
        where={},
        preview=preview,
        per_minute=60,
        total=412,
        looked_at=500,
        cursor="",
        done=0,
        outcomes={},
    )
    assert sentence_of_preview(order) == (
        "412 events: 37 calls would ring now, 12 would wait (outside hours), 1 call left as it is, "
        "360 gone, 3 skipped (do not call). 49 phones in all."
    )
