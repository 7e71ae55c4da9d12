# %% [markdown]
# # 00 Start here: a FAQ search in ten minutes
#
# A library has a list of frequently asked questions (a FAQ), and its users ask in their own words. In the first ten minutes you
# build a search that finds the entry they mean. The rest of the lesson asks how good that search is, and
# when it should say nothing.
#
# **What you will be able to do**
#
# - turn sentences into vectors, and say what such a vector is,
# - compare two sentences with the cosine, and search a collection with one matrix product,
# - measure a search with recall at 1 and mean reciprocal rank, beside a baseline and with an interval,
# - read a score against the scores of unrelated texts, and choose a threshold for "I do not know".
#
# **What you need**: Python and a little NumPy. No network, no GPU, and no earlier lesson.
#
# **Time**: 60 minutes, the exercises included.
#
# A notebook is made of cells. Click into one, press Shift and Enter together, and it runs; do that from top to bottom.
# This is your own copy, so change whatever makes you curious.

# %% [markdown]
# ## Is everything here?
#
# The first cell imports what the lesson uses, and loads a *model*: a large function with fixed numbers inside, which were
# found by training on very many texts. It is called all-MiniLM-L6-v2 and lies on your disk. Its file is compared with a published fingerprint
# before it is read, so you know that you have the same model as everyone else.

# %%
import textwrap

import matplotlib.pyplot as plt
import numpy as np

import lessons_lib as ll
from lessons_lib import evaluation, figures, fragments
from lessons_lib.exercises import encoder as exercises

figures.use_style()
encoder = ll.load_encoder()
print(f"{encoder.name}: found and verified, no network needed")
print(f"reads up to {encoder.max_tokens} tokens, gives {encoder.dimension} numbers")

# %% [markdown]
# A *token* is a word or a piece of a word, the unit in which a model reads. If the cell above ends in an
# error, run `python course.py doctor` in the folder of the course; it says in plain words what is missing.

# %% [markdown]
# ## What is a sentence vector?
#
# `encode` takes a list of texts and gives an array with one row for each. Such a row is a *vector*: here, a list of
# numbers that always has the same length, however long the text is. It is also called an *embedding*.

# %%
texts = ["I lost my library card.", "My reader's pass is gone."]
vectors = encoder.encode(texts)
print("shape:", vectors.shape)
print("first five numbers:", vectors[0, :5].round(3))
print("lengths:", np.linalg.norm(vectors, axis=1).round(3))

# %% [markdown]
# Two texts, two rows. The shape is written `[n, d]` in this course: n texts, d numbers each. (A *tensor* is
# the same thing under another name: an array of numbers with a shape. You will meet the word in libraries such as torch.)
#
# No single number in there has a name or a meaning of its own. What you can use is how vectors lie to each other. Think of each one
# as an arrow: `encode` makes all arrows equally long, with length 1, so that only their directions differ.

# %% [markdown]
# ## How alike are three sentences?
#
# The usual measure is the *cosine* of the angle between two arrows. It is 1 for the same direction, 0 for a right angle and -1 for
# opposite directions. For arrows of length 1 it takes two lines: multiply number by number, and add up.

# %%
texts = [
    "I lost my library card.",
    "My reader's pass is gone.",
    "The soup needs more salt.",
]
vectors = encoder.encode(texts)
products = vectors[0] * vectors[1]
by_hand = products.sum()
print(f"by hand: {by_hand:.3f}")

# %%
cosines = ll.cosine_similarity(vectors, vectors)
print(cosines.round(3))
assert np.isclose(by_hand, cosines[0, 1], atol=1e-6)

# %% [markdown]
# The library gives all pairs at once, and it agrees with your two lines. Row 0 against column 1 is the pair from above: two sentences that share
# one word, "my", and mean nearly the same. Both are further from the soup. The diagonal compares each sentence with itself.
#
# The model was [trained on pairs of texts](https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2) that belong together, such as a question and its
# answer, until partners got similar directions. Before you trust the result too far, add one more sentence.

# %%
found = encoder.encode(["I found my library card."])
print(f"lost and found: {ll.cosine_similarity(vectors[0], found[0]):.3f}")

# %% [markdown]
# "I lost" and "I found" ask for opposite things, and their cosine of 0.868 is far above the 0.450 of the pair that means the same. A cosine tells
# you that two texts are *about* the same matter in similar words. It does not tell you that they agree. Lesson 05 measures this.

# %% [markdown]
# ## What does the library know?
#
# Look at data before you compute with it. The FAQ of the Vellmoor library was written for this course; the town does not exist.
# Each entry has a question and an answer. Each *query* is something a user might type, with the one entry that answers it.

# %%
faq = ll.load_dataset("faq")
queries = ll.load_dataset("faq_queries")
off_topic = ll.load_dataset("faq_off_topic")
print(f"{len(faq)} entries, {len(queries)} queries, {len(off_topic)} off-topic queries")
for entry in faq[:3]:
    print(entry.question)
    print(textwrap.indent(textwrap.fill(entry.answer, 80), "    "))

# %%
row_of = {entry.id: row for row, entry in enumerate(faq)}
wanted = np.array([row_of[query.faq_id] for query in queries])
styles = np.array([query.style for query in queries])
style_names = ("keywords", "paraphrase", "story", "exact")
for style in style_names:
    example = queries[np.argmax(styles == style)]
    print(f"{style}, {(styles == style).sum()} queries, such as:")
    print(textwrap.indent(textwrap.fill(example.text, 80), "    "))
    print("    -> wanted:", faq[row_of[example.faq_id]].question)

# %% [markdown]
# `wanted` holds, for each query, the row of its entry. There are four styles: a few *keywords*, a *paraphrase* (the same question in other
# words), a *story* that never names the question, and *exact* terms such as a form number. All of them are synthetic text, written with a language model, and most avoid, on
# purpose, the words of the questions. The data card, `data/faq/README.md` in the folder of the course, says how, and what that means for the numbers below.

# %% [markdown]
# ## A search in five lines
#
# A search compares the vector of the query with the vector of each entry, and shows the entry with the largest
# cosine. All vectors have length 1, so the cosine is the dot product, which Python writes `@`. First the slow, plain way:

# %%
question_vectors = encoder.encode([entry.question for entry in faq], show_progress=False)

# %%
query_vector = encoder.encode(["I lost my card"])[0]
scores = []
for vector in question_vectors:
    scores.append(vector @ query_vector)
best = int(np.argmax(scores))
print(f"{scores[best]:.3f}  {faq[best].question}")

# %% [markdown]
# It found the entry. The loop makes one dot product for each entry, and a matrix product makes them all at once: `[n, d] @ [d]` gives
# `[n]`. Are they the same?

# %%
all_at_once = question_vectors @ query_vector
print("shapes:", question_vectors.shape, "@", query_vector.shape, "->", all_at_once.shape)
print("the same:", np.allclose(scores, all_at_once, atol=1e-6))

# %% [markdown]
# They are, and the matrix product is the whole search engine. From here on `ll.top_k` does it for many queries together: it gives the best scores and the
# row numbers (`ids`) of the entries that have them, best first.

# %% [markdown]
# ## Ask it something
#
# Change the text, run the cell again, and try to make the search fail: long words, short words, a wrong
# spelling, another language, a question the library cannot answer.

# %%
my_question = "My kid tore a page, what now?"
scores, ids = ll.top_k(encoder.encode([my_question]), question_vectors, k=3)
for score, row in zip(scores[0], ids[0], strict=True):
    print(f"{score:.3f}  {faq[row].question}")
print(textwrap.fill(faq[ids[0, 0]].answer, 80))

# %% [markdown]
# This is a working search, made in ten minutes. One good result is no proof, though. The rest of the lesson finds out how often it is
# right, and what its scores are worth.

# %% [markdown]
# ## Which text should be searched?
#
# So far a query is compared with the *questions* of the FAQ. You could as well compare it with the *answers*, or with
# both as one text. Which ranks the right entry first most often? Decide before you look: set `guess=` to one
# of the options and run the cell. A guess, even a wrong one, makes the result easier to remember.

# %%
best_text = ll.predict(
    "encoder.best_text",
    "Which text of an entry should the query be compared with?",
    options=["question", "answer", "question + answer"],
    guess=None,
)

# %% [markdown]
# The experiment ranks all entries for all queries, three times. The encoding takes a few seconds.

# %%
answers = [entry.answer for entry in faq]
both = [f"{entry.question} {entry.answer}" for entry in faq]
searched = {
    "question": question_vectors,
    "answer": encoder.encode(answers, show_progress=False),
    "question + answer": encoder.encode(both, show_progress=False),
}

# %%
query_texts = [query.text for query in queries]
query_vectors = encoder.encode(query_texts, show_progress=False)
rankings = {
    name: ll.top_k(query_vectors, vectors, k=len(faq))[1]
    for name, vectors in searched.items()
}

# %% [markdown]
# A number needs something to stand beside. The first baseline is chance: a random order puts the right entry first once in 162 times. The second
# counts the words that query and entry have in common, which needs no model.


# %%
def words(text):
    return set("".join(c if c.isalnum() else " " for c in text.lower()).split())


entry_words = [words(text) for text in both]
shared = np.array(
    [[len(words(text) & entry) for entry in entry_words] for text in query_texts]
)
rankings["shared words"] = np.argsort(-shared, axis=1, kind="stable")

# %% [markdown]
# Two numbers describe a ranking. *Recall at 1* is the share of queries whose right entry comes first. The *mean reciprocal rank* (MRR) also
# rewards a near miss: 1 for rank 1, 1/2 for rank 2, 1/3 for rank 3, averaged over all queries.
#
# How far would these numbers move with another set of queries? The *bootstrap* answers by drawing again, with replacement, from what we have,
# a thousand times; the middle 95 % of the results is the interval. What is drawn must be independent. The four to six
# queries of one entry are not (a hard entry is hard for all of them), so we draw *entries*, each with all its queries.


# %%
def by_entry(marks, entries):
    """Marks [q], entries [q] -> [n, 2]: the sum of each entry's marks, and their number."""
    sums, counts = np.bincount(entries, weights=marks), np.bincount(entries)
    return np.stack([sums, counts], axis=1)[counts > 0]


def mean_mark(rows):
    return rows[:, 0].sum() / rows[:, 1].sum()


def with_interval(marks, entries):
    return ll.bootstrap_ci(by_entry(marks, entries), mean_mark)


# %%
recall, mrr, hits = {}, {}, {}
for name, ranking in rankings.items():
    hits[name] = evaluation.recalls_at_k(ranking, wanted, k=1)
    recall[name] = with_interval(hits[name], wanted)
    mrr[name] = with_interval(evaluation.reciprocal_ranks(ranking, wanted), wanted)


# %%
def as_text(score):
    value, low, high = score[:3]
    return f"{value:.3f} [{low:.3f}, {high:.3f}]"


print(f"n = {len(queries)} queries on {len(faq)} entries")
print(f"{'':<20}{'recall at 1':<24}MRR")
for name in rankings:
    print(f"{name:<20}{as_text(recall[name])}    {as_text(mrr[name])}")
by_chance = 1 / np.arange(1, len(faq) + 1)  # each rank is as likely as any other
print(f"{'chance':<20}{1 / len(faq):<24.3f}{by_chance.mean():.3f}")

# %%
gain = ll.paired_bootstrap(
    by_entry(hits["question + answer"], wanted),
    by_entry(hits["question"], wanted),
    mean_mark,
)
print("question + answer minus question:", as_text(gain))
best_text.reveal(max(searched, key=lambda name: recall[name].estimate))

# %% [markdown]
# Question and answer together win. The difference to the questions alone is 0.128 in recall at 1, with an interval that stays clear of 0, measured on
# the same entries both times. The answers alone are worst of the three. One likely reason: they are full of facts that no user mentions.
#
# Chance is far below all of them, and so is counting shared words. That second comparison is harsh: the queries avoid the words of
# the questions, and real users avoid nothing. Do not conclude that search by words is useless. The next experiment shows where it is not.

# %% [markdown]
# ## Is that true for every kind of query?
#
# An average over four styles hides what each of them does. Which text would you search for "when do I need form M-4"?

# %%
by_style = {style: {} for style in style_names}
for style in style_names:
    rows = styles == style
    for name in rankings:
        by_style[style][name] = with_interval(hits[name][rows], wanted[rows])

# %%
fig, panels = plt.subplots(1, 4, figsize=(10, 2.8), sharex=True, sharey=True)
seen = []
for style, ax in zip(style_names, panels, strict=True):
    figures.dot_plot(ax, by_style[style], baseline=1 / len(faq))
    ax.set_title(f"{style}, n = {(styles == style).sum()}")
    seen.append(f"{style}: {figures.in_words(by_style[style])}")
title = "Questions hold the everyday words, answers the exact terms"
fig.suptitle(title, x=0.01, ha="left", weight="bold")
fig.supxlabel("recall at 1 with 95 % interval; dashed: chance", fontsize=11)
assert by_style["exact"]["question"].high < by_style["exact"]["answer"].low
figures.show(fig, alt=f"Dot plots of recall at 1 for four styles. {'; '.join(seen)}.")

# %% [markdown]
# Look at the last panel. With the questions, 0.075 of the exact-term queries find their entry; with the answers, 0.725 do. The reason is plain: "M-4" stands in
# an answer and in no question. And counting words, the loser on average, reaches 0.875 there without any model. A rare code is a rare code: the same letters,
# or nothing. Lesson 08 joins both kinds of search.
#
# With question and answer, stories are hardest: 0.395 of them find their entry. The intervals are up to two tenths wide, so read one digit, and do not rank two dots whose
# intervals overlap for most of their length.

# %% [markdown]
# ## What does it answer when nothing fits?
#
# The FAQ has no entry on passports or coffee machines. Ask anyway:

# %%
entry_vectors = searched["question + answer"]
for text in ("How do I renew my passport?", "How do I descale my coffee machine?"):
    scores, ids = ll.top_k(encoder.encode([text]), entry_vectors, k=1)
    print(f"{scores[0, 0]:.3f}  {text} -> {faq[ids[0, 0]].question}")

# %% [markdown]
# There is always a nearest entry. The search does not know that it does not know, and it would hand the coffee drinker
# an answer about the café. Perhaps the score gives it away: 0.330 looks low. Low compared with what?

# %% [markdown]
# ## What is a high score?
#
# Compare with texts that have nothing to do with each other. The course carries 50 news texts from another collection. Each
# of our queries against each of them makes thousands of unrelated pairs. What cosine do you expect for them, in the middle?

# %%
unrelated_guess = ll.predict(
    "encoder.unrelated",
    "What is the median cosine of two unrelated texts here?",
    guess=None,
)

# %%
news = [document.text for document in ll.load_dataset("lee")]
unrelated = (query_vectors @ encoder.encode(news, show_progress=False).T).ravel()
low, middle, high = np.quantile(unrelated, [0.01, 0.5, 0.99])
print(f"{len(unrelated)} pairs; 98 of 100 lie from {low:.3f} to {high:.3f}")
print(f"largest {unrelated.max():.3f}; share below 0: {(unrelated < 0).mean():.3f}")
unrelated_guess.reveal(middle)

# %% [markdown]
# With this model unrelated texts stand at a right angle, give or take. Nearly half of their cosines are negative, and that is no error. So a cosine
# of 0.481 is high here. Is it high everywhere? Read the same model in another way, by its state at the first token (lesson 04 explains it):


# %%
def first_token(texts):
    return ll.normalize(encoder.token_states(texts).states[:, 0])


elsewhere = first_token(query_texts[:50]) @ first_token(news).T
print(f"read by the first token: median of unrelated pairs {np.median(elsewhere):.3f}")

# %% [markdown]
# The same weights, the same kind of pairs, and unrelated texts now have a cosine of 0.660 in the middle. No cosine is high or low by itself: make this yardstick
# anew for each model and each way of reading it.
#
# Now lay the scores of the search on top. There are two kinds of off-topic queries: *near* ones sound like a question to some service
# desk ("How do I renew my passport?"), and *far* ones are about cooking, sports and the like.

# %%
kind = np.array([query.distance for query in off_topic])
off_topic_texts = [query.text for query in off_topic]
off_topic_vectors = encoder.encode(off_topic_texts, show_progress=False)
nearest = (off_topic_vectors @ entry_vectors.T).max(axis=1)
right = (query_vectors * entry_vectors[wanted]).sum(axis=1)
groups = {
    "right entry of a query": right,
    "best entry, near off topic": nearest[kind == "near"],
    "best entry, far off topic": nearest[kind == "far"],
}

# %%
seen = []
for name, scores in groups.items():
    low_end, median, high_end = np.quantile(scores, [0.05, 0.5, 0.95])
    seen.append(
        f"{name} median {median:.3f}, nine of ten from {low_end:.3f} to {high_end:.3f}"
    )
    print(f"{seen[-1]}, n = {len(scores)}")
assert high < np.median(nearest[kind == "far"]) < np.median(nearest[kind == "near"])

# %%
fig, (above, below) = plt.subplots(2, sharex=True, height_ratios=[2, 1])
for row, scores in enumerate(groups.values()):
    spread_out = row + np.linspace(-0.3, 0.3, len(scores))
    above.plot(scores, spread_out, "o", alpha=0.5, markersize=4)
    above.plot([np.median(scores)] * 2, [row - 0.4, row + 0.4], color="black")
above.set(yticks=range(3), yticklabels=groups, ylim=(2.5, -0.5))
above.set_title("Far off-topic queries score low; near ones score like good ones")
below.hist(unrelated, bins=60, color=figures.COLOURS["grey"])
below.set(xlabel="cosine (black bars: medians)", ylabel="unrelated pairs")
yardstick = f"{len(unrelated)} unrelated pairs, 98 of 100 from {low:.3f} to {high:.3f}"
alt = f"Rows of dots: {'; '.join(seen)}. Below them a histogram of {yardstick}."
figures.show(fig, alt=alt)

# %% [markdown]
# Three things to see. The right entries lie far above the unrelated pairs, with a median of 0.446. The far off-topic queries stay mostly below
# them. And the near ones, with a median of 0.384, lie in the middle of the right answers: no line could part these two groups.
#
# One caution. The best of 162 scores is high by choice alone, since it is the largest of many. So it is no wonder that even the far queries, with a median
# of 0.208, lie at the upper end of the histogram, which shows single pairs.

# %% [markdown]
# ## Where should the search stay silent?
#
# A *threshold* turns the score into a decision: below it, the search says "I do not know". We choose the threshold on one half of the data and judge it on
# the other, because any number that was fitted to data looks better on that data than it is. The halves are split by entry (even and
# odd rows), so that no entry has queries on both sides.

# %%
top = (query_vectors @ entry_vectors.T).max(axis=1)
is_right = rankings["question + answer"][:, 0] == wanted
fit, judge = wanted % 2 == 0, wanted % 2 == 1
off_fit = np.arange(len(off_topic)) % 2 == 0
near_fit = nearest[off_fit & (kind == "near")]
far_fit = nearest[off_fit & (kind == "far")]
print(f"to choose: {fit.sum()} good queries, {len(near_fit)} near, {len(far_fit)} far")

# %% [markdown]
# Move the slider (mouse, arrow keys, or the two buttons) and look for a place you could defend. All three upper bars should be long. The fourth says
# how many of the answers that good queries get are right; a search that answers is not yet a search that answers well.


# %%
def look(threshold):
    shown = top[fit] >= threshold
    bars = {
        "good queries answered": shown.mean(),
        "near off-topic refused": (near_fit < threshold).mean(),
        "far off-topic refused": (far_fit < threshold).mean(),
        "right among the answers": is_right[fit][shown].mean(),
    }
    right_ones = is_right[fit][shown].sum()
    sentence = f"{shown.sum()} of {fit.sum()} answered, {right_ones} of them rightly."
    return fragments.Frame(f"{threshold:.2f}", sentence, bars=list(bars.items()))


# %%
fragments.slider(
    "Where to stay silent",
    "Move the threshold, and watch what is gained and what is lost.",
    [look(threshold) for threshold in np.arange(0, 0.75, 0.05)],
    label="Threshold",
    bars_label="Share of each group",
    decimals=2,
)

# %% [markdown]
# No position makes all bars long. You have to say which mistake costs more, and that is a decision about the library, not about
# the model. Suppose the librarians say: at least 95 % of good queries must get an answer. Then the rule is the 5 % point of their best scores.
#
# Predict first: which share of the *near* off-topic queries will this threshold refuse?

# %%
refused_guess = ll.predict(
    "encoder.near_refused",
    "Which share of near off-topic queries, from 0 to 1?",
    guess=None,
)

# %%
threshold = np.quantile(top[fit], 0.05)
off_judge = ~off_fit
verdicts = {
    "good queries answered": top[judge] >= threshold,
    "near off-topic refused": nearest[off_judge & (kind == "near")] < threshold,
    "far off-topic refused": nearest[off_judge & (kind == "far")] < threshold,
}

# %%
answered = verdicts["good queries answered"]
judged = {"good queries answered": with_interval(answered, wanted[judge])}
for name in ("near off-topic refused", "far off-topic refused"):
    judged[name] = ll.bootstrap_ci(verdicts[name])
print(f"threshold {threshold:.3f}, chosen on one half; on the other half:")
for name, marks in verdicts.items():
    print(f"{name:<24}{marks.sum():>4} of {len(marks):>3}    {as_text(judged[name])}")
refused_guess.reveal(judged["near off-topic refused"].estimate)

# %%
right_answers = with_interval(is_right[judge][answered], wanted[judge][answered])
print("right among the answers to good queries:", as_text(right_answers))

# %% [markdown]
# The rule keeps its promise on the other half: 0.958 of the good queries are answered. It refuses nearly all far queries and very few near ones, 4 of 21. A
# threshold catches the stranger who asks about cactuses, and not the neighbour who asks about passports.
#
# How far to trust it? With some twenty off-topic queries in each group the intervals are wide, and all of them come from one idea of what is off
# topic. And the last line matters most: of the answers that good queries get, 0.606 are right. The score says little about the difference between the right entry
# and the one beside it.

# %% [markdown]
# ## What we measured


# %%
def line(what, n, score):
    print(f"{what:<42}{n:>4}  {as_text(score)}")


print(f"{'what':<42}{'n':>4}  value and 95 % interval")
for name, score in recall.items():
    line(f"recall at 1, {name}", len(queries), score)
for name, score in by_style["exact"].items():
    line(f"exact terms only, {name}", (styles == "exact").sum(), score)
for name, score in judged.items():
    line(f"threshold {threshold:.3f}, {name}", len(verdicts[name]), score)
line("right among the answers to good queries", answered.sum(), right_answers)

# %% [markdown]
# ## What it does not show
#
# - How the search does on *your* texts. One invented library, in English, with synthetic queries that avoid the words of the questions.
#   The numbers belong to these 162 entries and this one model.
# - That an entry is useless when it is not the wanted one. Each query has one right entry by construction; a neighbour may help the same user, and still counts
#   as a miss here.
# - That search by words is worse. It was the crudest kind, and it won where the query holds a rare term. Lesson 08 compares fairly.
# - That no better way to abstain exists. Lesson 11 re-ranks with a model that reads query and entry together.

# %% [markdown]
# ## Exercises
#
# Every exercise in this course works the same way. You fill in a function and run its cell. `check` tries it on small inputs and says what it
# finds; where it recognises a known mistake, it names the belief behind it. Nothing is graded, and you can run it as often as you like.
#
# | you write | you get |
# |---|---|
# | `exercises.cosine.check(cosine)` | an answer to your function |
# | `exercises.cosine.hint()` | the next hint; the card holds them too, folded |
# | `exercises.cosine.solution()` | one way to write it, from the library |
# | `ll.progress()` | what you have tried, solved and guessed so far |
#
# Here is `check` at work. Somebody hands in NumPy's `np.dot` as the cosine:

# %%
exercises.cosine.check(np.dot)

# %%
exercises.cosine.show()

# %% [markdown]
# Replace the three dots with your code, and run the cell. As long as they stand there, the answer is polite and the
# notebook runs on.


# %%
def cosine(a, b):
    """[d] and [d], both longer than 0 -> one number from -1 to 1"""
    ...


exercises.cosine.check(cosine)

# %%
exercises.best_matches.show()


# %%
def best_matches(query, corpus, k):
    """[d], [n, d] and k -> the ids of the k best rows, best first"""
    ...


exercises.best_matches.check(best_matches)

# %%
exercises.answer_or_abstain.show()


# %%
def answer_or_abstain(scores, threshold):
    """[n] and a number -> the index of the best score, or None"""
    ...


exercises.answer_or_abstain.check(answer_or_abstain)

# %%
exercises.mean_reciprocal_rank.show()


# %%
def mean_reciprocal_rank(ranked_ids, relevant):
    """[q, k] and [q] -> one number from 0 to 1"""
    ...


exercises.mean_reciprocal_rank.check(mean_reciprocal_rank)

# %% tags=["nbval-ignore-output"]
ll.progress()

# %% [markdown]
# ## Quiz
#
# Choose an option and check it. Every option has its own comment, so look at the wrong ones too.

# %%
exercises.quiz.show()

# %% [markdown]
# ## Further reading
#
# - N. Reimers and I. Gurevych, [Sentence-BERT](https://doi.org/10.18653/v1/D19-1410), 2019: why sentence vectors are trained to be compared by their
#   cosine. Lesson 04 takes up its table of poolings.
# - W. Wang and others, [MiniLM](https://arxiv.org/abs/2002.10957), 2020: how a small model learns from a large one. The model of this lesson builds on it.
# - C. Manning, P. Raghavan and H. Schütze, [Introduction to Information Retrieval](https://nlp.stanford.edu/IR-book/), 2008: the textbook of search by
#   words, and of judging a search.
#
# Next come the vectors themselves: lesson 01 builds them from counts, and [lesson 04](04_pooling.ipynb) shows how a model makes one vector out of many.
