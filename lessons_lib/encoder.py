"""From texts to vectors: tokenize, run the transformer, pool, normalise (lesson 00; taken apart in 03 and 04)."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from lessons_lib.resources import DEFAULT_MODEL, model_folder

_BATCH_TOKENS = 4096
_PRECISIONS = ("float32", "bfloat16")


@dataclass(frozen=True)
class TokenStates:
    """One vector per token: what a transformer layer gives for a batch of n texts, padded to t tokens.

    Attributes
    ----------
    states : float32 [n, t, d].
    mask : int64 [n, t], 1 for tokens, 0 for padding.
    tokens : n lists with the text of each token, special tokens and padding included.
    offsets : int64 [n, t, 2], start and end of each token in its text, in characters; (0, 0) for special tokens.
    """

    states: np.ndarray
    mask: np.ndarray
    tokens: list[list[str]]
    offsets: np.ndarray


class Encoder:
    """A BERT-like model with its tokenizer and a pooling. Made by `load_encoder`.

    Attributes
    ----------
    name : the model's name.
    dimension : d, the length of a vector.
    max_tokens : tokens of a text that are read, the special ones included; what comes after is cut off.
    pooling : how token states become one vector (see `lessons_lib.pooling.pool`).
    """

    def __init__(self, folder: Path, *, name: str, pooling: str | None = None, device: str = "cpu"):
        from tokenizers import Tokenizer

        from lessons_lib.pooling import POOLINGS

        self.name = name
        self._folder = folder
        self._device = device
        self.max_tokens = _max_tokens(folder)
        self.pooling = pooling or _configured_pooling(folder)
        if self.pooling not in POOLINGS:
            raise ValueError(f"pooling: there is no {pooling!r}. Choose one of: {', '.join(POOLINGS)}.")
        self._fast_tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._fast_tokenizer.no_padding()
        self._fast_tokenizer.enable_truncation(self.max_tokens)
        self._model = _load_transformer(folder, device)
        self.dimension = int(self._model.config.hidden_size)

    def __repr__(self) -> str:
        what = f"dimension={self.dimension}, max_tokens={self.max_tokens}, pooling={self.pooling!r}"
        return f"Encoder({self.name!r}, {what})"

    @cached_property
    def tokenizer(self):
        """The model's tokenizer as a `transformers` tokenizer (a copy: changing it does not change the encoder)."""
        from transformers import AutoTokenizer

        return AutoTokenizer.from_pretrained(self._folder, local_files_only=True)

    @cached_property
    def pooler(self) -> tuple[np.ndarray, np.ndarray]:
        """Weight [d, d] and bias [d] of the model's pooler layer, for pool(..., "pooler", pooler=...)."""
        layer = getattr(self._model, "pooler", None)
        if layer is None:
            raise ValueError(f"{self.name} has no pooler layer; choose another pooling, such as 'mean'.")
        return layer.dense.weight.detach().cpu().numpy(), layer.dense.bias.detach().cpu().numpy()

    def encode(
        self,
        texts: Sequence[str],
        *,
        normalize: bool = True,
        precision: str = "float32",
        batch_tokens: int | None = None,
        show_progress: bool | None = None,
    ) -> np.ndarray:
        """Turn texts into vectors.

        Parameters
        ----------
        texts : list of str; a text longer than `max_tokens` tokens is cut there.
        normalize : scale the vectors to length 1, so that their dot product is the cosine.
        precision : "float32", or "bfloat16" for matrix products in 16 bits (cosine to float32 above .999).
        batch_tokens : about how many tokens to run at once, padding included (4,096 when left out). It bounds
            the memory and does not change the vectors (beyond float32 rounding, 1e-6).
        show_progress : True for a progress bar, False for none; None shows one after two seconds (unless the
            environment says TQDM_DISABLE=1).

        Returns
        -------
        float32 array [n, d], row i for texts[i]; [0, d] for no texts.

        Raises
        ------
        TypeError : texts is a single string, or one of its items is not a string.
        ValueError : precision or batch_tokens is not one of the values above.

        Examples
        --------
        >>> from lessons_lib import load_encoder
        >>> load_encoder().encode(["A small test."]).shape
        (1, 384)
        """
        from tqdm import tqdm

        from lessons_lib.geometry import normalize as unit_rows
        from lessons_lib.pooling import pool

        texts = _checked_texts(texts)
        batch_tokens = _checked_batch_tokens(batch_tokens)
        if precision not in _PRECISIONS:
            raise ValueError(f"precision must be one of {', '.join(_PRECISIONS)}; got {precision!r}.")
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        encodings = self._fast_tokenizer.encode_batch(texts)
        shown = {"delay": 2} if show_progress is None else {"disable": not show_progress}
        with tqdm(total=len(texts), unit="text", **shown) as bar:
            for rows in _batches([len(encoding) for encoding in encodings], batch_tokens):
                ids, mask = _padded([encodings[row].ids for row in rows])
                (states,) = self._run(ids, mask, precision)
                pooler = self.pooler if self.pooling == "pooler" else None
                vectors[rows] = pool(states, mask, self.pooling, pooler=pooler)
                bar.update(len(rows))
        return unit_rows(vectors) if normalize else vectors

    def token_states(self, texts: Sequence[str], layer: int = -1) -> TokenStates:
        """Give the state of every token of every text after one layer.

        Parameters
        ----------
        texts : list of str, at least one, padded to the longest of them. Memory is n * t * d numbers.
        layer : 0 for the input embeddings, 1 for the first transformer layer, ...; -1 for the last.

        Returns
        -------
        TokenStates; t is the number of tokens of the longest text, [CLS] and [SEP] included.

        Raises
        ------
        TypeError, ValueError : texts is empty or no list of strings, or there is no such layer.

        Examples
        --------
        >>> from lessons_lib import load_encoder
        >>> load_encoder().token_states(["pooling tokens"]).tokens
        [['[CLS]', 'pool', '##ing', 'token', '##s', '[SEP]']]
        """
        layers = int(self._model.config.num_hidden_layers) + 1
        if isinstance(layer, bool) or not isinstance(layer, (int, np.integer)) or not -layers <= layer < layers:
            raise ValueError(f"layer must be a whole number from {-layers} to {layers - 1}; got {layer!r}.")
        return self._token_states(texts, [int(layer)])[0]

    def layer_states(self, texts: Sequence[str]) -> list[TokenStates]:
        """Give the state of every token after every layer, from one run of the model.

        Parameters
        ----------
        texts : list of str, at least one. Memory is that of `token_states`, times the number of layers.

        Returns
        -------
        list of TokenStates: [0] the input embeddings, [1] the first transformer layer, ..., [-1] the last.

        Examples
        --------
        >>> from lessons_lib import load_encoder
        >>> len(load_encoder().layer_states(["A small test."]))
        7
        """
        return self._token_states(texts, range(int(self._model.config.num_hidden_layers) + 1))

    def _token_states(self, texts: Sequence[str], layers: Sequence[int]) -> list[TokenStates]:
        texts = _checked_texts(texts)
        if not texts:
            raise ValueError("texts is empty; give at least one text.")
        encodings = self._fast_tokenizer.encode_batch(texts)
        ids, mask = _padded([encoding.ids for encoding in encodings])
        n, t = mask.shape
        states = [np.empty((n, t, self.dimension), dtype=np.float32) for _ in layers]
        rows = max(1, _BATCH_TOKENS // t)
        for start in range(0, n, rows):
            part = slice(start, start + rows)
            for whole, found in zip(states, self._run(ids[part], mask[part], "float32", layers), strict=True):
                whole[part] = found
        offsets = np.zeros((n, t, 2), dtype=np.int64)
        for row, encoding in enumerate(encodings):
            offsets[row, : len(encoding)] = encoding.offsets
        tokens = [encoding.tokens + ["[PAD]"] * (t - len(encoding)) for encoding in encodings]
        return [TokenStates(found, mask, tokens, offsets) for found in states]

    def _run(
        self, ids: np.ndarray, mask: np.ndarray, precision: str, layers: Sequence[int] = (-1,)
    ) -> list[np.ndarray]:
        """Token states [n, t, d] after each of the layers; 0 is the input embeddings, -1 the last layer."""
        import torch

        half = torch.autocast(self._device.split(":")[0], dtype=torch.bfloat16, enabled=precision == "bfloat16")
        only_last = tuple(layers) == (-1,)
        with torch.inference_mode(), half:
            output = self._model(
                input_ids=torch.from_numpy(ids).to(self._device),
                attention_mask=torch.from_numpy(mask).to(self._device),
                output_hidden_states=not only_last,
            )
        hidden = [output.last_hidden_state] if only_last else [output.hidden_states[layer] for layer in layers]
        return [states.float().cpu().numpy() for states in hidden]


def load_encoder(name: str = DEFAULT_MODEL, *, pooling: str | None = None, device: str = "cpu") -> Encoder:
    """Load a model by name, from this machine where it is here.

    Parameters
    ----------
    name : "all-MiniLM-L6-v2" (always there), a folder, or a model of the Hugging Face hub.
    pooling : "mean", "cls", ...; left out, the one the model's own configuration names, else "mean".
    device : "cpu", "cuda" or "mps".

    Raises
    ------
    FileNotFoundError : the model is not on this machine and cannot be fetched now; the message says what to do.
    ValueError : there is no such pooling, or the weights are damaged.

    Examples
    --------
    >>> from lessons_lib import load_encoder
    >>> load_encoder()
    Encoder('all-MiniLM-L6-v2', dimension=384, max_tokens=256, pooling='mean')
    """
    return Encoder(model_folder(name), name=name, pooling=pooling, device=device)


# ---------------------------------------------------------------- what a model folder says


def _json(path: Path) -> dict:
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def _max_tokens(folder: Path) -> int:
    """The limit the model was published with: sentence-transformers' file, else the tokenizer's, else the model's."""
    positions = _json(folder / "config.json").get("max_position_embeddings", 512)
    limits = (
        _json(folder / "sentence_bert_config.json").get("max_seq_length"),
        _json(folder / "tokenizer_config.json").get("model_max_length"),
    )
    return min(next((int(limit) for limit in limits if limit), positions), positions)


def _configured_pooling(folder: Path) -> str:
    """Which pooling the folder of a sentence-transformers model asks for; "mean" where it says nothing."""
    modes = {
        "pooling_mode_cls_token": "cls",
        "pooling_mode_mean_tokens": "mean",
        "pooling_mode_max_tokens": "max",
        "pooling_mode_weightedmean_tokens": "weighted_mean",
        "pooling_mode_mean_sqrt_len_tokens": "mean_sqrt_len",
    }
    config = _json(folder / "1_Pooling" / "config.json")
    return next((name for key, name in modes.items() if config.get(key)), "mean")


def _load_transformer(folder: Path, device: str):
    """The transformer in evaluation mode, from safetensors only, without a loading bar."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="IProgress not found")  # tqdm asks for a widget nobody needs here
        from transformers import AutoModel
        from transformers.utils import logging

    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        model = AutoModel.from_pretrained(folder, local_files_only=True, use_safetensors=True)
    finally:
        if shown:
            logging.enable_progress_bar()
    return model.eval().to(device)


# ---------------------------------------------------------------- batches


def _batches(lengths: list[int], batch_tokens: int) -> Iterator[list[int]]:
    """Rows in batches of similar length, longest first, so that little padding is computed."""
    rows = sorted(range(len(lengths)), key=lambda row: -lengths[row])
    start = 0
    while start < len(rows):
        size = max(1, batch_tokens // max(1, lengths[rows[start]]))
        yield rows[start : start + size]
        start += size


def _padded(ids: list[list[int]]) -> tuple[np.ndarray, np.ndarray]:
    """Token ids as one matrix, padded with 0 on the right, and the mask that says where tokens are."""
    longest = max(len(row) for row in ids)
    padded = np.zeros((len(ids), longest), dtype=np.int64)
    mask = np.zeros((len(ids), longest), dtype=np.int64)
    for row, values in enumerate(ids):
        padded[row, : len(values)] = values
        mask[row, : len(values)] = 1
    return padded, mask


# ---------------------------------------------------------------- bad input


def _checked_texts(texts: Sequence[str]) -> list[str]:
    if isinstance(texts, (str, bytes)):
        raise TypeError(f"texts must be a list of strings, not one {type(texts).__name__}. Write [text].")
    try:
        texts = list(texts)
    except TypeError:
        raise TypeError(f"texts must be a list of strings, not {type(texts).__name__}.") from None
    for number, text in enumerate(texts):
        if not isinstance(text, str):
            raise TypeError(f"texts[{number}] must be a string, not {type(text).__name__}.")
    return [str(text).encode("utf-8", "replace").decode("utf-8") for text in texts]  # no half surrogate pairs


def _checked_batch_tokens(batch_tokens: int | None) -> int:
    if batch_tokens is None:
        return _BATCH_TOKENS
    if isinstance(batch_tokens, bool) or not isinstance(batch_tokens, (int, np.integer)) or batch_tokens < 1:
        raise ValueError(f"batch_tokens must be a whole number of at least 1; got {batch_tokens!r}.")
    return int(batch_tokens)
