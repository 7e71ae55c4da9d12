"""Scores and intervals against SciPy, scikit-learn and definitions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import label_ranking_average_precision_score

from lessons_lib.evaluation import (
    average_ranks,
    bootstrap_ci,
    matrix_spearman,
    mean_reciprocal_rank,
    paired_bootstrap,
    recall_at_k,
    recalls_at_k,
    reciprocal_ranks,
    spearman,
    two_sided_p,
)

with_ties = st.lists(st.integers(-3, 3), min_size=2, max_size=30)


@given(values=with_ties)
def test_ranks_agree_with_scipy(values):
    np.testing.assert_allclose(average_ranks(values), stats.rankdata(values))


@given(data=st.data(), x=with_ties)
def test_spearman_agrees_with_scipy_also_with_ties(data, x):
    y = data.draw(st.lists(st.integers(-3, 3), min_size=len(x), max_size=len(x)))
    if len(set(x)) > 1 and len(set(y)) > 1:
        assert spearman(x, y) == pytest.approx(stats.spearmanr(x, y).statistic, abs=1e-12)


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        ([1, 2], [1, 2, 3], "same length; got 2 and 3"),
        ([1], [1], "at least 2 values"),
        ([1, 1, 1], [1, 2, 3], "x is constant"),
        ([1, 2, np.nan], [1, 2, 3], "x must be finite"),
        ([[1, 2]], [1, 2], "x must be one-dimensional"),
    ],
)
def test_spearman_says_what_does_not_fit(x, y, message):
    with pytest.raises(ValueError, match=message):
        spearman(x, y)


def test_words_for_numbers_are_a_type_error():
    with pytest.raises(TypeError, match="y must be a sequence of numbers"):
        spearman([1, 2], ["a", "b"])


def symmetric(seed, n=8):
    half = np.random.default_rng(seed).random((n, n))
    return (half + half.T) / 2


def test_matrix_spearman_reads_each_pair_once_and_no_diagonal():
    a, b = symmetric(0), symmetric(1)
    rows, columns = np.triu_indices(8, k=1)
    assert matrix_spearman(a, b) == pytest.approx(stats.spearmanr(a[rows, columns], b[rows, columns]).statistic)
    changed = a.copy()
    np.fill_diagonal(changed, 99)
    assert matrix_spearman(changed, b) == matrix_spearman(a, b)


def test_a_document_drawn_twice_makes_no_pair_with_itself():
    a, b = symmetric(2), symmetric(3)
    drawn = [0, 0, 1, 2, 2, 2]
    pairs = [(drawn[i], drawn[j]) for i in range(6) for j in range(i + 1, 6) if drawn[i] != drawn[j]]
    expected = stats.spearmanr([a[i, j] for i, j in pairs], [b[i, j] for i, j in pairs]).statistic
    assert matrix_spearman(a, b, drawn) == pytest.approx(expected)


def test_matrix_spearman_wants_two_square_matrices():
    with pytest.raises(ValueError, match=r"got \(2, 3\) and \(2, 3\)"):
        matrix_spearman(np.ones((2, 3)), np.ones((2, 3)))


@given(seed=st.integers(0, 1000), q=st.integers(1, 6), n=st.integers(1, 12))
def test_reciprocal_rank_of_one_relevant_result_agrees_with_scikit_learn(seed, q, n):
    rng = np.random.default_rng(seed)
    scores = rng.permuted(np.tile(np.arange(float(n)), (q, 1)), axis=1)
    relevant = rng.integers(0, n, q)
    truth = np.eye(n, dtype=int)[relevant]
    ranked = np.argsort(-scores, axis=1)
    expected = label_ranking_average_precision_score(truth, scores) if n > 1 else 1.0
    assert mean_reciprocal_rank(ranked, relevant) == pytest.approx(expected)


def test_ranks_count_from_one_and_a_miss_counts_zero():
    assert reciprocal_ranks([[4, 5, 6], [4, 5, 6], [4, 5, 6]], [4, 6, 9]).tolist() == pytest.approx([1, 1 / 3, 0])


def test_recall_is_the_share_of_the_relevant_that_was_found():
    ranked = [[1, 2, 3, 4], [5, 6, 7, 8]]
    assert recalls_at_k(ranked, [{1, 4}, 7], k=2).tolist() == [0.5, 0.0]
    assert recall_at_k(ranked, [{1, 4}, 7], k=4) == 1.0


@pytest.mark.parametrize(
    ("ranked", "relevant", "message"),
    [
        ([[1]], [1, 2], "one entry for each query, and at least one; got 1 and 2"),
        ([], [], "at least one"),
        ([[1]], [set()], "query 0 has no relevant id"),
        ([[1, 1]], [1], "query 0 lists an id twice"),
    ],
)
def test_bad_rankings_are_named(ranked, relevant, message):
    with pytest.raises(ValueError, match=message):
        mean_reciprocal_rank(ranked, relevant)


@pytest.mark.parametrize("k", [0, -1, 1.5, True])
def test_k_must_be_a_whole_number(k):
    with pytest.raises(ValueError, match="k must be a whole number of at least 1"):
        recall_at_k([[1]], [1], k)


def test_bootstrap_agrees_with_scipy():
    values = np.random.default_rng(0).normal(size=60)
    ours = bootstrap_ci(values, resamples=4000)
    theirs = stats.bootstrap(
        (values,), np.mean, n_resamples=4000, method="percentile", rng=np.random.default_rng(1)
    ).confidence_interval
    assert ours.estimate == pytest.approx(values.mean())
    assert ours.low == pytest.approx(theirs.low, abs=0.02)
    assert ours.high == pytest.approx(theirs.high, abs=0.02)


def test_the_interval_covers_the_truth_about_as_often_as_it_says():
    rng = np.random.default_rng(5)
    covered = 0
    for seed in range(200):
        interval = bootstrap_ci(rng.normal(size=40), resamples=300, seed=seed)
        covered += interval.low <= 0 <= interval.high
    assert 0.88 <= covered / 200 <= 0.99


def test_the_same_seed_gives_the_same_interval():
    values = np.arange(10.0)
    assert bootstrap_ci(values, seed=3) == bootstrap_ci(values, seed=3)
    assert bootstrap_ci(values, seed=3) != bootstrap_ci(values, seed=4)


def test_units_are_resampled_whole():
    units = np.array([[1.0, -1.0], [5.0, -5.0], [9.0, -9.0]])
    assert bootstrap_ci(units, lambda drawn: drawn.sum()) == (0.0, 0.0, 0.0)


def test_paired_differences_are_narrower_than_unpaired_ones():
    rng = np.random.default_rng(0)
    difficulty = rng.normal(size=80)
    a, b = difficulty + 0.1 + rng.normal(scale=0.05, size=80), difficulty
    paired = paired_bootstrap(a, b)
    assert paired.low > 0
    assert paired.p_value < 0.01
    assert paired.high - paired.low < bootstrap_ci(a).high - bootstrap_ci(a).low


def test_equal_systems_have_no_difference():
    a = np.random.default_rng(0).normal(size=30)
    result = paired_bootstrap(a, a)
    assert (result.difference, result.low, result.high, result.p_value) == (0, 0, 0, 1)


def test_swapping_the_systems_turns_the_sign():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=30), rng.normal(size=30)
    forth, back = paired_bootstrap(a, b), paired_bootstrap(b, a)
    assert (forth.difference, forth.low, forth.high) == pytest.approx((-back.difference, -back.high, -back.low))
    assert forth.p_value == back.p_value


def test_a_p_value_is_never_zero():
    assert two_sided_p(np.ones(999)) == pytest.approx(0.002)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: bootstrap_ci([1.0]), "at least 2 units"),
        (lambda: bootstrap_ci([1.0, 2.0], confidence=95), "between 0 and 1, such as 0.95; got 95"),
        (lambda: bootstrap_ci([1.0, 2.0], resamples=0), "resamples must be a whole number of at least 1"),
        (lambda: paired_bootstrap([1.0, 2.0], [1.0, 2.0, 3.0]), "row by row"),
    ],
)
def test_bad_bootstraps_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
