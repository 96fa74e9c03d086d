"""/v1/do-not-call: in force for the next lead, masked unless asked for, and imports that name their bad lines."""

import pytest
from receiver import PHONE, Receiver


def test_listed_looked_up_and_removed(site: Receiver) -> None:
    """What must hold: once added a lead of that phone is SKIPPED; the list masks its values; a removal lets it ring."""
    added, again = (
        site.api("POST", "/v1/do-not-call", json={"phone": PHONE, "note": "by letter"}).json() for _ in range(2)
    )
    assert (added, again) == ({"changed": 1, "same": 0}, {"changed": 0, "same": 1})
    call_id = site.lead().json()["events"][0]["calls"][0]
    call = site.api("GET", f"/v1/calls/{call_id}").json()
    assert (call["state"], call["reason"]) == ("SKIPPED", "do_not_call")
    masked = site.api("GET", "/v1/do-not-call", params={"phone": PHONE})
    assert PHONE not in masked.text
    assert [line["state"] for line in masked.json()["history"]] == ["LISTED"]
    (shown,) = site.api("GET", "/v1/do-not-call?reveal=true").json()["items"]
    assert (shown["value"], shown["by"], shown["source"], shown["note"]) == (PHONE, "api", "api", "by letter")
    gone = site.api("DELETE", "/v1/do-not-call", params={"phone": PHONE})
    assert gone.json() == {"changed": 1, "same": 0}
    assert site.api("GET", f"/v1/do-not-call?phone={PHONE}").json()["items"] == []


def test_an_import_names_its_bad_lines(site: Receiver) -> None:
    """What must hold: good lines count at once, each bad one is named by its line of the whole file."""
    text = f"phone,email\n{PHONE},ada@example.com\nnobody,\n(415) 555-0124,\n".encode()
    address = "/v1/do-not-call/import?firstLine=11&region=US"
    answer = site.api("POST", address, content=text, headers={"Content-Type": "text/csv"}).json()
    assert (answer["changed"], answer["same"], [bad["line"] for bad in answer["bad"]]) == (3, 0, [13])


@pytest.mark.parametrize(
    ("method", "address", "options", "status"),
    [
        ("POST", "", {"json": {}}, 422),
        ("POST", "", {"json": {"phone": "(415) 555-0123"}}, 422),
        ("DELETE", "", {}, 422),
        ("GET", "?phone=x", {}, 422),
        ("GET", "?cursor=x", {}, 422),
        ("POST", "/import", {"content": b"name\nAda", "headers": {"Content-Type": "text/csv"}}, 422),
        ("POST", "/import", {"content": b"phone\n\xff", "headers": {"Content-Type": "text/csv"}}, 422),
        ("POST", "", {"content": b"phone", "headers": {"Content-Type": "text/csv"}}, 415),
    ],
)
def test_what_names_nobody_is_refused(
    site: Receiver, method: str, address: str, options: dict[str, object], status: int
) -> None:
    """What must hold: a mistake is told, and lists nobody."""
    assert site.api(method, f"/v1/do-not-call{address}", **options).status_code == status
    assert site.api("GET", "/v1/do-not-call").json()["items"] == []


def test_a_registry_nobody_configured_is_no_registry(site: Receiver) -> None:
    """What must hold: a mark that no call is held against would look as if it were; the status says what there is."""
    assert site.api("POST", "/v1/do-not-call/scrubbed", json={"registry": "natoinal"}).status_code == 422
    site.api("POST", "/v1/do-not-call", json={"phone": PHONE})
    assert site.api("GET", "/v1/do-not-call/status").json() == {"entries": 1, "registries": [], "checks": []}
