"""Comparing results: what counts as equal, and the sentence for what does not."""

from __future__ import annotations

import dataclasses
import functools

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from lessons_lib.comparing import changed, copied, describe, plain, problem, same, size

MATRIX = np.array([[0.5, 1.0, -2.0], [3.0, 4.0, 5.0]], dtype=np.float32)
LAST_COLUMN = np.array([0, 0, 1])

FORMS = {
    "float32": MATRIX,
    "float64": MATRIX.astype(np.float64),
    "float16": MATRIX.astype(np.float16),
    "torch": torch.tensor(MATRIX),
    "torch with gradient": torch.tensor(MATRIX, requires_grad=True),
    "torch bfloat16": torch.tensor(MATRIX).bfloat16(),
    "list of lists": MATRIX.tolist(),
    "tuple of arrays": tuple(MATRIX),
    "list of tensors": list(torch.tensor(MATRIX)),
    "list of lists of NumPy numbers": [list(row) for row in MATRIX],
    "masked array": np.ma.masked_array(MATRIX),
}


@pytest.mark.parametrize("form", FORMS)
def test_the_same_numbers_in_another_form_are_equal(form):
    assert problem(plain(MATRIX), plain(FORMS[form])) is None
    assert same(plain(MATRIX), plain(FORMS[form]))


@pytest.mark.parametrize(
    ("expected", "got"),
    [
        (0.5, np.float32(0.5)),
        (1.0, 1),
        (2, 2.0),
        (True, np.bool_(True)),
        (np.array([True, False]), [1, 0]),
        ("mean", "mean"),
        (None, None),
        (["a", "b"], np.array(["a", "b"])),
        ([1, 2], range(1, 3)),
        ({"a": 1.0, "b": [1, 2]}, {"b": np.array([1, 2]), "a": torch.tensor(1.0)}),
        ({3, 1}, {1, 3}),
        (np.array(["2020-01-01"], "datetime64[D]"), np.array(["2020-01-01"], "datetime64[D]")),
        ((MATRIX, [1, 2]), [MATRIX.tolist(), (1, 2)]),
        ([[1.0], [2.0, 3.0]], [np.array([1.0]), torch.tensor([2.0, 3.0])]),
        ([np.nan, np.inf], [np.nan, np.inf]),
        ([], np.array([])),
        ([("a", 1.0)], [("a", 1.000001)]),
    ],
)
def test_equal_results_in_various_forms(expected, got):
    assert problem(plain(expected), plain(got)) is None


def generator():
    yield 1.0


async def coroutine():
    return 1.0


class Thing:
    pass


@pytest.mark.parametrize(
    ("kind", "expected", "got", "text"),
    [
        ("type", MATRIX, None, "The result is None. Did you forget `return`?"),
        ("type", MATRIX, generator(), "The result is a generator. It gives its items only once"),
        ("type", MATRIX, map(float, []), "The result is a map. It gives its items only once"),
        ("type", MATRIX, "text", "The result is 'text', expected float32 [2, 3]."),
        ("type", MATRIX, {"a": 1}, "The result is a dict of 1, expected float32 [2, 3]."),
        ("type", MATRIX, np.mean, "Call it, with brackets, before you return."),
        ("type", MATRIX, Thing(), "The result is a Thing. Return an array, a number or a list."),
        ("type", 0.5, 2**70, "The result is a whole number of 64 bits or more."),
        ("type", 0.5, ["a"], "The result is a list of 1, expected one number."),
        ("type", [("a", 1)], 3, "The result is the number 3, expected a list of 1."),
        ("type", {"a": 1}, [1], "expected a dict of 1."),
        ("type", "mean", 3.0, "The result is the number 3.0, expected 'mean'."),
        ("value", "mean", "max", "The result is 'max', expected 'mean'."),
        ("shape", MATRIX, MATRIX.T, "The result has shape [3, 2], expected [2, 3]. The axes are swapped."),
        ("shape", np.zeros((2, 3, 4)), np.zeros((3, 2, 4)), "The axes are in another order."),
        ("shape", np.zeros(2), np.zeros((2, 1)), "only axes of length 1 differ."),
        ("shape", MATRIX, MATRIX[0], "The result has shape [3], expected [2, 3]."),
        ("shape", [("a", 1)], [("a", 1), ("b", 2)], "The result has 2 items, expected 1."),
        ("shape", {"a": 1, "b": 2}, {"a": 1}, "has other keys than expected: 'b' is missing."),
        ("shape", {"a": 1}, {"a": 1, "b": 2}, "has other keys than expected: 'b' is not expected."),
        ("dtype", MATRIX, MATRIX.astype(object), "Python objects (dtype object). Build it from numbers only."),
        ("dtype", MATRIX, MATRIX.astype(int), "dtype int64, so everything after the decimal point is lost."),
        ("dtype", np.array([1, 2]), np.array([1.0, 2.0]), "dtype float64, expected whole numbers (int64)."),
        ("nan", MATRIX, MATRIX * np.nan, "holds NaN (not a number), the first at [0, 0] (6 of 6 values)."),
        ("nan", 1.0, np.inf, "holds infinity (the only value). A division by zero is the usual reason."),
        ("value", MATRIX, MATRIX + LAST_COLUMN, "differs first at [0, 2]: yours -1, expected -2."),
        ("value", MATRIX, MATRIX + LAST_COLUMN, "2 of 6 values differ; the largest difference is 1."),
        ("value", 1.0, 1.0002, "The result is wrong: yours 1.0002, expected 1."),
        ("value", np.array([2], "datetime64[D]"), np.array([3], "datetime64[D]"), "The result differs."),
        ("value", np.nan, 1.0, "yours 1, expected nan."),
        ("value", {"a": [1.0, 2.0]}, {"a": [1.0, 3.0]}, "The result at key 'a' differs first at [1]"),
        ("value", [("a", 1), ("b", 2)], [("a", 1), ("c", 2)], "The result at position 1 at position 0 is 'c'"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(kind, expected, got, text):
    found = problem(plain(expected), plain(got))
    assert text in found.text
    assert found.kind == kind


def test_a_coroutine_is_answered_and_closed():
    assert "Write `def` instead of `async def`." in problem(plain(1.0), plain(coroutine())).text


def test_a_list_that_holds_itself_is_answered():
    circle = []
    circle.append(circle)
    assert problem(plain(MATRIX), plain(circle)) is not None


def test_a_dataclass_is_compared_by_its_fields():
    Pair = dataclasses.make_dataclass("Pair", ["score", "i"])
    assert problem(plain([Pair(0.5, 1)]), plain([Pair(0.5, 1)])) is None
    assert "at key 'i'" in problem(plain([Pair(0.5, 1)]), plain([Pair(0.5, 2)])).text


def test_tolerances_are_absolute_and_relative():
    assert problem(plain(0.0), plain(0.9e-5)) is None
    assert problem(plain(0.0), plain(1.1e-5)) is not None
    assert problem(plain(1e6), plain(1e6 + 9)) is None
    assert problem(plain(1e6), plain(1e6 + 11)) is not None
    assert problem(plain(0.0), plain(0.1), atol=0.2) is None
    assert same(plain([0.0]), plain([0.9e-5]))
    assert not same(plain([0.0]), plain([1.1e-5]))


def test_a_difference_of_a_large_array_is_told_in_a_short_text():
    found = problem(plain(np.zeros((1000, 1000))), plain(np.ones((1000, 1000))))
    assert len(found.text) < 200


def test_a_plain_value_shares_no_memory():
    array = MATRIX.copy()
    tensor = torch.tensor(MATRIX)
    values = plain(array), plain(tensor)
    array[:] = 0
    tensor[:] = 0
    assert all(np.array_equal(value, MATRIX) for value in values)


numbers = st.floats(-1e6, 1e6, width=32)
anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats()
    | st.text()
    | arrays(np.float32, array_shapes(max_dims=3)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3) | st.tuples(inner),
    max_leaves=6,
)


@given(anything)
def test_every_value_equals_its_copy(value):
    assert same(plain(value), plain(copied(value)))
    assert problem(plain(value), plain(copied(value))) is None
    assert not changed(value, copied(value))


@given(anything, anything)
def test_two_values_are_equal_exactly_when_there_is_no_problem(a, b):
    found = problem(plain(a), plain(b))
    if not same(plain(a), plain(b)):
        assert found is not None
    elif found is not None:
        assert found.kind == "dtype"  # whole numbers were expected, say


@given(arrays(np.float32, array_shapes(max_dims=3), elements=numbers), st.data())
def test_one_changed_number_is_found_at_its_place(array, data):
    place = tuple(data.draw(st.integers(0, length - 1)) for length in array.shape)
    other = array.astype(np.float64)
    other[place] += 1 + abs(other[place])
    assert f"first at [{', '.join(map(str, place))}]" in problem(plain(array), plain(other)).text


def test_an_argument_changed_in_place_is_noticed():
    for value in (MATRIX.copy(), torch.tensor(MATRIX), [1, [2]], {"a": [1]}):
        before = copied(value)
        assert not changed(before, value)
        if isinstance(value, dict):
            value["a"].append(2)
        elif isinstance(value, list):
            value[1][0] = 3
        else:
            value[0, 0] = 9
        assert changed(before, value)


def test_a_generator_of_numbers_is_copied_in_its_state_and_functions_are_not():
    rng = np.random.default_rng(1)
    assert copied(rng).random() == copied(rng).random()
    assert copied(np.mean) is np.mean


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (MATRIX, "float32 [2, 3]"),
        (torch.tensor(MATRIX), "torch float32 [2, 3]"),
        (np.float32(0.5), "0.5"),
        ("x" * 100, "'" + "x" * 36 + "..."),
        ([1, 2], "a list of 2"),
        (None, "None"),
        (Thing(), "a Thing"),
        (functools.partial(print), "a partial"),
    ],
)
def test_values_are_described_in_a_few_words(value, text):
    assert describe(value) == text


def test_the_size_of_a_case_counts_its_numbers():
    assert size((MATRIX, [1, 2], "abc", {"a": MATRIX}, 5)) == 6 + 2 + 3 + 6 + 1
