"""Exercises of lesson 04: pooling."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from lessons_lib import pooling
from lessons_lib.checking import Exercise, Mutant, Option, Property, Question, Quiz
from lessons_lib.geometry import normalize

# ---------------------------------------------------------------- inputs


def _batch(rng: np.random.Generator, lengths: list[int], d: int = 4) -> tuple[np.ndarray, np.ndarray]:
    """Random token states with something other than zeros in the padding, as a transformer leaves there."""
    t = max(lengths)
    states = rng.normal(loc=0.3, size=(len(lengths), t, d)).astype(np.float32)
    mask = (np.arange(t) < np.array(lengths)[:, None]).astype(np.int64)
    return states, mask


def _batches(rng: np.random.Generator) -> list[tuple[np.ndarray, np.ndarray]]:
    return [
        _batch(rng, [3, 5], d=3),
        _batch(rng, [1, 4, 6]),
        _batch(rng, [3, 3]),
        _batch(rng, list(rng.integers(2, 12, size=5)), d=8),
    ]


def _negative_batches(rng: np.random.Generator) -> list[tuple[np.ndarray, np.ndarray]]:
    """Batches in which some dimensions are negative in every token: there, a zero would win the maximum."""
    batches = []
    for states, mask in _batches(rng):
        shifted = states.copy()
        shifted[:, :, 0] -= 6
        batches.append((shifted, mask))
    return batches


def _more_padding(function: Callable, rng: np.random.Generator) -> str | None:
    states, mask = _batch(rng, [2, 4])
    n, _, d = states.shape
    longer = np.concatenate([states, rng.normal(size=(n, 3, d)).astype(np.float32)], axis=1)
    longer_mask = np.concatenate([mask, np.zeros((n, 3), dtype=np.int64)], axis=1)
    change = np.abs(np.asarray(function(longer, longer_mask)) - np.asarray(function(states, mask))).max()
    return None if change < 1e-4 else f"three more positions of padding moved the result by up to {change:.3f}"


PADDING = Property("padding does not change the result", _more_padding)

# ---------------------------------------------------------------- 1 masked mean


def _mask_in_denominator_only(token_states: np.ndarray, mask: np.ndarray) -> np.ndarray:
    return token_states.sum(axis=1) / mask.sum(axis=1, keepdims=True)


def _over_padded_length(token_states: np.ndarray, mask: np.ndarray) -> np.ndarray:
    return (token_states * mask[:, :, None]).sum(axis=1) / mask.shape[1]


def _whole_batch(token_states: np.ndarray, mask: np.ndarray) -> np.ndarray:
    return (token_states * mask[:, :, None]).sum(axis=1) / mask.sum()


def _sum_over_batch(token_states: np.ndarray, mask: np.ndarray) -> np.ndarray:
    return (token_states * mask[:, :, None]).sum(axis=(0, 1)) / mask.sum()


def _one_count_for_all(token_states: np.ndarray, mask: np.ndarray) -> np.ndarray:
    return (token_states * mask[:, :, None]).sum(axis=1) / mask[0].sum()


def _without_special_tokens(token_states: np.ndarray, mask: np.ndarray) -> np.ndarray:
    kept = mask.copy()
    kept[:, 0] = 0
    kept[np.arange(len(kept)), mask.sum(axis=1) - 1] = 0
    return pooling.mean_pool(token_states, kept)


masked_mean = Exercise(
    name="pooling.masked_mean",
    title="The mean of the tokens, and of nothing else",
    difficulty=1,
    minutes=8,
    statement="""
        Write `masked_mean(token_states, mask)`. `token_states` has the shape `[n, t, d]`, `mask` has `[n, t]`
        and holds 1 for a token and 0 for padding. Return `[n, d]`: for every text the average of *its own*
        token states, so that padding has no influence at all. Every text has at least one token.
        """,
    reference=pooling.mean_pool,
    signature="masked_mean(token_states, mask)",
    cases=_batches,
    properties=(PADDING,),
    mutants=(
        Mutant(
            "no mask",
            lambda token_states, mask: token_states.mean(axis=1),
            "This is the mean over all positions, padding included: the mask is not used. Padding positions are "
            "not empty; the transformer writes a vector there too. The same text then gets another vector as soon "
            "as a longer text shares its batch. Multiply the states by `mask[:, :, None]` before you sum, and divide by "
            "`mask.sum(axis=1)`.",
        ),
        Mutant(
            "mask only in the denominator",
            _mask_in_denominator_only,
            "You divide by the number of tokens, but the sum still runs over padding. This one hides well: a "
            "denominator only changes the length of the vector, so after normalising the result is exactly the "
            "unmasked mean. The mask belongs in the sum first.",
        ),
        Mutant(
            "mean over the padded length",
            _over_padded_length,
            "The sum leaves padding out, but you divide by the padded length t, so a short text in a long batch "
            "comes out too small. The direction is right and the cosine does not notice; a dot product or a "
            "distance does. Divide by the number of tokens of that text, `mask.sum(axis=1, keepdims=True)`.",
        ),
        Mutant(
            "divided by the tokens of the whole batch",
            _whole_batch,
            "You divide every text by the number of tokens in the whole batch: `mask.sum()` without an axis adds "
            "up all texts. The result then depends on the company a text keeps. Count per text: "
            "`mask.sum(axis=1, keepdims=True)`.",
        ),
        Mutant(
            "sum over the whole batch",
            _sum_over_batch,
            "The sum runs over the texts as well as over the tokens, so one vector stands for the whole batch. "
            "Each text needs its own: sum over axis 1 only, and the result keeps the shape [n, d].",
        ),
        Mutant(
            "the first text's count for all",
            _one_count_for_all,
            "Every text is divided by the token count of the first one. Lengths differ: count per row, "
            "`mask.sum(axis=1, keepdims=True)`.",
        ),
        Mutant(
            "without the first and last token",
            _without_special_tokens,
            "This leaves out the first and the last token of each text, the places of [CLS] and [SEP]. That is a "
            "choice some people make, and the lesson measures it, but the mask says 1 for them: all tokens with a "
            "1 count here.",
        ),
        Mutant(
            "mean over the wrong axis",
            lambda token_states, mask: token_states.mean(axis=2),
            "This averages over the dimensions of each token (axis 2), so one number is left per token. Average "
            "over the tokens, axis 1, and keep the d dimensions.",
        ),
    ),
    hints=(
        "`mask[:, :, None]` has the shape `[n, t, 1]`, and NumPy stretches it over the d dimensions. "
        "What is `token_states * mask[:, :, None]` at a padding position?",
        "Two sums, both over axis 1: the states that are kept, and how many they are. `keepdims=True` keeps the "
        "second one in the shape `[n, 1]`, ready to divide by.",
    ),
)

# ---------------------------------------------------------------- 2 masked max


def _times_minus_infinity(token_states: np.ndarray, mask: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore"):
        return (token_states * np.where(mask[:, :, None] == 1, 1, -np.inf)).max(axis=1)


def _largest_magnitude(token_states: np.ndarray, mask: np.ndarray) -> np.ndarray:
    return (np.abs(token_states) * mask[:, :, None]).max(axis=1)


masked_max = Exercise(
    name="pooling.masked_max",
    title="The maximum, when zero is not nothing",
    difficulty=2,
    minutes=8,
    statement="""
        Write `masked_max(token_states, mask)`: for every text and every dimension the largest value among the
        tokens of that text, `[n, d]`. The values can be negative, also all of them. Every text has at least one token.
        """,
    reference=pooling.max_pool,
    signature="masked_max(token_states, mask)",
    cases=_negative_batches,
    properties=(PADDING,),
    mutants=(
        Mutant(
            "no mask: padding can win",
            lambda token_states, mask: token_states.max(axis=1),
            "This is the maximum over all positions, and padding can win it. In a batch padded with zeros the zeros "
            "win wherever all tokens are negative; here the padding carries values of its own, as it does after a "
            "transformer. Take padding out of the contest before you look for the largest.",
        ),
        Mutant(
            "mask multiplied",
            lambda token_states, mask: (token_states * mask[:, :, None]).max(axis=1),
            "Multiplying by the mask turns padding into zeros, and zero is a value like any other: where all tokens "
            "of a text are negative, the zero wins. For a sum zero is neutral; for a maximum it is minus infinity. "
            "Use `np.where(mask[:, :, None] == 1, token_states, -np.inf)`.",
        ),
        Mutant(
            "multiplied by minus infinity",
            _times_minus_infinity,
            "You multiply the padding by minus infinity, and a negative number times minus infinity is plus "
            "infinity (and zero times it is NaN). Do not multiply: put -inf in the place of the padding, with "
            "`np.where`.",
        ),
        Mutant(
            "largest magnitude",
            _largest_magnitude,
            "This takes the largest absolute value and loses the sign. Max pooling compares the values as they "
            "are: -3 is smaller than 1.",
        ),
        Mutant(
            "mean instead of max",
            pooling.mean_pool,
            "This is the masked mean. The exercise asks for the largest value of each dimension.",
        ),
    ),
    hints=(
        "Which number can never be the larger of two? Put it where the mask is 0.",
        "`np.where(condition, a, b)` takes a where the condition holds and b elsewhere; the condition can have the "
        "shape `[n, t, 1]`.",
    ),
)

# ---------------------------------------------------------------- 3 pooler_output


def _reference_pooler(token_states: np.ndarray, weight: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """The dense layer of BERT's pooler on the state of the first token, then tanh."""
    return np.tanh(token_states[:, 0] @ weight.T + bias)


def _pooler_cases(rng: np.random.Generator) -> list[tuple]:
    cases = []
    for n, t, d in ((1, 3, 2), (2, 4, 3), (3, 6, 5)):
        states = rng.normal(size=(n, t, d)).astype(np.float32)
        weight = rng.normal(scale=0.7, size=(d, d)).astype(np.float32)
        cases.append((states, weight, rng.normal(scale=0.5, size=d).astype(np.float32)))
    return cases


def _pooler_mutant(change: Callable) -> Callable:
    """A wrong pooler with the right parameter names."""

    def mutant(token_states: np.ndarray, weight: np.ndarray, bias: np.ndarray) -> np.ndarray:
        return change(token_states, weight, bias)

    return mutant


def _other_tokens_move_it(function: Callable, rng: np.random.Generator) -> str | None:
    states = rng.normal(size=(2, 4, 3)).astype(np.float32)
    weight, bias = rng.normal(size=(3, 3)).astype(np.float32), np.zeros(3, dtype=np.float32)
    other = states.copy()
    other[:, 1:] = rng.normal(size=(2, 3, 3))
    change = np.abs(np.asarray(function(other, weight, bias)) - np.asarray(function(states, weight, bias))).max()
    return None if change < 1e-5 else f"other states behind [CLS] moved the result by up to {change:.3f}"


rebuild_pooler = Exercise(
    name="pooling.rebuild_pooler",
    title="pooler_output with your own hands",
    difficulty=2,
    minutes=8,
    statement="""
        Write `rebuild_pooler(token_states, weight, bias)`. It takes the states of the last layer `[n, t, d]` and the
        two arrays of the model's pooler layer, `weight [d, d]` and `bias [d]`, stored as torch stores a linear layer:
        output = weight · input + bias. Return what BERT calls `pooler_output`, `[n, d]`.
        """,
    reference=_reference_pooler,
    signature="rebuild_pooler(token_states, weight, bias)",
    cases=_pooler_cases,
    properties=(
        Property(
            "only the first token is read",
            _other_tokens_move_it,
        ),
    ),
    mutants=(
        Mutant(
            "the [CLS] state itself",
            _pooler_mutant(lambda s, w, b: s[:, 0]),
            "This is the state of [CLS], which is where pooler_output starts. What is added is one more layer: a "
            "matrix, a bias, and tanh.",
        ),
        Mutant(
            "without tanh",
            _pooler_mutant(lambda s, w, b: s[:, 0] @ w.T + b),
            "The linear layer is right; tanh is missing. With it, every value lies between -1 and 1.",
        ),
        Mutant(
            "weight not transposed",
            _pooler_mutant(lambda s, w, b: np.tanh(s[:, 0] @ w + b)),
            "The weight is applied the wrong way round. torch stores a linear layer as [output, input], so a row vector is "
            "multiplied by `weight.T`. With a square matrix nothing fails; the numbers are wrong without a sound.",
        ),
        Mutant(
            "without the bias",
            _pooler_mutant(lambda s, w, b: np.tanh(s[:, 0] @ w.T)),
            "The bias is missing. (In all-MiniLM-L6-v2 you would not notice: all its values are 0 there. The lesson says what "
            "that means.)",
        ),
        Mutant(
            "the mean instead of the first token",
            _pooler_mutant(lambda s, w, b: np.tanh(s.mean(axis=1) @ w.T + b)),
            "The pooler does not pool: it reads the first token only, [CLS]. You gave it the mean of all tokens.",
        ),
        Mutant(
            "every token",
            _pooler_mutant(lambda s, w, b: np.tanh(s @ w.T + b)),
            "You applied the layer to every token, and the result keeps the shape [n, t, d]. Take the first token, "
            "`token_states[:, 0]`, before the layer.",
        ),
        Mutant(
            "the last token",
            _pooler_mutant(lambda s, w, b: np.tanh(s[:, -1] @ w.T + b)),
            "You took the last position. In a padded batch that is often padding; [CLS] is the first, "
            "`token_states[:, 0]`.",
        ),
    ),
    hints=(
        "The state of [CLS] is `token_states[:, 0]`, of shape `[n, d]`.",
        "A linear layer on row vectors: `x @ weight.T + bias`. `np.tanh` comes last.",
    ),
)


# ---------------------------------------------------------------- 4 paired bootstrap


def _reference_paired_interval(a: np.ndarray, b: np.ndarray, rows: np.ndarray) -> tuple[float, float, float]:
    """Mean difference a - b, and the 2.5 and 97.5 percentiles of the same over resampled units."""
    difference = a - b
    drawn = difference[rows].mean(axis=1)
    low, high = np.quantile(drawn, [0.025, 0.975])
    return float(difference.mean()), float(low), float(high)


def _paired_cases(rng: np.random.Generator) -> list[tuple]:
    cases = []
    for n in (6, 20, 40):
        difficulty = rng.normal(size=n)
        a, b = difficulty + rng.normal(0.2, 0.2, size=n), difficulty + rng.normal(0, 0.2, size=n)
        cases.append((a, b, rng.integers(0, n, size=(200, n))))
    return cases


def _with_interval(difference: float, values: np.ndarray, bounds: tuple = (0.025, 0.975)) -> tuple:
    low, high = np.quantile(values, bounds)
    return difference, low, high


def _two_separate_intervals(a: np.ndarray, b: np.ndarray, rows: np.ndarray) -> tuple:
    low_a, high_a = np.quantile(a[rows].mean(axis=1), [0.025, 0.975])
    low_b, high_b = np.quantile(b[rows].mean(axis=1), [0.025, 0.975])
    return a.mean() - b.mean(), low_a - high_b, high_a - low_b


def _swap_does_not_turn(function: Callable, rng: np.random.Generator) -> str | None:
    a, b, rows = _paired_cases(rng)[0]
    difference, low, high = function(a, b, rows)
    turned = function(b, a, rows)
    if np.allclose(turned, (-difference, -high, -low), atol=1e-6):
        return None
    return f"{difference:.3f} [{low:.3f}, {high:.3f}] became {turned[0]:.3f} [{turned[1]:.3f}, {turned[2]:.3f}]"


paired_interval = Exercise(
    name="pooling.paired_interval",
    title="Is one pooling really better?",
    difficulty=3,
    minutes=15,
    statement="""
        Two poolings were judged on the same n units (topics, documents, queries): `a` and `b` hold their scores,
        `[n]` each, row i being the same unit in both. `rows` is `[r, n]`: r resamples, each with n row numbers drawn with
        replacement. Write `paired_interval(a, b, rows)` and return three numbers: the mean difference a - b, and
        the 2.5 and 97.5 percentiles (`np.quantile`) of that difference over the resamples.
        """,
    reference=_reference_paired_interval,
    signature="paired_interval(a, b, rows)",
    cases=_paired_cases,
    properties=(
        Property(
            "swapping a and b turns the signs",
            _swap_does_not_turn,
        ),
    ),
    mutants=(
        Mutant(
            "resampled apart",
            lambda a, b, rows: _with_interval(a.mean() - b.mean(), a[rows].mean(1) - b[rows[::-1]].mean(1)),
            "a and b are resampled with different rows. Then an easy draw for one meets a hard draw for the other, "
            "and the interval is wider than it needs to be. Use the same row of `rows` for both: that is what "
            "paired means.",
        ),
        Mutant(
            "two separate intervals",
            _two_separate_intervals,
            "You made one interval for each system and compared their ends. Two intervals that overlap do not "
            "show that there is no difference: most of their width is the difficulty of the units, which both "
            "systems share. Resample the differences.",
        ),
        Mutant(
            "spread of the units",
            lambda a, b, rows: _with_interval((a - b).mean(), a - b),
            "These are percentiles of the single differences: how much units vary, not how uncertain their mean "
            "is. Take the mean of each resample first, `(a - b)[rows].mean(axis=1)`, then the percentiles.",
        ),
        Mutant(
            "mean over the wrong axis",
            lambda a, b, rows: _with_interval((a - b).mean(), (a - b)[rows].mean(axis=0)),
            "The mean runs over the resamples (axis 0). Each row of `rows` is one resample: average along it, axis 1.",
        ),
        Mutant(
            "b minus a",
            lambda a, b, rows: _with_interval((b - a).mean(), (b - a)[rows].mean(axis=1)),
            "The sign is turned: this is b - a. A positive difference should mean that a is better.",
        ),
        Mutant(
            "smallest and largest",
            lambda a, b, rows: _with_interval((a - b).mean(), (a - b)[rows].mean(axis=1), (0, 1)),
            "You took the smallest and the largest resample. They move further out the longer you draw; a 95 % "
            "interval leaves out 2.5 % on each side.",
        ),
        Mutant(
            "five percent on each side",
            lambda a, b, rows: _with_interval((a - b).mean(), (a - b)[rows].mean(axis=1), (0.05, 0.95)),
            "This leaves out 5 % on each side, which makes a 90 % interval. For 95 % the bounds are the 2.5 and the "
            "97.5 percentile.",
        ),
    ),
    hints=(
        "`(a - b)[rows]` has the shape `[r, n]`: in each row, the differences of one resample.",
        "`np.quantile(values, [0.025, 0.975])` gives both bounds at once.",
    ),
)


# ---------------------------------------------------------------- 5 match sentence-transformers


def _reference_sentence_vectors(token_states: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Mean over the tokens, then rows of length 1: what all-MiniLM-L6-v2's own configuration asks for."""
    return normalize(pooling.mean_pool(token_states, mask))


def _normalised_as_a_whole(token_states: np.ndarray, mask: np.ndarray) -> np.ndarray:
    mean = pooling.mean_pool(token_states, mask)
    return mean / np.linalg.norm(mean)


def _normalised_columns(token_states: np.ndarray, mask: np.ndarray) -> np.ndarray:
    mean = pooling.mean_pool(token_states, mask)
    return mean / np.linalg.norm(mean, axis=0, keepdims=True)


def _sums_to_one(token_states: np.ndarray, mask: np.ndarray) -> np.ndarray:
    mean = pooling.mean_pool(token_states, mask)
    return mean / np.abs(mean).sum(axis=1, keepdims=True)


def _unit_tokens(token_states: np.ndarray, mask: np.ndarray) -> np.ndarray:
    unit = token_states / np.linalg.norm(token_states, axis=2, keepdims=True)
    return pooling.mean_pool(unit, mask)


def _not_unit_rows(function: Callable, rng: np.random.Generator) -> str | None:
    lengths = np.linalg.norm(np.asarray(function(*_batch(rng, [2, 5, 3]))), axis=-1)
    return None if np.allclose(lengths, 1, atol=1e-4) else f"lengths {np.round(lengths, 3).tolist()}"


sentence_vectors = Exercise(
    name="pooling.sentence_vectors",
    title="Match sentence-transformers",
    difficulty=2,
    minutes=8,
    statement="""
        The folder of all-MiniLM-L6-v2 names three steps: transformer, pooling (mean of the tokens), normalise. Write the last
        two as `sentence_vectors(token_states, mask)`, so that the result equals what `SentenceTransformer.encode`
        and `encoder.encode` give: `[n, d]`, every row of length 1. Use your masked mean or `ll.pool`.
        """,
    reference=_reference_sentence_vectors,
    signature="sentence_vectors(token_states, mask)",
    cases=_batches,
    properties=(
        Property(
            "every row has length 1",
            _not_unit_rows,
        ),
        PADDING,
    ),
    mutants=(
        Mutant(
            "not normalised",
            pooling.mean_pool,
            "The pooling is right; the last step is missing. Divide every row by its length, "
            "`np.linalg.norm(x, axis=1, keepdims=True)`. Without it a dot product is not a cosine.",
        ),
        Mutant(
            "mask forgotten",
            lambda token_states, mask: normalize(token_states.mean(axis=1)),
            "These are unit vectors of the unmasked mean: padding is averaged in. Dividing by the token count does "
            "not help; normalising takes every denominator away again.",
        ),
        Mutant(
            "[CLS] instead of the mean",
            lambda token_states, mask: normalize(token_states[:, 0]),
            "This is the normalised [CLS] state. The model's own configuration (1_Pooling/config.json) names the mean of "
            "the tokens; another pooling than the one a model was trained with gives other vectors.",
        ),
        Mutant(
            "the whole matrix normalised",
            _normalised_as_a_whole,
            "`np.linalg.norm` without an axis gives one number for the whole matrix. Each row needs its own length: "
            "`axis=1, keepdims=True`.",
        ),
        Mutant(
            "columns normalised",
            _normalised_columns,
            "You divided by the length of the columns (axis 0), that is, of each dimension across the texts. A text is a row: "
            "axis 1.",
        ),
        Mutant(
            "divided by the sum",
            _sums_to_one,
            "Here the absolute values of a row add up to 1. Length 1 means that the squares add up to 1.",
        ),
        Mutant(
            "tokens normalised before the mean",
            _unit_tokens,
            "You gave every token length 1 and then averaged. The mean of unit vectors is shorter than 1, and long and "
            "short token states now count the same. Average first, then normalise.",
        ),
        Mutant(
            "tokens and mean normalised",
            lambda token_states, mask: normalize(_unit_tokens(token_states, mask)),
            "The rows have length 1, but the tokens were normalised before the mean as well, so long and short "
            "token states count the same. Average the states as they are, then normalise once.",
        ),
    ),
    hints=(
        "Two lines: the masked mean, then each row divided by its own length.",
        '`ll.pool(token_states, mask, "mean")`, and `np.linalg.norm(x, axis=1, keepdims=True)` or `ll.normalize(x)`.',
    ),
)


# ---------------------------------------------------------------- quiz

quiz = Quiz(
    "pooling",
    (
        Question(
            "What is the [CLS] token?",
            (
                Option(
                    "A summary of the sentence, by construction",
                    feedback="Nothing in the architecture makes it one. "
                    "It becomes what training asks of it: in BERT, to tell whether one sentence follows another.",
                ),
                Option(
                    "A token put before every text, whose state training can use as it likes",
                    correct=True,
                    feedback="Yes. Before the first layer its state is even the same for every text.",
                ),
                Option(
                    "The first word of the text",
                    feedback="The first word comes after it; [CLS] is added by the tokenizer.",
                ),
            ),
        ),
        Question(
            "What does `pooler_output` add to the [CLS] state?",
            (
                Option("It averages all tokens", feedback="In spite of its name it reads one token only."),
                Option(
                    "A linear layer and tanh",
                    correct=True,
                    feedback="Yes. In BERT the layer is trained for next-sentence prediction; in all-MiniLM-L6-v2 it looks "
                    "untrained, as you measured.",
                ),
                Option(
                    "It scales the vector to length 1",
                    feedback="tanh keeps values between -1 and 1; the length of the vector is not 1.",
                ),
            ),
        ),
        Question(
            "Your masked mean forgets the mask in the sum but divides by the right token count. You then normalise. What comes out?",
            (
                Option(
                    "The right vector: the denominator repairs it",
                    feedback="A denominator only scales. The padding is still in the sum.",
                ),
                Option(
                    "The same vector as with no mask at all",
                    correct=True,
                    feedback="Yes. Normalising takes the denominator away, so both mistakes give one direction.",
                ),
                Option("An error", feedback="No line fails, which is why this mistake lives long."),
            ),
        ),
        Question(
            "You test your encoder on single sentences, one at a time. Can a forgotten mask show?",
            (
                Option(
                    "No: without a longer neighbour there is no padding",
                    correct=True,
                    feedback="Yes. Test with a short text beside a long one, and compare with the short one alone.",
                ),
                Option(
                    "Yes, in every result",
                    feedback="A batch of one text has no padding, so mask and no mask agree.",
                ),
            ),
        ),
        Question(
            "On paraphrases, mean and [CLS] of this model differ by about one point, with an interval around 0. What may you say?",
            (
                Option(
                    "[CLS] is better, since its score is higher",
                    feedback="Other topics could turn the order round; the interval says so.",
                ),
                Option(
                    "They are equally good",
                    feedback="Not shown either. The interval leaves room for a difference both ways.",
                ),
                Option(
                    "On this set no difference is shown",
                    correct=True,
                    feedback="Yes. And on another task, or for another model, it must be measured again.",
                ),
            ),
        ),
        Question(
            "Which pooling do you take for a model you have not seen before?",
            (
                Option(
                    "The mean, always",
                    feedback="A good first guess for BERT-like models, but many models are trained for [CLS] "
                    "or for the last token.",
                ),
                Option(
                    "The one its own configuration names",
                    correct=True,
                    feedback="Yes: the one it was trained with. Then measure on your task, with an interval.",
                ),
                Option(
                    "The maximum, since it keeps the strongest signal",
                    feedback="In this lesson it was the weakest of all on long texts.",
                ),
            ),
        ),
    ),
)
