"""What every answer carries, and what the site shows of itself."""

import logging
import re
from datetime import UTC, datetime, timedelta

import pytest
import structlog
from receiver import API_KEY, PHONE, Receiver, running, settings_for, signed

from gateway.ledger import Ledger
from gateway.ledger.terms import GrantTerms
from gateway.model import Placed


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/healthz", 200),
        ("GET", "/readyz", 200),
        ("GET", "/docs", 200),
        ("GET", "/openapi.json", 200),
        ("GET", "/nothing", 404),
        ("GET", "/hooks", 404),
        ("GET", "/hooks/", 404),
        ("POST", "/healthz", 405),
        ("GET", "/hooks/nowhere", 405),
        ("POST", "/hooks/nowhere", 401),
        ("GET", "/v1/calls", 401),
    ],
)
def test_every_answer_is_safe_to_show(site: Receiver, method: str, path: str, status: int) -> None:
    """What must hold: no sniffing, no caching, no server name, an id to ask the operator with; pages load nothing."""
    answer = site.client.request(method, path)
    assert answer.status_code == status
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-request-id"].startswith("rq_")
    assert "server" not in answer.headers
    if answer.headers["content-type"].startswith("text/html"):
        assert "default-src 'none'" in answer.headers["content-security-policy"]
    if status >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == status


def test_the_documentation_page_asks_no_other_host(site: Receiver) -> None:
    """What must hold: the page needs no script and loads nothing, and names every address of the description."""
    page, api = site.client.get("/docs").text, site.client.get("/openapi.json").json()
    assert "<script" not in page
    elsewhere = [link for link in re.findall(r"(?:src|href)=\"([^\"]*)\"", page) if not link.startswith("#")]
    assert elsewhere == ["/openapi.json"]
    assert all(path in page for path in api["paths"])
    assert all(verb["responses"] and verb["description"] for path in api["paths"].values() for verb in path.values())


def test_the_documentation_page_reads_well(site: Receiver) -> None:
    """What must hold: its links lead to shapes on the page, code is marked as code, and answers stand in order."""
    page = site.client.get("/docs").text
    links = set(re.findall(r"href=\"#([^\"]+)\"", page))
    assert "CallOrder" in links
    assert links <= set(re.findall(r"id=\"([^\"]+)\"", page))
    assert "`" not in page
    assert "Successful Response" not in page
    first = page.split("</article>", 1)[0]
    answers = re.findall(r"answer (\d+)", first)
    assert answers == sorted(answers)


def test_without_a_key_nobody_gets_in(valkey_url: str) -> None:
    """What must hold: with no key configured, /v1 and /metrics are shut, whatever is sent; webhooks still work."""
    with running(settings_for(valkey_url, api_key=None)) as site:
        for key in ("Bearer", f"Bearer {API_KEY}", "Bearer None"):
            assert site.client.get("/v1/calls", headers={"Authorization": key}).status_code == 401
        assert site.client.get("/metrics").status_code == 401
        assert site.lead().status_code == 200


def test_the_metrics_count_what_happened(site: Receiver) -> None:
    """What must hold: deliveries by source and outcome, events and calls by state; unknown addresses add no label."""
    site.lead()
    for number in range(3):
        site.client.post(f"/hooks/nowhere-{number}")
    site.post("/hooks/bearer", b"{}", {"Authorization": "Bearer wrong"})
    text = site.api("GET", "/metrics").text
    assert 'dialgate_calls{state="READY"} 1.0' in text
    for line in (
        r'dialgate_deliveries_total{outcome="accepted",source="bearer"} \d',
        r'dialgate_deliveries_total{outcome="refused_authentic",source="unknown"} [1-9]',
        r'dialgate_deliveries_total{outcome="refused_authentic",source="bearer"} \d',
        r'dialgate_events_total{source="bearer",state="MATCHED"} \d',
        r"dialgate_accept_seconds_count \d",
        r"dialgate_accounts_stopped 0",
    ):
        assert re.search(line, text), line
    assert "nowhere" not in text


@pytest.mark.anyio
async def test_the_time_to_the_dial_comes_from_the_ledger(site: Receiver, ledger: Ledger) -> None:
    """What must hold: of placed calls, the seconds from the webhook to the request, whoever placed them."""
    site.lead()
    later = datetime.now(UTC) + timedelta(seconds=7)
    [call] = (await ledger.dials.claim("tester", limit=1, now=later, lease=timedelta(seconds=30))).calls
    terms = GrantTerms(contact_id="c1", person_keys=("tel:x",), valid_until=None)
    await ledger.dials.grant(call.hold(), terms, now=later, deadline=timedelta(seconds=60))
    await ledger.dials.finish(call.hold(), Placed(status=200, provider_call_id=None, response="{}"), now=later)
    text = site.api("GET", "/metrics").text
    assert 'dialgate_calls{state="PLACED"} 1.0' in text
    [seconds] = re.findall(r'recent_webhook_to_dial_seconds{quantile="0.5"} ([0-9.]+)', text)
    assert 7.0 <= float(seconds) < 27.0


def test_a_failed_proof_at_a_source_of_ours_is_a_warning(site: Receiver) -> None:
    """What must hold: leads that are turned away for a wrong secret are seen; knocks at no source's address are not."""
    with structlog.testing.capture_logs() as lines:
        site.post("/hooks/bearer", b"{}", {"Authorization": "Bearer wrong"})
        site.post("/hooks/nowhere", b"{}", {})
    told = [(line["source"], line["log_level"], bool(line["why"])) for line in lines if line["event"] == "delivery"]
    assert told == [("bearer", "warning", True), ("unknown", "info", True)]


def test_no_log_line_holds_a_secret_or_a_person(site: Receiver, caplog: pytest.LogCaptureFixture) -> None:
    """What must hold: one line a delivery, with its ids and outcome; no phone, name, token or key in any line."""
    structlog.configure(
        processors=[structlog.stdlib.add_log_level, structlog.processors.JSONRenderer()],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    try:
        with caplog.at_level(logging.DEBUG, logger="dialgate"):
            answer = site.lead(name="Ada-Lovelace")
            site.lead(phone="call Ada-Lovelace on +14155550123", interest="broken")
            site.post("/hooks/hidden/4f1c2b7a9d3e8f60718293a4b5c6d7e8?phone=14155550123", b"{", {})
            site.post("/hooks/hidden/4f1c2b7a9d3e8f60718293a4b5c6d7e9", b"{}", {})
            site.post("/hooks/signed", b"{", signed(b"{", secret=b"nearly-the-secret"))
            site.api("POST", "/v1/calls", json={"from": "east", "contact": {"phone": PHONE, "email": "ada@x.example"}})
            site.api("POST", "/v1/calls", json={"from": PHONE, "contactId": PHONE})
            site.api("GET", f"/v1/calls/{answer.json()['events'][0]['calls'][0]}?reveal=true")
            site.client.get(f"/v1/calls?contact={PHONE}", headers={"Authorization": "Bearer nearly-the-key"})
    finally:
        structlog.reset_defaults()
    lines = [record.getMessage() for record in caplog.records if record.name.startswith("dialgate")]
    assert sum('"event": "delivery"' in line for line in lines) == 5
    assert answer.json()["events"][0]["id"] in lines[0]
    for secret in ("415555", "Lovelace", "ada@", "4f1c2b7a", "secret-000", "nearly", API_KEY):
        assert not any(secret in line for line in lines), secret
