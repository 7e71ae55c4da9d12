"""Pooling: from one vector per token to one vector per text (lesson 04).

Shapes throughout: `token_states` is [n, t, d] (n texts, t token positions, d dimensions) and `mask`
is [n, t], 1 for a token of the text and 0 for padding. Every function honours the mask: positions
where it is 0 have no influence on the result. A text with no token at all is pooled to zeros.
"""

from __future__ import annotations

import functools

import numpy as np


def cls_pool(token_states: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Take the state of the first token of each text, which BERT tokenizers make [CLS]: [n, d].

    Examples
    --------
    >>> import numpy as np
    >>> cls_pool(np.array([[[1.0, 2.0], [3.0, 4.0]]]), np.array([[1, 1]]))
    array([[1., 2.]])
    """
    token_states, mask = _checked(token_states, mask)
    first = mask.argmax(axis=1)  # position 0, unless the padding stands on the left
    return _empty_to_zero(token_states[np.arange(len(token_states)), first], mask)


def mean_pool(token_states: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Average the states of the tokens that the mask keeps: [n, d].

    The sum of the kept states, divided by their count, both taken per text. This is
    the default of Reimers and Gurevych (2019), and what all-MiniLM-L6-v2 was
    trained with.

    Examples
    --------
    >>> import numpy as np
    >>> states = np.array([[[1.0, 2.0], [3.0, 4.0], [9.0, 9.0]]])
    >>> mean_pool(states, np.array([[1, 1, 0]]))
    array([[2., 3.]])
    """
    token_states, mask = _checked(token_states, mask)
    weights = mask[:, :, None].astype(token_states.dtype)  # 1 for tokens, 0 for padding
    summed = (token_states * weights).sum(axis=1)
    count = weights.sum(axis=1)
    return summed / np.maximum(count, 1)  # a text without tokens: 0 / 1


def max_pool(token_states: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Take, in every dimension, the largest value among the kept tokens: [n, d].

    Padding is set to minus infinity first: a padding value of 0 would win wherever
    all tokens are negative.

    Examples
    --------
    >>> import numpy as np
    >>> states = np.array([[[-1.0, 2.0], [-3.0, 4.0], [0.0, 0.0]]])
    >>> max_pool(states, np.array([[1, 1, 0]]))
    array([[-1.,  4.]])
    """
    token_states, mask = _checked(token_states, mask)
    visible = np.where(mask[:, :, None] == 1, token_states, -np.inf)
    largest = visible.max(axis=1, initial=-np.inf)
    return _empty_to_zero(largest, mask).astype(token_states.dtype)


def weighted_mean_pool(token_states: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Average the kept states with weights 1, 2, 3, ... by position in the text: [n, d].

    Later tokens count more. Meant for left-to-right models, whose last tokens have seen the
    most text (Muennighoff 2022, SGPT); in BERT every token has seen the whole text.

    Examples
    --------
    >>> import numpy as np
    >>> weighted_mean_pool(np.array([[[3.0], [6.0], [9.0]]]), np.array([[1, 1, 0]]))
    array([[5.]])
    """
    token_states, mask = _checked(token_states, mask)
    position = mask.cumsum(axis=1) * mask  # 1, 2, 3, ... over the kept tokens
    weights = position[:, :, None].astype(token_states.dtype)
    summed = (token_states * weights).sum(axis=1)
    return summed / np.maximum(weights.sum(axis=1), 1)


def mean_sqrt_len_pool(token_states: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Divide the sum of the kept states by the square root of their count: [n, d].

    The direction is that of the mean; only the length of the vector differs, and grows with the text.

    Examples
    --------
    >>> import numpy as np
    >>> mean_sqrt_len_pool(np.array([[[1.0], [1.0], [1.0], [1.0]]]), np.array([[1, 1, 1, 1]]))
    array([[2.]])
    """
    mean = mean_pool(token_states, mask)
    count = np.asarray(mask).sum(axis=1, keepdims=True)
    return mean * np.sqrt(count).astype(mean.dtype)


def pooler_output(token_states: np.ndarray, mask: np.ndarray, weight: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """BERT's `pooler_output`: tanh(weight @ [CLS] + bias), [n, d].

    Parameters
    ----------
    weight, bias : [d, d] and [d], the model's own pooler layer (`Encoder.pooler`). BERT trained this layer
        for next-sentence prediction (Devlin et al. 2019, section 3.1).
    """
    cls = cls_pool(token_states, mask)
    weight, bias = np.asarray(weight), np.asarray(bias)
    d = cls.shape[1]
    if weight.shape != (d, d) or bias.shape != (d,):
        raise ValueError(
            f"weight and bias must have the shapes ({d}, {d}) and ({d},) to fit token_states with d = {d}; "
            f"got {weight.shape} and {bias.shape}. A pooler belongs to one model: take `encoder.pooler`."
        )
    return np.tanh(cls @ weight.T.astype(cls.dtype) + bias.astype(cls.dtype))


POOLINGS = {
    "cls": cls_pool,
    "mean": mean_pool,
    "max": max_pool,
    "pooler": pooler_output,
    "weighted_mean": weighted_mean_pool,
    "mean_sqrt_len": mean_sqrt_len_pool,
}


def pool(
    token_states: np.ndarray,
    mask: np.ndarray,
    how: str = "mean",
    *,
    pooler: tuple[np.ndarray, np.ndarray] | None = None,
) -> np.ndarray:
    """Pool token states into one vector per text.

    Parameters
    ----------
    token_states : float array [n, t, d].
    mask : [n, t], 1 (or True) for tokens, 0 for padding; each text needs its own row.
    how : "cls", "mean", "max", "pooler", "weighted_mean" or "mean_sqrt_len".
    pooler : (weight [d, d], bias [d]) for how="pooler"; left out, it is the default model's own.

    Returns
    -------
    array [n, d], float64 for float64 states and float32 otherwise; not normalised. Rows whose mask is all 0 are zeros
    (for "pooler": what the pooler layer makes of zeros).

    Raises
    ------
    TypeError, ValueError : a shape, dtype or mask value does not fit; the message says which and why.

    Notes
    -----
    Time and memory are proportional to n * t * d. Agrees with `sentence_transformers` Pooling modes of the same
    names to float32 rounding. Lesson 04.

    Examples
    --------
    >>> import numpy as np
    >>> states = np.array([[[1.0, 2.0], [3.0, 4.0], [9.0, 9.0]]])
    >>> pool(states, np.array([[1, 1, 0]]), "mean")
    array([[2., 3.]])
    """
    if how not in POOLINGS:
        raise ValueError(f"how: there is no pooling {how!r}. Choose one of: {', '.join(POOLINGS)}.")
    if how == "pooler":
        weight, bias = _default_pooler() if pooler is None else pooler
        return pooler_output(token_states, mask, weight, bias)
    return POOLINGS[how](token_states, mask)


@functools.cache
def _default_pooler() -> tuple[np.ndarray, np.ndarray]:
    from safetensors import safe_open

    from lessons_lib.resources import model_folder

    with safe_open(model_folder() / "model.safetensors", framework="numpy") as weights:
        return weights.get_tensor("pooler.dense.weight"), weights.get_tensor("pooler.dense.bias")


# ---------------------------------------------------------------- shared steps


def _empty_to_zero(pooled: np.ndarray, mask: np.ndarray) -> np.ndarray:
    return np.where(mask.any(axis=1)[:, None], pooled, 0)


def _checked(token_states: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both arguments as arrays of a known kind, or an error that says what does not fit."""
    states = _as_array(token_states, "token_states")
    mask = _as_array(mask, "mask")
    if states.ndim != 3:
        raise ValueError(
            f"token_states must be [n, t, d] (texts, tokens, dimensions); got shape {states.shape}. "
            "For one text add a first axis: token_states[None]."
        )
    if states.dtype.kind != "f":
        raise TypeError(f"token_states must hold floats; got dtype {states.dtype}. Convert it: .astype('float32').")
    if mask.shape != states.shape[:2]:
        raise ValueError(
            f"mask must be [n, t] = {states.shape[:2]} to fit token_states {states.shape}; got shape {mask.shape}."
        )
    if mask.dtype.kind not in "buif" or not np.isin(mask, (0, 1)).all():
        raise ValueError("mask must hold only 1 (a token) and 0 (padding), as the tokenizer's attention_mask does.")
    if not np.isfinite(states).all():
        raise ValueError("token_states must be finite; it holds NaN or infinity. Look at where it was computed.")
    return states.astype(np.float64 if states.dtype == np.float64 else np.float32, copy=False), mask.astype(np.int64)


def _as_array(value: np.ndarray, name: str) -> np.ndarray:
    if hasattr(value, "detach"):  # a torch tensor
        value = value.detach().cpu().numpy()
    try:
        return np.asarray(value)
    except ValueError as error:
        raise ValueError(f"{name} must be a rectangular array; its rows have different lengths.") from error
