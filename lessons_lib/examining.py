"""Judge a learner's function: the steps behind `Exercise.check`, one after the other.

First what needs no run (is it a function, with the right parameters, is it
written at all), then the fixed inputs, then the facts that hold for every right
solution, then random inputs. Whenever something is not right, the known wrong
functions are tried first: if one of them gives the learner's results on every
fixed input, its explanation is the answer.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lessons_lib import comparing, guard

if TYPE_CHECKING:
    from lessons_lib.checking import Exercise

FRESH_INPUTS = 20
MUTANT_SECONDS = 2.0
PRINTED_LINES = 5


class Mutant(NamedTuple):
    """A wrong function that stands for a wrong belief, and the answer to it."""

    name: str
    function: Callable
    message: str


class Property(NamedTuple):
    """A fact that holds for every right solution.

    `name` is a clause ("padding does not change it"). `holds(function, rng)`
    returns None, or a sentence on what was seen instead. The function it gets
    answers with arrays (see `comparing.plain`) and never changes its arguments.
    """

    name: str
    holds: Callable[[Callable, np.random.Generator], str | None]


class Verdict(NamedTuple):
    """The answer to a function: a status for programs, a text for people.

    The status is one of "not written", "signature", "raised", "time", "mutant",
    "type", "shape", "dtype", "nan", "value", "changed", "random", "property",
    "fresh", "right" or "failed" (the checker itself); `mutant` is the name of
    the mutant that was recognised.
    """

    status: str
    text: str
    mutant: str = ""


class Run(NamedTuple):
    """One call of one function on one input."""

    outcome: guard.Outcome
    changed: tuple[int, ...] = ()  # positions of the arguments that the call changed

    def same_as(self, other: Run, atol: float, rtol: float) -> bool:
        """Whether both ended alike: with equal results, the same kind of error, or not at all."""
        mine, theirs = self.outcome, other.outcome
        if mine.timed_out or theirs.timed_out:
            return mine.timed_out and theirs.timed_out
        if mine.error is not None or theirs.error is not None:
            return type(mine.error) is type(theirs.error)
        return comparing.same(mine.value, theirs.value, atol, rtol)


# ---------------------------------------------------------------- before any run


def signature_mismatch(function: Callable, signature: str) -> str | None:
    """A sentence if the function cannot be called like `signature`; extra parameters need a default.

    >>> signature_mismatch(lambda x: x, "double(values)")
    'The parameters are (x), and check calls double(values). Begin with `def double(values):`.'
    """
    _, names, with_default = _parsed(signature)
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (ValueError, TypeError):  # some compiled functions do not tell
        return None
    if any(parameter.kind is parameter.VAR_POSITIONAL for parameter in parameters):
        return None
    by_position = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    positional = [parameter for parameter in parameters if parameter.kind in by_position]
    needed = {p.name for p in parameters if p.default is p.empty and p.kind is not p.VAR_KEYWORD}
    theirs = [parameter.name for parameter in positional]
    if theirs[: len(names)] != names or needed - set(names):
        shown = ", ".join(parameter.name for parameter in parameters)
        order = " The order counts." if sorted(theirs) == sorted(names) else ""
        told = f"The parameters are ({shown}), and check calls {signature}.{order}"
        return f"{told} Begin with `def {signature}:`."
    missing = [parameter for parameter in names[len(names) - with_default :] if parameter in needed]
    if missing:
        return f"The parameter {missing[0]} needs a default value. Begin with `def {signature}:`."
    return None


def _parsed(signature: str) -> tuple[str, list[str], int]:
    """Name, parameter names, and how many of the last ones have a default."""
    definition = ast.parse(f"def {signature}: pass").body[0]
    arguments = definition.args.posonlyargs + definition.args.args
    return definition.name, [argument.arg for argument in arguments], len(definition.args.defaults)


def is_stub(function: Callable) -> bool:
    """Whether the body is still empty: a docstring, `...`, `pass`, `return None` or NotImplementedError."""
    try:
        source = textwrap.dedent(inspect.getsource(guard.innermost(function)))
        definition = ast.parse(source).body[0]
    except (OSError, TypeError, SyntaxError, ValueError, IndexError):
        return False
    is_function = isinstance(definition, (ast.FunctionDef, ast.AsyncFunctionDef))
    return is_function and all(_says_nothing(statement) for statement in definition.body)


def _says_nothing(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Raise):
        raised = statement.exc.func if isinstance(statement.exc, ast.Call) else statement.exc
        return isinstance(raised, ast.Name) and raised.id == "NotImplementedError"
    if isinstance(statement, ast.Return):
        value = statement.value
        return value is None or (isinstance(value, ast.Constant) and value.value in (None, ...))
    return isinstance(statement, ast.Pass) or (
        isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    )


# ---------------------------------------------------------------- the runs


class Examination:
    """One function before one exercise. `verdict()` goes through the steps."""

    def __init__(self, exercise: Exercise, function: Callable) -> None:
        self.exercise = exercise
        self.name = exercise.function_name
        self.function = function
        self.guard = guard.Guard(exercise.seconds)
        self.inputs = [tuple(case) for case in exercise.cases(np.random.default_rng(0))]
        self.expected: dict[int, object] = {}  # results of the reference, by position
        self.printed: guard.Outcome | None = None

    def verdict(self) -> Verdict:
        """Fixed inputs, then mutants if anything is wrong, then fresh inputs."""
        runs = self.fixed_runs()
        found = self.first_problem(runs)
        if found is None:
            found = self.fresh_answer()
        elif found.status != "not written":
            found = self.mutant_answer(runs) or found
        return found._replace(text=found.text + self.printed_note())

    def fixed_runs(self) -> list[Run]:
        """The learner's results on the fixed inputs, up to the first that did not end."""
        runs: list[Run] = []
        for case in self.inputs:
            runs.append(self.run(self.function, case, self.guard))
            if runs[-1].outcome.timed_out:
                break
        return runs

    def run(self, function: Callable, case: tuple, its_guard: guard.Guard) -> Run:
        """Call the function on copies, and see whether it changed them."""
        arguments = comparing.copied(case)
        outcome = its_guard.call(lambda: comparing.plain(function(*arguments)))
        if function is self.function and self.printed is None and outcome.printed:
            self.printed = outcome
        if outcome.timed_out:
            return Run(outcome)
        pairs = enumerate(zip(case, arguments, strict=True))
        return Run(outcome, tuple(i for i, (before, after) in pairs if comparing.changed(before, after)))

    def first_problem(self, runs: list[Run]) -> Verdict | None:
        """What is wrong, the most basic thing first."""
        if runs[-1].outcome.timed_out:
            return self.time_answer(self.inputs[len(runs) - 1])
        for case, run in zip(self.inputs, runs, strict=True):
            if run.outcome.error is not None:
                return self.error_answer(run.outcome.error, case)
        if any(run.outcome.value is comparing.ELLIPSIS for run in runs):
            return self.exercise.not_written()
        different = self.first_difference(runs)
        if different is not None and different.status != "value":
            return different
        conduct = self.changed_answer(runs) or self.random_answer(runs[0])
        return conduct or self.property_answer(different) or different

    def first_difference(self, runs: list[Run]) -> Verdict | None:
        """The difference from the reference in the smallest input that has one."""
        for i in sorted(range(len(runs)), key=lambda i: comparing.size(self.inputs[i])):
            found = self.difference(self.inputs[i], self.expect(i), runs[i])
            if found is not None:
                return found
        return None

    def expect(self, i: int) -> object:
        """The reference's result on a fixed input."""
        if i not in self.expected:
            self.expected[i] = self.reference_result(self.inputs[i])
        return self.expected[i]

    def reference_result(self, case: tuple) -> object:
        return comparing.plain(self.exercise.reference(*comparing.copied(case)))

    def difference(self, case: tuple, expected: object, run: Run) -> Verdict | None:
        tolerance = {"atol": self.exercise.atol, "rtol": self.exercise.rtol}
        found = comparing.problem(expected, run.outcome.value, **tolerance)
        if found is None:
            return None
        text = f"Not yet. {found.text}\n{self.input_note(case)}"
        if found.kind == "nan" and run.outcome.warning:
            text += f"\nThe warning was: {run.outcome.warning}."
        return Verdict(found.kind, text)

    # ---- mutants

    def mutant_answer(self, runs: list[Run]) -> Verdict | None:
        """The message of the first mutant that gives the learner's results on every fixed input."""
        for mutant in self.exercise.mutants:
            if self.is_mutant(mutant, runs):
                return Verdict("mutant", textwrap.dedent(mutant.message).strip(), mutant.name)
        return None

    def is_mutant(self, mutant: Mutant, runs: list[Run]) -> bool:
        """Run the mutant input by input, and stop at the first difference.

        A mutant that is wrong only in changing its input must change the same arguments.
        """
        its_guard = guard.Guard(min(MUTANT_SECONDS, self.exercise.seconds))
        same_changes, right_values = True, True
        for i, run in enumerate(runs):
            its_run = self.run(mutant.function, self.inputs[i], its_guard)
            if not run.same_as(its_run, self.exercise.atol, self.exercise.rtol):
                return False
            same_changes = same_changes and run.changed == its_run.changed
            right_values = right_values and self.is_right(i, run)
        return same_changes or not right_values

    def is_right(self, i: int, run: Run) -> bool:
        return comparing.same(self.expect(i), run.outcome.value, self.exercise.atol, self.exercise.rtol)

    # ---- facts and fresh inputs

    def changed_answer(self, runs: list[Run]) -> Verdict | None:
        for case, run in zip(self.inputs, runs, strict=True):
            if run.changed:
                name = self.argument_names(case)[run.changed[0]]
                text = (
                    f"Not yet. {self.name} changes its argument {name} in place, so whoever called it "
                    "finds other data afterwards. Compute a new array, or begin with a copy."
                )
                return Verdict("changed", text)
        return None

    def random_answer(self, first: Run) -> Verdict | None:
        """Call it once more on the first input: the same must come out."""
        again = self.run(self.function, self.inputs[0], self.guard)
        if again.outcome.timed_out:
            return self.time_answer(self.inputs[0])
        if again.same_as(first, self.exercise.atol, self.exercise.rtol):
            return None
        text = (
            f"Not yet. Two calls of {self.name} with the same input gave different results. "
            "Does it draw random numbers, or keep something from one call to the next?"
        )
        return Verdict("random", f"{text}\n{self.input_note(self.inputs[0])}")

    def property_answer(self, different: Verdict | None) -> Verdict | None:
        """The first fact that does not hold, followed by the difference from the reference."""
        for number, fact in enumerate(self.exercise.properties):
            seen: list[tuple] = []

            def function(*arguments: object, seen: list[tuple] = seen) -> object:
                seen[:] = [arguments]
                return comparing.plain(self.function(*comparing.copied(arguments)))

            outcome = self.guard.call(fact.holds, function, np.random.default_rng(number))
            case = seen[0] if seen else ()
            if outcome.timed_out:
                return self.time_answer(case)
            if outcome.error is not None and guard.learner_traceback(outcome.error, self.function):
                return self.error_answer(outcome.error, case)
            message = outcome.value
            if outcome.error is not None:
                message = f"your result could not be used for that ({guard.error_text(outcome.error)})"
            if message:
                text = f"Not yet. It should hold that {fact.name}. Seen instead: {message}"
                text = text if text.endswith((".", "?")) else f"{text}."
                if different is not None:
                    text += "\n" + different.text.removeprefix("Not yet. ")
                return Verdict("property", text)
        return None

    def fresh_answer(self) -> Verdict:
        """Compare with the reference on inputs nobody has seen, then say what was shown."""
        rng = np.random.default_rng()
        done = 0
        while done < FRESH_INPUTS and self.has_time():
            for case in map(tuple, self.exercise.cases(rng)):
                found = self.fresh_problem(case, self.run(self.function, case, self.guard))
                if found is not None:
                    return found
                done += 1
                if done == FRESH_INPUTS or not self.has_time():
                    break
        return Verdict("right", self.right_text(done))

    def has_time(self) -> bool:
        """Whether enough is left that a call which began will also end."""
        return self.guard.remaining > self.exercise.seconds / 4

    def fresh_problem(self, case: tuple, run: Run) -> Verdict | None:
        if run.outcome.timed_out:
            return self.time_answer(case)
        if run.outcome.error is not None:
            return self.error_answer(run.outcome.error, case)
        found = self.difference(case, self.reference_result(case), run)
        if found is None:
            return None
        return Verdict("fresh", f"{found.text}\nThe fixed inputs were right; this one is random.")

    # ---- sentences

    def right_text(self, done: int) -> str:
        facts = [fact.name for fact in self.exercise.properties]
        inputs = f"{len(self.inputs)} fixed and {done} fresh inputs"
        text = f"Right. {self.name} agrees with the reference on {inputs}"
        if facts:
            text = ", ".join([text, *facts[:-1]]) + f", and {facts[-1]}"
        if done < FRESH_INPUTS:
            text += ". It is slow, so fewer fresh inputs were tried than usual"
        return f"{text}."

    def time_answer(self, case: tuple) -> Verdict:
        """Tell a function that is slow from one that does not seem to end."""
        limit = f"{self.exercise.seconds:g} s"
        if self.guard.ended_seconds > self.exercise.seconds / 4:
            text = (
                f"Not yet. {self.name} is too slow: {self.guard.ended} calls on small inputs took "
                f"{self.guard.ended_seconds:.1f} s, and the limit for the whole check is {limit}. "
                "Is there a loop that an array operation can replace?"
            )
        else:
            text = (
                f"Not yet. {self.name} did not come to an end within {limit}. "
                "Is there a loop that never stops, or something that waits?"
            )
        if self.guard.still_running:
            text += " It could not be stopped; if the notebook feels slow, restart the kernel."
        return Verdict("time", f"{text}\n{self.input_note(case)}".rstrip())

    def error_answer(self, error: BaseException, case: tuple) -> Verdict:
        lines = guard.learner_traceback(error, self.function)
        if isinstance(error, NotImplementedError) and "raise NotImplementedError" in lines:
            return self.exercise.not_written()
        reason = guard.error_text(error)
        if isinstance(error, SystemExit):
            reason += " (a function gives its result back with `return`; exit() would end the notebook)"
        elif isinstance(error, RecursionError):
            reason += " (it calls itself again and again; which call should be the last?)"
        elif isinstance(error, guard.NotHere):
            reason = str(error)
        head = f"Not yet. {self.name} raised an error."
        parts = [head, textwrap.indent(lines, "  "), reason, self.input_note(case)]
        return Verdict("raised", "\n".join(part for part in parts if part))

    def argument_names(self, case: tuple) -> list[str]:
        names = _parsed(self.exercise.signature)[1]
        return [names[i] if i < len(names) else f"argument {i + 1}" for i in range(len(case))]

    def input_note(self, case: tuple) -> str:
        """The arguments in a few words, "Input: token_states float32 [2, 3, 4], mask int64 [2, 3]"."""
        if not case:
            return ""
        described = zip(self.argument_names(case), map(comparing.describe, case), strict=True)
        return "Input: " + ", ".join(f"{name} {what}" for name, what in described)

    def printed_note(self) -> str:
        """The first lines of what the learner's code printed on one input."""
        if self.printed is None:
            return ""
        lines = self.printed.printed.rstrip("\n").split("\n")
        shown = [f"  {comparing.shortened(line, 100)}" for line in lines[:PRINTED_LINES]]
        more = self.printed.printed_more or len(lines) > PRINTED_LINES
        return "\nYour code printed, on one input:\n" + "\n".join(shown + (["  ..."] if more else []))
