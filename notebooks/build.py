"""Turn the sources of the lessons into executed notebooks.

    python notebooks/build.py              build every lesson
    python notebooks/build.py 00 04        build lessons 00 and 04
    python notebooks/build.py --check      execute again, compare with the stored outputs, write nothing

A lesson is edited in `notebooks/source/NN_name.py` (jupytext's percent format). It is executed in a fresh
kernel of the Python that runs this file, offline, in an empty folder. A cell that raises or that writes a
warning to stderr stops the build of its lesson and leaves the stored notebook as it was.
"""

from __future__ import annotations

import argparse
import base64
import copy
import hashlib
import os
import re
import shutil
import struct
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import jupytext
import nbformat
import psutil
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

NOTEBOOKS = Path(__file__).resolve().parent
SOURCES = NOTEBOOKS / "source"
ROOT = NOTEBOOKS.parent
CELL_TIMEOUT = 300  # seconds; a whole lesson has 150, so a cell that reaches this hangs

METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {
        "codemirror_mode": {"name": "ipython", "version": 3},
        "file_extension": ".py",
        "mimetype": "text/x-python",
        "name": "python",
        "nbconvert_exporter": "python",
        "pygments_lexer": "ipython3",
    },
}
PICTURES = ("image/png", "image/jpeg")


class BuildError(Exception):
    """A lesson that cannot be built; the message is for the person who edits it."""


# --- from source to cells -----------------------------------------------------------------------------------


def read_source(path: Path) -> NotebookNode:
    """Read a lesson's source: Markdown and code cells with stable ids, tags kept, no outputs."""
    return tidy_cells(jupytext.read(path, fmt="py:percent"), path.name)


def tidy_cells(notebook: NotebookNode, name: str) -> NotebookNode:
    """Keep of each cell its type, source and tags, and give it the id that follows from them."""
    fresh = nbformat.v4.new_notebook(metadata=copy.deepcopy(METADATA))
    seen: Counter[str] = Counter()
    for position, cell in enumerate(notebook.cells):
        if cell.cell_type not in ("markdown", "code"):
            raise BuildError(
                f"{name}: cell {position} is a {cell.cell_type} cell; a lesson has Markdown and code cells"
            )
        if not cell.source.strip():
            raise BuildError(f"{name}: cell {position} is empty")
        make = nbformat.v4.new_markdown_cell if cell.cell_type == "markdown" else nbformat.v4.new_code_cell
        tags = list(cell.metadata.get("tags", []))
        key = f"{cell.cell_type}\n{cell.source}"
        seen[key] += 1
        fresh.cells.append(make(cell.source, id=_cell_id(key, seen[key]), metadata={"tags": tags} if tags else {}))
    return fresh


def _cell_id(key: str, occurrence: int) -> str:
    """Return an id that changes only when the cell itself does, not when cells are put in above it."""
    return hashlib.sha256(f"{occurrence}\n{key}".encode()).hexdigest()[:12]


# --- from cells to outputs ----------------------------------------------------------------------------------


class _ThisPython(KernelSpecManager):
    """Start kernels with the Python that runs this file, whatever kernels are installed for the user."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        return KernelSpec(argv=argv, display_name="Python 3 (ipykernel)", language="python")


@dataclass
class Run:
    """An executed notebook and what it took: seconds from kernel start to the last output, peak bytes."""

    notebook: NotebookNode
    seconds: float
    peak_bytes: int

    def __str__(self) -> str:
        return f"{self.seconds:.0f} s, {self.peak_bytes / 2**20:,.0f} MiB at the peak"


def execute(
    notebook: NotebookNode,
    *,
    environment: Mapping[str, str] | None = None,
    cell_timeout: float = CELL_TIMEOUT,
) -> Run:
    """Execute a copy of a notebook in a fresh kernel, in an empty folder, offline.

    `environment` adds variables to the kernel's own. A raising cell gives a `BuildError` that shows the cell.
    """
    import matplotlib.font_manager  # noqa: F401  (its first import on a machine takes long and warns)

    notebook = copy.deepcopy(notebook)
    with _scratch_folder() as scratch, _Meter() as meter:
        work = scratch / "work"
        work.mkdir()
        manager = AsyncKernelManager(
            kernel_name="python3",
            kernel_spec_manager=_ThisPython(),
            connection_file=str(scratch / "kernel.json"),
        )
        client = NotebookClient(
            notebook,
            km=manager,
            timeout=cell_timeout,
            record_timing=False,
            store_widget_state=False,
            resources={"metadata": {"path": str(work)}},
            on_cell_start=lambda cell, cell_index: meter.watch(manager.provisioner.pid),
            on_cell_executed=lambda cell, cell_index, execute_reply: meter.measure(),
        )
        with (scratch / "kernel.log").open("w+", encoding="utf-8", errors="replace") as log:
            try:
                client.execute(env=kernel_environment(scratch, environment), stderr=log, cleanup_kc=True)
            except CellExecutionError:
                raise BuildError(_explain_failure(notebook)) from None
            except (CellTimeoutError, DeadKernelError) as error:
                log.seek(0)
                raise BuildError(
                    f"{type(error).__name__}: {error}\nThe kernel's last words:\n{log.read()[-2000:]}"
                ) from None
    clean_outputs(notebook)
    return Run(notebook, meter.seconds, meter.peak)


def kernel_environment(scratch: Path, extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return a kernel's variables: offline, quiet, the learner's files and settings out of reach."""
    # A kernel under pytest would not catch what C code writes to stderr; a fixed hash seed hides set order.
    left_out = ("PYTEST_CURRENT_TEST", "PYTHONHASHSEED")
    environment = {key: value for key, value in os.environ.items() if key not in left_out}
    environment.setdefault("OMP_NUM_THREADS", "2")
    environment |= {
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        "HF_HUB_OFFLINE": "1",
        "TQDM_DISABLE": "1",  # a bar appears where the machine is slow, and would be stored
        "IPYTHONDIR": str(scratch / "ipython"),
        "JUPYTER_CONFIG_DIR": str(scratch / "jupyter"),
        "LESSONS_LIB_PROGRESS": str(scratch / "progress.json"),
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "PYTHONPATH": os.pathsep.join(part for part in (str(ROOT), environment.get("PYTHONPATH", "")) if part),
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }
    extra = dict(extra or {})
    if "PYTHONPATH" in extra:
        extra["PYTHONPATH"] += os.pathsep + environment["PYTHONPATH"]
    return environment | extra


@contextmanager
def _scratch_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="lesson-"))
    try:
        yield folder
    finally:  # a kernel that is still closing its files must not fail the build on Windows
        shutil.rmtree(folder, ignore_errors=True)


class _Meter:
    """Measures wall time, and the memory of a kernel and the processes it starts."""

    def __init__(self, interval: float = 0.1) -> None:
        self.peak, self.seconds = 0, 0.0
        self._interval, self._process, self._stop = interval, None, threading.Event()
        self._sampler = threading.Thread(target=self._sample, daemon=True)

    def __enter__(self) -> _Meter:
        self._start = time.perf_counter()
        self._sampler.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.seconds = time.perf_counter() - self._start
        self._stop.set()
        self._sampler.join()

    def watch(self, pid: int) -> None:
        if self._process is None:
            self._process = psutil.Process(pid)

    def measure(self) -> None:
        if self._process is None:
            return
        try:
            family = [self._process, *self._process.children(recursive=True)]
            together = sum(_resident(member) for member in family)
            self.peak = max(self.peak, together, _high_water_mark(self._process))
        except (psutil.Error, OSError):
            pass  # it has ended between two looks

    def _sample(self) -> None:
        while not self._stop.wait(self._interval):
            self.measure()


def _resident(process: psutil.Process) -> int:
    try:
        return process.memory_info().rss
    except psutil.Error:
        return 0


def _high_water_mark(process: psutil.Process) -> int:
    """Return the most memory a process has held, where the system keeps count (Linux, Windows)."""
    status = Path(f"/proc/{process.pid}/status")
    if status.exists():
        found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text(encoding="utf-8"))
        return int(found[1]) * 1024 if found else 0  # an ended process has no line on memory
    return getattr(process.memory_info(), "peak_wset", 0)


def _explain_failure(notebook: NotebookNode) -> str:
    """Return the cell that raised, with numbered lines, and its traceback without colours."""
    for position, cell in enumerate(notebook.cells):
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                lines = [f"{number:>4}  {line}" for number, line in enumerate(cell.source.splitlines(), start=1)]
                traceback = re.sub(r"\x1b\[[\d;]*m", "", "\n".join(output.traceback))
                title = f"cell {position} of {len(notebook.cells)} raised {output.ename}: {output.evalue}"
                return "\n".join([title, *lines, "", traceback])
    return "the notebook stopped, and no cell says why"


# --- outputs that are the same each time --------------------------------------------------------------------


def clean_outputs(notebook: NotebookNode) -> None:
    """Join split streams, and take from the notebook what changes from run to run."""
    notebook.metadata = nbformat.from_dict(copy.deepcopy(METADATA))
    for cell in notebook.cells:
        cell.metadata = nbformat.from_dict({"tags": cell.metadata.tags} if cell.metadata.get("tags") else {})
        if cell.cell_type == "code":
            cell.outputs = _join_streams(cell.outputs)
            for output in cell.outputs:
                if "image/png" in output.get("data", {}):
                    output.data["image/png"] = strip_png(output.data["image/png"])


def _join_streams(outputs: list[NotebookNode]) -> list[NotebookNode]:
    joined: list[NotebookNode] = []
    for output in outputs:
        if output.output_type == "stream" and joined and joined[-1].get("name") == output.name:
            joined[-1].text += output.text
        else:
            joined.append(output)
    return joined


def strip_png(encoded: str) -> str:
    """Leave of a base64 PNG what a picture needs: no software name, date, resolution or colour profile."""
    png = base64.b64decode(encoded)
    kept, position = [png[:8]], 8
    while position < len(png):
        (length,) = struct.unpack(">I", png[position : position + 4])
        end = position + 12 + length
        if png[position + 4 : position + 8] in (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"):
            kept.append(png[position:end])
        position = end
    return base64.b64encode(b"".join(kept)).decode("ascii")


def stderr_of(notebook: NotebookNode) -> list[str]:
    """Return what cells wrote to stderr: in a lesson a warning is a defect."""
    return [
        f"cell {position} of {len(notebook.cells)} wrote to stderr:\n{output.text}"
        for position, cell in enumerate(notebook.cells)
        for output in cell.get("outputs", [])
        if output.output_type == "stream" and output.name == "stderr"
    ]


def output_differences(stored: NotebookNode, fresh: NotebookNode) -> list[str]:
    """Compare two runs of the same cells; texts must be equal, pixels are not compared.

    The same rules as nbval's strict mode, and alternative texts as well.
    """
    differences = []
    for position, (before, after) in enumerate(zip(stored.cells, fresh.cells, strict=True)):
        old, new = _comparable(before), _comparable(after)
        for kind in sorted(old.keys() | new.keys()):
            if old[kind] != new[kind]:
                differences.append(
                    f"cell {position} of {len(stored.cells)}, {kind}:\n  stored {_abridge(old[kind])}\n"
                    f"  now    {_abridge(new[kind])}"
                )
    return differences


def _comparable(cell: NotebookNode) -> defaultdict[str, list]:
    texts: defaultdict[str, list] = defaultdict(list)
    for output in cell.get("outputs", []):
        if output.output_type == "stream":
            texts[output.name] = ["".join([*texts[output.name], output.text])]
        elif output.output_type == "error":
            texts["error"].append(f"{output.ename}: {output.evalue}")
        else:
            for kind, content in output.data.items():
                texts[kind].append("" if kind in PICTURES else content)
                if kind in PICTURES:
                    texts[f"{kind} alt"].append(output.metadata.get(kind, {}).get("alt", ""))
    return texts


def _abridge(texts: list, limit: int = 600) -> str:
    shown = repr(texts[0] if len(texts) == 1 else texts)
    return shown if len(shown) <= limit else f"{shown[:limit]} ..."


# --- files --------------------------------------------------------------------------------------------------


def serialise(notebook: NotebookNode) -> str:
    """Return the file's text: keys sorted, one space of indentation, a newline at the end."""
    nbformat.validate(notebook)
    return nbformat.writes(notebook, version=4).rstrip("\n") + "\n"


def write_if_changed(path: Path, text: str) -> bool:
    """Write a file in one step unless it holds this text already; say whether it was written."""
    data = text.encode("utf-8")
    if path.exists() and path.read_bytes() == data:
        return False
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        unfinished.write_bytes(data)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return True


def build(source: Path, target: Path) -> str:
    """Execute one lesson and store it as `target`; return a sentence on what was done."""
    run = execute(read_source(source))
    complaints = stderr_of(run.notebook)
    if complaints:
        raise BuildError("\n".join(complaints))
    written = write_if_changed(target, serialise(run.notebook))
    return f"{'written' if written else 'unchanged'} ({run})"


def check(source: Path, target: Path) -> str:
    """Execute one lesson and compare it with what is stored; raise with the differences."""
    if not target.exists():
        raise BuildError(f"there is no {target.name} yet: build it first")
    cells, stored = read_source(source), nbformat.read(target, as_version=4)
    if [cell.id for cell in cells.cells] != [cell.get("id") for cell in stored.cells]:
        raise BuildError("source and notebook have different cells: build the lesson again")
    run = execute(cells)
    complaints = stderr_of(run.notebook) or output_differences(stored, run.notebook)
    if complaints:
        raise BuildError("\n".join(complaints))
    return f"the same outputs ({run})"


def chosen_sources(names: list[str], sources: Path) -> list[Path]:
    """Return the sources whose name starts with one of `names` ("04", "04_pooling"); all of them for none."""
    lessons = sorted(path for path in sources.glob("*.py") if re.match(r"\d\d_", path.name))
    if not names:
        return lessons
    chosen = set()
    for name in (Path(name).stem for name in names):
        found = {lesson for lesson in lessons if f"{lesson.stem}_".startswith(f"{name}_")}
        if not found:
            raise BuildError(f"no lesson {name}: there are {', '.join(lesson.stem for lesson in lessons)}")
        chosen |= found
    return sorted(chosen)


def main(arguments: list[str] | None = None, *, sources: Path = SOURCES, notebooks: Path = NOTEBOOKS) -> int:
    """Run the command; return 0, or 1 when a lesson failed."""
    parser = argparse.ArgumentParser(description="Turn lesson sources into executed notebooks.")
    parser.add_argument("lessons", nargs="*", metavar="NN", help="numbers or names of lessons (default: all)")
    parser.add_argument("--check", action="store_true", help="compare with the stored outputs, write nothing")
    options = parser.parse_args(arguments)
    failed = False
    try:
        lessons = chosen_sources(options.lessons, sources)
    except BuildError as error:
        print(error)
        return 1
    for source in lessons:
        print(f"{source.stem}: ", end="", flush=True)
        try:
            print((check if options.check else build)(source, notebooks / f"{source.stem}.ipynb"), flush=True)
        except BuildError as error:
            failed = True
            print(f"NOT {'equal' if options.check else 'built'}\n{error}\n", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
