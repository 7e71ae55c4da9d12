"""Every exercise of every lesson: its truth passes, its stub is answered politely, each mistake is known by name.

The modules in `lessons_lib.exercises` are found by themselves. What a new lesson adds here are correct solutions
written in other ways than the reference (`CORRECT_VARIANTS`): a check that knows one style only would reject them.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
import textwrap
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT

from lessons_lib import comparing, counts, evaluation, exercises, geometry, pooling, search
from lessons_lib.checking import Exercise, Mutant, Quiz, Verdict
from lessons_lib.examining import signature_mismatch

MODULES = [
    importlib.import_module(f"lessons_lib.exercises.{found.name}") for found in pkgutil.iter_modules(exercises.__path__)
]
EXERCISES = {
    f"{module.__name__.rpartition('.')[2]}.{attribute}": value
    for module in MODULES
    for attribute, value in vars(module).items()
    if isinstance(value, Exercise)
}
MUTANTS = {
    f"{name}: {mutant.name}": (exercise, mutant) for name, exercise in EXERCISES.items() for mutant in exercise.mutants
}


# --- other right ways to write them -------------------------------------------------------------------------


def cosine_loop(a, b):
    products = squares_a = squares_b = 0.0
    for x, y in zip(a, b, strict=True):
        products += x * y
        squares_a += x * x
        squares_b += y * y
    return products / (squares_a**0.5 * squares_b**0.5)


def cosine_unit_vectors_first(a, b):
    return (a / np.linalg.norm(a)) @ (b / np.linalg.norm(b))


def cosine_einsum(a, b):
    return np.einsum("d,d->", a, b) / np.sqrt(np.einsum("d,d->", a, a) * np.einsum("d,d->", b, b))


def cosine_torch(a, b):
    import torch

    return torch.nn.functional.cosine_similarity(torch.as_tensor(a), torch.as_tensor(b), dim=0)


def cosine_library(a, b):
    return geometry.cosine_similarity(a, b)


def best_matches_sorted(query, corpus, k):
    return sorted(range(len(corpus)), key=lambda i: -sum(q * c for q, c in zip(query, corpus[i], strict=True)))[:k]


def best_matches_pairs(query, corpus, k):
    pairs = sorted((-float(row @ query), i) for i, row in enumerate(corpus))
    return tuple(i for _, i in pairs[:k])


def best_matches_lexsort(query, corpus, k):
    scores = np.einsum("nd,d->n", corpus, query)
    return np.lexsort((np.arange(len(scores)), -scores))[:k]


def best_matches_torch(query, corpus, k):
    import torch

    scores = torch.as_tensor(corpus) @ torch.as_tensor(query)
    return torch.sort(scores, descending=True, stable=True).indices[:k]


def best_matches_one_after_another(query, corpus, k):
    scores, ids = corpus @ query, []
    for _ in range(k):
        ids.append(int(np.argmax(scores)))
        scores[ids[-1]] = -np.inf
    return ids


def best_matches_by_distance(query, corpus, k):
    return np.argsort(np.linalg.norm(corpus - query, axis=1), kind="stable")[:k]


def best_matches_library(query, corpus, k):
    return search.top_k(query[None], corpus, k)[1][0]


def abstain_loop(scores, threshold):
    best = None
    for i, score in enumerate(scores):
        if score >= threshold and (best is None or score > scores[best]):
            best = i
    return best


def abstain_max(scores, threshold):
    if max(scores) < threshold:
        return None
    return list(scores).index(max(scores))


def abstain_torch(scores, threshold):
    import torch

    value, index = torch.as_tensor(scores).max(dim=0)
    return index if value >= threshold else None


def mrr_loop(ranked_ids, relevant):
    total = 0.0
    for row, right in zip(ranked_ids, relevant, strict=True):
        for rank, found in enumerate(row, start=1):
            if found == right:
                total += 1 / rank
    return total / len(relevant)


def mrr_numpy(ranked_ids, relevant):
    hits = ranked_ids == np.array(relevant)[:, None]
    return (hits / np.arange(1, hits.shape[1] + 1)).sum(axis=1).mean()


def mrr_argmax(ranked_ids, relevant):
    hits = ranked_ids == np.array(relevant)[:, None]
    return np.where(hits.any(axis=1), 1 / (hits.argmax(axis=1) + 1), 0).mean()


def mrr_torch(ranked_ids, relevant):
    import torch

    hits = torch.as_tensor(ranked_ids) == torch.tensor(relevant)[:, None]
    return (hits / torch.arange(1, hits.shape[1] + 1)).sum(dim=1).mean()


def mrr_index(ranked_ids, relevant):
    rows = ranked_ids.tolist()
    marks = [1 / (row.index(right) + 1) if right in row else 0 for row, right in zip(rows, relevant, strict=True)]
    return sum(marks) / len(marks)


def count_window_distances(sentences, size, window):
    counted = np.zeros((size, size), dtype=int)
    for words in sentences:
        for i, a in enumerate(words):
            for j, b in enumerate(words):
                if 0 < abs(i - j) <= window:
                    counted[a, b] += 1
    return counted


def count_window_shifts(sentences, size, window):
    counted = np.zeros((size, size))
    for words in map(np.array, sentences):
        for distance in range(1, window + 1):
            np.add.at(counted, (words[:-distance], words[distance:]), 1)
    return counted + counted.T


def count_window_pairs(sentences, size, window):
    from collections import Counter

    met = Counter()
    for words in sentences:
        for distance in range(1, window + 1):
            for a, b in zip(words, words[distance:], strict=False):
                met[a, b] += 1
                met[b, a] += 1
    return [[met[a, b] for b in range(size)] for a in range(size)]


def count_window_library(sentences, size, window):
    vocabulary = counts.Vocabulary([str(i) for i in range(size)], np.ones(size, dtype=int))
    return counts.cooccurrence([map(str, words) for words in sentences], vocabulary, window).toarray()


def count_window_torch(sentences, size, window):
    import torch

    counted = torch.zeros(size, size)
    for words in sentences:
        for place, word in enumerate(words):
            for other in range(max(0, place - window), min(len(words), place + window + 1)):
                counted[word, words[other]] += place != other
    return counted


def ppmi_table_loop(counts):
    total, result = counts.sum(), np.zeros(counts.shape)
    for w in range(counts.shape[0]):
        for c in range(counts.shape[1]):
            if counts[w, c]:
                p, p_word, p_context = counts[w, c] / total, counts[w].sum() / total, counts[:, c].sum() / total
                result[w, c] = max(0, np.log(p / (p_word * p_context)))
    return result


def ppmi_table_minus_infinity(counts):
    p = counts / counts.sum()
    with np.errstate(divide="ignore"):
        return np.maximum(np.log(p / np.outer(p.sum(axis=1), p.sum(axis=0))), 0)


def ppmi_table_sum_of_logarithms(counts):
    where = counts > 0
    logs = np.log(np.where(where, counts, 1)) + np.log(counts.sum())
    logs -= np.log(counts.sum(axis=1))[:, None] + np.log(counts.sum(axis=0))[None, :]
    return np.where(where & (logs > 0), logs, 0)


def ppmi_table_torch(counts):
    import torch

    p = torch.from_numpy(counts) / counts.sum()
    return torch.log(p / (p.sum(1, keepdim=True) * p.sum(0, keepdim=True))).clamp(min=0)


def ppmi_table_library(counts):
    return importlib.import_module("lessons_lib.counts").ppmi(counts).toarray()


def score_with_coverage_scipy(pairs, vectors):
    from scipy.stats import spearmanr

    cosines, ratings = [], []
    for a, b, rating in pairs:
        if a in vectors and b in vectors:
            u, v = vectors[a], vectors[b]
            cosines.append(u @ v / np.sqrt((u @ u) * (v @ v)))
            ratings.append(rating)
    return spearmanr(cosines, ratings).statistic, len(cosines) / len(pairs)


def score_with_coverage_try(pairs, vectors):
    scored = []
    for a, b, rating in pairs:
        try:
            scored.append((geometry.cosine_similarity(vectors[a], vectors[b]), rating))
        except KeyError:
            continue
    return [evaluation.spearman(*zip(*scored, strict=True)), np.float64(len(scored) / len(pairs))]


def score_with_coverage_library(pairs, vectors):
    score = counts.word_pair_score(pairs, list(vectors), np.array(list(vectors.values())), resamples=2)
    return score.spearman, score.coverage


def neighbours_sorted(word, vectors, k):
    def cosine(i):
        return vectors[i] @ vectors[word] / (np.linalg.norm(vectors[i]) * np.linalg.norm(vectors[word]))

    return sorted((i for i in range(len(vectors)) if i != word), key=cosine, reverse=True)[:k]


def neighbours_argsort(word, vectors, k):
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.argsort(unit @ unit[word])[::-1][1 : k + 1]


def neighbours_distance(word, vectors, k):
    unit = geometry.normalize(vectors)
    distance = np.linalg.norm(unit - unit[word], axis=1)
    distance[word] = np.inf
    return tuple(distance.argsort()[:k].tolist())


def neighbours_torch(word, vectors, k):
    import torch

    unit = torch.nn.functional.normalize(torch.from_numpy(vectors), dim=1)
    cosines = unit @ unit[word]
    cosines[word] = -2
    return cosines.topk(k).indices


def neighbours_library(word, vectors, k):
    names = [str(i) for i in range(len(vectors))]
    return [int(near.word) for near in counts.nearest_words(str(word), names, vectors, k)]


def masked_mean_loop(token_states, mask):
    means = []
    for states, kept in zip(token_states, mask, strict=True):
        total, count = np.zeros(states.shape[1]), 0
        for state, keep in zip(states, kept, strict=True):
            if keep:
                total, count = total + state, count + 1
        means.append(total / count)
    return means


def masked_mean_selection(token_states, mask):
    return np.stack([states[kept == 1].mean(axis=0) for states, kept in zip(token_states, mask, strict=True)])


def masked_mean_einsum(token_states, mask):
    return np.einsum("ntd,nt->nd", token_states, mask) / mask.sum(axis=1)[:, None]


def masked_mean_torch(token_states, mask):
    import torch

    states, kept = torch.as_tensor(token_states), torch.as_tensor(mask).unsqueeze(-1)
    return (states * kept).sum(1) / kept.sum(1).clamp(min=1e-9)


def masked_mean_masked_array(token_states, mask):
    hidden = np.broadcast_to(mask[:, :, None] == 0, token_states.shape)
    return np.ma.masked_array(token_states, hidden).mean(axis=1).filled(0)


def masked_max_loop(token_states, mask):
    return [
        [max(state[i] for state, keep in zip(states, kept, strict=True) if keep) for i in range(states.shape[1])]
        for states, kept in zip(token_states, mask, strict=True)
    ]


def masked_max_where(token_states, mask):
    return np.where(mask[:, :, None] == 1, token_states, -np.inf).max(axis=1)


def masked_max_copy(token_states, mask):
    states = token_states.copy()
    states[mask == 0] = -1e9
    return states.max(axis=1)


def masked_max_torch(token_states, mask):
    import torch

    states, kept = torch.as_tensor(token_states), torch.as_tensor(mask)
    return states.masked_fill(kept.unsqueeze(-1) == 0, float("-inf")).max(dim=1).values


def pooler_einsum(token_states, weight, bias):
    return np.tanh(np.einsum("oi,ni->no", weight, token_states[:, 0, :]) + bias)


def pooler_loop(token_states, weight, bias):
    result = []
    for states in token_states:
        cls = states[0]
        result.append([np.tanh(sum(row * cls) + offset) for row, offset in zip(weight, bias, strict=True)])
    return result


def pooler_torch(token_states, weight, bias):
    import torch

    return torch.tanh(torch.nn.functional.linear(*map(torch.as_tensor, (token_states[:, 0], weight, bias))))


def pooler_library(token_states, weight, bias):
    return pooling.pooler_output(token_states, np.ones(token_states.shape[:2], dtype=int), weight, bias)


def paired_interval_loop(a, b, rows):
    means = [sum(a[i] - b[i] for i in row) / len(row) for row in rows]
    return sum(a - b) / len(a), np.quantile(means, 0.025), np.quantile(means, 0.975)


def paired_interval_two_means(a, b, rows):
    drawn = a[rows].mean(axis=1) - b[rows].mean(axis=1)
    return [a.mean() - b.mean(), *np.percentile(drawn, [2.5, 97.5])]


def paired_interval_torch(a, b, rows):
    import torch

    difference = torch.as_tensor(a) - torch.as_tensor(b)
    drawn = difference[torch.as_tensor(rows)].mean(dim=1)
    low, high = torch.quantile(drawn, torch.tensor([0.025, 0.975], dtype=drawn.dtype))
    return difference.mean(), low, high


def sentence_vectors_by_hand(token_states, mask):
    mean = masked_mean_einsum(token_states, mask)
    return mean / np.linalg.norm(mean, axis=1, keepdims=True)


def sentence_vectors_sum(token_states, mask):
    return geometry.normalize((token_states * mask[:, :, None]).sum(axis=1))


def sentence_vectors_torch(token_states, mask):
    import torch

    return torch.nn.functional.normalize(masked_mean_torch(token_states, mask), p=2, dim=1)


def sgns_step_loops(center, context, negatives, learning_rate):
    def probability(vector):
        return 1 / (1 + np.exp(-sum(v * c for v, c in zip(vector, center, strict=True))))

    new_center, new_negatives = center.copy(), []
    for vector, wanted in ((context, 1), *((negative, 0) for negative in negatives)):
        error = probability(vector) - wanted
        new_center = new_center - learning_rate * error * vector
        new_negatives.append(vector - learning_rate * error * center)
    return new_center, new_negatives[0], new_negatives[1:]


def sgns_step_stacked(center, context, negatives, learning_rate):
    outputs = np.vstack([context, negatives])
    errors = 1 / (1 + np.exp(-outputs @ center))
    errors[0] -= 1
    moved = outputs - learning_rate * np.outer(errors, center)
    return [center - learning_rate * errors @ outputs, moved[0], moved[1:]]


def sgns_step_autograd(center, context, negatives, learning_rate):
    import torch

    v, u, n = (torch.tensor(array, requires_grad=True) for array in (center, context, negatives))
    loss = -torch.nn.functional.logsigmoid(u @ v) - torch.nn.functional.logsigmoid(-(n @ v)).sum()
    loss.backward()
    return tuple((x - learning_rate * x.grad).detach() for x in (v, u, n))


def negative_probabilities_loop(counts):
    raised = [count**0.75 for count in counts]
    return [value / sum(raised) for value in raised]


def negative_probabilities_shares(counts):
    shares = (counts / counts.sum()) ** 0.75
    return shares / shares.sum()


def negative_probabilities_logarithms(counts):
    logs = 0.75 * np.log(counts)
    raised = np.exp(logs - logs.max())
    return raised / raised.sum()


def analogy_row_loop(vectors, a, b, c):
    unit = [row / np.sqrt(sum(row**2)) for row in vectors]
    target = unit[b] - unit[a] + unit[c]
    best = None
    for i, row in enumerate(unit):
        if i not in (a, b, c) and (best is None or row @ target > unit[best] @ target):
            best = i
    return best


def analogy_row_sorted(vectors, a, b, c):
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    order = np.argsort(unit @ (unit[b] - unit[a] + unit[c]))[::-1]
    return next(i for i in order if i not in {a, b, c})


def analogy_row_distance(vectors, a, b, c):
    unit = geometry.normalize(vectors)
    distance = np.linalg.norm(unit - (unit[b] - unit[a] + unit[c]), axis=1)
    distance[[a, b, c]] = np.inf
    return distance.argmin()


def analogy_row_gensim(vectors, a, b, c):
    from gensim.models import KeyedVectors

    table = KeyedVectors(vectors.shape[1])
    table.add_vectors([str(i) for i in range(len(vectors))], vectors)
    return int(table.most_similar(positive=[str(b), str(c)], negative=[str(a)], topn=1)[0][0])


def likely_contexts_loop(inputs, outputs, row, k):
    scores = [sum(a * b for a, b in zip(inputs[row], output, strict=True)) for output in outputs]
    return sorted(range(len(scores)), key=lambda other: -scores[other])[:k]


def likely_contexts_einsum(inputs, outputs, row, k):
    return np.argsort(np.einsum("nd,d->n", outputs, inputs[row]))[::-1][:k].tolist()


def likely_contexts_torch(inputs, outputs, row, k):
    import torch

    return torch.topk(torch.as_tensor(outputs) @ torch.as_tensor(inputs[row]), k).indices


def likely_contexts_library(inputs, outputs, row, k):
    return search.top_k(inputs[row][None], outputs, k)[1][0]


def word_ids_two_sorts(words, min_count):
    counts = Counter(words)
    by_count = sorted(sorted(counts), key=counts.get, reverse=True)
    return {word: row for row, word in enumerate([word for word in by_count if counts[word] >= min_count])}


def word_ids_numpy(words, min_count):
    found, counts = np.unique(words, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    kept = [str(found[i]) for i in order if counts[i] >= min_count]
    return dict(zip(kept, range(len(kept)), strict=True))


def word_ids_by_hand(words, min_count):
    counts = {}
    for word in words:
        counts[word] = counts.get(word, 0) + 1
    pairs = sorted((-count, word) for word, count in counts.items() if count >= min_count)
    ids = {}
    for _, word in pairs:
        ids[word] = len(ids)
    return ids


def word_ids_library(words, min_count):
    from lessons_lib import counts

    return counts.vocabulary([words], min_count).ids


def read_lines_loop(lines):
    words, rows = [], []
    for number, line in enumerate(lines):
        parts = line.strip().split(" ")
        if number == 0 and len(parts) == 2:
            continue
        words.append(parts[0])
        rows.append([float(part) for part in parts[1:]])
    return words, rows


def read_lines_float32(lines):
    start = 1 if all(part.isdigit() for part in lines[0].split()) else 0
    rows = [line.split() for line in lines[start:]]
    return tuple(row[0] for row in rows), np.array([row[1:] for row in rows], dtype=np.float32)


def read_lines_gensim(lines):
    import tempfile

    from gensim.models import KeyedVectors

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "vectors.txt"
        path.write_text("".join(lines), encoding="utf-8")
        table = KeyedVectors.load_word2vec_format(path, no_header=len(lines[0].split()) != 2)
    return table.index_to_key, table.vectors


CORRECT_VARIANTS: dict[str, tuple[Callable, ...]] = {
    "encoder.cosine": (cosine_loop, cosine_unit_vectors_first, cosine_einsum, cosine_torch, cosine_library),
    "encoder.best_matches": (
        best_matches_sorted,
        best_matches_pairs,
        best_matches_lexsort,
        best_matches_torch,
        best_matches_one_after_another,
        best_matches_by_distance,
        best_matches_library,
    ),
    "encoder.answer_or_abstain": (abstain_loop, abstain_max, abstain_torch),
    "encoder.mean_reciprocal_rank": (
        mrr_loop,
        mrr_numpy,
        mrr_argmax,
        mrr_torch,
        mrr_index,
        evaluation.mean_reciprocal_rank,
    ),
    "counts.count_window": (
        count_window_distances,
        count_window_shifts,
        count_window_pairs,
        count_window_library,
        count_window_torch,
    ),
    "counts.ppmi_table": (
        ppmi_table_loop,
        ppmi_table_minus_infinity,
        ppmi_table_sum_of_logarithms,
        ppmi_table_torch,
        ppmi_table_library,
    ),
    "counts.score_with_coverage": (score_with_coverage_scipy, score_with_coverage_try, score_with_coverage_library),
    "counts.neighbours": (
        neighbours_sorted,
        neighbours_argsort,
        neighbours_distance,
        neighbours_torch,
        neighbours_library,
    ),
    "pooling.masked_mean": (
        masked_mean_loop,
        masked_mean_selection,
        masked_mean_einsum,
        masked_mean_torch,
        masked_mean_masked_array,
    ),
    "pooling.masked_max": (masked_max_loop, masked_max_where, masked_max_copy, masked_max_torch),
    "pooling.rebuild_pooler": (pooler_einsum, pooler_loop, pooler_torch, pooler_library),
    "pooling.paired_interval": (paired_interval_loop, paired_interval_two_means, paired_interval_torch),
    "pooling.sentence_vectors": (sentence_vectors_by_hand, sentence_vectors_sum, sentence_vectors_torch),
    "word_vectors.sgns_step": (sgns_step_loops, sgns_step_stacked, sgns_step_autograd),
    "word_vectors.negative_probabilities": (
        negative_probabilities_loop,
        negative_probabilities_shares,
        negative_probabilities_logarithms,
    ),
    "word_vectors.analogy_row": (analogy_row_loop, analogy_row_sorted, analogy_row_distance, analogy_row_gensim),
    "word_vectors.likely_contexts": (
        likely_contexts_loop,
        likely_contexts_einsum,
        likely_contexts_torch,
        likely_contexts_library,
    ),
    "counts.word_ids": (word_ids_two_sorts, word_ids_numpy, word_ids_by_hand, word_ids_library),
    "word_vectors.read_lines": (read_lines_loop, read_lines_float32, read_lines_gensim),
}
VARIANTS = {
    f"{name}: {variant.__name__}": (EXERCISES.get(name), variant)
    for name, variants in CORRECT_VARIANTS.items()
    for variant in variants
}

each_exercise = pytest.mark.parametrize("exercise", EXERCISES.values(), ids=EXERCISES.keys())
each_mutant = pytest.mark.parametrize(("exercise", "mutant"), MUTANTS.values(), ids=MUTANTS.keys())
each_variant = pytest.mark.parametrize(("exercise", "variant"), VARIANTS.values(), ids=VARIANTS.keys())
each_module = pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__.rpartition(".")[2])


# --- right solutions ----------------------------------------------------------------------------------------


@each_exercise
def test_the_reference_is_right(exercise: Exercise):
    assert exercise.examine(with_signature(exercise, exercise.reference)).status == "right"


@each_variant
def test_a_correct_variant_is_right(exercise: Exercise, variant: Callable):
    verdict = exercise.examine(variant)
    assert verdict.status == "right", verdict.text


@each_variant
def test_a_correct_variant_agrees_with_the_reference_on_many_inputs(exercise: Exercise, variant: Callable):
    """A tie or a value on the edge, met once in a hundred inputs, would call a right solution wrong."""
    for seed in range(100):
        for case in exercise.cases(np.random.default_rng(seed)):
            expected, got = (comparing.plain(f(*comparing.copied(case))) for f in (exercise.reference, variant))
            found = comparing.problem(expected, got, atol=exercise.atol, rtol=exercise.rtol)
            assert found is None, f"seed {seed}: {found.text}"


@each_exercise
def test_there_are_at_least_three_correct_variants(exercise: Exercise):
    assert len(CORRECT_VARIANTS.get(exercise.name, ())) >= 3


def test_every_variant_belongs_to_an_exercise():
    assert set(CORRECT_VARIANTS) <= set(EXERCISES)


# --- wrong ones ---------------------------------------------------------------------------------------------


@each_mutant
def test_a_mutant_gets_its_own_message(exercise: Exercise, mutant: Mutant):
    expected = Verdict("mutant", textwrap.dedent(mutant.message).strip(), mutant.name)
    assert exercise.examine(with_signature(exercise, mutant.function)) == expected


@each_mutant
def test_a_message_explains_in_a_few_plain_sentences(exercise: Exercise, mutant: Mutant):
    sentences = re.findall(r"[.?](?=\s|$)", mutant.message)
    assert 2 <= len(sentences) <= 5, mutant.message
    assert 80 <= len(mutant.message) <= 450, len(mutant.message)


@each_exercise
def test_names_and_messages_differ_from_mutant_to_mutant(exercise: Exercise):
    assert len(exercise.mutants) >= 2
    for values in ([mutant.name for mutant in exercise.mutants], [mutant.message for mutant in exercise.mutants]):
        assert len(set(values)) == len(values)


def no_result(*arguments):
    _ = arguments


def a_sentence(*arguments):
    return f"{len(arguments)} arguments"


def raises(*arguments):
    raise KeyError("not in there")


@each_exercise
@pytest.mark.parametrize("wrong", [no_result, a_sentence, raises, np.asarray], ids=lambda wrong: wrong.__name__)
def test_other_wrong_functions_are_not_taken_for_right_or_for_a_mutant(exercise: Exercise, wrong: Callable):
    def attempt(*arguments):
        return wrong(arguments[0]) if wrong is np.asarray else wrong(*arguments)

    verdict = exercise.examine(attempt)
    assert verdict.status not in ("right", "mutant", "failed", "time"), verdict
    assert verdict.text


def with_signature(exercise: Exercise, function: Callable) -> Callable:
    """Return the function as a learner would write it: with the parameter names of the exercise."""
    if signature_mismatch(function, exercise.signature) is None:
        return function
    return lambda *arguments: function(*arguments)


# --- the stubs in the lessons -------------------------------------------------------------------------------

STUBS = [
    (path, module, node)
    for path in sorted((ROOT / "notebooks" / "source").glob("[0-9][0-9]_*.py"))
    for tree in [ast.parse(path.read_text(encoding="utf-8"))]
    for module in re.findall(r"from lessons_lib\.exercises import (\w+)", path.read_text(encoding="utf-8"))
    for node in tree.body
    if isinstance(node, ast.FunctionDef) and f"{module}.{node.name}" in EXERCISES
]


def written(node: ast.FunctionDef, path: Path) -> Callable:
    """Return the function that a notebook cell with this definition makes."""
    import linecache

    source = ast.unparse(node)
    name = f"<stub {path.stem} {node.name}>"
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    namespace: dict = {"np": np}
    exec(compile(source, name, "exec"), namespace)
    return namespace[node.name]


@pytest.mark.parametrize(("path", "module", "node"), STUBS, ids=[f"{module}.{node.name}" for _, module, node in STUBS])
def test_a_stub_in_a_lesson_is_answered_politely(path: Path, module: str, node: ast.FunctionDef):
    exercise = EXERCISES[f"{module}.{node.name}"]
    verdict = exercise.examine(written(node, path))
    assert verdict.status == "not written"
    assert verdict.text.startswith(f"{node.name} is not written yet.")
    assert [argument.arg for argument in node.args.args] == list(parameters(exercise))
    assert ast.get_docstring(node), "the stub says in a line what goes in and what comes out"


@each_exercise
def test_an_exercise_stands_in_one_lesson(exercise: Exercise):
    where = [path.stem for path, module, node in STUBS if f"{module}.{node.name}" == exercise.name]
    assert len(where) == 1, f"{exercise.name} has its stub in {where or 'no lesson'}"


def parameters(exercise: Exercise):
    definition = ast.parse(f"def {exercise.signature}: ...").body[0]
    return (argument.arg for argument in definition.args.args)


# --- cards, hints, solutions, cases -------------------------------------------------------------------------


@each_module
def test_a_lesson_has_three_to_five_exercises_and_a_quiz(module):
    lesson = module.__name__.rpartition(".")[2]
    assert 3 <= sum(name.startswith(f"{lesson}.") for name in EXERCISES) <= 5
    assert isinstance(module.quiz, Quiz)
    assert module.quiz.name == lesson


@each_exercise
def test_an_exercise_is_named_after_its_place_and_its_function(exercise: Exercise):
    assert EXERCISES.get(exercise.name) is exercise
    assert exercise.name.rpartition(".")[2] == exercise.function_name


@each_exercise
def test_a_card_says_what_how_hard_and_how_long(exercise: Exercise, capsys: pytest.CaptureFixture):
    exercise.show()
    card = capsys.readouterr().out
    assert exercise.title in card and f"about {exercise.minutes} min" in card
    assert exercise.difficulty in (1, 2, 3)
    assert f"`{exercise.signature}`" in card, "the statement names the function with its parameters"


@each_exercise
def test_hints_come_one_by_one_and_then_point_to_the_solution(exercise: Exercise, capsys: pytest.CaptureFixture):
    assert len(exercise.hints) >= 2
    exercise._hints_shown = 0
    for number in range(1, len(exercise.hints) + 1):
        exercise.hint()
        assert capsys.readouterr().out.startswith(f"Hint {number} of {len(exercise.hints)}: ")
    exercise.hint()
    assert "solution()" in capsys.readouterr().out
    exercise._hints_shown = 0


@each_exercise
def test_the_solution_shows_the_source_of_the_reference(exercise: Exercise, capsys: pytest.CaptureFixture):
    exercise.solution()
    shown = capsys.readouterr().out
    assert inspect.getsource(exercise.reference).strip() in shown


@each_exercise
def test_fixed_inputs_are_the_same_each_time_and_fresh_ones_are_not(exercise: Exercise):
    first, again, other = (exercise.cases(np.random.default_rng(seed)) for seed in (0, 0, 1))
    assert comparing.same(comparing.plain(first), comparing.plain(again), 0, 0)
    assert not comparing.same(comparing.plain(first), comparing.plain(other), 0, 0)


# --- quizzes ------------------------------------------------------------------------------------------------


@each_module
def test_a_quiz_has_four_to_six_questions_with_one_right_option_each(module):
    assert 4 <= len(module.quiz.questions) <= 6
    for question in module.quiz.questions:
        assert sum(option.correct for option in question.options) == 1
        assert question.text.endswith("?")
        assert len({option.text for option in question.options}) == len(question.options)


@each_module
def test_every_option_says_why(module):
    for question in module.quiz.questions:
        for option in question.options:
            assert len(option.feedback) >= 40, option.text
        assert len({option.feedback for option in question.options}) == len(question.options)


@each_module
def test_the_right_option_has_no_fixed_place_and_is_not_always_the_longest(module):
    places, longest = [], 0
    for question in module.quiz.questions:
        right = next(i for i, option in enumerate(question.options) if option.correct)
        places.append(right)
        longest += max(len(option.text) for option in question.options) == len(question.options[right].text)
    assert len(set(places)) > 1
    assert longest < len(module.quiz.questions)


# --- plain words --------------------------------------------------------------------------------------------


@each_module
def test_the_words_of_exercises_are_plain(module):
    lesson = module.__name__.rpartition(".")[2]
    for name, exercise in EXERCISES.items():
        if name.startswith(f"{lesson}."):
            for text in (exercise.statement, *exercise.hints, *(mutant.message for mutant in exercise.mutants)):
                assert_plain(text)
    for question in module.quiz.questions:
        for text in (question.text, *(part for o in question.options for part in (o.text, o.feedback))):
            assert_plain(text)


def assert_plain(text: str) -> None:
    prose = re.sub(r"`[^`]*`", "", text)
    assert not re.search(r"!(?!=)|\b(?:simply|just|obviously|easily|of course)\b", prose, re.IGNORECASE), text
