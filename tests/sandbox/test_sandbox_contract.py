"""The double keeps to the documented contract: what it takes, what it refuses, and how."""

import httpx
import pytest
from dialers.dialing import ORGANIZATION, SECRET, TOKEN
from sandbox.conftest import Served

CALL = {"fromNumberId": "pn_212", "contactId": "ct_1"}
ORG_ID = TOKEN.partition(".")[0]


def post(sandbox: Served, path: str, body: object, **headers: str) -> httpx.Response:
    """POST a JSON body."""
    return sandbox.client.post(
        path, json=body, headers={name.replace("_", "-"): value for name, value in headers.items()}
    )


def test_a_call_is_initiated_and_rings_once(sandbox: Served) -> None:
    """The documented body gives 200 and one ring with exactly the documented keys."""
    answer = post(sandbox, "/api/calls/outbound", {**CALL, "campaignId": "cmp_1"})
    assert answer.status_code == 200
    assert answer.json()["id"].startswith("call_")
    [ring] = sandbox.rings()
    assert ring.pop("at").startswith("20")  # type: ignore[union-attr] # a time is never None
    assert ring == {**CALL, "campaignId": "cmp_1"}


def test_rings_stand_in_order(sandbox: Served) -> None:
    """First come, first listed; the campaign is null where there was none."""
    for number in range(5):
        post(sandbox, "/api/calls/outbound", {**CALL, "contactId": f"ct_{number}"})
    assert [ring["contactId"] for ring in sandbox.rings()] == [f"ct_{number}" for number in range(5)]
    assert sandbox.rings()[0]["campaignId"] is None


def test_the_same_request_twice_rings_twice(sandbox: Served) -> None:
    """There is no idempotency at the call API, so the double has none."""
    post(sandbox, "/api/calls/outbound", CALL)
    post(sandbox, "/api/calls/outbound", CALL)
    assert len(sandbox.rings()) == 2


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"contactId": "ct_1"}, "fromNumberId"),
        ({"fromNumberId": "pn"}, "contactId"),
        ({**CALL, "contactId": 7}, "contactId"),
        ({**CALL, "fromNumberId": ["pn"]}, "fromNumberId"),
        ({**CALL, "contactId": " "}, "contactId"),
        ({**CALL, "campaignId": None}, "campaignId"),
        ({**CALL, "phone": "+14155550100"}, "phone"),
    ],
)
def test_a_wrong_body_is_refused_by_field(body: object, field: str, sandbox: Served) -> None:
    """Missing, mistyped, blank, null or undocumented: 400 names the field, and nothing rings."""
    answer = post(sandbox, "/api/calls/outbound", body)
    assert answer.status_code == 400
    assert list(answer.json()) == [field]
    assert sandbox.rings() == []


@pytest.mark.parametrize(
    ("content", "media_type", "status"),
    [
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b"", "application/json", 400),
        (b"fromNumberId=pn", "application/x-www-form-urlencoded", 415),
        (b"{}", "", 415),
        (b" " * 300_000, "application/json", 413),
    ],
)
def test_an_unreadable_body_is_refused(content: bytes, media_type: str, status: int, sandbox: Served) -> None:
    """Only a JSON object of sane size is read."""
    answer = sandbox.client.post("/api/calls/outbound", content=content, headers={"Content-Type": media_type})
    assert answer.status_code == status
    assert sandbox.rings() == []


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer abc",
        f"Basic {TOKEN}",
        f"Bearer {ORG_ID}",
        f"Bearer {ORG_ID}.",
        f"Bearer not-a-uuid.{SECRET}",
        f"Bearer {ORG_ID.replace('-', '')}.{SECRET}",
        f"Bearer a.b.{SECRET}",
    ],
)
@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/api/calls/outbound"), ("POST", "/api/contacts"), ("GET", "/api/campaigns")]
)
def test_a_wrong_token_is_401(authorization: str, method: str, path: str, sandbox: Served) -> None:
    """Every operation wants Bearer orgId.secret; a JWT has three parts and is not taken."""
    answer = sandbox.client.request(method, path, json=CALL, headers={"Authorization": authorization})
    assert answer.status_code == 401
    assert SECRET not in answer.text
    assert sandbox.rings() == []


def test_the_organization_header_is_a_uuid(sandbox: Served) -> None:
    """Given, it must be a UUID."""
    assert post(sandbox, "/api/calls/outbound", CALL, X_Organization_ID=ORGANIZATION).status_code == 200
    assert post(sandbox, "/api/calls/outbound", CALL, X_Organization_ID="main").status_code == 400


@pytest.mark.parametrize(
    ("path", "status"), [("/api/calls/outbound/", 404), ("/api/calls", 404), ("/API/calls/outbound", 404)]
)
def test_paths_are_taken_verbatim(path: str, status: int, sandbox: Served) -> None:
    """A slash too many is another path, and no redirect helps."""
    assert post(sandbox, path, CALL).status_code == status


def test_methods_are_kept_apart(sandbox: Served) -> None:
    """A GET places no call."""
    assert sandbox.client.get("/api/calls/outbound").status_code == 405


def test_a_contact_is_created_then_updated_by_phone(sandbox: Served) -> None:
    """The phone is the key: the second time it is the same contact with what was sent changed."""
    created = post(sandbox, "/api/contacts", {"phone": "+14155550100", "firstName": "Ada", "tags": ["a"]})
    updated = post(sandbox, "/api/contacts", {"phone": "+14155550100", "lastName": "Byron", "fields": {"plan": "pro"}})
    assert (created.status_code, updated.status_code) == (201, 200)
    assert created.json()["id"] == updated.json()["id"]
    assert created.json()["id"].startswith("ct_")
    [contact] = sandbox.client.get("/contacts").json()
    assert contact == {
        "id": created.json()["id"],
        "phone": "+14155550100",
        "firstName": "Ada",
        "lastName": "Byron",
        "tags": ["a"],
        "fields": {"plan": "pro"},
    }


def test_organizations_do_not_share_contacts(sandbox: Served) -> None:
    """The same phone is another contact in another organization."""
    one = post(sandbox, "/api/contacts", {"phone": "+14155550100"}).json()["id"]
    other = post(sandbox, "/api/contacts", {"phone": "+14155550100"}, X_Organization_ID=ORGANIZATION).json()["id"]
    assert one != other


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "phone"),
        ({"phone": "4155550100"}, "phone"),
        ({"phone": 14155550100}, "phone"),
        ({"phone": "+0155550100"}, "phone"),
        ({"phone": "+1415555010\n"}, "phone"),
        ({"phone": "+14155550100", "email": "nobody"}, "email"),
        ({"phone": "+14155550100", "tags": "demo"}, "tags"),
        ({"phone": "+14155550100", "tags": [1]}, "tags"),
        ({"phone": "+14155550100", "fields": []}, "fields"),
        ({"phone": "+14155550100", "first_name": "Ada"}, "first_name"),
    ],
)
def test_a_wrong_contact_is_refused_by_field(body: object, field: str, sandbox: Served) -> None:
    """Types and formats are checked, and nothing is stored."""
    answer = post(sandbox, "/api/contacts", body)
    assert answer.status_code == 400
    assert list(answer.json()) == [field]
    assert sandbox.client.get("/contacts").json() == []


@pytest.mark.parametrize(
    "path", ["/api/campaigns?limit=1&offset=0&status=active", "/api/account/custom-fields?page=1&page_size=100"]
)
def test_listings_answer(path: str, sandbox: Served) -> None:
    """The probe's address and its neighbour answer 200 with an object."""
    answer = sandbox.client.get(path)
    assert answer.status_code == 200
    assert isinstance(answer.json(), dict)


@pytest.mark.parametrize("query", ["limit=x", "offset=-1", "status=gone"])
def test_wrong_listing_parameters_are_refused(query: str, sandbox: Served) -> None:
    """400 names the parameter."""
    answer = sandbox.client.get(f"/api/campaigns?{query}")
    assert answer.status_code == 400
    assert list(answer.json()) == [query.partition("=")[0]]
