"""Exercises and quiz of lesson 00: a first search with sentence vectors, and how far to trust it."""

from __future__ import annotations

import numpy as np

from lessons_lib import evaluation
from lessons_lib.checking import Exercise, Mutant, Option, Property, Question, Quiz

# ---------------------------------------------------------------- 1. cosine


def _cosine(a: np.ndarray, b: np.ndarray) -> float:
    """Cosine of the angle between two vectors [d], -1 to 1: their dot product, divided by both lengths."""
    return float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))


def _cosine_cases(rng: np.random.Generator) -> list[tuple]:
    def vector(d: int) -> np.ndarray:
        return rng.normal(size=d) * rng.uniform(0.5, 4)

    fixed = [
        (np.array([3.0, 4.0]), np.array([8.0, 6.0])),
        (np.array([2.0, 0.0]), np.array([0.0, 5.0])),
        (np.array([1.0, 2.0, 2.0]), np.array([-3.0, -6.0, -6.0])),
    ]
    return fixed + [(vector(d), vector(d)) for d in (2, 3, 8, 384)]


def _length_does_not_matter(cosine, rng: np.random.Generator) -> str | None:
    a, b = rng.normal(size=6), rng.normal(size=6)
    before, after = float(cosine(a, b)), float(cosine(3 * a, b))
    return (
        None if abs(before - after) < 1e-5 else f"{before:.3f} became {after:.3f} when a was made three times as long"
    )


def _same_direction_is_one(cosine, rng: np.random.Generator) -> str | None:
    a = rng.normal(size=6)
    found = float(cosine(a, a))
    return None if abs(found - 1) < 1e-5 else f"cosine(a, a) is {found:.3f}"


def _dot_only(a, b):
    return a @ b


def _one_length_a(a, b):
    return a @ b / np.linalg.norm(a)


def _one_length_b(a, b):
    return a @ b / np.linalg.norm(b)


def _squared_lengths(a, b):
    return a @ b / ((a @ a) * (b @ b))


def _lengths_added(a, b):
    return a @ b / (np.linalg.norm(a) + np.linalg.norm(b))


def _straight_line(a, b):
    return np.linalg.norm(a - b)


def _one_minus_cosine(a, b):
    return 1 - _cosine(a, b)


def _never_negative(a, b):
    return max(0.0, _cosine(a, b))


def _absolute(a, b):
    return abs(_cosine(a, b))


cosine = Exercise(
    name="encoder.cosine",
    title="The cosine of two vectors",
    difficulty=1,
    minutes=5,
    statement="""
        Write `cosine(a, b)` for two NumPy vectors with equally many numbers: the sum of the products of their numbers
        (`a @ b`), divided by the length of `a` and by the length of `b`. Give back one number between -1 and 1.

        The vectors from `encode` have length 1, so there the division changes nothing. Here the arrows have
        **any** length above 0.
        """,
    reference=_cosine,
    signature="cosine(a, b)",
    cases=_cosine_cases,
    properties=(
        Property("a vector has cosine 1 with itself", _same_direction_is_one),
        Property("a longer copy of a vector has the same cosine", _length_does_not_matter),
    ),
    mutants=(
        Mutant(
            "dot product only",
            _dot_only,
            "This is the dot product: it takes vectors to have length 1, as those from encode do. Cosine is about the "
            "direction only, so divide by the length of a and by the length of b. Try cosine(a, a) with a = [3, 4]: it "
            "should be 1, and yours gives 25.",
        ),
        Mutant(
            "divided by the length of a only",
            _one_length_a,
            "You divide by the length of a, and the length of b is still in the result. Both vectors have to lose "
            "their length. To see it, make b ten times as long: the direction stays, and your number grows tenfold.",
        ),
        Mutant(
            "divided by the length of b only",
            _one_length_b,
            "You divide by the length of b, and the length of a is still in the result. Both vectors have to lose "
            "their length. To see it, make a ten times as long: the direction stays, and your number grows tenfold.",
        ),
        Mutant(
            "divided by squared lengths",
            _squared_lengths,
            "You divide by a @ a and b @ b, and those are the squares of the lengths. The length of [3, 4] is the square "
            "root of 3 * 3 + 4 * 4, so 5 and not 25. np.linalg.norm(a) takes that root for you.",
        ),
        Mutant(
            "lengths added",
            _lengths_added,
            "You divide by the sum of the two lengths. Each length is divided out on its own, so the divisor is their "
            "product. To see it, try cosine(a, a) with a = [3, 4]: it should be 1, and yours gives 2.5.",
        ),
        Mutant(
            "Euclidean distance",
            _straight_line,
            "This is the distance between the tips of the two vectors, which is 0 for equal vectors and grows without "
            "limit. A cosine says how far two directions agree: 1 for the same, -1 for opposite ones. Begin with a @ b.",
        ),
        Mutant(
            "cosine distance",
            _one_minus_cosine,
            "This is 1 minus the cosine, which some libraries call cosine distance: small means alike. A similarity runs "
            "the other way: the same direction gives 1. Check with cosine(a, a), and leave the subtraction out.",
        ),
        Mutant(
            "negative cosines cut off",
            _never_negative,
            "Your results stop at 0, as if a cosine lay between 0 and 1. It lies between -1 and 1, and a negative one "
            "is no error: the vectors point away from each other. Try cosine(a, -a): it is -1.",
        ),
        Mutant(
            "absolute value",
            _absolute,
            "You drop the sign, so opposite directions look the same as equal ones. A cosine lies between -1 and 1, and "
            "its sign says which way the vectors point. Try cosine(a, -a): it is -1.",
        ),
    ),
    hints=(
        "`a @ b` multiplies number by number and adds everything up.",
        "The length of a vector is the square root of the sum of its squares: `np.linalg.norm(a)`.",
        "Divide `a @ b` by `np.linalg.norm(a) * np.linalg.norm(b)`. The brackets count.",
    ),
)


# ---------------------------------------------------------------- 2. best matches


def _best_matches(query: np.ndarray, corpus: np.ndarray, k: int) -> np.ndarray:
    """Ids of the k rows of corpus [n, d] with the largest dot product with query [d], best first."""
    scores = corpus @ query
    return np.argsort(-scores, kind="stable")[:k]  # stable: equal scores stay in the order of their ids


def _best_matches_cases(rng: np.random.Generator) -> list[tuple]:
    """Rows of plus and minus 1/2 (or 1/4): length 1, products without rounding, and many equal scores."""
    corpus = np.array([[-1, 1, -1, 1], [1, 1, 1, 1], [1, 1, 1, -1], [1, 1, -1, -1], [1, 1, -1, 1]]) / 2
    cases = [(np.array([1, 1, 1, 1]) / 2, corpus, 3)]
    for n, d, k in ((6, 4, 1), (7, 16, 4), (12, 4, 12), (40, 16, 10)):
        rows = rng.choice([-1.0, 1.0], size=(n + 1, d)) / np.sqrt(d)
        cases.append((rows[0], rows[1:], k))
    return cases


def _worst_first(query, corpus, k):
    return np.argsort(corpus @ query, kind="stable")[:k]


def _best_last(query, corpus, k):
    return _best_matches(query, corpus, k)[::-1]


def _scores_for_ids(query, corpus, k):
    return np.sort(corpus @ query)[::-1][:k]


def _best_dropped(query, corpus, k):
    return np.argsort(-(corpus @ query), kind="stable")[1 : k + 1]


def _order_lost(query, corpus, k):
    return np.sort(_best_matches(query, corpus, k))


def _ties_backwards(query, corpus, k):
    return np.argsort(corpus @ query, kind="stable")[::-1][:k]


def _all_of_them(query, corpus, k):
    return _best_matches(query, corpus, len(corpus))


best_matches = Exercise(
    name="encoder.best_matches",
    title="The k best matches",
    difficulty=2,
    minutes=10,
    statement="""
        Write `best_matches(query, corpus, k)`. `query` is one vector `[d]`, `corpus` holds n vectors as rows `[n, d]`, all of
        length 1. Give back the **ids** (row numbers, from 0) of the k rows with the largest dot product with the
        query, best first. Of two rows with equal scores, the one with the smaller id comes first.
        """,
    reference=_best_matches,
    signature="best_matches(query, corpus, k)",
    cases=_best_matches_cases,
    mutants=(
        Mutant(
            "worst first",
            _worst_first,
            "These are the k worst rows, the worst of all first. Either scores were sorted upwards (argsort does that), or "
            "distances downwards. With a similarity the best is the largest, with a distance the smallest: print the "
            "score of your first id beside the largest score.",
        ),
        Mutant(
            "best last",
            _best_last,
            "These are the right k rows, and the best one stands at the end. argsort sorts upwards, so a slice such as [-k:] "
            "keeps that direction. Sort the negative scores, and the best comes first.",
        ),
        Mutant(
            "scores instead of ids",
            _scores_for_ids,
            "These are the k best scores, not the ids of the rows that have them. A score does not say which text to show. "
            "np.argsort gives positions where np.sort gives values.",
        ),
        Mutant(
            "the best one left out",
            _best_dropped,
            "Your list begins with the second best row. Leaving out the first is right when a text is compared with a "
            "collection that it belongs to, since it then finds itself. This query is not in the corpus, so its best row is "
            "the answer: begin the slice at 0.",
        ),
        Mutant(
            "order lost",
            _order_lost,
            "These are the right k rows in the order of their ids. Their ranking is gone, as happens with a set, with a mask or "
            "with argpartition alone. Look at the scores of your ids: they should fall from first to last.",
        ),
        Mutant(
            "ties the wrong way round",
            _ties_backwards,
            "The ranking is right, except that of rows with equal scores the larger id comes first. That happens when a list "
            "is sorted upwards and then turned round: equal ones are turned round too. Sort the negative scores with "
            'kind="stable".',
        ),
        Mutant(
            "all rows",
            _all_of_them,
            "This ranks all n rows rightly and forgets k. Whoever asks for three results gets the whole corpus. Keep the "
            "first k of the ranking: [:k].",
        ),
    ),
    hints=(
        "`corpus @ query` gives all n scores at once, `[n]`.",
        "`np.argsort` gives the positions of the values from the smallest to the largest. You want the opposite.",
        '`np.argsort(-scores, kind="stable")` puts the largest first and leaves equal ones in the order of their ids.',
    ),
)


# ---------------------------------------------------------------- 3. answer or abstain


def _answer_or_abstain(scores: np.ndarray, threshold: float) -> int | None:
    """Index of the largest of the scores [n], or None when it is below the threshold."""
    best = int(np.argmax(scores))
    return best if scores[best] >= threshold else None


def _answer_cases(rng: np.random.Generator) -> list[tuple]:
    """Scores in steps of 1/64: they are exact, and a score can equal the threshold."""
    cases = [
        (np.array([0.5, 0.25, 0.75]), 0.375),
        (np.array([0.25, 0.125, 0.25, 0.5]), 0.5),
        (np.array([0.25, 0.5, 0.125]), 0.625),
        (np.array([0.625, 0.0, 0.5]), 0.25),
        (np.array([-0.25, -0.125]), -0.5),
        (np.array([0.75]), 0.875),
    ]
    for n in (4, 10, 162):
        scores = rng.choice(np.arange(-16, 60), size=min(n, 40), replace=False) / 64
        cases.append((scores, float(rng.choice(scores)) + float(rng.choice([-1, 0, 1])) / 64))
    return cases


def _always(scores, threshold):
    return int(np.argmax(scores))


def _turned_round(scores, threshold):
    best = int(np.argmax(scores))
    return None if scores[best] >= threshold else best


def _first_above(scores, threshold):
    return next((i for i, score in enumerate(scores) if score >= threshold), None)


def _score_itself(scores, threshold):
    return float(scores.max()) if scores.max() >= threshold else None


def _mean_compared(scores, threshold):
    return int(np.argmax(scores)) if scores.mean() >= threshold else None


def _strictly_above(scores, threshold):
    best = int(np.argmax(scores))
    return best if scores[best] > threshold else None


def _every_one_above(scores, threshold):
    return [i for i, score in enumerate(scores) if score >= threshold]


answer_or_abstain = Exercise(
    name="encoder.answer_or_abstain",
    title="Answer, or say that you do not know",
    difficulty=2,
    minutes=10,
    statement="""
        Write `answer_or_abstain(scores, threshold)`. `scores` holds the scores `[n]` of all entries for one query. Give back
        the **index** of the best one when its score is the threshold or more, and `None` when even the best is below it.
        """,
    reference=_answer_or_abstain,
    signature="answer_or_abstain(scores, threshold)",
    cases=_answer_cases,
    mutants=(
        Mutant(
            "always answers",
            _always,
            "Your function always names the best entry, and there is always a best one, also for a question about the "
            "weather on Mars. Being nearest does not make it near. Compare the best score with the threshold, and give back "
            "None when it is below.",
        ),
        Mutant(
            "comparison turned round",
            _turned_round,
            "Your function answers when the best score is low and stays silent when it is high. The scores are similarities: "
            "more is better, so answer at the threshold or above. With a distance it would be the other way round.",
        ),
        Mutant(
            "first above the threshold",
            _first_above,
            "You give back the first entry that reaches the threshold, and a later one may match far better. The threshold "
            "decides whether to answer, and the ranking decides with what. Try the scores [0.5, 0.25, 0.75] with the "
            "threshold 0.375: the answer is 2.",
        ),
        Mutant(
            "the score instead of the index",
            _score_itself,
            "You give back the best score, and whoever calls the function cannot tell which entry has it. The score is for "
            "the decision, the index finds the text. np.argmax gives the place where np.max gives the value.",
        ),
        Mutant(
            "the mean compared",
            _mean_compared,
            "You compare the mean of all scores with the threshold. One entry answers a question, and the many others are meant "
            "to be far away, so the mean is low for a good query too. Compare the best score.",
        ),
        Mutant(
            "strictly above",
            _strictly_above,
            "You ask for more than the threshold, and a best score equal to it should be answered: the threshold is the "
            "lowest score you accept. Whoever fits a threshold to data meets this case, since it is often set to a score "
            "that was seen. Write >=.",
        ),
        Mutant(
            "all above the threshold",
            _every_one_above,
            "You give back every index that reaches the threshold, in the order of the entries. Asked for is one answer, the "
            "best, or None. Find the best first, then decide whether it is good enough.",
        ),
    ),
    hints=(
        "Two questions, one after the other: which entry is best, and is it good enough?",
        "`np.argmax(scores)` gives the index of the largest score.",
        "`best = int(np.argmax(scores))`, then look at `scores[best] >= threshold`.",
    ),
)


# ---------------------------------------------------------------- 4. mean reciprocal rank


def _mrr_cases(rng: np.random.Generator) -> list[tuple]:
    """Each query has one right id; in the fixed inputs some are found first, some later, some never."""
    cases = [
        (np.array([[7, 3, 5], [1, 2, 4], [6, 0, 8]]), [3, 1, 9]),
        (np.array([[2, 0, 1, 4], [5, 3, 2, 1]]), [1, 3]),
        (np.array([[4, 9], [8, 1], [0, 6]]), [4, 2, 7]),
    ]
    for q, n, k in ((6, 9, 5), (20, 15, 10)):
        ranked = np.array([rng.permutation(n)[:k] for _ in range(q)])
        relevant = [int(found) for found in rng.integers(0, n, size=q)]
        relevant[0] = int(ranked[0, 0])  # at least one is found
        cases.append((ranked, relevant))
    return cases


def _ranks(ranked_ids, relevant) -> list[int | None]:
    """Rank of each right id, from 1, or None where the list does not hold it."""
    rows = [[int(found) for found in row] for row in ranked_ids]
    return [row.index(right) + 1 if right in row else None for row, right in zip(rows, relevant, strict=True)]


def _nothing_found_is_zero(mean_reciprocal_rank, rng: np.random.Generator) -> str | None:
    found = float(mean_reciprocal_rank(np.array([[1, 2], [3, 4]]), [9, 9]))
    return None if abs(found) < 1e-9 else f"{found:.3f}"


def _from_zero(ranked_ids, relevant):
    with np.errstate(divide="ignore"):
        ranks = np.array([np.inf if rank is None else rank - 1.0 for rank in _ranks(ranked_ids, relevant)])
        return (1 / ranks).mean()


def _from_zero_in_a_loop(ranked_ids, relevant):
    return sum(1 / (rank - 1) for rank in _ranks(ranked_ids, relevant) if rank is not None) / len(relevant)


def _misses_left_out(ranked_ids, relevant):
    return np.mean([1 / rank for rank in _ranks(ranked_ids, relevant) if rank is not None])


def _misses_as_next_rank(ranked_ids, relevant):
    return np.mean([1 / (rank or len(ranked_ids[0]) + 1) for rank in _ranks(ranked_ids, relevant)])


def _misses_as_last_rank(ranked_ids, relevant):
    return np.mean([1 / (rank or len(ranked_ids[0])) for rank in _ranks(ranked_ids, relevant)])


def _misses_as_first_rank(ranked_ids, relevant):
    return np.mean([1 / (rank or 1) for rank in _ranks(ranked_ids, relevant)])


def _first_only(ranked_ids, relevant):
    return np.mean([rank == 1 for rank in _ranks(ranked_ids, relevant)])


def _mean_rank(ranked_ids, relevant):
    return np.mean([rank for rank in _ranks(ranked_ids, relevant) if rank is not None])


def _one_over_mean_rank(ranked_ids, relevant):
    return 1 / _mean_rank(ranked_ids, relevant)


mean_reciprocal_rank = Exercise(
    name="encoder.mean_reciprocal_rank",
    title="Mean reciprocal rank",
    difficulty=2,
    minutes=10,
    statement="""
        Write `mean_reciprocal_rank(ranked_ids, relevant)`. Row i of `ranked_ids` `[q, k]` is the ranking for query i, best first;
        `relevant[i]` is the one id that answers it. A query whose right id stands at rank 1 counts 1, at rank 2
        counts 1/2, at rank 3 counts 1/3, and 0 when it is not in the list. Give back the mean over **all** q queries.
        """,
    reference=evaluation.mean_reciprocal_rank,
    signature="mean_reciprocal_rank(ranked_ids, relevant)",
    cases=_mrr_cases,
    properties=(Property("a search that finds nothing gets 0", _nothing_found_is_zero),),
    mutants=(
        Mutant(
            "ranks from 0",
            _from_zero,
            "You count ranks from 0, so a right answer in first place is divided by 0 and becomes infinity. Python counts "
            "positions from 0, ranks count from 1. Add 1 to the position, and the best possible value is 1.",
        ),
        Mutant(
            "ranks from 0, in a loop",
            _from_zero_in_a_loop,
            "Your code divides by 0 when the right answer stands first: Python counts positions from 0, ranks count from 1. "
            "enumerate(row, start=1) counts as people do. Do not skip the division instead: the first place is the one "
            "that counts most.",
        ),
        Mutant(
            "misses left out",
            _misses_left_out,
            "You average over the queries whose answer was found, and leave out the misses. Then a search looks better the more "
            "it fails on hard queries. A miss counts 0, and the mean is over all queries.",
        ),
        Mutant(
            "misses at the rank after the last",
            _misses_as_next_rank,
            "You count a missing answer as if it stood one place after the end of the list. Nobody knows where it stands, and "
            "with short lists this gives a miss a good mark. A miss counts 0.",
        ),
        Mutant(
            "misses at the last rank",
            _misses_as_last_rank,
            "You count a missing answer as if it stood in the last place of the list. Nobody saw it there, and with a list of "
            "two each miss would count 1/2. A miss counts 0.",
        ),
        Mutant(
            "misses at rank 1",
            _misses_as_first_rank,
            "Your misses count as first places. That is a trap of argmax: in a row without a single True it gives 0, the "
            "same as for a hit in first place. Ask first whether there is a hit at all (any), and count 0 where there is none.",
        ),
        Mutant(
            "recall at 1",
            _first_only,
            "This is the share of queries whose first result is right, called recall at 1 here. MRR also gives part of the mark "
            "for a right answer further down: 1/2 at rank 2, 1/3 at rank 3. Compare two rankings with the answer at rank 2 "
            "and at rank 9: yours calls both 0.",
        ),
        Mutant(
            "mean rank",
            _mean_rank,
            "You average the ranks themselves, so a single answer at rank 100 outweighs ninety at rank 1, and a miss has no "
            "rank at all. Take 1 / rank for each query first, and average these.",
        ),
        Mutant(
            "one over the mean rank",
            _one_over_mean_rank,
            "You average the ranks and divide 1 by that. The mean of reciprocals is another number than the reciprocal of the "
            "mean: ranks 1 and 3 give 0.667 the one way and 0.5 the other. Divide first, for each query, then average.",
        ),
    ),
    hints=(
        "Go through the queries one by one: `for row, right in zip(ranked_ids, relevant)`.",
        "`enumerate(row, start=1)` gives each result with its rank, counted from 1.",
        "Add `1 / rank` where `found == right`, nothing where it never is, and divide the sum by `len(relevant)`. The library "
        "does this in `evaluation.reciprocal_ranks`.",
    ),
)


# ---------------------------------------------------------------- quiz

quiz = Quiz(
    "encoder",
    questions=(
        Question(
            "You ask the library's search: `how do I descale my coffee machine`. What do you get without a threshold?",
            (
                Option(
                    "An error, since no entry is about coffee machines.",
                    feedback="Nothing in the search knows what the collection is about. It compares vectors, and that "
                    "always works.",
                ),
                Option(
                    "No result, since all scores are 0.",
                    feedback="Scores of unrelated texts are near 0, not exactly 0, and one of them is the largest.",
                ),
                Option(
                    "The nearest entry, with a low score.",
                    correct=True,
                    feedback="There is always a nearest entry. Whether it is near enough is a second question, and a "
                    "threshold is one way to ask it.",
                ),
            ),
        ),
        Question(
            "A query and an entry have a cosine of 0.5. Is that high?",
            (
                Option(
                    "It depends on the model: compare it with the cosines of unrelated texts.",
                    correct=True,
                    feedback="In this lesson no unrelated pair reached 0.5. Read the same model by its first token, and "
                    "unrelated texts have cosines higher than that.",
                ),
                Option(
                    "No: the two texts agree by half.",
                    feedback="A cosine is no percentage. It says how far two directions agree, on a scale that differs "
                    "from model to model.",
                ),
                Option(
                    "Yes: anything above 0 means that they are related.",
                    feedback="Look at the histogram of unrelated pairs again: much of it lies above 0.",
                ),
            ),
        ),
        Question(
            "What does number 17 of the 384 numbers of a sentence vector stand for?",
            (
                Option(
                    "For the 17th word of the sentence.",
                    feedback="Each sentence gets 384 numbers, whether it has three words or thirty.",
                ),
                Option(
                    "For a fixed topic, such as money.",
                    feedback="Training named no topics. Directions that people can read may exist, and they need not lie along "
                    "one of the numbers.",
                ),
                Option(
                    "Nothing that has a name: only comparing whole vectors tells you something.",
                    correct=True,
                    feedback="The numbers came out of training on pairs of texts. What they are good for shows in comparisons.",
                ),
            ),
        ),
        Question(
            "Users type form numbers and error codes that stand only in the answers. Which texts should the search encode?",
            (
                Option(
                    "The questions alone.",
                    feedback="A code that stands nowhere in the questions cannot be matched there. See the column of "
                    "exact queries.",
                ),
                Option(
                    "The questions and the answers.",
                    correct=True,
                    feedback="The codes are in the answers, and the everyday words are in the questions. Lesson 08 adds "
                    "search by words.",
                ),
                Option(
                    "It makes no difference: the model knows what a code means.",
                    feedback="The codes were made up for this library, so no model has ever seen them.",
                ),
            ),
        ),
        Question(
            "You raise the threshold. What happens?",
            (
                Option(
                    "The search gets better: it makes fewer mistakes.",
                    feedback="It makes fewer mistakes of one kind. More good questions are refused as well.",
                ),
                Option(
                    "More off-topic queries are refused, and more good ones too.",
                    correct=True,
                    feedback="A threshold trades one mistake for the other. What it should be depends on what each of "
                    "them costs.",
                ),
                Option(
                    "The ranking changes.",
                    feedback="The order of the entries stays. Only the decision to show the first one or not changes.",
                ),
            ),
        ),
    ),
)
