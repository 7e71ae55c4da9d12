"""Similarity geometry: length, angle and distance of vectors (lesson 05).

Each function takes one vector [d] or a matrix of vectors [n, d] on either side and computes in
float64 for float64 and integer input, in float32 otherwise. Two matrices give all pairs.
"""

from __future__ import annotations

import numpy as np


def normalize(x: np.ndarray) -> np.ndarray:
    """Scale every vector to length 1; a zero vector has no direction and stays zero.

    Parameters
    ----------
    x : [d] or [n, d].

    Returns
    -------
    array of the same shape with unit rows, a new array.

    Examples
    --------
    >>> normalize([3.0, 4.0])
    array([0.6, 0.8])
    """
    x = _vectors(x, "x")
    largest = np.abs(x).max(axis=-1, keepdims=True, initial=0)
    scaled = np.divide(x, largest, out=np.zeros_like(x), where=largest > 0)  # so that squares cannot overflow
    length = np.linalg.norm(scaled, axis=-1, keepdims=True)
    return np.divide(scaled, length, out=scaled, where=length > 0)


def dot_product(a: np.ndarray, b: np.ndarray) -> np.ndarray | float:
    """Sum of products of the coordinates: a number for two vectors, [n, m] for [n, d] and [m, d].

    Examples
    --------
    >>> dot_product([1.0, 2.0], [3.0, 4.0])
    11.0
    """
    a, b = _pair(a, b)
    return _number_or_array(a @ b.T)


def cosine_similarity(a: np.ndarray, b: np.ndarray) -> np.ndarray | float:
    """Cosine of the angle between vectors, -1 to 1: a number for two vectors, [n, m] for [n, d] and [m, d].

    A zero vector has no direction; its cosine with anything is defined as 0, as in scikit-learn.

    Examples
    --------
    >>> cosine_similarity([1.0, 0.0], [-2.0, 0.0])
    -1.0
    """
    a, b = _pair(a, b)
    return _number_or_array(np.clip(normalize(a) @ normalize(b).T, -1, 1))


def euclidean_distance(a: np.ndarray, b: np.ndarray) -> np.ndarray | float:
    """Straight-line distance, 0 or more: a number for two vectors, [n, m] for [n, d] and [m, d].

    A distance: the best match is the smallest. Memory is that of the result; differences are summed
    one row of `a` at a time, since the shortcut |a|² + |b|² - 2ab loses digits for near vectors.

    Examples
    --------
    >>> euclidean_distance([0.0, 0.0], [3.0, 4.0])
    5.0
    """
    a, b = _pair(a, b)
    if a.ndim == 2 and b.ndim == 2:
        return np.array([np.linalg.norm(row - b, axis=1) for row in a], dtype=a.dtype).reshape(len(a), len(b))
    return _number_or_array(np.linalg.norm(a - b, axis=-1))


def _vectors(x: np.ndarray, name: str) -> np.ndarray:
    """As a float array [d] or [n, d], or an error that says what does not fit."""
    if hasattr(x, "detach"):  # a torch tensor
        x = x.detach().cpu().numpy()
    try:
        x = np.asarray(x)
    except ValueError as error:
        raise ValueError(f"{name} must be a vector or a matrix; its rows have different lengths.") from error
    if x.dtype.kind not in "buif":
        raise TypeError(f"{name} must hold numbers; got dtype {x.dtype}.")
    if x.ndim not in (1, 2) or x.shape[-1] == 0:
        raise ValueError(f"{name} must be one vector [d] or vectors as rows [n, d], d > 0; got shape {x.shape}.")
    if not np.isfinite(x).all():
        raise ValueError(f"{name} must be finite; it holds NaN or infinity.")
    return x.astype(np.float32 if x.dtype in (np.float16, np.float32) else np.float64, copy=False)


def _pair(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    a, b = _vectors(a, "a"), _vectors(b, "b")
    if a.shape[-1] != b.shape[-1]:
        raise ValueError(
            f"a and b must have the same number of dimensions; got {a.shape[-1]} and {b.shape[-1]}. "
            "Vectors of two different models cannot be compared."
        )
    return a, b


def _number_or_array(result: np.ndarray) -> np.ndarray | float:
    return float(result) if np.ndim(result) == 0 else result
