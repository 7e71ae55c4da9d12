"""Similarity geometry against SciPy, scikit-learn and its own definitions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial.distance import cdist
from sklearn.metrics.pairwise import cosine_similarity as sklearn_cosine

from lessons_lib.geometry import cosine_similarity, dot_product, euclidean_distance, normalize

coordinates = st.floats(-1e3, 1e3).map(lambda value: round(value, 3))  # scikit-learn reads a norm below 1e-15 as zero
matrices = arrays(np.float64, st.tuples(st.integers(1, 5), st.just(3)), elements=coordinates)


@given(a=matrices, b=matrices)
def test_cosine_agrees_with_scikit_learn(a, b):
    np.testing.assert_allclose(cosine_similarity(a, b), sklearn_cosine(a, b), atol=1e-9)


@given(a=matrices, b=matrices)
def test_distance_agrees_with_scipy(a, b):
    np.testing.assert_allclose(euclidean_distance(a, b), cdist(a, b), atol=1e-9)


@given(a=matrices, b=matrices)
def test_dot_product_is_the_sum_of_products(a, b):
    np.testing.assert_allclose(dot_product(a, b), np.einsum("nd,md->nm", a, b), rtol=1e-9, atol=1e-6)


@given(a=matrices, b=matrices)
def test_squared_distance_of_unit_vectors_is_two_minus_twice_the_cosine(a, b):
    unit_a, unit_b = normalize(a), normalize(b)
    unit_a, unit_b = unit_a[unit_a.any(1)], unit_b[unit_b.any(1)]
    if len(unit_a) and len(unit_b):
        squared = euclidean_distance(unit_a, unit_b) ** 2
        np.testing.assert_allclose(squared, 2 - 2 * cosine_similarity(unit_a, unit_b), atol=1e-9)


@given(a=matrices, scale=st.floats(0.1, 100))
def test_cosine_does_not_see_length(a, scale):
    np.testing.assert_allclose(cosine_similarity(a, a * scale), cosine_similarity(a, a), atol=1e-9)


def test_normalized_rows_have_length_one_and_zero_stays_zero():
    unit = normalize([[3.0, 4.0], [0.0, 0.0], [1e200, 1e200], [1e-200, 0.0]])
    np.testing.assert_allclose(np.linalg.norm(unit, axis=1), [1, 0, 1, 1])


def test_float16_does_not_overflow_and_integers_are_not_cut():
    assert normalize(np.array([60000.0, 60000.0], dtype=np.float16)) == pytest.approx([0.7071, 0.7071], abs=1e-4)
    assert normalize(np.array([3, 4])) == pytest.approx([0.6, 0.8])


def test_a_zero_vector_has_cosine_zero_with_everything():
    assert cosine_similarity([0.0, 0.0], [1.0, 2.0]) == 0.0


def test_two_vectors_give_a_number_and_a_vector_with_a_matrix_a_row():
    assert isinstance(cosine_similarity([1.0, 0.0], [0.0, 1.0]), float)
    assert cosine_similarity([1.0, 0.0], [[0.0, 1.0], [1.0, 0.0]]).tolist() == [0.0, 1.0]
    assert euclidean_distance([1.0, 0.0], [[1.0, 1.0], [1.0, 0.0]]).tolist() == [1.0, 0.0]


def test_the_input_is_not_changed():
    x = np.array([[3.0, 4.0]])
    normalize(x)
    assert x.tolist() == [[3.0, 4.0]]


@pytest.mark.parametrize("function", [dot_product, cosine_similarity, euclidean_distance])
def test_bad_pairs_are_named(function):
    with pytest.raises(ValueError, match="same number of dimensions; got 2 and 3"):
        function([1.0, 2.0], [1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="b must be finite"):
        function([1.0, 2.0], [1.0, np.nan])


@pytest.mark.parametrize(
    ("x", "error", "message"),
    [
        ("text", TypeError, "x must hold numbers"),
        ([[1.0], [1.0, 2.0]], ValueError, "x must be a vector or a matrix; its rows"),
        (np.ones((2, 2, 2)), ValueError, r"got shape \(2, 2, 2\)"),
        ([], ValueError, r"got shape \(0,\)"),
        ([np.inf], ValueError, "x must be finite"),
    ],
)
def test_bad_vectors_are_named(x, error, message):
    with pytest.raises(error, match=message):
        normalize(x)
