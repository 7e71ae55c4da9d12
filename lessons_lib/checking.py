"""Exercises that answer: check, hint, solution, predict, quiz and progress.

An `Exercise` knows the true function, and the wrong ones people write in good
faith (its mutants), each with an explanation. `check` runs the learner's
function on copies of small inputs, under a time limit, and answers in a few
sentences: what happened, which belief may be behind it, or what was shown.

The parts are small modules of their own: `examining` goes through the steps of
a check, `guard` calls a function that may do anything, `comparing` says how two
results differ, `progress_file` remembers, `fragments` draws the quiz.

`check` cannot come back from `os._exit`, from a crash inside compiled code, or
from one single call into C that never ends.
"""

from __future__ import annotations

import functools
import inspect
import math
import numbers
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lessons_lib import comparing, examining, fragments, guard
from lessons_lib.examining import Mutant, Property, Verdict
from lessons_lib.progress_file import read_progress, update_progress

__all__ = [
    "Exercise",
    "Mutant",
    "Option",
    "Prediction",
    "Property",
    "Question",
    "Quiz",
    "Verdict",
    "predict",
    "progress",
    "show_source",
]

WIDTH = 88  # characters of output that JupyterLab shows in one line
AS_IT_IS = {"break_long_words": False, "break_on_hyphens": False, "drop_whitespace": True}
DIFFICULTY = {1: "warm-up", 2: "core", 3: "stretch"}


@dataclass(eq=False)
class Exercise:
    """One exercise: its card, its truth, and the mistakes it knows.

    Parameters
    ----------
    name
        Lesson module and exercise, "pooling.masked_mean".
    title, statement, hints
        Markdown for the card; hints from the gentlest to the most telling.
    difficulty, minutes
        1 (warm-up), 2 (core) or 3 (stretch), and the time it usually takes.
    reference
        The true function; `solution()` shows its source.
    signature
        How the check calls the learner's function, by position:
        "masked_mean(token_states, mask)".
    cases
        `cases(rng)` makes a list of argument tuples, small ones first. With a
        fixed seed it gives the fixed inputs, with fresh ones the final comparison.
    properties, mutants
        Facts to show, and wrong functions to recognise. The first mutant whose
        results agree with the learner's on every fixed input is answered.
    atol, rtol
        Tolerances of the comparison.
    seconds
        Time limit for all calls of the learner's function in one check.

    Examples
    --------
    >>> double = Exercise(
    ...     name="example.double", title="Double", difficulty=1, minutes=1, statement="Double `x`.",
    ...     reference=lambda x: 2 * x, signature="double(x)", cases=lambda rng: [(rng.normal(size=3),)],
    ...     mutants=(Mutant("square", lambda x: x * x, "That is the square. Double means x + x."),))
    >>> double.examine(lambda x: x + x).status
    'right'
    >>> double.examine(lambda x: x**2).text
    'That is the square. Double means x + x.'
    """

    name: str
    title: str
    difficulty: int
    minutes: int
    statement: str
    reference: Callable
    signature: str
    cases: Callable[[np.random.Generator], Sequence[tuple]]
    properties: Sequence[Property] = ()
    mutants: Sequence[Mutant] = ()
    hints: Sequence[str] = ()
    atol: float = 1e-5
    rtol: float = 1e-5
    seconds: float = 10.0
    _hints_shown: int = field(default=0, init=False, repr=False)

    def show(self) -> None:
        """Show the card: title, difficulty, minutes, what to do, and folded hints."""
        text = textwrap.dedent(self.statement).strip()
        effort = f"{DIFFICULTY[self.difficulty]} · about {self.minutes} min"
        markdown = [f"**Exercise: {self.title}** · {effort}", text]
        for number, hint in enumerate(self.hints, start=1):
            summary = f"<summary>Hint {number} of {len(self.hints)}</summary>"
            markdown.append(f"<details>{summary}\n\n{textwrap.dedent(hint).strip()}\n\n</details>")
        plain = [f"Exercise: {self.title} · {effort}", text]
        if self.hints:
            plain.append(f"Hints: {self._call('hint')}.")
        fragments.show_markdown("\n\n".join(markdown), "\n\n".join(plain))

    def check(self, function: Any = None) -> None:
        """Print what the function does well or not. Never raises because of the function."""
        try:
            verdict = self.examine(function)
        except Exception as error:
            reason = guard.error_text(error)
            verdict = Verdict("failed", f"The check could not work with this function ({reason}).")
        if verdict.status not in ("not written", "signature"):
            update_progress(lambda progress: self._record(progress, verdict.status == "right"))
        print(_wrapped(verdict.text))

    def hint(self) -> None:
        """Print the next hint; after the last one, where the solution is."""
        if self._hints_shown < len(self.hints):
            self._hints_shown += 1
            text = textwrap.dedent(self.hints[self._hints_shown - 1]).strip()
            print(_wrapped(f"Hint {self._hints_shown} of {len(self.hints)}: {text}"))
        else:
            print(f"There are no more hints. {self._call('solution')} shows one way to write it.")

    def solution(self) -> None:
        """Show the source of the true function."""
        show_source(self.reference)

    def examine(self, function: Any) -> Verdict:
        """Judge a function without printing or recording anything."""
        if not callable(function):
            got = "nothing" if function is None else comparing.describe(function)
            wanted = f"check wants the function itself, without brackets: check({self.function_name})"
            return Verdict("signature", f"{wanted}. It got {got}.")
        mismatch = examining.signature_mismatch(function, self.signature)
        if mismatch:
            return Verdict("signature", mismatch)
        if examining.is_stub(function):
            return self.not_written()
        return examining.Examination(self, function).verdict()

    def not_written(self) -> Verdict:
        """The answer to a stub."""
        text = f"{self.function_name} is not written yet. Fill it in and run this cell again, or read on."
        return Verdict("not written", text)

    @property
    def function_name(self) -> str:
        """The name of the function to write, "masked_mean"."""
        return self.signature.partition("(")[0].strip()

    def _call(self, method: str) -> str:
        return f"exercises.{self.name.rpartition('.')[2]}.{method}()"

    def _record(self, progress: dict, right: bool) -> None:
        entry = progress["exercises"].setdefault(self.name, {})
        tries = entry.get("tries")
        entry["tries"] = (tries if isinstance(tries, int) else 0) + 1
        entry["solved"] = bool(entry.get("solved")) or right


def _wrapped(text: str) -> str:
    """Long lines broken between words, as a notebook would break them anywhere; indented lines are code and stay."""
    lines = (line if line.startswith(" ") else textwrap.fill(line, WIDTH, **AS_IT_IS) for line in text.splitlines())
    return "\n".join(lines)


def show_source(function: Callable) -> None:
    """Show the source of a library function, and where it stands.

    Used in a lesson after the function was built up step by step, and by `solution()`.
    """
    while isinstance(function, functools.partial):
        function = function.func
    function = inspect.unwrap(function)
    try:
        lines, first = inspect.getsourcelines(function)
    except (OSError, TypeError):
        print(f"The source of {getattr(function, '__qualname__', function)} is not at hand.")
        return
    where = f"{function.__module__.replace('.', '/')}.py, line {max(first, 1)}"
    code = textwrap.dedent("".join(lines)).rstrip()
    fragments.show_markdown(f"`{where}`\n\n```python\n{code}\n```", f"{where}\n\n{code}")


# ---------------------------------------------------------------- predict first


@dataclass(frozen=True)
class Prediction:
    """A guess that waits for its measurement; `predict` makes it."""

    name: str
    options: tuple = ()
    unit: str = ""
    guess: Any = None

    def reveal(self, measured: Any) -> None:
        """Print the measured value beside the guess, and keep both."""
        measured = _scalar(measured)
        unit = f" {self.unit}" if self.unit else ""
        print(f"Measured: {_shown(measured)}{unit}. {self._beside(measured)}")
        if self.guess is not None:
            _remember(self.name, guess=self.guess, measured=measured)

    def _beside(self, measured: Any) -> str:
        if self.guess is None:
            return "(No guess made.)"
        guessed = f"You guessed {_shown(self.guess)}"
        if self.guess == measured:
            return f"{guessed}: the same."
        if self.options or not _is_number(measured):
            return f"{guessed}."
        distance = round(self.guess - measured, 3)
        if not distance:
            return f"{guessed}: the same to three decimals."
        return f"{guessed}: {abs(distance):.3f} too {'high' if distance > 0 else 'low'}."


def predict(
    name: str, question: str, *, options: Sequence | None = None, unit: str = "", guess: Any = None
) -> Prediction:
    """Ask for a guess before an experiment; `reveal` sets it beside the result.

    Parameters
    ----------
    name
        Lesson module and question, "pooling.best".
    question
        One sentence that ends with a question mark.
    options
        What can be guessed; without them the guess is a number.
    unit
        Unit of a number, "cosine".
    guess
        None until the learner sets it.

    Examples
    --------
    >>> guess = predict("example.die", "What is the mean of a die?", unit="points")
    What is the mean of a die?
    No guess yet: set guess=... (a number, in points) and run this cell again; or read on.
    >>> guess.reveal(3.5)
    Measured: 3.500 points. (No guess made.)
    """
    choices = tuple(map(_scalar, options or ()))
    print(question)
    if choices:
        print("Options: " + ", ".join(map(str, choices)))
    value, complaint = _read_guess(_scalar(guess), choices)
    wanted = "one of the options" if choices else "a number" + (f", in {unit}" if unit else "")
    if value is not None:
        _remember(name, guess=value)
        print(f"Your guess: {_shown(value)}. It is kept; read on to see the measurement.")
    else:
        print(f"{complaint or 'No guess yet'}: set guess=... ({wanted}) and run this cell again; or read on.")
    return Prediction(name, choices, unit, value)


def _read_guess(guess: Any, choices: tuple) -> tuple[Any, str]:
    """The guess as it is kept, or None and a complaint."""
    if guess is None:
        return None, ""
    if choices:
        for choice in choices:
            if str(choice).casefold() == str(guess).strip().casefold():
                return choice, ""
        return None, f"{comparing.describe(guess)} is not among the options"
    if _is_number(guess) and math.isfinite(guess):
        return float(guess), ""
    return None, f"{comparing.describe(guess)} is not a number"


def _scalar(value: Any) -> Any:
    """A NumPy or torch number as a Python one."""
    is_single = hasattr(value, "item") and getattr(value, "ndim", None) == 0
    return value.item() if is_single else value


def _is_number(value: Any) -> bool:
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


def _shown(value: Any) -> str:
    return f"{round(value, 3) + 0.0:.3f}" if isinstance(value, float) else str(value)


def _remember(name: str, **entries: Any) -> None:
    plain = {key: value if _is_number(value) else str(value) for key, value in entries.items()}
    update_progress(lambda progress: progress["guesses"].setdefault(name, {}).update(plain))


# ---------------------------------------------------------------- quiz


@dataclass(frozen=True)
class Option:
    """One answer of a question, and what to say to whoever chooses it."""

    text: str
    correct: bool = False
    feedback: str = ""


@dataclass(frozen=True)
class Question:
    """A question with exactly one right option."""

    text: str
    options: Sequence[Option]

    def __post_init__(self) -> None:
        right = sum(option.correct for option in self.options)
        if len(self.options) < 2 or right != 1:
            message = f"a question needs two options or more and one that is right; {self.text!r} has "
            raise ValueError(f"{message}{len(self.options)} options, {right} right")


@dataclass(frozen=True)
class Quiz:
    """Questions at the end of a lesson; `show` displays them as a form with feedback.

    In all texts, what stands between backticks is shown as code.
    """

    name: str
    questions: Sequence[Question]

    def show(self) -> None:
        """Show the quiz; without scripts it is a list with folded answers."""
        fragments.show(fragments.quiz_html(self), fragments.quiz_text(self))


# ---------------------------------------------------------------- progress


def progress() -> None:
    """Print which exercises were tried and solved, and the guesses beside their measurements."""
    stored = read_progress()
    exercises = [
        (name, "solved" if entry.get("solved") else "tried", str(entry.get("tries", "")))
        for name, entry in sorted(stored["exercises"].items())
    ]
    guesses = [
        (name, _shown(entry.get("guess", "")), _shown(entry.get("measured", "")))
        for name, entry in sorted(stored["guesses"].items())
    ]
    if not exercises and not guesses:
        print("Nothing solved or guessed yet.")
    if exercises:
        print(_table(("exercise", "state", "tries"), exercises))
    if guesses:
        print(_table(("guess", "yours", "measured"), guesses))


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    lines = [head, tuple("-" * width for width in widths), *rows]
    padded = ([cell.ljust(width) for cell, width in zip(line, widths, strict=True)] for line in lines)
    return "\n".join("  ".join(cells).rstrip() for cells in padded)
