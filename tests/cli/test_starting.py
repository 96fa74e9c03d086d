"""init writes what works: for every sender a source, a rule and a sample that load and can be tried."""

import re
from pathlib import Path

import pytest
from provider_examples import FORMS, PROVIDERS, made_up_secret
from upstairs import Dialgate

from gateway.errors import ConfigInvalid
from gateway.rules.loading import load

BASE = """
accounts: {main: {}}
numbers: {east: {id: pn_east, account: main}}
policy: {hours: always}
"""
ONLY_THEY_CAN_SIGN = {"gohighlevel"}  # until a key pair of one's own stands among the secrets, as its page says
PAGES = Path(__file__).parent.parent.parent / "docs" / "providers"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A configuration with a number to call from, and no source yet."""
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "dialgate.yaml").write_text(BASE)
    return tmp_path / "config"


def environment_for(folder: Path) -> dict[str, str]:
    """Secrets of a form the written source takes."""
    names = dict.fromkeys(re.findall(r"\$\{(\w+)\}", "".join(path.read_text() for path in folder.glob("*.yaml"))))
    for form in FORMS:
        environ = {name: made_up_secret(form, number) for number, name in enumerate(names)}
        try:
            load(folder, environ)
        except ConfigInvalid:
            continue
        return environ
    raise AssertionError(f"no secrets fit {list(names)}")


@pytest.mark.parametrize("provider", sorted(name for name in PROVIDERS if (PAGES / f"{name}.md").is_file()))
def test_what_it_writes_loads(provider: str, folder: Path, dialgate: Dialgate) -> None:
    """The folder loads with the new source and its rule, and the sample lies beside it."""
    answer = dialgate("init", provider, "--name", "fresh")
    assert (answer.code, answer.err) == (0, "")
    rulebook = load(folder, environment_for(folder))
    assert rulebook.sources["fresh"].provider.name == provider
    assert [rule.name for rule in rulebook.config.rules] == ["call leads of fresh"]
    assert list((folder / "samples").glob("fresh-*"))


@pytest.mark.parametrize("provider", sorted(PROVIDERS))
def test_every_sender_can_be_tried_by_its_sample(
    provider: str, folder: Path, dialgate: Dialgate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A realistic request, signed as that sender signs, is authentic and is read as at least one event."""
    assert dialgate("init", provider).code == 0
    for name, value in environment_for(folder).items():
        monkeypatch.setenv(name, value)
    answer = dialgate("try", provider, "--sample", "--json", "--config", str(folder))
    if provider in ONLY_THEY_CAN_SIGN:
        assert (answer.code, "only the sender has the private key" in answer.err) == (2, True)
    else:
        assert answer.json["authentication"]
        assert answer.json["events"]


def test_the_sample_can_be_tried_at_once(folder: Path, dialgate: Dialgate, monkeypatch: pytest.MonkeyPatch) -> None:
    """`try` says that a phone would ring, by the source or its provider; another sender is pointed to init."""
    assert dialgate("init", "typeform", "--name", "survey").code == 0
    for name, value in environment_for(folder).items():
        monkeypatch.setenv(name, value)
    sample = next((folder / "samples").glob("survey-*"))
    for name in ("survey", "typeform"):
        tried = dialgate("try", name, str(sample), "--config", str(folder))
        assert tried.code == 0, tried.out + tried.err
    missing = dialgate("try", "calendly", "--config", str(folder))
    assert (missing.code, "`dialgate init calendly` writes one" in missing.err) == (2, True)


def test_a_folder_is_read_as_dialgate_reads_it(folder: Path, dialgate: Dialgate) -> None:
    """Text that only Dialgate's YAML takes is no obstacle; a file with mistakes is told with its place."""
    rule = "rules: [{name: one, when: true, call: {from: east, contact: {first_name: payload.?first_name}}}]\n"
    (folder / "a.yaml").write_text(rule)
    assert dialgate("init", "typeform", "--name", "survey").code == 0
    (folder / "b.yaml").write_text("numbers: {east\n")
    answer = dialgate("init", "typeform", "--name", "other")
    assert (answer.code, "b.yaml:2:1: not valid YAML" in answer.err) == (2, True), answer.err
    assert not (folder / "other.yaml").exists()


def test_it_asks_which_sender(folder: Path, dialgate: Dialgate, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a name it lists the senders and asks."""
    monkeypatch.setattr("typer.prompt", lambda _: "typeform")
    answer = dialgate("init")
    assert "Standard Webhooks and Svix" in answer.out
    assert (folder / "typeform.yaml").is_file()


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("nosuch",), 2, "there is no provider 'nosuch'"),
        (("typeform", "--name", "Not A Name"), 2, "is not a name"),
        (("typeform", "--name", "dialgate"), 1, "dialgate.yaml exists"),
        (("typeform", "--folder", "elsewhere"), 1, "has a number to call from"),
    ],
)
def test_what_it_refuses(words: tuple[str, ...], code: int, said: str, folder: Path, dialgate: Dialgate) -> None:
    """A clear line, and nothing written."""
    before = sorted(folder.rglob("*"))
    answer = dialgate("init", *words)
    assert (answer.code, said in answer.err) == (code, True), answer.err
    assert sorted(folder.rglob("*")) == before


def test_two_sources_of_one_sender_keep_their_secrets_apart(folder: Path, dialgate: Dialgate) -> None:
    """Variables carry the source's name."""
    for name in ("first", "second"):
        assert dialgate("init", "typeform", "--name", name).code == 0
    assert {"${FIRST_SECRET}", "${SECOND_SECRET}"} <= {
        found for path in folder.glob("*.yaml") for found in re.findall(r"\$\{\w+\}", path.read_text())
    }
