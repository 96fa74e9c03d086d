"""Promises of how scripts are put together from shared parts."""

import re
from importlib.resources import files

import pytest
from redis import Redis

from gateway.ledger.scripts import linked, load_scripts, units_of

SHARED = """-- A head that belongs to nobody.
local P = ARGV[1]
local A, B = 1, 2 -- told of `far` here, which is not a use
local TABLE = {}
for name in pairs({}) do
  TABLE[name] = A
end
local inner
do
  local function hidden() return B end
  function inner() return hidden() end
end
local function near(c) return c.far .. 'far' end
local function far() return near(inner()) end
local function alone() return P end
"""


@pytest.mark.parametrize(
    ("own", "needed"),
    [
        ("return 1", ""),
        ("return alone()", "P alone"),
        ("return TABLE", "A TABLE"),
        ("return near({})", "near"),
        ("return 'x'..far()", "A inner near far"),
        ("return a.far, 'far' -- far", ""),
    ],
)
def test_a_script_has_what_it_needs_in_order_and_no_more(own: str, needed: str) -> None:
    """What a transition names comes along, with what that names; comments, quotes and fields name nothing."""
    units = units_of(SHARED)
    names = {name for unit in units if unit.text in linked(units, own) for name in unit.names}
    assert names - {"B"} == set(needed.split())
    assert linked(units, own).endswith(own)


def test_many_parts_stand_in_functions_one_within_another(valkey_url: str) -> None:
    """However deep it stands, a part uses those before it, and the script's own answer is the answer."""
    shared = "".join(f"local function part{n}() return {n} + {f'part{n - 1}()' if n else 0} end\n" for n in range(150))
    source = linked(units_of(shared), "return part149() + part3()\n")
    with Redis.from_url(valkey_url) as redis:
        assert redis.eval(source, 0) == sum(range(150)) + sum(range(4))
    assert source.count("return (function()") > 3


def test_no_function_is_given_more_names_than_lua_allows(valkey_url: str) -> None:
    """Where everything is used to the very end, fewer levels are made, rather than a script that Redis refuses."""
    shared = "".join(f"local n{n} = {n}\n" for n in range(150))
    every = "+".join(f"n{n}" for n in range(150))
    with Redis.from_url(valkey_url) as redis:
        assert redis.eval(linked(units_of(shared), f"return {every}\n"), 0) == sum(range(150))


@pytest.mark.parametrize("name", sorted(load_scripts()))
def test_no_script_calls_what_nobody_defines(name: str, valkey_url: str) -> None:
    """Every shared function that a script calls stands in it before: Lua would say so only when it gets there."""
    source = load_scripts()[name].source
    with Redis.from_url(valkey_url) as redis:
        redis.script_load(source)
    code = re.sub(r"--.*|'[^'\n]*'", "", source)
    for each in _shared_names():
        call = re.search(rf"(?<![.\w]){each}\(", code)
        if call is not None:
            assert re.search(rf"^local [\w, ]*\b{each}\b", code[: call.end()], re.MULTILINE), each


def _shared_names() -> set[str]:
    folder = files("gateway.ledger").joinpath("lua", "shared")
    parts = sorted(folder.iterdir(), key=lambda part: part.name)
    units = units_of("\n".join(part.read_text(encoding="utf-8") for part in parts if part.name.endswith(".lua")))
    return {name for unit in units for name in unit.names}
