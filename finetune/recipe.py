"""What a training run is told: base, method, stage, rows, sizes; defaults in code, replaced by a file and flags."""

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from finetune.plan import Method
from rag.errors import UsageError

SHIPPED = Path(__file__).parent / "recipes"


class Stage(StrEnum):
    """What the rows teach, and so which trainer runs."""

    SFT = "sft"
    """Right answers: the loss is that of the completion alone."""
    DPO = "dpo"
    """A right and a wrong answer to the same prompt (Rafailov et al. 2023)."""
    KTO = "kto"
    """Answers that are right or wrong, each by itself (Ethayarajh et al. 2024); pairs are taken apart."""
    REWARD = "reward"
    """A model that scores answers, from pairs."""
    GRPO = "grpo"
    """The model's own answers, rewarded for right citations (Shao et al. 2024)."""


_RATES = {Stage.SFT: 2e-4, Stage.DPO: 5e-6, Stage.KTO: 5e-6, Stage.REWARD: 1e-4, Stage.GRPO: 1e-5}
"""Of LoRA: ten times that of full fine-tuning (trl's guide to peft)."""
_VIRTUAL_RATE = 100
"""By how much prefix and prompt tuning learn faster: 1e-2 to 3e-2 (the same guide)."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """One training run; together with the rows it says what comes out, bit by bit on the same machine."""

    base: str = "smollm2"
    """smollm2 (the package's weights, re-quantised), or name or path of a model as in ``--model hf:``."""
    start: str = ""
    """Adapter folder to go on from, as from SFT to DPO; "" for a new adapter."""
    method: Method = Method.QLORA
    stage: Stage = Stage.SFT
    rows: str = ""
    """Folder with train.jsonl and valid.jsonl, as ``rxcite finetune data`` writes them, or one file of such rows."""
    checks: str = ""
    """Folder of answer rows whose valid.jsonl is asked for citation F1; "" for ``rows``."""
    weights: Mapping[str, float] = field(default_factory=dict)
    """How often a row of a task (or, of pairs, of a fault) is shown: 2 is twice, .5 every other row, 0 never."""
    limit: int = 0
    """Rows to train on at most, drawn by ``seed``; 0 for all."""
    rank: int = 16
    """Of LoRA and DoRA. It matters little where all linear layers are adapted (QLoRA paper)."""
    alpha: int = 16
    """What an adapter adds is scaled by alpha / sqrt(rank) (Kalajdzievski 2023)."""
    dropout: float = 0.0
    virtual_tokens: int = 20
    """Of prefix and prompt tuning."""
    learning_rate: float = 0.0
    """0 for the stage's and method's own: ``rate``."""
    schedule: str = "cosine"
    warmup: float = 0.03
    """Share of all steps."""
    clip: float = 1.0
    """Longest gradient."""
    epochs: float = 1.0
    steps: int = 0
    """Steps at most, in place of ``epochs``; 0 for none."""
    batch: int = 8
    """Rows at a time on a device."""
    accumulate: int = 1
    """Batches to a step."""
    longest: int = 512
    """Tokens of prompt and completion; a longer row stops the run before it starts."""
    completion: int = 64
    """Tokens of an answer: written for citation F1, and by GRPO."""
    check_every: int = 50
    """Steps between checks: validation loss, citation F1, checkpoint."""
    valid: int = 64
    """Validation rows whose loss is taken."""
    cited: int = 32
    """Validation rows that are answered, greedily, for citation F1; 0 for none."""
    patience: int = 4
    """Checks without a better validation loss after which training stops; 0 for never."""
    keep: int = 2
    """Checkpoints that stay on the disk, the best one apart."""
    beta: float = 0.1
    """How close DPO and KTO stay to the model they start from; of GRPO 0 is used, as trl does."""
    generations: int = 8
    """Answers to a prompt that GRPO compares."""
    temperature: float = 1.0
    """At which GRPO draws them."""
    reward: str = ""
    """Adapter of a reward stage, to reward GRPO in place of the gold citations; "" for these."""
    precision: str = "bfloat16"
    """Of matrix products: bfloat16 or float32; what is trained is kept in float32."""
    unpack: bool = False
    """Of QLoRA: unpack the 4-bit base once and not at each use. The numbers are the same and no memory is saved; for
    small models on a CPU, where unpacking takes a quarter of the time."""
    checkpointing: bool = False
    """Work activations out again to save memory: a third slower."""
    threads: int = 0
    """Of the CPU; 0 for torch's own choice."""
    seed: int = 20261121

    def __post_init__(self) -> None:
        """Refuse what no trainer can do."""
        if self.method is Method.FULL:
            raise UsageError("--method full is for finetune plan only; train qlora, lora, dora, prefix or prompt")
        if self.precision not in ("bfloat16", "float32"):
            raise UsageError(f"precision must be bfloat16 or float32, got {self.precision!r}")
        whole = ("rank", "alpha", "virtual_tokens", "batch", "accumulate", "longest", "completion", "check_every")
        if low := [name for name in (*whole, "valid", "keep") if getattr(self, name) < 1]:
            raise UsageError(f"{', '.join(low)} must be at least 1, got {[getattr(self, name) for name in low]}")
        if self.epochs <= 0 or min(self.steps, self.limit, self.cited, self.patience, self.learning_rate) < 0:
            raise UsageError("epochs must be above 0; steps, limit, cited, patience and learning_rate not below")
        if wrong := {task: weight for task, weight in self.weights.items() if weight < 0}:
            raise UsageError(f"weights must not be below 0, got {wrong}")
        if self.stage in (Stage.KTO, Stage.GRPO) and self.batch < 2:
            raise UsageError(f"{self.stage} compares the rows of a batch: give --batch 2 or more")
        if self.stage is Stage.GRPO and self.batch * self.accumulate % self.generations:
            raise UsageError(
                f"batch x accumulate is {self.batch * self.accumulate}, which {self.generations} generations do not"
                f" divide; give --batch {self.generations}"
            )

    @property
    def rate(self) -> float:
        """The learning rate, this stage's and method's own where none is set."""
        virtual = self.method in (Method.PREFIX, Method.PROMPT)
        return self.learning_rate or _RATES[self.stage] * (_VIRTUAL_RATE if virtual else 1)

    @property
    def plain(self) -> dict[str, Any]:
        """For JSON and TOML: names and values without a type of ours."""
        return {**asdict(self), "method": str(self.method), "stage": str(self.stage), "weights": dict(self.weights)}


def load(file: Path | None = None, **flags: Any) -> Recipe:
    """The recipe of a TOML file, or of a name in ``finetune/recipes``, with the flags that are not None on top.

    Raises:
        UsageError: no such file, a key that does not exist, or a value that cannot be.
    """
    if file is not None and not file.is_file() and (SHIPPED / f"{file}.toml").is_file():
        file = SHIPPED / f"{file}.toml"
    table: dict[str, Any] = {}
    if file is not None:
        try:
            table = tomllib.loads(file.read_text())
        except OSError as error:
            shipped = ", ".join(sorted(path.stem for path in SHIPPED.glob("*.toml")))
            raise UsageError(f"recipe {file}: {error.strerror}; give a file, or one of {shipped}") from error
        except tomllib.TOMLDecodeError as error:
            raise UsageError(f"recipe {file} is not valid TOML: {error}") from error
    return made({**table, **{name: value for name, value in flags.items() if value is not None}}, str(file or "flags"))


def made(table: Mapping[str, Any], where: str) -> Recipe:
    """The recipe of names and values, as ``plain`` gives them.

    Raises:
        UsageError: a key that does not exist, or a value that cannot be.
    """
    known = {one.name: getattr(Recipe(), one.name) for one in fields(Recipe)}
    if unknown := sorted(set(table) - set(known)):
        raise UsageError(f"{where}: unknown setting {', '.join(unknown)}; known here: {', '.join(sorted(known))}")
    values: dict[str, Any] = {}
    for name, value in table.items():
        kind = type(known[name])
        if isinstance(known[name], StrEnum):
            if value not in (known_values := [str(one) for one in kind]):
                raise UsageError(f"{where}: {name} must be one of {', '.join(known_values)}, got {value!r}")
            value = kind(value)
        elif isinstance(known[name], bool) != isinstance(value, bool) or not isinstance(
            value, int | float if kind is float else kind
        ):
            raise UsageError(f"{where}: {name} must be {kind.__name__}, got {value!r}")
        values[name] = float(value) if kind is float else value
    return replace(Recipe(), **values)
