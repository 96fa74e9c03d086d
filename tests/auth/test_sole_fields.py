"""Reading what must be there exactly once."""

import pytest
from inbound import request_of

from gateway.auth.fields import sole_header, sole_parameter
from gateway.errors import NotAuthentic


def test_a_sole_header_is_found_in_any_case() -> None:
    """Names are compared in lower case, white space around the value is not part of it."""
    assert sole_header(request_of(headers={"X-Key": " a b\t"}), "x-KEY") == "a b"


@pytest.mark.parametrize(
    ("headers", "says"),
    [
        ([], "is missing"),
        ([("X-Key", "a"), ("X-Key", "a")], "more than once"),
        ([("X-Key", "é")], "malformed"),
        ([("X-Key", "a" * 9000)], "malformed"),
    ],
)
def test_any_other_header_fails(headers: list[tuple[str, str]], says: str) -> None:
    """Absent, repeated, not ASCII or far too long: not authentic."""
    with pytest.raises(NotAuthentic, match=says):
        sole_header(request_of(headers=headers), "X-Key")


def test_a_sole_parameter_is_decoded() -> None:
    """Percent escapes and plus signs are undone."""
    assert sole_parameter(request_of(query="a=1&key=b%2Bc+d"), "key") == "b+c d"


@pytest.mark.parametrize("query", ["", "key=1&key=1", "other=1", "key=%ff", "&".join(["a=1"] * 1001), "ÿ=1"])
def test_any_other_parameter_fails(query: str) -> None:
    """Absent, repeated or unreadable: not authentic."""
    with pytest.raises(NotAuthentic):
        sole_parameter(request_of(query=query), "key")
