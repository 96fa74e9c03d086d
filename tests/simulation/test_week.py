"""The simulated week in its short form; `make week` lives through 20,000 leads."""

import pytest
from simulation.account import account_of, table
from simulation.week import simulate

from gateway.ledger import Ledger


@pytest.mark.anyio
async def test_a_week_breaks_no_promise_and_accounts_for_every_lead(ledger: Ledger) -> None:
    """Nobody rung outside hours, twice in a window, above a cap, after opting out or past freshness; nothing lost."""
    account = await account_of(await simulate(ledger, seed=1, leads=600))
    assert list(account.broken) == [], table(account)
    reached = {reason for _, reason in account.fates}
    assert {"placed", "expired", "joined_person", "do_not_call", "consent_missing", "refused"} <= reached
    assert {("burst", "released"), ("burst", "cancelled")} <= set(account.decided), table(account)
