"""``rxcite finetune train`` and ``list`` as a shell sees them."""

import json
from pathlib import Path
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner, Result

from rag.errors import ModelMissing, UsageError
from rag.writing import adapters
from tests import toys_tuning as toys
from ui import tuning
from ui.command import Anywhere

for _extra in ("peft", "trl", "bitsandbytes", "datasets"):
    pytest.importorskip(_extra, reason="comes with the extra finetune")

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*gradient_checkpointing.* is deprecated:FutureWarning"),  # trl 1.16's own words
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # transformers leaves safetensors files to the collector
]

app = typer.Typer()
app.add_typer(tuning.app, name="finetune")


@app.callback()
def _anywhere(ctx: typer.Context, home: Annotated[Path | None, typer.Option("--home")] = None) -> None:
    ctx.obj = Anywhere(None, home, None)


def rxcite(home: Path, *arguments: str) -> Result:
    done = CliRunner().invoke(app, ["--home", str(home), "finetune", *arguments])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tuning")
    toys.base(folder / "base")
    toys.rows(folder / "rows", train=8, valid=4)
    (folder / "quick.toml").write_text(
        'precision = "float32"\nmethod = "lora"\nsteps = 4\ncheck_every = 2\nbatch = 2\ncompletion = 4\nlongest = 64\n'
    )
    return folder


def told(room: Path, *more: str) -> list[str]:
    given = ["--recipe", room / "quick.toml", "--base", room / "base", "--rows", room / "rows", "--threads", "1"]
    return ["train", *map(str, given), *more]


def test_a_run_ends_in_an_adapter_that_is_listed_and_let_in(room: Path, tmp_path: Path) -> None:
    done = rxcite(tmp_path, *told(room, "--out", "mine", "--set", "rank=4", "--weight", "abstain=2", "--json"))
    said = json.loads(done.stdout)
    assert said["recipe"]["rank"] == 4 and said["recipe"]["weights"] == {"abstain": 2}
    assert said["scores"]["steps"] == 4
    assert adapters.allowed("mine", tmp_path).sha256 == said["sha256"]
    assert rxcite(tmp_path, "list").stdout.startswith("mine ")
    assert json.loads(rxcite(tmp_path, "list", "--json").stdout)["adapters"] == [said]


def test_a_run_is_gone_on_with_by_its_name_alone(room: Path, tmp_path: Path) -> None:
    rxcite(tmp_path, *told(room, "--out", "mine"))
    said = json.loads(rxcite(tmp_path, "train", "--out", "mine", "--resume", "--set", "steps=6", "--json").stdout)
    assert said["scores"]["steps"] == 6
    assert said["recipe"]["base"] == str(room / "base")


def test_an_adapter_to_go_on_from_is_named(room: Path, tmp_path: Path) -> None:
    rxcite(tmp_path, *told(room, "--out", "first"))
    said = json.loads(rxcite(tmp_path, *told(room, "--out", "second", "--start", "first", "--json")).stdout)
    assert said["recipe"]["start"] == str(tmp_path / "adapters" / "first")
    with pytest.raises(UsageError, match="no adapter third"):
        rxcite(tmp_path, *told(room, "--out", "fourth", "--start", "third"))


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ([], "give --out NAME"),
        (["--out", "x", "--set", "rank"], "give NAME=VALUE"),
        (["--out", "x", "--set", "speed=9"], "unknown setting speed"),
        (["--out", "x", "--weight", "cite=much"], "give TASK=N"),
        (["--out", "x", "--longest", "9"], "nothing was trained"),
        (["--out", "x", "--method", "galore"], "method must be one of"),
    ],
)
def test_what_is_wrong_is_one_line(more: list[str], said: str, room: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=said) as error:
        rxcite(tmp_path, *told(room, *more))
    assert "\n" not in str(error.value)


def test_a_base_that_is_not_there_is_one_line(room: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(ModelMissing, match="no such folder"):
        rxcite(tmp_path, *told(room, "--out", "x", "--base", str(tmp_path / "none")))


def test_an_empty_home_says_so(tmp_path: Path) -> None:
    done = rxcite(tmp_path, "list")
    assert done.stdout == "" and "no adapter in" in done.stderr
