"""What all tests share: where things are, a progress file of their own, two threads, the same examples."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[1]

# Before anything imports numpy or torch: the figures in the lessons hold for two threads.
for _name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "2")
os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
os.environ.setdefault("MPLBACKEND", "agg")
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

import pytest  # noqa: E402
from hypothesis import HealthCheck, settings  # noqa: E402

# The same examples on each machine and in each run: a failure in CI can be repeated at home.
settings.register_profile(
    "course", derandomize=True, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow]
)
# For hunting: HYPOTHESIS_PROFILE=search tries other examples each time, and more of them.
settings.register_profile("search", deadline=None, max_examples=500)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "course"))

COSTS = pytest.StashKey[dict[str, str]]()


def load_module(path: Path) -> ModuleType:
    """Import a file of the repository that belongs to no package (`course.py`, `notebooks/build.py`)."""
    name = "_".join(path.relative_to(ROOT).with_suffix("").parts)
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, path)
        sys.modules[name] = module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return sys.modules[name]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--screenshots",
        metavar="FOLDER",
        default=os.environ.get("LESSONS_SCREENSHOTS"),
        help="keep what the lessons look like in JupyterLab (also: the variable LESSONS_SCREENSHOTS)",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.stash[COSTS] = {}


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    costs = config.stash[COSTS]
    if costs:
        terminalreporter.section("what the lessons take")
        for lesson, sentence in costs.items():
            terminalreporter.line(f"{lesson:<28}{sentence}")


@pytest.fixture(scope="session")
def root() -> Path:
    """Return the folder of the repository."""
    return ROOT


@pytest.fixture(scope="session")
def encoder():
    """Return the default encoder: loading it takes seconds, so it is loaded once."""
    from lessons_lib import load_encoder

    return load_encoder()


@pytest.fixture(scope="session")
def builder() -> ModuleType:
    """Return `notebooks/build.py` as a module."""
    return load_module(ROOT / "notebooks" / "build.py")


@pytest.fixture
def costs(request: pytest.FixtureRequest) -> dict[str, str]:
    """Return the table that the summary of the test run prints: lesson to a sentence on time and memory."""
    return request.config.stash[COSTS]


@pytest.fixture(autouse=True)
def progress_file(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Keep exercises from writing to the progress file of the person who runs the tests."""
    path = tmp_path_factory.mktemp("progress") / "progress.json"
    monkeypatch.setenv("LESSONS_LIB_PROGRESS", str(path))
    yield path
