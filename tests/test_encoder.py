"""The encoder against sentence-transformers and transformers, on kind and on nasty texts."""

import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import lessons_lib as ll


@pytest.fixture(scope="module")
def reference():
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(str(ll.model_folder()), device="cpu")


NASTY = [
    "",
    " ",
    "\n\t",
    "a",
    "?",
    "🙂",
    "👩🏽‍🚀 and 🇫🇷",
    "漢字かな交じり文",
    "한국어 문장입니다",
    "مرحبا بالعالم",
    "שלום עולם",
    "ไทยไม่มีช่องว่าง",
    "नमस्ते दुनिया",
    "e\u0301 and é",
    "zero\u200bwidth\u200djoiner",
    "\x00\x01\x02 control \x7f",
    "\ufeffbyte order mark",
    "right\u202eto left override",
    "\ud800 half a surrogate pair",
    "[CLS] [SEP] [PAD] [MASK] [UNK]",
    "<script>alert(1)</script>",
    "UPPER lower MiXeD",
    "http://example.org/a?b=c&d=%20",
    "3.14159 2,718 1e-9 0x1F",
    "a" * 500,
    "word " * 10_000,
    "x\n" * 300,
    "tab\tseparated\tvalues",
    "‘curly’ “quotes” — dashes … ellipsis",
    "ﬁ ligature, Ⅳ numeral, ① circled",
]


def varied_texts(count=600):
    """Nasty texts, duplicates, and slices of real prose of every length, in a shuffled order."""
    source = random.Random(0)
    prose = [document.text for document in ll.load_dataset("lee_background")]
    texts = [*NASTY, *NASTY[:10]]
    while len(texts) < count:
        words = source.choice(prose).split()
        start = source.randrange(len(words))
        texts.append(" ".join(words[start : start + source.choice([1, 2, 3, 5, 8, 13, 21, 34, 300])]))
    source.shuffle(texts)
    return texts


def test_encodings_agree_with_sentence_transformers(encoder, reference):
    texts = varied_texts()
    readable = [text.replace("\ud800", "?") for text in texts]  # the reference cannot take half a pair
    expected = reference.encode(readable, normalize_embeddings=True, show_progress_bar=False)
    found = encoder.encode(texts)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_unnormalised_encodings_agree_with_mean_pooling_by_sentence_transformers(encoder, reference):
    texts = varied_texts(60)
    states = reference[0](reference.tokenize([text.replace("\ud800", "?") for text in texts]))
    with torch.inference_mode():
        expected = reference[1](states)["sentence_embedding"].detach().numpy()
    np.testing.assert_allclose(encoder.encode(texts, normalize=False), expected, atol=1e-5)


def test_the_exercise_on_sentence_transformers_asks_for_what_they_give(encoder, reference):
    from lessons_lib.exercises.pooling import sentence_vectors

    texts = ["The same thing twice.", "A text.", "A third text, which is the longest of the three by some tokens."]
    batch = encoder.token_states(texts)
    found = sentence_vectors.reference(batch.states, batch.mask)
    np.testing.assert_allclose(found, reference.encode(texts, show_progress_bar=False), atol=1e-5)


def test_every_row_has_length_one(encoder):
    np.testing.assert_allclose(np.linalg.norm(encoder.encode(NASTY), axis=1), 1, atol=1e-6)


@pytest.fixture(scope="module")
def encoded(encoder):
    """Sixty varied texts, and their vectors."""
    texts = varied_texts(60)
    return texts, encoder.encode(texts)


@pytest.mark.parametrize("batch_tokens", [1, 1000, 100_000])
def test_the_batch_size_does_not_change_the_vectors(encoder, encoded, batch_tokens):
    texts, vectors = encoded
    np.testing.assert_allclose(encoder.encode(texts, batch_tokens=batch_tokens), vectors, atol=1e-6)


@pytest.mark.parametrize("seed", [0, 1])
def test_the_order_of_texts_does_not_change_the_vectors(encoder, encoded, seed):
    texts, vectors = encoded
    order = np.random.default_rng(seed).permutation(len(texts))
    np.testing.assert_allclose(encoder.encode([texts[i] for i in order]), vectors[order], atol=1e-6)


@settings(max_examples=40)
@given(st.text(max_size=200))
def test_any_text_gives_a_finite_unit_vector(encoder, text):
    vector = encoder.encode([text])
    assert np.isfinite(vector).all()
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)


def test_no_texts_give_no_rows(encoder):
    assert encoder.encode([]).shape == (0, 384)
    assert encoder.encode(text for text in ["a generator", "works"]).shape == (2, 384)


def test_bfloat16_keeps_the_direction(encoder, encoded):
    texts, vectors = encoded
    assert (vectors * encoder.encode(texts, precision="bfloat16")).sum(1).min() > 0.999


def test_a_progress_bar_appears_when_asked_for(encoder, capsys):
    encoder.encode(["one", "two"], show_progress=True)
    assert "2/2" in capsys.readouterr().err
    encoder.encode(["one", "two"])
    encoder.encode(["one", "two"], show_progress=False)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("layer", [0, 1, 3, 6, -1, -7])
def test_token_states_of_every_layer_agree_with_transformers(encoder, layer):
    from transformers import AutoModel

    texts = ["One text.", "Another text, which is longer than the first one."]
    model = AutoModel.from_pretrained(ll.model_folder(), use_safetensors=True).eval()
    batch = encoder.tokenizer(texts, padding=True, return_tensors="pt")
    with torch.inference_mode():
        expected = model(**batch, output_hidden_states=True).hidden_states[layer].numpy()
    found = encoder.token_states(texts, layer=layer)
    np.testing.assert_allclose(found.states, expected, atol=1e-5)
    assert found.mask.tolist() == batch["attention_mask"].tolist()
    assert found.tokens == [encoder.tokenizer.convert_ids_to_tokens(row) for row in batch["input_ids"]]


def test_one_run_gives_the_states_of_every_layer(encoder):
    texts = ["One text.", "Another text, which is longer than the first one."]
    layers = encoder.layer_states(texts)
    assert len(layers) == 7
    for number, found in enumerate(layers):
        np.testing.assert_array_equal(found.states, encoder.token_states(texts, layer=number).states)


def test_many_texts_are_run_in_parts_with_the_same_states(encoder, monkeypatch):
    texts = ["One text.", "Another text, which is longer.", "A third.", "And a fourth one."]
    whole = encoder.token_states(texts)
    monkeypatch.setattr("lessons_lib.encoder._BATCH_TOKENS", 20)
    parts = encoder.token_states(texts)
    np.testing.assert_allclose(parts.states, whole.states, atol=1e-5)
    assert parts.tokens == whole.tokens


def test_offsets_point_at_the_characters_of_each_token(encoder):
    text = "Pooling tokens, naïvely."
    states = encoder.token_states([text, "short"])
    assert [text[start:end] for start, end in states.offsets[0]] == [
        "", "Pool", "ing", "token", "s", ",", "naïve", "ly", ".", "",
    ]  # fmt: skip
    assert states.states.shape == (2, 10, 384)
    assert states.tokens[1] == ["[CLS]", "short", "[SEP]", *["[PAD]"] * 7]
    assert states.mask[1].tolist() == [1, 1, 1, 0, 0, 0, 0, 0, 0, 0]


def test_a_pooled_text_is_its_encoding(encoder):
    states = encoder.token_states(["The same thing twice.", "A text."])
    pooled = ll.normalize(ll.pool(states.states, states.mask, "mean"))
    np.testing.assert_allclose(pooled, encoder.encode(["The same thing twice.", "A text."]), atol=1e-6)


@pytest.mark.parametrize("pooling", ["cls", "max", "pooler", "weighted_mean", "mean_sqrt_len"])
def test_the_pooling_can_be_chosen(pooling):
    encoder = ll.load_encoder(pooling=pooling)
    states = encoder.token_states(["The same thing twice.", "A text."])
    np.testing.assert_allclose(
        encoder.encode(["The same thing twice.", "A text."], normalize=False),
        ll.pool(states.states, states.mask, pooling),
        atol=1e-5,
    )


def test_texts_beyond_the_limit_are_cut_at_256_tokens(encoder):
    assert encoder.max_tokens == 256
    states = encoder.token_states(["word " * 1000])
    assert states.mask.sum() == 256
    assert states.tokens[0][-1] == "[SEP]"


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda e: e.encode("one text"), TypeError, r"not one str. Write \[text\]"),
        (lambda e: e.encode(["fine", None]), TypeError, r"texts\[1\] must be a string, not NoneType"),
        (lambda e: e.encode(5), TypeError, "texts must be a list of strings, not int"),
        (lambda e: e.encode(["a"], precision="int8"), ValueError, "precision must be one of float32, bfloat16"),
        (lambda e: e.encode(["a"], batch_tokens=0), ValueError, "batch_tokens must be a whole number of at least 1"),
        (lambda e: e.token_states([]), ValueError, "texts is empty"),
        (lambda e: e.token_states(["a"], layer=7), ValueError, "layer must be a whole number from -7 to 6; got 7"),
        (lambda e: ll.load_encoder(pooling="average"), ValueError, "pooling: there is no 'average'"),
    ],
)
def test_bad_input_is_named(encoder, call, error, message):
    with pytest.raises(error, match=message):
        call(encoder)


def test_loading_is_silent():
    code = "import lessons_lib as ll; ll.load_encoder().encode(['a'])"
    root = Path(ll.__file__).parents[1]
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=root, timeout=120)
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")


def test_importing_the_package_loads_nothing_heavy():
    code = (
        "import sys, lessons_lib; print([m for m in ('numpy', 'torch', 'transformers', 'gensim') if m in sys.modules])"
    )
    root = Path(ll.__file__).parents[1]
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=root, timeout=60)
    assert run.stdout == "[]\n", run.stderr


def test_every_public_name_resolves():
    for name in ll.__all__:
        assert getattr(ll, name) is not None
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        ll.nothing  # noqa: B018
