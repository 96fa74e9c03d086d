"""Every mistake in a configuration is told at once, where it stands, in words that say what to write."""

from pathlib import Path

import pytest
from rules.written import ENVIRON, HEAD, TOKEN, wrong

LINES = HEAD.count("\n")
CALL = "call: {from: east, contact: {phone: person.phone}}"


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("- a", ["1:1: the configuration must be a map with accounts, numbers, sources, rules and policy"]),
        ("polcy: {}", ['1:1: unknown key "polcy"; did you mean "policy"?']),
        ("matching: most", ["1:11: must be first or all"]),
        ("rules: {}", ["1:8: `rules` must be a list"]),
        ("accounts: []", ["1:11: `accounts` must be a map"]),
        ("policy: []", ["1:9: `policy` must be a map"]),
        ("policy: {cooldown: 10}", ["1:20: write a duration with its unit, for example 10m, 24h or 7d, not 10"]),
        ("policy: {hours: sometimes}", ["1:17: must be a map (key: value)"]),
        ("policy: {hours: {outside: ring}}", ["1:27: must be 'wait' or 'skip'"]),
        ("policy: {hours: {assume_zone: EST}}", None),
        (
            "policy: {hours: {assume_zone: Mars/Olympus}}",
            ['1:31: "Mars/Olympus" is not an IANA time zone; write for example America/New_York'],
        ),
        ("accounts: {a: {token: x, tokn: y}}", ['1:26: unknown key "tokn"; did you mean "token"?']),
        ("accounts: {'a b': {}}", ["1:12: a name has letters, digits, - and _ only, at most 63"]),
        ("accounts: {a: {organization: 5}}", ["1:30: must be text; put quotes around it"]),
        ("accounts: {a: {organization: x}}", ["1:30: an organization id is a UUID"]),
        ("accounts: {a: {pace: {per_second: 0}}}", ["1:35: must be greater than or equal to 1"]),
        ("accounts: {a: {pace: {per_second: many}}}", ["1:35: must be a whole number"]),
        ("accounts: {a: }\nnumbers: {n: }", ['2:11: "account" is missing', '2:11: "id" is missing']),
        ("accounts: {a: {}}\nnumbers: {n: {id: '', account: a}}", ["2:19: must not be empty"]),
        ("accounts: {a: {}}\nnumbers: {n: {id: ~, account: a}}", ["2:19: must not be empty"]),
        (
            "accounts: {main: {}}\nnumbers: {n: {id: x, account: mian}}",
            ['2:31: there is no account "mian"; did you mean "main"?'],
        ),
        ("sources: {s: {provider: hubspt}}", ['1:25: there is no provider "hubspt"; did you mean "hubspot"?']),
        ("sources: {s: {}}", ['1:11: "provider" is missing']),
        ("sources: {s: {provider: hubspot}}", ['1:11: hubspot needs a secret: secrets: ["${NAME}"]']),
        ("sources: {s: {provider: hubspot, secrets: [a, b, c]}}", ["1:43: must have at most 2 items"]),
        ("sources: {s: {provider: html_form, origins: []}}", ["1:45: must have at least 1 item"]),
        (
            "sources: {s: {provider: hubspot, secrets: [x], max_bdy: 5}}",
            ['1:48: unknown key "max_bdy"; did you mean "max_body"?'],
        ),
        (
            "sources: {s: {provider: generic, path_token: short}}",
            [
                "1:11: path_token can be guessed: draw one of 128 bits or more, e.g. with `openssl rand -hex 24`",
                "1:46: must be 22 to 200 letters, digits, - and _, chosen at random",
            ],
        ),
    ],
    ids=range(28),
)
def test_mistakes_outside_rules(tmp_path: Path, text: str, problems: list[str] | None) -> None:
    """The place of the value, or of the key that should not be there, and what to write instead."""
    found = wrong(tmp_path, text)
    if problems is not None:
        expected = [problem for problem in found if "token is" not in problem]
        assert sorted(expected) == sorted(problems)


@pytest.mark.parametrize(
    ("rule", "problems"),
    [
        ("just text", ["1:5: must be a map (key: value)"]),
        (f"{{name: a, {CALL}, sources: [crn]}}", ['there is no source "crn"; did you mean "crm"?']),
        (f"{{name: a, sources: [crm], {CALL}, priority: urgent}}", ["must be 'low', 'normal' or 'high'"]),
        (f"{{name: '', sources: [crm], {CALL}}}", ["must not be empty"]),
        (f"{{sources: [crm], {CALL}}}", ['"name" is missing']),
        ("{name: a, sources: [crm], call: {contact: {phone: person.phone}}}", ['"from" is missing']),
        (
            "{name: a, sources: [crm], call: {from: eastt, contact: {phone: person.phone}}}",
            ['there is no number "eastt"; did you mean "east"?'],
        ),
        (
            "{name: a, sources: [crm], call: {from: east, contact: {}}}",
            ["give an `id` or a `phone`: there is nobody to call"],
        ),
        (
            "{name: a, sources: [crm], call: {from: east, contact: {phone: person.phone, region: us}}}",
            ['"us" is not a region; write two capital letters, for example US; did you mean "US"?'],
        ),
        (
            f"{{name: a, sources: [crm], {CALL}, regions: [US, Narnia]}}",
            ['"Narnia" is not a region; write two capital letters, for example US'],
        ),
        (
            f"{{name: a, sources: [crm, form], {CALL}}}",
            ["anyone can post to form: list the `regions` this rule may ring"],
        ),
        (f"{{name: a, {CALL}}}", ["anyone can post to form: list the `regions` this rule may ring"]),
        (
            "{name: a, sources: [form], regions: [US], call: {from: east, contact: {id: payload.id}}}",
            ["anyone can post to form: use `phone`, not `id`"],
        ),
        (f"{{name: a, sources: [crm], {CALL}, delay: 24h}}", ["the lead expires before the delay is over"]),
        (
            f"{{name: a, sources: [crm], {CALL}, delay: 2h, expires_after: 1h}}",
            ["the lead expires before the delay is over"],
        ),
        (
            f"{{name: a, sources: [crm], {CALL}, hours: {{assume_zone: x}}}}",
            ['"x" is not an IANA time zone; write for example America/New_York'],
        ),
        (
            f"{{name: a, sources: [crm], {CALL}, when: {{all: [{{field: payload.x, eq: 1}}]}}}}",
            ['unknown key "eq"'],
        ),
        (f"{{name: a, sources: [crm], {CALL}, when: 5}}", ["must be text; put quotes around it"]),
        (
            "{name: a, sources: [crm], call: {from: east, contact: {phone: person.phone, tags: [{cel: 1 +}, x, 5]}}}",
            ["the expression ends too early", "must be text; put quotes around it"],
        ),
        (
            "{name: a, sources: [crm], call: {from: east, campaign: {cl: x}, contact: {phone: person.phone}}}",
            ['unknown key "cl"; did you mean "cel"?', '"cel" is missing'],
        ),
        (
            "{name: a, sources: [crm], call: {from: east, contact: {phone: pyload.x, fields: {a: payload., b: 1}}}}",
            ['unknown name "pyload"; did you mean "payload"?', "unexpected '.'", "must be text; put"],
        ),
        ("{name: a, sources: [crm], call: []}", ["must be a map (key: value)"]),
        (f"{{name: a, sources: [crm], {CALL}, sources: form}}", ['"sources" stands here twice']),
        (f"{{name: a, sources: crm, {CALL}}}", ["anyone can post to form", "must be a list, for example [a, b]"]),
    ],
    ids=range(24),
)
def test_mistakes_in_rules(tmp_path: Path, rule: str, problems: list[str]) -> None:
    """Names, types, expressions and what does not fit together; each told, none hidden by another."""
    found = wrong(tmp_path, f"{HEAD}rules:\n  - {rule}\n")
    assert len(found) == len(problems), found
    assert all(any(problem in line for line in found) for problem in problems), found


def test_two_rules_may_not_share_a_name(tmp_path: Path) -> None:
    """Calls carry their rule's name: both places are told."""
    rule = f"  - {{name: a, sources: [crm], {CALL}}}\n"
    found = wrong(tmp_path, f"{HEAD}rules:\n{rule}{rule}")
    assert found == [f'{LINES + line}:12: there is more than one rule called "a"' for line in (2, 3)]


def test_a_very_long_condition_is_told(tmp_path: Path) -> None:
    """The engine's bound is told in the author's words."""
    alternatives = ", ".join(f"{{field: payload.a.b.c.d, equals: {number}}}" for number in range(400))
    found = wrong(tmp_path, f"{HEAD}rules:\n  - {{name: a, sources: [crm], {CALL}, when: {{any: [{alternatives}]}}}}\n")
    assert [line.partition(": ")[2] for line in found] == [
        "the condition is too long: use `in` with a list, or several rules"
    ]


@pytest.mark.parametrize(
    ("token", "problem"),
    [
        (TOKEN, None),
        ("", None),
        ("aaaa.bbbb.cccc", "this looks like a JWT, which the call API does not accept: it wants orgId.secret"),
        ("nodotsatall", "a token is orgId.secret: one dot, with a UUID before it and the secret after it"),
        ("not-a-uuid.secret", "the part of the token before the dot must be the organization's UUID"),
        (
            TOKEN.partition(".")[0] + ".",
            "a token is orgId.secret: one dot, with a UUID before it and the secret after it",
        ),
        (TOKEN + " x", "a token is orgId.secret: one dot, with a UUID before it and the secret after it"),
    ],
)
def test_the_shape_of_a_token(tmp_path: Path, token: str, problem: str | None) -> None:
    """One dot, a UUID before it, something after; three parts look like a JWT. The token itself is never shown."""
    found = wrong(tmp_path, 'accounts: {main: {token: "${TOKEN:-}"}}', {"TOKEN": token})
    assert found == ([f"1:26: {problem}"] if problem else [])
    assert not token or token not in "".join(found)


def test_no_secret_is_ever_shown(tmp_path: Path) -> None:
    """Not in a duration, not in a name, not in an expression that a variable was put into by mistake."""
    secret = "hunter2-hunter2"
    text = HEAD + (
        'policy: {cooldown: "${SECRET}"}\n'
        "rules:\n"
        '  - {name: "${SECRET}", when: "${SECRET}", sources: ["${SECRET}"],\n'
        '     call: {from: "${SECRET}", contact: {phone: x}}}\n'
        '  - {name: "${SECRET}", when: true}\n'
    )
    found = wrong(tmp_path, text, ENVIRON | {"SECRET": secret})
    assert len(found) >= 6
    assert secret not in "\n".join(found)


def test_unset_variables_and_other_mistakes_are_told_together(tmp_path: Path) -> None:
    """One run tells it all, in the file's order."""
    found = wrong(tmp_path, HEAD + f"rules:\n  - {{name: a, {CALL}, sources: [x]}}\nmatching: x\n", {})
    assert found == [
        "2:17: the environment variable TOKEN is not set (or empty); ${TOKEN:-} lets it be",
        f'{LINES + 2}:77: there is no source "x" (there is: crm, form, other)',
        f"{LINES + 3}:11: must be first or all",
    ]
