"""`notify`: who hears of which call, and mistakes told where they stand."""

from pathlib import Path

import pytest
from rules.written import HEAD, NOW, decide, loaded, wrong

from gateway.model import ContactById, Priority
from gateway.rules.endpoints import endpoint_of

SECRET = "whsec_c2l4dGVlbi1ieXRlcy1hbmQtbW9yZS1vZi10aGVt"
RULE = "rules:\n  - {name: demo, sources: [crm], call: {from: east, contact: {id: payload.id}}, notify: %s}\n"
CALL = "rules:\n  - {name: demo, sources: [crm], call: {from: east, contact: {id: payload.id}}}\n"


def endpoint(*, url: str = "https://crm.example/in", secret: str = SECRET, more: str = "") -> str:
    """A configuration's `notify` with one endpoint."""
    return f'notify:\n  crm: {{url: "{url}", secrets: ["{secret}"]{more}}}\n'


@pytest.mark.parametrize(
    ("more", "rule", "heard"),
    [
        ("", CALL, ("crm EXPIRED UNKNOWN HELD SKIPPED REJECTED PLACED",)),
        (", on: [expired, phone_invalid]", CALL, ("crm EXPIRED phone_invalid",)),
        (", sources: [other]", CALL, ()),
        (", rules: [demo], on: [closed]", CALL, ("crm CLOSED",)),
        (", rules: [api]", CALL, ()),
        (", on: [held]", RULE % "[crm]", ("crm HELD",)),
        ("", RULE % "[]", ()),
    ],
)
def test_who_hears_of_a_rules_calls(tmp_path: Path, more: str, rule: str, heard: tuple[str, ...]) -> None:
    """Every endpoint that takes the source and the rule, unless the rule names its own."""
    rulebook = loaded(tmp_path, HEAD + endpoint(more=more) + rule)
    (plan,) = decide(rulebook, {"id": "c1"}).plans
    assert plan.notify == heard


def test_who_hears_of_a_call_ordered_by_api(tmp_path: Path) -> None:
    """Those that take the source and rule `api`."""
    rulebook = loaded(tmp_path, HEAD + endpoint(more=", on: [placed], sources: [api]") + CALL)
    plan = rulebook.plan_direct(
        number="east",
        contact=ContactById(contact_id="c1"),
        region=None,
        campaign_id=None,
        priority=Priority.NORMAL,
        now=NOW,
    )
    assert plan.notify == ("crm PLACED",)


@pytest.mark.parametrize(
    ("notify", "rule", "problem"),
    [
        (endpoint(url="ftp://x/"), CALL, "11:14: must begin with https:// and name a host"),
        (endpoint(url="https://x/{payload.id}"), CALL, "11:14: is one fixed address: no names in it"),
        (endpoint(secret="short"), CALL, "11:50: write whsec_ and the base64 of 24 to 64 random bytes"),
        (endpoint(more=", on: [expird]"), CALL, 'neither an outcome nor a reason code; did you mean "expired"?'),
        (endpoint(more=", sources: [crn]"), CALL, 'there is no source "crn"; did you mean "crm"?'),
        (endpoint(more=", rules: [dmo]"), CALL, 'there is no rule "dmo"; did you mean "demo"?'),
        (endpoint(more=", to: x"), CALL, 'unknown key "to"'),
        (endpoint(more=", headers: {Host: x}"), CALL, "'Host' cannot be set"),
        ("notify:\n  crm: {url: https://x/}\n", CALL, '"secrets" is missing'),
        ("notify:\n  a b: {}\n", CALL, "a name has letters"),
        (endpoint(), RULE % "[cmr]", 'there is no endpoint "cmr" in `notify`; did you mean "crm"?'),
        (endpoint(more=", rules: [api]"), RULE % "[crm]", "has `rules`, and this rule is not among them"),
    ],
)
def test_mistakes_are_told_where_they_stand(tmp_path: Path, notify: str, rule: str, problem: str) -> None:
    """With the line, and what was probably meant."""
    assert any(problem in one for one in wrong(tmp_path, HEAD + notify + rule)), wrong(tmp_path, HEAD + notify + rule)


def test_an_endpoint_shows_no_secret(tmp_path: Path) -> None:
    """Neither its keys nor its address, which may hold one."""
    config = loaded(tmp_path, HEAD + endpoint() + CALL).config.notify["crm"]
    made = endpoint_of("crm", config)
    assert (made.origin, len(made.keys[0])) == ("https://crm.example", 30)
    assert repr(made) == "Endpoint(crm)"
    assert SECRET not in repr(config)
