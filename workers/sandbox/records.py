"""What the sandbox remembers: rings in order and contacts, in memory, and in one file if it has a folder."""

from collections import deque
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

import orjson

from gateway.ids import derived_id
from gateway.model import record

KEPT = 100_000
FILE = "sandbox.jsonl"


@record
class Ring:
    """One accepted POST /api/calls/outbound: a phone that would have rung. `number` counts from 1."""

    number: int
    at: str  # ISO 8601, UTC
    from_number_id: str
    contact_id: str
    campaign_id: str | None

    def listed(self) -> dict[str, Any]:
        """As GET /rings shows it."""
        return {
            "at": self.at,
            "fromNumberId": self.from_number_id,
            "contactId": self.contact_id,
            "campaignId": self.campaign_id,
        }


class Records:
    """Rings and contacts, the latest 100,000 of each. With a folder they survive a restart."""

    def __init__(self, folder: Path | None = None) -> None:
        self._rings: deque[Ring] = deque(maxlen=KEPT)
        self._contacts: dict[str, dict[str, Any]] = {}
        self._last = 0
        self._path = None if folder is None else folder / FILE
        if self._path is not None:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._load(self._path)

    def rings(self) -> list[Ring]:
        """Every ring kept, oldest first."""
        return list(self._rings)

    def rings_after(self, number: int, *, at_most: int) -> list[Ring]:
        """The latest rings whose number is above `number`, oldest first."""
        newest = islice(reversed(self._rings), at_most)
        return [ring for ring in newest if ring.number > number][::-1]

    @property
    def last_number(self) -> int:
        """The number of the latest ring; 0 before the first. Forgetting rings does not reuse numbers."""
        return self._last

    @property
    def oldest_number(self) -> int:
        """The number of the oldest ring kept; with none, that of the next."""
        return self._rings[0].number if self._rings else self._last + 1

    def contacts(self) -> list[dict[str, Any]]:
        """Every contact kept, the longest untouched first."""
        return list(self._contacts.values())

    def contact(self, contact_id: str) -> dict[str, Any] | None:
        """One contact, or None: ids that a CRM stored are callable too and not known here."""
        return self._contacts.get(contact_id)

    def ring(self, fields: Mapping[str, Any], *, at: datetime) -> Ring:
        """Count a ring."""
        entry = {
            "at": at.isoformat(),
            "fromNumberId": fields["fromNumberId"],
            "contactId": fields["contactId"],
            "campaignId": fields.get("campaignId"),
        }
        self._write({"ring": entry})
        return self._add_ring(entry)

    def upsert(self, organization: str, fields: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
        """Create a contact, or update the one with this phone; True if it is new. Fields not given stay."""
        contact_id = derived_id("ct", organization, fields["phone"])[:19]
        known = self._contacts.get(contact_id)
        contact = {**(known or {}), **fields, "id": contact_id}
        self._write({"contact": contact})
        self._add_contact(contact)
        return contact, known is None

    def forget_rings(self) -> None:
        """Drop every ring; contacts stay."""
        self._rings.clear()
        self._rewrite()

    def forget_contacts(self) -> None:
        """Drop every contact; rings stay."""
        self._contacts.clear()
        self._rewrite()

    def _add_ring(self, entry: Mapping[str, Any]) -> Ring:
        self._last += 1
        ring = Ring(
            number=self._last,
            at=entry["at"],
            from_number_id=entry["fromNumberId"],
            contact_id=entry["contactId"],
            campaign_id=entry["campaignId"],
        )
        self._rings.append(ring)
        return ring

    def _add_contact(self, contact: dict[str, Any]) -> None:
        self._contacts.pop(contact["id"], None)
        self._contacts[contact["id"]] = contact
        if len(self._contacts) > KEPT:
            del self._contacts[next(iter(self._contacts))]

    def _write(self, entry: Mapping[str, Any]) -> None:
        if self._path is not None:
            with self._path.open("ab") as file:
                file.write(orjson.dumps(entry) + b"\n")

    def _load(self, path: Path) -> None:
        """Read what an earlier run wrote; a line cut short by a crash is left out. Then drop what is not kept."""
        for entry in _entries(path):
            if "ring" in entry:
                self._add_ring(entry["ring"])
            elif "contact" in entry:
                self._add_contact(entry["contact"])
        self._last = len(self._rings)
        self._rings = deque((_renumbered(ring, number) for number, ring in enumerate(self._rings, 1)), maxlen=KEPT)
        self._rewrite()

    def _rewrite(self) -> None:
        if self._path is None:
            return
        fresh = self._path.with_suffix(".new")
        with fresh.open("wb") as file:
            file.writelines(orjson.dumps({"contact": contact}) + b"\n" for contact in self._contacts.values())
            file.writelines(orjson.dumps({"ring": ring.listed()}) + b"\n" for ring in self._rings)
        fresh.replace(self._path)


def _renumbered(ring: Ring, number: int) -> Ring:
    return Ring(
        number=number,
        at=ring.at,
        from_number_id=ring.from_number_id,
        contact_id=ring.contact_id,
        campaign_id=ring.campaign_id,
    )


def _entries(path: Path) -> Iterator[dict[str, Any]]:
    """The lines that are whole. A crash cuts the last one short, and the next run begins a new one after it."""
    if not path.exists():
        return
    with path.open("rb") as file:
        for line in file:
            try:
                entry = orjson.loads(line)
            except orjson.JSONDecodeError:
                continue
            if isinstance(entry, dict):
                yield entry
