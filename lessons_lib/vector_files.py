"""Tables of word vectors: read from files, fetched by name, or made from the offline model (lesson 02).

Every table is a gensim `KeyedVectors`. Files are read as text or as plain numbers; nothing here is ever
unpickled, and no code that comes with a download is run.
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import io
import json
import logging
import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING

import numpy as np

from lessons_lib.resources import DEFAULT_MODEL_SHA256, cache_folder, load_dataset, model_folder

if TYPE_CHECKING:
    from gensim.models.keyedvectors import KeyedVectors

# ---------------------------------------------------------------- by name


def load_vectors(name: str | Path = "minilm-input") -> KeyedVectors:
    """Load a table of word vectors: one that is always there, a file, or a published one by name.

    Parameters
    ----------
    name : "minilm-input" (21,719 English words, 384 dimensions: the rows of the offline model's input matrix),
        "minilm-words" (the same words and those of the course's test sets, each run through the model and
        reduced to 128 dimensions; made once, then read from the cache folder), the path of a Word2Vec or GloVe file
        (see `read_vectors`), or a name of gensim's downloader, such as "glove-wiki-gigaword-100" or
        "word2vec-google-news-300" (fetched once, with progress and a checksum).

    Returns
    -------
    gensim KeyedVectors.

    Raises
    ------
    FileNotFoundError : there is no such file, or the table cannot be fetched now.
    ValueError : the file is damaged or of another kind; the message says where and how.

    Examples
    --------
    >>> vectors = load_vectors("minilm-input")
    >>> vectors["king"].shape, "qwertyish" in vectors
    ((384,), False)
    """
    if not isinstance(name, (str, os.PathLike)) or not str(name).strip():
        raise TypeError(f"name must be the name of a table or the path of a file, not {name!r}.")
    if name in _ALWAYS_THERE:
        return _ALWAYS_THERE[name]()
    path = Path(name)
    if path.is_file():
        return read_vectors(path)
    if path.suffix or len(path.parts) > 1:
        raise FileNotFoundError(f"There is no file {path}. Check the folder and the spelling.")
    return read_vectors(published_file(str(name)))


# ---------------------------------------------------------------- files


def read_vectors(path: str | Path) -> KeyedVectors:
    """Read a Word2Vec text file, a Word2Vec binary file, or a GloVe text file, also with .gz at the end.

    The kind is found by looking: a first line of two whole numbers is a header (Word2Vec), and what
    follows the first word is readable as numbers (text) or not (binary). A GloVe file has no header.

    Raises
    ------
    ValueError : with the line or the word where the file stops making sense: words that are no UTF-8, rows of
        another dimension, NaN, fewer rows than the header says, a pickle.

    Notes
    -----
    Holds the table once in memory, as float32. gensim reads the same files with `load_word2vec_format`; the two
    agree, and this one explains itself.
    """
    path = Path(path)
    try:
        with _opened(path) as stream:
            return _read(stream, path.name)
    except (gzip.BadGzipFile, EOFError) as error:
        raise ValueError(f"{path.name} is cut short or no gzip file ({error}). Fetch it again.") from error


def _opened(path: Path) -> IO[bytes]:
    return gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb")


def _read(stream: IO[bytes], file: str) -> KeyedVectors:
    buffered = io.BufferedReader(stream, 1 << 20)
    start = buffered.peek(4)[:4]
    if not start:
        raise ValueError(f"{file} is empty. Fetch it again, or write it anew.")
    if start[:1] == b"\x80" or start == b"PK\x03\x04":
        raise ValueError(
            f"{file} is a pickle or an archive, which this course never opens: unpickling can run any code. "
            "Ask for the vectors as Word2Vec text or binary (gensim: save_word2vec_format)."
        )
    first = buffered.readline()
    header = _header(first)
    if header is None:
        return _read_text(_rows(buffered, first), file, None)
    n, dimension = header
    if not n or not dimension:
        raise ValueError(f"{file}: its header announces {n} words of {dimension} dimensions; there is nothing to read.")
    if _is_text(buffered.peek(4096)):
        return _read_text(_rows(buffered), file, header, first_line=2)
    return _read_binary(buffered, file, n, dimension)


def _header(line: bytes) -> tuple[int, int] | None:
    parts = line.split()
    return (int(parts[0]), int(parts[1])) if len(parts) == 2 and all(map(bytes.isdigit, parts)) else None


def _is_text(start: bytes) -> bool:
    """Whether numbers are written out: after the first word only characters that can be seen follow."""
    numbers = start.split(b"\n")[0].partition(b" ")[2][:200]
    return bool(numbers) and all(32 <= byte < 127 or byte in b"\t\r" for byte in numbers)


def _rows(stream: IO[bytes], *before: bytes) -> Iterator[bytes]:
    yield from before
    yield from stream


def _read_text(lines: Iterator[bytes], file: str, header: tuple[int, int] | None, first_line: int = 1) -> KeyedVectors:
    words, rows, dimension = [], [], header[1] if header else None
    for number, line in enumerate(lines, start=first_line):
        where = f"{file}, line {number}"
        if not line.strip():
            continue
        text = _decoded(line, where).rstrip()
        if dimension is None:
            dimension = len(text.split(" ")) - 1
            if dimension < 1:
                raise ValueError(
                    f"{where}: a word and its numbers were expected, with spaces between; got {text[:40]!r}."
                )
        word, *numbers = text.rsplit(" ", dimension)  # a word of GloVe's largest table may hold a space itself
        if len(numbers) != dimension or (header and " " in word.strip()):
            raise ValueError(
                f"{where}: {len(text.split(' ')) - 1} numbers, and the rows above (or the header) have {dimension}. "
                "The file is cut short or mixed from two tables; fetch it again."
            )
        words.append(word)
        rows.append(_as_numbers(numbers, where, word))
    if header and len(words) != header[0]:
        raise ValueError(
            f"{file}: its header announces {header[0]} words, and {len(words)} are there. It is cut short or was "
            "edited; fetch it again."
        )
    return _table(words, np.array(rows, dtype=np.float32), file)


def _decoded(word: bytes, where: str) -> str:
    try:
        return word.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{where}: not UTF-8 (byte {word[error.start]:#04x}). The file has another encoding or is damaged; "
            "save it as UTF-8, or fetch it again."
        ) from error


def _as_numbers(numbers: Sequence[str], where: str, word: str) -> np.ndarray:
    try:
        return np.array(numbers, dtype=np.float32)
    except ValueError as error:
        raise ValueError(
            f"{where}: what follows {word!r} is not numbers only ({error}). Is it a file of word vectors?"
        ) from error


def _read_binary(stream: IO[bytes], file: str, n: int, dimension: int) -> KeyedVectors:
    words, rows = [], []
    for row in range(n):
        where = f"{file}, word {row + 1} of {n}"
        word = _binary_word(stream, where)
        numbers = stream.read(4 * dimension)
        if len(numbers) < 4 * dimension:
            raise ValueError(f"{where}: the file ends in the middle of its numbers. It is cut short; fetch it again.")
        words.append(_decoded(word, where))
        rows.append(np.frombuffer(numbers, dtype="<f4"))
    if stream.read(1).strip():
        raise ValueError(
            f"{file}: more follows after the {n} words of {dimension} dimensions that its header announces. "
            "The header is wrong; fetch the file again."
        )
    return _table(words, np.array(rows, dtype=np.float32), file)


def _binary_word(stream: IO[bytes], where: str, longest: int = 1000) -> bytes:
    word = bytearray()
    while (byte := stream.read(1)) != b" ":
        if not byte or len(word) > longest:
            raise ValueError(
                f"{where}: no word where one should stand. The file is cut short, or its dimension is not the one its "
                "header announces; fetch it again."
            )
        if byte != b"\n":  # word2vec ends each row with a line break, gensim does not
            word += byte
    return bytes(word)


def _table(words: list[str], matrix: np.ndarray, file: str) -> KeyedVectors:
    """The words with their rows as KeyedVectors, looked over once more."""
    from gensim.models import KeyedVectors

    finite = np.isfinite(matrix).all(axis=1)
    if not finite.all():
        bad = words[int(finite.argmin())]
        raise ValueError(
            f"{file}: the vector of {bad!r} holds NaN or infinity ({(~finite).sum()} such rows). Training went "
            "astray or the file is damaged; leave those rows out, or train again with a smaller learning rate."
        )
    if len(set(words)) < len(words):
        twice = next(word for place, word in enumerate(words) if word in words[:place])
        raise ValueError(
            f"{file}: the word {twice!r} stands in it twice, so it has no one vector. Remove one of the rows."
        )
    vectors = KeyedVectors(matrix.shape[1])
    vectors.add_vectors(words, matrix)
    return vectors


# ---------------------------------------------------------------- published tables


def published_file(name: str) -> Path:
    """Path of a table that gensim's downloader knows, fetched if it is not on this machine yet.

    gensim shows its progress, compares the md5 published with the data, and moves the file into place when it
    is whole (in `~/gensim-data`, or where GENSIM_DATA_DIR says). A table that is there needs no network. The code
    that comes with a download is left alone: only the vectors are read.

    Raises
    ------
    FileNotFoundError : gensim knows no such table, or it is not here and cannot be fetched now.
    ValueError : what arrived is not what was published.
    """
    import gensim.downloader as downloader

    here = Path(downloader.BASE_DIR) / name / f"{name}.gz"
    if here.is_file():
        return here
    log = logging.getLogger(downloader.__name__)
    log.addFilter(_silent)  # it writes a traceback when there is no network; the sentence below says it
    try:
        known = downloader.info()["models"]
        if name not in known:
            some = ", ".join(sorted(known)[:6])
            raise FileNotFoundError(
                f"name: gensim's downloader has no vectors {name!r}. Some that it has: {some}. "
                "Always there, without a network: minilm-input, minilm-words."
            )
        return Path(downloader.load(name, return_path=True))
    except FileNotFoundError:
        raise
    except Exception as error:
        if "Checksum" in str(error):
            raise ValueError(
                f"{name}: what arrived is not what was published (its md5 differs); it was thrown away. Try again."
            ) from error
        raise FileNotFoundError(
            f"The vectors {name!r} are not on this machine and cannot be fetched now ({type(error).__name__}). "
            f"Connect once and run load_vectors({name!r}); after that they need no network. "
            "Always there: minilm-input, minilm-words."
        ) from error
    finally:
        log.removeFilter(_silent)


def _silent(record: logging.LogRecord) -> bool:
    return False


# ---------------------------------------------------------------- tables from the offline model


def model_words() -> list[str]:
    """English words that are one token of the offline model, in the order of its vocabulary (frequent first)."""
    return [word for word in _token_ids() if len(word) > 1 and word.isascii() and word.isalpha()]


def _token_ids() -> dict[str, int]:
    tokenizer = json.loads((model_folder() / "tokenizer.json").read_text(encoding="utf-8"))
    ids = tokenizer["model"]["vocab"]
    return {token: ids[token] for token in sorted(ids, key=ids.get)}


def _input_table() -> KeyedVectors:
    """Each word's row of the model's input matrix: what the model knows of a word before it reads a sentence."""
    from safetensors import safe_open

    ids, words = _token_ids(), model_words()
    with safe_open(model_folder() / "model.safetensors", framework="numpy") as weights:
        matrix = weights.get_tensor("embeddings.word_embeddings.weight")
    return _table(words, matrix[[ids[word] for word in words]], "the model's input matrix")


def _word_table(dimension: int = 128) -> KeyedVectors:
    """Each word as a text of its own through the whole model, then PCA; kept in the cache folder."""
    words = list(dict.fromkeys([*model_words(), *_test_words()]))
    key = hashlib.sha256("\n".join([DEFAULT_MODEL_SHA256, str(dimension), *words]).encode()).hexdigest()[:16]
    path = cache_folder() / "vectors" / f"minilm-words-{key}.npy"
    matrix = _cached_matrix(path, (len(words), dimension))
    if matrix is None:
        from lessons_lib.encoder import load_encoder

        matrix = principal_components(load_encoder().encode(words, show_progress=False), dimension)
        with contextlib.suppress(OSError):  # a read-only home: it is made again next time
            _write_matrix(path, matrix)
    return _table(words, matrix, path.name)


def _test_words() -> list[str]:
    """The words of the course's test sets, so that these are covered whole."""
    pairs = [pair[:2] for name in ("wordsim353", "simlex999") for pair in load_dataset(name)]
    questions = [question[1:] for question in load_dataset("google_analogies")]
    return sorted({word.lower() for row in (*pairs, *questions) for word in row})


def principal_components(x: np.ndarray, dimension: int) -> np.ndarray:
    """Rows of x, centred and turned so that the first `dimension` axes hold most of the variance: float32.

    Each axis points to where its largest value is positive, so that the result does not depend on the solver's choice.

    Examples
    --------
    >>> principal_components(np.array([[0.0, 0.0], [2.0, 0.0], [4.0, 0.0]]), 1).ravel().tolist()
    [-2.0, 0.0, 2.0]
    """
    centred = np.asarray(x, dtype=np.float64) - np.mean(x, axis=0, dtype=np.float64)
    _, axes = np.linalg.eigh(centred.T @ centred)
    axes = axes[:, ::-1][:, :dimension]
    largest = np.abs(axes).argmax(axis=0)
    axes = axes * np.sign(axes[largest, np.arange(axes.shape[1])])
    return (centred @ axes).astype(np.float32)


def _cached_matrix(path: Path, shape: tuple[int, int]) -> np.ndarray | None:
    try:
        matrix = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None  # not there, or not whole: it is made again
    return matrix if matrix.shape == shape and np.isfinite(matrix).all() else None


def _write_matrix(path: Path, matrix: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            np.save(file, matrix, allow_pickle=False)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


_ALWAYS_THERE = {"minilm-input": _input_table, "minilm-words": _word_table}
