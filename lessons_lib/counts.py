"""Word vectors from counts: vocabulary, co-occurrence, PPMI, truncated SVD, and how to judge them (lesson 01).

The steps follow Levy, Goldberg and Dagan (2015), "Improving distributional similarity with lessons learned
from word embeddings". Each function takes what the one before it gives.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import NamedTuple

import numpy as np
from scipy import sparse

from lessons_lib.evaluation import bootstrap_ci, spearman
from lessons_lib.geometry import normalize

# ---------------------------------------------------------------- words


def tokenize(text: str) -> list[str]:
    """Cut a text into lower-case words: runs of letters, with an apostrophe inside ("don't").

    Examples
    --------
    >>> tokenize("It doesn't fit: x_train has 3 axes.")
    ['it', "doesn't", 'fit', 'x', 'train', 'has', 'axes']
    """
    return _WORD.findall(text.lower())


_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")


def sentences(texts: Iterable[str], min_words: int = 2) -> list[list[str]]:
    """Cut texts into sentences, and those into words. A window that counts neighbours stays inside one of them.

    Parameters
    ----------
    texts : strings. A sentence ends with the line, or with `.`, `!`, `?`, `:` or `;` before a space.
    min_words : shorter sentences are left out.

    Returns
    -------
    list of lists of words, in the order of the texts.

    Examples
    --------
    >>> sentences(["Rows are texts. Columns are words.\\nYes."])
    [['rows', 'are', 'texts'], ['columns', 'are', 'words']]
    """
    if isinstance(texts, str):
        raise TypeError("texts must be a list of strings, not a single string; write [text].")
    cut = (tokenize(part) for text in texts for part in _SENTENCE_END.split(text))
    return [words for words in cut if len(words) >= min_words]


_SENTENCE_END = re.compile(r"(?<=[.!?:;])\s+|\n+")


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """The words that get a vector, most frequent first (equally frequent ones by alphabet), with their counts.

    Attributes
    ----------
    words : list of V words.
    counts : int64 [V], how often each stands in the corpus.
    ids : word to its place in `words`.
    """

    words: list[str]
    counts: np.ndarray

    @cached_property
    def ids(self) -> dict[str, int]:
        return {word: number for number, word in enumerate(self.words)}

    def __len__(self) -> int:
        return len(self.words)

    def __contains__(self, word: object) -> bool:
        return word in self.ids

    def __repr__(self) -> str:
        return f"Vocabulary({len(self):,} words, {int(self.counts.sum()):,} in the corpus)"


def vocabulary(sentences: Iterable[Sequence[str]], min_count: int = 5) -> Vocabulary:
    """Count words and keep those that occur often enough to say something about.

    Parameters
    ----------
    sentences : lists of words, such as `sentences` gives.
    min_count : a rarer word is left out.

    Raises
    ------
    TypeError : a sentence is a string (its letters would be counted as words).
    ValueError : there is no word at all, or none that occurs `min_count` times.

    Notes
    -----
    The order depends on the counts and the alphabet only, never on Python's random string hashes: the same corpus
    gives the same ids in each run.

    Examples
    --------
    >>> vocabulary([["a", "b", "a"], ["b", "a", "c"]], min_count=2).words
    ['a', 'b']
    """
    _positive(min_count, "min_count")
    counted = Counter(chain.from_iterable(_checked(sentences)))
    if not counted:
        raise ValueError("sentences holds no word at all, so there is nothing to count.")
    kept = sorted((-count, word) for word, count in counted.items() if count >= min_count)
    if not kept:
        word, count = min(counted.items(), key=lambda item: (-item[1], item[0]))
        raise ValueError(
            f"min_count: no word occurs {min_count} times; the most frequent one, {word!r}, occurs {count} times. "
            "Choose a smaller min_count, or more text."
        )
    return Vocabulary([word for _, word in kept], np.array([-count for count, _ in kept], dtype=np.int64))


def token_ids(sentences: Iterable[Sequence[str]], vocabulary: Vocabulary) -> tuple[np.ndarray, np.ndarray]:
    """Turn the corpus into two arrays: for each known word its id, and the number of the sentence it stands in.

    Parameters
    ----------
    sentences : lists of words.
    vocabulary : a word outside it is dropped, and its neighbours move together (as in word2vec).

    Returns
    -------
    ids, sentence : int32 [t] each, t the number of known words in the corpus.

    Examples
    --------
    >>> ids, sentence = token_ids([["a", "b", "x", "a"], ["a"]], Vocabulary(["a", "b"], np.array([3, 1])))
    >>> ids.tolist(), sentence.tolist()
    ([0, 1, 0, 0], [0, 0, 0, 1])
    """
    lookup = vocabulary.ids.get
    ids, lengths = [], []
    for words in _checked(sentences):
        known = [number for number in map(lookup, words) if number is not None]
        ids.append(np.array(known, dtype=np.int32))
        lengths.append(len(known))
    if not sum(lengths):
        raise ValueError("sentences holds no word of the vocabulary; build the vocabulary from the same corpus.")
    return np.concatenate(ids), np.repeat(np.arange(len(lengths), dtype=np.int32), lengths)


# ---------------------------------------------------------------- counts and their weights


def cooccurrence(
    sentences: Iterable[Sequence[str]],
    vocabulary: Vocabulary,
    window: int = 5,
    weighting: str | None = None,
) -> sparse.csr_array:
    """Count how often two words stand within `window` words of each other in one sentence.

    Parameters
    ----------
    sentences : lists of words; no window reaches from one into the next.
    vocabulary : the V words of rows and columns; others are dropped before distances are
        measured.
    window : how many words to either side.
    weighting : None counts each pair as 1, "distance" as 1 / distance (as GloVe does).

    Returns
    -------
    scipy.sparse.csr_array [V, V] of float64, symmetric. An occurrence is no neighbour of
    itself, but two occurrences of one word are neighbours of each other.

    Notes
    -----
    Time grows with corpus * window: seconds for two million words and a window of 10,
    on one core. Counts are exact and weights are summed in a fixed order, so the result
    is the same in each run, on any number of threads.

    Examples
    --------
    >>> corpus = [["a", "b", "c"]]
    >>> cooccurrence(corpus, vocabulary(corpus, min_count=1), window=1).toarray()
    array([[0., 1., 0.],
           [1., 0., 1.],
           [0., 1., 0.]])
    """
    _positive(window, "window")
    if weighting not in (None, "distance"):
        raise ValueError(f'weighting must be None or "distance"; got {weighting!r}.')
    ids, sentence = token_ids(sentences, vocabulary)
    shape = (len(vocabulary), len(vocabulary))
    total = sparse.csr_array(shape, dtype=np.float64)
    for distance in range(1, min(window, len(ids) - 1) + 1):
        together = sentence[:-distance] == sentence[distance:]
        left, right = ids[:-distance][together], ids[distance:][together]
        pairs = sparse.coo_array((np.ones(len(left)), (left, right)), shape=shape)
        total += pairs.tocsr() * (1 / distance if weighting == "distance" else 1)
    total = (total + total.T).tocsr()  # until here the left word stood in the row
    total.sort_indices()
    return total


def ppmi(
    counts: sparse.sparray | np.ndarray,
    *,
    shift: float = 1.0,
    smoothing: float = 1.0,
) -> sparse.csr_array:
    """Positive pointwise mutual information: do two words meet more often than by chance?

    PMI(w, c) = log( P(w, c) / (P(w) P(c)) ), and everything below 0 becomes 0.

    Parameters
    ----------
    counts : [V, C] co-occurrence of words (rows) and contexts (columns), sparse or an
        array, no entry negative.
    shift : log(shift) is taken off before values are cut at 0. The k negative samples of
        word2vec correspond to shift = k (Levy and Goldberg 2014).
    smoothing : the power to which context counts are raised before they become P(c). 0.75
        makes rare contexts more likely, and so their PMI smaller (Levy, Goldberg and Dagan
        2015); 1 leaves them as they are.

    Returns
    -------
    scipy.sparse.csr_array [V, C] of float64; 0 for pairs never seen.

    Examples
    --------
    >>> ppmi(np.array([[8.0, 0.0], [0.0, 2.0]])).toarray().round(3)
    array([[0.223, 0.   ],
           [0.   , 1.609]])
    """
    counts = _checked_counts(counts)
    _number(shift, "shift", above=0)
    _number(smoothing, "smoothing", above=0)
    word_totals = np.asarray(counts.sum(axis=1))
    smoothed = np.asarray(counts.sum(axis=0)) ** smoothing
    p_context = smoothed / smoothed.sum()
    seen = counts.tocoo()  # only pairs that met: no logarithm of 0
    word, context = seen.coords
    pmi = np.log(seen.data / word_totals[word] / p_context[context]) - np.log(shift)
    kept = pmi > 0
    places = (word[kept], context[kept])
    result = sparse.coo_array((pmi[kept], places), shape=counts.shape).tocsr()
    result.sort_indices()
    return result


# ---------------------------------------------------------------- short vectors


def svd_vectors(
    matrix: sparse.sparray | np.ndarray,
    dimension: int = 100,
    *,
    power: float = 0.5,
    seed: int = 0,
) -> np.ndarray:
    """Squeeze long rows into short ones, keeping as much as that many numbers can.

    With the truncated singular value decomposition matrix = U S Vᵀ, the vectors are the
    rows of U S**power.

    Parameters
    ----------
    matrix : [V, C], such as the result of `ppmi`.
    dimension : d, columns to keep, at least 1 and less than V and C.
    power : 1 is the textbook's U S, 0 gives all columns one weight; values below 1 do
        better for words (Levy, Goldberg and Dagan 2015).
    seed : start of the iteration. The result does not depend on it beyond rounding.

    Returns
    -------
    float64 [V, d], columns from the largest singular value down: the first k columns are
    the result for dimension k.

    Notes
    -----
    An SVD leaves the sign of each column open. Here the entry of U that is largest in
    absolute value is positive. BLAS runs on one thread meanwhile, so that the last digit
    is the same on any number of cores. Time grows with the number of entries and with
    the dimension.

    Examples
    --------
    >>> matrix = np.array([[3.0, 0, 0], [0, 2, 0], [0, 0, 1]])
    >>> svd_vectors(matrix, dimension=2, power=1).round(6) + 0.0
    array([[3., 0.],
           [0., 2.],
           [0., 0.]])
    """
    from scipy.sparse.linalg import svds
    from threadpoolctl import threadpool_limits

    matrix = _checked_for_svd(matrix, dimension)
    _number(power, "power", least=0)
    start = np.random.default_rng(seed).uniform(-1, 1, size=min(matrix.shape))
    with threadpool_limits(limits=1, user_api="blas"):
        u, singular, _ = svds(matrix, dimension, v0=start, return_singular_vectors="u")
    order = np.argsort(-singular, kind="stable")
    u, singular = u[:, order], singular[order]
    largest = u[np.abs(u).argmax(axis=0), np.arange(dimension)]
    return u * np.where(largest < 0, -1.0, 1.0) * singular**power


# ---------------------------------------------------------------- what the vectors say


class Neighbour(NamedTuple):
    """A word and its cosine to the word that was asked for."""

    word: str
    cosine: float


class PairScore(NamedTuple):
    """Agreement with people's ratings over the pairs whose words both have a vector, and how many those are."""

    spearman: float
    low: float
    high: float
    covered: int
    total: int

    @property
    def coverage(self) -> float:
        """Share of the pairs that were scored."""
        return self.covered / self.total


def unit_rows(vectors: np.ndarray | sparse.sparray) -> np.ndarray | sparse.csr_array:
    """Scale each row to length 1, of an array or of a sparse matrix; a row of zeros stays as it is.

    Then the product of two rows is their cosine. `geometry.normalize` does the same for arrays; rows of counts
    are sparse, and as an array they could fill the memory.

    Examples
    --------
    >>> unit_rows(sparse.csr_array([[3.0, 4.0], [0.0, 0.0]])).toarray()
    array([[0.6, 0.8],
           [0. , 0. ]])
    """
    if not sparse.issparse(vectors):
        return normalize(np.asarray(vectors, dtype=np.float64))
    matrix = _checked_matrix(vectors, "vectors")
    lengths = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)))
    return sparse.diags_array(1 / np.where(lengths > 0, lengths, 1)).tocsr() @ matrix


def nearest_words(
    word: str, words: Sequence[str], vectors: np.ndarray | sparse.sparray, k: int = 10
) -> list[Neighbour]:
    """List the k words whose vectors have the largest cosine to that of `word`, best first, without the word itself.

    Parameters
    ----------
    word : one of `words`.
    words : V words; row i of `vectors` belongs to words[i].
    vectors : [V, d], an array or sparse, of any length: rows are compared by direction.

    Raises
    ------
    KeyError : the word has no vector. It is not unknown to the language, only to this table.

    Examples
    --------
    >>> nearest_words("cat", ["cat", "dog", "car"], np.array([[1.0, 0], [2, 1], [0, 1]]), k=1)
    [Neighbour(word='dog', cosine=0.894)]
    """
    _positive(k, "k")
    words = list(words)
    unit = _unit(words, vectors)
    if word not in words:
        raise KeyError(f"{word!r} has no vector in this table of {len(words):,} words.")
    asked = words.index(word)
    cosines = _as_array(unit @ unit[[asked]].T)[:, 0]
    order = np.argsort(-cosines, kind="stable")
    return [Neighbour(words[i], round(float(cosines[i]), 3)) for i in order[order != asked][:k]]


def pair_cosines(
    pairs: Sequence, words: Sequence[str], vectors: np.ndarray | sparse.sparray
) -> tuple[np.ndarray, np.ndarray]:
    """Cosine of each rated pair of words, and which pairs can be scored.

    Parameters
    ----------
    pairs : (first, second, rating), such as `load_dataset("wordsim353")`. Words are looked up as they
        are, then in lower case.
    words, vectors : as in `nearest_words`.

    Returns
    -------
    cosines : float64 [number of pairs], NaN where a word has no vector.
    covered : bool [number of pairs].
    """
    unit = _unit(words, vectors)
    ids = {word: row for row, word in enumerate(words)}
    rows = np.array([[_row(ids, first), _row(ids, second)] for first, second, _ in pairs], dtype=int).reshape(-1, 2)
    covered = (rows >= 0).all(axis=1)
    first, second = (unit[rows[covered, side]] for side in (0, 1))
    cosines = np.full(len(pairs), np.nan)
    cosines[covered] = np.asarray((first * second).sum(axis=1))
    return cosines, covered


def _row(ids: dict[str, int], word: str) -> int:
    return ids.get(word, ids.get(word.lower(), -1))


def word_pair_score(
    pairs: Sequence,
    words: Sequence[str],
    vectors: np.ndarray | sparse.sparray,
    *,
    resamples: int = 1000,
    seed: int = 0,
) -> PairScore:
    """Do the vectors put pairs of words in the order people do? Spearman, 95 % interval, and coverage.

    Parameters
    ----------
    pairs, words, vectors : as in `pair_cosines`.
    resamples, seed : of the bootstrap over pairs (`evaluation.bootstrap_ci`).

    Returns
    -------
    PairScore(spearman, low, high, covered, total). A score without its coverage means little: it is about the covered
    pairs only.

    Raises
    ------
    ValueError : fewer than three pairs are covered.

    Notes
    -----
    Agrees with gensim's `KeyedVectors.evaluate_word_pairs`. Some pairs share a word, so they are not quite
    independent, and the true interval is somewhat wider.

    Examples
    --------
    >>> pairs = [("cat", "dog", 8.0), ("cat", "car", 2.0), ("dog", "car", 1.0), ("cat", "zebra", 6.0)]
    >>> score = word_pair_score(pairs, ["cat", "dog", "car"], np.array([[1.0, 0], [2, 1], [-1, 1]]))
    >>> score.covered, score.total, round(score.spearman, 3)
    (3, 4, 0.5)
    """
    cosines, covered = pair_cosines(pairs, words, vectors)
    n = int(covered.sum())
    if n < 3:
        raise ValueError(
            f"pairs: only {n} of {len(pairs)} have a vector for both words, too few to put in an order. "
            "Use a table with more words (a smaller min_count, more text), or other pairs."
        )
    ratings = np.array([rating for _, _, rating in pairs], dtype=float)
    both = np.column_stack([cosines, ratings])[covered]
    estimate, low, high = bootstrap_ci(both, _rank_agreement, resamples=resamples, seed=seed)
    return PairScore(estimate, low, high, n, len(pairs))


def _rank_agreement(rows: np.ndarray) -> float:
    if (rows == rows[0]).all(axis=0).any():
        return 0.0  # one side is constant: no order to agree with
    return spearman(rows[:, 0], rows[:, 1])


# ---------------------------------------------------------------- checks


def _positive(value: int, name: str) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
        raise ValueError(f"{name} must be a whole number of at least 1; got {value!r}.")


def _number(value: float, name: str, *, above: float | None = None, least: float | None = None) -> None:
    wanted = f"above {above}" if least is None else f"of at least {least}"
    is_number = isinstance(value, (int, float, np.number)) and not isinstance(value, bool) and np.isfinite(value)
    if not is_number or (value <= above if least is None else value < least):
        raise ValueError(f"{name} must be a number {wanted}; got {value!r}.")


def _checked(sentences: Iterable[Sequence[str]]) -> Iterator[Sequence[str]]:
    if isinstance(sentences, str):
        raise TypeError("sentences must be a list of lists of words, not a string; see counts.sentences.")
    for number, words in enumerate(sentences):
        if isinstance(words, (str, bytes)):
            raise TypeError(
                f"sentences: number {number} is a string, and its letters would count as words. "
                "Cut it first: counts.tokenize(text)."
            )
        yield words


def _checked_matrix(matrix: sparse.sparray | np.ndarray, name: str) -> sparse.csr_array:
    if not sparse.issparse(matrix):
        matrix = np.asarray(matrix)
        if matrix.dtype.kind not in "fiub":
            raise TypeError(f"{name} must hold numbers; got {matrix.dtype}.")
    if matrix.ndim != 2:
        raise ValueError(f"{name} must have two axes; got shape {matrix.shape}.")
    matrix = sparse.csr_array(matrix, dtype=np.float64)
    if not np.isfinite(matrix.data).all():
        raise ValueError(f"{name} must be finite; it holds NaN or infinity.")
    return matrix


def _checked_for_svd(matrix: sparse.sparray | np.ndarray, dimension: int) -> sparse.csr_array:
    matrix = _checked_matrix(matrix, "matrix")
    _positive(dimension, "dimension")
    if dimension >= min(matrix.shape):
        raise ValueError(
            f"dimension must be less than the number of rows and of columns, {matrix.shape}; got {dimension}."
        )
    if not matrix.count_nonzero():
        raise ValueError("matrix is 0 everywhere, so no direction in it is better than another.")
    return matrix


def _checked_counts(counts: sparse.sparray | np.ndarray) -> sparse.csr_array:
    counts = _checked_matrix(counts, "counts").copy()
    counts.sum_duplicates()
    counts.eliminate_zeros()
    if (counts.data < 0).any():
        raise ValueError(f"counts must not be negative; the smallest is {counts.data.min():g}.")
    if not counts.nnz:
        raise ValueError("counts are 0 everywhere: no two words meet. Use a larger window or longer sentences.")
    return counts


def _unit(words: Sequence[str], vectors: np.ndarray | sparse.sparray) -> np.ndarray | sparse.csr_array:
    """Rows of length 1, once it is clear that there is one finite row for each word."""
    if not sparse.issparse(vectors):
        vectors = np.asarray(vectors)
    if vectors.ndim != 2 or vectors.shape[0] != len(words) or vectors.dtype.kind not in "fiu":
        raise ValueError(
            f"vectors must be numbers with one row for each of the {len(words)} words; "
            f"got {vectors.dtype} of shape {vectors.shape}."
        )
    if not sparse.issparse(vectors):
        finite = np.isfinite(vectors).all(axis=1)
        if not finite.all():
            bad = int(np.flatnonzero(~finite)[0])
            raise ValueError(f"vectors must be finite; that of {words[bad]!r} holds NaN or infinity.")
    return unit_rows(vectors)


def _as_array(product: np.ndarray | sparse.sparray) -> np.ndarray:
    return product.toarray() if sparse.issparse(product) else product
