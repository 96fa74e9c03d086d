"""/v1/replays and /v1/shadow: ordered, shown, approved and cancelled by those who hold the key."""

import pytest
from receiver import PHONE, Receiver

pytestmark = pytest.mark.anyio
FAILED = {"state": "FAILED"}
MENDED = """\
rules:
  - name: broken
    sources: [signed, bearer]
    when: payload.?interest.orValue("") == "broken"
    call: {from: east, contact: {phone: payload.phone, region: US}}
    hours: always
"""


def _broken(site: Receiver, count: int = 2) -> None:
    for number in range(count):
        assert site.lead(interest="broken", id=f"e{number}").status_code < 300


async def test_an_order_is_shown_approved_and_cancelled(site: Receiver) -> None:
    """What must hold: the preview counts and masks, states move once, and who did it is kept."""
    _broken(site)
    made = site.api("POST", "/v1/replays", json=FAILED, headers={"Dialgate-Actor": "ann"})
    assert made.status_code == 200, made.text
    order = made.json()
    assert (order["state"], order["total"], order["by"], order["needsSecondPerson"]) == (
        "PREVIEWED", 2, "ann (api)", False,
    )  # fmt: skip
    assert order["preview"]["outcomes"] == {"failed: rule_error": 2}
    path = f"/v1/replays/{order['id']}"
    assert site.api("POST", f"{path}/approve", headers={"Dialgate-Actor": "bob"}).json()["approvedBy"] == "bob (api)"
    assert [one["id"] for one in site.api("GET", "/v1/replays").json()["items"]] == [order["id"]]
    assert site.api("POST", f"{path}/cancel").json()["state"] == "CANCELLED"
    assert site.api("POST", f"{path}/approve").status_code == 409
    assert site.api("GET", "/v1/replays/rp_none").status_code == 404


@pytest.mark.parametrize("wish", [{}, {"again": True}, {"since": "soon"}, {"stte": "FAILED"}])
async def test_what_is_not_said_is_not_ordered(site: Receiver, wish: dict[str, object]) -> None:
    """What must hold: an order that narrows nothing, or cannot be read, is refused."""
    assert site.api("POST", "/v1/replays", json=wish).status_code == 422


async def test_a_shadow_over_what_came_in(site: Receiver) -> None:
    """What must hold: sections of the text stand in for those in force; mistakes have a place; phones are masked."""
    _broken(site)
    found = site.api("POST", "/v1/shadow", json={"rulebook": MENDED}).json()
    assert (found["lookedAt"], found["next"]) == (2, None)
    assert [one["changes"] for one in found["differences"]] == [["mended"], ["new"]] * 2
    assert PHONE not in str(found)
    wrong = site.api("POST", "/v1/shadow", json={"rulebook": MENDED.replace("from: east", "from: west")})
    assert wrong.status_code == 422
    assert ":5:" in wrong.json()["errors"][0]["message"]
