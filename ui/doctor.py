"""What is installed, which accelerator, which models, which index; and what to do about what is missing."""

import importlib.util
import os
import platform
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from rag.errors import RxciteError
from rag.settings import Settings

ROOMS = ("rag", "corpora", "ingest", "eval", "finetune", "ui")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    what: str
    state: str
    advice: str = ""
    """What to do; empty where all is well."""
    needed: bool = True
    """False for what some do without: an extra, an accelerator."""


def examine(settings: Settings) -> Iterator[Finding]:
    """Findings, as they come: importing torch takes seconds."""
    yield Finding("Python", f"{platform.python_version()} in {sys.prefix}")
    yield _rooms()
    yield from _packages()
    yield _accelerator()
    yield _encoder(settings)
    yield _index(settings)


def _rooms() -> Finding:
    # The rooms have plain names; another package of that name, earlier on the path, would be imported in their place.
    folders = {room: _folder(room) for room in ROOMS}
    if len(set(folders.values())) == 1:
        return Finding("rooms", f"all in {folders['ui']}")
    places = ", ".join(f"{room} in {folder or 'no place'}" for room, folder in folders.items())
    return Finding("rooms", places, "install rxcite in an environment of its own: these names are shared with others")


def _folder(room: str) -> Path | None:
    spec = importlib.util.find_spec(room)
    return Path(spec.origin).parent.parent if spec and spec.origin else None


def _packages() -> Iterator[Finding]:
    try:
        lines = metadata.requires("rxcite") or []
        yield Finding("rxcite", metadata.version("rxcite"))
    except metadata.PackageNotFoundError:
        yield Finding(
            "rxcite", "not installed, runs from a folder", 'run "pip install -e .[cpu]" in that folder', needed=False
        )
        return
    core: dict[str, str] = {}
    extras: dict[str, list[str]] = {}
    for line in lines:
        name = re.split(r"[^A-Za-z0-9._-]", line, maxsplit=1)[0]
        extra = re.search(r"""extra == ['"]([^'"]+)""", line)
        if extra:
            extras.setdefault(extra.group(1), []).append(name)
        else:
            core[name] = line.partition(";")[0].strip()
    for name, requirement in core.items():
        version = _version(name)
        yield Finding(name, version or "missing", "" if version else f"run \"pip install '{requirement}'\"")
    faiss = [name for name in ("faiss-cpu", "faiss-gpu") if _version(name)]
    advice = ["run \"pip install 'rxcite[cpu]'\" (or gpu)", "", "uninstall one: both bring the module faiss"][
        len(faiss)
    ]
    yield Finding("faiss", ", ".join(f"{name} {_version(name)}" for name in faiss) or "missing", advice)
    for name, members in extras.items():
        if name not in ("cpu", "gpu", "dev"):
            yield _extra(name, members)


def _extra(extra: str, names: list[str]) -> Finding:
    missing = [name for name in names if not _version(name)]
    if not missing:
        return Finding(f"extra {extra}", ", ".join(f"{name} {_version(name)}" for name in names), needed=False)
    advice = f"run \"pip install 'rxcite[{extra}]'\" if you want it"
    return Finding(f"extra {extra}", f"missing: {', '.join(missing)}", advice, needed=False)


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _accelerator() -> Finding:
    cores = f"{os.cpu_count()} CPU cores"
    try:
        import torch
    except (ImportError, OSError) as error:  # OSError: a wheel whose libraries do not fit the machine
        return Finding("accelerator", f"torch cannot be imported: {error}", "install torch anew for this machine")
    if torch.cuda.is_available():
        names = [torch.cuda.get_device_properties(i) for i in range(torch.cuda.device_count())]
        return Finding("accelerator", ", ".join(f"{p.name}, {p.total_memory / 2**30:.0f} GiB" for p in names))
    if torch.backends.mps.is_available():
        return Finding("accelerator", f"Apple GPU (mps), {cores}")
    return Finding("accelerator", f"none; {cores} do for asking, a GPU is for large corpora and for tuning")


def _encoder(settings: Settings) -> Finding:
    from rag.index.encoder import folder_of

    try:
        return Finding("encoder", f"{settings.encoder} in {folder_of(settings.encoder)}")
    except RxciteError as error:
        return Finding("encoder", f"{settings.encoder} is missing", str(error))


def _index(settings: Settings) -> Finding:
    from rag.index.index import Index

    try:
        with Index.open(settings) as index:
            state = index.state
            words = f"{state.documents:,} documents, {state.passages:,} passages, generation {state.generation}"
            return Finding("index", f"{settings.index} in {settings.folder}: {words}")
    except RxciteError as error:
        return Finding("index", f"{settings.index} in {settings.folder} cannot be used", str(error), needed=False)
