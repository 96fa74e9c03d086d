"""Invented people for samples: valid phone numbers that belong to nobody.

555-0100 to 555-0199 of every North American area code are set aside for fiction (ATIS, 555 NXX guidelines);
phone libraries take them for valid. Addresses are in example.com and its like (RFC 2606).
"""

from random import Random

from gateway.model import record

_AREA_CODES = ("202", "206", "212", "213", "303", "305", "312", "404", "415", "503", "602", "617", "702", "713", "718")
_FIRST_NAMES = ("Ana", "Ben", "Chloé", "Dmitri", "Elif", "Farid", "Grace", "Hana", "Ivo", "Jörg", "Kwame", "Lucía")
_LAST_NAMES = ("Abbot", "Brandt", "Castillo", "Dufour", "Eriksen", "Farkas", "Gallo", "Hughes", "Ito", "Jansen")


@record
class InventedPerson:
    """Somebody who does not exist. `phone` is E.164."""

    first_name: str
    last_name: str
    email: str
    phone: str


def invent_person(random: Random) -> InventedPerson:
    """The person these draws give."""
    first, last = random.choice(_FIRST_NAMES), random.choice(_LAST_NAMES)
    return InventedPerson(
        first_name=first,
        last_name=last,
        email=f"person{random.randrange(10**6)}@example.com",
        phone=f"+1{random.choice(_AREA_CODES)}55501{random.randrange(100):02d}",
    )


def invent_id(random: Random) -> str:
    """An id no other draw gives: 96 random bits in hex."""
    return f"{random.getrandbits(96):024x}"
