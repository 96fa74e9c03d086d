"""A source's `enrich`: what is checked while loading, and the addresses it makes."""

from pathlib import Path

import pytest
from rules.written import loaded, source_of, wrong

from gateway.lookup import Lookup
from gateway.model import Event, JsonObject, Person

SOURCE = (
    "sources:\n  crm: {provider: generic, secrets: [s3cret-s3cret-s3cret], authentication: {bearer: true}, enrich: "
)
ENVIRON = {"CRM_TOKEN": "crm-token-0001"}
OWN = 'url: "https://crm.example/c/{payload.id}"'


def lookup(folder: Path, enrich: str) -> Lookup:
    """The fetch of a source with this `enrich`."""
    found = source_of(loaded(folder, f"{SOURCE}{{{enrich}}}}}\n", ENVIRON), "crm").enrich
    assert found is not None
    return found


def event(payload: JsonObject | None = None, contact: str | None = None) -> Event:
    """A thin event."""
    return Event(payload=payload or {}, type="contact.creation", person=Person(contact_id=contact))


@pytest.mark.parametrize(
    ("enrich", "given", "address"),
    [
        (OWN, event({"id": 7}), "https://crm.example/c/7"),
        (OWN, event({"id": "a/../b?x=1&y#z"}), "https://crm.example/c/a%2F..%2Fb%3Fx%3D1%26y%23z"),
        (OWN, event({"id": "é"}), "https://crm.example/c/%C3%A9"),
        (OWN, event({}), None),
        (OWN, event({"id": ".."}), None),
        (OWN, event({"id": "a\r\nHost: b"}), None),
        (OWN, event({"id": "x" * 201}), None),
        (
            "preset: hubspot_contact, token: x-1",
            event(contact="1801"),
            (
                "https://api.hubapi.com/crm/v3/objects/contacts/1801?properties="
                "phone,mobilephone,email,firstname,lastname,hs_timezone,country,lifecyclestage"
            ),
        ),
        (
            'preset: meta_lead, token: x-1, origin: "https://proxy.example"',
            event({"value": {"leadgen_id": "5"}}),
            "https://proxy.example/v23.0/5?fields=field_data,id,created_time,form_id,ad_id,campaign_id,platform,is_organic",
        ),
    ],
)
def test_addresses(tmp_path: Path, enrich: str, given: Event, address: str | None) -> None:
    """Values are percent-encoded whole; one that is missing, or could change the path, makes no address."""
    assert lookup(tmp_path, enrich).address(given) == address


@pytest.mark.parametrize(
    ("enrich", "said"),
    [
        ('url: "ftp://crm.example/"', "must begin with https://"),
        ('url: "https://{payload.host}/x"', "one fixed host"),
        ('url: "https://user:pw@crm.example/x"', "one fixed host"),
        ('url: "https://crm.example/x#y"', "without a user or a fragment"),
        ('url: "https://crm.example/{person.contactid}"', 'did you mean "person.contact_id"?'),
        ('url: "https://crm.example/{payload.}"', "is no name"),
        ('url: "https://crm.example/{payload.a..b}"', "cannot be read"),
        ('url: "https://crm.example/{x"', "belongs to no name"),
        (OWN + ', headers: {Host: "x"}', "'Host' cannot be set"),
        (OWN + ', headers: {X-Key: "a\\nb"}', "characters a header cannot"),
        (OWN + ", tokn: x", 'unknown key "tokn"'),
        (OWN + ", preset: meta_lead, token: x", "either `preset` with `token`, or `url`"),
        ("preset: hubspot_contacts, token: x", 'did you mean "hubspot_contact"?'),
        ("preset: hubspot_contact", "a preset needs `token`"),
        ('preset: hubspot_contact, token: x, origin: "https://a.example/b"', "has no path"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, enrich: str, said: str) -> None:
    """Every mistake stops the load, on its line."""
    [problem] = [one for one in wrong(tmp_path, f"{SOURCE}{{{enrich}}}}}\n", ENVIRON) if said in one]
    assert problem.startswith("2:")


def test_only_some_types_and_secrets_unseen(tmp_path: Path) -> None:
    """`only` names the types that need a record; a secret header is in no text of the fetch or the configuration."""
    enrich = OWN + ', headers: {Authorization: "Bearer ${CRM_TOKEN}"}, only: [contact.creation], take: a.b'
    rulebook = loaded(tmp_path, f"{SOURCE}{{{enrich}}}}}\n", ENVIRON)
    found = source_of(rulebook, "crm").enrich
    assert found is not None
    assert (found.completes(event()), found.completes(Event(payload={}, type="other"))) == (True, False)
    assert found.headers == (("Authorization", "Bearer crm-token-0001"),)
    assert "crm-token-0001" not in f"{found!r} {rulebook.config!r}"
    assert found.read({"a": {"b": {"phone": "1"}}}) == {"phone": "1"}
