"""The progress file: nothing is lost to damage, to company, or to a kill."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lessons_lib import progress_file as progress_file_module
from lessons_lib.progress_file import progress_path, read_progress, update_progress

EMPTY = {"exercises": {}, "guesses": {}}


@pytest.fixture(autouse=True)
def nothing_was_told_before(monkeypatch):
    monkeypatch.setattr(progress_file_module, "_told", set())


def solve(name):
    update_progress(lambda progress: progress["exercises"].update({name: {"solved": True}}))


def test_no_file_is_no_progress(progress_file):
    assert read_progress() == EMPTY
    assert not progress_file.exists()


def test_what_is_written_is_read(progress_file):
    solve("lesson.größe")
    assert read_progress() == {"exercises": {"lesson.größe": {"solved": True}}, "guesses": {}}
    assert sorted(path.name for path in progress_file.parent.iterdir()) == [".progress.json.lock", "progress.json"]


def test_missing_folders_are_made(monkeypatch, tmp_path):
    path = tmp_path / "a b" / "größe" / "progress.json"
    monkeypatch.setenv("LESSONS_LIB_PROGRESS", str(path))
    solve("a")
    assert path.exists()


def test_unknown_keys_are_kept(progress_file):
    progress_file.write_text('{"exercises": {"a": {"solved": true, "later": 1}}, "more": [2]}', encoding="utf-8")
    solve("b")
    stored = json.loads(progress_file.read_text(encoding="utf-8"))
    assert stored["more"] == [2]
    assert stored["exercises"]["a"]["later"] == 1


def test_without_the_variable_it_lies_in_the_cache_folder(monkeypatch, tmp_path):
    monkeypatch.delenv("LESSONS_LIB_PROGRESS")
    monkeypatch.setenv("LESSONS_LIB_CACHE", str(tmp_path))
    assert progress_path() == tmp_path / "progress.json"


@pytest.mark.parametrize(
    "damage", [b"", b"{", b"\xff\xfe\x00", b"[1]", b'{"exercises": 3}', b'{"exercises": {"a": 1}}', b"[" * 5000]
)
@pytest.mark.parametrize("first", [read_progress, lambda: solve("a")])
def test_a_damaged_file_is_set_aside_and_a_new_one_is_started(progress_file, capsys, damage, first):
    for number in (1, 2):
        progress_file.write_bytes(damage)
        first()
        kept = progress_file.with_name(f"progress.damaged-{number}.json")
        assert kept.read_bytes() == damage
        sentence = f"The progress file was damaged. It is kept as {kept.name}, and a new one is started.\n"
        assert capsys.readouterr().out == sentence
    solve("b")
    assert "b" in read_progress()["exercises"]


def test_a_disk_that_cannot_be_written_costs_one_sentence(monkeypatch, tmp_path, capsys):
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("LESSONS_LIB_PROGRESS", str(blocked / "progress.json"))
    for _ in range(3):
        solve("a")
    out = capsys.readouterr().out
    assert out.startswith("Progress cannot be saved (")
    assert out.endswith("). The exercises work without it.\n")
    assert out.count("\n") == 1


def test_a_full_disk_leaves_the_old_file(monkeypatch, progress_file, capsys):
    solve("a")

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    solve("b")
    assert capsys.readouterr().out == (
        "Progress cannot be saved (No space left on device). The exercises work without it.\n"
    )
    assert list(read_progress()["exercises"]) == ["a"]
    left = {path.name for path in progress_file.parent.iterdir()}
    assert left <= {progress_file.name, f".{progress_file.name}.lock"}


def test_a_file_that_another_program_holds_is_tried_again_and_then_left(monkeypatch, progress_file, capsys):
    replace, tries = Path.replace, []

    def held(self, target):
        tries.append(target)
        if len(tries) < limit:
            raise PermissionError(13, "Permission denied")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", held)
    monkeypatch.setattr(progress_file_module.time, "sleep", lambda seconds: None)
    limit = 3
    solve("a")
    assert capsys.readouterr().out == ""
    limit = 1000
    solve("b")
    assert capsys.readouterr().out.startswith("Progress cannot be saved (Permission denied).")
    assert list(read_progress()["exercises"]) == ["a"]


def test_a_file_that_cannot_be_read_is_not_overwritten(progress_file, capsys):
    progress_file.mkdir()
    assert read_progress() == EMPTY
    solve("a")
    assert progress_file.is_dir()
    out = capsys.readouterr().out
    assert "Progress cannot be read (" in out
    assert "Progress cannot be saved (" in out


def test_no_home_folder_is_one_sentence(monkeypatch, capsys):
    def nowhere():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(progress_file_module, "progress_path", nowhere)
    solve("a")
    assert "Could not determine home directory" in capsys.readouterr().out


WRITER = """
import sys
from lessons_lib.progress_file import update_progress
for i in range(int(sys.argv[2])):
    update_progress(lambda progress: progress["exercises"].update({f"{sys.argv[1]}.{i}": {"solved": True}}))
    if i == 0:
        print("begun", flush=True)
"""


def start_writer(name, count):
    command = [sys.executable, "-c", WRITER, name, str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_notebooks_that_write_at_once_lose_nothing(capsys):
    writers = [start_writer(name, 60) for name in "abc"]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    for writer in writers:
        assert writer.stdout.read() == "begun\n"
        writer.stdout.close()
    assert len(read_progress()["exercises"]) == 180


def test_a_killed_writer_leaves_a_whole_file_and_no_lock(progress_file, capsys):
    rng = random.Random(0)
    for number in range(6):
        writer = start_writer(f"w{number}", 100_000)
        assert writer.stdout.readline() == "begun\n"
        time.sleep(rng.uniform(0, 0.03))
        writer.kill()
        writer.wait()
        writer.stdout.close()
        begin = time.monotonic()
        solve(f"mine{number}")
        assert time.monotonic() - begin < 1
    names = read_progress()["exercises"]
    assert {f"mine{number}" for number in range(6)} | {f"w{number}.0" for number in range(6)} <= set(names)
    assert capsys.readouterr().out == ""


def test_a_disk_without_locks_is_written_without_delay(monkeypatch, progress_file):
    fcntl = pytest.importorskip("fcntl")

    def unsupported(file, operation):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(fcntl, "flock", unsupported)
    begin = time.monotonic()
    solve("a")
    assert time.monotonic() - begin < 1
    assert "a" in read_progress()["exercises"]


def test_a_lock_that_is_never_let_go_delays_but_does_not_block(monkeypatch, progress_file):
    fcntl = pytest.importorskip("fcntl")
    monkeypatch.setattr("lessons_lib.progress_file.WAIT_SECONDS", 0.2)
    with progress_file.with_name(".progress.json.lock").open("a+b") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        begin = time.monotonic()
        solve("a")
        assert 0.2 <= time.monotonic() - begin < 2
    assert "a" in read_progress()["exercises"]
