"""Is it really better? Scores, and how far to trust them (lesson 10; used from lesson 04 on).

Every interval here is a bootstrap over *units*: the things that were drawn independently, such as
queries or documents. Pairs of documents are not independent units, since pairs share documents.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np

# ---------------------------------------------------------------- correlation


def spearman(x: Sequence[float], y: Sequence[float]) -> float:
    """Spearman's rank correlation, -1 to 1: Pearson's correlation of the ranks.

    Parameters
    ----------
    x, y : [n] numbers, n at least 2, neither constant. Equal values share the average of their ranks.

    Returns
    -------
    float; agrees with `scipy.stats.spearmanr` to rounding.

    Raises
    ------
    ValueError : the lengths differ, n < 2, a value is not finite, or all values of one side are equal
        (then there is no order to correlate).

    Examples
    --------
    >>> round(spearman([1, 2, 3, 4], [10, 20, 40, 30]), 3)
    0.8
    """
    x, y = _numbers(x, "x"), _numbers(y, "y")
    if len(x) != len(y):
        raise ValueError(f"x and y must have the same length; got {len(x)} and {len(y)}.")
    if len(x) < 2:
        raise ValueError(f"x and y must hold at least 2 values each; got {len(x)}.")
    for values, name in ((x, "x"), (y, "y")):
        if values.min() == values.max():
            raise ValueError(f"{name} is constant ({values[0]:g}), so it puts nothing in an order to correlate.")
    return float(np.corrcoef(average_ranks(x), average_ranks(y))[0, 1])


def average_ranks(x: Sequence[float]) -> np.ndarray:
    """Ranks 1..n in ascending order; equal values share the average of the ranks they take up.

    Examples
    --------
    >>> average_ranks([10, 30, 30, 50])
    array([1. , 2.5, 2.5, 4. ])
    """
    _, group, size = np.unique(_numbers(x, "x"), return_inverse=True, return_counts=True)
    last = size.cumsum()
    return (last - (size - 1) / 2)[group]


def matrix_spearman(similarities: np.ndarray, human: np.ndarray, documents: Sequence[int] | None = None) -> float:
    """Spearman correlation of two similarity matrices over the pairs of different documents.

    Parameters
    ----------
    similarities, human : [n, n], symmetric; only pairs i < j are read.
    documents : [m] indices, the whole collection when left out. A bootstrap draws them with replacement: a
        document drawn twice makes its pairs count twice, and the pair of a document with itself is left out.

    Examples
    --------
    >>> import numpy as np
    >>> a = np.array([[1, .9, .1], [.9, 1, .4], [.1, .4, 1]])
    >>> round(matrix_spearman(a, a ** 2), 3)
    1.0
    """
    similarities, human = np.asarray(similarities), np.asarray(human)
    if similarities.ndim != 2 or similarities.shape[0] != similarities.shape[1] or similarities.shape != human.shape:
        raise ValueError(
            f"similarities and human must be square matrices of one shape; got {similarities.shape} and {human.shape}."
        )
    documents = np.arange(len(human)) if documents is None else np.asarray(documents)
    first, second = np.triu_indices(len(documents), k=1)
    low = np.minimum(documents[first], documents[second])
    high = np.maximum(documents[first], documents[second])
    different = low != high
    low, high = low[different], high[different]
    return spearman(similarities[low, high], human[low, high])


# ---------------------------------------------------------------- retrieval


def reciprocal_ranks(ranked_ids: Sequence[Sequence[int]], relevant: Sequence) -> np.ndarray:
    """1 / rank of the first relevant result of each query (rank 1 is the best), 0 where there is none: [q].

    Parameters
    ----------
    ranked_ids : q rows of ids, best first (such as the ids of `top_k`).
    relevant : for each query its relevant id, or a collection of them.

    Examples
    --------
    >>> reciprocal_ranks([[7, 3, 5], [1, 2, 4]], [3, {9}])
    array([0.5, 0. ])
    """
    result = []
    for row, wanted in _queries(ranked_ids, relevant):
        ranks = (rank for rank, found in enumerate(row, start=1) if found in wanted)
        first = next(ranks, None)
        result.append(0.0 if first is None else 1 / first)
    return np.array(result)


def mean_reciprocal_rank(ranked_ids: Sequence[Sequence[int]], relevant: Sequence) -> float:
    """Mean over queries of 1 / rank of the first relevant result (MRR), 0 to 1. Arguments as in `reciprocal_ranks`.

    Examples
    --------
    >>> mean_reciprocal_rank([[7, 3, 5], [1, 2, 4]], [3, 1])
    0.75
    """
    return float(reciprocal_ranks(ranked_ids, relevant).mean())


def recalls_at_k(ranked_ids: Sequence[Sequence[int]], relevant: Sequence, k: int) -> np.ndarray:
    """Share of each query's relevant ids that stand among its first k results: [q]. Arguments as in `reciprocal_ranks`.

    Examples
    --------
    >>> recalls_at_k([[7, 3, 5], [1, 2, 4]], [{3, 8}, {1}], k=2)
    array([0.5, 1. ])
    """
    if isinstance(k, bool) or not isinstance(k, (int, np.integer)) or k < 1:
        raise ValueError(f"k must be a whole number of at least 1, not {k!r}.")
    return np.array([len(wanted & set(row[:k])) / len(wanted) for row, wanted in _queries(ranked_ids, relevant)])


def recall_at_k(ranked_ids: Sequence[Sequence[int]], relevant: Sequence, k: int) -> float:
    """Mean over queries of the share of relevant ids among the first k results, 0 to 1.

    Examples
    --------
    >>> recall_at_k([[7, 3, 5], [1, 2, 4]], [3, 1], k=1)
    0.5
    """
    return float(recalls_at_k(ranked_ids, relevant, k).mean())


def _queries(ranked_ids: Sequence[Sequence[int]], relevant: Sequence) -> Iterable[tuple[list, set]]:
    if len(ranked_ids) != len(relevant) or len(relevant) == 0:
        raise ValueError(
            "ranked_ids and relevant must have one entry for each query, and at least one; "
            f"got {len(ranked_ids)} and {len(relevant)}."
        )
    for number, (row, wanted) in enumerate(zip(ranked_ids, relevant, strict=True)):
        row = [int(found) for found in row]
        wanted = {int(one) for one in wanted} if isinstance(wanted, Iterable) else {int(wanted)}
        if not wanted:
            raise ValueError(f"relevant: query {number} has no relevant id, so there is nothing to find for it.")
        if len(set(row)) != len(row):
            raise ValueError(f"ranked_ids: query {number} lists an id twice; a ranking names each result once.")
        yield row, wanted


# ---------------------------------------------------------------- intervals


class Interval(NamedTuple):
    """An estimate and the bounds of its confidence interval."""

    estimate: float
    low: float
    high: float


class PairedResult(NamedTuple):
    """Difference of two systems (first minus second), its interval, and a two-sided p-value."""

    difference: float
    low: float
    high: float
    p_value: float


def bootstrap_ci(
    units: Sequence,
    statistic: Callable[[np.ndarray], float] = np.mean,
    *,
    confidence: float = 0.95,
    resamples: int = 1000,
    seed: int = 0,
) -> Interval:
    """Percentile bootstrap: how much would the number move with other units of the same kind?

    Parameters
    ----------
    units : [n, ...] one row for each independent unit: scores of queries, or numbers of documents that
        `statistic` looks up. n at least 2.
    statistic : takes resampled units (n rows, drawn with replacement) and gives one number.
    confidence : share of the resampled numbers between the bounds.
    resamples : how many times to draw; time is `resamples` calls of `statistic`.
    seed : the same seed gives the same interval.

    Returns
    -------
    Interval(estimate, low, high), the estimate being `statistic(units)`.

    Notes
    -----
    Efron and Tibshirani (1993), chapter 13. Agrees with `scipy.stats.bootstrap(method="percentile")` up to
    random draws.

    Examples
    --------
    >>> low_to_high = bootstrap_ci([0.0, 1.0, 1.0, 0.0, 1.0, 1.0, 1.0, 0.0])
    >>> low_to_high.estimate
    0.625
    """
    units = _units(units, "units")
    estimate = float(statistic(units))
    low, high = _percentiles(_resampled(units, statistic, resamples, seed), confidence)
    return Interval(estimate, low, high)


def paired_bootstrap(
    a: Sequence,
    b: Sequence,
    statistic: Callable[[np.ndarray], float] = np.mean,
    *,
    confidence: float = 0.95,
    resamples: int = 1000,
    seed: int = 0,
) -> PairedResult:
    """Is system a better than system b on the same units? Resample the units for both at once.

    Parameters
    ----------
    a, b : [n] score of each system on each unit, in the same order: row i is the same query or
        document in both. Drawing the two apart would throw away what they share, and widen the interval.
    statistic, confidence, resamples, seed : as in `bootstrap_ci`.

    Returns
    -------
    PairedResult(difference, low, high, p_value): statistic(a) - statistic(b); the p-value is twice the smaller
    share of resampled differences on one side of 0, never below 2 / (resamples + 1) and never above 1.

    Examples
    --------
    >>> round(paired_bootstrap([0.9, 0.8, 0.7, 0.9], [0.5, 0.4, 0.3, 0.5]).difference, 3)
    0.4
    """
    a, b = _units(a, "a"), _units(b, "b")
    if a.shape != b.shape:
        raise ValueError(f"a and b must score the same units, row by row; got shapes {a.shape} and {b.shape}.")

    def difference(rows: np.ndarray) -> float:
        return float(statistic(a[rows])) - float(statistic(b[rows]))

    rows = np.arange(len(a))
    drawn = _resampled(rows, difference, resamples, seed)
    low, high = _percentiles(drawn, confidence)
    return PairedResult(difference(rows), low, high, two_sided_p(drawn))


def two_sided_p(differences: np.ndarray) -> float:
    """Two-sided bootstrap p-value of resampled differences against 0 (with the usual + 1, so never 0)."""
    differences = np.asarray(differences)
    smaller_side = min((differences <= 0).sum(), (differences >= 0).sum())
    return float(min(1.0, 2 * (smaller_side + 1) / (len(differences) + 1)))


def _resampled(units: np.ndarray, statistic: Callable, resamples: int, seed: int) -> np.ndarray:
    if isinstance(resamples, bool) or not isinstance(resamples, (int, np.integer)) or resamples < 1:
        raise ValueError(f"resamples must be a whole number of at least 1, not {resamples!r}.")
    rng = np.random.default_rng(seed)
    n = len(units)
    return np.array([float(statistic(units[rng.integers(0, n, size=n)])) for _ in range(resamples)])


def _percentiles(values: np.ndarray, confidence: float) -> tuple[float, float]:
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie between 0 and 1, such as 0.95; got {confidence!r}.")
    low, high = np.quantile(values, [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(low), float(high)


def _units(values: Sequence, name: str) -> np.ndarray:
    values = np.asarray(values)
    if values.ndim == 0 or len(values) < 2:
        raise ValueError(f"{name} must hold at least 2 units to resample; got shape {values.shape}.")
    return values


def _numbers(values: Sequence[float], name: str) -> np.ndarray:
    try:
        values = np.asarray(values, dtype=float)
    except (TypeError, ValueError) as error:
        raise TypeError(f"{name} must be a sequence of numbers.") from error
    if values.ndim != 1:
        raise ValueError(f"{name} must be one-dimensional; got shape {values.shape}.")
    if not np.isfinite(values).all():
        raise ValueError(f"{name} must be finite; it holds NaN or infinity.")
    return values
