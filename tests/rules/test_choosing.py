"""Which number a call is made from: the same for the same event or person, near the person, in the wanted shares."""

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rules.written import HEAD, decide, loaded, wrong

from gateway.model import EventState, Person
from gateway.rules.choosing import choose
from gateway.rules.config import Number
from gateway.rules.from_number import FromChoice

NUMBERS = {
    "east": Number(id="pn_1", account="main", area_codes=("212", "646"), weight=3),
    "west": Number(id="pn_2", account="main", area_codes=("415",)),
    "london": Number(id="pn_3", account="main", area_codes=("+44", "+4420")),
    "second": Number(id="pn_4", account="main", area_codes=("415", "+44161")),
}
ALL = tuple(NUMBERS)
NEAR = FromChoice(by="area_code", of=ALL, otherwise="east")
LINES = HEAD.count("\n")


def taken(wanted: str | FromChoice, phone: str | None = None, *, person: str = "", event: str = "ev_1") -> str:
    """The name of the number."""
    return choose(wanted, NUMBERS, phone=phone, person=person or phone or "", event_id=event).name


@pytest.mark.parametrize(
    ("phone", "names", "why"),
    [
        ("+12125550100", {"east"}, "the person's area code, +1212"),
        ("+442079460000", {"london"}, "the person's area code, +4420"),
        ("+441512345678", {"london"}, "the person's area code, +44"),
        ("+441612345678", {"second"}, "the person's area code, +44161"),
        ("+14155550132", {"west", "second"}, "the person's area code, +1415"),
        ("+13055550100", {"east"}, "no number has the person's area code"),
        (None, {"east"}, "the person's phone is not known"),
    ],
)
def test_by_area_code(phone: str | None, names: set[str], why: str) -> None:
    """The longest code that fits decides; `otherwise` where none does; and it says why."""
    chosen = choose(NEAR, NUMBERS, phone=phone, person="x", event_id="ev_1")
    assert chosen.name in names
    assert chosen.why == why


def test_numbers_of_one_area_code_share_its_people() -> None:
    """Both are used, and a person keeps theirs."""
    people = [f"+1415555{index:04}" for index in range(200)]
    first = [taken(NEAR, phone) for phone in people]
    assert set(first) == {"west", "second"}
    assert first == [taken(NEAR, phone, event="ev_2") for phone in people]


@pytest.mark.parametrize(
    ("by", "shares"),
    [
        ("round_robin", dict.fromkeys(ALL, 0.25)),
        ("weighted", {name: 3 / 6 if name == "east" else 1 / 6 for name in ALL}),
    ],
)
def test_shares_over_many_events(by: str, shares: dict[str, float]) -> None:
    """Evenly, or by weight, within a twentieth."""
    wanted = FromChoice.model_validate({"by": by, "of": ALL})
    counts = Counter(taken(wanted, event=f"ev_{index}") for index in range(4000))
    assert {name: counts[name] / 4000 for name in ALL} == pytest.approx(shares, abs=0.05)


@given(people=st.lists(st.text(min_size=1), min_size=1, max_size=20))
def test_a_number_added_takes_people_over_and_moves_nobody_else(people: list[str]) -> None:
    """Whoever does not get the new number keeps the old one, whatever the order they are written in."""
    before = FromChoice(by="sticky", of=("east", "west"))
    after = FromChoice(by="sticky", of=("london", "west", "east"))
    for person in people:
        assert taken(after, person=person) in {"london", taken(before, person=person)}


@given(event=st.text(), by=st.sampled_from(["round_robin", "weighted"]))
def test_the_same_event_gets_the_same_number(event: str, by: str) -> None:
    """A replay rings from where the first call would have."""
    wanted = FromChoice.model_validate({"by": by, "of": ALL})
    assert taken(wanted, event=event) == taken(wanted, event=event)


def test_one_name_is_no_choice() -> None:
    """And nothing needs to be explained."""
    chosen = choose("west", NUMBERS, phone=None, person="", event_id="ev_1")
    assert (chosen.name, chosen.why) == ("west", "")


CONFIG = HEAD.replace("pn_415, account: main}", "pn_415, account: main, area_codes: [415]}")


def ruled(call_from: str, contact: str = "{phone: person.phone}") -> str:
    """A configuration whose one rule calls from this."""
    return f"{CONFIG}rules:\n  - {{name: a, sources: [crm], call: {{from: {call_from}, contact: {contact}}}}}\n"


@pytest.mark.parametrize(
    ("call_from", "detail"),
    [
        ("{by: area_code, of: [west], otherwise: east}", "always; from west: the person's area code, +1415"),
        ("{by: sticky, of: [west]}", "always; from west: always the same number for this person"),
        ("{by: weighted, of: [west]}", "always; from west: weight 1 of 1"),
        ("{by: round_robin, of: [west]}", "always; from west: in turn, by the event"),
        ("west", "always"),
    ],
)
def test_the_trace_says_which_number_and_why(tmp_path: Path, call_from: str, detail: str) -> None:
    """`try` and the event show it; the call has it."""
    decision = decide(loaded(tmp_path, ruled(call_from)), {}, person=Person(phone="+14155550132"))
    assert decision.state is EventState.MATCHED
    assert (decision.plans[0].number, decision.plans[0].from_number_id) == ("west", "pn_415")
    assert decision.trace[0].detail == detail


def test_a_rule_says_it_in_words(tmp_path: Path) -> None:
    """For `check` and the console."""
    (rule,) = loaded(tmp_path, ruled("{by: area_code, of: [west], otherwise: east}")).explain()
    assert "from west (by the person's area code, otherwise east)." in rule.detail


@pytest.mark.parametrize(
    ("call_from", "wrong_part", "message"),
    [
        ("{by: sticky, of: [east, wst]}", "wst", 'there is no number "wst"; did you mean "west"?'),
        ("{by: area_code, of: [west], otherwise: wst}", "wst", 'there is no number "wst"; did you mean "west"?'),
        ("{by: sticky, of: []}", "[]", "must have at least 1 item"),
        ("{by: luck, of: [east]}", "luck", "must be 'area_code', 'round_robin', 'weighted' or 'sticky'"),
        ("{by: sticky, of: [east], off: west}", "off:", 'unknown key "off"; did you mean "of"?'),
        ("{by: area_code, of: [west]}", "{by", "`by: area_code` needs `otherwise`: the number for every other place"),
        (
            "{by: sticky, of: [east], otherwise: west}",
            "{by",
            "`otherwise` belongs to `by: area_code`; sticky always finds a number",
        ),
        ("[east]", "[east]", "must be text; put quotes around it"),
    ],
)
def test_mistakes_are_told_where_they_stand(tmp_path: Path, call_from: str, wrong_part: str, message: str) -> None:
    """Every name, every key."""
    text = ruled(call_from)
    column = text.splitlines()[LINES + 1].index(wrong_part) + 1
    assert wrong(tmp_path, text) == [f"{LINES + 2}:{column}: {message}"]


def test_numbers_to_choose_by_area_code_need_one(tmp_path: Path) -> None:
    """A number nobody could ever be called from is a mistake."""
    text = ruled("{by: area_code, of: [east], otherwise: west}")
    column = text.splitlines()[LINES + 1].index("east") + 1
    assert wrong(tmp_path, text) == [f'{LINES + 2}:{column}: the number "east" has no `area_codes` to be chosen by']


def test_a_contacts_id_keeps_to_one_account(tmp_path: Path) -> None:
    """An id of one account means somebody else, or nobody, in another."""
    text = ruled("{by: sticky, of: [east, west]}", "{id: payload.id}")
    text = text.replace('main: {token: "${TOKEN}"}', 'main: {token: "${TOKEN}"}\n  more: {}', 1)
    text = text.replace("pn_415, account: main", "pn_415, account: more")
    message = "a contact's `id` is known to one account: these numbers belong to several"
    assert wrong(tmp_path, text) == [f"{LINES + 3}:44: {message}"]


@pytest.mark.parametrize(
    "wanted", [NEAR, *[FromChoice(by=by, of=("east", "west")) for by in ("sticky", "round_robin", "weighted")]]
)
def test_every_number_has_its_turn(wanted: FromChoice) -> None:
    """The order begins with the one that is taken and holds each number of the choice once."""
    for person in ("+12125550100", "+14155550100", "+442079460000"):
        chosen = choose(wanted, NUMBERS, phone=person, person=person, event_id=person)
        assert chosen.order[0] == chosen.name
        assert sorted(chosen.order) == sorted(wanted.names())


def test_one_number_is_the_whole_order() -> None:
    """A rule that names its number has no other."""
    assert choose("west", NUMBERS, phone=None, person="", event_id="ev_1").order == ("west",)


@pytest.mark.parametrize("code", ["21", "2125", "112", "+", "+0", "44 20", "x"])
def test_what_is_no_area_code(tmp_path: Path, code: str) -> None:
    """Told with how to write one."""
    (problem,) = wrong(tmp_path, ruled("west").replace("[415]", f'["{code}"]', 1))
    assert "is not an area code: write three digits" in problem
