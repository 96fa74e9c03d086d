"""Meta Lead Ads: the lead a leadgen event names (Graph API, `/{leadgen_id}`; permission leads_retrieval)."""

from gateway.decoding.facts import objects_at
from gateway.decoding.people import person_in_form
from gateway.decoding.selectors import select, text_of
from gateway.enrichments import Enrichment, bearer
from gateway.errors import Unreadable
from gateway.model import JsonObject, JsonValue

_KEPT = ("id", "created_time", "form_id", "ad_id", "campaign_id", "platform", "is_organic")


def _read(answer: JsonValue) -> JsonObject:
    """The form's answers by their names, a question's first answer each, beside what Meta says of the lead."""
    if not isinstance(select(answer, "field_data"), list):
        raise Unreadable("Meta's answer holds no field_data")
    lead: JsonObject = {name: value for name in _KEPT if (value := select(answer, name)) is not None}
    for field in objects_at(answer, "field_data"):
        name, value = text_of(field.get("name")), text_of(field.get("values"))
        if name is not None and value is not None:
            lead.setdefault(name, value)
    return lead


ENRICHMENT = Enrichment(
    name="meta_lead",
    title="Meta lead",
    origin="https://graph.facebook.com",
    path=f"/v23.0/{{payload.value.leadgen_id}}?fields=field_data,{','.join(_KEPT)}",
    headers=bearer,
    read=_read,
    person=person_in_form,
)
