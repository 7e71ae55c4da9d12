"""Say in one sentence how a result differs from the expected one.

A learner's result may be a NumPy array, a torch tensor, a number, a list, a
dictionary or something nobody expected. `plain` turns all of these into a few
kinds, `same` compares two of them, and `problem` explains a difference.
The exercises of every lesson rest on this module (see `checking`).
"""

from __future__ import annotations

import copy
import dataclasses
import inspect
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

NUMERIC_KINDS = "biufc"  # bool, signed, unsigned, float, complex
DEEPEST = 8  # levels of nested lists that are looked at


class Odd(NamedTuple):
    """A value that no comparison can use, with what is known about it."""

    type_name: str
    advice: str = ""


ELLIPSIS = Odd("ellipsis", "It is the `...` of an unfinished line.")


class Problem(NamedTuple):
    """What is wrong with a result: a kind for programs and a text for people."""

    kind: str  # "type", "shape", "dtype", "nan" or "value"
    text: str


def plain(value: Any, depth: int = 0) -> Any:
    """Turn a result into arrays, strings, None, lists and dictionaries of those.

    Tensors become arrays (anything with `detach`, so torch is not imported),
    numbers become arrays of no dimension, equal-sized lists become arrays,
    tuples stay lists, dataclasses become dictionaries. The result shares no
    memory with `value`. What cannot be compared becomes an `Odd`.

    >>> plain([1.0, 2.0])
    array([1., 2.])
    """
    if value is None or isinstance(value, (str, bytes)):
        return value
    if depth > DEEPEST:
        return Odd(type(value).__name__, "It is nested too deeply to compare.")
    if hasattr(value, "detach"):
        return _from_tensor(value)
    if isinstance(value, (np.ndarray, np.generic, bool, int, float, complex)):
        huge = isinstance(value, int) and not -(2**63) <= value < 2**63  # more than an array can hold
        return Odd("whole number of 64 bits or more") if huge else _from_array(np.array(value))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = dataclasses.fields(value)
        return {field.name: plain(getattr(value, field.name), depth + 1) for field in fields}
    if isinstance(value, Mapping):
        return {key: plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, (set, frozenset)):
        return plain(sorted(value, key=repr), depth)
    if isinstance(value, (list, range)):
        return _from_list(value, depth)
    if isinstance(value, tuple):
        return [plain(item, depth + 1) for item in value]
    if hasattr(value, "__array__") and not isinstance(value, type):
        return _from_array(np.array(value))
    return _odd(value)


def _from_tensor(tensor: Any) -> Any:
    tensor = tensor.detach().cpu()
    try:
        return np.array(tensor.numpy())
    except TypeError:  # bfloat16 has no NumPy counterpart
        return np.array(tensor.float().numpy())


def _from_array(array: np.ndarray) -> Any:
    return array.tolist() if array.dtype.kind in "US" else array


def _from_list(value: list | range, depth: int) -> Any:
    if value and isinstance(value[0], (bool, int, float, complex, np.number)):
        try:
            array = np.array(value)
            if array.dtype.kind in NUMERIC_KINDS:
                return array
        except (ValueError, TypeError, OverflowError):
            pass  # a ragged or mixed list is compared item by item
    items = [plain(item, depth + 1) for item in value]
    if items and all(_is_numeric(item) and item.shape == items[0].shape for item in items):
        return np.stack(items)
    return items


def _is_numeric(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype.kind in NUMERIC_KINDS


def _odd(value: Any) -> Odd:
    name = type(value).__name__
    if value is Ellipsis:
        return ELLIPSIS
    if inspect.iscoroutine(value):
        value.close()
        return Odd(name, "Write `def` instead of `async def`.")
    if hasattr(value, "__next__"):
        return Odd(name, "It gives its items only once; turn it into a list or an array first.")
    if callable(value):
        return Odd(name, "Call it, with brackets, before you return.")
    return Odd(name, "Return an array, a number or a list.")


def same(a: Any, b: Any, atol: float = 1e-5, rtol: float = 1e-5) -> bool:
    """Whether two plain values are equal up to rounding; NaN equals NaN, dtypes do not count."""
    if isinstance(a, list) or isinstance(b, list):
        a, b = _as_list(a), _as_list(b)
        if not (isinstance(a, list) and isinstance(b, list)) or len(a) != len(b):
            return False
        return all(same(x, y, atol, rtol) for x, y in zip(a, b, strict=True))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key], atol, rtol) for key in a)
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        if a.shape != b.shape:
            return False
        if not (_is_numeric(a) and _is_numeric(b)):
            return bool(np.all(a == b)) if a.dtype.kind == b.dtype.kind != "O" else False
        return bool(np.all(_close(a, b, atol, rtol)))
    return type(a) is type(b) and bool(a == b)


def _as_list(value: Any) -> Any:
    is_rows = isinstance(value, np.ndarray) and value.ndim > 0
    return [np.asarray(row) for row in value] if is_rows else value


def _close(a: np.ndarray, b: np.ndarray, atol: float, rtol: float) -> np.ndarray:
    return np.isclose(_widened(a), _widened(b), atol=atol, rtol=rtol, equal_nan=True)


def _widened(array: np.ndarray) -> np.ndarray:
    return array.astype(np.complex128 if array.dtype.kind == "c" else np.float64)


def problem(
    expected: Any,
    got: Any,
    *,
    atol: float = 1e-5,
    rtol: float = 1e-5,
    where: str = "The result",
) -> Problem | None:
    """Explain how a plain result differs from the expected one; None when it does not.

    Parameters
    ----------
    expected, got
        Two values that went through `plain`.
    atol, rtol
        Absolute and relative tolerance, as in `numpy.isclose`.
    where
        How the sentence calls the result.

    Examples
    --------
    >>> problem(plain([[1.0, 2.0]]), plain([[1.0], [2.0]])).text
    'The result has shape [2, 1], expected [1, 2]. The axes are swapped.'
    """
    if got is None and expected is not None:
        return Problem("type", f"{where} is None. Did you forget `return`?")
    if isinstance(got, Odd):
        return Problem("type", f"{where} is a {got.type_name}. {got.advice}".rstrip())
    if isinstance(expected, list) or (isinstance(got, list) and isinstance(expected, np.ndarray)):
        return _list_problem(expected, got, atol, rtol, where)
    if isinstance(expected, dict):
        return _dict_problem(expected, got, atol, rtol, where)
    if isinstance(expected, np.ndarray):
        return _array_problem(expected, got, atol, rtol, where)
    if same(expected, got):
        return None
    text = f"{where} is {describe(got, 60)}, expected {describe(expected, 60)}."
    return Problem("value" if type(expected) is type(got) else "type", text)


def _list_problem(expected: Any, got: Any, atol: float, rtol: float, where: str) -> Problem | None:
    if isinstance(expected, np.ndarray) and expected.ndim == 0:
        return Problem("type", f"{where} is {describe(got)}, expected one number.")
    expected, got = _as_list(expected), _as_list(got)
    if not isinstance(got, list):
        return Problem("type", f"{where} is {describe(got)}, expected {describe(expected)}.")
    if len(got) != len(expected):
        return Problem("shape", f"{where} has {len(got)} items, expected {len(expected)}.")
    found = (
        problem(wanted, item, atol=atol, rtol=rtol, where=f"{where} at position {position}")
        for position, (wanted, item) in enumerate(zip(expected, got, strict=True))
    )
    return next((each for each in found if each), None)


def _dict_problem(expected: dict, got: Any, atol: float, rtol: float, where: str) -> Problem | None:
    if not isinstance(got, dict):
        return Problem("type", f"{where} is {describe(got)}, expected {describe(expected)}.")
    if got.keys() != expected.keys():
        wrong = sorted(map(repr, got.keys() ^ expected.keys()))
        which = "missing" if wrong[0] in map(repr, expected) else "not expected"
        return Problem("shape", f"{where} has other keys than expected: {wrong[0]} is {which}.")
    found = (
        problem(expected[key], got[key], atol=atol, rtol=rtol, where=f"{where} at key {key!r}") for key in expected
    )
    return next((each for each in found if each), None)


def _array_problem(expected: np.ndarray, got: Any, atol: float, rtol: float, where: str) -> Problem | None:
    if not isinstance(got, np.ndarray):
        return Problem("type", f"{where} is {describe(got)}, expected {describe(expected)}.")
    if got.dtype.kind == "O":
        text = f"{where} is an array of Python objects (dtype object). Build it from numbers only."
        return Problem("dtype", text)
    if got.shape != expected.shape:
        text = f"{where} has shape {_shape(got)}, expected {_shape(expected)}."
        return Problem("shape", text + _shape_advice(got.shape, expected.shape))
    if not (_is_numeric(got) and _is_numeric(expected)):
        return None if same(expected, got) else Problem("value", f"{where} differs.")
    if got.ndim and got.dtype.kind in "fc" and expected.dtype.kind in "iu":
        text = f"{where} has dtype {got.dtype}, expected whole numbers ({expected.dtype})."
        return Problem("dtype", text)
    close = _close(expected, got, atol, rtol)
    if close.all():
        return None
    return (
        _whole_number_problem(expected, got, where)
        or _nan_problem(expected, got, where)
        or _value_problem(expected, got, close, where)
    )


def _shape_advice(got: tuple, expected: tuple) -> str:
    if got == expected[::-1]:
        return " The axes are swapped."
    if sorted(got) == sorted(expected):
        return " The axes are in another order."
    if tuple(size for size in got if size != 1) == tuple(size for size in expected if size != 1):
        return " The values may be right: only axes of length 1 differ."
    return ""


def _whole_number_problem(expected: np.ndarray, got: np.ndarray, where: str) -> Problem | None:
    if not (got.dtype.kind in "biu" and expected.dtype.kind == "f"):
        return None
    text = f"{where} has dtype {got.dtype}, so everything after the decimal point is lost."
    return Problem("dtype", f"{text} Expected {expected.dtype}; float64 is fine too.")


def _nan_problem(expected: np.ndarray, got: np.ndarray, where: str) -> Problem | None:
    bad = ~np.isfinite(_widened(got)) & np.isfinite(_widened(expected))
    if not bad.any():
        return None
    first = _first(bad)
    name = "NaN (not a number)" if np.isnan(got[first]) else "infinity"
    count = f"{int(bad.sum())} of {bad.size} values" if bad.size > 1 else "the only value"
    place = f", the first at {_position(first)}" if bad.size > 1 else ""
    text = f"{where} holds {name}{place} ({count}). A division by zero is the usual reason."
    return Problem("nan", text)


def _value_problem(expected: np.ndarray, got: np.ndarray, close: np.ndarray, where: str) -> Problem:
    first = _first(~close)
    yours, wanted = number_pair(got[first], expected[first])
    if close.ndim == 0:
        return Problem("value", f"{where} is wrong: yours {yours}, expected {wanted}.")
    wrong = int((~close).sum())
    with np.errstate(all="ignore"):
        gaps = np.abs(_widened(got) - _widened(expected))[~close]
    gaps = gaps[np.isfinite(gaps)]
    largest = f"; the largest difference is {gaps.max():.4g}" if gaps.size else ""
    text = (
        f"{where} differs first at {_position(first)}: yours {yours}, expected {wanted}.\n"
        f"{wrong} of {close.size} values differ{largest}."
    )
    return Problem("value", text)


def _first(flags: np.ndarray) -> tuple[int, ...]:
    """Position of the first True in reading order."""
    return tuple(int(i) for i in np.argwhere(flags)[0])


def _position(index: tuple[int, ...]) -> str:
    return "[" + ", ".join(map(str, index)) + "]"


def number_pair(a: Any, b: Any) -> tuple[str, str]:
    """Two numbers as short texts, with as many digits as it takes to tell them apart."""
    for digits in (4, 7, 10, 17):
        texts = tuple(f"{x.item():.{digits}g}" for x in (np.asarray(a), np.asarray(b)))
        if texts[0] != texts[1]:
            break
    return texts


def _shape(value: Any) -> str:
    return "[" + ", ".join(str(int(size)) for size in value.shape) + "]"


def describe(value: Any, width: int = 40) -> str:
    """An argument or result in a few words: dtype and shape, or a shortened value.

    >>> describe(np.zeros((2, 3), dtype=np.float32))
    'float32 [2, 3]'
    """
    if hasattr(value, "shape") and hasattr(value, "dtype") and not isinstance(value, np.generic):
        dtype = str(value.dtype).replace("torch.", "torch ")
        if isinstance(value, np.ndarray) and value.ndim == 0:
            return f"the number {value.item()!r}"
        return f"{dtype} {_shape(value)}"
    if value is None or isinstance(value, (str, bytes, bool, int, float, complex, np.generic)):
        value = value.item() if isinstance(value, np.generic) else value
        return shortened(repr(value), width)
    if isinstance(value, Odd):
        return f"a {value.type_name}"
    if isinstance(value, (list, tuple, set, dict)):
        return f"a {type(value).__name__} of {len(value)}"
    return f"a {type(value).__name__}"


def shortened(text: str, width: int) -> str:
    """The text, cut to a width with three dots."""
    return text if len(text) <= width else text[: width - 3] + "..."


def size(value: Any) -> int:
    """A rough count of the numbers or characters in an argument, to find the smallest case."""
    if hasattr(value, "shape"):
        return int(np.prod([int(n) for n in value.shape]))
    if isinstance(value, Mapping):
        return sum(size(item) for item in value.values())
    if isinstance(value, (list, tuple, set)):
        return sum(size(item) for item in value)
    return len(value) if isinstance(value, (str, bytes)) else 1


def copied(value: Any) -> Any:
    """A deep copy of data; models, tokenizers and functions are handed on as they are."""
    if hasattr(value, "detach"):
        return value.detach().clone()
    if isinstance(value, (np.ndarray, np.random.Generator)):
        return copy.deepcopy(value)
    if isinstance(value, dict):
        return {key: copied(item) for key, item in value.items()}
    if type(value) in (list, set):
        return type(value)(copied(item) for item in value)
    if type(value) is tuple:
        return tuple(copied(item) for item in value)
    return value


def changed(before: Any, after: Any) -> bool:
    """Whether an argument holds other data after a call than before it."""
    is_data = hasattr(before, "detach") or isinstance(before, (np.ndarray, dict, list, set, tuple))
    is_objects = isinstance(before, np.ndarray) and before.dtype.kind == "O"
    return is_data and not is_objects and not same(plain(before), plain(after), atol=0.0, rtol=0.0)
