"""Word2Vec and GloVe: word vectors learned from text, and what to ask of them (lesson 02).

Two ways to learn a vector for every word of a vocabulary of n words, in d dimensions: skip-gram with negative
sampling (Mikolov et al. 2013) tells true neighbours from drawn ones, GloVe (Pennington et al. 2014)
fits the logarithm of co-occurrence counts. Both keep two matrices [n, d], one for words in the middle of
a window and one for words around it. What finished vectors say is asked in `lessons_lib.word_relations`; tables of
vectors are read and made in `lessons_lib.vector_files`.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from gensim.models import Word2Vec
    from scipy.sparse import sparray

    from lessons_lib.counts import Vocabulary

# ---------------------------------------------------------------- one step of skip-gram


def sigmoid(x: np.ndarray) -> np.ndarray:
    """Squeeze numbers into 0 to 1: 1 / (1 + exp(-x)), without overflow.

    Examples
    --------
    >>> float(sigmoid(0.0))
    0.5
    """
    return 0.5 * (1 + np.tanh(0.5 * np.asarray(x)))


def sgns_loss(center: np.ndarray, context: np.ndarray, negatives: np.ndarray) -> float:
    """Loss of one pair: how badly true neighbour and drawn words are told apart, 0 or more.

    -log sigmoid(context · center) - sum over negatives of log sigmoid(-negative · center),
    equation 4 of Mikolov et al. (2013, arXiv:1310.4546) with the sign turned.

    Parameters
    ----------
    center : [d], the input vector of the word in the middle.
    context : [d], the output vector of its true neighbour.
    negatives : [k, d], the output vectors of k drawn words.

    Examples
    --------
    >>> import numpy as np
    >>> round(sgns_loss(np.zeros(2), np.ones(2), np.ones((3, 2))), 3)  # 4 coins: 4 log 2
    2.773
    """
    true_score, drawn_scores = context @ center, negatives @ center
    return float(np.logaddexp(0, -true_score) + np.logaddexp(0, drawn_scores).sum())


def sgns_gradients(
    center: np.ndarray, context: np.ndarray, negatives: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gradients of `sgns_loss` for its three arguments, in their shapes.

    The error of a score is its probability minus what it should be: 1 for the true
    neighbour, 0 for drawn words. Each vector's gradient is that error times the vector
    it was multiplied with.

    Examples
    --------
    >>> import numpy as np
    >>> sgns_gradients(np.array([1.0, 0.0]), np.zeros(2), np.zeros((1, 2)))[1]
    array([-0.5, -0. ])
    """
    true_error = sigmoid(context @ center) - 1
    drawn_errors = sigmoid(negatives @ center)
    for_center = true_error * context + drawn_errors @ negatives
    return for_center, true_error * center, drawn_errors[:, None] * center


def sgns_step(
    center: np.ndarray,
    context: np.ndarray,
    negatives: np.ndarray,
    learning_rate: float = 0.025,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """One step of gradient descent: the three arguments after it, as new arrays.

    All gradients are taken before anything moves: the centre and the output vectors change together.

    Examples
    --------
    >>> import numpy as np
    >>> center, context, negatives = np.array([1.0, 0.0]), np.zeros(2), np.zeros((1, 2))
    >>> sgns_step(center, context, negatives, learning_rate=0.1)[1]
    array([0.05, 0.  ])
    """
    for_center, for_context, for_negatives = sgns_gradients(center, context, negatives)
    return (
        center - learning_rate * for_center,
        context - learning_rate * for_context,
        negatives - learning_rate * for_negatives,
    )


# ---------------------------------------------------------------- which pairs, which negatives


def negative_probabilities(counts: np.ndarray, power: float = 0.75) -> np.ndarray:
    """How often each word is drawn as a negative: counts to the power 3/4, summing to 1, [n].

    Examples
    --------
    >>> negative_probabilities([16, 1]).round(3)
    array([0.889, 0.111])
    """
    raised = _counts(counts).astype(float) ** power
    return raised / raised.sum()


def keep_probabilities(counts: np.ndarray, threshold: float = 1e-3) -> np.ndarray:
    """Subsampling: the chance of each occurrence of a word to stay in the text, [n].

    With the share f of a word in the text: sqrt(t / f) + t / f, at most 1. This is what the word2vec
    program and gensim do (`sample=`); Mikolov et al. (2013) print sqrt(t / f) only.

    Examples
    --------
    >>> keep_probabilities([9000, 999, 1], threshold=0.01).round(3)
    array([0.117, 0.416, 1.   ])
    """
    counts = _counts(counts)
    ratio = threshold * counts.sum() / np.maximum(counts, 1)
    return np.minimum(np.sqrt(ratio) + ratio, 1.0)


def training_pairs(
    ids: np.ndarray,
    sentence: np.ndarray,
    window: int,
    keep: np.ndarray | None = None,
    rng: np.random.Generator | None = None,
) -> np.ndarray:
    """All pairs (word in the middle, neighbour) of a text as word ids: int [pairs, 2].

    Parameters
    ----------
    ids, sentence : [t] word ids and sentence numbers, as `counts.token_ids` gives them; no
        pair reaches over the end of a sentence.
    window : the largest distance between the two words.
    keep : [n] probabilities from `keep_probabilities`; words are dropped before pairs are
        made, so that the window reaches over the gaps. Left out, all stay.
    rng : draws what is dropped, and for each word a window of 1 to `window`, as word2vec
        does, so that near neighbours count more. Left out, every window is full.

    Examples
    --------
    >>> import numpy as np
    >>> training_pairs(np.array([5, 6, 7]), np.array([0, 0, 0]), window=1).tolist()
    [[5, 6], [6, 7], [6, 5], [7, 6]]
    """
    if keep is not None and rng is not None:
        stays = rng.random(len(ids)) < keep[ids]
        ids, sentence = ids[stays], sentence[stays]
    width = np.full(len(ids), window) if rng is None else rng.integers(1, window + 1, len(ids))
    pairs = [np.empty((0, 2), dtype=ids.dtype)]
    for distance in range(1, window + 1):
        together = sentence[distance:] == sentence[:-distance]
        left, right = ids[:-distance], ids[distance:]
        for_left = together & (width[:-distance] >= distance)
        for_right = together & (width[distance:] >= distance)
        pairs.append(np.stack([left[for_left], right[for_left]], axis=1))
        pairs.append(np.stack([right[for_right], left[for_right]], axis=1))
    return np.concatenate(pairs)


# ---------------------------------------------------------------- the whole training


class Trained(NamedTuple):
    """What training leaves: two matrices [n, d], the mean loss of each epoch, and the input matrix
    before the first epoch and after each."""

    input: np.ndarray
    output: np.ndarray
    losses: list[float]
    history: list[np.ndarray]


def train_sgns(
    sentences: Sequence[Sequence[str]],
    vocabulary: Vocabulary,
    *,
    dimension: int = 50,
    window: int = 2,
    negatives: int = 5,
    epochs: int = 5,
    learning_rate: float = 0.1,
    threshold: float = 1e-3,
    batch: int = 1024,
    seed: int = 0,
) -> Trained:
    """Train skip-gram with negative sampling in NumPy, `batch` pairs at a time.

    Parameters
    ----------
    sentences : lists of words.
    vocabulary : the n words that get vectors (`counts.vocabulary`); others are dropped.
    dimension, window, negatives : d, the window, and k drawn words for each pair.
    epochs, learning_rate : passes over the text; the rate falls in a straight line to
        1/1000 of itself. word2vec begins at 0.025; 0.1 gets further in few passes here.
    threshold : of subsampling (`keep_probabilities`).
    batch : pairs whose gradients are taken at the same vectors and then added. Larger is
        faster; too large goes astray, since a frequent word then gets many steps from one
        place.
    seed : the same seed gives the same bits on any number of threads (no BLAS is called).

    Returns
    -------
    Trained

    Notes
    -----
    Time grows with pairs * (1 + negatives) * dimension: about a million pairs in a few
    seconds. word2vec takes one pair at a time, and skips a drawn word that is the true
    neighbour; here it counts, as in the paper. Lesson 02.

    Examples
    --------
    >>> from lessons_lib.counts import vocabulary
    >>> text = [["a", "b", "c", "b"]] * 9
    >>> trained = train_sgns(text, vocabulary(text), dimension=4, epochs=2, threshold=1.0)
    >>> trained.input.shape, len(trained.losses)
    ((3, 4), 2)
    """
    from lessons_lib.counts import token_ids

    n = len(vocabulary)
    if n < 2:
        raise ValueError(
            f"vocabulary must hold 2 words or more to tell apart; it has {n}. Take more text, or a lower min_count."
        )
    ids, sentence = token_ids(sentences, vocabulary)
    rng = np.random.default_rng(seed)
    vectors = ((rng.random((n, dimension)) - 0.5) / dimension).astype(np.float32)
    outputs = np.zeros((n, dimension), dtype=np.float32)
    keep = keep_probabilities(vocabulary.counts, threshold)
    drawing = negative_probabilities(vocabulary.counts).cumsum()
    losses, history = [], [vectors.copy()]
    for epoch in range(epochs):
        pairs = rng.permutation(training_pairs(ids, sentence, window, keep, rng))
        if not len(pairs):
            raise ValueError(
                "sentences hold no two neighbouring words that stay after subsampling. "
                "Take more text, or a larger threshold."
            )
        drawn = np.searchsorted(drawing[:-1], rng.random((len(pairs), negatives)), side="right")
        total = 0.0
        for start in range(0, len(pairs), batch):
            done = (epoch + start / len(pairs)) / epochs
            rate = np.float32(learning_rate * max(1 - done, 1e-3))
            rows = slice(start, start + batch)
            total += _sgns_batch(vectors, outputs, pairs[rows], drawn[rows], rate)
        losses.append(total / len(pairs))
        history.append(vectors.copy())
    return Trained(vectors, outputs, losses, history)


def _sgns_batch(
    vectors: np.ndarray,
    outputs: np.ndarray,
    pairs: np.ndarray,
    drawn: np.ndarray,
    rate: np.float32,
) -> float:
    """`sgns_step` for a batch, in place; returns the summed loss before the step."""
    from scipy.sparse import csr_array

    centers = vectors[pairs[:, 0]]
    targets = np.concatenate([pairs[:, 1:], drawn], axis=1)  # the true neighbour first
    scores = np.einsum("bd,bkd->bk", centers, outputs[targets])
    errors = sigmoid(scores)
    errors[:, 0] -= 1
    scores[:, 0] *= -1
    loss = float(np.logaddexp(0, scores).sum(dtype=np.float64))
    (b, k), n = targets.shape, len(outputs)
    # Sparse matrices [b, n]: their products add up what falls on the same word.
    starts = np.arange(0, b * k + 1, k)
    by_target = csr_array((errors.ravel(), targets.ravel(), starts), shape=(b, n))
    ones, starts = np.ones(b, np.float32), np.arange(b + 1)
    by_center = csr_array((ones, pairs[:, 0], starts), shape=(b, n))
    for_centers = by_target @ outputs
    _subtract(outputs, by_target.T @ centers, rate)
    _subtract(vectors, by_center.T @ for_centers, rate)
    return loss


def _subtract(matrix: np.ndarray, gradient: np.ndarray, rate: np.float32) -> None:
    gradient *= rate
    matrix -= gradient


def stable_hash(word: str) -> int:
    """A hash that is the same in every process, for gensim's `hashfxn`: Python's own changes from run to run.

    Examples
    --------
    >>> stable_hash("king")
    2731404643
    """
    return zlib.crc32(word.encode("utf-8"))


def train_with_gensim(
    sentences: Sequence[Sequence[str]],
    *,
    dimension: int = 100,
    seed: int = 1,
    **options,
) -> Word2Vec:
    """Skip-gram with negative sampling by gensim, with all that makes a run repeatable.

    One worker thread (several race for the same vectors), a fixed seed, a vocabulary in
    one order for one text (by count; equal counts as they come), and a hash that does
    not change from process to process.

    Parameters
    ----------
    sentences : lists of words, to be gone through several times.
    dimension, seed : size of the vectors, and where all random numbers start.
    options : for `gensim.models.Word2Vec`: window=, epochs=, min_count=, sample=.

    Returns
    -------
    gensim Word2Vec: `.wv` holds the input vectors, `.syn1neg` the output matrix [n, d].

    Raises
    ------
    ValueError : there is no text, or fewer than two words occur min_count times.

    Examples
    --------
    >>> text = [["one", "two", "three"]] * 20
    >>> model = train_with_gensim(text, dimension=4, min_count=1, epochs=1)
    >>> sorted(model.wv.index_to_key)
    ['one', 'three', 'two']
    """
    from gensim.models import Word2Vec

    fixed = {"seed": seed, "workers": 1, "hashfxn": stable_hash}
    chosen = {"sg": 1, "negative": 5, "sample": 1e-3, "min_count": 5} | options
    model = Word2Vec(vector_size=dimension, **fixed, **chosen)
    model.build_vocab(sentences)
    if len(model.wv) < 2:
        raise ValueError(
            f"sentences hold {len(model.wv)} words that occur {chosen['min_count']} "
            "times or more, and training needs 2. Take more text, or lower min_count."
        )
    model.train(sentences, total_examples=model.corpus_count, epochs=model.epochs)
    return model


# ---------------------------------------------------------------- GloVe


class Glove(NamedTuple):
    """Word and context matrices [n, d], their biases [n], and the loss after each epoch."""

    words: np.ndarray
    contexts: np.ndarray
    word_biases: np.ndarray
    context_biases: np.ndarray
    losses: list[float]

    @property
    def vectors(self) -> np.ndarray:
        """The sum of both matrices, which Pennington et al. (2014) found a little better than either."""
        return self.words + self.contexts


def glove_weight(x: np.ndarray, x_max: float = 100.0, power: float = 0.75) -> np.ndarray:
    """How much a co-occurrence count matters in the loss: (x / x_max) ** power, and 1 from x_max on.

    Examples
    --------
    >>> glove_weight([1.0, 100.0, 10_000.0]).round(3)
    array([0.032, 1.   , 1.   ])
    """
    return np.minimum(np.asarray(x, dtype=float) / x_max, 1.0) ** power


def glove_loss(cooccurrence: sparray, model: Glove, x_max: float = 100.0) -> float:
    """The sum GloVe makes small: weight(x) * (w · c + b + b' - log x)², over all counts x above 0.

    Equation 8 of Pennington et al. (2014, https://doi.org/10.3115/v1/D14-1162).
    """
    rows, columns, x = _entries(cooccurrence)
    errors = _glove_errors(model, rows, columns, np.log(x))
    return float((glove_weight(x, x_max) * errors**2).sum())


def train_glove(
    cooccurrence: sparray,
    *,
    dimension: int = 50,
    epochs: int = 15,
    learning_rate: float = 0.2,
    x_max: float = 100.0,
    batch: int = 8192,
    seed: int = 0,
) -> Glove:
    """Fit GloVe to a co-occurrence matrix: weighted least squares by AdaGrad, `batch` counts at a time.

    Parameters
    ----------
    cooccurrence : scipy sparse [n, n], counts within a window (with or without distance weights), symmetric.
    dimension, epochs, learning_rate : d, passes over the counts, and AdaGrad's first step.
    x_max : counts from here on weigh 1; 100 for billions of words, less for a small text.
    batch : counts whose gradients are added up before a step.
    seed : the same seed gives the same bits, with any number of threads (no BLAS is called).

    Returns
    -------
    Glove

    Notes
    -----
    Time grows with the number of counts above 0, not with the length of the text. AdaGrad divides each number's step by
    the root of all its squared gradients so far (Duchi et al. 2011). Lesson 02.

    Examples
    --------
    >>> import numpy as np
    >>> from scipy.sparse import csr_array
    >>> counts = csr_array(np.array([[0.0, 4.0, 1.0], [4.0, 0.0, 2.0], [1.0, 2.0, 0.0]]))
    >>> model = train_glove(counts, dimension=2, epochs=30)
    >>> model.losses[-1] < model.losses[0]
    True
    """
    rows, columns, x = _entries(cooccurrence)
    log_x, weights = np.log(x).astype(np.float32), glove_weight(x, x_max).astype(np.float32)
    n = cooccurrence.shape[0]
    rng = np.random.default_rng(seed)
    shapes = ((n, dimension), (n, dimension), (n,), (n,))
    numbers = [((rng.random(shape) - 0.5) / dimension).astype(np.float32) for shape in shapes]
    squares = [np.ones(shape, dtype=np.float32) for shape in shapes]
    model = Glove(*numbers, losses=[])
    for _ in range(epochs):
        order = rng.permutation(len(x))
        for start in range(0, len(x), batch):
            at = order[start : start + batch]
            gradients = _glove_gradients(model, rows[at], columns[at], log_x[at], weights[at])
            for number, square, gradient in zip(numbers, squares, gradients, strict=True):
                square += gradient**2
                number -= learning_rate * gradient / np.sqrt(square)
        model.losses.append(glove_loss(cooccurrence, model, x_max))
    return model


def _glove_errors(model: Glove, rows: np.ndarray, columns: np.ndarray, log_x: np.ndarray) -> np.ndarray:
    """How far each fitted value lies from the logarithm of its count, a million at a time."""
    errors = np.empty(len(rows), dtype=np.float32)
    for start in range(0, len(rows), 1 << 20):
        part = slice(start, start + (1 << 20))
        i, j = rows[part], columns[part]
        products = np.einsum("bd,bd->b", model.words[i], model.contexts[j])
        biases = model.word_biases[i] + model.context_biases[j]
        errors[part] = products + biases - log_x[part]
    return errors


def _glove_gradients(
    model: Glove, rows: np.ndarray, columns: np.ndarray, log_x: np.ndarray, weights: np.ndarray
) -> tuple[np.ndarray, ...]:
    """Gradients (of half the loss) for words, contexts and both biases, summed over the given counts."""
    from scipy.sparse import csr_array

    n = len(model.words)
    pulls = weights * _glove_errors(model, rows, columns, log_x)
    matrix = csr_array((pulls, (rows, columns)), shape=(n, n))
    bias = np.bincount(rows, pulls, n), np.bincount(columns, pulls, n)
    return matrix @ model.contexts, matrix.T @ model.words, *(b.astype(np.float32) for b in bias)


def _entries(cooccurrence: sparray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows, columns and values of the counts above 0, in one order."""
    from scipy.sparse import coo_array, issparse

    if not issparse(cooccurrence) or cooccurrence.shape[0] != cooccurrence.shape[1]:
        raise TypeError("cooccurrence must be a square scipy sparse matrix [n, n], such as counts make it.")
    entries = coo_array(cooccurrence.tocsr())
    entries.sum_duplicates()
    x = entries.data
    if not np.isfinite(x).all() or (len(x) and x.min() < 0):
        raise ValueError("cooccurrence must hold counts: finite, 0 or more.")
    if not (x > 0).any():
        raise ValueError("cooccurrence holds no count above 0: no two words stand together. Take more text.")
    row, column = entries.coords
    return row[x > 0], column[x > 0], x[x > 0]


# ---------------------------------------------------------------- shared steps


def _counts(counts: np.ndarray) -> np.ndarray:
    counts = np.asarray(counts)
    if counts.ndim != 1 or not counts.size or counts.dtype.kind not in "buif":
        raise ValueError(f"counts must be [n], one number for each word, n at least 1; got shape {counts.shape}.")
    if not np.isfinite(counts).all() or counts.min() < 0 or not counts.any():
        raise ValueError("counts must be 0 or more, finite, and not all 0: how often each word stands in the text.")
    return counts
