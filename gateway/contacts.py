"""What a call knows of whom it is for."""

from collections.abc import Sequence

from gateway.model import Contact, ContactFields

_TELEPHONE = "tel:"


def phone_of(contact: Contact, person_keys: Sequence[str]) -> str | None:
    """The phone the payload gave: the contact's own, or the one that stood beside a contact's id. None: none did."""
    if isinstance(contact, ContactFields):
        return contact.phone
    beside = (key.removeprefix(_TELEPHONE) for key in person_keys if key.startswith(_TELEPHONE))
    return next(beside, None)
