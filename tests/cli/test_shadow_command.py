"""shadow: what a changed rulebook would do differently with what really came in, and its exit code for CI."""

from pathlib import Path

import pytest
from receiver import PHONE, Receiver
from upstairs import Dialgate

IN_FORCE = """\
rules:
  - name: broken
    sources: [signed, bearer]
    when: payload.?interest.orValue("") == "broken" && payload.missing == 1
    call: {from: east, contact: {phone: payload.phone}}
  - name: demo
    sources: [signed, bearer]
    when: payload.?interest.orValue("") == "demo"
    call: {from: east, contact: {phone: payload.phone, region: US}}
    hours: always
"""
NUMBERS = "numbers: {east: {id: pn_212, account: main}, west: {id: pn_415, account: main}}\n"
DEMO = 'payload.?interest.orValue("") == "demo"'


@pytest.fixture
def after_leads(site: Receiver, at_site: Dialgate) -> Dialgate:
    """The command after four leads: two that are called, one no rule wants, one a rule fails on."""
    for interest in ("demo", "demo", "later", "broken"):
        assert site.lead(interest=interest).status_code < 300
    return at_site


def shadowed(dialgate: Dialgate, text: str, *words: str) -> tuple[int, str, str]:
    """Run it over a changed text; the exit code, the answer and the remarks."""
    Path("changed.yaml").write_text(text)
    answer = dialgate("shadow", "changed.yaml", *words)
    return answer.code, answer.out, answer.err


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (DEMO, DEMO.replace("demo", "later"), {"1 newly called", "2 no longer called", "rings, demo from east"}),
        ("    hours: always", "    hours: always\n    delay: 3h", {"2 called at another time", "waits until"}),
        ("from: east, contact: {phone: payload.phone, region", "from: west, contact: {phone: payload.phone, region",
         {"2 called from another number", "rings, demo from west"}),
        ("name: demo", "name: a demo", {"2 called by another rule", "rings, a demo from east"}),
        (DEMO, f"{DEMO} && payload.nothing == 1", {"2 newly failing", "2 no longer called", "no call"}),
        (" && payload.missing == 1", "", {"1 no longer failing", "1 newly called"}),
        ("hours: always", "hours: {window: always, days: all}", {"4 events: 4 unchanged"}),
    ],
)  # fmt: skip
def test_each_change_is_told(after_leads: Dialgate, old: str, new: str, told: set[str]) -> None:
    """What must hold: who is called newly, no longer, when, from where, by which rule, and what fails; masked."""
    assert old in IN_FORCE
    code, out, err = shadowed(after_leads, NUMBERS + IN_FORCE.replace(old, new))
    assert (code, {said for said in told if said not in out}) == (0, set())
    assert PHONE not in out + err


@pytest.mark.parametrize(
    ("asked", "code"),
    [([], 0), (["new"], 1), (["gone"], 1), (["failing"], 0), (["failing", "gone"], 1), (["any"], 1)],
)
def test_the_exit_code_is_for_ci(after_leads: Dialgate, asked: list[str], code: int) -> None:
    """What must hold: 1 when one of the changes that were named happened, else 0; the answer is given all the same."""
    words = [word for change in asked for word in ("--fail-on", change)]
    ended, out, _ = shadowed(after_leads, IN_FORCE.replace('== "demo"', '== "later"'), *words)
    assert (ended, "1 newly called" in out) == (code, True)


def test_it_is_bounded_and_narrowed(after_leads: Dialgate) -> None:
    """What must hold: the newest so many, of a source, since then; JSON sums up the same."""
    changed = IN_FORCE.replace('== "demo"', '== "later"')
    assert "2 events: 1 unchanged" in shadowed(after_leads, changed, "--last", "2")[1]
    assert "0 events: 0 unchanged" in shadowed(after_leads, changed, "--source", "signed")[1]
    assert "4 events" in shadowed(after_leads, changed, "--since", "1h")[1]
    found = after_leads("shadow", "changed.yaml", "--json").json
    assert (found["lookedAt"], found["unchanged"], found["counts"]) == (4, 1, {"gone": 2, "new": 1})
    assert len(found["differences"]) == 3


def test_many_are_compared_step_by_step(site: Receiver, at_site: Dialgate) -> None:
    """What must hold: several steps are summed up, with progress; a long table ends with where the rest is."""
    for _ in range(205):
        assert site.lead(interest="later").status_code < 300
    code, out, err = shadowed(at_site, IN_FORCE.replace('== "demo"', '== "later"'))
    assert (code, "205 newly called" in out, out.count(" ev_")) == (0, True, 200)
    assert "200 of at most 1000" in err
    assert "205 of at most 1000" in err
    assert "5 more are in --json" in err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (IN_FORCE.replace("from: east", "from: north"), "changed text:5:18: there is no number"),
        ("rules: [", "changed text:2:1: not valid YAML"),
        ("just words", "changed text:1:1: the configuration must be a map"),
    ],
)
def test_mistakes_of_the_text_are_told(after_leads: Dialgate, text: str, said: str) -> None:
    """What must hold: exit 2, where and what is wrong, and no comparison."""
    code, out, err = shadowed(after_leads, text)
    assert (code, out, said in err) == (2, "", True), err


@pytest.mark.parametrize("content", [None, b"rules: \xff"])
def test_a_file_that_cannot_be_read_is_one_line(dialgate: Dialgate, content: bytes | None) -> None:
    """What must hold: no file, or one that is not text, is exit 2 before anything is asked."""
    if content is not None:
        Path("changed.yaml").write_bytes(content)
    answer = dialgate("shadow", "changed.yaml")
    assert (answer.code, answer.out, "changed.yaml cannot be read" in answer.err) == (2, "", True)
