"""The learner's progress: one small JSON file that survives crashes and company.

It is written whole and put in place in one step, so a reader sees the old file
or the new one. Two notebooks at once take turns under a lock that the system
lets go when a process dies. A damaged file is set aside, never overwritten.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from lessons_lib.resources import cache_folder, write_atomically

WAIT_SECONDS = 2.0  # how long to wait for another notebook that is writing
_told: set[str] = set()  # sentences that are said once


def progress_path() -> Path:
    """Where progress is kept: LESSONS_LIB_PROGRESS, else `progress.json` in the cache folder."""
    if chosen := os.environ.get("LESSONS_LIB_PROGRESS"):
        return Path(chosen)
    return cache_folder() / "progress.json"


def read_progress() -> dict[str, dict]:
    """Return the stored progress: `{"exercises": {...}, "guesses": {...}}`, empty where nothing is."""
    try:
        return _read(progress_path())
    except _Damaged:
        update_progress(lambda content: None)  # sets the damaged file aside, under the lock
        return _empty()
    except (OSError, RuntimeError) as error:  # RuntimeError: no home folder
        _tell_once(f"Progress cannot be read ({_reason(error)}). The exercises work without it.")
        return _empty()


def update_progress(change: Callable[[dict[str, dict]], None]) -> None:
    """Read the file, let `change` alter its content in place, and write it back.

    Never raises because of the disk: where nothing can be written, one sentence says so, once.
    """
    try:
        path = progress_path()
        path.parent.mkdir(parents=True, exist_ok=True)
        with _locked(path.with_name(f".{path.name}.lock")):
            try:
                content = _read(path)
            except _Damaged:
                _set_aside(path)
                content = _empty()
            change(content)
            write_atomically(path, json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True))
    except (OSError, RuntimeError) as error:
        _tell_once(f"Progress cannot be saved ({_reason(error)}). The exercises work without it.")


class _Damaged(Exception):
    """The file holds something else than progress."""


def _empty() -> dict[str, dict]:
    return {"exercises": {}, "guesses": {}}


def _read(path: Path) -> dict[str, dict]:
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return _empty()
    try:
        content = _empty() | json.loads(raw.decode("utf-8"))
        if not all(isinstance(entry, dict) for kind in _empty() for entry in content[kind].values()):
            raise ValueError("an entry is not an object")
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise _Damaged from error
    return content


def _set_aside(path: Path) -> None:
    number = 1
    while (backup := path.with_name(f"{path.stem}.damaged-{number}{path.suffix}")).exists():
        number += 1
    path.replace(backup)
    print(f"The progress file was damaged. It is kept as {backup.name}, and a new one is started.")


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold the lock file. The system frees it when its holder dies, so it is never stale.

    Where locks do not work (some network folders), or somebody holds it too long, go on without.
    """
    with path.open("a+b") as file:
        end = time.monotonic() + WAIT_SECONDS
        while not _try_lock(file) and time.monotonic() < end:
            time.sleep(0.01)
        yield


def _try_lock(file: Any) -> bool:
    """Whether there is nothing more to wait for."""
    try:
        if os.name == "nt":
            import msvcrt

            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except (OSError, ImportError):
        return True
    return True


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def _tell_once(sentence: str) -> None:
    if sentence not in _told:
        _told.add(sentence)
        print(sentence)
