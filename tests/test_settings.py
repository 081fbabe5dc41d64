"""Settings: defaults, then the file, the environment and the flags, each stronger than the one before."""

from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest

from rag import settings as module
from rag.errors import UsageError
from rag.settings import PassageSettings, SearchSettings, Settings, default_home, load


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_without_anything_the_defaults_hold() -> None:
    assert load() == Settings() and Settings().index == "default"


def test_a_file_replaces_defaults_and_leaves_the_rest(folder: Path) -> None:
    (folder / "rxcite.toml").write_text('index = "ward"\n[search]\nk = 5\nrrf = 60\n[passages]\ntarget_tokens = 64\n')
    found = load()
    assert (found.index, found.search.k, found.search.rrf, found.passages.target_tokens) == ("ward", 5, 60, 64)
    assert found.search.pool == SearchSettings().pool and found.encoder == Settings().encoder


def test_the_environment_is_stronger_than_the_file_and_flags_are_strongest(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "rxcite.toml").write_text('index = "of-the-file"\n')
    monkeypatch.setenv("RXCITE_INDEX", "of-the-environment")
    assert load().index == "of-the-environment"
    assert load(index="of-the-flag").index == "of-the-flag"
    assert load(index=None).index == "of-the-environment"  # a flag that was not given


def test_home_comes_from_the_environment_else_from_the_platform(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RXCITE_HOME", str(folder / "here"))
    assert default_home() == folder / "here" and Settings().folder == folder / "here" / "default"
    monkeypatch.delenv("RXCITE_HOME")
    assert default_home().name == "rxcite"


def test_home_in_the_file_is_a_path(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RXCITE_HOME")
    (folder / "rxcite.toml").write_text('home = "~/labels"\n')
    assert load().home == Path("~/labels").expanduser()


def test_a_home_in_the_environment_is_stronger_than_one_in_the_file(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "rxcite.toml").write_text('home = "/of/the/file"\n')
    monkeypatch.setenv("RXCITE_HOME", str(folder / "environment"))
    assert load().home == folder / "environment"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("indx = 'a'", "unknown setting 'indx'; known here: .*index"),
        ("[search]\nkk = 5", r"\[search\]: unknown setting 'kk'"),
        ("[search]\nk = 'many'", "k must be int, got 'many'"),
        ("[search]\nk = 2.5", "k must be int"),
        ("index = 5", "index must be str"),
        ("search = 5", "search must be SearchSettings"),
        ("index = ", "is not valid TOML"),
        ("[index]\nname = 'a'", "index"),
    ],
)
def test_a_slip_in_the_file_is_named_with_what_would_be_right(folder: Path, text: str, said: str) -> None:
    (folder / "rxcite.toml").write_text(text)
    with pytest.raises(UsageError, match=said) as error:
        load()
    assert "rxcite.toml" in str(error.value)


@pytest.mark.parametrize("name", ["", "../elsewhere", ".hidden", "a/b", "a b", "a\0b"])
def test_an_index_name_cannot_lead_out_of_its_home(name: str) -> None:
    with pytest.raises(UsageError, match="say --index NAME"):
        Settings(index=name)


@pytest.mark.parametrize(("target", "most"), [(16, 256), (256, 256), (300, 256), (-1, 256), (32, 32)])
def test_sizes_that_cannot_work_together_are_refused(target: int, most: int) -> None:
    with pytest.raises(UsageError, match="target_tokens"):
        PassageSettings(max_tokens=most, target_tokens=target)


def test_every_field_says_what_it_is() -> None:
    source = Path(module.__file__).read_text()
    for stage in (PassageSettings, SearchSettings):
        assert is_dataclass(stage)
        for field in fields(stage):
            after = source.split(f"    {field.name}: ", 1)[1].split("\n", 2)[1]
            assert after.strip().startswith('"""'), field.name
