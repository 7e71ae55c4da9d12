"""Word vectors: gradients, training that repeats itself, GloVe's loss, analogies and files, against gensim."""

import gzip
import hashlib
import json
import logging
import os
import pickle
import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest
from browser import open_browser, why_no_browser
from gensim.models import KeyedVectors, Word2Vec
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

import lessons_lib as ll
from lessons_lib import counts, resources, vector_files, word_map, word_relations
from lessons_lib import word_vectors as wv
from lessons_lib.vector_files import load_vectors, principal_components, read_vectors

# --- one step of skip-gram ----------------------------------------------------------------------------------


def by_differences(function, x, step=1e-6):
    """Gradient of a function of one array, number by number."""
    gradient = np.empty_like(x)
    for place in np.ndindex(x.shape):
        moved = [x.copy(), x.copy()]
        moved[0][place] += step
        moved[1][place] -= step
        gradient[place] = (function(moved[0]) - function(moved[1])) / (2 * step)
    return gradient


@given(seed=st.integers(0, 10_000), k=st.integers(1, 6), d=st.integers(1, 8))
def test_the_gradients_are_those_of_finite_differences(seed, k, d):
    rng = np.random.default_rng(seed)
    center, context, negatives = rng.normal(size=d), rng.normal(size=d), rng.normal(size=(k, d))
    found = wv.sgns_gradients(center, context, negatives)
    expected = (
        by_differences(lambda x: wv.sgns_loss(x, context, negatives), center),
        by_differences(lambda x: wv.sgns_loss(center, x, negatives), context),
        by_differences(lambda x: wv.sgns_loss(center, context, x), negatives),
    )
    for ours, theirs in zip(found, expected, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-7)


def test_the_loss_and_the_gradients_are_those_of_torch():
    import torch

    rng = np.random.default_rng(0)
    arrays = rng.normal(size=5), rng.normal(size=5), rng.normal(size=(4, 5))
    center, context, negatives = (torch.tensor(array, requires_grad=True) for array in arrays)
    loss = -torch.nn.functional.logsigmoid(context @ center)
    loss = loss - torch.nn.functional.logsigmoid(-(negatives @ center)).sum()
    loss.backward()
    assert wv.sgns_loss(*arrays) == pytest.approx(loss.item(), abs=1e-12)
    for ours, tensor in zip(wv.sgns_gradients(*arrays), (center, context, negatives), strict=True):
        np.testing.assert_allclose(ours, tensor.grad.numpy(), atol=1e-12)


def test_a_step_goes_against_the_gradient_and_changes_no_argument():
    rng = np.random.default_rng(1)
    arrays = rng.normal(size=3), rng.normal(size=3), rng.normal(size=(2, 3))
    before = [array.copy() for array in arrays]
    stepped = wv.sgns_step(*arrays, 0.1)
    for old, array, new, gradient in zip(before, arrays, stepped, wv.sgns_gradients(*before), strict=True):
        np.testing.assert_array_equal(array, old)
        np.testing.assert_allclose(new, old - 0.1 * gradient)
    assert wv.sgns_loss(*stepped) < wv.sgns_loss(*before)


def test_large_scores_do_not_overflow():
    center = np.array([1000.0])
    assert wv.sgns_loss(center, -center, center[None]) == pytest.approx(2e6)
    assert wv.sgns_loss(center, center, -center[None]) == 0.0
    assert wv.sigmoid([-1e4, 1e4]).tolist() == [0.0, 1.0]


# --- pairs, negatives, subsampling --------------------------------------------------------------------------


@given(counts=st.lists(st.integers(1, 10_000), min_size=1, max_size=30))
def test_negatives_are_drawn_by_counts_to_the_power_of_three_quarters(counts):
    found = wv.negative_probabilities(counts)
    assert found.sum() == pytest.approx(1)
    np.testing.assert_allclose(found / found[0], (np.array(counts) / counts[0]) ** 0.75)


def test_negatives_and_subsampling_are_those_of_gensim():
    rng = np.random.default_rng(0)
    words = [f"w{i}" for i in range(30)]
    text = [[words[i] for i in np.minimum(rng.geometric(0.15, 20) - 1, 29)] for _ in range(300)]
    model = Word2Vec(min_count=1, sample=1e-2, sg=1, workers=1)
    model.build_vocab(text)
    occurs = np.array([model.wv.get_vecattr(word, "count") for word in model.wv.index_to_key])
    keep = np.array([model.wv.get_vecattr(word, "sample_int") for word in model.wv.index_to_key]) / (2**32 - 1)
    np.testing.assert_allclose(wv.keep_probabilities(occurs, 1e-2), keep, atol=1e-6)
    drawn = np.diff(model.cum_table.astype(float), prepend=0) / model.cum_table[-1]
    np.testing.assert_allclose(wv.negative_probabilities(occurs), drawn, atol=1e-6)


@given(lengths=st.lists(st.integers(1, 7), min_size=1, max_size=5), window=st.integers(1, 6), seed=st.integers(0, 999))
def test_pairs_are_those_of_two_loops(lengths, window, seed):
    ids = np.random.default_rng(seed).integers(0, 9, sum(lengths))
    sentence = np.repeat(np.arange(len(lengths)), lengths)
    looped = [
        (ids[i], ids[j])
        for i in range(len(ids))
        for j in range(len(ids))
        if i != j and abs(i - j) <= window and sentence[i] == sentence[j]
    ]
    assert sorted(map(tuple, wv.training_pairs(ids, sentence, window).tolist())) == sorted(looped)


def test_drawn_windows_give_each_distance_its_share():
    ids = np.arange(20_000)
    pairs = wv.training_pairs(ids, np.zeros(len(ids)), 4, rng=np.random.default_rng(0))
    distance, number = np.unique(np.abs(pairs[:, 0] - pairs[:, 1]), return_counts=True)
    assert distance.tolist() == [1, 2, 3, 4]
    np.testing.assert_allclose(number / number[0], [1, 0.75, 0.5, 0.25], atol=0.02)


def test_dropped_words_leave_no_hole():
    ids, sentence = np.array([0, 1, 2]), np.zeros(3)
    keep = np.array([1.0, 0.0, 1.0])
    pairs = wv.training_pairs(ids, sentence, 1, keep, np.random.default_rng(0))
    assert sorted(map(tuple, pairs.tolist())) == [(0, 2), (2, 0)]


@pytest.mark.parametrize("bad", [[], [[1, 2]], [-1, 2], [0, 0], [np.nan, 1]])
def test_counts_that_are_none_are_named(bad):
    with pytest.raises(ValueError, match="counts must be"):
        wv.negative_probabilities(bad)


# --- training -----------------------------------------------------------------------------------------------


def themes(n=400, seed=0):
    """Sentences from two themes that share no word but one."""
    rng = np.random.default_rng(seed)
    sides = [["sun", "moon", "star", "sky", "cloud"], ["bread", "butter", "cheese", "milk", "salt"]]
    return [[*(str(w) for w in rng.choice(sides[i % 2], 5)), "the"] for i in range(n)]


@pytest.fixture(scope="module")
def trained():
    text = themes()
    vocabulary = counts.vocabulary(text)
    return vocabulary, wv.train_sgns(text, vocabulary, dimension=8, epochs=5, threshold=1.0, batch=64)


def test_a_batch_of_one_pair_is_one_step():
    rng = np.random.default_rng(0)
    vectors, outputs = rng.normal(size=(5, 3)).astype(np.float32), rng.normal(size=(5, 3)).astype(np.float32)
    center, context, negatives = wv.sgns_step(vectors[1], outputs[2], outputs[[3, 4]], 0.1)
    loss = wv.sgns_loss(vectors[1], outputs[2], outputs[[3, 4]])
    found = wv._sgns_batch(vectors, outputs, np.array([[1, 2]]), np.array([[3, 4]]), np.float32(0.1))
    assert found == pytest.approx(loss, rel=1e-6)
    np.testing.assert_allclose(vectors[1], center, rtol=1e-5)
    np.testing.assert_allclose(outputs[[2, 3, 4]], [context, *negatives], rtol=1e-5)


def test_a_batch_adds_up_the_gradients_of_its_pairs():
    rng = np.random.default_rng(1)
    vectors, outputs = rng.normal(size=(4, 3)).astype(np.float32), rng.normal(size=(4, 3)).astype(np.float32)
    pairs, drawn = np.array([[0, 1], [0, 2], [1, 0]]), np.array([[2, 2], [3, 1], [3, 3]])
    expected = vectors.astype(float), outputs.astype(float)
    for (center, context), others in zip(pairs, drawn, strict=True):
        gradients = wv.sgns_gradients(vectors[center], outputs[context], outputs[others])
        expected[0][center] -= 0.1 * gradients[0]
        expected[1][context] -= 0.1 * gradients[1]
        for other, gradient in zip(others, gradients[2], strict=True):
            expected[1][other] -= 0.1 * gradient
    wv._sgns_batch(vectors, outputs, pairs, drawn, np.float32(0.1))
    np.testing.assert_allclose(vectors, expected[0], atol=1e-6)
    np.testing.assert_allclose(outputs, expected[1], atol=1e-6)


def test_the_loss_falls_and_words_of_one_theme_come_together(trained):
    vocabulary, model = trained
    assert model.losses[-1] < model.losses[0]
    unit = ll.normalize(model.input)
    cosine = {word: float(unit[vocabulary.ids["sun"]] @ unit[row]) for word, row in vocabulary.ids.items()}
    assert min(cosine[word] for word in ("moon", "star", "sky")) > max(cosine[w] for w in ("bread", "milk", "salt"))


def test_the_history_goes_from_the_start_to_the_result(trained):
    _, model = trained
    assert len(model.history) - 1 == len(model.losses) == 5
    np.testing.assert_array_equal(model.history[-1], model.input)
    assert np.abs(model.history[0] - model.input).max() > 0.01


DIGESTS = """
import hashlib, sys
sys.path.insert(0, {root!r})
import numpy as np
from lessons_lib import counts, word_vectors as wv
rng = np.random.default_rng(0)
words = sorted({{"alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta"}})
text = [[words[i] for i in rng.integers(0, 8, 8)] for _ in range(300)]
vocabulary = counts.vocabulary(text)
table = counts.cooccurrence(text, vocabulary, window=3)
arrays = [
    wv.train_sgns(text, vocabulary, dimension=32, epochs=2).input,
    wv.train_glove(table, dimension=32, epochs=3).vectors,
    wv.train_with_gensim(text, dimension=32, epochs=2).wv.vectors,
]
print(*(hashlib.sha256(array.tobytes()).hexdigest()[:16] for array in arrays))
"""


def digests(threads: str, hash_seed: str) -> str:
    variables = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    environment = os.environ | dict.fromkeys(variables, threads) | {"PYTHONHASHSEED": hash_seed}
    code = DIGESTS.format(root=str(resources._COURSE_DATA.parent))
    return subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    ).stdout


@pytest.mark.slow
def test_the_same_seed_gives_the_same_bits_on_one_and_two_threads_and_with_any_hash_seed():
    expected = digests("1", "0")
    assert len(set(expected.split())) == 3
    assert {digests("2", "1"), digests("1", "random"), digests("2", "random")} == {expected}


def test_another_seed_gives_other_vectors():
    text = themes(40)
    vocabulary = counts.vocabulary(text)
    first, other = (wv.train_sgns(text, vocabulary, dimension=4, epochs=1, seed=seed) for seed in (0, 1))
    assert np.abs(first.input - other.input).max() > 0.01


@pytest.mark.parametrize(
    ("text", "message"),
    [([], "no word at all"), ([["one"] * 9], "2 words or more"), ([["a"], ["b"]] * 9, "no two neighbouring words")],
)
def test_a_text_with_nothing_to_learn_from_is_named(text, message):
    with pytest.raises(ValueError, match=message):
        wv.train_sgns(text, counts.vocabulary(text), threshold=1.0)


@pytest.mark.parametrize("text", [[], [["one"] * 9], [["a", "b"]]])
def test_gensim_too_says_what_is_missing(text):
    with pytest.raises(ValueError, match="Take more text, or lower min_count"):
        wv.train_with_gensim(text)


# --- GloVe --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def table():
    text = themes()
    vocabulary = counts.vocabulary(text)
    return vocabulary, counts.cooccurrence(text, vocabulary, window=3, weighting="distance")


def loss_by_loops(table, model, x_max):
    dense, total = table.toarray(), 0.0
    for i in range(len(dense)):
        for j in range(len(dense)):
            if dense[i, j] > 0:
                fitted = model.words[i] @ model.contexts[j] + model.word_biases[i] + model.context_biases[j]
                total += min(dense[i, j] / x_max, 1) ** 0.75 * (fitted - np.log(dense[i, j])) ** 2
    return total


@pytest.mark.parametrize("x_max", [5.0, 100.0])
def test_glove_reports_the_loss_that_loops_give(table, x_max):
    _, counted = table
    model = wv.train_glove(counted, dimension=6, epochs=2, x_max=x_max)
    assert model.losses[-1] == pytest.approx(loss_by_loops(counted, model, x_max), rel=1e-4)


def test_the_loss_of_glove_falls_in_every_epoch(table):
    losses = wv.train_glove(table[1], dimension=6, epochs=12, x_max=20).losses
    assert all(after < before for before, after in pairwise(losses))


def test_gradients_of_glove_are_those_of_finite_differences(table):
    _, counted = table
    rows, columns, x = wv._entries(counted)
    weights = wv.glove_weight(x, 20)
    rng = np.random.default_rng(0)
    n = counted.shape[0]
    arrays = [rng.normal(size=shape) for shape in ((n, 3), (n, 3), (n,), (n,))]

    def half_loss(place, moved):
        model = wv.Glove(*(moved if i == place else array for i, array in enumerate(arrays)), losses=[])
        products = (model.words[rows] * model.contexts[columns]).sum(axis=1)
        errors = products + model.word_biases[rows] + model.context_biases[columns] - np.log(x)
        return (weights * errors**2).sum() / 2

    found = wv._glove_gradients(wv.Glove(*arrays, losses=[]), rows, columns, np.log(x), weights)
    for place, gradient in enumerate(found):
        expected = by_differences(lambda moved, place=place: half_loss(place, moved), arrays[place])
        np.testing.assert_allclose(gradient, expected, rtol=1e-3, atol=1e-3)


def test_glove_puts_words_of_one_theme_together(table):
    vocabulary, counted = table
    model = wv.train_glove(counted, dimension=8, epochs=30, x_max=20)
    near = [word for word, _ in counts.nearest_words("sun", vocabulary.words, model.vectors, 4)]
    assert set(near) <= {"moon", "star", "sky", "cloud", "the"}


@pytest.mark.parametrize(
    ("bad", "error", "message"),
    [
        (np.ones((3, 3)), TypeError, "square scipy sparse matrix"),
        (sparse.csr_array((3, 4)), TypeError, "square scipy sparse matrix"),
        (sparse.csr_array((3, 3)), ValueError, "no count above 0"),
        (sparse.csr_array([[0.0, np.nan], [1.0, 0.0]]), ValueError, "finite, 0 or more"),
        (sparse.csr_array([[0.0, -1.0], [1.0, 0.0]]), ValueError, "finite, 0 or more"),
    ],
)
def test_a_table_that_holds_no_counts_is_named(bad, error, message):
    with pytest.raises(error, match=message):
        wv.train_glove(bad)


# --- analogies, against gensim ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def general():
    return load_vectors("minilm-input")


def in_gensim(name):
    return resources.package_folder("gensim") / "test" / "test_data" / name


def first_words(vectors, n):
    smaller = KeyedVectors(vectors.vector_size)
    smaller.add_vectors(vectors.index_to_key[:n], vectors.vectors[:n])
    return smaller


def test_an_analogy_is_gensims_most_similar(general):
    for a, b, c in (("man", "king", "woman"), ("france", "paris", "italy"), ("big", "bigger", "cold")):
        expected = general.most_similar(positive=[b, c], negative=[a], topn=5)
        found = word_relations.analogy(general, a, b, c, k=5)
        assert [word for word, _ in found] == [word for word, _ in expected]
        np.testing.assert_allclose([score for _, score in found], [score for _, score in expected], atol=1e-6)


def test_excluded_words_are_no_answer_and_without_exclusion_an_input_wins(general):
    assert word_relations.analogy(general, "man", "king", "woman")[0][0] == "queen"
    assert word_relations.analogy(general, "man", "king", "woman", exclude=())[0][0] == "king"
    others = word_relations.analogy(general, "man", "king", "woman", exclude=["king", "queen"], k=3)
    assert not {"king", "queen"} & {word for word, _ in others}


def test_an_unknown_word_gets_a_sentence(general):
    with pytest.raises(KeyError, match="so it has no vector"):
        word_relations.analogy(general, "man", "king", "womann")


def test_many_analogies_agree_with_one_at_a_time(general):
    small = first_words(general, 6000)
    questions = ll.load_dataset("google_analogies")[::97]
    answers = word_relations.answer_analogies(small, questions, block=7)
    for place, excluded, allowed in zip(answers.questions, answers.excluded, answers.allowed, strict=True):
        a, b, c = (word.lower() for word in questions[place][1:4])
        assert word_relations.analogy(small, a, b, c)[0][0] == small.index_to_key[excluded]
        assert word_relations.analogy(small, a, b, c, exclude=())[0][0] == small.index_to_key[allowed]


@pytest.mark.slow
def test_analogy_accuracy_is_that_of_gensim(general, tmp_path):
    small = first_words(general, 9000)
    questions = ll.load_dataset("google_analogies")
    wanted = {"family", "gram4-superlative", "capital-common-countries"}
    chosen = [question for question in questions if question.section in wanted]
    file = tmp_path / "questions.txt"
    lines, section = [], ""
    for question in chosen:
        if question.section != section:
            section = question.section
            lines.append(f": {section}")
        lines.append(" ".join(question[1:]))
    file.write_text("\n".join(lines), encoding="utf-8")
    score, sections = small.evaluate_word_analogies(str(file))
    answers = word_relations.answer_analogies(small, chosen)
    assert (answers.excluded == answers.right).mean() == pytest.approx(score, abs=1e-6)
    assert len(answers.right) == sum(len(sections[-1][key]) for key in ("correct", "incorrect"))


def test_word_pairs_score_as_in_gensim(general):
    for name, file in (("wordsim353", "wordsim353.tsv"), ("simlex999", "simlex999.txt")):
        pairs = ll.load_dataset(name)
        (_, _), (spearman, _), missing = general.evaluate_word_pairs(str(in_gensim(file)))
        found = counts.word_pair_score(pairs, general.index_to_key, general.vectors, resamples=2)
        assert found.spearman == pytest.approx(spearman, abs=1e-6)
        assert 100 * (1 - found.coverage) == pytest.approx(missing, abs=1e-6)


def test_the_baselines_without_arithmetic_are_nearest_neighbours(general):
    small = first_words(general, 6000)
    questions = [("x", "man", "king", "woman", "queen"), ("x", "big", "bigger", "small", "smaller")]
    answers = word_relations.answer_analogies(small, questions)
    for (_, a, b, c, _), neighbour, other in zip(questions, answers.neighbour, answers.other, strict=True):
        near = [word for word, _ in small.most_similar(c, topn=9) if word not in (a, b)]
        assert small.index_to_key[neighbour] == near[0]
        near = [word for word, _ in small.most_similar(b, topn=9) if word not in (a, c)]
        assert small.index_to_key[other] == near[0]


def test_questions_about_unknown_words_only_are_named(general):
    with pytest.raises(ValueError, match="none of the 1 questions"):
        word_relations.answer_analogies(general, [("x", "qqa", "qqb", "qqc", "qqd")])


# --- WEAT ---------------------------------------------------------------------------------------------------


def test_the_effect_is_the_formula_of_the_paper():
    rng = np.random.default_rng(0)
    x, y, a, b = (rng.normal(size=(4, 6)) for _ in range(4))

    def cosine(u, v):
        return u @ v / np.linalg.norm(u) / np.linalg.norm(v)

    def s(w):
        return np.mean([cosine(w, other) for other in a]) - np.mean([cosine(w, other) for other in b])

    of_x, of_y = [s(w) for w in x], [s(w) for w in y]
    expected = (np.mean(of_x) - np.mean(of_y)) / np.std([*of_x, *of_y], ddof=1)
    assert word_relations.weat(x, y, a, b).effect == pytest.approx(expected)


def test_exact_and_drawn_permutations_agree_and_turning_the_sets_round_turns_the_sign():
    rng = np.random.default_rng(1)
    x, y, a, b = (rng.normal(size=(5, 4)) for _ in range(4))
    exact = word_relations.weat(x, y, a, b, permutations=252)
    drawn = word_relations.weat(np.repeat(x, 2, axis=0), np.repeat(y, 2, axis=0), a, b, permutations=200)
    assert exact.effect == pytest.approx(-word_relations.weat(y, x, a, b).effect)
    assert 0 < exact.p_value <= 1 and 0 < drawn.p_value <= 1
    assert exact.p_value * 252 == pytest.approx(round(exact.p_value * 252))


def test_sets_of_random_words_are_rarely_significant(general):
    rng = np.random.default_rng(2)
    p_values = []
    for _ in range(60):
        rows = general.vectors[rng.permutation(len(general))[:28]]
        p_values.append(word_relations.weat(*np.split(rows, 4), permutations=500).p_value)
    assert 0.3 < np.mean(p_values) < 0.7


@pytest.mark.parametrize(("sizes", "message"), [((2, 3), "one size"), ((1, 1), "2 words or more")])
def test_target_sets_that_cannot_be_compared_are_named(sizes, message):
    x, y = (np.ones((size, 2)) for size in sizes)
    with pytest.raises(ValueError, match=message):
        word_relations.weat(x, y, x, y)


def test_equal_associations_are_named():
    with pytest.raises(ValueError, match="nothing to compare"):
        word_relations.weat(np.ones((2, 2)), np.ones((2, 2)), np.ones((2, 2)), np.eye(2))


# --- files --------------------------------------------------------------------------------------------------

GLOVE = "the 0.5 -1e-3 2\ncaf\u00e9 1 2 3\n\u6771\u4eac 0 0 1\n"


def sample():
    vectors = KeyedVectors(3)
    vectors.add_vectors(["the", "café", "東京"], np.array([[0.5, -1e-3, 2], [1, 2, 3], [0, 0, 1]], dtype=np.float32))
    return vectors


def assert_is_sample(vectors):
    assert vectors.index_to_key == ["the", "café", "東京"]
    np.testing.assert_allclose(vectors.vectors, sample().vectors, rtol=1e-6)
    assert vectors.vectors.dtype == np.float32


def test_all_kinds_of_files_are_read(tmp_path):
    (tmp_path / "glove.txt").write_text(GLOVE, encoding="utf-8")
    (tmp_path / "header.txt").write_text(f"3 3\n{GLOVE}", encoding="utf-8")
    (tmp_path / "crlf.txt").write_bytes(GLOVE.replace("\n", "\r\n").encode())
    sample().save_word2vec_format(tmp_path / "vectors.bin", binary=True)
    sample().save_word2vec_format(tmp_path / "written.txt")
    (tmp_path / "glove.txt.gz").write_bytes(gzip.compress(GLOVE.encode()))
    (tmp_path / "vectors.bin.gz").write_bytes(gzip.compress((tmp_path / "vectors.bin").read_bytes()))
    files = sorted(tmp_path.iterdir())
    assert len(files) == 7
    for file in files:
        assert_is_sample(read_vectors(file))
        assert_is_sample(load_vectors(str(file)))


def test_the_files_of_the_word2vec_program_have_line_breaks_between_rows(tmp_path):
    rows = b"".join(
        word.encode() + b" " + row.tobytes() + b"\n"
        for word, row in zip(sample().index_to_key, sample().vectors, strict=True)
    )
    (tmp_path / "c.bin").write_bytes(b"3 3\n" + rows)
    assert_is_sample(read_vectors(tmp_path / "c.bin"))


def test_gensim_reads_the_same(tmp_path, general):
    small = first_words(general, 50)
    small.save_word2vec_format(tmp_path / "v.bin", binary=True)
    small.save_word2vec_format(tmp_path / "v.txt")
    for name, binary in (("v.bin", True), ("v.txt", False)):
        theirs = KeyedVectors.load_word2vec_format(tmp_path / name, binary=binary)
        ours = read_vectors(tmp_path / name)
        assert ours.index_to_key == theirs.index_to_key
        np.testing.assert_array_equal(ours.vectors, theirs.vectors)


def test_a_word_of_glove_may_hold_a_space(tmp_path):
    (tmp_path / "g.txt").write_text("the 1 2\nat a.b 3 4\n", encoding="utf-8")
    assert read_vectors(tmp_path / "g.txt").index_to_key == ["the", "at a.b"]


def binary_file(change=lambda data: data):
    def write(path):
        sample().save_word2vec_format(path, binary=True)
        path.write_bytes(change(path.read_bytes()))

    return write


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"3 3\nthe 1 2 3\n", "announces 3 words, and 1 are there"),
        (b"1 3\nthe 1 2 3\na 1 2 3\n", "announces 1 words, and 2 are there"),
        (b"0 3\n", "there is nothing to read"),
        (b"the 1 2 3\na 1 2\n", "line 2: 2 numbers, and the rows above"),
        (b"2 4\nthe 1 2 3\na 1 2 3\n", "line 2: 3 numbers"),
        (b"2 2\nthe 1 2 3\na 1 2 3\n", "line 2: 3 numbers"),
        (b"the 1 2 3\na 1 x 3\n", "what follows 'a' is not numbers only"),
        (b"the\na\n", "a word and its numbers were expected"),
        (b"the 1 2 3\na 1 nan 3\n", "the vector of 'a' holds NaN or infinity"),
        (b"the 1 2 3\na 1 inf 3\n", "holds NaN or infinity"),
        (b"the 1 2 3\nthe 1 2 4\n", "the word 'the' stands in it twice"),
        ("café 1 2 3\n".encode("latin-1"), r"line 1: not UTF-8 \(byte 0xe9\)"),
        (pickle.dumps({"the": [1.0]}), "is a pickle or an archive"),
        (b"PK\x03\x04rest", "is a pickle or an archive"),
        (b"<!DOCTYPE html>\n<html>\n", "not numbers only|were expected"),
        (binary_file(lambda data: data[:-2]), "word 3 of 3: the file ends in the middle"),
        (binary_file(lambda data: data[:-13]), "word 3 of 3"),
        (
            binary_file(lambda data: data.replace(b"3 3\n", b"3 2\n", 1)),
            "its dimension is not the one|not UTF-8|more follows",
        ),
        (binary_file(lambda data: data.replace(b"3 3\n", b"2 3\n", 1)), "more follows after the 2 words"),
        (binary_file(lambda data: data.replace("café".encode(), b"caf\xe9\xe9")), "word 2 of 3: not UTF-8"),
        (binary_file(lambda data: data.replace(np.float32(3).tobytes(), np.float32(np.nan).tobytes())), "holds NaN"),
    ],
)
def test_a_broken_file_gets_a_sentence(tmp_path, content, message):
    path = tmp_path / "vectors.file"
    if callable(content):
        content(path)
    else:
        path.write_bytes(content)
    with pytest.raises(ValueError, match=message) as caught:
        read_vectors(path)
    assert str(tmp_path) not in str(caught.value)


@pytest.mark.parametrize("content", [b"no gzip at all", gzip.compress(GLOVE.encode())[:-9]])
def test_a_broken_gzip_file_gets_a_sentence(tmp_path, content):
    (tmp_path / "glove.txt.gz").write_bytes(content)
    with pytest.raises(ValueError, match="cut short or no gzip file"):
        read_vectors(tmp_path / "glove.txt.gz")


def test_a_pickle_is_never_run(tmp_path):
    class Trap:
        def __reduce__(self):
            return (os.mkdir, (str(tmp_path / "sprung"),))

    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        (tmp_path / "trap.kv").write_bytes(pickle.dumps(Trap(), protocol))
        with pytest.raises(ValueError, match="never opens"):
            load_vectors(tmp_path / "trap.kv")
    assert not (tmp_path / "sprung").exists()


def test_names_that_are_none_are_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="There is no file"):
        load_vectors(tmp_path / "gone.txt")
    for bad in ("", None, 3):
        with pytest.raises(TypeError, match="name must be"):
            load_vectors(bad)


# --- published tables, by a fake of the downloader's server --------------------------------------------------


@pytest.fixture
def server(tmp_path, monkeypatch):
    """A folder that stands for the server; returns a function that publishes a table on it."""
    from gensim import downloader

    published = tmp_path / "server"
    published.mkdir()
    monkeypatch.setattr(downloader, "BASE_DIR", str(tmp_path / "gensim-data"))
    monkeypatch.setattr(downloader, "DATA_LIST_URL", (published / "list.json").as_uri())
    monkeypatch.setattr(downloader, "DOWNLOAD_BASE_URL", published.as_uri())
    monkeypatch.setattr(downloader._load_info, "__defaults__", ((published / "list.json").as_uri(), "utf-8"))

    def publish(name, text, checksum=None):
        folder = published / name
        folder.mkdir()
        data = gzip.compress(text.encode())
        (folder / f"{name}.gz").write_bytes(data)
        (folder / "__init__.py").write_text("raise SystemExit('code of a download was run')", encoding="utf-8")
        entry = {"parts": 1, "file_name": f"{name}.gz", "checksum": checksum or hashlib.md5(data).hexdigest()}
        (published / "list.json").write_text(json.dumps({"corpora": {}, "models": {name: entry}}), encoding="utf-8")
        return published

    return publish


def test_a_published_table_is_fetched_once_and_then_needs_no_network(server):
    import shutil

    published = server("tiny-vectors", f"3 3\n{GLOVE}")
    assert_is_sample(load_vectors("tiny-vectors"))
    shutil.rmtree(published)
    assert_is_sample(load_vectors("tiny-vectors"))


def test_a_table_whose_checksum_differs_is_thrown_away(server, tmp_path):
    server("tiny-vectors", GLOVE, checksum="0" * 32)
    with pytest.raises(ValueError, match="its md5 differs"):
        load_vectors("tiny-vectors")
    assert not (tmp_path / "gensim-data" / "tiny-vectors").exists()


def test_a_name_nobody_published_gets_a_sentence_with_names_that_are_there(server):
    server("tiny-vectors", GLOVE)
    with pytest.raises(FileNotFoundError, match=r"has no vectors 'glove-7b'.*tiny-vectors.*minilm-input"):
        load_vectors("glove-7b")


def test_without_a_network_there_is_a_sentence_and_no_traceback_in_the_log(tmp_path, monkeypatch, caplog):
    from gensim import downloader

    monkeypatch.setattr(downloader, "BASE_DIR", str(tmp_path / "gensim-data"))

    def no_network(*arguments):
        raise OSError("no route to host")

    monkeypatch.setattr(downloader, "urlopen", no_network)
    with caplog.at_level(logging.DEBUG), pytest.raises(FileNotFoundError, match="Connect once and run load_vectors"):
        load_vectors("glove-wiki-gigaword-50")
    assert not caplog.records


# --- tables from the offline model --------------------------------------------------------------------------


def test_the_input_table_holds_rows_of_the_model(general, encoder):
    assert len(general) > 20_000 and general.vector_size == 384
    ids = encoder.tokenizer.convert_tokens_to_ids(["king", "paris", "cars"])
    rows = encoder._model.get_input_embeddings().weight.detach().numpy()[ids]
    np.testing.assert_array_equal(general[["king", "paris", "cars"]], rows)


def test_king_and_queen_capitals_and_plurals_work_without_a_download(general):
    for a, b, c, d in (
        ("man", "king", "woman", "queen"),
        ("france", "paris", "germany", "berlin"),
        ("car", "cars", "apple", "apples"),
    ):
        assert word_relations.analogy(general, a, b, c)[0][0] == d


def test_words_through_the_model_are_kept_and_a_damaged_file_is_made_again(tmp_path, monkeypatch, encoder):
    monkeypatch.setenv("LESSONS_LIB_CACHE", str(tmp_path))
    words = ["king", "queen", "bread", "milk", "run", "walk"]
    monkeypatch.setattr(vector_files, "model_words", lambda: words)
    monkeypatch.setattr(vector_files, "_test_words", lambda: ["coffee shop"])
    table = vector_files._word_table(dimension=3)
    assert table.index_to_key == [*words, "coffee shop"]
    expected = principal_components(encoder.encode([*words, "coffee shop"]), 3)
    np.testing.assert_allclose(table.vectors, expected, atol=1e-5)
    (file,) = (tmp_path / "vectors").iterdir()
    before = file.read_bytes()
    np.testing.assert_array_equal(vector_files._word_table(dimension=3).vectors, table.vectors)
    file.write_bytes(before[:50])
    np.testing.assert_allclose(vector_files._word_table(dimension=3).vectors, table.vectors, atol=1e-5)
    assert len(file.read_bytes()) == len(before)


def test_principal_components_are_those_of_scikit_learn():
    from sklearn.decomposition import PCA

    x = np.random.default_rng(0).normal(size=(40, 6)) @ np.diag([5, 4, 3, 2, 1, 0.5])
    ours, theirs = principal_components(x, 3), PCA(3).fit_transform(x)
    np.testing.assert_allclose(np.abs(ours), np.abs(theirs), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(principal_components(x + 100, 3), ours, atol=1e-3)


# --- the map ------------------------------------------------------------------------------------------------


def a_map(**changes):
    rng = np.random.default_rng(0)
    options = {
        "words": ["a<b", "c", "d", "e", "f", "g"],
        "groups": ["one", "one", "two", "two", "two", "three"],
        "vectors": rng.normal(size=(6, 4)),
        "views": {"PCA": rng.normal(size=(6, 2)), "t-SNE": rng.normal(size=(6, 2))},
    }
    return options | changes


def test_a_map_is_the_same_each_time_and_readable_without_scripts():
    html = word_map.map_html("A title", "What to do.", **a_map())
    assert html == word_map.map_html("A title", "What to do.", **a_map())
    before_script = html.split("<script>")[0]
    assert "a&lt;b" in before_script and before_script.count('<th scope="row">') == 6
    assert "Nearest on the map: t-SNE" in before_script
    assert "http" not in html.replace("http://www.w3.org/2000/svg", "")
    assert "a<b" not in html


def test_the_neighbours_told_are_those_of_the_vectors():
    options = a_map()
    near = word_map.nearest_rows(options["vectors"], 4)
    text = word_map.map_text("A title", "What to do.", **options)
    for word, rows in zip(options["words"], near, strict=True):
        assert f"- {word} (" in text
        assert ", ".join(options["words"][row] for row in rows) in text
    unit = ll.normalize(options["vectors"])
    cosines = unit @ unit.T
    np.fill_diagonal(cosines, -2)
    np.testing.assert_array_equal(near, np.argsort(-cosines, axis=1)[:, :4])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"groups": ["one"]}, "groups and vectors must have one entry"),
        ({"k": 6}, "k lies between 1 and 5"),
        ({"views": {}}, "views one map or more"),
        ({"views": {"PCA": np.zeros((6, 3))}}, "must hold a finite point for each word"),
        ({"views": {"PCA": np.full((6, 2), np.nan)}}, "must hold a finite point for each word"),
    ],
)
def test_a_map_that_cannot_be_drawn_is_named(changes, message):
    with pytest.raises(ValueError, match=message):
        word_map.map_html("A title", "What to do.", **a_map(**changes))


@pytest.mark.browser
@pytest.mark.skipif(why_no_browser() is not None, reason=str(why_no_browser()))
def test_a_map_answers_to_pointer_and_keyboard():
    options = a_map()
    html = word_map.map_html("A title", "What to do.", **options, notes={"t-SNE": "Mind the gaps."})
    keys = "<script>window.keys = []; document.addEventListener('keydown', (e) => keys.push(e.key));</script>"
    near = word_map.nearest_rows(options["vectors"], 4)
    with open_browser() as browser:
        page = browser.new_page(viewport={"width": 820, "height": 900})
        page.set_content(f"<!doctype html><html lang='en'><title>t</title><body>{keys}{html}</body></html>")
        told, marks = page.locator(".ll-sentence"), page.locator(".ll-map-plot > g[transform]")
        assert marks.count() == 6 and not page.locator(".ll-values").get_attribute("open")
        marks.nth(2).hover()
        assert f"d (two). Nearest by cosine: {', '.join(options['words'][i] for i in near[2])}." in told.inner_text()
        assert page.locator(".ll-map-lines line").count() == 4
        page.get_by_label("Word", exact=True).select_option(label="c")
        assert told.inner_text().startswith("c (one)")
        before = marks.nth(0).get_attribute("transform")
        page.get_by_label("PCA").focus()
        page.keyboard.press("ArrowRight")
        assert page.get_by_label("t-SNE").is_checked() and page.get_by_text("Mind the gaps.").is_visible()
        assert marks.nth(0).get_attribute("transform") != before
        assert page.evaluate("keys") == []
        page.close()
