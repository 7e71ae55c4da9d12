"""The stored notebooks: equal to their sources, complete, readable by everyone, and the same when run again.

Each check is a function that returns what is wrong as a list of sentences. The tests at the top hold every
notebook of the course against it; the tests at the bottom break a small notebook in one way at a time and see
whether the check says so.
"""

from __future__ import annotations

import ast
import base64
import copy
import json
import os
import re
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import nbformat
import pytest
from conftest import ROOT
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

FOLDER = ROOT / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
CLOSING = ("What we measured", "What it does not show", "Exercises", "Quiz", "Further reading")
SECONDS, BYTES = 150, 2 * 2**30
LARGEST_OUTPUT, LARGEST_NOTEBOOK = 300_000, 3_000_000
SHORTEST_ALT = 40
README = ROOT / "README.md"
LONGEST_CELL = 12
WIDEST_LINE = 92  # what JupyterLab shows without scrolling on a window 1280 pixels wide

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


# --- what is looked at in a stored notebook -----------------------------------------------------------------


def code_cells(notebook: NotebookNode) -> Iterator[tuple[str, NotebookNode]]:
    """Yield each code cell after a name for it in messages."""
    for position, cell in enumerate(notebook.cells):
        if cell.cell_type == "code":
            yield f"cell {position}", cell


def outputs(notebook: NotebookNode) -> Iterator[tuple[str, NotebookNode]]:
    for name, cell in code_cells(notebook):
        for output in cell.outputs:
            yield name, output


def texts(output: NotebookNode) -> Iterator[tuple[str, str]]:
    """Yield the kind and the text of everything in an output that is text."""
    if output.output_type == "stream":
        yield "stream", output.text
    for kind, content in output.get("data", {}).items():
        if kind.startswith("text/"):
            yield kind, content


def disagreements(builder: ModuleType, source: Path, notebook: NotebookNode) -> list[str]:
    """Compare the cells of a source with those of a notebook: types, sources, tags and ids."""
    expected, problems = builder.read_source(source), []
    if notebook.metadata != nbformat.from_dict(builder.METADATA):
        problems.append(f"metadata: {dict(notebook.metadata)}")
    if len(expected.cells) != len(notebook.cells):
        problems.append(f"{len(expected.cells)} cells in the source, {len(notebook.cells)} in the notebook")
    for position, (cell, stored) in enumerate(zip(expected.cells, notebook.cells, strict=False)):
        for part in ("cell_type", "source", "metadata", "id"):
            if cell[part] != stored.get(part):
                problems.append(f"cell {position}, {part}: source {cell[part]!r}, notebook {stored.get(part)!r}")
    return problems


def execution_problems(notebook: NotebookNode) -> list[str]:
    """Look for cells that were not run in order, errors, and warnings."""
    problems = []
    for count, (name, cell) in enumerate(code_cells(notebook), start=1):
        if cell.execution_count != count:
            problems.append(f"{name}: execution count {cell.execution_count}, expected {count}")
        for output in cell.outputs:
            if output.output_type == "error":
                problems.append(f"{name}: {output.ename}: {output.evalue}")
            elif output.get("name") == "stderr":
                problems.append(f"{name}: wrote to stderr: {output.text}")
    return problems


def figure_problems(notebook: NotebookNode) -> list[str]:
    """Look for figures that a person who cannot see them, or reads only their titles, learns nothing from."""
    problems = []
    for name, output in outputs(notebook):
        if "image/png" not in output.get("data", {}):
            if any(kind.startswith("image/") for kind in output.get("data", {})):
                problems.append(f"{name}: a picture that is not PNG")
            continue
        picture = output.metadata.get("image/png", {})
        alt = picture.get("alt", "").strip()
        if len(alt) < SHORTEST_ALT:
            problems.append(f"{name}: alternative text of {len(alt)} characters: {alt!r}")
        if output.data.get("text/plain", "") != f"Figure: {alt}":
            problems.append(f"{name}: the figure's plain text is {output.data.get('text/plain')!r}")
        if len(picture.get("title", "").split()) < 3:
            problems.append(f"{name}: the title {picture.get('title', '')!r} states nothing")
    return problems


# A time is looked for where code prints; statements and quizzes may speak of minutes.
UNSTABLE = {
    "a memory address": (r"\b0x[0-9a-fA-F]{6,}\b", None),
    "a path of this machine": (
        r"(?<![\w.])/(?:home|Users|root|tmp|work|opt|var|private|mnt|usr)/\w|\b[A-Za-z]:\\\w|site-packages"
        rf"|ipykernel_\d|{re.escape(str(ROOT))}",
        None,
    ),
    "a progress bar": (r"\r|\d%\||\b(?:it/s|s/it)\b", ("stream", "text/plain")),
    "a time": (
        r"\b\d{1,2}:\d\d:\d\d\b|\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d|\d\s(?:ns|µs|us|ms|s|sec|secs|seconds?)\b",
        ("stream", "text/plain"),
    ),
}


def unstable_outputs(notebook: NotebookNode) -> list[str]:
    """Look for what another run, or another machine, would print otherwise."""
    problems = []
    for name, output in outputs(notebook):
        if any("widget" in kind for kind in output.get("data", {})):
            problems.append(f"{name}: a widget, which a stored notebook cannot show")
        for kind, text in texts(output):
            for what, (pattern, where) in UNSTABLE.items():
                found = re.search(pattern, text)
                if found and (where is None or kind in where):
                    problems.append(f"{name}: {what} in its output: {text[max(0, found.start() - 40) :][:120]!r}")
    return problems


def size_problems(notebook: NotebookNode) -> list[str]:
    """Look for outputs that make a notebook slow to open."""
    problems = []
    for name, output in outputs(notebook):
        size = len(json.dumps(output).encode())
        if size > LARGEST_OUTPUT:
            problems.append(f"{name}: an output of {size:,} bytes (at most {LARGEST_OUTPUT:,})")
    size = len(nbformat.writes(notebook).encode())
    if size > LARGEST_NOTEBOOK:
        problems.append(f"a notebook of {size:,} bytes (at most {LARGEST_NOTEBOOK:,})")
    return problems


def long_cells(notebook: NotebookNode) -> list[str]:
    problems = []
    for name, cell in code_cells(notebook):
        lines = sum(bool(line.strip()) for line in cell.source.splitlines())
        if lines > LONGEST_CELL and "long" not in cell.metadata.get("tags", []):
            problems.append(f"{name}: {lines} lines of code (at most {LONGEST_CELL})")
    return problems


def wide_code(notebook: NotebookNode) -> list[str]:
    """Look for lines of code that a reader must scroll to see: in cells, and in sources that a cell shows."""
    problems = []
    for name, cell in code_cells(notebook):
        shown = [cell.source]
        for output in cell.outputs:
            shown += re.findall(r"```python\n(.*?)```", output.get("data", {}).get("text/markdown", ""), re.DOTALL)
        for line in "\n".join(shown).splitlines():
            if len(line) > WIDEST_LINE:
                problems.append(f"{name}: a line of {len(line)} characters (at most {WIDEST_LINE}): {line.strip()!r}")
    return problems


def exercise_cells(notebook: NotebookNode) -> Iterator[tuple[str, NotebookNode, ast.FunctionDef]]:
    """Yield the cells in which a learner fills in a function and has it checked, with that function."""
    for name, cell in code_cells(notebook):
        tree = ast.parse(cell.source)
        functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
        for call in _calls(tree, "check"):
            for argument in call.args:
                if isinstance(argument, ast.Name) and argument.id in functions:
                    yield name, cell, functions[argument.id]


def _calls(tree: ast.AST, name: str) -> list[ast.Call]:
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [call for call in calls if getattr(call.func, "attr", getattr(call.func, "id", "")) == name]


def filled_in(notebook: NotebookNode) -> list[str]:
    """Look for answers that were left in the lesson: a written exercise, a guess already made."""
    problems = []
    for name, cell, function in exercise_cells(notebook):
        body = function.body[1:] if ast.get_docstring(function) is not None else function.body
        if [ast.unparse(statement) for statement in body] != ["..."]:
            problems.append(f"{name}: {function.name} is written already; its body must be `...`")
        printed = " ".join(text for output in cell.outputs for _, text in texts(output))
        if "not written yet" not in printed:
            problems.append(f"{name}: the stub of {function.name} is answered with {printed!r}")
    for name, cell in code_cells(notebook):
        for call in _calls(ast.parse(cell.source), "predict"):
            guesses = [ast.unparse(keyword.value) for keyword in call.keywords if keyword.arg == "guess"]
            if guesses != ["None"]:
                problems.append(f"{name}: predict must stand with guess=None; it has {guesses or 'no guess'}")
    return problems


def shape_problems(notebook: NotebookNode) -> list[str]:
    """Look whether a lesson opens and closes as every lesson does."""
    cells = notebook.cells
    first_code = next((i for i, cell in enumerate(cells) if cell.cell_type == "code"), len(cells))
    opening = "\n\n".join(cell.source for cell in cells[:first_code])
    problems = []
    if not opening.startswith("# "):
        problems.append("opening: the first line is the title, '# ...'")
    if not re.search(r"\d+ minutes\b", opening):
        problems.append("opening: says nowhere how many minutes the lesson takes ('60 minutes')")
    if not re.search(r"\byou need\b", opening, re.IGNORECASE):
        problems.append("opening: does not say what you need ('What you need')")
    objectives = re.search(r"you will be able to.*?\n+((?:(?:[-*]|\d\.) .*\n?(?: +.*\n?)*)+)", opening, re.IGNORECASE)
    count = len(re.findall(r"^(?:[-*]|\d\.) ", objectives[1], re.MULTILINE)) if objectives else 0
    if not 3 <= count <= 4:
        problems.append(f"opening: 'What you will be able to do' lists {count} objectives (3 or 4 are asked for)")
    return problems + _closing_problems(notebook)


def _closing_problems(notebook: NotebookNode) -> list[str]:
    sections, current = [], []
    for cell in notebook.cells:
        heading = re.match(r"## +(.+)", cell.source) if cell.cell_type == "markdown" else None
        if heading:
            sections.append((heading[1].strip(), current := []))
        current.append(cell)
    names = [name for name, _ in sections]
    if tuple(names[-len(CLOSING) :]) != CLOSING:
        return [f"closing: the last sections are {names[-len(CLOSING) :]}, not {list(CLOSING)}"]
    closing, problems = dict(sections[-len(CLOSING) :]), []
    if not any(cell.get("outputs") for cell in closing["What we measured"]):
        problems.append("closing: no code prints the table of what we measured")
    part = new_notebook(cells=closing["Exercises"])
    count = len(list(exercise_cells(part)))
    if not 3 <= count <= 5:
        problems.append(f"closing: {count} exercises with a check (3 to 5 are asked for)")
    if not any("quiz" in cell.source and cell.get("outputs") for cell in closing["Quiz"]):
        problems.append("closing: no quiz is shown under 'Quiz'")
    if not re.search(r"\]\(http", "".join(cell.source for cell in closing["Further reading"])):
        problems.append("closing: no link under 'Further reading'")
    return problems


CHECKS: tuple[Callable[[NotebookNode], list[str]], ...] = (
    execution_problems,
    figure_problems,
    unstable_outputs,
    size_problems,
    long_cells,
    wide_code,
    filled_in,
    shape_problems,
)


# --- every notebook -----------------------------------------------------------------------------------------


def test_every_source_has_a_notebook_and_every_notebook_a_source():
    assert NOTEBOOKS, "there is no notebook: python course.py build"
    sources = sorted((FOLDER / "source").glob("[0-9][0-9]_*.py"))
    assert [path.stem for path in NOTEBOOKS] == [path.stem for path in sources]


@each_notebook
def test_the_readme_lists_the_lesson_with_its_minutes(path: Path):
    opening = nbformat.read(path, as_version=4).cells[0].source
    minutes = re.search(r"(\d+) minutes\b", opening)[1]
    rows = re.findall(r"^\| \[.*\]\(notebooks/(.+?)\) \| (\d+) \| .{20,} \|$", README.read_text(encoding="utf-8"), re.M)
    assert (path.name, minutes) in rows


@each_notebook
def test_source_and_notebook_agree(path: Path, builder: ModuleType):
    notebook = nbformat.read(path, as_version=4)
    assert disagreements(builder, FOLDER / "source" / f"{path.stem}.py", notebook) == []


@each_notebook
def test_the_file_is_as_the_build_writes_it(path: Path, builder: ModuleType):
    text = path.read_bytes().decode("utf-8")
    notebook = nbformat.reads(text, as_version=4)
    builder.clean_outputs(notebook)
    assert builder.serialise(notebook) == text, "saved by an editor: python course.py build"


@each_notebook
@pytest.mark.parametrize("problems", CHECKS, ids=lambda check: check.__name__)
def test_a_stored_notebook_is_sound(path: Path, problems: Callable[[NotebookNode], list[str]]):
    assert problems(nbformat.read(path, as_version=4)) == []


# --- every notebook, run again without a network ------------------------------------------------------------

# Put before everything else a kernel imports. An audit hook also sees sockets that are opened from C, and
# it cannot be taken away again.
GUARD = """
import os
import sys


def is_local(address):
    if not isinstance(address, tuple) or not address or not isinstance(address[0], (str, bytes, type(None))):
        return True  # a path: a Unix socket; numbers: a socket of the kernel itself
    host = address[0].decode() if isinstance(address[0], bytes) else address[0]
    return host in (None, "", "localhost", "::1", "0.0.0.0") or host.startswith("127.")


def guard(event, arguments):
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        address = arguments[1]
    elif event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"):
        address = (arguments[0],)
    else:
        return
    if not is_local(address):
        with open(os.environ["LESSONS_NETWORK_LOG"], "a", encoding="utf-8") as log:
            log.write(f"{event} {address!r}\\n")
        raise OSError(f"this run has no network: {event} {address!r}")


sys.addaudithook(guard)
"""


def run_without_network(builder: ModuleType, notebook: NotebookNode, folder: Path) -> tuple[object, str]:
    """Execute a notebook with every way off this machine shut; return the run and what it tried to reach."""
    (folder / "sitecustomize.py").write_text(GUARD, encoding="utf-8")
    log = folder / "attempts.txt"
    log.touch()
    # A learner's machine sets no HF_HUB_OFFLINE, so a lesson must not owe its silence to it.
    environment = {"PYTHONPATH": str(folder), "LESSONS_NETWORK_LOG": str(log), "HF_HUB_OFFLINE": "0"}
    run = builder.execute(notebook, environment=environment)
    return run, log.read_text(encoding="utf-8")


@pytest.fixture(scope="module", params=NOTEBOOKS, ids=lambda path: path.stem)
def fresh(request: pytest.FixtureRequest, builder: ModuleType, tmp_path_factory: pytest.TempPathFactory):
    """Run one lesson again, once for three tests; return its path, the run, and its network attempts."""
    notebook = builder.read_source(FOLDER / "source" / f"{request.param.stem}.py")
    return request.param, *run_without_network(builder, notebook, tmp_path_factory.mktemp("guard"))


@pytest.mark.slow
def test_a_lesson_never_reaches_for_the_network(fresh: tuple):
    _, _, attempts = fresh
    assert attempts == ""


@pytest.mark.slow
def test_a_lesson_gives_the_stored_outputs_again(fresh: tuple, builder: ModuleType):
    path, run, _ = fresh
    assert builder.output_differences(nbformat.read(path, as_version=4), run.notebook) == []


@pytest.mark.slow
def test_a_lesson_keeps_to_its_time_and_memory(fresh: tuple, costs: dict[str, str], record_property):
    path, run, _ = fresh
    costs[path.stem] = str(run)
    record_property("seconds", round(run.seconds, 1))
    record_property("peak_bytes", run.peak_bytes)
    assert run.seconds < SECONDS, f"{run.seconds:.0f} s"
    assert run.peak_bytes < BYTES, f"{run.peak_bytes / 2**20:.0f} MiB"


# --- the checks themselves: a sound notebook has no problem, each broken one has its own --------------------


def tiny_png(*extra_chunks: bytes) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    pixels, end = chunk(b"IDAT", zlib.compress(b"\0\0")), chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunk(b"tEXt", extra) for extra in extra_chunks) + pixels + end


ALT = "A line that rises from a cosine of .3 in layer 1 to .5 in layer 6."
STUB = 'def {0}(x):\n    """[n] -> float"""\n    ...\n\n\nexercises.{0}.check({0})'
OPENING = """# 90 Sample

**What you will be able to do**

- search a list of questions,
- say what a score means, and where
  it comes from,
- say when to abstain.

**What you need**: Python. **Time**: 45 minutes."""


def sample() -> NotebookNode:
    """Return a notebook with nothing wrong in it."""
    said = new_output("stream", name="stdout", text="mean .820, n 50\n")
    stub = new_output("stream", name="stdout", text="masked_mean is not written yet.\n")
    figure = new_output(
        "display_data",
        {"image/png": base64.b64encode(tiny_png()).decode(), "text/plain": f"Figure: {ALT}"},
        metadata={"image/png": {"alt": ALT, "title": "Cosine grows with depth", "width": 1}},
    )
    quiz = new_output("display_data", {"text/html": "<p>Quiz</p>", "text/plain": "Quiz"})
    cells = [
        new_markdown_cell(OPENING),
        new_code_cell("score()", outputs=[said]),
        new_code_cell('predict("sample", "Which one?", options=["a", "b"], guess=None)'),
        new_code_cell("plot()", outputs=[figure]),
        new_markdown_cell("## What we measured"),
        new_code_cell("table()", outputs=[said]),
        new_markdown_cell("## What it does not show\n\nOther languages."),
        new_markdown_cell("## Exercises"),
        *(new_code_cell(STUB.format(name), outputs=[stub]) for name in ("first", "second", "third")),
        new_markdown_cell("## Quiz"),
        new_code_cell("exercises.quiz.show()", outputs=[quiz]),
        new_markdown_cell("## Further reading\n\n[A paper](https://arxiv.org/abs/1908.10084)."),
    ]
    for count, cell in enumerate((cell for cell in cells if cell.cell_type == "code"), start=1):
        cell.execution_count = count
    return copy.deepcopy(new_notebook(cells=cells))


def cell_with(notebook: NotebookNode, start: str) -> NotebookNode:
    return next(cell for cell in notebook.cells if cell.source.startswith(start))


def set_output(start: str, **changes: object) -> Callable[[NotebookNode], None]:
    """Return a change: the first output of the cell that starts so gets these entries."""
    return lambda notebook: cell_with(notebook, start).outputs[0].update(nbformat.from_dict(changes))


def set_source(start: str, old: str, new: str) -> Callable[[NotebookNode], None]:
    def change(notebook: NotebookNode) -> None:
        cell = cell_with(notebook, start)
        assert old in cell.source
        cell.source = cell.source.replace(old, new)

    return change


def says(text: str) -> Callable[[NotebookNode], None]:
    return set_output("score", text=text)


def drop(start: str) -> Callable[[NotebookNode], None]:
    return lambda notebook: notebook.cells.remove(cell_with(notebook, start))


def set_count(count: int | None) -> Callable[[NotebookNode], None]:
    return lambda notebook: cell_with(notebook, "plot").update(execution_count=count)


def add(text: str) -> Callable[[NotebookNode], None]:
    return lambda notebook: notebook.cells.append(new_markdown_cell(text))


def error(notebook: NotebookNode) -> None:
    failure = new_output("error", ename="ValueError", evalue="no", traceback=[])
    cell_with(notebook, "score").outputs.append(failure)


BROKEN = {
    "not in order": (execution_problems, set_count(9), "count 9"),
    "not run": (execution_problems, set_count(None), "count None"),
    "an error": (execution_problems, error, "ValueError: no"),
    "a warning": (execution_problems, set_output("score", name="stderr"), "wrote to stderr"),
    "no alt": (figure_problems, set_output("plot", metadata={}), "alternative text of 0 characters"),
    "short alt": (
        figure_problems,
        set_output("plot", metadata={"image/png": {"alt": "A line.", "title": "Cosine grows with depth"}}),
        "alternative text of 7 characters",
    ),
    "no title": (
        figure_problems,
        set_output("plot", metadata={"image/png": {"alt": ALT, "title": ""}}),
        "states nothing",
    ),
    "plain text without the figure": (
        figure_problems,
        set_output("plot", data={"image/png": "", "text/plain": "<Figure size 640x480 with 1 Axes>"}),
        "plain text is '<Figure size",
    ),
    "svg": (figure_problems, set_output("plot", data={"image/svg+xml": "<svg/>"}), "not PNG"),
    "an address": (unstable_outputs, says("<object at 0x7f3a5c1d2e80>"), "a memory address"),
    "a home path": (unstable_outputs, says("saved to /home/ada/model"), "a path of this machine"),
    "a Windows path": (unstable_outputs, says(r"saved to C:\Users\ada"), "a path of this machine"),
    "a kernel's file": (unstable_outputs, says("ipykernel_123/45.py"), "a path of this machine"),
    "a clock": (unstable_outputs, says("2024-05-01 10:22"), "a time"),
    "a duration": (unstable_outputs, says("took 1.2 s"), "a time"),
    "a bar": (unstable_outputs, says("100%|####| 3/3"), "a progress bar"),
    "a rewritten line": (unstable_outputs, says("1 of 3\r2 of 3\r3 of 3"), "a progress bar"),
    "a widget": (
        unstable_outputs,
        set_output("plot", data={"application/vnd.jupyter.widget-view+json": {}}),
        "a widget",
    ),
    "a large output": (size_problems, says("x" * 300_001), "an output of 300,"),
    "a large notebook": (size_problems, add("x" * 3_000_000), "a notebook of"),
    "a long cell": (long_cells, set_source("score", "score()", "score()\n" * 13), "13 lines of code"),
    "a wide line": (wide_code, set_source("score", "score()", f"score('{'x' * 90}')"), "a line of 99 characters"),
    "a wide source": (
        wide_code,
        set_output("plot", data={"text/markdown": f"```python\n{'x' * 93}\n```"}),
        "a line of 93 characters",
    ),
    "a written exercise": (filled_in, set_source("def first", "...", "return 1"), "first is written already"),
    "an answered stub": (filled_in, set_output("def first", text="Right."), "is answered with 'Right."),
    "a guess made": (filled_in, set_source("predict", "guess=None", 'guess="a"'), "guess=None"),
    "no guess": (filled_in, set_source("predict", ", guess=None", ""), "no guess"),
    "no title line": (shape_problems, set_source("# 90", "# 90", "90"), "the first line is the title"),
    "no minutes": (shape_problems, set_source("# 90", "45 minutes", "one morning"), "how many minutes"),
    "no needs": (shape_problems, set_source("# 90", "What you need", "Before"), "what you need"),
    "no objectives": (shape_problems, set_source("# 90", "will be able to do", "will do"), "0 objectives"),
    "two objectives": (shape_problems, set_source("# 90", "- say when to abstain.", ""), "2 objectives"),
    "no section": (shape_problems, drop("## What it does not show"), "the last sections are"),
    "another name": (shape_problems, set_source("## Quiz", "Quiz", "Questions"), "the last sections are"),
    "no table": (shape_problems, drop("table"), "no code prints the table"),
    "two exercises": (shape_problems, drop("def first"), "2 exercises"),
    "no quiz": (shape_problems, drop("exercises.quiz"), "no quiz is shown"),
    "no reading": (shape_problems, set_source("## Further", "https", "file"), "no link under"),
}  # fmt: skip


def test_every_check_accepts_a_sound_notebook():
    nbformat.validate(sample())
    assert {check.__name__: check(sample()) for check in CHECKS} == {check.__name__: [] for check in CHECKS}


@pytest.mark.parametrize(("check", "harm", "message"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_notebook_is_reported(check: Callable, harm: Callable, message: str):
    notebook = sample()
    harm(notebook)
    problems = check(notebook)
    assert any(message in problem for problem in problems), problems


def test_every_check_is_shown_to_fail():
    assert {check for check, _, _ in BROKEN.values()} == set(CHECKS)


def test_a_long_cell_may_say_so():
    notebook = sample()
    cell_with(notebook, "score").update(source="score()\n" * 13, metadata={"tags": ["long"]})
    assert long_cells(notebook) == []


# --- the build, on small lessons ----------------------------------------------------------------------------

LESSON = """\
# %% [markdown]
# # A small lesson

# %%
print("mean .820")

# %% tags=["long"]
import sys
from IPython.display import Markdown

print("out", flush=True)
Markdown("**done**")

# %% [markdown]
# The same words.

# %% [markdown]
# The same words.
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a `source` folder and one lesson in it."""
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "90_small.py").write_text(LESSON, encoding="utf-8")
    return tmp_path


def build(builder: ModuleType, folder: Path, *arguments: str) -> int:
    return builder.main(list(arguments), sources=folder / "source", notebooks=folder)


def edit(folder: Path, old: str, new: str) -> None:
    source = folder / "source" / "90_small.py"
    text = source.read_text(encoding="utf-8")
    assert old in text
    source.write_text(text.replace(old, new), encoding="utf-8")


def test_a_build_stores_what_the_cells_printed(builder: ModuleType, folder: Path):
    assert build(builder, folder) == 0
    target = folder / "90_small.ipynb"
    notebook = nbformat.read(target, as_version=4)
    assert disagreements(builder, folder / "source" / "90_small.py", notebook) == []
    assert execution_problems(notebook) == []
    assert cell_with(notebook, "print").outputs[0].text == "mean .820\n"
    assert cell_with(notebook, "import").metadata == {"tags": ["long"]}
    assert cell_with(notebook, "import").outputs[1].data["text/markdown"] == "**done**"
    assert len({cell.id for cell in notebook.cells}) == 5


def test_a_second_build_writes_nothing(builder: ModuleType, folder: Path, capsys: pytest.CaptureFixture):
    assert build(builder, folder) == 0
    before = (folder / "90_small.ipynb").read_bytes()
    assert "written" in capsys.readouterr().out
    assert build(builder, folder, "90") == 0
    assert "unchanged" in capsys.readouterr().out
    assert (folder / "90_small.ipynb").read_bytes() == before
    assert sorted(path.name for path in folder.iterdir()) == ["90_small.ipynb", "source"]


def test_check_says_when_outputs_differ(builder: ModuleType, folder: Path, capsys: pytest.CaptureFixture):
    assert build(builder, folder) == 0
    assert build(builder, folder, "--check") == 0
    target = folder / "90_small.ipynb"
    target.write_text(target.read_text(encoding="utf-8").replace("mean .820", "mean .830"), encoding="utf-8")
    capsys.readouterr()
    assert build(builder, folder, "--check") == 1
    report = capsys.readouterr().out
    assert "mean .830" in report and "mean .820" in report
    assert "mean .830" in target.read_text(encoding="utf-8"), "a check writes nothing"


def test_check_says_when_the_source_has_moved_on(builder: ModuleType, folder: Path, capsys: pytest.CaptureFixture):
    assert build(builder, folder) == 0
    edit(folder, "The same words.\n\n", "Other words.\n\n")
    assert build(builder, folder, "--check") == 1
    assert "different cells" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (
            '[1, 2][5]\nprint("mean .820")',
            "cell 1 of 5 raised IndexError: list index out of range\n   1  [1, 2][5]",
        ),
        ('import warnings\nwarnings.warn("hm")', "cell 1 of 5 wrote to stderr"),
        ('import os\n_ = os.write(2, b"from C")', "cell 1 of 5 wrote to stderr:\nfrom C"),
        ("import os\nos._exit(3)", "Kernel died"),
    ],
    ids=["raises", "warns", "writes below Python", "dies"],
)
def test_a_failing_cell_is_shown_and_the_old_notebook_stays(
    builder: ModuleType, folder: Path, capsys: pytest.CaptureFixture, harm: str, message: str
):
    target = folder / "90_small.ipynb"
    target.write_text("the old notebook", encoding="utf-8")
    edit(folder, 'print("mean .820")', harm)
    assert build(builder, folder) == 1
    assert message in capsys.readouterr().out
    assert target.read_text(encoding="utf-8") == "the old notebook"


def test_an_unknown_lesson_gets_a_sentence(builder: ModuleType, folder: Path, capsys: pytest.CaptureFixture):
    assert build(builder, folder, "91") == 1
    assert capsys.readouterr().out == "no lesson 91: there are 90_small\n"


def test_ids_stay_when_a_cell_is_put_in_above(builder: ModuleType, folder: Path):
    source = folder / "source" / "90_small.py"
    before = [cell.id for cell in builder.read_source(source).cells]
    edit(folder, "# %%\nprint", "# %%\nnew = 1\n\n# %%\nprint")
    after = [cell.id for cell in builder.read_source(source).cells]
    assert after[:1] + after[2:] == before


@pytest.mark.parametrize(
    ("part", "harm"),
    [
        ("cell_type", lambda nb: nb.cells.__setitem__(0, new_code_cell("# # A small lesson"))),
        ("source", lambda nb: nb.cells[1].update(source='print("mean .83")')),
        ("metadata", lambda nb: nb.cells[2].metadata.clear()),
        ("id", lambda nb: nb.cells[3].update(id="other")),
        ("5 cells in the source, 4 in the notebook", lambda nb: nb.cells.pop()),
        ("metadata: ", lambda nb: nb.metadata.language_info.update(version="3.11.7")),
    ],
)
def test_a_notebook_that_left_its_source_is_reported(builder: ModuleType, folder: Path, part: str, harm: Callable):
    source = folder / "source" / "90_small.py"
    notebook = builder.read_source(source)
    assert disagreements(builder, source, notebook) == []
    harm(notebook)
    assert any(part in problem for problem in disagreements(builder, source, notebook))


def test_alternative_texts_are_compared_and_pixels_are_not(builder: ModuleType):
    stored, fresh = sample(), sample()
    cell_with(fresh, "plot").outputs[0].data["image/png"] = "other"
    assert builder.output_differences(stored, fresh) == []
    cell_with(fresh, "plot").outputs[0].metadata["image/png"]["alt"] = "Another text"
    assert any("image/png alt" in difference for difference in builder.output_differences(stored, fresh))


def test_a_stored_picture_has_no_date_and_no_program_in_it(builder: ModuleType):
    encoded = base64.b64encode(tiny_png(b"Software\0Matplotlib", b"Date\0today")).decode()
    assert base64.b64decode(builder.strip_png(encoded)) == tiny_png()


def test_memory_is_that_of_a_kernel_and_its_children(builder: ModuleType):
    script = "import time; held = bytes(300_000_000); held = bytearray(held); time.sleep(1)"
    cells = [new_code_cell(f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {script!r}]).returncode")]
    run = builder.execute(new_notebook(cells=cells))
    assert 300_000_000 < run.peak_bytes < 1_500_000_000
    assert 1 < run.seconds < 60


@pytest.mark.parametrize(
    ("attempt", "recorded"),
    [
        ("socket.socket().connect(('192.0.2.1', 80))", "socket.connect ('192.0.2.1', 80)"),
        ("socket.getaddrinfo('example.org', 443)", "socket.getaddrinfo ('example.org',)"),
        ("__import__('urllib.request').request.urlopen('http://example.org')", "'example.org'"),
        ("socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 53))", "socket.sendto"),
        (
            "subprocess.run([sys.executable, '-c', 'import socket; socket.gethostbyname(\"a.org\")'])",
            "'a.org'",
        ),
    ],
    ids=["connect", "look up", "http", "datagram", "child process"],
)
def test_reaching_for_the_network_is_recorded_even_if_the_lesson_hides_it(
    builder: ModuleType, tmp_path: Path, attempt: str, recorded: str
):
    code = f"import socket, subprocess, sys\ntry:\n    {attempt}\nexcept OSError:\n    print('offline')"
    _, attempts = run_without_network(builder, new_notebook(cells=[new_code_cell(code)]), tmp_path)
    assert recorded in attempts


def test_talking_to_this_machine_is_no_attempt(builder: ModuleType, tmp_path: Path):
    code = "import socket\nserver = socket.create_server(('127.0.0.1', 0))\n"
    code += "socket.create_connection(('localhost', server.getsockname()[1])).close()\nserver.close()"
    _, attempts = run_without_network(builder, new_notebook(cells=[new_code_cell(code)]), tmp_path)
    assert attempts == ""


@pytest.mark.slow
def test_nbval_accepts_a_built_lesson_and_rejects_another_output(builder: ModuleType, folder: Path):
    edit(folder, "# The same words.\n\n", "# Other words.\n\n# %%\n" + FIGURE + "\n")
    assert build(builder, folder) == 0
    assert nbval(folder).returncode == 0
    target = folder / "90_small.ipynb"
    target.write_text(target.read_text(encoding="utf-8").replace("mean .820\\n", "mean .830\\n"), encoding="utf-8")
    verdict = nbval(folder)
    assert verdict.returncode == 1, verdict.stdout
    assert "1 failed, 2 passed" in verdict.stdout


FIGURE = f"""\
import matplotlib.pyplot as plt
import lessons_lib as ll

fig, ax = plt.subplots()
ax.set(title="Cosine grows with depth", xlabel="layer", ylabel="cosine")
ll.figures.show(fig, {ALT!r})
"""


def nbval(folder: Path) -> subprocess.CompletedProcess:
    """Run nbval on a folder as `course.py test` does on the notebooks."""
    options = ["--nbval", "--nbval-current-env", f"--nbval-sanitize-with={ROOT / 'tests' / 'sanitize.cfg'}"]
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-c",
            os.devnull,
            "-p",
            "no:cacheprovider",
            *options,
            str(folder),
        ],
        env={**os.environ, "PYTHONPATH": str(ROOT), "HF_HUB_DISABLE_PROGRESS_BARS": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
