"""Every operation of the OpenAPI description with made-up questions, with the key and without: by schemathesis."""

import os
from collections.abc import Iterator

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from receiver import API_KEY, Receiver, running, settings_for
from schemathesis import APIOperation, Case

from gateway.embedded import EmbeddedValkey

EXAMPLES = int(os.environ.get("API_FUZZ_EXAMPLES", "4"))


@pytest.fixture(scope="module")
def api(valkey_server: EmbeddedValkey) -> Iterator[Receiver]:
    """A receiver of its own, as it is asked to change things."""
    with running(settings_for(valkey_server.url)) as site:
        yield site


def test_no_question_breaks_the_api(api: Receiver) -> None:
    """What must hold: with the key never a 5xx; without it 401 (or 400 for what is no HTTP), whatever is asked."""
    asked = 0
    for found in schemathesis.openapi.from_url(f"{api.url}/openapi.json").get_all_operations():
        ask(found.ok())
        asked += 1
    assert asked > 20
    assert api.client.get("/healthz").status_code == 200


def ask(operation: APIOperation) -> None:
    """So many made-up questions to one operation."""

    @given(case=operation.as_strategy())
    @settings(max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    def each(case: Case) -> None:
        answer = case.call(headers={"Authorization": f"Bearer {API_KEY}"})
        assert answer.status_code < 500, (operation.label, answer.text)
        assert case.call().status_code in {400, 401}, operation.label

    each()
