"""Configuration files: one, or a folder merged by key, with every place kept."""

from pathlib import Path

import pytest
from rules.written import ENVIRON, HEAD

from gateway.errors import ConfigInvalid
from gateway.rules.documents import MAX_FILE_BYTES
from gateway.rules.files import merge, read_files, version_of
from gateway.rules.loading import load
from gateway.rules.problems import ProblemList

RULE = "  - {{name: {name}, sources: [crm], call: {{from: east, contact: {{phone: person.phone}}}}}}\n"


def folder_of(tmp_path: Path, **files: str) -> Path:
    """A folder with these files; `_` in a name stands for a dot."""
    for name, text in files.items():
        (tmp_path / name.replace("_", ".")).write_text(text, encoding="utf-8")
    return tmp_path


def problems_of(path: Path) -> list[str]:
    """Every problem with the files at a path, their folder left out."""
    with pytest.raises(ConfigInvalid) as refused:
        load(path, ENVIRON)
    return [str(problem).replace(f"{path}/", "") for problem in refused.value.problems]


def test_a_folder_is_merged_by_key(tmp_path: Path) -> None:
    """Sections are joined, rules follow one another in the order of the files' names; other files are left alone."""
    path = folder_of(
        tmp_path,
        b_yaml=f"rules:\n{RULE.format(name='second')}",
        a_yaml=f"{HEAD}rules:\n{RULE.format(name='first')}",
        c_yml="numbers:\n  north: {id: pn_1, account: main}\n",
        d_txt="not: [yaml",
        _hidden_yaml="not: [yaml",
        e_yaml="# nothing\n",
    )
    rulebook = load(path, ENVIRON)
    assert [rule.name for rule in rulebook.config.rules] == ["first", "second"]
    assert set(rulebook.config.numbers) == {"east", "west", "north"}


def test_problems_of_a_folder_name_their_file(tmp_path: Path) -> None:
    """The place is the file's own, also for rules that were appended to another file's."""
    path = folder_of(
        tmp_path,
        a_yaml=f"{HEAD}rules:\n{RULE.format(name='first')}",
        b_yaml="rules:\n" + RULE.format(name="second").replace("east", "eastt"),
        c_yaml="numbers:\n  north: {id: 5, account: main}\n",
    )
    assert problems_of(path) == [
        'b.yaml:2:49: there is no number "eastt"; did you mean "east"?',
        "c.yaml:2:15: must be text; put quotes around it",
    ]


def test_the_same_key_twice_is_a_problem(tmp_path: Path) -> None:
    """Neither file wins silently."""
    path = folder_of(
        tmp_path,
        a_yaml=f"{HEAD}matching: all\n",
        b_yaml="numbers:\n  east: {id: pn_9, account: main}\nmatching: first\n",
        c_yaml="rules: {}\n",
    )
    assert problems_of(path) == [
        'b.yaml:2:3: "east" stands in a.yaml:4 too',
        'b.yaml:3:1: "matching" stands in a.yaml:10 too',
        "c.yaml:1:8: `rules` must be a list",
    ]


def test_a_file_of_a_folder_must_be_a_map(tmp_path: Path) -> None:
    """A list at the top of one file is told there."""
    assert problems_of(folder_of(tmp_path, a_yaml="- x\n", b_yaml=HEAD)) == [
        "a.yaml:1:1: the configuration must be a map"
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a: \xff\n", "f.yaml:1:1: not UTF-8 text"),
        (b"a: 1\nb: \xc3\x28\n", "f.yaml:2:1: not UTF-8 text"),
        (b"x" * (MAX_FILE_BYTES + 1), f"f.yaml: larger than {MAX_FILE_BYTES} bytes"),
        (b"a: [1", "f.yaml:2:1: not valid YAML: did not find expected ',' or ']'"),
    ],
    ids=range(4),
)
def test_files_that_cannot_be_read(tmp_path: Path, content: bytes, message: str) -> None:
    """Told with the file's name, and the line where there is one."""
    path = tmp_path / "f.yaml"
    path.write_bytes(content)
    with pytest.raises(ConfigInvalid) as refused:
        load(path, ENVIRON)
    assert message in str(refused.value)


@pytest.mark.parametrize("name", ["missing.yaml", "folder"])
def test_nothing_to_read_is_a_problem(tmp_path: Path, name: str) -> None:
    """A file that is not there, a folder without YAML files: start-up stops and says so."""
    (tmp_path / "folder").mkdir()
    with pytest.raises(ConfigInvalid, match=r"cannot be read: No such file|0 YAML files in this folder"):
        load(tmp_path / name, ENVIRON)


def test_a_folder_that_cannot_be_listed_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder we may not look into stops start-up with the system's own word."""

    def refuse(_: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", refuse)
    with pytest.raises(ConfigInvalid, match="cannot be read: Permission denied"):
        load(tmp_path, ENVIRON)


def test_a_byte_order_mark_is_no_text(tmp_path: Path) -> None:
    """Files saved by editors that write one are read."""
    path = tmp_path / "f.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + HEAD.encode())
    assert set(load(path, ENVIRON).sources) == {"crm", "other", "form"}


def test_the_version_is_of_the_files_not_of_the_secrets(tmp_path: Path) -> None:
    """Another text is another version; another secret is not, and leaves no trace in it."""
    path = folder_of(tmp_path, f_yaml=HEAD) / "f.yaml"
    first = load(path, ENVIRON).version
    other_secret = {"TOKEN": ENVIRON["TOKEN"] + "x"}
    assert load(path, other_secret).version == first
    path.write_text(HEAD + "# a comment\n")
    assert load(path, ENVIRON).version != first


def test_an_empty_file_is_an_empty_configuration(tmp_path: Path) -> None:
    """Nothing is configured, and nothing is wrong."""
    path = folder_of(tmp_path, f_yaml="") / "f.yaml"
    problems = ProblemList("f")
    files = read_files(path, problems)
    assert merge(files, problems) is None
    assert len(version_of(files)) == 12
    assert load(path, {}).config.rules == ()
