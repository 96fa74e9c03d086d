"""`make week`: live through it, print the table; 0 when every promise held."""

import argparse
import asyncio
import random
import sys
import tempfile
import time
from pathlib import Path

from simulation.account import Account, account_of, table
from simulation.week import simulate

from gateway.embedded import EmbeddedValkey
from gateway.ledger import Ledger
from gateway.ledger.connection import Connection


async def lived(url: str, *, seed: int, leads: int) -> Account:
    """One week on an empty ledger, and its account."""
    connection = Connection.open(url)
    try:
        return await account_of(await simulate(Ledger.on(connection), seed=seed, leads=leads, show=True))
    finally:
        await connection.close()


def main() -> int:
    """Runs as long as it takes: some three minutes for 20,000 leads on two cores."""
    parser = argparse.ArgumentParser(prog="simulation", description=__doc__)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    parser.add_argument("--leads", type=int, default=20_000)
    options = parser.parse_args()
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="dg") as folder, EmbeddedValkey(Path(folder)) as server:
        account = asyncio.run(lived(server.url, seed=options.seed, leads=options.leads))
    sys.stdout.write(table(account))
    sys.stdout.write(f"  took      {time.monotonic() - started:.0f} s\n")
    return 1 if account.broken else 0


if __name__ == "__main__":
    sys.exit(main())
