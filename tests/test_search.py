"""Exact search against a full sort."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lessons_lib import search
from lessons_lib.search import top_k


@given(seed=st.integers(0, 10_000), q=st.integers(0, 4), n=st.integers(1, 30), k=st.integers(1, 40))
def test_top_k_is_a_full_sort_with_ties_by_id(seed, q, n, k):
    rng = np.random.default_rng(seed)
    queries, corpus = rng.integers(-2, 3, (q, 3)).astype(np.float32), rng.integers(-2, 3, (n, 3)).astype(np.float32)
    scores, ids = top_k(queries, corpus, k)
    expected = [sorted(range(n), key=lambda j: (-float(query @ corpus[j]), j))[:k] for query in queries]
    assert ids.tolist() == expected
    np.testing.assert_allclose(scores, np.take_along_axis(queries @ corpus.T, ids, axis=1))


def test_the_block_size_does_not_change_the_result(monkeypatch):
    rng = np.random.default_rng(0)
    queries, corpus = rng.normal(size=(20, 8)), rng.normal(size=(50, 8))
    whole = top_k(queries, corpus, 5)
    monkeypatch.setattr(search, "_BLOCK", 150)
    in_blocks = top_k(queries, corpus, 5)
    np.testing.assert_array_equal(whole[1], in_blocks[1])
    np.testing.assert_allclose(whole[0], in_blocks[0], atol=1e-6)


def test_dtypes_and_more_results_than_vectors():
    scores, ids = top_k(np.ones((2, 4)), np.ones((3, 4)), k=10)
    assert (scores.dtype, ids.dtype) == (np.float32, np.int64)
    assert ids.tolist() == [[0, 1, 2], [0, 1, 2]]


@pytest.mark.parametrize(
    ("queries", "corpus", "k", "error", "message"),
    [
        (np.ones(4), np.ones((3, 4)), 1, ValueError, r"queries must hold vectors as rows \[n, d\]"),
        (np.ones((1, 4)), np.ones(4), 1, ValueError, "corpus must hold vectors as rows"),
        (np.ones((1, 4)), np.ones((3, 5)), 1, ValueError, "same number of dimensions; got 4 and 5"),
        (np.ones((1, 4)), np.ones((3, 4)), 0, ValueError, "k must be at least 1; got 0"),
        (np.ones((1, 4)), np.ones((3, 4)), 1.5, TypeError, "k must be a whole number, not 1.5"),
    ],
)
def test_bad_input_is_named(queries, corpus, k, error, message):
    with pytest.raises(error, match=message):
        top_k(queries, corpus, k)
