"""A source's bounds as they are configured."""

from pathlib import Path

import pytest
from rules.written import loaded, source_of, wrong

from gateway.bounds import Bounds, Burst, RangeWatch

CRM = "sources:\n  s: {provider: generic, secrets: [s3cret-s3cret-s3cret], authentication: {bearer: true}"
FORM = "sources:\n  s: {provider: html_form, origins: ['https://a.example']"


def bounds(folder: Path, source: str, more: str) -> Bounds:
    """The bounds of a source with these keys."""
    return source_of(loaded(folder, f"{source}{more}}}\n"), "s").bounds


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("", Burst(factor=5, minimum=100)),
        (", burst: {factor: 2.5}", Burst(factor=2.5, minimum=100)),
        (", burst: {minimum: 7}", Burst(factor=5, minimum=7)),
        (", burst: off", None),
    ],
)
def test_a_burst(tmp_path: Path, more: str, expected: Burst | None) -> None:
    """What must hold: every source has it by default, set key by key, or switched off."""
    assert bounds(tmp_path, CRM, more).burst == expected


@pytest.mark.parametrize(
    ("source", "more", "expected"),
    [
        (CRM, "", RangeWatch(per_hour=20, hold=False)),
        (FORM, "", RangeWatch(per_hour=20, hold=True)),
        (CRM, ", range_watch: {hold: true}", RangeWatch(per_hour=20, hold=True)),
        (FORM, ", range_watch: {per_hour: 3, hold: false}", RangeWatch(per_hour=3, hold=False)),
        (FORM, ", range_watch: off", None),
    ],
)
def test_a_range_watch(tmp_path: Path, source: str, more: str, expected: RangeWatch | None) -> None:
    """What must hold: every source has it; only a public one holds, unless the configuration says otherwise."""
    assert bounds(tmp_path, source, more).ranges == expected


@pytest.mark.parametrize(
    ("source", "more", "limit"),
    [(CRM, "", None), (CRM, ", hourly_ceiling: 9", 9), (FORM, "", 60), (FORM, ", hourly_ceiling: 500", 500)],
)
def test_a_ceiling(tmp_path: Path, source: str, more: str, limit: int | None) -> None:
    """What must hold: any source may have one, enriching ones too, and a public one is never without."""
    ceiling = bounds(tmp_path, source, more).ceiling
    assert (ceiling.limit if ceiling else None) == limit
    enriching = ", enrich: {url: 'https://crm.example/{payload.id}'}"
    assert bounds(tmp_path, CRM, f", hourly_ceiling: 3{enriching}").ceiling is not None


@pytest.mark.parametrize("more", ["burst: on", "burst: {factor: 1}", "range_watch: {per_hour: 0}", "burst: {least: 1}"])
def test_what_is_wrong_is_told(tmp_path: Path, more: str) -> None:
    """What must hold: a mistake stops the load, told once."""
    assert len(wrong(tmp_path, f"{CRM}, {more}}}\n")) == 1
