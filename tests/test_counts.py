"""Words, windows, PPMI, short vectors and their judgement: against slow loops, SciPy, scikit-learn and gensim."""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse
from scipy.stats import spearmanr
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.utils.extmath import randomized_svd

import lessons_lib as ll
from lessons_lib import counts

ROOT = Path(counts.__file__).resolve().parents[1]
WORDS = st.sampled_from(["a", "b", "c", "d", "e"])
CORPORA = st.lists(st.lists(WORDS, max_size=9), min_size=1, max_size=6).filter(lambda corpus: any(corpus))
TABLES = st.lists(
    st.lists(st.integers(0, 20), min_size=4, max_size=4), min_size=2, max_size=6
).map(lambda rows: np.array(rows, dtype=float)).filter(lambda table: table.sum() > 0)  # fmt: skip


# ---------------------------------------------------------------- words


def test_words_are_runs_of_letters_in_lower_case():
    assert counts.tokenize("Don't use x_train[0]; l'été costs 3.5 EUR.") == [
        "don't", "use", "x", "train", "l'été", "costs", "eur",
    ]  # fmt: skip


def test_a_sentence_ends_with_a_line_or_a_mark_before_a_space():
    texts = ["See np.mean here. It averages: all axes\nor one", "Yes"]
    assert counts.sentences(texts) == [
        ["see", "np", "mean", "here"], ["it", "averages"], ["all", "axes"], ["or", "one"],
    ]  # fmt: skip


@given(CORPORA)
def test_the_vocabulary_is_in_the_order_of_counts_and_then_of_the_alphabet(corpus):
    vocabulary = counts.vocabulary(corpus, min_count=1)
    counted = Counter(word for words in corpus for word in words)
    assert vocabulary.words == sorted(counted, key=lambda word: (-counted[word], word))
    assert vocabulary.counts.tolist() == [counted[word] for word in vocabulary.words]
    assert [vocabulary.ids[word] for word in vocabulary.words] == list(range(len(vocabulary)))


def test_rare_words_are_left_out():
    vocabulary = counts.vocabulary([["a", "b", "a"], ["b", "c"]], min_count=2)
    assert vocabulary.words == ["a", "b"]
    assert "c" not in vocabulary


def test_a_word_outside_the_vocabulary_is_dropped_and_the_rest_moves_together():
    vocabulary = counts.Vocabulary(["a", "b"], np.array([1, 1]))
    met = counts.cooccurrence([["a", "rare", "b"]], vocabulary, window=1)
    assert met.toarray().tolist() == [[0, 1], [1, 0]]


# ---------------------------------------------------------------- co-occurrence


def count_slowly(corpus, words, window, weighting):
    table = np.zeros((len(words), len(words)))
    for sentence in corpus:
        for i, a in enumerate(sentence):
            for j, b in enumerate(sentence):
                if i != j and abs(i - j) <= window:
                    table[words.index(a), words.index(b)] += 1 if weighting is None else 1 / abs(i - j)
    return table


@given(CORPORA, st.integers(1, 12), st.sampled_from([None, "distance"]))
def test_cooccurrence_agrees_with_three_loops(corpus, window, weighting):
    vocabulary = counts.vocabulary(corpus, min_count=1)
    got = counts.cooccurrence(corpus, vocabulary, window, weighting)
    np.testing.assert_allclose(got.toarray(), count_slowly(corpus, vocabulary.words, window, weighting), atol=1e-12)


@given(CORPORA, st.integers(1, 5), st.sampled_from([None, "distance"]))
def test_cooccurrence_is_symmetric_to_the_last_bit(corpus, window, weighting):
    table = counts.cooccurrence(corpus, counts.vocabulary(corpus, 1), window, weighting).toarray()
    assert np.array_equal(table, table.T)


def test_a_window_as_wide_as_the_sentence_is_scikit_learn_s_product_of_term_counts():
    texts = ["the mean of the values", "the sum of values", "a mean"]
    corpus = [text.split() for text in texts]
    vocabulary = counts.vocabulary(corpus, min_count=1)
    terms = CountVectorizer(vocabulary=vocabulary.words, token_pattern=r"\S+").fit_transform(texts)
    product = (terms.T @ terms).toarray() - np.diag(np.asarray(terms.sum(axis=0)).ravel())
    assert np.array_equal(counts.cooccurrence(corpus, vocabulary, window=10).toarray(), product)


def test_no_window_reaches_into_the_next_sentence():
    vocabulary = counts.vocabulary([["a", "b"], ["c", "d"]], min_count=1)
    table = counts.cooccurrence([["a", "b"], ["c", "d"]], vocabulary, window=5)
    assert table[vocabulary.ids["b"], vocabulary.ids["c"]] == 0
    assert table.sum() == 4


def test_the_order_of_sentences_does_not_matter():
    rng = np.random.default_rng(0)
    corpus = [rng.choice(list("abcdef"), size=size).tolist() for size in (3, 7, 5, 9)]
    vocabulary = counts.vocabulary(corpus, 1)
    first = counts.cooccurrence(corpus, vocabulary, 3).toarray()
    assert np.array_equal(first, counts.cooccurrence(corpus[::-1], vocabulary, 3).toarray())


# ---------------------------------------------------------------- PPMI


def ppmi_slowly(table, shift, smoothing):
    total = table.sum()
    contexts = table.sum(axis=0) ** smoothing
    result = np.zeros_like(table)
    for w, row in enumerate(table):
        for c, count in enumerate(row):
            if count > 0:
                ratio = (count / total) / (row.sum() / total * contexts[c] / contexts.sum())
                result[w, c] = max(0.0, np.log(ratio) - np.log(shift))
    return result


@given(TABLES, st.sampled_from([1, 2.5, 5]), st.sampled_from([1.0, 0.75]))
def test_ppmi_agrees_with_its_definition(table, shift, smoothing):
    expected = ppmi_slowly(table, shift, smoothing)
    for given_as in (table, sparse.csr_array(table), sparse.coo_matrix(table)):
        got = counts.ppmi(given_as, shift=shift, smoothing=smoothing)
        np.testing.assert_allclose(got.toarray(), expected, atol=1e-12)
        assert (got.data > 0).all()


def test_the_expectation_of_pmi_is_scikit_learn_s_mutual_information():
    from sklearn.metrics import mutual_info_score

    table = np.array([[30, 2], [0, 25]])
    cut_off = 2 / 57 * np.log(2 / 57 / (32 / 57 * 27 / 57))  # the one pair that met less often than by chance
    expected = mutual_info_score(None, None, contingency=table)
    assert (table / 57 * counts.ppmi(table).toarray()).sum() + cut_off == pytest.approx(expected)


def test_independent_counts_have_no_information():
    table = np.outer([1.0, 2, 3], [4.0, 5, 6])
    np.testing.assert_allclose(counts.ppmi(table).toarray(), 0, atol=1e-12)


@given(TABLES, st.integers(2, 9))
def test_a_longer_corpus_of_the_same_proportions_has_the_same_ppmi(table, times):
    np.testing.assert_allclose(counts.ppmi(table * times).toarray(), counts.ppmi(table).toarray(), atol=1e-9)


def test_ppmi_does_not_change_its_input():
    table = sparse.csr_array(np.array([[1.0, 0], [2, 5]]))
    before = table.toarray()
    counts.ppmi(table, smoothing=0.75)
    assert np.array_equal(table.toarray(), before)


# ---------------------------------------------------------------- SVD


@pytest.fixture(scope="module")
def matrix():
    rng = np.random.default_rng(3)
    return sparse.csr_array(np.maximum(rng.normal(size=(40, 60)) - 0.5, 0))


@pytest.mark.parametrize("power", [0, 0.5, 1])
def test_svd_vectors_agree_with_the_full_decomposition(matrix, power):
    u, singular, _ = np.linalg.svd(matrix.toarray(), full_matrices=False)
    expected = u[:, :7] * singular[:7] ** power
    got = counts.svd_vectors(matrix, 7, power=power)
    np.testing.assert_allclose(got @ got.T, expected @ expected.T, atol=1e-8)  # signs cancel in the products


def test_svd_vectors_agree_with_scikit_learn(matrix):
    u, singular, _ = randomized_svd(matrix, 5, n_iter=30, random_state=0)
    np.testing.assert_allclose(np.abs(counts.svd_vectors(matrix, 5, power=1)), np.abs(u * singular), atol=1e-6)


def test_the_largest_entry_of_each_column_is_positive_and_seeds_agree(matrix):
    first, second = (counts.svd_vectors(matrix, 6, seed=seed) for seed in (0, 1))
    assert (first[np.abs(first).argmax(axis=0), range(6)] > 0).all()
    np.testing.assert_allclose(first, second, atol=1e-8)
    np.testing.assert_allclose(counts.svd_vectors(matrix, 3), first[:, :3], atol=1e-8)


VECTORS = """
import hashlib
import numpy as np
from lessons_lib import counts
rng = np.random.default_rng(0)
words = ["w%03d" % number for number in range(600)]
frequency = 1 / np.arange(1, 601)
corpus = [rng.choice(words, size=12, p=frequency / frequency.sum()).tolist() for _ in range(3000)]
vocabulary = counts.vocabulary(corpus, 3)
table = counts.cooccurrence(corpus, vocabulary, 4, "distance")
vectors = counts.svd_vectors(counts.ppmi(table, smoothing=0.75), 60)
print(hashlib.sha256(table.data.tobytes() + vectors.tobytes()).hexdigest())
"""


def test_vectors_are_the_same_bit_for_bit_on_one_and_on_two_threads_and_with_other_hashes():
    digests = set()
    for threads, hashes in (("1", "1"), ("2", "2"), ("2", "3")):
        setting = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), threads)
        run = subprocess.run(
            [sys.executable, "-c", VECTORS],
            capture_output=True, text=True, cwd=ROOT, timeout=120,
            env={**os.environ, **setting, "PYTHONHASHSEED": hashes},
        )  # fmt: skip
        assert run.returncode == 0, run.stderr
        digests.add(run.stdout)
    assert len(digests) == 1


# ---------------------------------------------------------------- neighbours and rated pairs


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(1)
    words = sorted({word.lower() for pair in ll.load_dataset("wordsim353")[:150] for word in pair[:2]})
    return words, rng.normal(size=(len(words), 8)) * rng.uniform(0.2, 4, size=(len(words), 1))


def keyed(words, vectors):
    from gensim.models import KeyedVectors

    keyed = KeyedVectors(vectors.shape[1])
    keyed.add_vectors(words, vectors.astype(np.float32))
    return keyed


@pytest.mark.parametrize("as_given", [np.asarray, sparse.csr_array], ids=["array", "sparse"])
def test_neighbours_agree_with_gensim(table, as_given):
    words, vectors = table
    expected = keyed(*table).most_similar("tiger", topn=6)
    got = counts.nearest_words("tiger", words, as_given(vectors), k=6)
    assert [near.word for near in got] == [word for word, _ in expected]
    np.testing.assert_allclose([near.cosine for near in got], [cosine for _, cosine in expected], atol=6e-4)


def test_a_word_is_not_its_own_neighbour_even_among_copies():
    words, vectors = ["a", "b", "c"], np.array([[1.0, 0], [2, 0], [0, 1]])
    assert [near.word for near in counts.nearest_words("b", words, vectors)] == ["a", "c"]


@pytest.mark.parametrize("as_given", [np.asarray, sparse.csr_array], ids=["array", "sparse"])
@pytest.mark.parametrize("name", ["wordsim353", "simlex999"])
def test_the_score_of_pairs_agrees_with_gensim_and_scipy(table, name, as_given):
    words, vectors = table
    pairs = ll.load_dataset(name)
    path = ll.resources._DATASETS[name].path()
    _, (expected, _), unknown = keyed(*table).evaluate_word_pairs(str(path), case_insensitive=True)
    score = counts.word_pair_score(pairs, words, as_given(vectors), resamples=50)
    assert score.spearman == pytest.approx(expected, abs=1e-6)
    assert 100 * (1 - score.coverage) == pytest.approx(unknown)
    cosines, covered = counts.pair_cosines(pairs, words, vectors)
    assert covered.sum() == score.covered
    assert np.isnan(cosines[~covered]).all()
    ratings = np.array([pair.score for pair in pairs])
    assert score.spearman == pytest.approx(spearmanr(cosines[covered], ratings[covered]).statistic)
    assert score.low < score.spearman < score.high


def test_dropped_pairs_change_the_coverage_and_not_the_score(table):
    pairs = ll.load_dataset("wordsim353")[:100]
    known = counts.word_pair_score(pairs, *table, resamples=20)
    more = counts.word_pair_score([*pairs, ("qwx", "tiger", 5.0)], *table, resamples=20)
    assert more.spearman == known.spearman
    assert (known.covered, known.total) == (100, 100)
    assert (more.covered, more.total) == (100, 101)


def test_a_word_without_counts_has_cosine_zero():
    cosines, covered = counts.pair_cosines([("a", "b", 1.0)], ["a", "b"], np.array([[0.0, 0], [1, 2]]))
    assert cosines[0] == 0
    assert covered[0]


# ---------------------------------------------------------------- on the real corpus


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").is_file(), reason="peak memory is read where Linux keeps it")
def test_two_million_words_are_counted_in_time_and_memory():
    code = """
import re, time
from pathlib import Path
import lessons_lib as ll
from lessons_lib import counts
corpus = counts.sentences(row.text for row in ll.load_dataset("python_docs"))
started = time.process_time()
vocabulary = counts.vocabulary(corpus, 5)
counts.cooccurrence(corpus, vocabulary, window=10)
counts.cooccurrence(corpus, vocabulary, window=10, weighting="distance")
peak = re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]
print(sum(map(len, corpus)), time.process_time() - started, int(peak) / 1024)
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, timeout=300)
    assert run.returncode == 0, run.stderr
    words, seconds, peak_mib = map(float, run.stdout.split())
    assert words > 2_000_000
    assert seconds / 2 < 20
    assert peak_mib < 1024


@pytest.mark.slow
def test_the_domain_is_in_the_vectors():
    corpus = counts.sentences(row.text for row in ll.load_dataset("python_docs"))
    vocabulary = counts.vocabulary(corpus, 20)
    weighted = counts.ppmi(counts.cooccurrence(corpus, vocabulary, 5), smoothing=0.75)
    vectors = counts.svd_vectors(weighted, 100)
    for word, expected in (("mean", {"variance", "deviation", "median"}), ("gradient", {"gradients", "stochastic"})):
        near = {neighbour.word for neighbour in counts.nearest_words(word, vocabulary.words, vectors, 10)}
        assert expected & near, near


# ---------------------------------------------------------------- bad input

VOCABULARY = counts.Vocabulary(["a", "b"], np.array([2, 1]))
GOOD = [["a", "b"]]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: counts.sentences("one text"), TypeError, r"not a single string; write \[text\]"),
        (lambda: counts.vocabulary([]), ValueError, "no word at all"),
        (lambda: counts.vocabulary([[], []]), ValueError, "no word at all"),
        (lambda: counts.vocabulary(["a text"]), TypeError, "number 0 is a string, and its letters"),
        (lambda: counts.vocabulary("a text"), TypeError, "must be a list of lists of words, not a string"),
        (lambda: counts.vocabulary(GOOD, 3), ValueError, "no word occurs 3 times; the most frequent one, 'a'"),
        (lambda: counts.vocabulary(GOOD, 0), ValueError, "min_count must be a whole number of at least 1"),
        (lambda: counts.vocabulary(GOOD, True), ValueError, "min_count must be a whole number"),
        (lambda: counts.cooccurrence(GOOD, VOCABULARY, 0), ValueError, "window must be a whole number"),
        (lambda: counts.cooccurrence(GOOD, VOCABULARY, 1.5), ValueError, "window must be a whole number"),
        (lambda: counts.cooccurrence(GOOD, VOCABULARY, 2, "linear"), ValueError, 'must be None or "distance"'),
        (lambda: counts.cooccurrence([["x"]], VOCABULARY), ValueError, "holds no word of the vocabulary"),
        (lambda: counts.ppmi(np.zeros((2, 2))), ValueError, "0 everywhere: no two words meet"),
        (lambda: counts.ppmi(np.array([[1.0, -2]])), ValueError, "must not be negative; the smallest is -2"),
        (lambda: counts.ppmi(np.array([[1.0, np.nan]])), ValueError, "counts must be finite"),
        (lambda: counts.ppmi(np.array(["a"])), TypeError, "counts must hold numbers"),
        (lambda: counts.ppmi(np.ones(3)), ValueError, "two axes"),
        (lambda: counts.ppmi(np.eye(2), shift=0), ValueError, "shift must be a number above 0"),
        (lambda: counts.ppmi(np.eye(2), smoothing=-1), ValueError, "smoothing must be a number above 0"),
        (lambda: counts.svd_vectors(np.eye(3), 3), ValueError, r"number of rows and of columns, \(3, 3\)"),
        (lambda: counts.svd_vectors(np.eye(3), 0), ValueError, "dimension must be a whole number of at least 1"),
        (lambda: counts.svd_vectors(np.eye(3), 2, power=-1), ValueError, "power must be a number of at least 0"),
        (lambda: counts.svd_vectors(np.zeros((3, 3)), 2), ValueError, "0 everywhere"),
        (lambda: counts.svd_vectors(np.full((3, 3), np.inf), 2), ValueError, "matrix must be finite"),
        (lambda: counts.nearest_words("x", ["a"], np.ones((1, 2))), KeyError, "'x' has no vector in this table of 1"),
        (lambda: counts.nearest_words("a", ["a"], np.ones((2, 2))), ValueError, "one row for each of the 1 words"),
        (lambda: counts.nearest_words("a", ["a"], np.ones((1, 2)), 0), ValueError, "k must be a whole number"),
        (
            lambda: counts.nearest_words("a", ["a", "b"], np.array([[1.0, 2], [np.nan, 1]])),
            ValueError,
            "that of 'b' holds NaN",
        ),
        (lambda: counts.word_pair_score([("a", "b", 1.0)], ["a"], np.ones((1, 2))), ValueError, "only 0 of 1 have a"),
        (lambda: counts.word_pair_score([], ["a"], np.ones((1, 2))), ValueError, "only 0 of 0 have a"),
    ],
)
def test_bad_input_gets_a_sentence(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_a_vocabulary_of_one_word_can_be_counted():
    vocabulary = counts.vocabulary([["a", "a", "a"]], 1)
    table = counts.cooccurrence([["a", "a", "a"]], vocabulary, window=1)
    assert table.toarray().tolist() == [[4]]
    np.testing.assert_allclose(counts.ppmi(table).toarray(), 0, atol=1e-12)
    with pytest.raises(ValueError, match="dimension must be less than"):
        counts.svd_vectors(table, 1)
