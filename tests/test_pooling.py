"""Pooling: shapes, masks, agreement with sentence-transformers and with plain loops."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sentence_transformers.sentence_transformer.modules import Pooling

from lessons_lib import pooling
from lessons_lib.pooling import POOLINGS, pool

MASKED = ["cls", "mean", "max", "weighted_mean", "mean_sqrt_len"]
REFERENCE_MODES = {
    "cls": "cls",
    "mean": "mean",
    "max": "max",
    "weighted_mean": "weightedmean",
    "mean_sqrt_len": "mean_sqrt_len_tokens",
}


def pooled_by_sentence_transformers(states, mask, how):
    layer = Pooling(states.shape[2], pooling_mode=REFERENCE_MODES[how])
    features = {"token_embeddings": torch.from_numpy(states), "attention_mask": torch.from_numpy(mask)}
    return layer(features)["sentence_embedding"].numpy()


def right_padded(rng, n=5, t=9, d=7):
    states = rng.normal(size=(n, t, d)).astype(np.float32)
    lengths = rng.integers(1, t + 1, size=n)
    return states, (np.arange(t) < lengths[:, None]).astype(np.int64)


@st.composite
def states_and_mask(draw, d=4):
    n, t = draw(st.integers(1, 4)), draw(st.integers(1, 6))
    states = draw(arrays(np.float32, (n, t, d), elements=st.floats(-100, 100, width=32)))
    lengths = draw(arrays(np.int64, n, elements=st.integers(1, t)))
    return states, (np.arange(t) < lengths[:, None]).astype(np.int64)


@pytest.mark.parametrize("how", MASKED)
def test_pooling_agrees_with_sentence_transformers(how):
    rng = np.random.default_rng(0)
    for _ in range(50):
        states, mask = right_padded(rng, n=rng.integers(1, 6), t=rng.integers(1, 40), d=rng.integers(1, 20))
        np.testing.assert_allclose(
            pool(states, mask, how), pooled_by_sentence_transformers(states, mask, how), atol=2e-6
        )


@pytest.mark.parametrize("how", MASKED)
@given(data=states_and_mask(), extra=st.integers(1, 5), value=st.sampled_from([0.0, 1e4, -1e4]))
def test_padding_does_not_change_the_result(how, data, extra, value):
    states, mask = data
    n, _, d = states.shape
    padded = np.concatenate([states, np.full((n, extra, d), value, dtype=np.float32)], axis=1)
    longer = np.concatenate([mask, np.zeros((n, extra), dtype=np.int64)], axis=1)
    np.testing.assert_allclose(pool(padded, longer, how), pool(states, mask, how), rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("how", MASKED)
@given(data=states_and_mask())
def test_a_text_is_pooled_alone_as_in_its_batch(how, data):
    states, mask = data
    alone = np.concatenate([pool(states[[row]], mask[[row]], how) for row in range(len(states))])
    np.testing.assert_allclose(pool(states, mask, how), alone, rtol=1e-5, atol=1e-4)


@given(data=states_and_mask())
def test_the_mean_is_what_a_plain_loop_gives(data):
    states, mask = data
    looped = [
        np.mean([state for state, kept in zip(row, keep, strict=True) if kept], axis=0, dtype=np.float64)
        for row, keep in zip(states, mask, strict=True)
    ]
    np.testing.assert_allclose(pooling.mean_pool(states, mask), looped, rtol=1e-4, atol=1e-4)


@given(data=states_and_mask(), scale=st.floats(0.5, 4))
def test_mean_and_max_follow_the_scale_of_the_states(data, scale):
    states, mask = data
    for how in ("mean", "max"):
        np.testing.assert_allclose(
            pool(states * np.float32(scale), mask, how), pool(states, mask, how) * scale, rtol=1e-4, atol=1e-3
        )


def test_the_order_of_tokens_matters_to_the_weighted_mean_only():
    states, _ = right_padded(np.random.default_rng(1))
    mask = np.ones(states.shape[:2], dtype=np.int64)
    backwards = states[:, ::-1]
    np.testing.assert_allclose(pool(states, mask, "mean"), pool(backwards, mask, "mean"), atol=1e-6)
    np.testing.assert_allclose(pool(states, mask, "max"), pool(backwards, mask, "max"))
    assert np.abs(pool(states, mask, "weighted_mean") - pool(backwards, mask, "weighted_mean")).max() > 0.1


def test_max_pooling_keeps_negative_values():
    states = np.full((1, 3, 2), -5.0, dtype=np.float32)
    states[0, 2] = 0
    assert pool(states, np.array([[1, 1, 0]]), "max").tolist() == [[-5.0, -5.0]]


def test_cls_is_the_first_token_also_with_padding_on_the_left():
    states = np.arange(6, dtype=np.float32).reshape(1, 3, 2)
    assert pool(states, np.array([[0, 1, 1]]), "cls").tolist() == [[2.0, 3.0]]


def test_mean_sqrt_len_points_where_the_mean_points_and_is_longer_by_the_root_of_the_length():
    states, mask = right_padded(np.random.default_rng(2))
    ratio = pool(states, mask, "mean_sqrt_len") / pool(states, mask, "mean")
    np.testing.assert_allclose(ratio, np.sqrt(mask.sum(1, keepdims=True)) * np.ones_like(ratio), rtol=1e-4)


@pytest.mark.parametrize("how", MASKED)
def test_a_text_without_tokens_is_pooled_to_zeros(how):
    states = np.ones((2, 3, 4), dtype=np.float32)
    mask = np.array([[0, 0, 0], [1, 1, 1]])
    pooled = pool(states, mask, how)
    assert pooled[0].tolist() == [0, 0, 0, 0]
    assert (pooled[1] > 0).all()


def test_pooler_output_is_tanh_of_a_linear_layer_of_the_first_state():
    rng = np.random.default_rng(3)
    states, mask = right_padded(rng, d=4)
    weight, bias = rng.normal(size=(4, 4)), rng.normal(size=4)
    expected = np.tanh(np.einsum("oi,ni->no", weight, states[:, 0]) + bias)
    np.testing.assert_allclose(pool(states, mask, "pooler", pooler=(weight, bias)), expected, atol=1e-5)


def test_pooler_output_agrees_with_transformers(encoder):
    import transformers

    texts = ["A short one.", "A rather longer one, which makes the first be padded on the right."]
    model = transformers.AutoModel.from_pretrained(encoder._folder, use_safetensors=True).eval()
    batch = encoder.tokenizer(texts, padding=True, return_tensors="pt")
    with torch.inference_mode():
        expected = model(**batch).pooler_output.numpy()
    found = encoder.token_states(texts)
    np.testing.assert_allclose(pool(found.states, found.mask, "pooler"), expected, atol=1e-5)


def test_bool_masks_torch_tensors_and_lists_are_read():
    states, mask = right_padded(np.random.default_rng(4))
    expected = pool(states, mask)
    np.testing.assert_array_equal(pool(states, mask.astype(bool)), expected)
    np.testing.assert_array_equal(pool(torch.from_numpy(states), torch.from_numpy(mask)), expected)
    np.testing.assert_allclose(pool(states.tolist(), mask.tolist()), expected, atol=1e-6)


def test_float64_stays_and_float16_becomes_float32():
    states, mask = right_padded(np.random.default_rng(5))
    for how in MASKED:
        assert pool(states.astype(np.float64), mask, how).dtype == np.float64
        assert pool(states.astype(np.float16), mask, how).dtype == np.float32


@pytest.mark.parametrize("how", MASKED)
def test_the_input_is_not_changed(how):
    states, mask = right_padded(np.random.default_rng(6))
    before = states.copy(), mask.copy()
    pool(states, mask, how)
    np.testing.assert_array_equal(states, before[0])
    np.testing.assert_array_equal(mask, before[1])


@pytest.mark.parametrize(
    ("states", "mask", "how", "error", "message"),
    [
        (np.ones((2, 3)), np.ones((2, 3)), "mean", ValueError, r"token_states must be \[n, t, d\]"),
        (np.ones((2, 3, 4)), np.ones((2, 4)), "mean", ValueError, r"mask must be \[n, t\] = \(2, 3\)"),
        (np.ones((2, 3, 4)), np.ones(3), "max", ValueError, r"mask must be \[n, t\]"),
        (np.ones((2, 3, 4), dtype=int), np.ones((2, 3)), "mean", TypeError, "must hold floats; got dtype int64"),
        (np.ones((2, 3, 4)), np.full((2, 3), 2), "mean", ValueError, "mask must hold only 1"),
        (np.full((2, 3, 4), np.nan), np.ones((2, 3)), "mean", ValueError, "holds NaN or infinity"),
        (np.ones((2, 3, 4)), np.ones((2, 3)), "average", ValueError, "how: there is no pooling 'average'"),
        (np.ones((2, 3, 4)), np.ones((2, 3)), "pooler", ValueError, "A pooler belongs to one model"),
        ([[[1.0], [2.0]], [[1.0]]], np.ones((2, 2)), "mean", ValueError, "token_states must be a rectangular array"),
        (np.ones((2, 3, 4)), [[1, 1, 1], [1]], "mean", ValueError, "mask must be a rectangular array"),
    ],
)
def test_bad_input_is_named(states, mask, how, error, message):
    with pytest.raises(error, match=message):
        pool(states, mask, how)


def test_every_pooling_has_a_name_and_an_example():
    assert set(POOLINGS) == {"cls", "mean", "max", "pooler", "weighted_mean", "mean_sqrt_len"}
