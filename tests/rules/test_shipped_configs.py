"""The shipped examples load, do what their comments say, and can never ring a real phone with a shipped secret."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rules.written import decide
from tree import ROOT, files

from gateway.errors import ConfigInvalid
from gateway.model import EventState, JsonObject, Person
from gateway.policy import Hours
from gateway.rules.loading import load
from gateway.settings import Settings, read_settings
from gateway.startup import has_shipped_secret

SHIPPED = files("config/*.yaml", ":!config/tests")
ENV_EXAMPLE = (ROOT / "config/env.example").read_text(encoding="utf-8")
each_file = pytest.mark.parametrize("path", SHIPPED, ids=[path.stem for path in SHIPPED])


def sample_environ() -> Mapping[str, str]:
    """What config/env.example sets."""
    lines = (line.partition("=") for line in ENV_EXAMPLE.splitlines() if line and not line.startswith("#"))
    return {name: value for name, _, value in lines}


@each_file
def test_every_shipped_file_loads(path: Path) -> None:
    """With the sample environment, each by itself."""
    rulebook = load(path, sample_environ())
    assert rulebook.sources
    assert len(rulebook.explain()) == len(rulebook.config.rules) > 0


@each_file
def test_no_shipped_secret_guards_a_real_phone(path: Path) -> None:
    """Whatever secret a shipped file or the sample environment gives is recognised at start-up."""
    for source in load(path, sample_environ()).sources.values():
        assert not source.secrets or has_shipped_secret(source.secrets, source.path_token)


def test_the_first_configuration_needs_no_environment() -> None:
    """`dialgate up` starts with it as it is; its demo rings at any hour of any day."""
    rulebook = load(ROOT / "config/dialgate.yaml", {})
    assert rulebook.policy_for("demo request").hours.model_dump() == Hours.model_validate("always").model_dump()
    assert rulebook.sources["demo"].provider.name == "standard_webhooks"


def test_the_other_examples_name_what_must_be_set() -> None:
    """Without its secret, the HubSpot example does not start and says which variable is missing."""
    with pytest.raises(ConfigInvalid, match="HUBSPOT_CLIENT_SECRET is not set"):
        load(ROOT / "config/examples/hubspot.yaml", {})


def test_the_sample_environment_names_every_setting() -> None:
    """And only settings that exist, with the defaults the code has."""
    named = set(re.findall(r"^#?DIALGATE_([A-Z_]+)=", ENV_EXAMPLE, re.MULTILINE))
    assert named == {name.upper() for name in Settings.model_fields}
    uncommented = dict(re.findall(r"^#?(DIALGATE_[A-Z_]+)=(.*)$", ENV_EXAMPLE, re.MULTILINE))
    assert read_settings(uncommented) == Settings()


@pytest.mark.parametrize(
    ("payload", "rule"),
    [
        ({"consent": "yes", "state": "CA", "phone": "2125550132"}, "form, west coast"),
        ({"consent": "yes", "phone": "(415) 555-0132"}, "form, west coast"),
        ({"consent": "yes", "phone": "212 555 0132"}, "form"),
        ({"consent": "no", "phone": "212 555 0132"}, None),
        ({"phone": "212 555 0132"}, None),
    ],
)
def test_the_form_example_routes_by_place_and_asks_for_consent(payload: JsonObject, rule: str | None) -> None:
    """West coast by state or area code; nobody without the ticked box."""
    rulebook = load(ROOT / "config/examples/website-form.yaml", sample_environ())
    person = Person(phone=str(payload["phone"]))
    decision = decide(rulebook, payload, source="site-form", person=person)
    assert [plan.rule for plan in decision.plans] == ([rule] if rule else [])


def test_the_hmac_example_prefers_the_contacts_id() -> None:
    """The id where there is one, else the phone."""
    rulebook = load(ROOT / "config/examples/generic-hmac.yaml", sample_environ())
    customer: JsonObject = {"seats": 9, "contact_id": "c_1", "country": "US", "plan": "pro"}
    decision = decide(rulebook, {"customer": customer}, source="backend", event_type="trial.ending")
    assert decision.plans[0].person_keys == ("id:main:c_1",)
    person = Person(phone="415 555 0132")
    decision = decide(rulebook, {"customer": {"seats": 9}}, source="backend", event_type="trial.ending", person=person)
    assert decision.plans[0].person_keys == ("tel:+14155550132",)


def test_the_agency_example_keeps_customers_apart() -> None:
    """Each customer's leads go out on its own account, and the evening rule looks at the payload."""
    rulebook = load(ROOT / "config/examples/agency.yaml", sample_environ())
    now = datetime(2026, 11, 23, tzinfo=UTC)
    for source, data, number in (
        ("north-crm", {}, "north-main"),
        ("south-crm", {"best_time": "Evening"}, "south-evening"),
        ("south-crm", {}, "south-main"),
    ):
        payload: JsonObject = {"data": data}
        decision = decide(
            rulebook, payload, source=source, event_type="lead.created", person=Person(phone="1"), now=now
        )
        assert decision.state is EventState.MATCHED
        assert [plan.number for plan in decision.plans] == [number]
        assert decision.plans[0].account == source.partition("-")[0]
