"""The example for authors of providers is a provider."""

import re
from dataclasses import replace
from random import Random
from types import ModuleType

import pytest
from inbound import NOW, json_request, source_of
from tree import ROOT

from gateway.contracts import Source
from gateway.errors import NotAuthentic
from gateway.providers import collect
from gateway.reasons import Reason

PAGE = (ROOT / "docs/contributing/providers.md").read_text(encoding="utf-8")


def example_source() -> Source:
    """A source of the provider written on the page."""
    module = ModuleType("gateway.providers.acme")
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    exec(compile(code, "docs/contributing/providers.md", "exec"), vars(module))
    provider = collect([module])["acme"]
    return replace(source_of("generic"), provider=provider, options=provider.options())


def test_the_example_works() -> None:
    """What an author copies signs, verifies, splits and knows a test from a lead."""
    source = example_source()
    provider = source.provider
    unsigned = json_request(provider.samples()[0].make(NOW, Random(1)))
    request = replace(unsigned, headers=(*unsigned.headers, *provider.sign(unsigned, source, NOW)))
    assert provider.authenticate(request, source, NOW) == "acme, secret 1 of 2"
    with pytest.raises(NotAuthentic):
        provider.authenticate(unsigned, source, NOW)
    payload = provider.decode(request, source)
    (event,) = provider.split(payload, request, source)
    assert (event.type, event.occurred_at, event.never_rings) == ("lead.created", NOW, None)
    assert (event.person.phone or "").startswith("+1")
    assert isinstance(payload, dict)
    assert provider.split({**payload, "is_test": True}, request, source)[0].never_rings is Reason.TEST_EVENT
    assert provider.check(source) == []


def test_what_the_page_names_exists() -> None:
    """Every module the page tells authors to use is there, with what it is said to hold."""
    rows = re.findall(r"`(signatures|asymmetric|jwt|tokens|schemes)\.(\w+)", PAGE)
    rows += re.findall(
        r"`(strict_json|content|xml|soap|selectors|facts|people|challenges|probes|enrolment)\.(\w+)", PAGE
    )
    assert len(rows) > 20
    for module, name in rows:
        path = next(ROOT.glob(f"gateway/*/{module}.py"))
        assert re.search(rf"^(def|class|[A-Z]\w* =) ?{name}\b|^{name} = ", path.read_text("utf-8"), re.MULTILINE), name
