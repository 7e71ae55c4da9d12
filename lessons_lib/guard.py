"""Call a function that may do anything, and come back.

A learner's function may raise, loop for ever, print megabytes, wait for input
or call `exit()`. `Guard.call` runs it in a thread of its own with a time limit
and hands back what happened as data.

What no thread can stop: `os._exit`, a crash inside compiled code, and one
single call into C that never ends (`sum(itertools.count())`). Those end the
kernel or need its interrupt button; files are written so that they survive it
(see `progress_file`).
"""

from __future__ import annotations

import builtins
import contextlib
import ctypes
import io
import linecache
import sys
import threading
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

STACK_BYTES = 16 * 1024 * 1024  # deep recursion must not crash a small thread stack
GRACE_SECONDS = 1.0  # how long a stuck thread is asked to stop
PRINTED_CHARACTERS = 4000  # what is kept of the printed output


class Outcome(NamedTuple):
    """What came of a guarded call."""

    value: Any = None
    error: BaseException | None = None
    timed_out: bool = False
    seconds: float = 0.0
    printed: str = ""
    printed_more: int = 0  # characters beyond those in `printed`
    warning: str = ""  # the first warning that was given


class NotHere(Exception):
    """Raised in a learner's function that asks for input or opens a debugger."""


class _Stop(BaseException):
    """Raised from outside in a thread whose time is up.

    Code that catches everything (`except: pass`) throws this exception away, and then it asks for
    the next one, which comes outside of that `try`. So it gets out of any number of them.
    """

    def __init__(self) -> None:
        super().__init__("time is up")
        self.thread = threading.current_thread()

    def __del__(self) -> None:
        thread = getattr(self, "thread", None)
        if thread is threading.current_thread() and not thread.left:
            # A pending exception is raised at the next call or loop. Unpacking is neither, so
            # it is raised in the learner's code and not here.
            [*_stop_request(thread.ident)]


def _stop_request(identity: int) -> Iterator[int]:
    """An iterator that, when it is used up, leaves a pending exception in the thread."""
    ask = ctypes.pythonapi.PyThreadState_SetAsyncExc
    return map(ask, [ctypes.c_ulong(identity)], [ctypes.py_object(_Stop)])


class _Worker(threading.Thread):
    """A thread for one call. `left` says that it is out of the learner's code."""

    def __init__(self, function: Callable, arguments: tuple) -> None:
        super().__init__(name="exercise", daemon=True)
        self.work = function, arguments
        self.left = False
        self.finished = threading.Event()  # unlike is_alive(), right after an interrupt too
        self.value: Any = None
        self.error: BaseException | None = None

    def run(self) -> None:
        with contextlib.suppress(_Stop):  # a second one may arrive late
            try:
                function, arguments = self.work
                self.value = function(*arguments)
            except BaseException as error:  # SystemExit and KeyboardInterrupt too
                self.left = True
                self.error = error
            self.left = True
        self.finished.set()


class _Printed(io.TextIOBase):
    """A stand-in for `sys.stdout` that keeps the first characters and counts the rest."""

    encoding = "utf-8"

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.kept = 0
        self.more = 0

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        room = max(PRINTED_CHARACTERS - self.kept, 0)
        if room:
            self.parts.append(text[:room])
            self.kept += min(len(text), room)
        self.more += max(len(text) - room, 0)
        return len(text)


class Guard:
    """Calls functions within one time limit that all the calls share.

    Parameters
    ----------
    seconds
        Time for all calls together. A call that begins when nothing is left
        is not run and counts as timed out.

    Examples
    --------
    >>> Guard(seconds=5).call(max, 2, 3).value
    3
    """

    def __init__(self, seconds: float = 10.0) -> None:
        self.seconds = seconds
        self.remaining = seconds
        self.ended = 0  # calls that came to an end in time
        self.ended_seconds = 0.0
        self.still_running = False  # whether a thread could not be stopped

    def call(self, function: Callable, *arguments: Any) -> Outcome:
        """Run `function(*arguments)`; never raises because of it, except for Ctrl-C."""
        if self.remaining <= 0:
            return Outcome(timed_out=True)
        thread = _Worker(function, arguments)
        printed = _Printed()
        begin = time.perf_counter()
        with _quiet(printed) as warned, _blocked(thread), _settings_kept():
            thread.start()
            try:
                _wait(thread, self.remaining)
            finally:
                seconds = time.perf_counter() - begin
                timed_out = not thread.finished.is_set()
                text = "".join(printed.parts)
                self.still_running = timed_out and not _stop(thread)
        self.remaining -= seconds
        if not timed_out:
            self.ended += 1
            self.ended_seconds += seconds
        return Outcome(
            value=None if timed_out else thread.value,
            error=None if timed_out else thread.error,
            timed_out=timed_out,
            seconds=seconds,
            printed=text,
            printed_more=printed.more,
            warning=str(warned[0].message) if warned else "",
        )


def _wait(thread: _Worker, seconds: float) -> None:
    """Wait in small steps, so that Ctrl-C gets through on every system."""
    end = time.perf_counter() + seconds
    while (left := end - time.perf_counter()) > 0 and not thread.finished.wait(min(left, 0.05)):
        pass


def _stop(thread: _Worker) -> bool:
    """Ask the thread to end until it does or the grace time is over."""
    end = time.perf_counter() + GRACE_SECONDS
    while not thread.finished.is_set() and time.perf_counter() < end:
        [*_stop_request(thread.ident)]
        thread.finished.wait(0.02)
    return thread.finished.is_set()


@contextlib.contextmanager
def _quiet(printed: _Printed) -> Iterator[list]:
    """Catch what is printed and warned."""
    with (
        contextlib.redirect_stdout(printed),
        contextlib.redirect_stderr(printed),
        warnings.catch_warnings(record=True) as warned,
    ):
        warnings.simplefilter("default")
        yield warned


@contextlib.contextmanager
def _settings_kept() -> Iterator[None]:
    """Put NumPy's error handling and print options, recursion limit and stack size back."""
    import numpy as np

    errors, options = np.geterr(), np.get_printoptions()
    recursion, stack = sys.getrecursionlimit(), threading.stack_size(STACK_BYTES)
    try:
        yield
    finally:
        threading.stack_size(stack)
        sys.setrecursionlimit(recursion)
        np.seterr(**errors)
        if np.get_printoptions() != options:
            np.set_printoptions(**options)


@contextlib.contextmanager
def _blocked(thread: threading.Thread) -> Iterator[None]:
    """Answer `input()`, `breakpoint()` and `exit()` of this thread without waiting or leaving."""

    def refuse(error: BaseException, original: Callable) -> Callable:
        def refusal(*arguments: Any, **options: Any) -> Any:
            if threading.current_thread() is thread:
                raise error
            return original(*arguments, **options)

        return refusal

    no_input = NotHere("input() is not needed here: everything comes in through the arguments")
    no_debugger = NotHere("a debugger cannot be opened during check(); call the function yourself")
    replaced = [(builtins, "input", no_input), (sys, "breakpointhook", no_debugger)]
    replaced += [(builtins, name, SystemExit()) for name in ("exit", "quit")]
    if (shell := _shell()) is not None:  # in a notebook, exit() would end the kernel
        replaced.append((shell, "ask_exit", SystemExit()))
    with contextlib.ExitStack() as stack:
        for owner, name, error in replaced:
            if hasattr(owner, name):
                stack.enter_context(_replaced(owner, name, refuse(error, getattr(owner, name))))
        yield


@contextlib.contextmanager
def _replaced(owner: Any, name: str, value: Any) -> Iterator[None]:
    had_its_own = name in vars(owner)
    original = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        if had_its_own:
            setattr(owner, name, original)
        else:
            delattr(owner, name)


def _shell() -> Any:
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython else None


def learner_traceback(error: BaseException, function: Callable, most: int = 3) -> str:
    """The lines of a traceback that lie in the learner's code, innermost last.

    Those are the lines of the file or cell that defines `function`, and of
    everything else that was typed into the notebook. Library lines are left out.
    """
    home = getattr(getattr(innermost(function), "__code__", None), "co_filename", None)
    lines = []
    for frame, line in traceback.walk_tb(error.__traceback__):
        filename = frame.f_code.co_filename
        if filename == home or frame.f_globals.get("__name__") == "__main__":
            source = linecache.getline(filename, line, frame.f_globals).strip()
            where = f"your code, line {line}, in {frame.f_code.co_name}"
            lines.append(f"{where}\n    {source}" if source else where)
    left_out = len(lines) - most
    if left_out > 0:
        lines = [lines[0], f"... {left_out} more calls ...", *lines[1 - most :]]
    return "\n".join(lines)


def innermost(function: Callable) -> Any:
    """The plain function inside decorators, partial, bound methods and callable objects."""
    for _ in range(20):
        inner = (
            getattr(function, "__wrapped__", None)
            or getattr(function, "func", None)
            or getattr(function, "__func__", None)
        )
        if inner is None:
            break
        function = inner
    return function if hasattr(function, "__code__") else type(function).__call__


def error_text(error: BaseException, most: int = 400) -> str:
    """Name and message of an exception, shortened; a message that cannot be made is left out."""
    try:
        text = "".join(traceback.format_exception_only(error)).strip()
    except BaseException:
        text = type(error).__name__
    return text if len(text) <= most else text[:most] + " ..."
