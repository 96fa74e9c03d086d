"""A changed rulebook beside the one in force: every kind of difference, and nothing written."""

from pathlib import Path

import pytest
from lived import came_in
from rules.written import NOW, with_rules

from gateway import shadowing
from gateway.do_not_call import read_subject
from gateway.ledger import Ledger
from gateway.rehearsed import Ending
from gateway.rules.rulebook import Rulebook
from gateway.shadowing import Change, ShadowFilter, ShadowStep

pytestmark = pytest.mark.anyio
RULES = """\
  - name: leads
    sources: [crm]
    when: payload.?kind.orValue("") == "lead"
    call: {from: east, contact: {phone: payload.phone, region: US}}
policy: {hours: {window: "09:00-20:00", days: all}}
"""
LEAD = {"kind": "lead", "phone": "(212) 200-0001"}


async def _compared(ledger: Ledger, folder: Path, old: Rulebook, new: str) -> ShadowStep:
    changed = with_rules(folder, new)
    return await shadowing.compare(ledger, old, changed, ShadowFilter(), limit=200, cursor=None)


@pytest.mark.parametrize(
    ("old", "new", "changes", "ending"),
    [
        (RULES, RULES.replace('"lead"', '"x"'), (Change.GONE,), None),
        (RULES.replace('"lead"', '"x"'), RULES, (Change.NEW,), Ending.RINGS),
        (RULES, RULES.replace("09:00-", "11:00-"), (Change.WHEN,), Ending.WAITS),
        (RULES, RULES.replace("from: east", "from: west"), (Change.NUMBER,), Ending.RINGS),
        (RULES, RULES.replace("name: leads", "name: all leads"), (Change.RULE,), Ending.RINGS),
        (RULES, RULES.replace("region: US}", "region: US}, campaign: c"), (), None),
    ],
)
async def test_each_difference_is_told(
    ledger: Ledger, tmp_path: Path, old: str, new: str, changes: tuple[Change, ...], ending: Ending | None
) -> None:
    """What must hold: who is newly called and who no longer, when, from which number, by which rule; phones masked."""
    book = with_rules(tmp_path, old)
    await came_in(ledger, book, LEAD, now=NOW)
    before = await ledger.connection.redis.dbsize()
    step = await _compared(ledger, tmp_path, book, new)
    assert [one.changes for one in step.differences] == ([changes] if changes else [])
    assert (step.looked_at, step.unchanged) == (1, 0 if changes else 1)
    for one in step.differences:
        assert (one.after.ending if one.after else None) == ending or ending is None
        assert "2000001" not in str(one)
    assert await ledger.connection.redis.dbsize() == before


async def test_failures_and_mended_ones(ledger: Ledger, tmp_path: Path) -> None:
    """What must hold: an event that would newly fail is told with the error, and one that would no longer."""
    book = with_rules(tmp_path, RULES)
    await came_in(ledger, book, LEAD, now=NOW)
    failing = RULES.replace('payload.?kind.orValue("")', "payload.knd")
    step = await _compared(ledger, tmp_path, book, failing)
    assert [one.changes for one in step.differences] == [(Change.FAILING,), (Change.GONE,)]
    assert "leads" in (step.differences[0].error or "")
    back = await _compared(ledger, tmp_path, with_rules(tmp_path, failing), RULES)
    assert [one.changes for one in back.differences] == [(Change.MENDED,), (Change.NEW,)]


async def test_who_is_on_the_list_is_not_called_either_way(ledger: Ledger, tmp_path: Path) -> None:
    """What must hold: a person on the do-not-call list is no difference, whatever the rules say."""
    book = with_rules(tmp_path, RULES.replace('"lead"', '"x"'))
    await came_in(ledger, book, LEAD, now=NOW)
    subject = read_subject("phone", "+12122000001")
    await ledger.do_not_call.add([subject], by="ann", source="test", now=NOW)
    assert (await _compared(ledger, tmp_path, book, RULES)).differences == ()
