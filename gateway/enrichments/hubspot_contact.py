"""HubSpot: the contact whose id an app event holds (CRM API v3, objects/contacts; scope crm.objects.contacts.read)."""

from gateway.decoding.facts import first_text
from gateway.decoding.selectors import select
from gateway.enrichments import Enrichment, bearer
from gateway.errors import Unreadable
from gateway.model import JsonObject, JsonValue, Person

_PROPERTIES = ("phone", "mobilephone", "email", "firstname", "lastname", "hs_timezone", "country", "lifecyclestage")


def _read(answer: JsonValue) -> JsonObject:
    """The contact's properties, flat, with its id as `id`."""
    properties = select(answer, "properties")
    if not isinstance(properties, dict):
        raise Unreadable("HubSpot's answer holds no properties")
    return {**properties, "id": select(answer, "id")}


def _person(record: JsonObject) -> Person:
    return Person(
        phone=first_text(record, ("phone", "mobilephone")),
        email=first_text(record, ("email",)),
        first_name=first_text(record, ("firstname",)),
        last_name=first_text(record, ("lastname",)),
        contact_id=first_text(record, ("id",)),
    )


ENRICHMENT = Enrichment(
    name="hubspot_contact",
    title="HubSpot contact",
    origin="https://api.hubapi.com",
    path=f"/crm/v3/objects/contacts/{{person.contact_id}}?properties={','.join(_PROPERTIES)}",
    headers=bearer,
    read=_read,
    person=_person,
)
