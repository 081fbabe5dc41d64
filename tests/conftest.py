"""What every test gets: a home of its own, no network habits, and skips for what this machine lacks."""

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
OFFLINE = {
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "GRADIO_ANALYTICS_ENABLED": "False",
    "TOKENIZERS_PARALLELISM": "false",
}


def pytest_configure() -> None:
    # Before any library is imported: some read these once, at import.
    os.environ.update(OFFLINE)
    # A shell that runs the tests in the background ignores Ctrl-C, and all its children would; tests send it to theirs.
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("real") and not SHARED.is_dir():
        pytest.skip(f"reads {SHARED}, which is not here")
    if item.get_closest_marker("browser") and not (shutil.which("chromium") and shutil.which("chromedriver")):
        pytest.skip("drives Chromium; chromium or chromedriver is not on the path")
    if item.get_closest_marker("gpu"):
        import torch

        if not torch.cuda.is_available():
            pytest.skip("needs CUDA, and torch sees none")


@pytest.fixture(scope="session", autouse=True)
def _session_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    # Fixtures wider than one test are made before the fixture below, and must not write into the user's home either.
    with pytest.MonkeyPatch.context() as patch:
        _move_home(patch, tmp_path_factory.mktemp("home"))
        yield


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _move_home(monkeypatch, tmp_path / "home")


def _move_home(patch: pytest.MonkeyPatch, home: Path) -> None:
    for name in [name for name in os.environ if name.startswith("RXCITE_")]:
        patch.delenv(name)
    patch.setenv("RXCITE_HOME", str(home))
    for name, value in OFFLINE.items():
        patch.setenv(name, value)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real labels and question sets beside the repository; it is not part of a clone."""
    if not SHARED.is_dir():
        pytest.skip(f"reads {SHARED}, which is not here")
    return SHARED
