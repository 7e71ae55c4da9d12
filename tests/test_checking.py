"""Exercises: every kind of answer gets its own sentence, and nothing a learner writes breaks the check."""

from __future__ import annotations

import functools
import itertools
import json
import linecache
import os
import subprocess
import sys
import textwrap
import threading
import time

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lessons_lib import checking, fragments, guard
from lessons_lib.checking import Exercise, Mutant, Option, Property, Question, Quiz, predict, progress, show_source

_cells = itertools.count(1)


def cell(source: str, **names):
    """Run a notebook cell and return the last function it defines, as a kernel would."""
    filename = f"<cell {next(_cells)}>"
    source = textwrap.dedent(source).strip() + "\n"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    namespace = {"__name__": "__main__", "np": np, "torch": torch, "time": time, "sys": sys, **names}
    exec(compile(source, filename, "exec"), namespace)
    return [value for value in namespace.values() if getattr(value, "__module__", "") == "__main__"][-1]


def masked_mean(token_states, mask):
    """The mean of the tokens whose mask is 1."""
    weights = mask[..., None].astype(token_states.dtype)
    return (token_states * weights).sum(axis=1) / weights.sum(axis=1)


def cases(rng):
    made = []
    for n, t, d in ((1, 2, 3), (2, 4, 3), (3, 5, 2)):
        mask = (np.arange(t) < rng.integers(1, t, size=n)[:, None]).astype(np.int64)
        made.append((rng.normal(size=(n, t, d)).astype(np.float32), mask))
    return made


def padding(function, rng):
    states, mask = cases(rng)[1]
    padded = np.pad(states, ((0, 0), (0, 3), (0, 0)), constant_values=5.0)
    gap = np.abs(function(padded, np.pad(mask, ((0, 0), (0, 3)))) - function(states, mask)).max()
    return None if gap < 1e-5 else f"three tokens of padding moved the result by {gap:.2f}"


NO_MASK = "The mean runs over padding too. Compare one text alone with the same text in a longer batch."
SUM_ONLY = "The sum is never divided."


def make_exercise(**changes):
    settings = {
        "name": "pooling.masked_mean",
        "title": "Masked mean",
        "difficulty": 2,
        "minutes": 5,
        "statement": "Average the states where `mask` is 1.",
        "reference": masked_mean,
        "signature": "masked_mean(token_states, mask)",
        "cases": cases,
        "properties": (Property("padding does not change it", padding),),
        "mutants": (
            Mutant("no mask", lambda states, mask: states.mean(1), NO_MASK),
            Mutant("sum", lambda states, mask: (states * mask[..., None]).sum(1), SUM_ONLY),
        ),
        "hints": ("Give the mask a third axis.", "Divide by the number of ones."),
        "seconds": 5.0,
    }
    return Exercise(**(settings | changes))


@pytest.fixture
def exercise():
    return make_exercise()


RIGHT = "Right. masked_mean agrees with the reference on 3 fixed and 20 fresh inputs, and padding does not change it."
STUB = "masked_mean is not written yet. Fill it in and run this cell again, or read on."


@pytest.fixture(autouse=True)
def answers_in_one_line(monkeypatch):
    """Compare sentences, not where their lines break; one test below looks at the breaks."""
    monkeypatch.setattr(checking, "WIDTH", 10_000)


def answer(exercise, capsys, function):
    assert exercise.check(function) is None
    return capsys.readouterr().out.rstrip("\n")


# ---------------------------------------------------------------- right answers

VARIANTS = {
    "einsum": """
        def masked_mean(token_states, mask):
            return np.einsum("ntd,nt->nd", token_states, mask) / mask.sum(1, keepdims=True)
        """,
    "loops": """
        def masked_mean(token_states, mask):
            rows = []
            for states, ones in zip(token_states, mask):
                rows.append(sum(s for s, one in zip(states, ones) if one) / sum(ones))
            return rows
        """,
    "torch": """
        def masked_mean(token_states, mask):
            states, mask = torch.tensor(token_states), torch.tensor(mask)[..., None]
            return (states * mask).sum(1) / mask.sum(1)
        """,
    "float64": """
        def masked_mean(token_states, mask):
            m = mask[..., None].astype(float)
            return (token_states.astype(float) * m).sum(1) / m.sum(1)
        """,
    "extra parameter with a default": """
        def masked_mean(token_states, mask, eps=0.0):
            m = mask[..., None]
            return (token_states * m).sum(1) / (m.sum(1) + eps)
        """,
    "lambda": "masked_mean = lambda token_states, mask: (token_states * mask[..., None]).sum(1) / mask.sum(1)[:, None]",
    "class": """
        class Pooling:
            def __call__(self, token_states, mask):
                return (token_states * mask[..., None]).sum(1) / mask.sum(1)[:, None]
        Pooling = Pooling()
        """,
}


@pytest.mark.parametrize("variant", VARIANTS)
def test_correct_variants_are_right(exercise, capsys, variant):
    assert answer(exercise, capsys, cell(VARIANTS[variant])) == RIGHT


def test_the_reference_decorated_partial_and_bound_is_right(exercise, capsys):
    @functools.lru_cache
    def unused():
        return None

    @functools.wraps(masked_mean)
    def wrapped(*args):
        return masked_mean(*args)

    def with_option(axis, token_states, mask):
        return masked_mean(token_states, mask)

    class Model:
        def pool(self, token_states, mask):
            return masked_mean(token_states, mask)

    for function in (masked_mean, wrapped, functools.partial(with_option, 1), Model().pool, lambda *a: masked_mean(*a)):
        assert answer(exercise, capsys, function) == RIGHT


def test_a_right_answer_tells_each_fact_that_was_shown(capsys):
    def always(function, rng):
        return None

    for facts, end in (
        ((), "20 fresh inputs."),
        (("a holds",), "20 fresh inputs, and a holds."),
        (("a holds", "b holds", "c holds"), "20 fresh inputs, a holds, b holds, and c holds."),
    ):
        exercise = make_exercise(properties=[Property(fact, always) for fact in facts])
        assert answer(exercise, capsys, masked_mean).endswith(end)


# ---------------------------------------------------------------- not to be run

STUBS = [
    '"""Docstring."""',
    "...",
    "pass",
    "return",
    "return None",
    "return ...",
    "raise NotImplementedError",
    'raise NotImplementedError("write me")',
    '"""Docstring."""\n    # your code\n    pass\n    return None',
    "weights = mask[..., None]\n    raise NotImplementedError",
    "result = ...\n    return result",
]


@pytest.mark.parametrize("body", STUBS)
def test_a_stub_is_answered_politely_and_not_counted(exercise, capsys, progress_file, body):
    assert answer(exercise, capsys, cell(f"def masked_mean(token_states, mask):\n    {body}\n")) == STUB
    assert not progress_file.exists()


def test_a_decorated_stub_is_a_stub(exercise, capsys):
    source = """
        import functools
        def quiet(function):
            @functools.wraps(function)
            def inner(*args):
                return function(*args)
            return inner
        @quiet
        def masked_mean(token_states, mask):
            ...
        """
    assert answer(exercise, capsys, cell(source)) == STUB


CALLED = "check wants the function itself, without brackets: check(masked_mean)."


@pytest.mark.parametrize(
    ("function", "text"),
    [
        (None, f"{CALLED} It got nothing."),
        (3, f"{CALLED} It got 3."),
        (np.zeros((2, 3)), f"{CALLED} It got float64 [2, 3]."),
        (
            lambda x, m: x,
            "The parameters are (x, m), and check calls masked_mean(token_states, mask). "
            "Begin with `def masked_mean(token_states, mask):`.",
        ),
        (
            lambda mask, token_states: mask,
            "The parameters are (mask, token_states), and check calls masked_mean(token_states, mask). "
            "The order counts. Begin with `def masked_mean(token_states, mask):`.",
        ),
        (lambda token_states: token_states, "The parameters are (token_states), and check calls"),
        (lambda token_states, mask, axis: mask, "The parameters are (token_states, mask, axis), and check calls"),
        (lambda token_states, mask, *, axis: mask, "The parameters are (token_states, mask, axis), and check calls"),
        (lambda: 0, "The parameters are (), and check calls"),
    ],
)
def test_what_cannot_be_called_is_answered_with_the_signature(exercise, capsys, progress_file, function, text):
    assert answer(exercise, capsys, function).startswith(text)
    assert not progress_file.exists()


def test_check_without_a_function_is_answered(exercise, capsys):
    exercise.check()
    assert capsys.readouterr().out == f"{CALLED} It got nothing.\n"


def test_a_default_that_the_exercise_asks_for_must_be_there():
    exercise = make_exercise(
        signature="top(x, k=2)",
        reference=lambda x, k=2: x[:k],
        cases=lambda rng: [(rng.random(4),)],
        properties=(),
        mutants=(),
    )
    assert exercise.examine(lambda x, k: x).text == (
        "The parameter k needs a default value. Begin with `def top(x, k=2):`."
    )
    assert exercise.examine(lambda x, k=2: x[:k]).status == "right"


# ---------------------------------------------------------------- mutants


@pytest.mark.parametrize(("number", "message"), [(0, NO_MASK), (1, SUM_ONLY)])
def test_each_mutant_gets_its_own_message_and_nothing_else(exercise, capsys, number, message):
    def learner(token_states, mask):
        return exercise.mutants[number].function(token_states, mask)

    assert answer(exercise, capsys, learner) == message
    assert exercise.examine(learner).mutant == exercise.mutants[number].name


def test_a_mutant_may_have_another_shape(capsys):
    whole = Mutant("all axes", lambda states, mask: states.mean((0, 1)), "One vector for the whole batch.")
    exercise = make_exercise(mutants=(whole,))
    assert answer(exercise, capsys, lambda token_states, mask: token_states.mean(0).mean(0)) == whole.message


def test_a_mutant_that_never_ends_is_recognised():
    def endless(x):
        while len(x) > 1:
            pass
        return x

    exercise = make_exercise(
        signature="f(x)",
        reference=lambda x: x,
        cases=lambda rng: [(rng.random(1),), (rng.random(3),)],
        properties=(),
        mutants=(Mutant("step 0", endless, "The window never moves."),),
        seconds=0.5,
    )

    def learner(x):
        while len(x) > 1:
            time.sleep(0.01)
        return x

    assert exercise.examine(learner) == ("mutant", "The window never moves.", "step 0")


def test_a_mutant_that_raises_is_recognised():
    def raises(x):
        return {}[x.size] if x.size == 3 else x

    exercise = make_exercise(
        signature="f(x)",
        reference=lambda x: x,
        cases=lambda rng: [(rng.random(1),), (rng.random(3),)],
        properties=(),
        mutants=(Mutant("unknown word", raises, "Words outside the vocabulary are left out."),),
    )
    assert exercise.examine(lambda x: raises(x)).mutant == "unknown word"
    assert exercise.examine(lambda x: 1 / 0 if x.size == 3 else x).status == "raised"
    assert exercise.examine(lambda x: {}[1]).status == "raised"


def test_a_mutant_that_is_wrong_only_in_changing_its_input_is_recognised():
    def changes(x):
        x += 1
        return x

    exercise = make_exercise(
        signature="f(x)",
        reference=lambda x: x + 1,
        cases=lambda rng: [(rng.random(3),)],
        properties=(),
        mutants=(Mutant("in place", changes, "`+=` writes into the caller's array."),),
    )
    assert exercise.examine(lambda x: changes(x)).mutant == "in place"
    assert exercise.examine(lambda x: x + 1).status == "right"


def test_a_mutant_is_recognised_though_the_learner_also_changes_the_input(exercise, capsys):
    def learner(token_states, mask):
        token_states /= token_states.shape[1]
        return token_states.sum(axis=1)

    assert answer(exercise, capsys, learner) == NO_MASK


def test_an_error_is_not_taken_for_a_mutant_without_a_result(exercise):
    exercise.mutants = (Mutant("no return", lambda states, mask: None, "The result is thrown away."),)
    assert exercise.examine(lambda token_states, mask: 1 / 0).status == "raised"
    assert exercise.examine(lambda token_states, mask: print()).status == "mutant"


def test_a_wrong_result_that_no_mutant_explains_is_shown_in_the_smallest_input(exercise, capsys):
    def learner(token_states, mask):
        result = masked_mean(token_states, mask)
        result[0, 1] += 0.5
        return result

    exercise.properties = ()
    lines = answer(exercise, capsys, learner).splitlines()
    assert lines[0].startswith("Not yet. The result differs first at [0, 1]: yours ")
    assert lines[1] == "1 of 3 values differ; the largest difference is 0.5."
    assert lines[2] == "Input: token_states float32 [1, 2, 3], mask int64 [1, 2]"


def test_a_property_that_fails_comes_before_the_difference(exercise, capsys):
    def learner(token_states, mask):
        return masked_mean(token_states, mask) + 0.1 * token_states.shape[1]

    lines = answer(exercise, capsys, learner).splitlines()
    assert lines[0] == (
        "Not yet. It should hold that padding does not change it. "
        "Seen instead: three tokens of padding moved the result by 0.30."
    )
    assert lines[1].startswith("The result differs first at [0, 0]: yours ")


def test_a_property_that_chokes_on_the_result_is_not_the_learners_error(capsys):
    def holds(function, rng):
        return {}["inside"]

    exercise = make_exercise(properties=(Property("it can be used", holds),))
    assert answer(exercise, capsys, cell(VARIANTS["einsum"])) == (
        "Not yet. It should hold that it can be used. "
        "Seen instead: your result could not be used for that (KeyError: 'inside')."
    )


def test_an_error_inside_a_property_shows_the_learners_line(exercise, capsys):
    source = """
        def masked_mean(token_states, mask):
            if token_states.shape[1] == 7:
                return token_states[99]
            return (token_states * mask[..., None]).sum(1) / mask.sum(1)[:, None]
        """
    text = answer(exercise, capsys, cell(source))
    assert "  your code, line 3, in masked_mean\n      return token_states[99]\n" in text
    assert "IndexError: index 99 is out of bounds" in text
    assert text.endswith("Input: token_states float32 [2, 7, 3], mask int64 [2, 7]")


def test_a_function_right_only_on_the_fixed_inputs_is_found_by_fresh_ones(exercise, capsys):
    known = {case[0].tobytes(): masked_mean(*case) for case in cases(np.random.default_rng(0))}

    def learner(token_states, mask):
        return known.get(token_states.tobytes(), masked_mean(token_states, mask) * 2)

    exercise.properties = ()
    text = answer(exercise, capsys, learner)
    assert text.startswith("Not yet. The result differs first at")
    assert text.endswith("The fixed inputs were right; this one is random.")


def test_a_function_that_ends_only_on_the_fixed_inputs_is_found_by_fresh_ones(exercise, capsys):
    known = {case[0].tobytes() for case in cases(np.random.default_rng(0))}

    def learner(token_states, mask):
        while token_states.tobytes() not in known:
            pass
        return masked_mean(token_states, mask)

    exercise.properties, exercise.seconds = (), 0.5
    assert "masked_mean did not come to an end within 0.5 s" in answer(exercise, capsys, learner)


def test_the_fresh_inputs_are_as_many_as_is_said_and_all_different(exercise):
    seen = []

    def learner(token_states, mask):
        seen.append(token_states.tobytes())
        return masked_mean(token_states, mask)

    exercise.properties = ()
    assert exercise.examine(learner).status == "right"
    assert seen[3] == seen[0]  # the second call on the first input, to see whether it is random
    assert len(seen) == 3 + 1 + 20
    assert len(set(seen)) == 3 + 20


def test_whole_numbers_and_python_objects_are_answered_for_the_dtype(exercise, capsys):
    def whole(token_states, mask):
        return masked_mean(token_states, mask).astype(int)

    def objects(token_states, mask):
        return masked_mean(token_states, mask).astype(object)

    assert "dtype int64, so everything after the decimal point is lost" in answer(exercise, capsys, whole)
    assert "an array of Python objects (dtype object)" in answer(exercise, capsys, objects)


# ---------------------------------------------------------------- disasters

IN = "\nInput: token_states float32 [1, 2, 3], mask int64 [1, 2]"
DISASTERS = {
    "raises": (
        "return token_states @ mask",
        "Not yet. masked_mean raised an error.\n"
        "  your code, line 2, in masked_mean\n"
        "      return token_states @ mask\n"
        "ValueError: matmul: Input operand 1 has a mismatch in its core dimension 0",
    ),
    "misspells": ("return token_state", "NameError: name 'token_state' is not defined"),
    "returns None": ("token_states.mean(1)", f"Not yet. The result is None. Did you forget `return`?{IN}"),
    "generator": ("yield 1", f"Not yet. The result is a generator. It gives its items only once; turn it{{}}{IN}"),
    "swapped axes": (
        "return (token_states * mask[..., None]).sum(1).T",
        f"Not yet. The result has shape [3, 1], expected [1, 3]. The axes are swapped.{IN}",
    ),
    "NaN": (
        "return token_states.sum(1) * 0 / np.zeros(1)",
        "Not yet. The result holds NaN (not a number), the first at [0, 0] (3 of 3 values). "
        f"A division by zero is the usual reason.{IN}\n"
        "The warning was: invalid value encountered in divide.",
    ),
    "changes its input": (
        "token_states *= mask[..., None]; return token_states.sum(1) / mask.sum(1)[:, None]",
        "Not yet. masked_mean changes its argument token_states in place",
    ),
    "is random": (
        "return token_states.mean(1) + np.random.random()",
        "Not yet. Two calls of masked_mean with the same input gave different results.",
    ),
    "exit": ("exit()", "SystemExit (a function gives its result back with `return`; exit() would end the notebook)"),
    "sys.exit": ("sys.exit('bye')", "SystemExit: bye (a function gives its result back with `return`"),
    "interrupts": ("raise KeyboardInterrupt", "KeyboardInterrupt"),
    "input": ("return input('?')", "input() is not needed here: everything comes in through the arguments"),
    "debugger": ("breakpoint()", "a debugger cannot be opened during check(); call the function yourself"),
    "recursion": (
        "return masked_mean(token_states, mask)",
        "RecursionError: maximum recursion depth exceeded (it calls itself again and again;",
    ),
    "string": ("return 'x'", f"Not yet. The result is 'x', expected float32 [1, 3].{IN}"),
    "dictionary": ("return {'a': 1}", f"Not yet. The result is a dict of 1, expected float32 [1, 3].{IN}"),
    "itself": ("return masked_mean", "The result is a function. Call it, with brackets, before you return."),
    "ragged": ("return [[1.0], [2.0, 3.0]]", "Not yet. The result"),
    "memory": ("return np.ones((10**9, 10**9))", "MemoryError"),
    "hostile result": (
        "return type('Trap', (), {'__array__': lambda *a, **k: 1 / 0, '__eq__': lambda *a: 1 / 0})()",
        "ZeroDivisionError: division by zero",
    ),
}


@pytest.mark.parametrize("name", DISASTERS)
def test_a_disaster_is_answered_with_a_sentence(exercise, capsys, progress_file, name):
    body, text = DISASTERS[name]
    begin = time.perf_counter()
    out = answer(exercise, capsys, cell(f"def masked_mean(token_states, mask):\n    {body}\n"))
    assert time.perf_counter() - begin < 3
    start, _, end = text.partition("{}")
    assert start in out
    assert out.endswith(end)
    assert len(out) < 1000
    assert "lessons_lib" not in out
    assert "File " not in out
    stored = json.loads(progress_file.read_text(encoding="utf-8"))
    assert stored["exercises"] == {"pooling.masked_mean": {"solved": False, "tries": 1}}


ENDLESS = {
    "loop": "while True: pass",
    "stubborn loop": "while True:\n        try: pass\n        except: pass",
    "stubborn busy loop": "while True:\n        try: token_states.sum()\n        except BaseException: continue",
    "printing loop": "while True: print('x' * 100_000)",
}


@pytest.mark.parametrize("name", ENDLESS)
def test_an_endless_function_is_answered_in_time_and_leaves_no_thread(exercise, capsys, name):
    exercise.seconds = 0.5
    before = threading.active_count()
    begin = time.perf_counter()
    out = answer(exercise, capsys, cell(f"def masked_mean(token_states, mask):\n    {ENDLESS[name]}\n"))
    assert time.perf_counter() - begin < 4
    assert out.startswith(
        "Not yet. masked_mean did not come to an end within 0.5 s. "
        f"Is there a loop that never stops, or something that waits?{IN}"
    )
    assert threading.active_count() == before
    assert answer(make_exercise(), capsys, masked_mean) == RIGHT


def test_a_sleep_is_answered_in_time(exercise, capsys):
    exercise.seconds = 0.3
    begin = time.perf_counter()
    out = answer(exercise, capsys, cell("def masked_mean(token_states, mask):\n    time.sleep(4)\n"))
    assert time.perf_counter() - begin < 3
    assert "did not come to an end within 0.3 s" in out
    assert "It could not be stopped; if the notebook feels slow, restart the kernel." in out


def slowed(seconds):
    def learner(token_states, mask):
        time.sleep(seconds)
        return masked_mean(token_states, mask)

    return learner


def test_a_slow_function_is_told_from_an_endless_one(exercise, capsys):
    exercise.seconds = 1.0
    out = answer(exercise, capsys, slowed(0.4))
    assert out.startswith("Not yet. masked_mean is too slow: 2 calls on small inputs took 0.")
    assert " s, and the limit for the whole check is 1 s. Is there a loop that an array operation can replace?" in out


def test_a_slow_but_right_function_is_right_on_fewer_fresh_inputs(exercise, capsys):
    exercise.seconds = 2.0
    out = answer(exercise, capsys, slowed(0.12))
    assert out.startswith("Right. masked_mean agrees with the reference on 3 fixed and ")
    assert out.endswith(". It is slow, so fewer fresh inputs were tried than usual.")


def test_megabytes_of_output_are_shown_in_a_few_lines(exercise, capsys):
    source = """
        def masked_mean(token_states, mask):
            for i in range(20_000):
                print(i, "x" * 200)
            return (token_states * mask[..., None]).sum(1) / mask.sum(1)[:, None]
        """
    lines = answer(exercise, capsys, cell(source)).splitlines()
    assert lines[0] == RIGHT
    assert lines[1] == "Your code printed, on one input:"
    assert lines[2].startswith("  0 xxx")
    assert len(lines) == 8
    assert lines[-1] == "  ..."
    assert max(map(len, lines[1:])) <= 102


def test_long_lines_break_between_words_and_code_stays_as_it_is(monkeypatch, capsys):
    monkeypatch.setattr(checking, "WIDTH", 40)
    exercise = make_exercise(
        hints=("one two three four five six seven eight nine ten\n    code that is not to be broken, ever",)
    )
    exercise.hint()
    assert capsys.readouterr().out == (
        "Hint 1 of 1: one two three four five six\nseven eight nine ten\n    code that is not to be broken, ever\n"
    )


def test_a_short_output_is_shown_whole(exercise, capsys):
    def learner(token_states, mask):
        print("shape", token_states.shape)
        return masked_mean(token_states, mask)

    assert answer(exercise, capsys, learner) == f"{RIGHT}\nYour code printed, on one input:\n  shape (1, 2, 3)"


def test_the_inputs_are_copies(capsys):
    kept = cases(np.random.default_rng(0))
    before = [tuple(map(np.copy, case)) for case in kept]
    exercise = make_exercise(cases=lambda rng: kept)

    def learner(token_states, mask):
        token_states[:] = 0
        mask[:] = 0
        return token_states

    answer(exercise, capsys, learner)
    for old, new in zip(before, kept, strict=True):
        assert all(map(np.array_equal, old, new))


def test_an_error_in_the_check_itself_is_a_sentence(exercise, capsys):
    def broken(rng):
        raise LookupError("no cases")

    exercise.cases = broken
    sentence = "The check could not work with this function (LookupError: no cases)."
    assert answer(exercise, capsys, masked_mean) == sentence


results = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.binary(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=2),
    max_leaves=5,
)


@given(results)
def test_whatever_is_returned_is_judged_without_an_error(value):
    verdict = make_exercise().examine(lambda token_states, mask: value)
    assert verdict.status in ("type", "shape", "dtype", "nan", "value")
    assert len(verdict.text) < 600


def test_a_kernel_survives_exit_and_goes_on(tmp_path, root):
    nbformat = pytest.importorskip("nbformat")
    nbclient = pytest.importorskip("nbclient")
    setup = """
        import os
        os.environ["LESSONS_LIB_PROGRESS"] = "progress.json"
        from lessons_lib.checking import Exercise
        exercise = Exercise("a.f", "F", 1, 1, "Give `x` back.", lambda x: x, "f(x)", lambda rng: [(1.0,)])
        """
    leave = "def f(x):\n    exit()\nexercise.check(f)"
    ask = "def f(x):\n    return input()\nexercise.check(f)"
    sources = [textwrap.dedent(setup), leave, ask, "exercise.check(lambda x: x)", "exercise.show()"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
    client = nbclient.NotebookClient(
        notebook, timeout=60, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
    )
    client.execute(env={**os.environ, "PYTHONPATH": str(root)})
    texts = ["".join(output.get("text", "") for output in each.outputs) for each in notebook.cells]
    assert "  your code, line 2, in f\n      exit()\nSystemExit" in texts[1]
    assert "input() is not needed here" in texts[2]
    assert texts[3] == "Right. f agrees with the reference on 1 fixed and 20 fresh inputs.\n"
    card = notebook.cells[4].outputs[0].data
    assert card["text/markdown"].startswith("**Exercise: F** · warm-up · about 1 min\n\nGive `x` back.")
    assert card["text/plain"] == "Exercise: F · warm-up · about 1 min\n\nGive `x` back."


# ---------------------------------------------------------------- card, hints, solution


@pytest.fixture
def shown(monkeypatch):
    """Collect what would be displayed in a notebook."""
    bundles = []
    monkeypatch.setattr(fragments, "_display", bundles.append)
    return bundles


def test_the_card_has_title_effort_statement_and_folded_hints(exercise, shown):
    exercise.show()
    markdown = shown[0]["text/markdown"]
    assert markdown.startswith(
        "**Exercise: Masked mean** · core · about 5 min\n\nAverage the states where `mask` is 1.\n\n"
        "<details><summary>Hint 1 of 2</summary>\n\nGive the mask a third axis.\n\n</details>\n\n"
    )
    assert markdown.count("<details>") == 2
    assert "Give the mask" not in shown[0]["text/plain"]
    assert shown[0]["text/plain"].endswith("Hints: exercises.masked_mean.hint().")


def test_without_a_notebook_the_card_is_printed(exercise, capsys):
    exercise.show()
    assert capsys.readouterr().out.startswith("Exercise: Masked mean · core · about 5 min\n\nAverage the states")


def test_hints_come_one_by_one_and_end_at_the_solution(exercise, capsys):
    for _ in range(4):
        exercise.hint()
    last = "There are no more hints. exercises.masked_mean.solution() shows one way to write it."
    assert capsys.readouterr().out.splitlines() == [
        "Hint 1 of 2: Give the mask a third axis.",
        "Hint 2 of 2: Divide by the number of ones.",
        last,
        last,
    ]


def test_the_solution_is_the_source_of_the_reference(exercise, shown):
    exercise.solution()
    assert "```python\ndef masked_mean(token_states, mask):\n" in shown[0]["text/markdown"]
    assert shown[0]["text/markdown"].endswith("/ weights.sum(axis=1)\n```")


def test_a_source_is_shown_with_its_place(shown):
    show_source(functools.partial(guard.error_text))
    where, code = shown[0]["text/plain"].split("\n\n", 1)
    number = int(where.removeprefix("lessons_lib/guard.py, line "))
    source = linecache.getlines(guard.__file__)
    assert source[number - 1].rstrip() == code.splitlines()[0]
    assert shown[0]["text/markdown"].startswith(f"`{where}`\n\n```python\ndef error_text(")


def test_a_source_that_is_not_at_hand_is_a_sentence(capsys):
    show_source(len)
    assert capsys.readouterr().out == "The source of len is not at hand.\n"


# ---------------------------------------------------------------- predict


def test_no_guess_reads_on(capsys, progress_file):
    guess = predict("pooling.best", "Which pooling?", options=["cls", "mean"], guess=None)
    guess.reveal("mean")
    assert capsys.readouterr().out == (
        "Which pooling?\n"
        "Options: cls, mean\n"
        "No guess yet: set guess=... (one of the options) and run this cell again; or read on.\n"
        "Measured: mean. (No guess made.)\n"
    )
    assert not progress_file.exists()


@pytest.mark.parametrize(
    ("guess", "measured", "text"),
    [
        ("cls", "mean", "Measured: mean. You guessed cls."),
        (" MEAN ", "mean", "Measured: mean. You guessed mean: the same."),
        ("mean", np.str_("mean"), "Measured: mean. You guessed mean: the same."),
    ],
)
def test_a_guess_among_options_stands_beside_the_result(capsys, guess, measured, text):
    predict("pooling.best", "Which?", options=["cls", "mean"], guess=guess).reveal(measured)
    assert capsys.readouterr().out.splitlines()[-1] == text


@pytest.mark.parametrize(
    ("guess", "measured", "text"),
    [
        (0.8, 0.4341, "Measured: 0.434 cosine. You guessed 0.800: 0.366 too high."),
        (0, torch.tensor(0.25), "Measured: 0.250 cosine. You guessed 0.000: 0.250 too low."),
        (np.float32(0.5), np.float64(0.5), "Measured: 0.500 cosine. You guessed 0.500: the same."),
        (0.5, 0.50001, "Measured: 0.500 cosine. You guessed 0.500: the same to three decimals."),
        (0.1, -0.0001, "Measured: 0.000 cosine. You guessed 0.100: 0.100 too high."),
    ],
)
def test_a_numeric_guess_is_set_beside_the_result_with_its_distance(capsys, guess, measured, text):
    predict("pooling.drift", "What cosine?", unit="cosine", guess=guess).reveal(measured)
    assert capsys.readouterr().out.splitlines()[-1] == text


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"options": ["cls", "mean"], "guess": "medium"}, "'medium' is not among the options: set guess=... (one of"),
        ({"options": ["cls", "mean"], "guess": 3}, "3 is not among the options: set guess=... (one of the options)"),
        ({"unit": "cosine", "guess": "high"}, "'high' is not a number: set guess=... (a number, in cosine) and run"),
        ({"guess": True}, "True is not a number: set guess=... (a number) and run this cell again; or read on."),
        ({"guess": float("nan")}, "nan is not a number: set guess"),
        ({"guess": [0.5]}, "a list of 1 is not a number: set guess"),
    ],
)
def test_a_wrong_guess_is_answered_and_not_kept(capsys, progress_file, settings, text):
    guess = predict("pooling.best", "Which?", **settings)
    assert capsys.readouterr().out.splitlines()[-1].startswith(text)
    guess.reveal(0.5)
    assert capsys.readouterr().out == (f"Measured: 0.500{' cosine' if 'unit' in settings else ''}. (No guess made.)\n")
    assert not progress_file.exists()


def test_guesses_are_kept_and_no_guess_does_not_erase_one(progress_file, capsys):
    predict("a.b", "Which?", options=["cls", "mean"], guess="cls").reveal("mean")
    predict("a.c", "How much?", guess=0.5)
    predict("a.c", "How much?", guess=None).reveal(0.7)
    stored = json.loads(progress_file.read_text(encoding="utf-8"))
    assert stored["guesses"] == {"a.b": {"guess": "cls", "measured": "mean"}, "a.c": {"guess": 0.5}}


# ---------------------------------------------------------------- progress and quiz


def test_progress_is_a_table(exercise, capsys):
    progress()
    assert capsys.readouterr().out == "Nothing solved or guessed yet.\n"
    exercise.check(lambda token_states, mask: 0)
    predict("a.b", "Which?", options=["cls", "mean"], guess="cls").reveal("mean")
    predict("a.c", "How much?", guess=0.5)
    capsys.readouterr()
    progress()
    assert capsys.readouterr().out == (
        "exercise             state  tries\n"
        "-------------------  -----  -----\n"
        "pooling.masked_mean  tried  1\n"
        "guess  yours  measured\n"
        "-----  -----  --------\n"
        "a.b    cls    mean\n"
        "a.c    0.500\n"
    )


def test_solved_stays_solved(exercise, capsys, progress_file):
    for function in (masked_mean, lambda token_states, mask: 0):
        exercise.check(function)
    stored = json.loads(progress_file.read_text(encoding="utf-8"))
    assert stored["exercises"] == {"pooling.masked_mean": {"solved": True, "tries": 2}}


def test_a_check_survives_odd_entries_in_the_progress_file(exercise, capsys, progress_file):
    progress_file.write_text('{"exercises": {"pooling.masked_mean": {"tries": "x"}}}', encoding="utf-8")
    exercise.check(masked_mean)
    progress()
    assert capsys.readouterr().out.splitlines()[-1] == "pooling.masked_mean  solved  1"


def test_a_question_has_one_right_option():
    with pytest.raises(ValueError, match=r"'Which\?' has 2 options, 2 right"):
        Question("Which?", (Option("a", correct=True), Option("b", correct=True)))
    with pytest.raises(ValueError, match=r"'Which\?' has 1 options, 1 right"):
        Question("Which?", (Option("a", correct=True),))


def test_a_quiz_shows_its_form_and_its_text(shown):
    quiz = Quiz("pooling", (Question("Which?", (Option("a"), Option("b", correct=True, feedback="Seen."))),))
    quiz.show()
    assert shown == [{"text/html": fragments.quiz_html(quiz), "text/plain": fragments.quiz_text(quiz)}]


def test_importing_the_checker_loads_no_model_library():
    program = "import sys, lessons_lib.checking; print(sorted({'torch', 'transformers', 'IPython'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert done.stdout == "[]\n", done.stderr


def test_all_public_names_exist():
    assert all(hasattr(checking, name) for name in checking.__all__)
