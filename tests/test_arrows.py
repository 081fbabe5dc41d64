"""Keeps the table of the rooms true: who may import whom, and what must never be imported early."""

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("rag", "corpora", "ingest", "eval", "finetune", "ui")
ALLOWED = {
    "rag": {"rag"},
    "corpora": {"corpora", "rag.records", "rag.settings", "rag.errors"},
    "ingest": {"ingest", "rag", "corpora"},
    "eval": {"eval", "rag", "ingest"},
    "eval.bench": {*ROOMS},
    "finetune": {"finetune", "rag", "ingest", "eval"},
    "ui": {*ROOMS},
}
HEAVY = {
    "torch",
    "transformers",
    "sentence_transformers",
    "llama_index",
    "gradio",
    "fastapi",
    "ray",
    "pandas",
    "sklearn",
    "scipy",
}


def modules_of(room: str) -> list[Path]:
    """Files of a room; ``eval/bench`` is a room of its own."""
    files = sorted((ROOT / room.replace(".", "/")).rglob("*.py"))
    return [file for file in files if room == "eval.bench" or "bench" not in file.relative_to(ROOT).parts[:2]]


def imports_of(source: str, package: str) -> Iterator[str]:
    """Dotted names that a source imports anywhere, in functions and under ``if TYPE_CHECKING`` too.

    ``from rag import records`` counts as ``rag.records``; so does a literal ``import_module("rag.records")``.
    """
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield from (f"{base}.{a.name}" if is_module(f"{base}.{a.name}") else base for a in node.names)
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in ("import_module", "__import__"):
                yield str(node.args[0].value)


def is_module(name: str) -> bool:
    path = ROOT / name.replace(".", "/")
    return path.with_suffix(".py").is_file() or path.is_dir()


def package_of(file: Path) -> str:
    return ".".join(file.relative_to(ROOT).parent.parts)


def wrong_arrows(room: str, source: str, package: str) -> list[str]:
    """Imports of ours that the room may not have."""
    ours = [name for name in imports_of(source, package) if name.split(".")[0] in {*ROOMS, "tests"}]
    return [
        name
        for name in ours
        if not any(name == allowed or name.startswith(f"{allowed}.") for allowed in ALLOWED[room])
        or (room == "eval" and f"{name}.".startswith("eval.bench."))
    ]


@pytest.mark.parametrize("room", ALLOWED)
def test_rooms_import_only_what_the_design_allows(room: str) -> None:
    wrong = [
        f"{file.relative_to(ROOT)} imports {name}"
        for file in modules_of(room)
        for name in wrong_arrows(room, file.read_text(), package_of(file))
    ]
    assert not wrong, f"{room} may import only {', '.join(sorted(ALLOWED[room]))} of ours"


@pytest.mark.parametrize(
    ("room", "source", "wrong"),
    [
        ("rag", "from rag.records import Hit", []),
        ("rag", "def f():\n    import ui.cli", ["ui.cli"]),
        ("rag", "import importlib\nimportlib.import_module('ingest.spl')", ["ingest.spl"]),
        ("rag", "from tests.toys import Encoder", ["tests.toys"]),
        ("rag", "from .. import records", []),
        ("corpora", "from rag import records, settings", []),
        ("corpora", "from rag import index", ["rag.index"]),
        ("corpora", "import rag", ["rag"]),
        ("ingest", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from eval.run import run", ["eval.run"]),
        ("eval", "from eval.bench.search import run", ["eval.bench.search"]),
        ("finetune", "import ragged, numpy", []),
    ],
)
def test_a_wrong_arrow_is_seen_wherever_it_stands(room: str, source: str, wrong: list[str]) -> None:
    assert wrong_arrows(room, source, f"{room}.search" if room == "rag" else room) == wrong


def test_nobody_imports_the_bare_name_eval() -> None:
    # "import eval" and "import eval.run" both hide the builtin; "from eval.run import ..." does not.
    bare = [
        str(file.relative_to(ROOT))
        for folder in (*ROOMS, "tests")
        for file in sorted((ROOT / folder).rglob("*.py"))
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Import)
        for alias in node.names
        if alias.name.split(".")[0] == "eval" and alias.asname in (None, "eval")
    ]
    assert not bare


def test_init_files_hold_a_docstring_only() -> None:
    for file in (file for room in (*ROOMS, "tests") for file in sorted((ROOT / room).rglob("__init__.py"))):
        tree = ast.parse(file.read_text())
        assert ast.get_docstring(tree) and len(tree.body) == 1, f"{file.relative_to(ROOT)} must hold a docstring only"


def test_the_command_line_starts_without_anything_heavy() -> None:
    code = "import json, sys; import ui.cli; print(json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert not HEAVY & set(json.loads(done.stdout))
