# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 02 Word2Vec and GloVe: vectors that are learned
#
# In lesson 01 you counted which words stand together. Here you let a program *learn* the vectors instead: first by guessing neighbours, then by
# fitting the counts. You write each step, check it, and then ask what the vectors are good for, with the tricks that make them look better than they are.
#
# **What you will be able to do**
#
# - write one step of skip-gram with negative sampling, and prove its gradient right;
# - train Word2Vec and GloVe so that the same seed gives the same vectors, bit for bit;
# - test a table of vectors on analogies and human judgements, beside the baselines that belong there;
# - say what one vector per word cannot do, and what a bias test shows.
#
# **What you need**: NumPy, and [lesson 01](01_meaning_from_counts.ipynb): co-occurrence, PPMI, cosine. Nothing is downloaded. **Time**: 75 minutes.

# %% [markdown]
# ## The text and its pairs
#
# The text is the one of lesson 01: the documentation of the scientific packages on your disk. A sentence that stands in it several times is
# kept once. Whatever you write yourself in Python needs only a part of it, `small`; gensim gets all.

# %%
import matplotlib.pyplot as plt
import numpy as np

import lessons_lib as ll
from lessons_lib import counts, figures, word_map, word_relations
from lessons_lib import word_vectors as wv
from lessons_lib.exercises import word_vectors as exercises

figures.use_style()

# %%
texts = (row.text for row in ll.load_dataset("python_docs") if row.package != "python")
cut = map(tuple, counts.sentences(texts, min_words=4))
sentences = [list(words) for words in dict.fromkeys(cut)]
small = sentences[::6]
vocabulary = counts.vocabulary(small, min_count=10)
print(f"about {round(sum(map(len, sentences)), -5):,} words, {len(small):,} sentences")
print("small:", len(vocabulary), "words occur ten times or more")

# %% [markdown]
# What does the learner see? A window slides over each sentence. The word in the middle, the *centre*, makes a pair with each neighbour, its *context*. *Skip-gram*
# learns from such pairs alone: given the centre, which words stand around it? ([Mikolov et al. 2013](https://arxiv.org/abs/1301.3781); the same paper has
# CBOW, which goes the other way, from the neighbours to the centre.)

# %%
example = [["the", "mean", "of", "each", "row"]]
words = counts.vocabulary(example, min_count=1)
ids, sentence = counts.token_ids(example, words)
pairs = wv.training_pairs(ids, sentence, window=1)
print([(words.words[centre], words.words[context]) for centre, context in pairs])

# %% [markdown]
# ## One step of skip-gram
#
# How can a program learn from a pair? It needs something to tell apart. *Negative sampling* puts the true context beside k drawn words, the *negatives*,
# and asks for a high score for the first and low ones for the others ([Mikolov et al. 2013](https://arxiv.org/abs/1310.4546)). The score is the dot product of two vectors: the
# centre's *input* vector and the other word's *output* vector. Every word has both.
#
# The *sigmoid* turns a score into a probability, and the loss is the sum of the surprises:
#
# $$-\log \sigma(u_{context} \cdot v) - \sum_{negatives} \log \sigma(-u \cdot v)$$
#
# First with plain loops, for small vectors of random numbers.

# %%
rng = np.random.default_rng(0)
center, context = rng.normal(size=4), rng.normal(size=4)
negatives = rng.normal(size=(3, 4))

loss = -np.log(wv.sigmoid(sum(c * v for c, v in zip(context, center, strict=True))))
for negative in negatives:
    score = sum(u * v for u, v in zip(negative, center, strict=True))
    loss -= np.log(wv.sigmoid(-score))
print("with loops   ", round(loss, 6))
print("with products", round(wv.sgns_loss(center, context, negatives), 6))

# %% [markdown]
# To make the loss smaller you need its gradient, for all three arguments. The derivative of the loss by a score is short: *probability minus what it should be*, 1 for
# the true context and 0 for the negatives. Each vector's gradient is that error times the vector it met.

# %%
ll.show_source(wv.sgns_gradients)

# %% [markdown]
# Is it right? A gradient can be checked without trusting any algebra: move one number up and down a little, and see how the loss changes. This is a *finite difference*.

# %%
step = 1e-5
checked = np.empty_like(center)
for i in range(len(center)):
    up, down = center.copy(), center.copy()
    up[i] += step
    down[i] -= step
    higher, lower = (wv.sgns_loss(x, context, negatives) for x in (up, down))
    checked[i] = (higher - lower) / (2 * step)
print("by differences", checked.round(5))
print("by the formula", wv.sgns_gradients(center, context, negatives)[0].round(5))

# %% [markdown]
# The same. The tests of the course do this for all three arguments. Now a step of *gradient descent*: every vector moves against its gradient, by a *learning rate*. All gradients are
# taken first; then everything moves.

# %%
for number in range(4):
    loss = wv.sgns_loss(center, context, negatives)
    scores = context @ center, *(negatives @ center)
    print(f"step {number}: loss {loss:.3f}, scores", np.round(scores, 2))
    center, context, negatives = wv.sgns_step(center, context, negatives, 0.5)

# %% [markdown]
# The true context's score (first) goes up, those of the negatives go down, the loss falls. That is all of Word2Vec; the rest is which pairs, and how often.

# %% [markdown]
# ## Which words to draw, which to drop
#
# The negatives are drawn in proportion to the word's count *to the power 3/4*. Frequent words come often, less often than in the text. And frequent words
# are thinned out: *subsampling* drops each occurrence of a word by chance, the more likely the more frequent it is. What does that do to this text?

# %%
drawn = wv.negative_probabilities(vocabulary.counts)
kept = wv.keep_probabilities(vocabulary.counts, threshold=1e-3)
share = vocabulary.counts / vocabulary.counts.sum()
print("word         share in text   drawn as negative   kept")
for word in ("the", "is", "array", "matrix", "gradient"):
    row = vocabulary.ids[word]
    print(f"{word:10s} {share[row]:14.4%} {drawn[row]:18.4%} {kept[row]:8.1%}")

# %% [markdown]
# Of "the", few occurrences stay; "gradient" is drawn more often than it occurs. A dropped word leaves no hole: its neighbours move together, so the window reaches further. Why 3/4? Nothing but
# trial: plain shares and equal chances were tried too, and the power between the two did best ([Mikolov et al. 2013](https://arxiv.org/abs/1310.4546), section 2.2).

# %% [markdown]
# ## Train it
#
# `train_sgns` does these steps for a thousand pairs at once: gather the vectors, take the errors, add the gradients of words that stand several times in the batch. The inner part
# is short.

# %%
ll.show_source(wv._sgns_batch)

# %%
trained = wv.train_sgns(small, vocabulary, dimension=50, window=2, epochs=6, seed=0)
print("input", trained.input.shape, " output", trained.output.shape)
print("loss per pair", np.round(trained.losses, 2))

# %% [markdown]
# At the start the outputs are zeros and every answer is a coin toss: six tosses cost $6 \log 2$, a little over 4. An *epoch* is one pass over the text. Do the vectors get
# better as the loss falls? Look at a few pairs of words, and at the neighbours of "row", before the first epoch and after each.

# %%
follow = [("row", "column"), ("first", "last"), ("mean", "variance")]
follow.append(("mean", "thread"))
cosines = {f"{a}, {b}": [] for a, b in follow}
for epoch, vectors in enumerate(trained.history):
    unit = ll.normalize(vectors)
    for a, b in follow:
        cosine = unit[vocabulary.ids[a]] @ unit[vocabulary.ids[b]]
        cosines[f"{a}, {b}"].append(float(cosine))
    near = counts.nearest_words("row", vocabulary.words, vectors, 4)
    print(f"epoch {epoch}, near row:", ", ".join(word for word, _ in near))

# %%
fig, (left, right) = plt.subplots(1, 2, figsize=(9.5, 3.8))
epochs, losses = range(7), [6 * np.log(2), *trained.losses]
left.plot(epochs, losses, "o-")
left.set(xlabel="epoch", ylabel="mean loss of a pair", ylim=(0, 4.3))
figures.line_plot(right, epochs, cosines)
right.set(xlabel="epoch", ylabel="cosine", ylim=(-0.2, 1.05))
right.legend(fontsize="small", ncols=2)
fig.suptitle("The loss falls, and related words find each other", x=0.01, ha="left")
ends = {"loss": losses} | {f"cosine {pair}": cosines[pair] for pair in cosines}
seen = "; ".join(f"{name} {y[0]:.2f} to {y[-1]:.2f}" for name, y in ends.items())
figures.show(fig, f"Two line charts, epochs 0 to 6, first and last value: {seen}.")

# %% [markdown]
# Most happens in the first pass. The loss keeps falling after the neighbours have settled, and its size says nothing by itself: with more negatives it would be larger. Judge vectors by what you want from them. And note the last pair: "mean" and "thread" are hardly related, and their cosine ends above 0. Is that one pair, or
# all?

# %%
unit = ll.normalize(trained.input)
some, others = np.random.default_rng(0).integers(0, len(unit), (2, 2000))
random_cosines = (unit[some] * unit[others]).sum(axis=1)
low, middle, high = np.quantile(random_cosines, [0.05, 0.5, 0.95])
print(f"2,000 random pairs: median {middle:.2f}, 90 % in [{low:.2f}, {high:.2f}]")

# %% [markdown]
# So 0 is not this table's "unrelated". A cosine says something only beside the cosines of random pairs; lesson 06 asks where they come from.

# %% [markdown]
# ## The same with gensim, and the same again
#
# gensim does the same arithmetic in compiled code, one pair at a time, over the whole text. Several worker threads would change the vectors in an order nobody controls. What must be fixed
# to get the same bits twice?

# %%
ll.show_source(wv.train_with_gensim)

# %%
first, again, other = (
    wv.train_with_gensim(small, window=2, epochs=1, seed=seed) for seed in (1, 1, 2)
)
same = np.array_equal(first.wv.vectors, again.wv.vectors)
print("same seed, same bits: ", same)
print("other seed, same bits:", np.array_equal(first.wv.vectors, other.wv.vectors))

# %%
model = wv.train_with_gensim(sentences, window=2, epochs=2, seed=1)
for word in ("row", "mean", "large", "first"):
    near = model.wv.most_similar(word, topn=5)
    print(f"{word:6s}", ", ".join(word for word, _ in near))

# %% [markdown]
# Two passes over six times the text. Look at "large": "small" is nearest to it. A window cannot tell opposites from synonyms, since they stand in the same places.
#
# One seed is one draw. That another seed gives other numbers is no surprise; how much the *neighbours* change, you measure below. Whoever reports the neighbours of one training should say so.

# %% [markdown]
# ## Input and output vectors
#
# Training leaves two matrices. `model.wv` holds the input vectors, and most people never look at the other. What does it know? Compare the neighbours of an input vector among inputs with
# those among *outputs*.

# %%
outputs = ll.normalize(model.syn1neg)
for word in ("degrees", "random", "sparse"):
    inputs_near = [near for near, _ in model.wv.most_similar(word, topn=4)]
    scores = outputs @ ll.normalize(model.wv[word])
    outputs_near = [model.wv.index_to_key[i] for i in np.argsort(-scores)[:4]]
    print(f"{word}\n  input, input : {inputs_near}\n  input, output: {outputs_near}")

# %% [markdown]
# Input with input finds words that could stand in the same place. Input with output finds words that stand *beside* it, which is what the product was trained for. When you load "the vectors", you get the inputs.

# %% [markdown]
# ## Is it the same as counting?
#
# [Levy and Goldberg (2014)](https://papers.nips.cc/paper/5477-neural-word-embedding-as-implicit-matrix-factorization) showed that skip-gram with negative sampling, given enough dimensions, ends where
# the product of input and output vector is the PMI of the two words minus log k. So it factorises a table that you computed in lesson 01. Does it hold here, with 100 dimensions?
# First the products against the PMI, for all pairs of words that met at least 20 times.

# %%
full = counts.vocabulary(sentences, min_count=20)
met = counts.cooccurrence(sentences, full, window=2).tocoo()
often = met.data >= 20
row, column, n = met.coords[0][often], met.coords[1][often], met.data[often]
totals = met.sum(axis=1)
pmi = np.log(n * met.sum() / totals[row] / totals[column])
at = np.array([model.wv.key_to_index[word] for word in full.words])
scores = np.einsum("pd,pd->p", model.wv.vectors[at[row]], model.syn1neg[at[column]])
print(f"{len(pmi):,} pairs, Spearman correlation {ll.spearman(scores, pmi):.2f}")

# %% [markdown]
# Then the neighbours: of 300 frequent words, how many of the ten nearest do the two ways share? The number needs two others beside it: what two seeds of *one* way share, and chance.

# %%
ppmi = counts.ppmi(met.tocsr(), shift=1, smoothing=0.75)
svd = counts.svd_vectors(ppmi, dimension=100)
asked = np.arange(100, 400)


def ten_nearest(vectors):
    """The ten nearest words of 300 frequent ones, among all words of `full`."""
    cosines = ll.cosine_similarity(vectors[asked], vectors)
    cosines[np.arange(len(asked)), asked] = -2
    return np.argsort(-cosines, axis=1)[:, :10]


def shared(a, b):
    """Share of common neighbours, one number for each asked word."""
    pairs = zip(ten_nearest(a), ten_nearest(b), strict=True)
    return np.array([len(set(x) & set(y)) / 10 for x, y in pairs])


# %%
reseeded = wv.train_with_gensim(sentences, window=2, epochs=2, seed=2).wv
skip_gram, skip_gram_2 = model.wv.vectors[at], reseeded[full.words]
noise = np.random.default_rng(0).normal(size=svd.shape)
overlap = {
    "skip-gram, another seed": ll.bootstrap_ci(shared(skip_gram, skip_gram_2)),
    "skip-gram and PPMI + SVD": ll.bootstrap_ci(shared(skip_gram, svd)),
    "skip-gram and random vectors": ll.bootstrap_ci(shared(skip_gram, noise)),
}
for name, (estimate, low, high) in overlap.items():
    print(f"{name:29s} {estimate:.2f} [{low:.2f}, {high:.2f}]  n = 300 words")

# %% [markdown]
# The two ways agree far above chance and below what two seeds of one way share. Close relatives, then, and no twins: skip-gram weighs pairs by how often they occur, and the SVD treats a pair that
# never met as a plain 0.

# %% [markdown]
# ## GloVe: fit the counts
#
# GloVe starts from the counts again, and learns. It wants the product of two vectors, plus two biases, to be the *logarithm* of how often the words met. Each count has a weight, since rare ones are noisy
# and the largest should not rule ([Pennington et al. 2014](https://doi.org/10.3115/v1/D14-1162), equation 8):
#
# $$\sum_{x_{ij} > 0} f(x_{ij}) \, (w_i \cdot c_j + b_i + b'_j - \log x_{ij})^2$$
#
# Pairs that never met have no part in it. Neighbours at distance 2 count half, at distance 3 a third.

# %%
common = counts.vocabulary(sentences, min_count=50)
table = counts.cooccurrence(sentences, common, window=5, weighting="distance")
print("weights of 1, 10, 500:", wv.glove_weight([1, 10, 500], x_max=20).round(2))
glove = wv.train_glove(table, dimension=50, epochs=6, x_max=20, seed=0)
falls = np.array(glove.losses) / table.nnz
print("loss per count", falls.round(3))

# %% [markdown]
# The loss is computed by products over a million counts. Is it what the formula says? Take a corner of the table and use a loop.

# %%
corner, total = table[:20, :20], 0.0
for i, j in zip(*corner.nonzero(), strict=True):
    fitted = glove.words[i] @ glove.contexts[j]
    fitted += glove.word_biases[i] + glove.context_biases[j]
    weight = min(corner[i, j] / 20, 1) ** 0.75
    total += weight * (fitted - np.log(corner[i, j])) ** 2
part = wv.Glove(*(array[:20] for array in glove[:4]), losses=[])
print("loop    ", round(total, 3))
print("products", round(wv.glove_loss(corner, part, x_max=20), 3))

# %% [markdown]
# The steps come from *AdaGrad*: each number of each vector has its own rate, which shrinks as its gradients add up, so rare words still move when frequent ones have settled. The vectors people use are the *sum* of the two matrices.

# %%
for word in ("row", "mean", "large", "first"):
    near = counts.nearest_words(word, common.words, glove.vectors, 5)
    print(f"{word:6s}", ", ".join(near_word for near_word, _ in near))

# %% [markdown]
# ## A word that was never seen
#
# What does a table say about a word it does not hold? A common belief is that there is a vector called UNK. There is none.

# %%
try:
    model.wv["misnormalised"]
except KeyError as error:
    print("KeyError:", error)

# %% [markdown]
# *fastText* gives vectors to pieces of words, all runs of three to five letters, and adds them up ([Bojanowski et al. 2017](https://doi.org/10.1162/tacl_a_00051)). A word it never saw still has known pieces.

# %%
from gensim.models import FastText

pieces = {"min_n": 3, "max_n": 5, "bucket": 50_000}
fast = FastText(vector_size=50, window=2, sg=1, seed=1, workers=1, alpha=0.1, **pieces)
fast.build_vocab(small)
fast.train(small, total_examples=fast.corpus_count, epochs=4)
for word in ("misnormalised", "gradiants"):
    near = [near_word for near_word, _ in fast.wv.most_similar(word, topn=4)]
    print(f"{word} in the vocabulary: {word in fast.wv.key_to_index}, near it: {near}")

# %% [markdown]
# A misspelling lands beside its cousins in *spelling*. Whether that is its meaning is another question: spelling is all an unknown word shows.

# %% [markdown]
# ## Files of vectors
#
# Vectors travel in three kinds of file. *Word2Vec text* has a header with two numbers, *GloVe text* has none, *Word2Vec binary* has a header and raw numbers. `ll.load_vectors` looks which one it is,
# and returns gensim's `KeyedVectors`. It never unpickles: opening a pickle can run any code that somebody put in it.

# %%
import tempfile
from pathlib import Path

folder = Path(tempfile.mkdtemp())
(folder / "glove.txt").write_text("cat 1 0 2\ndog 1 1 2\n", encoding="utf-8")
(folder / "word2vec.txt").write_text("2 3\ncat 1 0 2\ndog 1 1 2\n", encoding="utf-8")
vectors = ll.load_vectors(folder / "word2vec.txt")
vectors.save_word2vec_format(folder / "word2vec.bin", binary=True)
for name in ("glove.txt", "word2vec.txt", "word2vec.bin"):
    vectors = ll.load_vectors(folder / name)
    print(f"{name:13s}", vectors.index_to_key, vectors["dog"].tolist())

# %% [markdown]
# A reader that takes any file without a complaint is the dangerous kind. These five are broken.

# %%
broken = {
    "short.txt": b"3 3\ncat 1 0 2\ndog 1 1 2\n",
    "mixed.txt": b"cat 1 0 2\ndog 1 1\n",
    "nan.txt": b"cat 1 0 2\ndog 1 nan 2\n",
    "latin.txt": "caf\u00e9 1 0 2\n".encode("latin-1"),
    "cut.bin": (folder / "word2vec.bin").read_bytes()[:-5],
}

# %%
for name, content in broken.items():
    (folder / name).write_bytes(content)
    try:
        ll.load_vectors(folder / name)
    except ValueError as error:
        print(f"{error}\n")

# %% [markdown]
# With a network, `ll.load_vectors("glove-wiki-gigaword-100")` fetches published GloVe vectors by name (128 MB, once, with a checksum), and `"word2vec-google-news-300"` those of Word2Vec (1.7 GB, figures of
# [gensim-data](https://github.com/piskvorky/gensim-data)). Without one it says so.

# %% [markdown]
# ## A general table that is always there
#
# King and queen do not meet in documentation of software. For general English you have a table at hand without any download: the encoder of lesson 00 holds one. Its *input matrix* has a row for each
# token, before any sentence is read; whole English words among the tokens make a table of word vectors. It was trained as part of a transformer, on far more text than you have here ([model card](https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2)). A second table sends each word through the whole model and keeps 128
# *principal components*.

# %%
general = ll.load_vectors("minilm-input")
through = ll.load_vectors("minilm-words")
print(f"input matrix: {len(general):,} words, {general.vector_size} dimensions")
print(f"through the model: {len(through):,} words, {through.vector_size} dimensions")
for word in ("king", "paris", "cars"):
    near = ", ".join(near_word for near_word, _ in general.most_similar(word, topn=5))
    print(f"{word:6s}", near)

# %% [markdown]
# ### Judged by people
#
# Which tables agree with people? WordSim-353 asks how *related* two words are, SimLex-999 how *similar*: coffee and cup are related, not similar. To these tables add two of the documentation text, with a window of 1 and of 10. Guess: on which of
# the two tests does a *wide* window do better than a narrow one?

# %%
guess = ll.predict(
    "word_vectors.window",
    "Window 10 against window 1, trained on the documentation: which test gains most?",
    options=["WordSim (related)", "SimLex (similar)"],
    guess=None,
)

# %%
narrow, wide = (
    wv.train_with_gensim(sentences, window=window, epochs=2).wv for window in (1, 10)
)
tables = {"docs, window 1": narrow, "docs, window 10": wide}
tables |= {"input matrix": general, "through the model": through}
tests = {"WordSim": "wordsim353", "SimLex": "simlex999"}
tests = {test: ll.load_dataset(name) for test, name in tests.items()}

# %%
for test, pairs in tests.items():
    for name, vectors in tables.items():
        score = counts.word_pair_score(pairs, vectors.index_to_key, vectors.vectors)
        interval = f"{score.spearman:5.2f} [{score.low:5.2f}, {score.high:5.2f}]"
        print(f"{test:8s} {name:18s} {interval}  {score.covered} of {score.total}")

# %% [markdown]
# First the coverage: the documentation knows a fraction of the pairs, and a score on a fraction is a score on another test. The general tables cover nearly everything and agree with people far better. Is the effect of the window shown? Take the difference on
# the same pairs, and resample the pairs.


# %%
def gain(drawn):
    """Spearman with people: that of the wide window minus that of the narrow one."""
    return ll.spearman(drawn[:, 1], drawn[:, 2]) - ll.spearman(drawn[:, 0], drawn[:, 2])


# %%
gains = {}
for test, pairs in tests.items():
    of = [counts.pair_cosines(pairs, t.index_to_key, t.vectors)[0] for t in (narrow, wide)]
    rows = np.column_stack([*of, [pair.score for pair in pairs]])
    rows = rows[np.isfinite(rows).all(axis=1)]
    gains[test] = ll.bootstrap_ci(rows, gain)
    estimate, low, high = gains[test]
    print(f"{test}: gain {estimate:.2f} [{low:.2f}, {high:.2f}], n = {len(rows)} pairs")

# %%
names = {"WordSim": "WordSim (related)", "SimLex": "SimLex (similar)"}
guess.reveal(names[max(gains, key=lambda test: gains[test].estimate)])

# %%
for word in ("matrix", "train", "plot"):
    for name, vectors in (("window 1 ", narrow), ("window 10", wide)):
        near = [near_word for near_word, _ in vectors.most_similar(word, topn=6)]
        print(f"{word:7s} {name}", ", ".join(near))

# %% [markdown]
# A wide window is said to favour relatedness and a narrow one similarity
# ([Levy and Goldberg 2014](https://doi.org/10.3115/v1/P14-2050)). Here neither gain is certain: both intervals hold 0. So few of the pairs occur in this text that the tests cannot tell. What the window does can be seen without them: how many of a word's
# ten nearest stand *beside* it in the text more often than by chance?


# %%
def beside(vectors):
    """Share of the ten nearest that meet the word oftener than by chance (PPMI > 0)."""
    rows = ppmi[asked].toarray()
    near = ten_nearest(vectors[full.words])
    return (np.take_along_axis(rows, near, axis=1) > 0).mean(axis=1)


beside_narrow, beside_wide = beside(narrow), beside(wide)
for name, values in (("window 1", beside_narrow), ("window 10", beside_wide)):
    estimate, low, high = ll.bootstrap_ci(values)
    print(f"{name:10s} {estimate:.2f} [{low:.2f}, {high:.2f}]  n = {len(values)} words")

# %% [markdown]
# With a wide window, more of the neighbours are companions: words of the same topic that meet. With a narrow one, more are words that could take each other's place. That much this text can show.

# %% [markdown]
# ## Analogies, with the inputs left in
#
# "Man is to king as woman is to ...": take king, take man away, add woman, and look for the nearest word. The answer that made Word2Vec famous comes out.

# %%
for line in ("man king woman", "car cars apple", "big bigger small"):
    a, b, c = line.split()
    answers = word_relations.analogy(general, a, b, c, k=2)
    told = ", ".join(f"{word} {cosine:.2f}" for word, cosine in answers)
    print(f"{a} : {b} = {c} : {told}")

# %% [markdown]
# One thing was done without telling: the three given words were not allowed as answers. Every program does so. How many of Google's analogy questions come out right if they *are* allowed? And how many with no arithmetic at all, by naming the
# nearest neighbour of c?

# %%
allowed_guess = ll.predict(
    "word_vectors.allowed",
    "With the three given words allowed as answers, how much of 100 % is right?",
    unit="percent",
    guess=None,
)
neighbour_guess = ll.predict(
    "word_vectors.neighbour",
    "No arithmetic: the nearest neighbour of c (given words excluded)?",
    unit="percent",
    guess=None,
)

# %%
questions = ll.load_dataset("google_analogies")
answers = word_relations.answer_analogies(general, questions)
asked_about = [questions[place] for place in answers.questions]
print(f"all four words are known: {len(asked_about):,} of {len(questions):,} questions")

# %% [markdown]
# The questions are made by combining pairs: Paris, France with each other capital. So they are not independent, and the bootstrap draws *pairs*, (c, d), with all questions that ask for them.

# %%
WAYS = {
    "b - a + c, inputs excluded": "excluded",
    "nearest to c, no arithmetic": "neighbour",
    "b - a + c, inputs allowed": "allowed",
}


# %%
def share_right(answers, way):
    """Share of right answers with its interval over the pairs that are asked for."""
    asked = [questions[place] for place in answers.questions]
    pairs = [f"{q.section} {q.c} {q.d}" for q in asked]
    _, unit = np.unique(pairs, return_inverse=True)
    right = np.bincount(unit, getattr(answers, WAYS[way]) == answers.right)
    both = np.column_stack([right, np.bincount(unit)])
    return ll.bootstrap_ci(both, lambda r: r[:, 0].sum() / r[:, 1].sum()), len(both)


# %%
accuracy = {}
for name in WAYS:
    accuracy[name], n = share_right(answers, name)
    estimate, low, high = accuracy[name]
    print(f"{name:28s} {estimate:6.1%} [{low:.1%}, {high:.1%}]  n = {n} pairs")
allowed_guess.reveal(100 * accuracy["b - a + c, inputs allowed"].estimate)
neighbour_guess.reveal(100 * accuracy["nearest to c, no arithmetic"].estimate)

# %%
for name, found in (("c", 2), ("b", 1)):
    given = [general.key_to_index[q[1 + found].lower()] for q in asked_about]
    share = (answers.allowed == np.array(given)).mean()
    print(f"inputs allowed: the answer is word {name} in {share:.1%} of the questions")

# %% [markdown]
# Left to itself, the arithmetic nearly always answers c: adding the small difference b - a does not lead far enough away. The rule that excludes the inputs does the rest, and for about half of the questions
# the nearest allowed word is right already. The arithmetic adds what lies between the two bars. Where does it?

# %%
section = np.array([q.section for q in asked_about])
sections = list(dict.fromkeys(section))
per_section = {}
for name, way in WAYS.items():
    right = getattr(answers, way) == answers.right
    per_section[name] = [right[section == s].mean() for s in sections]
for number, s in enumerate(sections):
    shares = " ".join(f"{values[number]:7.1%}" for values in per_section.values())
    print(f"{s:28s} {shares}  n = {(section == s).sum()}")

# %%
fig, ax = plt.subplots(figsize=(8, 6))
looks = zip(("blue", "amber", "grey"), ("", "//", ""), strict=True)
for shift, (name, (colour, hatch)) in enumerate(zip(WAYS, looks, strict=True)):
    places = np.arange(14) + 0.27 * (shift - 1)
    look = {"color": figures.COLOURS[colour], "hatch": hatch, "label": name}
    ax.barh(places, 100 * np.array(per_section[name]), 0.27, **look)
ax.set_yticks(range(14), sections)
ax.set(xlabel="questions answered right (%)", xlim=(0, 100), ylim=(13.6, -0.6))
ax.legend(loc="upper center", bbox_to_anchor=(0.4, -0.1), ncols=3, fontsize="small")
ax.set_title("Inputs allowed: hardly any right; no arithmetic at all: half")
overall = ", ".join(f"{name} {value[0]:.1%}" for name, value in accuracy.items())
figures.show(fig, f"Bars of analogy accuracy in 14 sections. Over all: {overall}.")

# %% [markdown]
# The arithmetic earns nothing on plurals, where the nearest word is the plural already, and little on nationalities. It earns most on superlatives, where the nearest word is never right, and in the family. One overall figure hides all that. Does it
# hold for the other table, the words that went through the whole model?

# %%
through_answers = word_relations.answer_analogies(through, questions)
print(f"{len(through_answers.questions):,} questions, all of them")
for name in WAYS:
    (estimate, low, high), n = share_right(through_answers, name)
    print(f"{name:28s} {estimate:6.1%} [{low:.1%}, {high:.1%}]  n = {n} pairs")

# %% [markdown]
# The same order, another distance: in this table the difference b - a is long enough to lead away from c more often. (It also has to answer the harder questions, about words that are no single token.)
#
# ### Beside published figures
#
# Published GloVe and Word2Vec vectors were trained on hundreds to tens of thousands of times the text on your disk. Their accuracy on all of Google's questions, inputs excluded, in percent:
#
# | vectors, 300 dimensions | words of text | accuracy | from |
# |---|---|---|---|
# | skip-gram | 783 million | 53.3 | [Mikolov et al. 2013, table 4](https://arxiv.org/abs/1301.3781) |
# | CBOW | 6 billion | 65.7 | [Pennington et al. 2014, table 2](https://doi.org/10.3115/v1/D14-1162) |
# | skip-gram | 6 billion | 69.1 | [Pennington et al. 2014, table 2](https://doi.org/10.3115/v1/D14-1162) |
# | GloVe | 6 billion | 71.7 | [Pennington et al. 2014, table 2](https://doi.org/10.3115/v1/D14-1162) |
# | GloVe | 42 billion | 75.0 | [Pennington et al. 2014, table 2](https://doi.org/10.3115/v1/D14-1162) |
#
# Do not put your figure into this table: it is over another part of the questions and a smaller vocabulary, which makes the choice easier. What the table shows by itself: more text helps whatever the method, and between methods on the same
# text the gap is small. And your skip-gram on the documentation?

# %%
docs = word_relations.answer_analogies(model.wv, questions)
(estimate, low, high), n = share_right(docs, "b - a + c, inputs excluded")
print(f"it knows the words of {len(docs.right):,} questions")
print(f"right: {estimate:.1%} [{low:.1%}, {high:.1%}]  n = {n} pairs")

# %% [markdown]
# A million and a half words about software teach little about capitals and verbs: the method is the same, the text is not.

# %% [markdown]
# ## One vector for all senses
#
# A table has one vector for "bank". Which bank?

# %%
near = ", ".join(word for word, _ in general.most_similar("bank", topn=12))
print("near bank:", near)
for word in ("money", "loan", "river", "shore"):
    print(f"bank, {word:6s} {general.similarity('bank', word):.2f}")

# %% [markdown]
# The financial sense has taken over, and the river keeps a rest. In "they fished from the bank" the vector is the same as in "the bank closed": the table does not read the sentence. A transformer does. Here is the same word in four
# sentences, as the encoder sees it in its third layer.

# %%
places = [
    "We fished from the bank of the river.",
    "The muddy bank of the stream gave way.",
    "The bank raised its interest rates.",
    "She opened an account at the bank.",
]
encoder = ll.load_encoder()
states = encoder.token_states(places, layer=3)
rows = [tokens.index("bank") for tokens in states.tokens]
banks = states.states[np.arange(4), rows]
print(ll.cosine_similarity(banks, banks).round(2))

# %% [markdown]
# Two rivers, two houses of money. Within a sense the cosines are 0.83 and 0.89, across the senses 0.64 to 0.81: the same word has another vector in each sentence, and the sense is part of it. Four sentences prove little; lesson 03 does it with many words and a baseline.

# %% [markdown]
# ## Bias, measured
#
# Vectors hold what the text held. The *word embedding association test*, WEAT, takes two sets of target words and two of attributes, and asks whether one set of targets is nearer to one set of attributes
# ([Caliskan et al. 2017](https://doi.org/10.1126/science.aal4230)). The *effect size* is a difference of means in standard deviations, at most 2; the p-value comes from sharing out the targets at random. First a harmless case, then one that is not.

# %%
WORDS = {
    "flowers": "iris orchid rose daisy lily violet clover poppy tulip magnolia",
    "insects": "ant spider fly bee mosquito beetle cricket moth wasp flea",
    "pleasant": "love peace friend heaven gentle honest lucky rainbow gift happy",
    "unpleasant": "abuse murder death poison disaster hatred jail ugly cancer agony",
    "male": "john paul mike kevin steve greg jeff bill",
    "female": "amy joan lisa sarah diana kate ann donna",
    "career": "executive management professional corporation salary office career",
    "family": "home parents children family cousins marriage wedding",
}

# %%
sets = {name: words.split() for name, words in WORDS.items()}
missing = [word for words in sets.values() for word in words if word not in general]
print("not in the table:", missing or "none")


# %%
def association(vectors, x, y, a, b, **options):
    """WEAT with the words that the table has, as many of x as of y."""
    x, y, a, b = ([word for word in words if word in vectors] for words in (x, y, a, b))
    n = min(len(x), len(y))
    sets = (vectors[words] for words in (x[:n], y[:n], a, b))
    return word_relations.weat(*sets, **options)


# %%
trials = {
    "flowers, insects: pleasant": ("flowers", "insects", "pleasant", "unpleasant"),
    "male, female names: career": ("male", "female", "career", "family"),
}
for name, chosen in trials.items():
    for table, vectors in (("input matrix", general), ("through the model", through)):
        effect, p_value = association(vectors, *(sets[part] for part in chosen))
        print(f"{name}  {table:18s} effect {effect:.2f}, p = {p_value:.4f}")

# %% [markdown]
# Flowers are pleasant and insects are not: an effect of 1.68, which hardly any sharing out of the same words reaches. The two sets of names lean the expected way as well, men's towards work and women's towards family, by 0.71 in one table and 1.01 in the other; with eight names a side the first could be
# chance (p = 0.0845). In vectors of GloVe trained on the web the same two tests gave 1.50 and 1.81 ([Caliskan et al. 2017, table 1](https://doi.org/10.1126/science.aal4230)).
#
# How much does the choice of words matter? Take half of the attribute words by chance, two hundred times.

# %%
rng = np.random.default_rng(0)
for name, chosen in trials.items():
    x, y, a, b = (sets[part] for part in chosen)
    effects = []
    for _ in range(200):
        halves = rng.permutation(a)[: len(a) // 2], rng.permutation(b)[: len(b) // 2]
        effects.append(association(general, x, y, *halves, permutations=1).effect)
    low, high = np.quantile(effects, [0.025, 0.975])
    print(f"{name}  effect with half of the attribute words: {low:.2f} to {high:.2f}")

# %% [markdown]
# With other words the size changes a good deal, and for the names it can vanish. So read WEAT with its limits: it measures *association in a table*, by words that somebody chose, and their frequency plays a part in it
# ([Ethayarajh et al. 2019](https://doi.org/10.18653/v1/P19-1166)). A low effect does not show that a table is harmless, and a high one does not show that a system built on it treats people differently. That is to be measured on the system. What it does show: these associations were in the text,
# nobody put them into the vectors on purpose, and nobody sees them by looking at numbers.

# %% [markdown]
# ## A map, and what it does to distances
#
# 384 dimensions do not fit on a page. *PCA* turns the cloud so that the page shows its two widest directions. *t-SNE* moves points about until near ones stay near, and gives up the rest
# ([van der Maaten and Hinton 2008](https://www.jmlr.org/papers/v9/vandermaaten08a.html)). How much of the truth does each keep?

# %%
groups = {
    "countries": "france italy germany spain japan china india brazil egypt canada",
    "capitals": "paris rome berlin madrid tokyo beijing delhi london cairo moscow",
    "animals": "dog cat horse cow sheep lion tiger wolf rabbit mouse",
    "fruit and food": "apple orange lemon grape cherry bread cheese butter rice soup",
    "music": "guitar piano violin drum flute trumpet opera concert melody choir",
    "family": "mother father sister brother daughter son uncle aunt wife husband",
    "royalty": "king queen prince princess duke emperor throne crown palace knight",
    "science": "physics chemistry biology geometry algebra theory experiment atom",
}
shown = [(word, name) for name, words in groups.items() for word in words.split()]
print(len(shown), "words; not in the table:", [w for w, _ in shown if w not in general])

# %%
from sklearn.manifold import TSNE

map_words, map_groups = zip(*shown, strict=True)
chosen = general[list(map_words)].astype(float)
flat = ll.vector_files.principal_components(chosen, 2).astype(float).round(3)
distances = 1 - ll.cosine_similarity(chosen, chosen).round(4)
# Small steps: with large ones, rounding grows into another picture on another machine.
calm = {"learning_rate": 2, "early_exaggeration": 1, "max_iter": 500, "method": "exact"}
start = 1e-4 * flat / flat.std()
tsne = TSNE(perplexity=10, metric="precomputed", init=start, random_state=0, **calm)
views = {"PCA": flat, "t-SNE": tsne.fit_transform(distances)}

# %%
true_near = word_map.nearest_rows(chosen, 4)
true_cosines = ll.cosine_similarity(chosen, chosen)[np.triu_indices(len(chosen), 1)]
kept = {}
for name, points in views.items():
    seen = word_map.nearest_rows(points, 4, by="distance")
    pairs = zip(seen, true_near, strict=True)
    near = np.mean([len(set(a) & set(b)) / 4 for a, b in pairs])
    distances = ll.euclidean_distance(points, points)[np.triu_indices(len(points), 1)]
    kept[name] = near, ll.spearman(-distances, true_cosines)
    print(f"{name:6s} near words kept {near:.0%}, order of distances {kept[name][1]:.1f}")

# %%
word_map.show(
    "Words in the plane",
    "Switch between the maps. Lines lead from a word to its four nearest by cosine.",
    words=map_words,
    groups=map_groups,
    vectors=chosen,
    views=views,
    notes={
        "PCA": "Distances are shadows: far here is far; near here can be far.",
        "t-SNE": "Read who is near whom. Sizes of groups and gaps mean little.",
    },
)

# %% [markdown]
# t-SNE keeps 72 % of the four nearest, PCA 39 %: t-SNE is the map for *who is near whom*. It pays for that elsewhere: the size of a clump and the gap between two clumps depend on its settings
# ([Wattenberg et al. 2016](https://doi.org/10.23915/distill.00002)), and with another `perplexity` or start the picture changes. Neither map is the space. Take an idea from a map, and test it in all dimensions.

# %% [markdown]
# ## What we measured

# %%
summary = {f"analogies, {name}": value for name, value in accuracy.items()}
summary |= {f"neighbours shared, {name}": value for name, value in overlap.items()}
summary |= {f"{test}, gain of the wide window": value for test, value in gains.items()}
summary["companions among neighbours, window 1"] = ll.bootstrap_ci(beside_narrow)
summary["companions among neighbours, window 10"] = ll.bootstrap_ci(beside_wide)
for name, (estimate, low, high) in summary.items():
    print(f"{name:48s} {estimate:5.2f} [{low:.2f}, {high:.2f}]")

# %% [markdown]
# ## What it does not show
#
# - The documentation is a small text of one kind. What holds for skip-gram there need not hold on a billion words.
# - The general table comes from a transformer's input matrix. It behaves like word vectors on these tests; how GloVe itself does, you see when you load it.
# - Analogies come in sections that somebody chose. Other relations (cause, part, purpose) can come out worse.
# - The bias test measures association in a table, with words from one language and one culture. It measures no harm.

# %% [markdown]
# ## Exercises
#
# Each exercise has a card, a stub to fill in, and a check that knows the usual mistakes. Run the cell as often as you like;
# `exercises.sgns_step.hint()` helps, `exercises.sgns_step.solution()` shows one way to write it. The lesson does not need your answers to run on.

# %%
exercises.sgns_step.show()


# %%
def sgns_step(center, context, negatives, learning_rate):
    """One step of descent: [d], [d], [k, d], a number -> the three after the step."""
    ...


exercises.sgns_step.check(sgns_step)

# %%
exercises.negative_probabilities.show()


# %%
def negative_probabilities(counts):
    """How often each word is drawn as a negative: [n] -> [n], summing to 1."""
    ...


exercises.negative_probabilities.check(negative_probabilities)

# %%
exercises.analogy_row.show()


# %%
def analogy_row(vectors, a, b, c):
    """a is to b as c is to what? [n, d] and three row numbers -> a row number."""
    ...


exercises.analogy_row.check(analogy_row)

# %%
exercises.likely_contexts.show()


# %%
def likely_contexts(inputs, outputs, row, k):
    """Words expected beside one: [n, d], [n, d], row number, k -> k row numbers."""
    ...


exercises.likely_contexts.check(likely_contexts)

# %%
exercises.read_lines.show()


# %%
def read_lines(lines):
    """Read vectors, with a header or without: lines -> (words, matrix [n, d])."""
    ...


exercises.read_lines.check(read_lines)

# %% [markdown]
# ## Quiz

# %%
exercises.quiz.show()

# %% [markdown]
# ## Further reading
#
# - T. Mikolov, I. Sutskever, K. Chen, G. Corrado and J. Dean (2013), [Distributed Representations of Words and Phrases and their Compositionality](https://arxiv.org/abs/1310.4546): negative sampling and subsampling.
# - J. Pennington, R. Socher and C. D. Manning (2014), [GloVe: Global Vectors for Word Representation](https://doi.org/10.3115/v1/D14-1162): the loss, the weights, and a comparison on one text.
# - O. Levy and Y. Goldberg (2014), [Neural Word Embedding as Implicit Matrix Factorization](https://papers.nips.cc/paper/5477-neural-word-embedding-as-implicit-matrix-factorization): why counting and predicting meet.
# - O. Levy, Y. Goldberg and I. Dagan (2015), [Improving Distributional Similarity with Lessons Learned from Word Embeddings](https://doi.org/10.1162/tacl_a_00134): how much is in the settings.
# - T. Linzen (2016), [Issues in evaluating semantic spaces using word analogies](https://doi.org/10.18653/v1/W16-2503): the baselines without arithmetic.
# - A. Caliskan, J. J. Bryson and A. Narayanan (2017), [Semantics derived automatically from language corpora contain human-like biases](https://doi.org/10.1126/science.aal4230): WEAT.
# - K. Ethayarajh, D. Duvenaud and G. Hirst (2019), [Understanding Undesirable Word Embedding Associations](https://doi.org/10.18653/v1/P19-1166): where WEAT misleads.
