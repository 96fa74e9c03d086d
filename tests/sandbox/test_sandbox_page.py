"""The page of rings and the other addresses people and tests look at."""

import re

import httpx
import plain_http
import pytest
from dialers.dialing import TOKEN
from sandbox.conftest import Served

from gateway.opening import SANDBOX_PROOF
from workers.sandbox import build_sandbox

CALL = {"fromNumberId": "pn_212", "contactId": "ct_1"}


@pytest.mark.parametrize(
    ("path", "media_type"),
    [("/", "text/html"), ("/static/rings.js", "text/javascript"), ("/static/rings.css", "text/css")],
)
def test_the_page_and_its_files(path: str, media_type: str, sandbox: Served) -> None:
    """Served by ourselves with a policy that allows nothing else."""
    answer = plain_http.get(sandbox.url + path)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith(media_type)
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_page_loads_nothing_from_elsewhere_and_writes_no_markup(sandbox: Served) -> None:
    """No inline script or style, no outside address, and names reach the page as text only."""
    page, script = (plain_http.get(sandbox.url + path).text for path in ("/", "/static/rings.js"))
    assert re.findall(r'(?:src|href)="(?!/)', page) == []
    assert re.findall(r"<(?:script|style)>|\sstyle=|\son\w+=", page) == []
    assert "innerHTML" not in script
    assert 'name="viewport"' in page
    assert 'lang="en"' in page


def test_the_feed_names_people_with_masked_phones(sandbox: Served) -> None:
    """News since a number: who, from which number, when; the phone's last two digits only."""
    body = {"phone": "+14155550100", "firstName": "Ada", "lastName": "Byron"}
    contact = sandbox.client.post("/api/contacts", json=body).json()["id"]
    for contact_id in (contact, "crm-77"):
        sandbox.client.post("/api/calls/outbound", json={**CALL, "contactId": contact_id})
    news = plain_http.get(f"{sandbox.url}/feed?after=0").json()
    assert news["last"] == news["oldest"] + 1
    assert [(ring["name"], ring["phone"]) for ring in news["rings"]] == [("Ada Byron", "•••••••••00"), ("", "")]
    later = plain_http.get(f"{sandbox.url}/feed?after={news['oldest']}").json()
    assert [ring["number"] for ring in later["rings"]] == [news["last"]]


@pytest.mark.parametrize("after", ["", "x", "-1", "9" * 40, "٣"])
def test_a_wrong_place_in_the_feed_starts_over(after: str, sandbox: Served) -> None:
    """Never an error: the page then shows everything."""
    sandbox.client.post("/api/calls/outbound", json=CALL)
    answer = plain_http.get(f"{sandbox.url}/feed", params={"after": after})
    assert len(answer.json()["rings"]) == 1


def test_rings_can_be_forgotten(sandbox: Served) -> None:
    """DELETE /rings empties the list."""
    sandbox.client.post("/api/calls/outbound", json=CALL)
    assert sandbox.client.delete("/rings").status_code == 204
    assert sandbox.rings() == []
    news = plain_http.get(f"{sandbox.url}/feed").json()
    assert news == {"last": news["last"], "oldest": news["last"] + 1, "rings": []}


def test_the_sandbox_proves_itself(sandbox: Served) -> None:
    """An address that says this rings no phone."""
    assert plain_http.get(sandbox.url + SANDBOX_PROOF).json() == {"sandbox": True}


@pytest.mark.anyio
@pytest.mark.parametrize("kind", ["reset_before", "reset_after", "truncate", "drip"])
async def test_connection_faults_need_our_server(kind: str) -> None:
    """Under another server such a fault says so instead of pretending."""
    headers = {"Authorization": f"Bearer {TOKEN}"}
    transport = httpx.ASGITransport(build_sandbox())
    async with httpx.AsyncClient(transport=transport, base_url="http://sandbox", headers=headers) as client:
        put = await client.put("/faults", json={"calls": {"faults": [{"kind": kind}]}})
        assert put.status_code == 200
        assert (await client.post("/api/calls/outbound", json=CALL)).status_code == 501
