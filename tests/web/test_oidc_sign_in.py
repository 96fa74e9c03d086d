"""Signing in elsewhere, against a provider of our own that signs with real keys and lies where it counts."""

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc import jwk
from receiver import Receiver, running, settings_for
from waiting import eventually
from web.sign_in_service import CLIENT, SECRET, SignInService, running_service

from gateway.embedded import EmbeddedValkey
from gateway.rules.console import Oidc, OidcRoles, Role
from gateway.web.console.cookies import HOME
from gateway.web.console.single_sign_on import name_of, role_of

BEGIN = f"{HOME}/sign-in/elsewhere"
TOKEN = "11111111-2222-4333-8444-555555555555.not-a-real-token"
ROLES = {"claim": "groups", "operators": ["calls-admin"], "viewers": ["sales"]}


def site(service: SignInService, url: str, roles: dict[str, Any]) -> str:
    """A configuration that trusts the service."""
    oidc = {"issuer": service.url, "client_id": CLIENT, "client_secret": SECRET, "roles": roles, "url": url}
    return json.dumps({"accounts": {"main": {"token": TOKEN}}, "console": {"oidc": oidc}})


@pytest.fixture(scope="module")
def service() -> Iterator[SignInService]:
    """The provider."""
    with running_service() as service:
        yield service


@pytest.fixture(scope="module")
def shared_place(
    service: SignInService, valkey_server: EmbeddedValkey, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Receiver]:
    """A receiver that trusts it, reached at the address that the provider sends back to."""
    folder = tmp_path_factory.mktemp("oidc")
    (folder / "site.yaml").write_text(site(service, "http://127.0.0.1:1", ROLES), encoding="utf-8")
    with running(settings_for(valkey_server.url, config=folder / "site.yaml", data_dir=folder)) as receiver:
        yield receiver


@pytest.fixture
def place(shared_place: Receiver, service: SignInService, valkey_url: str) -> Receiver:
    """An empty ledger, a browser without cookies, and a provider that tells the truth about an operator."""
    shared_place.client.cookies.clear()
    service.wrong, service.signs_with, service.algorithm = {}, None, "RS256"
    service.person = {"email": "ann@example.com", "email_verified": True, "groups": ["staff", "calls-admin"]}
    return shared_place


def way_back(place: Receiver) -> str:
    """The browser to the provider, and the address that the provider sends it back to."""
    out = place.client.get(BEGIN)
    assert out.status_code == 303
    back = httpx.get(out.headers["location"], trust_env=False).headers["location"]
    assert back.startswith(f"http://127.0.0.1:1{BEGIN}/back?")
    return f"{BEGIN}/back?{urlsplit(back).query}"


def deeds(place: Receiver) -> list[str]:
    """What is in the audit log, newest first."""
    return [line["action"] for line in _log(place)]


def _log(place: Receiver) -> list[dict[str, str]]:
    page = place.client.get(HOME).text
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found is not None, "not signed in"
    form = {"csrf": found[1], "as": "jsonl"}
    told = place.client.post(f"{HOME}/audit/export", data=form, headers={"Origin": place.url}).text
    return [json.loads(line) for line in told.splitlines()]


def test_who_the_service_vouches_for_is_let_in(place: Receiver) -> None:
    """Code, PKCE, state and nonce, and an ordinary session: Strict cookie, role by claim, audit by name."""
    answer = place.client.get(way_back(place))
    assert answer.status_code == 200
    assert f'content="0;url={HOME}"' in answer.text
    session = next(line for line in answer.headers.get_list("set-cookie") if "dialgate_session" in line)
    assert "SameSite=strict" in session
    assert "HttpOnly" in session
    page = place.client.get(HOME)
    assert "oidc:ann@example.com" in page.text
    assert "operator" in page.text
    assert [line["by"] for line in _log(place) if line["action"] == "signed_in"] == ["oidc:ann@example.com"]


def test_the_way_out_asks_for_no_more_than_it_needs(place: Receiver, service: SignInService) -> None:
    """Authorization code with S256, a nonce, a state; and the cookie that binds them is Lax and no script's."""
    out = place.client.get(BEGIN)
    query = {name: values[0] for name, values in parse_qs(urlsplit(out.headers["location"]).query).items()}
    assert (query["response_type"], query["code_challenge_method"]) == ("code", "S256")
    assert query["scope"] == "openid email profile"
    assert len({query["state"], query["nonce"], query["code_challenge"]}) == 3
    assert "SameSite=lax" in out.headers["set-cookie"]
    assert "HttpOnly" in out.headers["set-cookie"]
    assert SECRET not in out.headers["location"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"aud": "another"},
        {"aud": [CLIENT, "another"]},
        {"aud": [CLIENT, "another"], "azp": "another"},
        {"azp": "another"},
        {"aud": None},
        {"iss": "https://evil.example"},
        {"iss": None},
        {"nonce": "of another sign-in"},
        {"nonce": None},
        {"sub": None},
        {"exp": None},
        {"exp": int(time.time()) - 120},
        {"exp": "never"},
        {"iat": int(time.time()) + 3600},
        {"nbf": int(time.time()) + 3600},
    ],
    ids=lambda wrong: "-".join(
        f"{name} {value if isinstance(value, str | list) else 'off'}" for name, value in wrong.items()
    ),
)
def test_a_token_that_is_not_for_us_now_is_refused(
    place: Receiver, service: SignInService, wrong: dict[str, Any]
) -> None:
    """Audience, party, issuer, nonce, subject and times: each wrong or missing one keeps everybody out."""
    service.wrong = wrong
    answer = place.client.get(way_back(place))
    assert answer.status_code == 403
    assert "id token" in answer.text
    assert place.client.get(HOME).status_code == 303


@pytest.mark.parametrize("algorithm", ["RS256", "none", "HS256"])
def test_a_token_somebody_else_made_is_refused(place: Receiver, service: SignInService, algorithm: str) -> None:
    """Another RSA key of the same name; no signature at all; the public key used as a shared secret."""
    service.algorithm = algorithm
    keys: dict[str, Any] = {
        "RS256": jwk.RSAKey.generate_key(2048, {"kid": "one"}),
        "HS256": jwk.OctKey.import_key(json.dumps(service.key.as_dict(private=False)).encode()),
    }
    service.signs_with = keys.get(algorithm)
    assert place.client.get(way_back(place)).status_code == 403
    assert place.client.get(HOME).status_code == 303


def test_a_changed_token_is_refused(place: Receiver, service: SignInService, monkeypatch: pytest.MonkeyPatch) -> None:
    """One claim changed after signing."""
    genuine = service.signed

    def tampered(nonce: str) -> str:
        head, claims, signature = genuine(nonce).split(".")
        service.person = {"groups": ["calls-admin"], "sub": "u-2"}
        return ".".join((head, genuine(nonce).split(".")[1], signature)) if claims else ""

    service.person = {"groups": ["nobody"]}
    monkeypatch.setattr(service, "signed", tampered)
    assert place.client.get(way_back(place)).status_code == 403


def test_another_browser_cannot_end_what_this_one_began(place: Receiver) -> None:
    """Without the cookie, or with another state, the code is not even exchanged; and it works once only."""
    path = way_back(place)
    with httpx.Client(base_url=place.url, trust_env=False) as stranger:
        assert stranger.get(path).status_code == 403
    state = parse_qs(urlsplit(path).query)["state"][0]
    assert place.client.get(path.replace(state, "x" * len(state))).status_code == 403
    cookies = dict(place.client.cookies)
    assert place.client.get(path).status_code == 200
    with httpx.Client(base_url=place.url, trust_env=False, cookies=cookies) as again:
        assert again.get(path).status_code == 403


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("error=access_denied", "access_denied"),
        ("error=<script>", "it refused"),
        ("iss=https://evil.example", "another"),
    ],
)
def test_a_refusal_elsewhere_is_told(place: Receiver, change: str, says: str) -> None:
    """What the provider says is shown as a word, and an answer of another issuer is not taken."""
    query = parse_qs(urlsplit(way_back(place)).query)
    answer = place.client.get(f"{BEGIN}/back?{change}&state={query['state'][0]}&code={query['code'][0]}")
    assert answer.status_code == 403
    assert says in answer.text
    assert "<script>" not in answer.text


def test_nobody_is_let_in_without_a_role(place: Receiver, service: SignInService) -> None:
    """Known there is not enough; and the refusal is in the audit log."""
    service.person = {"groups": ["staff"]}
    answer = place.client.get(way_back(place))
    assert answer.status_code == 403
    assert "no role here" in answer.text
    service.person = {"groups": "calls-admin"}
    place.client.get(way_back(place))
    assert deeds(place)[:3] == ["audit.exported", "signed_in", "sign_in_refused"]


def test_a_viewer_there_is_a_viewer_here(place: Receiver, service: SignInService) -> None:
    """The server refuses their orders."""
    service.person = {"groups": ["sales"]}
    place.client.get(way_back(place))
    page = place.client.get(HOME).text
    token = re.findall(r'name="csrf" value="([^"]+)"', page)[0]
    form = {"csrf": token, "what": "everything"}
    assert place.client.post(f"{HOME}/stop", data=form, headers={"Origin": place.url}).status_code == 403


def test_a_changed_trust_ends_the_sessions(place: Receiver, service: SignInService) -> None:
    """Other roles in the configuration: who signed in by the old ones is out."""
    place.client.get(way_back(place))
    assert place.client.get(HOME).status_code == 200
    file = place.front.settings.data_dir / "site.yaml"
    before = file.read_text(encoding="utf-8")
    file.write_text(site(service, "http://127.0.0.1:1", ROLES | {"operators": ["others"]}), encoding="utf-8")
    eventually(lambda: place.client.get(HOME).status_code == 303, message="the session has ended")
    file.write_text(before, encoding="utf-8")
    eventually(
        lambda: place.front.keeper.current.config.console.oidc.roles.operators == ("calls-admin",), message="put back"
    )


def test_who_fails_again_and_again_waits(place: Receiver, service: SignInService) -> None:
    """The lockout of wrong passwords holds here too, so that nobody makes us ask the service without end."""
    service.wrong = {"aud": "another"}
    statuses = [place.client.get(way_back(place)).status_code for _ in range(6)]
    assert statuses == [403] * 5 + [429]


@pytest.mark.parametrize("document", [{"issuer": "https://evil.example"}, {"token_endpoint": "http://evil.example/t"}])
def test_a_discovery_document_that_lies_is_not_followed(
    service: SignInService, valkey_url: str, tmp_path: Path, document: dict[str, str]
) -> None:
    """Another issuer, or an endpoint without https: no browser is sent there."""
    (tmp_path / "site.yaml").write_text(site(service, "http://127.0.0.1:1", ROLES), encoding="utf-8")
    service.document = document
    try:
        with running(settings_for(valkey_url, config=tmp_path / "site.yaml", data_dir=tmp_path)) as receiver:
            answer = receiver.client.get(BEGIN)
    finally:
        service.document = {}
    assert answer.status_code == 502
    assert "discovery document" in answer.text


@pytest.mark.parametrize(
    ("claims", "role"),
    [
        ({"realm": {"roles": ["a"]}}, Role.OPERATOR),
        ({"realm.roles": ["v"]}, Role.VIEWER),
        ({"realm": {"roles": "a b"}}, None),
        ({"realm": "a"}, None),
        ({"realm": {"roles": {"a": 1}}}, None),
        ({"realm": {"roles": [["a"], 7, None]}}, None),
        ({}, None),
    ],
)
def test_roles_come_from_the_claim_as_it_is(claims: dict[str, Any], role: Role | None) -> None:
    """By a path or a name with dots; a whole value, never a part of one; whatever shape it has."""
    assert role_of(claims, OidcRoles(claim="realm.roles", operators=("a",), viewers=("v",))) is role


@pytest.mark.parametrize(
    ("claims", "name"),
    [
        ({"sub": "u", "email": "a@b.example", "email_verified": True}, "oidc:a@b.example"),
        ({"sub": "u", "email": "a@b.example"}, "oidc:u"),
        ({"sub": "u", "email": 7}, "oidc:u"),
        ({"sub": "u\n\x1b"}, "oidc:u"),
    ],
)
def test_people_are_called_by_what_was_verified(claims: dict[str, Any], name: str) -> None:
    """An e-mail nobody verified could be anybody's: then it is the subject."""
    oidc = Oidc(issuer="https://login.example.com", client_id="c", roles=OidcRoles())
    assert name_of(claims, oidc) == name
