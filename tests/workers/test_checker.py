"""Asking a do-not-call check: a plain answer or none, whatever the other system does; nobody's phone in an error."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from crm import Answer, Crm, crm_on_a_thread

from gateway.external_check import Answered, Check, Reading, Unanswered
from workers.checker import MAX_BODY_BYTES, HttpChecker

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 11, 23, 17, tzinfo=UTC)
PHONE = "+12122000001"
VALUES = {"phone": PHONE, "digits": PHONE[1:]}
CLEAR = Answer(body=b'{"result": {"status": "clear"}}')
LISTED = Answer(body=b'{"result": {"status": "LISTED"}}')


@pytest.fixture
def registry() -> Iterator[Crm]:
    """A registry that lists nobody."""
    with crm_on_a_thread() as running:
        running.answers = [CLEAR]
        yield running


def a_check(registry: Crm, **changes: object) -> Check:
    """A check that asks this registry."""
    check = Check(
        name="registry",
        version="1",
        method="GET",
        origin=registry.url,
        address=f"{registry.url}/lookup?p={{phone}}&d={{digits}}",
        reading=Reading(path="result.status", listed=frozenset({"listed"}), clear=frozenset({"clear"})),
        headers=(("Authorization", "Bearer very-secret"),),
        timeout=timedelta(seconds=5),
        needs=frozenset(VALUES),
    )
    return replace(check, **changes)  # type: ignore[arg-type] # fields of the record, given by name


def a_checker(**changes: object) -> HttpChecker:
    """A checker that may ask this machine."""
    return HttpChecker(**({"allow_private": True, "now": lambda: NOW} | changes))  # type: ignore[arg-type] # by name


async def test_it_asks_by_the_phone_percent_encoded_with_the_secret_header(registry: Crm) -> None:
    """The plus sign arrives as one; neither the address nor a header is in the check's text form."""
    check = a_check(registry)
    assert await a_checker().ask(check, VALUES) == Answered(listed=False)
    [(path, headers)] = registry.asked
    assert path == "/lookup?p=%2B12122000001&d=12122000001"
    assert headers["authorization"] == "Bearer very-secret"
    assert "very-secret" not in repr(check)
    assert "lookup" not in repr(check)


async def test_a_post_carries_a_json_object(registry: Crm) -> None:
    """What stands in a value is text: it is never taken for a name to be put in."""
    check = a_check(registry, method="POST", body={"phone": "{phone}", "mail": "<{email}>"})
    values = VALUES | {"email": '{phone}"'}
    assert await a_checker().ask(check, values) == Answered(listed=False)
    assert registry.bodies == [b'{"phone":"+12122000001","mail":"<{phone}\\">"}']


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (LISTED, Answered(listed=True)),
        (CLEAR, Answered(listed=False)),
        (replace(CLEAR, slow=0.3), Answered(listed=False)),
        (Answer(status=404), Unanswered(error="HTTP 404")),
        (Answer(status=500), Unanswered(error="HTTP 500")),
        (Answer(status=204), Unanswered(error="HTTP 204")),
        (Answer(status=401), Unanswered(error="HTTP 401")),
        (Answer(status=503, headers={"Retry-After": "7"}), Unanswered(error="HTTP 503", after=timedelta(seconds=7))),
        (Answer(status=302, headers={"Location": "/clear"}),
         Unanswered(error="HTTP 302: a redirect, which is not followed")),
        (Answer(body=b"<html>clear</html>"), Unanswered(error="the answer is not JSON")),
        (Answer(body=b""), Unanswered(error="the answer is not JSON")),
        (Answer(body=b'{"result": {"status": "maybe"}}'),
         Unanswered(error="the answer's result.status is none of the configured values")),
        (Answer(body=b'{"error": "quota"}'),
         Unanswered(error="the answer's result.status is none of the configured values")),
        (Answer(body=b'{"result": {"status": ["clear"]}}'),
         Unanswered(error="the answer's result.status is none of the configured values")),
        (Answer(body=b" " * (MAX_BODY_BYTES + 1)),
         Unanswered(error=f"the answer is larger than {MAX_BODY_BYTES} bytes")),
    ],
)  # fmt: skip
async def test_only_a_plain_answer_is_one(registry: Crm, answer: Answer, expected: Answered | Unanswered) -> None:
    """Whatever else comes back is no answer, and is asked for once."""
    registry.answers = [answer]
    assert await a_checker().ask(a_check(registry), VALUES) == expected
    assert len(registry.asked) == 1


async def test_a_404_is_clear_only_where_that_is_configured(registry: Crm) -> None:
    """Some registries know only whom they list."""
    registry.answers = [Answer(status=404)]
    assert await a_checker().ask(a_check(registry, missing_is_clear=True), VALUES) == Answered(listed=False)


async def test_an_answer_that_takes_too_long_is_none(registry: Crm) -> None:
    """The whole request has one limit, and the error names nobody."""
    registry.answers = [Answer(hangs=True)]
    answer = await a_checker().ask(a_check(registry, timeout=timedelta(seconds=0.2)), VALUES)
    assert isinstance(answer, Unanswered)
    assert answer.error.startswith("no answer:")
    assert PHONE[1:] not in answer.error


async def test_a_server_that_is_gone_is_no_answer() -> None:
    """Nobody listens there any more."""
    with crm_on_a_thread() as registry:
        check = a_check(registry)
    assert await a_checker().ask(check, VALUES) == Unanswered(error="no answer: ConnectError")


async def test_private_addresses_and_plain_http_are_refused_unless_allowed(registry: Crm) -> None:
    """A check cannot be pointed at what only this machine can reach."""

    async def inside(_host: str, _port: int) -> Sequence[str]:
        return ("10.0.0.1",)

    plain = await a_checker(allow_private=False).ask(a_check(registry), VALUES)
    check = a_check(registry, origin="https://dnc.test", address="https://dnc.test/{phone}")
    private = await a_checker(allow_private=False, resolver=inside).ask(check, VALUES)
    assert plain == Unanswered(error="plain http is not allowed")
    error = "dnc.test has an address that is not public; DIALGATE_CHECK_PRIVATE would allow it"
    assert private == Unanswered(error=error)
    assert registry.asked == []


async def test_no_more_requests_at_once_than_configured(registry: Crm) -> None:
    """A slow registry is not stormed."""
    registry.answers = [replace(CLEAR, slow=0.2)]
    checker, check = a_checker(), a_check(registry, concurrent=2)
    answers = await asyncio.gather(*(checker.ask(check, VALUES) for _ in range(4)))
    assert answers == [Answered(listed=False)] * 4
    assert registry.most_at_once == 2


async def test_a_failing_check_is_asked_by_one_until_it_answers(registry: Crm) -> None:
    """While one call finds out, the others hear what is known: it fails. Then all are asked about again."""
    registry.answers = [Answer(status=500), replace(CLEAR, slow=0.2), CLEAR]
    checker, check = a_checker(), a_check(registry)
    await checker.ask(check, VALUES)
    answers = await asyncio.gather(*(checker.ask(check, VALUES) for _ in range(3)))
    assert sorted(type(answer).__name__ for answer in answers) == ["Answered", "Unanswered", "Unanswered"]
    assert await checker.ask(check, VALUES) == Answered(listed=False)
    assert len(registry.asked) == 3
