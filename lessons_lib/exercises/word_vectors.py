"""Exercises of lesson 02: Word2Vec and GloVe."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from lessons_lib import word_vectors
from lessons_lib.checking import Exercise, Mutant, Option, Property, Question, Quiz
from lessons_lib.exercises.counts import WORDS
from lessons_lib.geometry import normalize

# ---------------------------------------------------------------- 1 one step of skip-gram


def _step_cases(rng: np.random.Generator) -> list[tuple]:
    cases = []
    for k, d in ((1, 2), (3, 4), (5, 3), (2, 8)):
        center, context, negatives = rng.normal(size=d), rng.normal(size=d), rng.normal(size=(k, d))
        cases.append((center, context, negatives, float(rng.uniform(0.05, 0.3))))
    return cases


def _step_with(true_error: Callable, drawn_errors: Callable) -> Callable:
    """A step whose errors are computed in another way."""

    def mutant(center, context, negatives, learning_rate):
        true = true_error(context @ center)
        drawn = drawn_errors(negatives @ center)
        return (
            center - learning_rate * (true * context + drawn @ negatives),
            context - learning_rate * true * center,
            negatives - learning_rate * drawn[:, None] * center,
        )

    return mutant


def _uphill(center, context, negatives, learning_rate):
    return word_vectors.sgns_step(center, context, negatives, -learning_rate)


def _centre_only(center, context, negatives, learning_rate):
    return word_vectors.sgns_step(center, context, negatives, learning_rate)[0], context, negatives


def _outputs_only(center, context, negatives, learning_rate):
    return (center, *word_vectors.sgns_step(center, context, negatives, learning_rate)[1:])


def _one_after_another(center, context, negatives, learning_rate):
    center = word_vectors.sgns_step(center, context, negatives, learning_rate)[0]
    return (center, *word_vectors.sgns_step(center, context, negatives, learning_rate)[1:])


def _no_negatives(center, context, negatives, learning_rate):
    new_center, new_context, _ = word_vectors.sgns_step(center, context, negatives[:0], learning_rate)
    return new_center, new_context, negatives


def _mean_of_negatives(center, context, negatives, learning_rate):
    true, drawn, _ = _errors(center, context, negatives)
    gradient = true * context + drawn @ negatives / len(negatives)
    return (center - learning_rate * gradient, *word_vectors.sgns_step(center, context, negatives, learning_rate)[1:])


def _errors(center, context, negatives):
    sigmoid = word_vectors.sigmoid
    return sigmoid(context @ center) - 1, sigmoid(negatives @ center), None


def _gradients_returned(center, context, negatives, learning_rate):
    return word_vectors.sgns_gradients(center, context, negatives)


def _no_rate(center, context, negatives, learning_rate):
    return word_vectors.sgns_step(center, context, negatives, 1.0)


def _loss_falls(function: Callable, rng: np.random.Generator) -> str | None:
    center, context, negatives, _ = _step_cases(rng)[1]
    before = word_vectors.sgns_loss(center, context, negatives)
    after = word_vectors.sgns_loss(*map(np.asarray, function(center, context, negatives, 0.001)))
    return None if after < before else f"the loss went from {before:.4f} to {after:.4f} in a small step"


sgns_step = Exercise(
    name="word_vectors.sgns_step",
    title="One step of skip-gram",
    difficulty=2,
    minutes=12,
    statement="""
        Write `sgns_step(center, context, negatives, learning_rate)`: one step of gradient descent on the loss of
        skip-gram with negative sampling. `center [d]` is the input vector of the word in the middle, `context [d]` the output
        vector of its true neighbour, `negatives [k, d]` the output vectors of k drawn words. Return the three after the step,
        as new arrays in this order. Take all gradients before you move anything.
        """,
    reference=word_vectors.sgns_step,
    signature="sgns_step(center, context, negatives, learning_rate)",
    cases=_step_cases,
    properties=(Property("a small step makes the loss smaller", _loss_falls),),
    mutants=(
        Mutant(
            "only the centre moves",
            _centre_only,
            "Only the input vector of the centre moves; the output vectors stay where they are. The loss depends on all three, "
            "and training needs both matrices: with the outputs left at their start, zero, no input vector would ever move.",
        ),
        Mutant(
            "only the outputs move",
            _outputs_only,
            "The output vectors move and the centre stays. The centre has a gradient as well: each output vector pulls or "
            "pushes it by its error.",
        ),
        Mutant(
            "uphill",
            _uphill,
            "The sign is turned: this step makes the loss larger. Descent goes against the gradient, "
            "`vector - learning_rate * gradient`. Check with one pair: after a step the true neighbour must score higher.",
        ),
        Mutant(
            "no sigmoid",
            _step_with(lambda score: score - 1, lambda scores: scores),
            "The errors are raw scores, without the sigmoid. A score is a dot product and can have any size; the loss "
            "compares a probability with 1 or 0. The error is `sigmoid(score) - 1` for the neighbour and `sigmoid(score)` for "
            "drawn words.",
        ),
        Mutant(
            "negatives wanted too",
            _step_with(lambda s: word_vectors.sigmoid(s) - 1, lambda s: word_vectors.sigmoid(s) - 1),
            "The drawn words are treated as true neighbours: their target is 1 here. For them the target is 0, so their error is "
            "`sigmoid(score)`. If everything attracts, all vectors end up in one place.",
        ),
        Mutant(
            "no negatives",
            _no_negatives,
            "Only the true neighbour is used; the drawn words have no part in it. Nothing then pushes words apart, and the loss "
            "is smallest when all vectors point the same way, however different the words.",
        ),
        Mutant(
            "the outputs use the moved centre",
            _one_after_another,
            "The centre is moved first, and the output vectors then use the moved one. Their gradients belong to the place where "
            "the loss was taken. Compute all three gradients, then move all three; word2vec keeps the centre's change in a buffer for this.",
        ),
        Mutant(
            "the negatives averaged",
            _mean_of_negatives,
            "The pull of the drawn words on the centre is averaged over k. The loss is a sum over them, so the gradient is a sum "
            "as well: with k = 5 each one counts as much as the true neighbour.",
        ),
        Mutant(
            "gradients returned",
            _gradients_returned,
            "These are the gradients, not the vectors after a step. Multiply them by the learning rate and take them from the "
            "vectors you were given.",
        ),
        Mutant(
            "no learning rate",
            _no_rate,
            "The step is the whole gradient: `learning_rate` is not used. A full step jumps over the place where the loss is small. "
            "Multiply each gradient by the rate.",
        ),
    ),
    hints=(
        "Three dot products with `center` (one for the neighbour, k for the drawn words), a sigmoid, and two kinds of error: "
        "probability minus 1, and probability minus 0.",
        "Each vector's gradient is the error times the vector it was multiplied with: `true_error * center` for `context`, "
        "`drawn_errors[:, None] * center` for `negatives`.",
        "For `center` there are two parts: `true_error * context + drawn_errors @ negatives`.",
    ),
)

# ---------------------------------------------------------------- 2 which negatives


def _count_cases(rng: np.random.Generator) -> list[tuple]:
    return [(rng.integers(1, high, size=n).astype(float),) for n, high in ((3, 20), (5, 100), (8, 10_000), (30, 2_000))]


def _raised_shares_only(counts):
    return (counts / counts.sum()) ** 0.75


def _logarithms(counts):
    logs = np.log(counts + 1)
    return logs / logs.sum()


def _softmax(counts):
    raised = np.exp(counts - counts.max())
    return raised / raised.sum()


def _turned_round(counts):
    raised = counts**-0.75
    return raised / raised.sum()


def _power(power: float) -> Callable:
    return lambda counts: word_vectors.negative_probabilities(counts, power)


negative_probabilities = Exercise(
    name="word_vectors.negative_probabilities",
    title="Which words to draw as negatives",
    difficulty=1,
    minutes=5,
    statement="""
        Write `negative_probabilities(counts)`. `counts [n]` says how often each word stands in the text. Return `[n]`
        probabilities for drawing negatives as word2vec does: in proportion to the counts to the power 3/4.
        """,
    reference=word_vectors.negative_probabilities,
    signature="negative_probabilities(counts)",
    cases=_count_cases,
    mutants=(
        Mutant(
            "uniform",
            lambda counts: np.full(len(counts), 1 / len(counts)),
            "Every word is as likely as any other. Most words of a vocabulary are rare, so nearly all negatives would be rare words, and "
            "telling a true neighbour from them is too easy: the frequent words would hardly ever be pushed away.",
        ),
        Mutant(
            "power 1",
            _power(1.0),
            "These are the plain shares of the words in the text (power 1). Mikolov et al. (2013) tried this and the uniform draw, and the "
            "power 3/4 between them worked better: it draws frequent words a little less and rare ones more.",
        ),
        Mutant(
            "shares raised, not summing to 1",
            _raised_shares_only,
            "You raise the shares to 3/4 and stop there, so the numbers add up to more than 1. They are no probabilities any more; "
            "`rng.choice` would refuse them. Divide by their sum last, after the power.",
        ),
        Mutant(
            "not divided",
            lambda counts: counts**0.75,
            "The power is right. Probabilities add up to 1: divide by the sum of the raised counts.",
        ),
        Mutant(
            "logarithms",
            _logarithms,
            "You damp the counts with a logarithm. It is another way to make frequent words less dominant, and a stronger one; "
            "word2vec uses a power, `counts ** 0.75`.",
        ),
        Mutant(
            "softmax",
            _softmax,
            "That is a softmax: it takes the exponential of the counts, and the most frequent word gets nearly everything. Counts are "
            "raised to 3/4 and divided by their sum.",
        ),
        Mutant(
            "rare words preferred",
            _turned_round,
            "The power is negative here, so rare words are drawn most. The idea is only to damp: frequent words stay the "
            "likeliest, by less than their counts say.",
        ),
    ),
    hints=(
        "Two steps: `counts ** 0.75`, then something that makes the numbers add up to 1.",
        "In this order: the power first, the division by the sum last.",
    ),
)

# ---------------------------------------------------------------- 3 analogy


def _analogy_reference(vectors: np.ndarray, a: int, b: int, c: int) -> int:
    """The row nearest to b - a + c by cosine, rows at length 1, and never a, b or c themselves."""
    unit = normalize(vectors)
    scores = unit @ (unit[b] - unit[a] + unit[c])
    scores[[a, b, c]] = -np.inf
    return int(scores.argmax())


def _analogy_cases(rng: np.random.Generator) -> list[tuple]:
    """Tables in which the best and the second answer lie apart, so that rounding decides nothing."""
    cases = []
    for n, d in ((8, 3), (12, 4), (20, 5), (30, 6), (40, 8), (50, 8)):
        found = None
        while found is None:
            vectors = rng.normal(size=(n, d)) * rng.uniform(0.3, 3, size=(n, 1))
            a, b, c = (int(i) for i in rng.choice(n, size=3, replace=False))
            unit = normalize(vectors)
            scores = np.sort(np.delete(unit @ (unit[b] - unit[a] + unit[c]), [a, b, c]))
            found = (vectors, a, b, c) if scores[-1] - scores[-2] > 1e-3 else None
        cases.append(found)
    return cases


def _answer(target: Callable, *, excluded: str = "abc", scale: bool = True, sign: int = 1) -> Callable:
    """An analogy with another target, other words excluded, or lengths left as they are."""

    def mutant(vectors, a, b, c):
        rows = normalize(vectors) if scale else vectors
        scores = sign * (rows @ target(rows[a], rows[b], rows[c]))
        rows_of = {"a": a, "b": b, "c": c}
        scores[[rows_of[name] for name in excluded]] = -np.inf
        return int(scores.argmax())

    return mutant


def _by_distance(vectors, a, b, c):
    distance = np.linalg.norm(vectors - (vectors[b] - vectors[a] + vectors[c]), axis=1)
    distance[[a, b, c]] = np.inf
    return int(distance.argmin())


analogy_row = Exercise(
    name="word_vectors.analogy_row",
    title="a is to b as c is to what?",
    difficulty=2,
    minutes=10,
    statement="""
        Write `analogy_row(vectors, a, b, c)`. `vectors [n, d]` is a table of word vectors of all lengths; `a`, `b` and `c` are
        row numbers. Return the row number of the answer to "a is to b as c is to ...": scale every row to length 1, then find the row with the
        largest cosine to b - a + c, the three given words left out.
        """,
    reference=_analogy_reference,
    signature="analogy_row(vectors, a, b, c)",
    cases=_analogy_cases,
    mutants=(
        Mutant(
            "inputs not excluded",
            _answer(lambda a, b, c: b - a + c, excluded=""),
            "The three given words may answer here, and they usually do: b - a + c is nearest to c or to b themselves. In the lesson you "
            "measured how few questions are right this way. Set the scores of rows a, b and c to -inf before you look for the largest.",
        ),
        Mutant(
            "only c excluded",
            _answer(lambda a, b, c: b - a + c, excluded="c"),
            "Only c is left out, and now b often answers. All three given words are out of the contest: gensim and the published figures "
            "leave out a, b and c.",
        ),
        Mutant(
            "a - b + c",
            _answer(lambda a, b, c: a - b + c),
            "The sign order is turned: this is a - b + c, which asks for what is to c as a is to b. Man is to king as woman is to ...: start at "
            "king, take man away, add woman.",
        ),
        Mutant(
            "all added",
            _answer(lambda a, b, c: a + b + c),
            "All three are added. The difference b - a is the relation; adding a instead of taking it away asks for what is near all three.",
        ),
        Mutant(
            "no arithmetic",
            _answer(lambda a, b, c: c),
            "This is the nearest neighbour of c; a and b play no part in it. It is a baseline worth knowing, and the lesson measures how far "
            "it goes, but the question was b - a + c.",
        ),
        Mutant(
            "neighbour of b",
            _answer(lambda a, b, c: b),
            "This is the nearest neighbour of b; a and c play no part in it. The target is b - a + c.",
        ),
        Mutant(
            "lengths kept",
            _answer(lambda a, b, c: b - a + c, scale=False),
            "The rows keep their lengths, so long vectors win by being long, and each of the three weighs by its length. "
            "Scale every row to length 1 first, before the arithmetic as well as before the comparison.",
        ),
        Mutant(
            "distance between raw rows",
            _by_distance,
            "You look for the smallest distance between rows of different lengths. The definition (and gensim) scales every row "
            "to length 1 first and takes the largest cosine. With raw rows the two give different answers.",
        ),
        Mutant(
            "the farthest",
            _answer(lambda a, b, c: b - a + c, sign=-1),
            "This is the row with the smallest cosine. A cosine is a similarity: the best answer has the largest. "
            "`argsort` sorts upwards.",
        ),
    ),
    hints=(
        "`ll.normalize(vectors)` scales the rows. The target is one line, the scores of all rows are one product.",
        "`scores[[a, b, c]] = -np.inf` takes three rows out of the contest; `scores.argmax()` is a row number.",
    ),
)

# ---------------------------------------------------------------- 4 input and output vectors


def _likely_contexts(inputs: np.ndarray, outputs: np.ndarray, row: int, k: int) -> list[int]:
    """The k rows of `outputs` with the largest product with one input vector, best first."""
    scores = outputs @ inputs[row]
    return [int(found) for found in np.argsort(-scores, kind="stable")[:k]]


def _two_tables(rng: np.random.Generator) -> list[tuple]:
    cases = []
    for n, d, k in ((6, 3, 2), (9, 4, 3), (14, 5, 4), (20, 6, 5)):
        inputs, outputs = rng.normal(size=(n, d)), rng.normal(size=(n, d)) * rng.uniform(0.5, 3, size=(n, 1))
        row = int(rng.integers(n))
        outputs[row] = 2 * inputs[row] + rng.normal(size=d)  # a word that often stands beside itself ("very very")
        cases.append((inputs, outputs, row, k))
    return cases


def _ranked_by(score: Callable, *, itself: bool = True, sign: int = -1) -> Callable:
    def mutant(inputs, outputs, row, k):
        order = np.argsort(sign * score(inputs, outputs, row), kind="stable")
        return [int(found) for found in order if itself or found != row][:k]

    return mutant


def _best_scores(inputs, outputs, row, k):
    return np.sort(outputs @ inputs[row])[::-1][:k].tolist()


likely_contexts = Exercise(
    name="word_vectors.likely_contexts",
    title="Which words stand beside it?",
    difficulty=2,
    minutes=8,
    statement="""
        Write `likely_contexts(inputs, outputs, row, k)`. `inputs` and `outputs` are the two matrices of a trained
        skip-gram, `[n, d]` each, with one row for each word. Return the row numbers of the k words that the model expects *beside* word
        `row`, best first, as a list: those with the highest score in the sense of its training. A word may stand beside itself.
        """,
    reference=_likely_contexts,
    signature="likely_contexts(inputs, outputs, row, k)",
    cases=_two_tables,
    mutants=(
        Mutant(
            "inputs with inputs",
            _ranked_by(lambda inputs, outputs, row: inputs @ inputs[row]),
            "You compared the input vector with other input vectors. That finds words that could stand in the same place, such as another "
            "noun. The product that training made large is input times output: compare with the rows of `outputs`.",
        ),
        Mutant(
            "inputs with inputs, by cosine",
            _ranked_by(lambda inputs, outputs, row: normalize(inputs) @ normalize(inputs)[row]),
            "These are the nearest neighbours among the input vectors, what most people call similar words. They could stand in the same "
            "place; the exercise asks who stands beside it, and that is in the products with `outputs`.",
        ),
        Mutant(
            "the two exchanged",
            _ranked_by(lambda inputs, outputs, row: inputs @ outputs[row]),
            "The matrices are exchanged: you took the output vector of the word and the inputs of the others. That asks which centres expect "
            "this word beside them. The centre is the given word, so its vector is `inputs[row]`.",
        ),
        Mutant(
            "outputs with outputs",
            _ranked_by(lambda inputs, outputs, row: outputs @ outputs[row]),
            "Both vectors are output vectors. Two outputs are never multiplied in training. The given word is the centre, so take its input "
            "vector, `inputs[row]`.",
        ),
        Mutant(
            "cosine instead of the product",
            _ranked_by(lambda inputs, outputs, row: normalize(outputs) @ inputs[row]),
            "You ranked by cosine, which takes the length of the output vectors away. The score of training is the plain dot product; an output "
            "vector's length is part of how much its word is expected anywhere.",
        ),
        Mutant(
            "without the word itself",
            _ranked_by(lambda inputs, outputs, row: outputs @ inputs[row], itself=False),
            "You left the word itself out. Among similar words that makes sense, since every word is most similar to itself. Here the question "
            "is who stands beside it, and some words do stand beside themselves.",
        ),
        Mutant(
            "lowest first",
            _ranked_by(lambda inputs, outputs, row: outputs @ inputs[row], sign=1),
            "The order is turned round: `argsort` sorts upwards, so the words come first that the model expects least. Sort the negative "
            "scores.",
        ),
        Mutant(
            "scores instead of rows",
            _best_scores,
            "These are the scores themselves. The exercise asks for the row numbers of the words that have them, as `np.argsort` gives.",
        ),
    ),
    hints=(
        "In training, the score of a pair is one input vector times one output vector. Which of the two belongs to the word in the middle?",
        "`outputs @ inputs[row]` gives all n scores at once; `np.argsort(-scores)` puts the best first.",
    ),
)

# ---------------------------------------------------------------- 5 a vector file


def _read_lines(lines: list[str]) -> tuple[list[str], np.ndarray]:
    """Words and matrix of a text file of vectors, with a header of two whole numbers or without."""
    first = lines[0].split()
    if len(first) == 2 and all(part.isdigit() for part in first):
        lines = lines[1:]
    rows = [line.split() for line in lines]
    matrix = np.array([[float(number) for number in row[1:]] for row in rows])
    return [row[0] for row in rows], matrix


def _line_cases(rng: np.random.Generator) -> list[tuple]:
    cases = []
    for n, d, header in ((3, 4, True), (3, 4, False), (5, 3, True), (6, 2, False), (4, 5, True)):
        matrix = rng.normal(size=(n, d)).round(4)
        words = [str(word) for word in rng.permutation(WORDS)[:n]]
        lines = [f"{word} {' '.join(map(str, row))}\n" for word, row in zip(words, matrix.tolist(), strict=True)]
        cases.append(([f"{n} {d}\n", *lines] if header else lines,))
    return cases


def _has_header(lines) -> bool:
    return len(lines[0].split()) == 2


def _header_as_word(lines):
    rows = [line.split() for line in lines]
    longest = max(len(row) for row in rows) - 1
    padded = [[*map(float, row[1:]), *[0.0] * (longest - len(row) + 1)] for row in rows]
    return [row[0] for row in rows], np.array(padded)


def _header_as_word_ragged(lines):
    rows = [line.split() for line in lines]
    return [row[0] for row in rows], np.array([[float(x) for x in row[1:]] for row in rows])


def _change(which: Callable) -> Callable:
    def mutant(lines):
        return which(*_read_lines(lines))

    return mutant


def _as_text(lines):
    rows = [line.split() for line in (lines[1:] if _has_header(lines) else lines)]
    return [row[0] for row in rows], np.array([row[1:] for row in rows])


read_lines = Exercise(
    name="word_vectors.read_lines",
    title="Read a file of word vectors",
    difficulty=2,
    minutes=10,
    statement="""
        Write `read_lines(lines)`. `lines` are the lines of a text file of word vectors: a word, then its d numbers, with spaces
        between. A Word2Vec file begins with a header, two whole numbers (how many words, how many dimensions); a GloVe file has no
        header. Return the list of words and the matrix `[n, d]` as floats, for both kinds. d is 2 or more.
        """,
    reference=_read_lines,
    signature="read_lines(lines)",
    cases=_line_cases,
    mutants=(
        Mutant(
            "header as a word, filled up",
            _header_as_word,
            "The header is taken for a word: the table has a word that is a number, with a vector that is mostly filling. Nothing fails "
            "later on. Look at the first line: two whole numbers and nothing else are a header, and no word.",
        ),
        Mutant(
            "header as a word",
            _header_as_word_ragged,
            "The header is taken for a word, and its row is shorter than the others, so NumPy cannot make a matrix. Look at the "
            "first line: two whole numbers and nothing else are a header, and no word.",
        ),
        Mutant(
            "first line always dropped",
            lambda lines: _read_lines(lines if _has_header(lines) else lines[1:]),
            "The first line is always dropped. A GloVe file has no header, and its first line is its most frequent word, which is now "
            "missing without a sound. Drop the line only if it is a header.",
        ),
        Mutant(
            "the last dimension is lost",
            _change(lambda words, matrix: (words, matrix[:, :-1])),
            "The last number of each row is missing. It is not the line break: `split()` without an argument leaves that "
            "out already. Take `row[1:]`, up to the end.",
        ),
        Mutant(
            "the first number is lost",
            _change(lambda words, matrix: (words, matrix[:, 1:])),
            "The first number of each row is missing. Only the word stands before the numbers: they begin at `row[1:]`.",
        ),
        Mutant(
            "numbers as text",
            _as_text,
            "The matrix holds text, not numbers. It looks right when printed, and the first dot product fails. Convert with `float`, or "
            "`dtype=float`.",
        ),
        Mutant(
            "rows normalised",
            _change(lambda words, matrix: (words, normalize(matrix))),
            "The rows were scaled to length 1. A reader gives back what stands in the file; whoever needs unit rows scales them later, and "
            "the lengths, which carry frequency, are not lost.",
        ),
        Mutant(
            "transposed",
            _change(lambda words, matrix: (words, matrix.T)),
            "The matrix is transposed: words are columns here. One row for each word, [n, d].",
        ),
    ),
    hints=(
        "`line.split()` cuts at spaces and leaves the line break out. The word is the first piece.",
        "When is the first line a header? It has two pieces, and both consist of digits: `str.isdigit`.",
    ),
)

# ---------------------------------------------------------------- quiz

quiz = Quiz(
    "word_vectors",
    (
        Question(
            "Training leaves two vectors for each word. Which one do people mean by 'the word vector'?",
            (
                Option(
                    "The output vector, since it makes the prediction",
                    feedback="Both take part in each prediction. gensim's `wv` and published tables hold the other one.",
                ),
                Option(
                    "The input vector; GloVe's tables hold the sum of both",
                    correct=True,
                    feedback="Yes. Input with input finds words of one kind; input with output finds words that stand together.",
                ),
                Option(
                    "Either: after training they are equal",
                    feedback="They start apart and stay apart: no word is its own neighbour, so its two vectors need not agree.",
                ),
            ),
        ),
        Question(
            "Your vectors know nothing of 'unfriendlyness'. What does a Word2Vec or GloVe table give for it?",
            (
                Option(
                    "The vector of UNK",
                    feedback="A common belief. Some systems keep such a vector; these tables do not.",
                ),
                Option(
                    "A KeyError: there is no vector",
                    correct=True,
                    feedback="Yes. fastText composes one from the n-grams of the letters, here of a misspelt but telling word.",
                ),
                Option(
                    "A vector of zeros, with cosine 0 to everything",
                    feedback="Only if your own code puts it there. Then it has no direction, and a cosine with it means nothing.",
                ),
            ),
        ),
        Question(
            "An article reports high accuracy on analogies. What do you ask first?",
            (
                Option(
                    "Whether the three given words were excluded, and what the nearest neighbour of c scores alone",
                    correct=True,
                    feedback="Yes. Without exclusion hardly any answer is right, and much of the rest needs no arithmetic.",
                ),
                Option(
                    "How many dimensions the vectors have",
                    feedback="It matters, but less than the rules of the test: they decide between almost nothing and a good mark.",
                ),
                Option(
                    "Whether the vectors were trained with Word2Vec or with GloVe",
                    feedback="With the same text and care they come out close. How the test was run changes the figure far more.",
                ),
            ),
        ),
        Question(
            "You train twice with seed=1 and workers=8, and the vectors differ. Why?",
            (
                Option(
                    "The seed was set too late",
                    feedback="The seed fixes what is drawn. It does not fix which thread comes first.",
                ),
                Option(
                    "Floating-point numbers are never repeatable",
                    feedback="They are: the same operations in the same order give the same bits. The order is the point.",
                ),
                Option(
                    "Threads update the same vectors in an order that changes",
                    correct=True,
                    feedback="Yes. One worker, a seed, and a vocabulary in a fixed order give the same bits each time.",
                ),
            ),
        ),
        Question(
            "What is the same in skip-gram with negative sampling and in PPMI with SVD?",
            (
                Option(
                    "Both factorise, exactly or nearly, a table of how much more often words meet than by chance",
                    correct=True,
                    feedback="Yes: Levy and Goldberg (2014). The weights of the entries and the treatment of zeros differ.",
                ),
                Option(
                    "Both predict the next word",
                    feedback="Neither does. Skip-gram tells true neighbours, on both sides, from drawn words.",
                ),
                Option(
                    "Nothing: one counts and the other learns",
                    feedback="That was the belief before 2014. The lesson compares their scores and their neighbours.",
                ),
            ),
        ),
        Question(
            "WEAT finds that a table puts one group of names nearer to words for careers. What is shown?",
            (
                Option(
                    "The people who made the table are prejudiced",
                    feedback="The table mirrors the text it was made from. It says nothing on its makers.",
                ),
                Option(
                    "A system that uses the table will treat people unfairly",
                    feedback="That must be measured on the system. The association can matter there, or not.",
                ),
                Option(
                    "That these sets of words differ in association in this table",
                    correct=True,
                    feedback="Yes, that much. Other word lists can give another number, and harm is a question for the application.",
                ),
            ),
        ),
    ),
)
