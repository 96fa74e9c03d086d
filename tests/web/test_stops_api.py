"""/v1/stop, /v1/resume and /v1/stops: one switch, seen by everyone at once."""

import pytest
from receiver import PHONE, Receiver


def test_stop_and_resume(site: Receiver) -> None:
    """What must hold: a stop shows in its answer, the list and the readiness; a resume undoes it; both are kept."""
    order = {"what": "source", "name": "signed", "until": "2h", "reason": "import"}
    first, again = (site.api("POST", "/v1/stop", json=order).json() for _ in range(2))
    assert first["changed"]
    assert [(one["what"], one["name"], one["by"], one["reason"]) for one in again["items"]] == [
        ("source", "signed", "api", "import")
    ]
    ready = site.client.get("/readyz")
    (problem,) = [one for one in ready.json()["problems"] if one["name"] == "stop"]
    assert (problem["stops"], problem["do"]) == ("ringing", "`dialgate resume source signed`")
    assert site.client.get("/readyz?for=receiving").status_code == 200
    back = {"what": "source", "name": "signed"}
    assert site.api("POST", "/v1/resume", json=back).json() == {"changed": True, "items": []}
    assert site.api("POST", "/v1/resume", json=back).json() == {"changed": False, "items": []}
    found = site.api("GET", "/v1/stops").json()
    assert found["items"] == []
    assert found["history"][0]["action"] == "resume"
    assert found["history"][-1]["reason"] == "import"


def test_a_reason_names_nobody_to_strangers(site: Receiver) -> None:
    """What must hold: /readyz asks for no key, so a phone that somebody wrote into a reason is masked there."""
    site.api("POST", "/v1/stop", json={"reason": f"she is at {PHONE}, call nobody"})
    ready = site.client.get("/readyz")
    assert PHONE[1:] not in ready.text
    assert "call nobody" in ready.text


@pytest.mark.parametrize(
    "order", [{}, {"what": "everything"}, {"what": "account", "name": "main"}, {"what": "rule", "name": "demo"},
              {"what": "number", "name": "east"}, {"what": "source", "name": "api"}, {"what": "rule", "name": "api"}]
)  # fmt: skip
def test_everything_configured_can_be_stopped(site: Receiver, order: dict[str, str]) -> None:
    """What must hold: every kind of thing stops by its name, and calls ordered by API too."""
    assert site.api("POST", "/v1/stop", json=order).json()["changed"]


@pytest.mark.parametrize(
    ("order", "field"),
    [
        ({"what": "rule", "name": "demmo"}, "name"),
        ({"what": "rule"}, "name"),
        ({"what": "everything", "name": "demo"}, "name"),
        ({"what": "world"}, "what"),
        ({"until": "soon"}, "until"),
        ({"until": "2126-01-01T00:00:00"}, "until"),
        ({"until": "2020-01-01T00:00:00Z"}, "until"),
        ({"until": "99999999d"}, "until"),
    ],
)
def test_a_wrong_order_stops_nothing_and_says_so(site: Receiver, order: dict[str, str], field: str) -> None:
    """What must hold: a mistyped name is an error, never a stop that stops nothing."""
    answer = site.api("POST", "/v1/stop", json=order)
    assert answer.status_code == 422, answer.text
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert site.api("GET", "/v1/stops").json()["items"] == []
