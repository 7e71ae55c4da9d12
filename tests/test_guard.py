"""The guarded call: whatever the function does, the caller gets an answer in time."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
import warnings

import numpy as np
import pytest

from lessons_lib.guard import Guard, NotHere, error_text, innermost, learner_traceback

LIMIT = 0.3


def loops():
    while True:
        pass


def loops_and_catches_everything():
    while True:
        try:
            time.sleep(0.001)
        except BaseException:
            continue


def loops_inside_loops_that_catch_everything():
    while True:
        try:
            while True:
                try:
                    time.sleep(0.001)
                except BaseException:
                    continue
        except BaseException:
            pass


def prints_for_ever():
    while True:
        print("x" * 1000)


@pytest.mark.parametrize(
    "endless",
    [loops, loops_and_catches_everything, loops_inside_loops_that_catch_everything, prints_for_ever],
)
def test_an_endless_function_is_stopped_and_its_thread_is_gone(endless):
    before = threading.active_count()
    guard = Guard(LIMIT)
    begin = time.perf_counter()
    outcome = guard.call(endless)
    assert outcome.timed_out
    assert time.perf_counter() - begin < LIMIT + 2
    assert not guard.still_running
    assert threading.active_count() == before


def test_a_function_that_sleeps_is_left_behind_and_said_to_be():
    guard = Guard(LIMIT)
    begin = time.perf_counter()
    assert guard.call(time.sleep, 3).timed_out
    assert time.perf_counter() - begin < LIMIT + 2
    assert guard.still_running


def test_a_thread_that_wakes_up_late_dies_in_silence(capfd):
    threads = set(threading.enumerate())
    Guard(0.05).call(time.sleep, 1.3)
    late = set(threading.enumerate()) - threads
    assert late
    for thread in late:
        thread.join(3)
        assert not thread.is_alive()
    assert capfd.readouterr() == ("", "")


def test_all_calls_share_one_time_limit():
    guard = Guard(0.4)
    assert not guard.call(time.sleep, 0.25).timed_out
    assert guard.call(time.sleep, 0.25).timed_out
    ran = []
    assert guard.call(ran.append, 1).timed_out
    assert ran == []
    assert guard.ended == 1


@pytest.mark.parametrize(
    ("error", "source"),
    [
        (SystemExit, "import sys; sys.exit(3)"),
        (SystemExit, "exit()"),
        (SystemExit, "quit()"),
        (KeyboardInterrupt, "raise KeyboardInterrupt"),
        (GeneratorExit, "raise GeneratorExit"),
        (NotHere, "input('name? ')"),
        (NotHere, "breakpoint()"),
        (ZeroDivisionError, "1 / 0"),
    ],
)
def test_every_way_out_is_caught(error, source):
    outcome = Guard(5).call(exec, source, {})
    assert isinstance(outcome.error, error)
    assert not outcome.timed_out


def test_exit_leaves_standard_input_open():
    Guard(5).call(exec, "exit()", {})
    assert not sys.stdin.closed


def test_recursion_without_end_is_an_error_also_with_a_high_limit():
    def again(n):
        return again(n + 1)

    def higher():
        sys.setrecursionlimit(20_000)
        return again(0)

    limit = sys.getrecursionlimit()
    assert isinstance(Guard(5).call(again, 0).error, RecursionError)
    assert isinstance(Guard(5).call(higher).error, RecursionError)
    assert sys.getrecursionlimit() == limit


def test_the_caller_keeps_its_input_exit_and_streams():
    import builtins

    before = (builtins.input, builtins.exit, sys.breakpointhook, sys.stdout, sys.stderr)
    Guard(5).call(print, "x")
    assert (builtins.input, builtins.exit, sys.breakpointhook, sys.stdout, sys.stderr) == before


def test_printed_output_is_kept_in_part_and_counted():
    def prints():
        print("a" * 3000)
        print("b" * 3000, file=sys.stderr)

    outcome = Guard(5).call(prints)
    assert outcome.printed == "a" * 3000 + "\n" + "b" * 999
    assert outcome.printed_more == 2002


def test_megabytes_of_output_cost_little_memory():
    import tracemalloc

    def prints():
        for _ in range(2000):
            print("x" * 10_000)

    tracemalloc.start()
    outcome = Guard(10).call(prints)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert outcome.printed_more > 19_000_000
    assert peak < 2_000_000


def test_numpy_settings_are_put_back():
    def changes():
        np.seterr(all="raise")
        np.set_printoptions(precision=1)

    before = np.geterr(), np.get_printoptions()
    Guard(5).call(changes)
    assert (np.geterr(), np.get_printoptions()) == before


def test_warnings_are_kept_out_of_the_notebook_and_handed_over():
    with warnings.catch_warnings(record=True) as seen:
        outcome = Guard(5).call(lambda: np.array([0.0]) / np.array([0.0]))
    assert outcome.warning == "invalid value encountered in divide"
    assert seen == []


def test_an_interrupt_reaches_the_caller_and_stops_the_thread():
    program = """
import _thread, threading, time
from lessons_lib.guard import Guard
def loops():
    while True: pass
threading.Timer(0.3, _thread.interrupt_main).start()
begin = time.perf_counter()
try:
    Guard(30).call(loops)
except KeyboardInterrupt:
    print("interrupted", time.perf_counter() - begin < 5)
time.sleep(0.2)
print([thread.name for thread in threading.enumerate() if thread.name == "exercise"])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert done.stdout == "interrupted True\n[]\n", done.stderr


def test_the_traceback_holds_only_lines_of_the_learner():
    def helper(values):
        return np.concatenate(values)

    def function(values):
        return helper(values)

    outcome = Guard(5).call(function, 3)
    lines = learner_traceback(outcome.error, function).splitlines()
    first = function.__code__.co_firstlineno
    assert lines == [
        f"your code, line {first + 1}, in function",
        "    return helper(values)",
        f"your code, line {first - 2}, in helper",
        "    return np.concatenate(values)",
    ]


def test_a_long_traceback_is_cut():
    def again():
        again()

    outcome = Guard(5).call(again)
    lines = learner_traceback(outcome.error, again).splitlines()
    assert len(lines) == 7
    assert "more calls" in lines[2]


def test_an_error_whose_message_cannot_be_made_still_has_a_name():
    class Mean(Exception):
        def __str__(self):
            raise RuntimeError("no")

    assert "Mean" in error_text(Mean())


def test_a_long_error_message_is_cut():
    text = error_text(ValueError("x" * 100_000))
    assert text.startswith("ValueError: xxx")
    assert len(text) < 500


def test_innermost_finds_the_function_in_its_wrappings():
    import functools

    class Adder:
        def __call__(self, x):
            return x

        def add(self, x):
            return x

    @functools.wraps(test_innermost_finds_the_function_in_its_wrappings)
    def wrapped():
        pass

    assert innermost(functools.partial(functools.partial(loops))) is loops
    assert innermost(wrapped) is test_innermost_finds_the_function_in_its_wrappings
    assert innermost(Adder()) is Adder.__call__
    assert innermost(Adder().add) is Adder.add
