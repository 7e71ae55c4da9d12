"""pyproject.toml, environment.yml, requirements.lock and course.py install the same course."""

import re
import stat
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

import course

ROOT = Path(course.__file__).resolve().parent
CONDA_NAMES = {"pytorch": "torch"}  # where conda-forge calls a package by another name
NOT_IN_THE_LOCK = re.compile(r"^(torch|triton|cuda-.*|nvidia-.*)$")
PYTHONS = ("3.11", "3.12", "3.13")
SYSTEMS = {
    "linux": {"sys_platform": "linux", "os_name": "posix", "platform_machine": "x86_64"},
    "darwin": {"sys_platform": "darwin", "os_name": "posix", "platform_machine": "arm64"},
    "win32": {"sys_platform": "win32", "os_name": "nt", "platform_machine": "AMD64"},
}


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


def ranges_of_pyproject():
    """{name: range} of everything a learner or a contributor needs."""
    project = tomllib.loads(read("pyproject.toml"))["project"]
    lists = [project["dependencies"], *project["optional-dependencies"].values()]
    wanted = [Requirement(line) for each in lists for line in each]
    return {canonicalize_name(requirement.name): requirement.specifier for requirement in wanted}


def lock_entries():
    """[(requirement, its hashes)] of the lock, one for each version and marker."""
    joined = re.sub(r"\\\n\s*", " ", read("requirements.lock"))
    entries = []
    for line in joined.splitlines():
        if line and not line.startswith("#"):
            requirement, *hashes = re.split(r"\s+--hash=", line.strip())
            entries.append((Requirement(requirement), hashes))
    return entries


def conda_environment():
    """({name: range} from conda-forge, [what pip adds])."""
    listed = yaml.safe_load(read("environment.yml"))["dependencies"]
    (pip,) = [entry["pip"] for entry in listed if isinstance(entry, dict)]
    conda = {}
    for entry in listed:
        if isinstance(entry, str):
            name, _, specifier = entry.partition(" ")
            name = canonicalize_name(name)
            conda[CONDA_NAMES.get(name, name)] = SpecifierSet(specifier)
    return conda, pip


RANGES, LOCK = ranges_of_pyproject(), lock_entries()


@pytest.mark.parametrize("name", sorted(RANGES))
def test_each_dependency_is_locked_inside_its_range(name):
    if name == "torch":
        versions = [course.TORCH]
    else:
        versions = [str(next(iter(r.specifier)).version) for r, _ in LOCK if canonicalize_name(r.name) == name]
    assert versions, f"{name} is not in requirements.lock"
    assert all(RANGES[name].contains(Version(version)) for version in versions)


def test_every_range_has_a_lower_and_an_upper_end():
    for name, specifier in RANGES.items():
        assert sorted(part.operator for part in specifier) == ["<", ">="], name


def test_conda_has_the_same_ranges_and_pip_adds_the_rest():
    conda, pip = conda_environment()
    assert pip[-1] == "-e .[test]"
    added = {canonicalize_name(r.name): r.specifier for r in map(Requirement, pip[:-1])}
    assert not conda.keys() & added.keys()
    python = conda.pop("python")
    conda.pop("pip")
    assert conda | added == RANGES
    assert python == SpecifierSet(tomllib.loads(read("pyproject.toml"))["project"]["requires-python"])


def test_course_py_asks_for_the_same_pythons():
    required = SpecifierSet(tomllib.loads(read("pyproject.toml"))["project"]["requires-python"])
    for minor in range(6, 20):
        assert required.contains(f"3.{minor}.1") == (course.python_trouble((3, minor, 1)) is None)


def test_every_line_of_the_lock_is_exact_and_hashed():
    assert len(LOCK) > 100
    for requirement, hashes in LOCK:
        assert [part.operator for part in requirement.specifier] == ["=="], requirement
        assert hashes, requirement
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", digest) for digest in hashes), requirement


def test_torch_and_what_comes_with_its_gpu_builds_are_not_in_the_lock():
    assert [r.name for r, _ in LOCK if NOT_IN_THE_LOCK.match(canonicalize_name(r.name))] == []


def test_the_lock_names_no_server_and_no_folder():
    lock = read("requirements.lock")
    assert not re.search(r"://|--index-url|--extra-index|--find-links|--trusted-host| @ |file:", lock)


def test_the_lock_says_how_it_is_made():
    assert "uv pip compile --python-version 3.11 pyproject.toml -o requirements.lock" in read("requirements.lock")
    assert "uv pip compile --python-version 3.11 pyproject.toml -o requirements.lock" in read("CONTRIBUTING.md")


@pytest.mark.parametrize("system", sorted(SYSTEMS))
@pytest.mark.parametrize("python", PYTHONS)
def test_on_each_system_each_package_is_named_once(python, system):
    where = {"python_version": python, "python_full_version": python + ".7", **SYSTEMS[system]}
    where |= {"implementation_name": "cpython", "platform_python_implementation": "CPython"}
    names = [canonicalize_name(r.name) for r, _ in LOCK if not r.marker or r.marker.evaluate(where)]
    assert len(names) == len(set(names))
    assert set(RANGES) - {"torch"} <= set(names)


def test_numbers_come_from_the_same_numpy_and_scipy_everywhere():
    for name in ("numpy", "scipy", "gensim", "scikit-learn", "transformers", "tokenizers"):
        assert sum(canonicalize_name(r.name) == name for r, _ in LOCK) == 1, name


def test_other_pages_name_the_torch_that_is_installed():
    for version in re.findall(r"torch==(\S+)", read("CONTRIBUTING.md")):
        assert version == course.TORCH


def test_the_package_installs_what_it_needs_at_run_time():
    setup = tomllib.loads(read("pyproject.toml"))["tool"]["setuptools"]
    folders = {path.parent for path in (ROOT / "lessons_lib").rglob("*.py")}
    assert set(setup["packages"]) == {".".join(folder.relative_to(ROOT).parts) for folder in folders}
    others = [p for p in (ROOT / "lessons_lib").rglob("*") if p.is_file() and p.suffix not in (".py", ".pyc")]
    for path in others:
        assert any(path.relative_to(ROOT / "lessons_lib").match(p) for p in setup["package-data"]["lessons_lib"])


def test_course_py_needs_nothing_but_python():
    """It runs on a Python without site-packages: nothing but the standard library is imported."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(ROOT / "course.py"), "--help"], capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert b"doctor" in done.stdout


def test_the_citation_is_valid():
    citation = yaml.safe_load(read("CITATION.cff"))
    assert citation["cff-version"] == "1.2.0"
    assert {"message", "title", "authors"} <= citation.keys()
    assert citation["authors"] == [{"name": "The embeddings course contributors"}]
    version = tomllib.loads(read("pyproject.toml"))["project"]["version"]
    assert citation["version"] == version


def test_the_licences_are_whole():
    assert "Apache License" in read("LICENSE") and "END OF TERMS AND CONDITIONS" in read("LICENSE")
    content = read("LICENSE-CONTENT")
    assert "SPDX: CC-BY-4.0" in content
    for number in range(1, 9):
        assert f"Section {number} " in content


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no executable bit")
def test_the_ci_can_start():
    script = ROOT / ".ci" / "run"
    assert script.stat().st_mode & stat.S_IXUSR
    assert script.read_text(encoding="utf-8").startswith("#!/usr/bin/env bash")
    assert subprocess.run(["bash", "-n", str(script)], check=False).returncode == 0


def test_git_leaves_out_what_belongs_to_the_learner():
    ignored = read(".gitignore").splitlines()
    assert {"/.venv/", "/work/", "/wheelhouse/", "/.setup.log", "/.setup.lock"} <= set(ignored)


def test_no_settings_file_is_left_behind():
    """Settings live in pyproject.toml alone, so that two files cannot disagree."""
    for name in ("pytest.ini", "tox.ini", "setup.cfg", "ruff.toml", ".ruff.toml", "setup.py", "requirements.txt"):
        assert not (Path(ROOT) / name).exists(), name
