"""A fault inside an expression is told where it stands in the file, whatever way the YAML was written."""

from pathlib import Path

import pytest
from rules.written import ENVIRON, HEAD, wrong

RULE = """\
rules:
  - name: a
    when: {when}
    call: {{from: east, contact: {{phone: person.phone}}}}
    sources: [crm]
"""


@pytest.mark.parametrize(
    "when",
    [
        "oops",
        "payload.a == oops",
        '"oops"',
        "'payload.a == oops'",
        '"payload.a == \\"x\\" || oops"',
        "'payload.a == ''x'' || oops'",
        "payload.a == 1 ||\n      oops",
        '"payload.a == 1 ||\n\n      oops"',
        "|\n      payload.a == 1 ||\n        oops\n",
        ">-\n      payload.a == 1 ||\n      payload.b == 2 ||\n      oops",
        ">\n      payload.a == 1\n\n      || oops",
        "| # why\n      oops",
        "payload['é'] == oops",
        '"payload.a == \\u0031 || oops"',
        "&anchor payload.a == oops",
    ],
)
def test_faults_have_the_files_line_and_column(tmp_path: Path, when: str) -> None:
    """Plain, quoted and escaped, folded and literal scalars, with comments and anchors."""
    text = HEAD + RULE.format(when=when)
    before = text[: text.index("oops")]
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    (problem,) = wrong(tmp_path, text)
    assert problem.startswith(f'{line}:{column}: unknown name "oops"')


def test_where_a_variable_was_put_in_the_values_start_is_told(tmp_path: Path) -> None:
    """The text that was compiled is not the text in the file: its start is as near as it gets."""
    text = HEAD + RULE.format(when='"payload.a == ${NAME} || oops"')
    (problem,) = wrong(tmp_path, text, ENVIRON | {"NAME": "'x'"})
    assert problem.startswith(f"{HEAD.count(chr(10)) + 3}:11: ")
