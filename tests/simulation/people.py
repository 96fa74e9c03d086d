"""The people of the simulated week: where they really are, and how senders know them. All of them invented."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

SUBSCRIBERS = 1_000_000
MOVED_SHARE = 0.06
OWN_ZONE_SHARE = 0.3


@dataclass(frozen=True)
class Place:
    """A range of numbers and where its subscribers live; `form` takes a subscriber's digits."""

    form: str
    digits: int
    zone: str
    country: str
    state: str = ""


PLACES = (
    Place("+1212{}", 7, "America/New_York", "US", "NY"),
    Place("+1407{}", 7, "America/New_York", "US", "FL"),
    Place("+1205{}", 7, "America/Chicago", "US", "AL"),
    Place("+1303{}", 7, "America/Denver", "US", "CO"),
    Place("+1415{}", 7, "America/Los_Angeles", "US", "CA"),
    Place("+1808{}", 7, "Pacific/Honolulu", "US", "HI"),
    Place("+1416{}", 7, "America/Toronto", "CA"),
    Place("+1604{}", 7, "America/Vancouver", "CA"),
    Place("+1709{}", 7, "America/St_Johns", "CA"),
    Place("+44203{}", 7, "Europe/London", "GB"),
    Place("+331{}", 8, "Europe/Paris", "FR"),
    Place("+612{}", 8, "Australia/Sydney", "AU"),
)
FIRST = {7: 2_000_000, 8: 40_000_000}  # so that no number begins like a service code


@dataclass(frozen=True)
class Person:
    """Somebody with a phone. `told_zone` is what their leads say of where they are, if they do.

    Of who is only in the CRM no lead tells a phone, only the zone that the rule assumes.
    """

    number: int
    phone: str
    zone: str
    country: str
    state: str
    told_zone: str | None
    only_in_crm: bool = False

    @property
    def email(self) -> str:
        """Their address; nobody shares one."""
        return f"person{self.number}@example.net"

    @property
    def contact_id(self) -> str:
        """What the call API knows them by."""
        return f"9{self.number:06}" if self.only_in_crm else f"ct_{self.number}"


def population(random: Random, count: int) -> Sequence[Person]:
    """People of every place; some moved away with their number, and then their leads tell the zone."""
    return [_person(random, number) for number in range(count)]


def _person(random: Random, number: int) -> Person:
    only_in_crm = random.random() < 0.08
    place = PLACES[0] if only_in_crm else random.choice(PLACES)
    phone = place.form.format(FIRST[place.digits] + number)
    home = place
    if not only_in_crm and random.random() < MOVED_SHARE:
        home = random.choice([other for other in PLACES if other.country == place.country])
    told = home is not place or (not only_in_crm and random.random() < OWN_ZONE_SHARE)
    return Person(
        number=number,
        phone=phone,
        zone=home.zone,
        country="" if only_in_crm else place.country,
        state="" if only_in_crm else place.state,
        told_zone=home.zone if told else None,
        only_in_crm=only_in_crm,
    )
