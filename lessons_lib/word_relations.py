"""What word vectors say: analogies, and associations that should worry us (lesson 02).

A table of vectors is a gensim `KeyedVectors`, as `lessons_lib.vector_files` reads and makes them.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import combinations
from math import comb
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lessons_lib.geometry import normalize

if TYPE_CHECKING:
    from gensim.models.keyedvectors import KeyedVectors

# ---------------------------------------------------------------- analogies


def analogy(
    vectors: KeyedVectors,
    a: str,
    b: str,
    c: str,
    k: int = 1,
    *,
    exclude: Collection[str] | None = None,
) -> list[tuple[str, float]]:
    """`a` is to `b` as `c` is to what? The words nearest to b - a + c, best first.

    Parameters
    ----------
    vectors : gensim KeyedVectors; rows are scaled to length 1 first.
    a, b, c : words of the table.
    k : how many answers.
    exclude : words that are no answer; a, b and c when left out. `exclude=()` lets every word answer.

    Returns
    -------
    k pairs (word, cosine), equal cosines in the order of the table.

    Raises
    ------
    KeyError : a word is not in the table.

    Notes
    -----
    The method of Mikolov, Yih and Zweig (2013), called 3CosAdd. Agrees with gensim's `most_similar`. Lesson 02.

    Examples
    --------
    >>> from gensim.models import KeyedVectors
    >>> vectors = KeyedVectors(2)
    >>> vectors.add_vectors(list("abcd"), [[1.0, 0.1], [1.0, 1.0], [0.1, 1.0], [-0.2, 1.0]])
    >>> analogy(vectors, "a", "b", "c")[0][0]
    'd'
    """
    ids = {word: row_of(vectors, word) for word in (a, b, c)}
    excluded = ids.values() if exclude is None else [row_of(vectors, word) for word in exclude]
    unit = normalize(vectors.vectors)
    target = unit[ids[b]] - unit[ids[a]] + unit[ids[c]]
    scores = unit @ normalize(target)
    scores[list(excluded)] = -np.inf
    best = np.argsort(-scores, kind="stable")[:k]
    return [(vectors.index_to_key[i], float(scores[i])) for i in best if scores[i] > -np.inf]


def row_of(vectors: KeyedVectors, word: str) -> int:
    """Row of a word in a table, or a KeyError that says what to do: there is no vector for unknown words."""
    row = vectors.key_to_index.get(word)
    if row is None:
        raise KeyError(
            f"{word!r} is not among the {len(vectors)} words of this table, so it has no vector. "
            "Check spelling and capitals (`word in vectors` asks), or take a table with n-grams (fastText)."
        )
    return row


class AnalogyAnswers(NamedTuple):
    """For each question whose four words are in the table: its place in the list, and the row that was answered."""

    questions: np.ndarray
    right: np.ndarray
    """Rows of the right answers."""
    excluded: np.ndarray
    """b - a + c with a, b and c excluded."""
    allowed: np.ndarray
    """b - a + c with every word allowed."""
    neighbour: np.ndarray
    """No arithmetic: the nearest neighbour of c."""
    other: np.ndarray
    """No c: the nearest neighbour of b that is neither a nor c."""


def answer_analogies(vectors: KeyedVectors, questions: Sequence[tuple], block: int = 2048) -> AnalogyAnswers:
    """Answer many analogies four ways: inputs excluded, allowed, and without any arithmetic.

    Parameters
    ----------
    vectors : gensim KeyedVectors.
    questions : rows that end in a, b, c, d (such as those of load_dataset("google_analogies")). They are looked
        up as they are and in lower case; a question with an unknown word is left out.
    block : questions answered at once; memory is block * len(vectors) * 8 bytes, and the result is the same.

    Returns
    -------
    AnalogyAnswers. `(answers.excluded == answers.right).mean()` agrees with gensim's `evaluate_word_analogies`.
    """
    places, rows = [], []
    for place, question in enumerate(questions):
        found = [_row_in_any_case(vectors, word) for word in question[-4:]]
        if None not in found:
            places.append(place)
            rows.append(found)
    if not rows:
        raise ValueError(
            f"vectors know all four words of none of the {len(questions)} questions. "
            "Is it a table for this language, and are its words in lower case?"
        )
    rows = np.array(rows)
    unit = normalize(vectors.vectors)
    parts = [_with_arithmetic(unit, rows[start : start + block]) for start in range(0, len(rows), block)]
    excluded, allowed = np.concatenate(parts, axis=1)
    neighbour, other = (_nearest_allowed(unit, rows[:, :3], of) for of in (2, 1))
    return AnalogyAnswers(np.array(places), rows[:, 3], excluded, allowed, neighbour, other)


def _with_arithmetic(unit: np.ndarray, rows: np.ndarray) -> list[np.ndarray]:
    a, b, c, _ = rows.T
    scores = (unit[b] - unit[a] + unit[c]) @ unit.T
    allowed = scores.argmax(axis=1)
    scores[np.arange(len(rows))[:, None], rows[:, :3]] = -np.inf
    return [scores.argmax(axis=1), allowed]


def _nearest_allowed(unit: np.ndarray, given: np.ndarray, of: int) -> np.ndarray:
    """Row nearest to one of the three given words of each question, and none of the three."""
    words, place = np.unique(given[:, of], return_inverse=True)
    # Four candidates are enough: three of them at most are given.
    nearest = np.argsort(-(unit[words] @ unit.T), axis=1, kind="stable")[:, :4][place]
    is_given = (nearest[:, :, None] == given[:, None, :]).any(axis=2)
    return nearest[np.arange(len(given)), is_given.argmin(axis=1)]


def _row_in_any_case(vectors: KeyedVectors, word: str) -> int | None:
    return vectors.key_to_index.get(word, vectors.key_to_index.get(word.lower()))


# ---------------------------------------------------------------- bias


class Weat(NamedTuple):
    """Effect size of an association test, and its one-sided p-value by permutation."""

    effect: float
    p_value: float


def weat(
    x: np.ndarray, y: np.ndarray, a: np.ndarray, b: np.ndarray, *, permutations: int = 10_000, seed: int = 0
) -> Weat:
    """Word embedding association test: are words x nearer to attributes a, and words y to b?

    Parameters
    ----------
    x, y : [n, d] vectors of two sets of target words, of one size (flowers, insects).
    a, b : [m, d] vectors of two sets of attributes (pleasant, unpleasant).
    permutations : how many ways to share out the targets are looked at; all of them if there are no more.
    seed : draws the ways if there are more.

    Returns
    -------
    Weat(effect, p_value). The effect is the difference of the mean associations of x and y, divided by the
    standard deviation (n - 1) over both, as Caliskan, Bryson and Narayanan (2017,
    https://doi.org/10.1126/science.aal4230) define it: between -2 and 2.

    Examples
    --------
    >>> import numpy as np
    >>> right, up = np.array([[1.0, 0.1], [1.0, 0.2]]), np.array([[0.1, 1.0], [0.2, 1.0]])
    >>> weat(right, up, right, up).effect > 1
    True
    """
    x, y, a, b = (normalize(np.atleast_2d(vectors)) for vectors in (x, y, a, b))
    if len(x) != len(y) or len(x) < 2:
        raise ValueError(f"x and y must be two sets of one size, of 2 words or more; got {len(x)} and {len(y)}.")
    targets = np.concatenate([x, y])
    association = (targets @ a.T).mean(axis=1) - (targets @ b.T).mean(axis=1)
    n = len(x)
    difference = association[:n].mean() - association[n:].mean()
    if np.ptp(association) == 0:
        raise ValueError("x and y all have the same association with a and b: there is nothing to compare.")
    observed, total = association[:n].sum(), association.sum()
    sums = _sums_of_halves(association, permutations, seed)
    as_large = (sums >= observed - 1e-9 * max(1.0, abs(total))).mean()
    return Weat(float(difference / association.std(ddof=1)), float(as_large))


def _sums_of_halves(values: np.ndarray, permutations: int, seed: int) -> np.ndarray:
    """Sums of one half of the values: all halves, or so many drawn ones (the given one among them)."""
    n = len(values) // 2
    if comb(2 * n, n) <= permutations:
        return np.array([values[list(half)].sum() for half in combinations(range(2 * n), n)])
    rng = np.random.default_rng(seed)
    drawn = [rng.permutation(values)[:n].sum() for _ in range(permutations - 1)]
    return np.array([values[:n].sum(), *drawn])
