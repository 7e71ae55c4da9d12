"""Exercises of lesson 01: meaning from counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

import numpy as np

from lessons_lib.checking import Exercise, Mutant, Option, Property, Question, Quiz
from lessons_lib.evaluation import spearman
from lessons_lib.geometry import cosine_similarity, normalize

# ---------------------------------------------------------------- 1 the window


def _reference_count_window(sentences: list[list[int]], size: int, window: int) -> np.ndarray:
    """Go through all places; count the words up to `window` places before and after, in the same sentence."""
    counted = np.zeros((size, size))
    for words in sentences:
        for place, word in enumerate(words):
            neighbours = words[max(0, place - window) : place] + words[place + 1 : place + 1 + window]
            for neighbour in neighbours:
                counted[word, neighbour] += 1
    return counted


def _sentences(rng: np.random.Generator) -> list[tuple]:
    cases = [([[0, 1, 2, 3, 1, 4], [4, 0, 0, 2, 1]], 5, 2)]
    for size, window in ((4, 1), (6, 3), (5, 2)):
        lengths = [7, *rng.integers(1, 9, size=3).tolist(), 8]
        cases.append(([rng.integers(0, size, size=length).tolist() for length in lengths], size, window))
    return cases


def _window_mutant(pairs: Callable) -> Callable:
    """A wrong count that visits other pairs: `pairs(words, window)` gives (word, neighbour, amount)."""

    def mutant(sentences: list[list[int]], size: int, window: int) -> np.ndarray:
        counted = np.zeros((size, size))
        for words in sentences:
            for word, neighbour, amount in pairs(words, window):
                counted[word, neighbour] += amount
        return counted

    return mutant


def _around(words: list[int], window: int, before: int = 1, after: int = 1, itself: bool = False) -> Iterator[tuple]:
    for place, word in enumerate(words):
        first, last = place - before * window, place + after * window
        for other in range(max(0, first), min(len(words), last + 1)):
            if other != place or itself:
                yield word, words[other], 1


def _one_long_text(sentences: list[list[int]], size: int, window: int) -> np.ndarray:
    return _reference_count_window([[word for words in sentences for word in words]], size, window)


def _other_words_only(words: list[int], window: int) -> Iterator[tuple]:
    return ((a, b, 1) for a, b, _ in _around(words, window) if a != b)


def _weighted(words: list[int], window: int) -> Iterator[tuple]:
    for i, a in enumerate(words):
        for j, b in enumerate(words):
            if 0 < abs(i - j) <= window:
                yield a, b, 1 / abs(i - j)


def _not_symmetric(function: Callable, rng: np.random.Generator) -> str | None:
    counted = np.asarray(function(*_sentences(rng)[2]), dtype=float)
    gap = np.abs(counted - counted.T).max()
    return None if gap < 1e-9 else f"entry [a, b] and entry [b, a] differ by up to {gap:g}"


count_window = Exercise(
    name="counts.count_window",
    title="Who stands beside whom",
    difficulty=1,
    minutes=8,
    statement="""
        Write `count_window(sentences, size, window)`. `sentences` is a list of lists of word ids, each from 0 to
        `size - 1`. Return an array `[size, size]`: entry `[a, b]` says how often b stands at most `window` places before or
        after a, in the same sentence. An occurrence is no neighbour of itself; two occurrences of one word are neighbours.
        """,
    reference=_reference_count_window,
    signature="count_window(sentences, size, window)",
    cases=_sentences,
    properties=(Property("neighbours are neighbours both ways", _not_symmetric),),
    mutants=(
        Mutant(
            "only the words after",
            _window_mutant(lambda words, window: _around(words, window, before=0)),
            "You count the words after each word, not those before it. A window has two sides: if b is a neighbour of a, "
            "then a is a neighbour of b, and the table is symmetric. Count both sides, or add the transpose.",
        ),
        Mutant(
            "only the words before",
            _window_mutant(lambda words, window: _around(words, window, after=0)),
            "You count the words before each word, not those after it. A window has two sides, so the table is "
            "symmetric. `words[place + 1 : place + 1 + window]` holds the others.",
        ),
        Mutant(
            "across sentences",
            _one_long_text,
            "The window reaches from the end of one sentence into the next. Those two words never stood in one "
            "statement; the order of the texts put them together. Start afresh in each sentence.",
        ),
        Mutant(
            "counts itself",
            _window_mutant(lambda words, window: _around(words, window, itself=True)),
            "Each occurrence is counted as a neighbour of itself, so the diagonal holds the frequency of the words. "
            "Leave out the word's own place. (Leave out the place, not the word: the same word may stand there twice.)",
        ),
        Mutant(
            "never the same word",
            _window_mutant(_other_words_only),
            "You leave out all neighbours that are the same word. Only the place itself is to be left out: in "
            '"very, very small" each "very" has another one as its neighbour.',
        ),
        Mutant(
            "one place short",
            _window_mutant(lambda words, window: _around(words, window - 1)),
            "Your window is one place too narrow. The end of a `range` or of a slice is not part of it: "
            "`words[place + 1 : place + 1 + window]` holds `window` words.",
        ),
        Mutant(
            "one place too far",
            _window_mutant(lambda words, window: _around(words, window + 1)),
            "Your window is one place too wide. With `window = 1` only the words next to each other count; check the ends of your slice.",
        ),
        Mutant(
            "the whole sentence",
            _window_mutant(lambda words, window: _around(words, len(words))),
            "Every word of the sentence counts as a neighbour, whatever `window` says. Compare the distance of the two places with it.",
        ),
        Mutant(
            "weighted by distance",
            _window_mutant(_weighted),
            'You count 1 / distance for each pair. GloVe does that, and the lesson offers it as `weighting="distance"`; here each '
            "pair in the window counts 1.",
        ),
        Mutant(
            "seen or not",
            lambda sentences, size, window: np.minimum(_reference_count_window(sentences, size, window), 1),
            "Your entries say whether two words have met, not how often. Add 1 for each meeting instead of setting the entry to 1. "
            "(With NumPy, `counted[ids_a, ids_b] += 1` adds once for repeated ids; `np.add.at` adds each time.)",
        ),
    ),
    hints=(
        "Three loops are fine: over sentences, over places in a sentence, over the neighbours of that place.",
        "`words[max(0, place - window) : place]` are the neighbours before. Without `max`, a negative start counts from the end.",
    ),
)

# ---------------------------------------------------------------- 2 PPMI


def _reference_ppmi_table(counts: np.ndarray) -> np.ndarray:
    """max(0, log P(w, c) / (P(w) P(c))), and 0 where the two have never met."""
    total = counts.sum()
    expected = counts.sum(axis=1, keepdims=True) * counts.sum(axis=0, keepdims=True) / total
    seen = counts > 0
    pmi = np.log(counts / expected, out=np.zeros(counts.shape), where=seen)
    return np.maximum(pmi, 0)


def _count_tables(rng: np.random.Generator) -> list[tuple[np.ndarray]]:
    tables = [np.array([[8.0, 0, 2, 1], [1, 5, 0, 3], [0, 2, 9, 1]])]
    for shape in ((3, 5), (6, 4)):
        table = rng.poisson(rng.gamma(0.6, 4, size=shape)).astype(float)
        table[0, 1] = 0
        table[:, 0] += 2  # every word and every context occurs
        table[1] += 1
        tables.append(table)
    return [(table,) for table in tables]


def _pmi(counts: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        total = counts.sum()
        return np.log(counts * total / (counts.sum(axis=1, keepdims=True) * counts.sum(axis=0, keepdims=True)))


def _counts_as_probabilities(counts: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore"):
        return np.maximum(np.log(counts / (counts.sum(axis=1, keepdims=True) * counts.sum(axis=0, keepdims=True))), 0)


def _one_marginal(counts: np.ndarray, axis: int) -> np.ndarray:
    with np.errstate(divide="ignore"):
        return np.maximum(np.log(counts / counts.sum(axis=axis, keepdims=True)) + np.log(counts.sum()), 0)


def _largest_for_sum(counts: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore"):
        p = counts / counts.sum()
        return np.maximum(np.log(p / (p.mean(axis=1, keepdims=True) * p.mean(axis=0, keepdims=True))), 0)


def _ratio(counts: np.ndarray) -> np.ndarray:
    return counts * counts.sum() / (counts.sum(axis=1, keepdims=True) * counts.sum(axis=0, keepdims=True))


def _frequency_moves_it(function: Callable, rng: np.random.Generator) -> str | None:
    table = _count_tables(rng)[2][0]
    change = np.abs(np.asarray(function(table * 10)) - np.asarray(function(table))).max()
    return None if change < 1e-6 else f"ten times the corpus, with the same proportions, moved a value by {change:.3f}"


ppmi_table = Exercise(
    name="counts.ppmi_table",
    title="More often than by chance",
    difficulty=2,
    minutes=12,
    statement="""
        Write `ppmi_table(counts)` for a NumPy array of counts `[V, C]`, words in rows, contexts in columns. Return `[V, C]`:
        PPMI(w, c) = max(0, log( P(w, c) / (P(w) P(c)) )) with the natural logarithm, and 0 where the two never met. Every word
        and every context occurs at least once; the table need not be symmetric.
        """,
    reference=_reference_ppmi_table,
    signature="ppmi_table(counts)",
    cases=_count_tables,
    properties=(Property("a longer text with the same proportions gives the same values", _frequency_moves_it),),
    mutants=(
        Mutant(
            "log of zero",
            _pmi,
            "Where a count is 0 the logarithm is minus infinity, and it is still in your result. A pair that never met is no "
            "evidence of endless dislike: in a larger corpus it might meet. Those entries become 0, as all negative ones do: `np.maximum(pmi, 0)`.",
        ),
        Mutant(
            "not clipped",
            lambda counts: np.where(counts > 0, _pmi(counts), 0.0),
            "The pairs never seen are 0, and below them stand negative values: pairs that met, but less often than by chance, "
            "now rank under pairs that never met. The first P in PPMI stands for positive. Cut everything at 0.",
        ),
        Mutant(
            "counts instead of probabilities",
            _counts_as_probabilities,
            "Your table has nothing in it but zeros: you divided the count of a pair by the product of two *counts*. Each of the three has to "
            "become a probability first; together that multiplies the ratio by the total, `counts.sum()`.",
        ),
        Mutant(
            "only the word's frequency",
            lambda counts: _one_marginal(counts, 1),
            'You divided by the frequency of the word, and the frequency of the context is missing. Frequent contexts such as "the" then stay '
            "at the top for every word. P(w) comes from the rows, P(c) from the columns; divide by both.",
        ),
        Mutant(
            "only the context's frequency",
            lambda counts: _one_marginal(counts, 0),
            "You divided by the frequency of the context, and the frequency of the word is missing. Divide by both: P(w) comes from the sums of the rows, P(c) from those of the columns.",
        ),
        Mutant(
            "marginals by mean",
            _largest_for_sum,
            "P(w) is the *sum* of its row of probabilities, over all contexts, and you took the mean. The values are then too large by a constant, "
            "so pairs below chance pass the cut at 0.",
        ),
        Mutant(
            "logarithm to base 2",
            lambda counts: _reference_ppmi_table(counts) / np.log(2),
            "The values are right up to one factor: this is the logarithm to base 2, which measures in bits. The ranking is the same. The exercise asks for the natural logarithm, `np.log`.",
        ),
        Mutant(
            "no logarithm",
            _ratio,
            "This is the ratio itself: 1 means as often as by chance. PMI is its logarithm, which puts chance at 0. Without it a rare pair's ratio of several hundred drowns all others.",
        ),
        Mutant(
            "logarithm of the counts",
            np.log1p,
            "You took the logarithm of the counts. That dampens frequent words and still knows nothing of chance: PMI compares each count with what the frequencies of the two words let expect.",
        ),
        Mutant(
            "one added to every count",
            lambda counts: _reference_ppmi_table(counts + 1),
            "You added 1 to every count to escape the logarithm of 0. With a large vocabulary nearly all entries are 0, so most of your corpus is now made of counts nobody observed. Leave the counts as they are and set the pairs never seen to 0.",
        ),
    ),
    hints=(
        "`counts.sum(axis=1, keepdims=True)` has the shape `[V, 1]`, with `axis=0` it is `[1, C]`; their product is `[V, C]`.",
        "`np.log(x, out=np.zeros_like(x), where=x > 0)` leaves 0 where there is nothing to take the logarithm of.",
    ),
)

# ---------------------------------------------------------------- 3 coverage


def _reference_score_with_coverage(pairs: list[tuple], vectors: dict[str, np.ndarray]) -> tuple[float, float]:
    """Spearman over the pairs whose words both have a vector, and the share of all pairs that those are."""
    known = [(a, b, rating) for a, b, rating in pairs if a in vectors and b in vectors]
    cosines = [cosine_similarity(vectors[a], vectors[b]) for a, b, _ in known]
    return spearman(cosines, [rating for _, _, rating in known]), len(known) / len(pairs)


_ANIMALS = ["cat", "dog", "horse", "cow", "bird", "fish", "wolf", "mouse"]
_UNKNOWN = ["aardvark", "okapi", "numbat", "quoll"]


def _rated_pairs(rng: np.random.Generator) -> list[tuple]:
    cases = []
    for n in (12, 18, 30):
        vectors = {word: rng.normal(size=4) * rng.uniform(0.3, 3) + 0.3 for word in _ANIMALS}
        words = [*_ANIMALS, *_UNKNOWN]
        combinations = [(a, b) for i, a in enumerate(words) for b in words[i + 1 :]]
        both = [pair for pair in combinations if pair[0] in vectors and pair[1] in vectors]
        rest = [pair for pair in combinations if pair not in both]
        chosen = [both[i] for i in rng.choice(len(both), size=n // 2 + 2, replace=False)]
        chosen += [rest[i] for i in rng.choice(len(rest), size=n - len(chosen), replace=False)]
        rating = rng.permutation(np.linspace(0.5, 9.7, n)).round(2)
        rows = [(a, b, float(r)) for (a, b), r in zip(chosen, rating, strict=True)]
        cases.append(([rows[i] for i in rng.permutation(n)], vectors))
    return cases


def _agreement_with(measure: Callable, coverage: Callable | None = None, correlate: Callable = spearman) -> Callable:
    """A wrong score: another measure of similarity, of coverage, or of agreement."""

    def mutant(pairs: list[tuple], vectors: dict[str, np.ndarray]) -> tuple[float, float]:
        known = [(a, b, rating) for a, b, rating in pairs if a in vectors and b in vectors]
        values = [measure(vectors[a], vectors[b]) for a, b, _ in known]
        share = len(known) / len(pairs) if coverage is None else coverage(pairs, vectors)
        return correlate(values, [rating for _, _, rating in known]), share

    return mutant


def _unknown_as(fill: Callable, share: Callable) -> Callable:
    def mutant(pairs: list[tuple], vectors: dict[str, np.ndarray]) -> tuple[float, float]:
        known = [a in vectors and b in vectors for a, b, _ in pairs]
        cosines = np.array(
            [
                cosine_similarity(vectors[a], vectors[b]) if both else np.nan
                for (a, b, _), both in zip(pairs, known, strict=True)
            ]
        )
        cosines[~np.array(known)] = fill(cosines)
        return spearman(cosines, [rating for _, _, rating in pairs]), share(known)

    return mutant


def _share_of_words(pairs: list[tuple], vectors: dict[str, np.ndarray]) -> float:
    words = {word for a, b, _ in pairs for word in (a, b)}
    return sum(word in vectors for word in words) / len(words)


def _one_word_is_enough(pairs: list[tuple], vectors: dict[str, np.ndarray]) -> float:
    return sum(a in vectors or b in vectors for a, b, _ in pairs) / len(pairs)


def _share_unknown(pairs: list[tuple], vectors: dict[str, np.ndarray]) -> float:
    return sum(a not in vectors or b not in vectors for a, b, _ in pairs) / len(pairs)


def _pearson(x: list[float], y: list[float]) -> float:
    return float(np.corrcoef(x, y)[0, 1])


def _diluted(pairs: list[tuple], vectors: dict[str, np.ndarray]) -> tuple[float, float]:
    score, coverage = _reference_score_with_coverage(pairs, vectors)
    return score * coverage, coverage


score_with_coverage = Exercise(
    name="counts.score_with_coverage",
    title="A score, and what it is a score of",
    difficulty=2,
    minutes=12,
    statement="""
        Write `score_with_coverage(pairs, vectors)`. `pairs` is a list of `(first, second, rating)`, `vectors` a dict from word to vector
        (of any length), and some words are not in it. Return two numbers: Spearman's correlation of cosine and rating over the pairs
        whose words *both* have a vector, and the *coverage*, the share of all pairs that those are. `ll.spearman` and
        `ll.cosine_similarity` are there to be used.
        """,
    reference=_reference_score_with_coverage,
    signature="score_with_coverage(pairs, vectors)",
    cases=_rated_pairs,
    mutants=(
        Mutant(
            "dropped in silence",
            _agreement_with(cosine_similarity, lambda pairs, vectors: 1.0),
            "The score is right, and the coverage you report is 1: pairs with an unknown word were dropped, and then the rest was divided by itself. "
            "The denominator is the number of *all* pairs, `len(pairs)`. Otherwise a table with ten words can look better than one with a million.",
        ),
        Mutant(
            "unknown as cosine 0",
            _unknown_as(lambda cosines: 0.0, np.mean),
            'Pairs with an unknown word got the cosine 0 and were scored with the rest. But 0 is a statement: "these two are unrelated". The table '
            "has made no statement about them. Leave them out of the score, and let the coverage tell.",
        ),
        Mutant(
            "unknown as 0, coverage 1",
            _unknown_as(lambda cosines: 0.0, lambda known: 1.0),
            "Pairs with an unknown word got the cosine 0, as a vector of zeros would give, and count as covered. The table says nothing about them. Leave them out of the score, and count them as not covered.",
        ),
        Mutant(
            "unknown as the mean",
            _unknown_as(np.nanmean, np.mean),
            "Pairs with an unknown word got the mean cosine of the others. gensim offers this under a name that warns (`dummy4unknown` fills in zeros). Invented values tie in the ranking and move the score. Leave these pairs out.",
        ),
        Mutant(
            "coverage of words",
            _agreement_with(cosine_similarity, _share_of_words),
            "Your coverage is the share of *words* that are known. A pair needs both of its words, so the share of pairs is smaller: with half of the words known, about a quarter of the pairs are. The score is about pairs; count those.",
        ),
        Mutant(
            "one known word is enough",
            _agreement_with(cosine_similarity, _one_word_is_enough),
            "You count a pair as covered when one of its words is known. Without the other there is no cosine, so nothing was scored. Use `and`, not `or`.",
        ),
        Mutant(
            "the share left out",
            _agreement_with(cosine_similarity, _share_unknown),
            "This is the share of pairs that were left out. Coverage is the other part: covered pairs divided by all pairs.",
        ),
        Mutant(
            "score times coverage",
            _diluted,
            "You multiplied the correlation by the coverage. That mixes two facts into one number from which neither can be read. Report them side by side.",
        ),
        Mutant(
            "Pearson",
            _agreement_with(cosine_similarity, correlate=_pearson),
            "This is Pearson's correlation, which asks for a straight line. A cosine and a rating from 0 to 10 have no reason to lie on one; the field compares the order. Use ranks: Spearman.",
        ),
        Mutant(
            "dot product",
            _agreement_with(lambda a, b: float(a @ b)),
            "This is the dot product of vectors of different lengths, so a long vector looks similar to everything. Divide by both lengths: the cosine.",
        ),
        Mutant(
            "distance",
            _agreement_with(lambda a, b: float(np.linalg.norm(a - b))),
            "You correlated the *distance* with the rating. A distance is small for words that are alike, so the sign turns, and it also depends on how long the vectors are. Use the cosine.",
        ),
    ),
    hints=(
        "First collect the pairs for which `a in vectors and b in vectors`. Everything about the score uses this list only.",
        "The coverage divides the length of that list by `len(pairs)`.",
    ),
)

# ---------------------------------------------------------------- 4 nearest neighbours


def _reference_neighbours(word: int, vectors: np.ndarray, k: int) -> list[int]:
    """Cosine of one row to all rows; the k largest, best first, the row itself left out."""
    unit = normalize(vectors)
    cosines = unit @ unit[word]
    cosines[word] = -np.inf
    return np.argsort(-cosines, kind="stable")[:k].tolist()


def _word_tables(rng: np.random.Generator) -> list[tuple]:
    cases = []
    for size, d, k in ((8, 3, 3), (12, 4, 4), (20, 5, 5)):
        lengths = np.exp(rng.uniform(-1.5, 1.5, size=(size, 1)))
        vectors = normalize(rng.normal(size=(size, d)) + 0.4) * lengths
        word = int(np.argsort(lengths[:, 0])[size // 3])  # a short one: the dot product prefers others to it
        cases.append((word, vectors, k))
    return cases


def _sorted_by(measure: Callable, drop: bool = True) -> Callable:
    def mutant(word: int, vectors: np.ndarray, k: int) -> list[int]:
        order = np.argsort(measure(vectors, word), kind="stable").tolist()
        return [i for i in order if not drop or i != word][:k]

    return mutant


def _cosines(vectors: np.ndarray, word: int) -> np.ndarray:
    return cosine_similarity(vectors, vectors[word])


def _length_moves_it(function: Callable, rng: np.random.Generator) -> str | None:
    word, vectors, k = _word_tables(rng)[1]
    longer = vectors * np.exp(rng.uniform(-2, 2, size=(len(vectors), 1)))
    same = list(function(word, longer, k)) == list(function(word, vectors, k))
    return None if same else "making some vectors longer, in the same direction, changed the neighbours"


neighbours = Exercise(
    name="counts.neighbours",
    title="The nearest words",
    difficulty=1,
    minutes=6,
    statement="""
        Write `neighbours(word, vectors, k)`: `vectors` is `[V, d]` with rows of different lengths, `word` the number of one row. Return
        the numbers of the k rows with the largest cosine to it, best first, as a list. The word itself is not among them.
        """,
    reference=_reference_neighbours,
    signature="neighbours(word, vectors, k)",
    cases=_word_tables,
    properties=(Property("the length of a vector does not matter", _length_moves_it),),
    mutants=(
        Mutant(
            "dot product",
            _sorted_by(lambda vectors, word: -(vectors @ vectors[word])),
            "This ranks by the dot product, and long vectors win it whatever their direction. In a table made from counts the long rows are the frequent words. Scale the rows to length 1 first.",
        ),
        Mutant(
            "the word itself",
            _sorted_by(lambda vectors, word: -_cosines(vectors, word), drop=False),
            "The word is its own first neighbour, with cosine 1. It tells you nothing and takes a place of the k. Leave its own row out.",
        ),
        Mutant(
            "farthest first",
            _sorted_by(_cosines),
            "The order is turned: `argsort` puts the smallest first, and a cosine is largest for what is alike. Sort `-cosines`.",
        ),
        Mutant(
            "distance of raw vectors",
            _sorted_by(lambda vectors, word: np.linalg.norm(vectors - vectors[word], axis=1)),
            "This ranks by the distance of the vectors as they are, so two words of one direction and different lengths lie far apart. On rows of length 1 the distance and the cosine agree; scale first.",
        ),
        Mutant(
            "columns scaled",
            _sorted_by(lambda vectors, word: -_cosines(vectors / np.linalg.norm(vectors, axis=0), word)),
            "You scaled the columns (axis 0) to length 1. A word is a row: `np.linalg.norm(vectors, axis=1, keepdims=True)`.",
        ),
        Mutant(
            "one word short",
            lambda word, vectors, k: _reference_neighbours(word, vectors, k - 1),
            "One neighbour is missing. If you cut the list to k first and take the word itself out afterwards, k - 1 are left. Take it out first.",
        ),
    ),
    hints=(
        "`ll.normalize(vectors)` gives rows of length 1; then `unit @ unit[word]` is the cosine to every row.",
        "Set the word's own cosine to minus infinity before you sort, and it comes last.",
    ),
)


# ---------------------------------------------------------------- 5 the same rows in each run


def _word_ids(words: list[str], min_count: int) -> dict[str, int]:
    """Rows for words: the most frequent first, equal counts in the order of the alphabet."""
    counts = Counter(words)
    kept = [word for word in counts if counts[word] >= min_count]
    kept.sort(key=lambda word: (-counts[word], word))
    return {word: row for row, word in enumerate(kept)}


WORDS = [
    "apple",
    "bridge",
    "candle",
    "dragon",
    "engine",
    "forest",
    "garden",
    "harbour",
    "island",
    "jacket",
    "kitchen",
    "lantern",
    "mirror",
    "needle",
    "orange",
    "pencil",
    "river",
    "saddle",
    "timber",
    "valley",
    "window",
    "anchor",
    "basket",
    "copper",
]


def _word_cases(rng: np.random.Generator) -> list[tuple]:
    cases = []
    for n, length, min_count in ((12, 60, 1), (16, 60, 2), (20, 120, 3), (24, 100, 4)):
        chosen = [str(word) for word in rng.permutation(WORDS)[:n]]
        cases.append(([chosen[i] for i in rng.integers(0, n, size=length)], min_count))
    return cases


def _ids_by(order: Callable[[Counter], list[str]], *, more_than: int = 0, start: int = 0) -> Callable:
    def mutant(words, min_count):
        counts = Counter(words)
        kept = [word for word in order(counts) if counts[word] >= min_count + more_than]
        return {word: row for row, word in enumerate(kept, start=start)}

    return mutant


def _in_order(counts: Counter) -> list[str]:
    return sorted(counts, key=lambda word: (-counts[word], word))


def _set_order(words, min_count):
    counts = Counter(words)
    return {word: row for row, word in enumerate({word for word in counts if counts[word] >= min_count})}


def _set_then_stable_sort(words, min_count):
    counts = Counter(words)
    kept = sorted({word for word in words if counts[word] >= min_count}, key=lambda word: -counts[word])
    return {word: row for row, word in enumerate(kept)}


def _order_of_the_text(function: Callable, rng: np.random.Generator) -> str | None:
    words, min_count = _word_cases(rng)[1]
    other = [words[i] for i in rng.permutation(len(words))]
    same = function(words, min_count) == function(other, min_count)
    return None if same else "the same words in another order in the text got other rows"


word_ids = Exercise(
    name="counts.word_ids",
    title="The same rows in each run",
    difficulty=1,
    minutes=8,
    statement="""
        A seed is of no use if the words change their rows. Write `word_ids(words, min_count)`: from the list of all words of a text to a
        dictionary word -> row (0, 1, ...), for words that occur `min_count` times or more. The most frequent word gets row 0;
        words with equal counts stand in the order of the alphabet, so that the result depends on nothing but the counts.
        """,
    reference=_word_ids,
    signature="word_ids(words, min_count)",
    cases=_word_cases,
    properties=(Property("the order of the text does not matter", _order_of_the_text),),
    mutants=(
        Mutant(
            "the order of a set",
            _set_order,
            "The rows follow the order of a set, and Python hashes strings with a new random number in each process: tomorrow the same text "
            "has other rows, and the same seed gives other vectors. Sort by count and word.",
        ),
        Mutant(
            "a set, sorted by count",
            _set_then_stable_sort,
            "Sorted by count, but words with equal counts keep the order they had in a set, which changes from process to process. Most "
            "words of a text are rare and share their counts, so many rows move. Sort by `(-count, word)`.",
        ),
        Mutant(
            "order of first appearance",
            _ids_by(list),
            "The rows follow the order in which words first appear. It is the same in each run, but it changes when a sentence moves, "
            "and the rows say nothing about frequency. Sort by `(-count, word)`.",
        ),
        Mutant(
            "most_common",
            _ids_by(lambda counts: [word for word, _ in counts.most_common()]),
            "`most_common` (or a sort by count alone) leaves equal counts in the order of first appearance, so the rows depend on the order of "
            "the text. gensim does this too. Add the word to the sort: `(-count, word)`.",
        ),
        Mutant(
            "alphabetical",
            _ids_by(sorted),
            "The rows follow the alphabet. That is the same in each run; the exercise asks for the most frequent word in row 0, as the "
            "tables of the field do, so that the first rows are the common words. Sort by `(-count, word)`.",
        ),
        Mutant(
            "rarest first",
            _ids_by(lambda counts: sorted(counts, key=lambda word: (counts[word], word))),
            "The rarest word comes first. Row 0 belongs to the most frequent: a minus in the key, `(-count, word)`, turns the counts "
            "round and leaves the alphabet as it is.",
        ),
        Mutant(
            "the alphabet turned round",
            _ids_by(lambda counts: sorted(counts, key=lambda word: (counts[word], word), reverse=True)),
            "The counts are right, but `reverse=True` turns the alphabet round as well: words with equal counts come from z to a. Use the "
            "key `(-count, word)` and no reverse.",
        ),
        Mutant(
            "more than min_count",
            _ids_by(_in_order, more_than=1),
            "Words that occur exactly `min_count` times are missing. The minimum belongs to those that stay: `count >= min_count`.",
        ),
        Mutant(
            "rows from 1",
            _ids_by(_in_order, start=1),
            "The order is right; the rows begin with 1. An array has a row 0: with rows from 1 the last word points behind the end of the matrix.",
        ),
    ),
    hints=(
        "`collections.Counter` counts. Which key makes `sorted` put large counts first and, among equals, a before b?",
        "`sorted(kept, key=lambda word: (-counts[word], word))`, then `enumerate`.",
    ),
)

# ---------------------------------------------------------------- quiz

quiz = Quiz(
    "counts",
    (
        Question(
            "In a table of raw counts, why do words have so many neighbours that have nothing to do with them?",
            (
                Option(
                    "The corpus is too small",
                    feedback="More text makes all counts larger in about the same proportions, and the frequent words stay in front.",
                ),
                Option(
                    "A few very frequent contexts make up most of every row",
                    correct=True,
                    feedback='Yes. Beside "the" and "of" stands nearly every word, so all rows point the same way. PPMI asks how far a count exceeds what these frequencies let expect.',
                ),
                Option(
                    "The window is too narrow",
                    feedback="A wider window counts even more frequent words. In the lesson raw counts stay far behind at every width.",
                ),
            ),
        ),
        Question(
            "Two words have met less often than by chance. What is their PPMI?",
            (
                Option(
                    "0",
                    correct=True,
                    feedback="Yes. PMI is below 0 there, and PPMI cuts at 0: evidence of rarity needs far more text than a corpus has.",
                ),
                Option(
                    "Minus infinity",
                    feedback="That is the logarithm of 0: the PMI of two words that have never met. PPMI makes this 0 as well.",
                ),
                Option(
                    "A negative number",
                    feedback="That would be PMI. The P in front says that only positive values are kept.",
                ),
            ),
        ),
        Question(
            "You compare windows of 2 and of 10 words. Which neighbours do you expect of the wider one?",
            (
                Option(
                    "Words that can stand in the same place of a sentence",
                    feedback="That is what a narrow window finds, since it sees little more than the grammar around a word.",
                ),
                Option(
                    "More words of the same topic",
                    correct=True,
                    feedback="Yes. Ten words to either side say what the text is about. Which of the two you want depends on the task.",
                ),
                Option(
                    "The same ones, with higher cosines",
                    feedback="The lists differ: look at the words of the lesson under both windows.",
                ),
            ),
        ),
        Question(
            "Table A agrees with people at 60 (Spearman, times 100) on 30 of the 353 pairs of WordSim; table B at 55 on 340 of them. Which is better?",
            (
                Option(
                    "A, since its score is higher",
                    feedback="A's score is about 30 pairs that B's score shares with 310 others, and its interval is wide.",
                ),
                Option(
                    "B, since it covers more",
                    feedback="Coverage is a fact of its own. On the pairs that both cover, either may be ahead.",
                ),
                Option(
                    "Compare both on the pairs that both cover, with an interval, and report the coverage",
                    correct=True,
                    feedback="Yes. Two scores on different pairs cannot be compared, in either direction.",
                ),
            ),
        ),
        Question(
            "A table from technical documentation agrees little with people on WordSim. What have you shown?",
            (
                Option(
                    "Counting is worse than a neural network",
                    feedback="Two things differ at once here, the method and the text. A comparison of methods needs the same text; lesson 02 does that.",
                ),
                Option(
                    "Something about the few pairs that this text covers, in the sense that this text uses them",
                    correct=True,
                    feedback='Yes. "Tree" is a data structure there. The same vectors find good neighbours inside their own domain.',
                ),
                Option(
                    "The vectors are of no use",
                    feedback="Their neighbours inside their own domain make sense. What a table is good for has to be measured on that.",
                ),
            ),
        ),
        Question(
            "What does a truncated SVD do to a PPMI matrix?",
            (
                Option(
                    "It picks the most informative contexts",
                    feedback="It picks no columns. Each new column is a weighted mixture of all contexts.",
                ),
                Option(
                    "It replaces each long row by a short one that keeps as much of the matrix as that many numbers can",
                    correct=True,
                    feedback="Yes, as much in the sense of squared differences (Eckart and Young 1936). Whether that is as much of the meaning has to be measured.",
                ),
                Option(
                    "It makes the vectors more accurate",
                    feedback="Not by itself. In the lesson the full PPMI rows find at least as many plurals; the short rows are easier to work with.",
                ),
            ),
        ),
    ),
)
