# %% [markdown]
# # 04 Pooling: from one vector per token to one vector per text
#
# A transformer gives you a vector for every token. A search needs one for the whole text. The step between
# the two is called *pooling*, it takes one line of code, and most of the ways to write that line wrong raise no error.
#
# **What you will be able to do**
#
# - write mean and max pooling that give a text the same vector in any batch;
# - say what the [CLS] token and `pooler_output` are, and what they were trained for;
# - compare poolings on human judgements and on retrieval, with intervals and a paired test;
# - choose a pooling for a model, and say on what evidence.
#
# **What you need**: Python, NumPy, and [lesson 00](00_start_here.ipynb). A tensor here is a NumPy array with three
# axes. Nothing is downloaded. **Time**: 60 minutes.

# %% [markdown]
# ## One vector per token
#
# What does the model give for a text, before anything is pooled? Load the encoder and look. `token_states` runs
# three texts as one *batch* and keeps the vector (the *state*) of every *token*, the pieces a text is cut into.

# %%
from functools import partial

import matplotlib.pyplot as plt
import numpy as np

import lessons_lib as ll
from lessons_lib import figures, fragments
from lessons_lib.evaluation import matrix_spearman
from lessons_lib.exercises import pooling as exercises

figures.use_style()
encoder = ll.load_encoder()

# %%
texts = ["Cats purr.", "The train left before we reached the station.", "Prices rose."]
batch = encoder.token_states(texts)
print("states", batch.states.shape, " mask", batch.mask.shape)

# %% [markdown]
# Three texts, as many positions as the longest text has tokens, and 384 numbers at each position. The lesson writes
# this shape as `[n, t, d]`. Texts differ in length and an array cannot, so short texts are filled up with *padding*. The
# *attention mask* says which positions count.

# %%
for tokens, mask in zip(batch.tokens, batch.mask, strict=True):
    print(" ".join(tokens))
    print("mask", *mask, "\n")

# %% [markdown]
# `[CLS]` opens every text and `[SEP]` closes it: *special tokens*, which the tokenizer adds and the mask counts. `[PAD]` is
# padding, mask 0. Is the state at a padding position empty, then? Look at the length of the vectors there.

# %%
length = np.linalg.norm(batch.states, axis=2)
print("tokens ", length[batch.mask == 1].round(1)[:8])
print("padding", length[batch.mask == 0].round(1)[:8])

# %% [markdown]
# Padding positions hold vectors about as long as those of real tokens. The mask keeps the *other* tokens from looking at them
# while the model runs, but nobody keeps the model from writing there. Whoever pools has to leave them out.

# %% [markdown]
# ## The mean, with a loop and without
#
# How do you average the tokens of each text and nothing else? First in the way that is hard to get wrong: go through
# the texts, keep the states with mask 1, average those.

# %%
mean_loop = []
for states, mask in zip(batch.states, batch.mask, strict=True):
    kept = [state for state, m in zip(states, mask, strict=True) if m == 1]
    mean_loop.append(np.mean(kept, axis=0))

# %% [markdown]
# Then without loops. `mask[:, :, None]` has the shape `[n, t, 1]`; multiplied with the states it turns padding into
# zeros, which add nothing to a sum. The count comes from the mask as well.

# %%
weights = batch.mask[:, :, None]
mean_arrays = (batch.states * weights).sum(axis=1) / weights.sum(axis=1)
print("shape", mean_arrays.shape)
print("the same as the loop:", np.allclose(mean_arrays, mean_loop, atol=1e-6))

# %% [markdown]
# The library's function does the same and checks its input first. From here on you use it as `ll.pool(states, mask, "mean")`.

# %%
ll.show_source(ll.pooling.mean_pool)

# %%
pooled = ll.pool(batch.states, batch.mask, "mean")
print("the same as the loop:  ", np.allclose(pooled, mean_loop, atol=1e-6))
print(
    "normalised, as encode: ",
    np.allclose(ll.normalize(pooled), encoder.encode(texts), atol=1e-6),
)

# %% [markdown]
# So `encoder.encode` is three steps: token states, their masked mean, and scaling to length 1. That is what the
# folder of this model asks for, and what the sentence-transformers library does with it; the tests of this course
# compare the two on 600 texts.

# %% [markdown]
# ## What does a forgotten mask do?
#
# Write `states.mean(axis=1)` instead, and padding is averaged in. How much can that matter? Guess before you measure:
# one sentence, in a batch with a long text, pooled without the mask. What is the cosine between that vector and
# the sentence's own correct one? (1 is the same direction, 0 is a right angle.)

# %%
guess = ll.predict(
    "pooling.forgotten_mask",
    "Without the mask, beside a text of 256 tokens: the cosine of a short sentence "
    "to its own correct vector?",
    guess=None,
)

# %%
sentence, filler = "The cat sat on the mat.", "word " * 254
both = encoder.token_states([sentence, filler])
unmasked = both.states[0].mean(axis=0)
guess.reveal(ll.cosine_similarity(unmasked, encoder.encode([sentence])[0]))

# %% [markdown]
# One sentence proves little. Take the plain sentence of every third paraphrase cluster in our data set, and let the batch
# grow: a filler text of t tokens pads all of them to t positions.

# %%
rows = ll.load_dataset("paraphrases")
sample = [row.text for row in rows if row.form == "base"][::3]
correct = encoder.encode(sample)
print(len(sample), "sentences, for example:", sample[0])

# %%
drift = {}
for t in (16, 32, 64, 128, 256):
    batch = encoder.token_states([*sample, "word " * (t - 2)])
    unmasked = ll.normalize(batch.states[:-1].mean(axis=1))
    masked = ll.normalize(ll.pool(batch.states[:-1], batch.mask[:-1], "mean"))
    drift[t] = (unmasked * correct).sum(axis=1), (masked * correct).sum(axis=1)

# %%
for t, (unmasked, masked) in drift.items():
    low, middle, high = np.quantile(unmasked, [0.05, 0.5, 0.95])
    spread = f"90 % of sentences in [{low:.3f}, {high:.3f}]"
    print(f"t = {t:3d}  masked {masked.min():.3f}  unmasked {middle:.3f}, {spread}")

# %%
positions = list(drift)
masked = [masked.min() for _, masked in drift.values()]
unmasked = [unmasked for unmasked, _ in drift.values()]
low, middle, high = np.quantile(unmasked, [0.05, 0.5, 0.95], axis=1)

# %%
falls = f"falls from {middle[0]:.3f} at t = 16 to {middle[-1]:.3f} at t = 256"
alt = f"Line chart, cosine of {len(sample)} sentences to their correct vectors by t."
alt = f"{alt} Mask honoured: flat at {min(masked):.3f}. Mask forgotten: the median {falls}."

# %%
fig, ax = plt.subplots()
lines = {"mask honoured": masked, "mask forgotten (median)": middle}
figures.line_plot(ax, positions, lines)
ax.fill_between(positions, low, high, color=figures.COLOURS["orange"], alpha=0.2)
ax.set_xscale("log", base=2)
ax.set_xticks(positions, map(str, positions))
ax.set(
    ylim=(0, 1.05), xlabel="positions in the batch, t", ylabel="cosine to its own vector"
)
ax.set_title("Without the mask, a sentence drifts away from itself as padding grows")
figures.show(fig, alt)

# %% [markdown]
# The sentence does not change; its company does. Beside a text of 256 tokens, the median cosine of a sentence to its own
# correct vector is 0.462. With the mask, the vector is the same in every batch.
#
# Try it on one sentence. Move the slider to add padding, and switch between the two kinds of mean. The tokens show their weight in the
# average; the bars are cosines, to the sentence's own correct vector and to three other sentences of the data set.

# %%
shown = ["p-001-1", "p-001-2", "p-003-1", "p-064-1"]
names = ["itself, correct", "a paraphrase", "same topic", "other topic"]
neighbours = [next(row.text for row in rows if row.id == wanted) for wanted in shown]
correct_vectors = encoder.encode(neighbours)
for name, text in zip(names, neighbours, strict=True):
    print(f"{name:16s} {text}")

# %%
own_tokens = encoder.token_states(neighbours[:1]).mask.sum()


def frame(padding, masked):
    """One position of the slider: the first sentence with so many padding tokens."""
    batch = encoder.token_states([neighbours[0], "word " * (own_tokens + padding - 2)])
    mask = batch.mask[:1] if masked else np.ones_like(batch.mask[:1])
    vector = ll.pool(batch.states[:1], mask, "mean")[0]
    cosines = ll.cosine_similarity(vector, correct_vectors)
    bars = list(zip(names, cosines.tolist(), strict=True))
    chips = list(zip(batch.tokens[0], (mask[0] / mask.sum()).tolist(), strict=True))
    seen = f"Of {mask.sum()} averaged vectors, {mask.sum() - own_tokens} are padding."
    return fragments.Frame(f"{padding} padding tokens", seen, bars, chips)


# %%
steps = (0, 2, 4, 8, 16, 32)
fragments.slider(
    "A sentence and its padding",
    "Add padding, with the mask honoured, then with the mask forgotten. Which bars move?",
    {
        "mask honoured": [frame(n, True) for n in steps],
        "mask forgotten": [frame(n, False) for n in steps],
    },
    label="Padding",
    group_label="The mean",
    bars_label="Cosine",
)

# %% [markdown]
# ### What it costs a search
#
# Now the whole set: 700 sentences in 140 clusters; the five sentences of a cluster say the same thing. Each sentence
# searches the other 699. *Recall@4* is the share of its four paraphrases among its first four results. Clusters come in 20
# topics, and sentences of one topic resemble each other, so a topic is the independent unit: scores are kept per topic.

# %%
cluster = np.array([row.cluster for row in rows])
topic = np.array([row.topic for row in rows])
topics = sorted(set(topic))
paraphrases = encoder.token_states([row.text for row in rows])
lengths = paraphrases.mask.sum(axis=1)
print("states", paraphrases.states.shape)
print("tokens in a text:", lengths.min(), "to", lengths.max())


# %%
def recall_per_topic(vectors, keep=slice(None)):
    """Recall@4 of paraphrases, one number for each topic."""
    unit = ll.normalize(vectors)
    scores = unit @ unit.T
    np.fill_diagonal(scores, -2)  # a sentence does not find itself
    found = np.argsort(-scores, axis=1, kind="stable")[:, :4]
    recall = (cluster[found] == cluster[:, None]).mean(axis=1)
    return np.array([recall[keep][topic[keep] == name].mean() for name in topics])


# %% [markdown]
# A number needs something to stand beside. Two baselines: chance, and plain overlap of words, with no model at all.

# %%
words = [set(row.text.lower().strip(".").split()) for row in rows]
vocabulary = sorted(set().union(*words))
bag = np.array([[word in text for word in vocabulary] for text in words], dtype=float)
print(f"chance        {4 / 699:.3f}")
print(f"word overlap  {recall_per_topic(bag).mean():.3f}")

# %%
with_mask = recall_per_topic(ll.pool(paraphrases.states, paraphrases.mask, "mean"))
no_mask = recall_per_topic(paraphrases.states.mean(axis=1))
print(f"mask honoured {with_mask.mean():.3f}\nmask forgotten {no_mask.mean():.3f}")
result = ll.paired_bootstrap(with_mask, no_mask)
interval = f"[{result.low:.3f}, {result.high:.3f}]"
print(f"difference {result.difference:.3f} {interval}, n = {len(topics)} topics")

# %% [markdown]
# The forgotten mask loses a good part of the paraphrases, and the interval is far from 0. The padding is mild here: the longest
# text has 43 tokens. The broken search still beats word overlap by far, and that is the trap. It looks like
# a working system that is not very good.

# %% [markdown]
# ### Why nobody notices
#
# Three reasons, each of which you can see. First, a text on its own has no padding, so a test with one sentence passes. Second,
# texts of one length have none either. Third, the mistake survives a half repair. Divide the unmasked sum by the right
# count, which looks like a repair, and normalise:


# %%
def same_direction(a, b):
    """Whether two sets of vectors agree after normalising."""
    return np.allclose(ll.normalize(a), ll.normalize(b), atol=1e-6)


states, mask = paraphrases.states, paraphrases.mask
alone = encoder.token_states([sentence])
half_repaired = states.sum(axis=1) / mask.sum(axis=1, keepdims=True)

# %%
mean_alone = ll.pool(alone.states, alone.mask, "mean")
by_root = ll.pool(states, mask, "mean_sqrt_len")
by_count = ll.pool(states, mask, "mean")
print("alone, mask or no mask: ", same_direction(mean_alone, alone.states.mean(axis=1)))
print("half repair or no mask: ", same_direction(half_repaired, states.mean(axis=1)))
print("mean_sqrt_len or mean:  ", same_direction(by_root, by_count))

# %% [markdown]
# A denominator changes the length of a vector, never its direction, and normalising takes the length away. So the half repair
# *is* the forgotten mask. (For the same reason `mean_sqrt_len`, which divides by the square root of the count, has the cosines of the mean.) A test that can catch all this is short: encode a short text alone, then beside a long one, and compare.

# %% [markdown]
# ## The maximum, when zero is not nothing
#
# *Max pooling* takes, in each of the 384 dimensions, the largest value among the tokens. Here zeroing the padding is not enough: where
# all tokens are negative, a zero wins. Padding has to become minus infinity. Do the two versions differ on real texts?

# %%
right = ll.pool(states, mask, "max")
zeroed = (states * mask[:, :, None]).max(axis=1)
cosine = (ll.normalize(right) * ll.normalize(zeroed)).sum(axis=1)
print(f"dimensions where a zero wins: {(right < 0).mean():.3f} of all")
print(f"their cosine: median {np.median(cosine):.3f}, smallest {cosine.min():.3f}")

# %%
versions = {"minus infinity": right, "zeros": zeroed, "no mask": states.max(axis=1)}
for name, vectors in versions.items():
    print(f"{name:15s} recall@4 {recall_per_topic(vectors).mean():.3f}")

# %% [markdown]
# In this model the mistake moves the vectors a little and costs no recall: the wrong versions even score slightly higher. It is
# still a mistake, since a text's vector then depends on its neighbours in the batch. A benchmark score cannot see
# that; a test of invariance can. Both kinds of check have their place.

# %% [markdown]
# ## [CLS] and pooler_output
#
# The first token is a candidate too: it is there for every text, and it can attend to all others. Does its state say something
# about the text? Compare the [CLS] states of 100 sentences with each other, layer by layer. Layer 0 is the input.

# %%
layers = encoder.layer_states([row.text for row in rows[::7]])
for number, batch in enumerate(layers):
    cls = ll.pool(batch.states, batch.mask, "cls")
    cosines = ll.cosine_similarity(cls, cls)[np.triu_indices(len(cls), k=1)]
    print(f"layer {number}: mean cosine of two [CLS] states {cosines.mean():.3f}")

# %% [markdown]
# At the input the state of [CLS] is the same for every text: the same token at the same position. For most of the way up, two sentences
# stay so close that three decimals do not tell them apart; whatever the state says about the text lies in small differences. Only the last
# layer spreads the sentences out.
#
# What [CLS] says there is a matter of training. BERT trained it to tell whether a second
# sentence follows the first ([Devlin et al. 2019](https://doi.org/10.18653/v1/N19-1423), section 3.1), which is not the same as meaning alike.
#
# For that task BERT put one more layer on top: a matrix, a bias, and tanh. Its result is what libraries return as `pooler_output`.

# %%
weight, bias = encoder.pooler
cls = ll.pool(states, mask, "cls")
by_hand = np.tanh(cls @ weight.T + bias)
by_library = ll.pool(states, mask, "pooler")
print("the same as ll.pool:", np.allclose(by_hand, by_library, atol=1e-6))

# %% [markdown]
# A trained layer leaves traces in its weights. Does this one show any? Compare it with a matrix of random numbers of the same spread: their
# largest singular values (how much the matrix stretches the direction it stretches most), and the bias, which starts at 0 before training.

# %%
noise = np.random.default_rng(0).normal(0, weight.std(), weight.shape)
for name, matrix in (("this pooler", weight), ("random numbers", noise)):
    stretches = np.linalg.svd(matrix, compute_uv=False)[:3].round(2)
    print(f"{name:15s} largest singular values", stretches)
print("largest bias, in absolute value:", float(np.abs(bias).max()))

# %% [markdown]
# Every bias is exactly 0, and the matrix looks like noise. The pooler of all-MiniLM-L6-v2 shows no trace of training: the model was
# trained through mean pooling ([model card](https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2)), which does not pass through this layer. If that is so, any random matrix should do as well.

# %%
random_recall = []
for seed in range(10):
    noise = np.random.default_rng(seed).normal(0, weight.std(), weight.shape)
    random_recall.append(recall_per_topic(np.tanh(cls @ noise)).mean())
print(f"[CLS] {recall_per_topic(cls).mean():.3f}")
print(f"pooler_output {recall_per_topic(by_hand).mean():.3f}")
print(f"ten random matrices: {min(random_recall):.3f} to {max(random_recall):.3f}")

# %% [markdown]
# They do about as well. A random matrix keeps most of the angles between vectors, so `pooler_output` scores like [CLS], with noise on top. Elsewhere it
# can be another thing: in BERT it is trained for next-sentence prediction, in some models for the very task. The name alone
# tells you nothing; look where it comes from.

# %% [markdown]
# ## Which pooling agrees with people?
#
# Now the comparison on human judgements. Lee, Pincombe and Welsh asked people how similar 50 short news texts are, each with each
# ([2005](https://escholarship.org/uc/item/48g155nq)). That makes 1225 pairs, and the question: does the cosine order the pairs as people do? The measure is *Spearman's
# rank correlation*, 1 for the same order and 0 for none. One person's judgements correlated with another's at about 0.6 in
# [the same study](https://escholarship.org/uc/item/48g155nq), so do not expect 1. Guess first.

# %%
guess = ll.predict(
    "pooling.best",
    "Which pooling of the last layer agrees best with people on the news texts?",
    options=["cls", "pooler", "mean", "max"],
    guess=None,
)

# %%
documents = [document.text for document in ll.load_dataset("lee")]
human = np.zeros((len(documents), len(documents)))
for pair in ll.load_dataset("lee_similarities"):
    human[pair.i, pair.j] = human[pair.j, pair.i] = pair.score
print(documents[0][:90], "...")

# %%
names = ["cls", "pooler", "mean", "weighted_mean", "max"]
agreement = {name: [] for name in names}
for news in encoder.layer_states(documents)[1:]:
    for name in names:
        vectors = ll.pool(news.states, news.mask, name)
        cosines = ll.cosine_similarity(vectors, vectors)
        agreement[name].append(matrix_spearman(cosines, human))

# %%
for name, values in agreement.items():
    print(f"{name:14s}", " ".join(f"{value:6.3f}" for value in values))
choices = ["cls", "pooler", "mean", "max"]
guess.reveal(max(choices, key=lambda name: agreement[name][-1]))

# %%
fig, ax = plt.subplots()
figures.line_plot(ax, range(1, 7), agreement)
ax.set(xlabel="layer of the model", ylabel="Spearman with people", ylim=(0, 0.6))
ax.set_title("On these 50 texts the mean scores highest in every layer")
last = ", ".join(f"{name} {values[-1]:.3f}" for name, values in agreement.items())
alt = "Line chart, agreement with people in layers 1 to 6. The mean is highest in each."
figures.show(fig, f"{alt} In layer 6: {last}.")

# %% [markdown]
# ### How far to trust it
#
# Fifty texts are a small sample, and their 1225 pairs are no independent ones: each text takes part in 49 of them. So the bootstrap draws *texts*, not
# pairs. For the paraphrases it draws topics. Both intervals below say how much the score would move with other texts of the same kind.

# %%
news_cosines = {}
for name in names:
    vectors = ll.pool(news.states, news.mask, name)  # news still holds the last layer
    news_cosines[name] = ll.cosine_similarity(vectors, vectors)


def agreement_of(name, drawn):
    """Spearman correlation with people, over the texts that were drawn."""
    return matrix_spearman(news_cosines[name], human, drawn)


# %%
every_text = np.arange(len(documents))
on_news, on_paraphrases, per_topic = {}, {}, {}
for name in names:
    on_news[name] = ll.bootstrap_ci(every_text, partial(agreement_of, name))
    per_topic[name] = recall_per_topic(ll.pool(states, mask, name))
    on_paraphrases[name] = ll.bootstrap_ci(per_topic[name])

# %%
print("agreement with people on the news texts\n ", figures.in_words(on_news, "\n  "))
print("recall@4 on the paraphrases\n ", figures.in_words(on_paraphrases, "\n  "))

# %%
fig, (left, right) = plt.subplots(1, 2, figsize=(9, 3.4), sharey=True)
figures.dot_plot(left, on_news)
figures.dot_plot(right, on_paraphrases)
left.set(xlabel="Spearman with people, 50 news texts", xlim=(0, 0.7))
right.set(xlabel="recall@4, 700 paraphrases", xlim=(0.5, 0.9))
fig.suptitle("The maximum falls behind on both; the others overlap", x=0.01, ha="left")
figures.show(
    fig,
    "Two dot plots with 95 % intervals. "
    f"Agreement with people on news texts: {figures.in_words(on_news)}. "
    f"Recall@4 on paraphrases: {figures.in_words(on_paraphrases)}.",
)

# %% [markdown]
# Four of the five overlap. Overlapping intervals do not settle a comparison, though: most of their width comes from easy and hard topics, which all
# poolings share. Take the *difference* per topic instead, and resample that. This is the *paired bootstrap*. For the news it is the
# same idea: both poolings see the same draw of texts. `p` is twice the share of resampled differences on the other side of 0.

# %%
rivals = ["cls", "pooler", "weighted_mean", "max"]
for name in rivals:
    result = ll.paired_bootstrap(per_topic["mean"], per_topic[name])
    interval = f"[{result.low:.3f}, {result.high:.3f}]"
    print(
        f"mean - {name:14s} {result.difference:6.3f} {interval}  p = {result.p_value:.3f}"
    )


# %%
def mean_minus(name, drawn):
    """Agreement of the mean minus that of another pooling, on the same texts."""
    return agreement_of("mean", drawn) - agreement_of(name, drawn)


news_differences = {
    f"mean - {name}": ll.bootstrap_ci(every_text, partial(mean_minus, name))
    for name in rivals
}
print("news texts\n ", figures.in_words(news_differences, "\n  "))

# %% [markdown]
# What is shown, then? On the paraphrases the mean beats max and the weighted mean. On the news texts it beats max, and nothing else is
# certain. Between the mean and [CLS] the interval holds 0 on both: no difference is shown, in either direction.
#
# That may hide two opposite ones. Some clusters have a *contrast*: another cluster that differs from them by
# a role, a number, a time, a negation or a cause. Look at both parts apart.

# %%
contrast = np.array([row.contrast is not None for row in rows])
parts = {"with a contrast": contrast, "without": ~contrast}
for part, keep in parts.items():
    mean, cls = (
        recall_per_topic(ll.pool(states, mask, name), keep) for name in ("mean", "cls")
    )
    difference = ll.paired_bootstrap(mean, cls)[:3]
    print(
        f"{part}: mean {mean.mean():.3f}, cls {cls.mean():.3f},",
        figures.in_words({"difference": difference}),
    )

# %% [markdown]
# Where a small change turns the meaning, [CLS] tells the clusters apart a little better than the mean does; elsewhere the mean has the higher
# score, with an interval that holds 0. We split the data after we had seen the whole, so take this as a hint to be tested on other texts. An average gives
# one changed token a small share, which may be the reason; this experiment does not test that either. "The mean is best" is
# too short a sentence for what these numbers show.

# %% [markdown]
# ## The mean of what? [CLS] and [SEP] in the average
#
# The mask is 1 for the special tokens, so the mean counts them. For a short text they are a good share of all tokens. How far does a vector move
# when they are left out, and does it matter?

# %%
words_only = mask.copy()
words_only[:, 0] = 0
words_only[np.arange(len(rows)), lengths - 1] = 0
without = ll.pool(states, words_only, "mean")
usual = ll.pool(states, mask, "mean")
moved = (ll.normalize(without) * ll.normalize(usual)).sum(axis=1)

# %%
print("median cosine of the vector with and without [CLS] and [SEP]")
for low, high in ((6, 8), (8, 14), (14, 22), (22, 44)):
    here = (lengths >= low) & (lengths < high)
    middle_cosine = np.median(moved[here])
    print(f"{low:2d} to {high - 1:2d} tokens: {middle_cosine:.3f}, n = {here.sum()}")
result = ll.paired_bootstrap(with_mask, recall_per_topic(without))[:3]
print("recall@4,", figures.in_words({"with special tokens minus without": result}))

# %% [markdown]
# The shorter the text, the more the vector moves. The change in recall is small, and in favour of keeping the special tokens: the model was trained with them in
# its mean. The lesson is less "keep them" than "do as in training", and never mix vectors made in two ways in one index.

# %% [markdown]
# ## When to use which
#
# | pooling | take it when | beware |
# |---|---|---|
# | mean | the model's configuration names it; first guess for an encoder you must use as it is | mask in the sum *and* in the count |
# | [CLS] | the model was trained for it | says nothing by itself in a model that was not |
# | `pooler_output` | you fine-tune with it on top | look whether anything trained it |
# | max | a single strong signal should decide | weakest here, by far on the news texts; minus infinity, not zero |
# | weighted mean | left-to-right models, whose last tokens have read the most ([Muennighoff 2022](https://arxiv.org/abs/2202.08904)) | no gain in a model that reads both ways |
# | mean, square root of length | the length should stay visible in the vector's norm | the same direction as the mean, so the same cosine |
#
# All that was one model. How much training decides, the published figures show: on the STS benchmark (Spearman, times 100) plain BERT, never trained for sentences, reaches 46.35
# with the mean and 16.50 with [CLS], below the average of GloVe word vectors with 58.02
# ([Reimers and Gurevych 2019, table 1](https://doi.org/10.18653/v1/D19-1410)).

# %% [markdown]
# ## What we measured

# %%
summary = {
    "cosine to itself, mask forgotten, t = 256 (median)": middle[-1],
    "recall@4, mask honoured": with_mask.mean(),
    "recall@4, mask forgotten": no_mask.mean(),
    "recall@4, word overlap (baseline)": recall_per_topic(bag).mean(),
    "recall@4, [CLS]": per_topic["cls"].mean(),
    "recall@4, max": per_topic["max"].mean(),
    "Spearman with people, mean": on_news["mean"].estimate,
    "Spearman with people, [CLS]": on_news["cls"].estimate,
    "Spearman with people, max": on_news["max"].estimate,
}
print("\n".join(f"{name:52s} {value:.3f}" for name, value in summary.items()))

# %% [markdown]
# ## What it does not show
#
# - It is one model, trained with mean pooling. A model trained with another pooling may well put that one ahead.
# - Fifty news texts of one kind in one language, judged in one study: the intervals cover other texts like these, not other kinds of text.
# - The paraphrases are synthetic text in one style. They test whether near neighbours are told apart, not what users search for.
# - That the pooler is untrained is inferred from its weights. It is no statement of the people who made the model.

# %% [markdown]
# ## Exercises
#
# Each exercise has a card, a stub to fill in, and a check that knows the usual mistakes. Run the cell as often as you like;
# `exercises.masked_mean.hint()` helps, `exercises.masked_mean.solution()` shows one way to write it. The lesson does not need your answers to run on.

# %%
exercises.masked_mean.show()


# %%
def masked_mean(token_states, mask):
    """Average the token states of each text: [n, t, d] and [n, t] -> [n, d]."""
    ...


exercises.masked_mean.check(masked_mean)

# %%
exercises.masked_max.show()


# %%
def masked_max(token_states, mask):
    """Take the largest value of each dimension: [n, t, d] and [n, t] -> [n, d]."""
    ...


exercises.masked_max.check(masked_max)

# %%
exercises.rebuild_pooler.show()


# %%
def rebuild_pooler(token_states, weight, bias):
    """Compute BERT's pooler_output: [n, t, d], [d, d] and [d] -> [n, d]."""
    ...


exercises.rebuild_pooler.check(rebuild_pooler)

# %%
exercises.paired_interval.show()


# %%
def paired_interval(a, b, rows):
    """Compare with an interval: [n], [n] and [r, n] -> (difference, low, high)."""
    ...


exercises.paired_interval.check(paired_interval)

# %%
exercises.sentence_vectors.show()


# %%
def sentence_vectors(token_states, mask):
    """Pool and normalise as the model asks: [n, t, d] and [n, t] -> [n, d]."""
    ...


exercises.sentence_vectors.check(sentence_vectors)

# %% [markdown]
# ## Quiz

# %%
exercises.quiz.show()

# %% [markdown]
# ## Further reading
#
# - N. Reimers and I. Gurevych (2019), [Sentence-BERT: Sentence Embeddings using Siamese BERT-Networks](https://doi.org/10.18653/v1/D19-1410): mean, max and [CLS] compared, with and without training.
# - J. Devlin, M.-W. Chang, K. Lee and K. Toutanova (2019), [BERT: Pre-training of Deep Bidirectional Transformers for Language Understanding](https://doi.org/10.18653/v1/N19-1423): where [CLS] and the pooler come from.
# - M. D. Lee, B. Pincombe and M. Welsh (2005), [An Empirical Evaluation of Models of Text Document Similarity](https://escholarship.org/uc/item/48g155nq): the human judgements used here.
# - N. Muennighoff (2022), [SGPT: GPT Sentence Embeddings for Semantic Search](https://arxiv.org/abs/2202.08904): the position-weighted mean.
# - T. Berg-Kirkpatrick, D. Burkett and D. Klein (2012), [An Empirical Investigation of Statistical Significance in NLP](https://aclanthology.org/D12-1091/): the paired bootstrap, and what it cannot tell.
