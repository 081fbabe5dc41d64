"""Keeps the house in order: dependencies, pins, extras and packages agree with each other and with the code."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
EXTRAS = {
    name: [Requirement(line) for line in lines] for name, lines in PYPROJECT["project"]["optional-dependencies"].items()
}
CORE = [Requirement(line) for line in PYPROJECT["project"]["dependencies"]]
DECLARED = [*CORE, *(requirement for extra in EXTRAS.values() for requirement in extra)]
PACKAGES = PYPROJECT["tool"]["setuptools"]["packages"]
PINS = {
    canonicalize_name(name): version
    for name, version in re.findall(r"^([A-Za-z0-9._-]+)==(\S+)$", (ROOT / "constraints.txt").read_text(), re.MULTILINE)
}


@pytest.mark.parametrize("requirement", DECLARED, ids=str)
def test_each_direct_dependency_is_pinned_within_its_range(requirement: Requirement) -> None:
    name = canonicalize_name(requirement.name)
    assert name in PINS, f"constraints.txt has no pin for {name}"
    assert requirement.specifier.contains(PINS[name]), f"pin {PINS[name]} is outside {requirement}"


def test_constraints_hold_nothing_but_pins_and_comments() -> None:
    lines = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if line and not line.startswith("#")]
    assert len(lines) == len(PINS), "a line is no plain NAME==VERSION, or a name stands twice"


def test_faiss_comes_from_exactly_one_extra_at_a_time() -> None:
    # Both wheels bring the module "faiss": in one environment the later one half overwrites the other.
    holders = {name: {r.name for r in extra if r.name.startswith("faiss")} for name, extra in EXTRAS.items()}
    assert {name: faiss for name, faiss in holders.items() if faiss} == {"cpu": {"faiss-cpu"}, "gpu": {"faiss-gpu"}}
    assert not any(requirement.name.startswith("faiss") for requirement in CORE)


def test_no_range_of_torch_reaches_the_cuda_only_releases() -> None:
    torch = next(requirement for requirement in CORE if requirement.name == "torch")
    assert torch.specifier.contains("2.13.0+cpu") and not torch.specifier.contains("2.14.0")


def test_each_package_is_listed_and_tests_are_not() -> None:
    top = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}
    found = {
        ".".join(path.parent.relative_to(ROOT).parts) for room in top for path in (ROOT / room).rglob("__init__.py")
    }
    assert set(PACKAGES) == found
    assert len(PACKAGES) == len(set(PACKAGES))


def test_each_data_file_of_a_room_is_shipped() -> None:
    shipped = PYPROJECT["tool"]["setuptools"]["package-data"]
    rooms = {package.split(".")[0] for package in PACKAGES}
    files = [file.relative_to(ROOT) for room in rooms for file in (ROOT / room).rglob("*") if file.is_file()]
    data = [file for file in files if file.suffix not in (".py", ".pyc")]
    left_out = [
        str(file)
        for file in data
        if not any(
            file.match(f"{package.replace('.', '/')}/{glob}") for package, globs in shipped.items() for glob in globs
        )
    ]
    assert not left_out, "name them in [tool.setuptools.package-data]"


def test_each_third_party_import_is_a_declared_dependency() -> None:
    declared = {canonicalize_name(requirement.name) for requirement in DECLARED}
    owners = packages_distributions()
    ours = {package.split(".")[0] for package in PACKAGES}
    missing = [
        f"{file.relative_to(ROOT)} imports {module}"
        for room in sorted(ours)
        for file in sorted((ROOT / room).rglob("*.py"))
        for module in sorted(_imported(file.read_text()) - ours - set(sys.stdlib_module_names))
        if not declared & {canonicalize_name(owner) for owner in (module, *owners.get(module, []))}
    ]
    assert not missing


def _imported(source: str) -> set[str]:
    """Top-level names of all modules that a source imports."""
    nodes = list(ast.walk(ast.parse(source)))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    from_ = {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module and not node.level}
    return {name.split(".")[0] for name in plain | from_}
