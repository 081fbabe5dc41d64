"""Settings searched on validation rows: what may be searched, what is kept, and searches that go on."""

import json
from pathlib import Path
from typing import Any

import pytest

from finetune.recipe import Recipe
from finetune.recipe import load as recipe_of
from finetune.sweep import BEST, TRIALS, Scores, Search, load, sweep
from rag.errors import UsageError

pytest.importorskip("optuna", reason="comes with the extra finetune")


def asked(folder: Path, text: str) -> Search:
    file = folder / "sweep.toml"
    file.write_text(text)
    return load(file)


SEARCH = "trials = 12\n[search]\nlearning_rate = {low = 1e-5, high = 1e-1, log = true}\nrank = [4, 8]\n"


class Bowl:
    """A run whose loss is least at a learning rate of 1e-3 and rank 8."""

    def __init__(self, dies_at: int = 0) -> None:
        self.ran: list[Path] = []
        self.dies_at = dies_at

    def __call__(self, recipe: Recipe, folder: Path) -> Scores:
        if len(self.ran) + 1 == self.dies_at:
            raise KeyboardInterrupt
        self.ran.append(folder)
        from math import log10

        return {"valid_loss": (log10(recipe.rate) + 3) ** 2 + (recipe.rank != 8), "citation_f1": 0.5}


def test_the_best_of_the_trials_is_found_and_can_be_trained_again(tmp_path: Path) -> None:
    found = sweep(asked(tmp_path, SEARCH), Recipe(base="mine", rows="rows"), tmp_path / "out", Bowl())
    assert len(found.tried) == 12
    assert found.tried[0].score == min(one.score for one in found.tried) < 0.5
    assert found.recipe.rank == 8
    again = recipe_of(tmp_path / "out" / BEST)
    assert (again.base, again.rank, again.learning_rate) == ("mine", 8, found.recipe.learning_rate)
    assert again.rows == "", "a recipe holds no place of this machine"
    kept = json.loads((tmp_path / "out" / TRIALS).read_text())
    assert [one["valid_loss"] for one in kept["trials"]] != sorted(one["valid_loss"] for one in kept["trials"])


def test_the_same_search_draws_the_same_and_a_killed_one_goes_on_in_its_folders(tmp_path: Path) -> None:
    whole, killed, again = Bowl(), Bowl(dies_at=5), Bowl()
    sweep(asked(tmp_path, SEARCH), Recipe(), tmp_path / "out", whole)
    with pytest.raises(KeyboardInterrupt):
        sweep(asked(tmp_path, SEARCH), Recipe(), tmp_path / "out", killed)
    sweep(asked(tmp_path, SEARCH), Recipe(), tmp_path / "out", again)
    assert again.ran == whole.ran and killed.ran == whole.ran[:4]


def test_more_is_better_of_citations(tmp_path: Path) -> None:
    search = asked(tmp_path, 'trials = 6\nmeasure = "citation_f1"\n[search]\nrank = [4, 8, 16]\n')
    found = sweep(search, Recipe(), tmp_path, lambda recipe, folder: {"citation_f1": recipe.rank / 100})
    assert found.tried[0].score == max(one.score for one in found.tried)
    assert [one.score for one in found.tried] == sorted((one.score for one in found.tried), reverse=True)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[search]\nrows = ['a', 'b']", "rows may not be searched"),
        ("[search]\nseed = [1, 2]", "seed may not be searched"),
        ("trials = 3", "must have a table"),
        ("[search]\nrank = 8", "must be a list of values"),
        ("[search]\nrank = {low = 9, high = 8}", "must be a list of values"),
        ('measure = "test_f1"\n[search]\nrank = [8]', "a score of validation"),
        ("trials = 0\n[search]\nrank = [8]", "give at least 1"),
        ("[search", "not valid TOML"),
    ],
)
def test_what_may_not_be_searched_or_judged_by_is_refused(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        asked(tmp_path, text)


def test_a_trial_without_the_score_stops_the_search(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="has no valid_loss; it has loss"):
        sweep(asked(tmp_path, SEARCH), Recipe(), tmp_path, lambda recipe, folder: {"loss": 1})


@pytest.mark.filterwarnings("ignore")  # of the libraries
def test_trials_are_trained_and_those_that_are_done_are_not_trained_again(tmp_path: Path) -> None:
    for extra in ("peft", "trl", "datasets"):
        pytest.importorskip(extra, reason="comes with the extra finetune")
    from tests import toys_tuning as toys
    from tests.test_finetune_train_cli import rxcite

    toys.base(tmp_path / "base")
    toys.rows(tmp_path / "rows", train=8, valid=4)
    (tmp_path / "quick.toml").write_text(
        'precision = "float32"\nmethod = "lora"\nsteps = 2\ncheck_every = 1\nbatch = 2\ncompletion = 4\nlongest = 64\n'
    )
    (tmp_path / "sweep.toml").write_text("trials = 2\n[search]\nlearning_rate = [0.001, 0.01]\n")
    given: list[Any] = ["train", "--recipe", tmp_path / "quick.toml", "--base", tmp_path / "base"]
    given += ["--rows", tmp_path / "rows", "--threads", "1", "--sweep", tmp_path / "sweep.toml", "--out", "found"]
    first = rxcite(tmp_path, *map(str, given))
    assert "valid_loss" in first.stdout and "--recipe" in first.stdout, first.output
    folder = tmp_path / "adapters" / "found"
    logs = {file: file.read_text() for file in folder.glob("trial-*/log.jsonl")}
    assert logs
    assert rxcite(tmp_path, *map(str, given)).stdout == first.stdout
    assert {file: file.read_text() for file in folder.glob("trial-*/log.jsonl")} == logs
