"""Semantic search: the nearest vectors to a query (lesson 08)."""

from __future__ import annotations

import numpy as np

from lessons_lib.geometry import dot_product

_BLOCK = 1 << 22  # scores held at once: 16 MiB of float32


def top_k(queries: np.ndarray, corpus: np.ndarray, k: int = 10) -> tuple[np.ndarray, np.ndarray]:
    """Find, for every query, the k corpus vectors with the largest dot product, exactly.

    Parameters
    ----------
    queries : [q, d]; with unit rows, as `Encoder.encode` gives them, the dot product is the cosine.
    corpus : [n, d].
    k : how many to return; with k > n all n are returned.

    Returns
    -------
    scores float32 [q, min(k, n)], ids int64 [q, min(k, n)] : best first, equal scores by smaller id.

    Raises
    ------
    ValueError, TypeError : k is not a whole number of at least 1, or the shapes do not fit.

    Notes
    -----
    q * n * d multiplications and a sort of n scores per query; memory for about four million scores at a time.

    Examples
    --------
    >>> import numpy as np
    >>> scores, ids = top_k(np.array([[1.0, 0.0]]), np.array([[0.0, 1.0], [1.0, 0.0]]), k=1)
    >>> ids
    array([[1]])
    """
    if isinstance(k, bool) or not isinstance(k, (int, np.integer)):
        raise TypeError(f"k must be a whole number, not {k!r}.")
    if k < 1:
        raise ValueError(f"k must be at least 1; got {k}.")
    queries, corpus = (_matrix(x, name) for x, name in ((queries, "queries"), (corpus, "corpus")))
    n = len(corpus)
    k = min(int(k), n)
    scores = np.empty((len(queries), k), dtype=np.float32)
    ids = np.empty((len(queries), k), dtype=np.int64)
    rows = max(1, _BLOCK // max(1, n))
    for start in range(0, len(queries), rows):
        block = np.asarray(dot_product(queries[start : start + rows], corpus), dtype=np.float32)
        best = np.argsort(-block, axis=1, kind="stable")[:, :k]
        ids[start : start + rows] = best
        scores[start : start + rows] = np.take_along_axis(block, best, axis=1)
    return scores, ids


def _matrix(x: np.ndarray, name: str) -> np.ndarray:
    x = np.asarray(x)
    if x.ndim != 2:
        raise ValueError(f"{name} must hold vectors as rows [n, d]; got shape {x.shape}. For one vector: x[None].")
    return x
