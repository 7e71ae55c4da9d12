"""The lessons in a real JupyterLab, in a real browser: every cell runs, nothing leaves the machine.

`--screenshots FOLDER` keeps pictures of each lesson, as it opens and, screen by screen, after it has run.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

import nbformat
import pytest
from browser import open_browser, why_no_browser
from conftest import ROOT
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Route

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
SECONDS_TO_START, SECONDS_TO_RUN = 60, 200
SHORTEST_ALT = 40

# A machine that is meant to have a browser says LESSONS_NEED_BROWSER=1; there, none is a failure.
MISSING = None if os.environ.get("LESSONS_NEED_BROWSER") else why_no_browser()

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(MISSING is not None, reason=str(MISSING)),
]


# --- a JupyterLab of its own --------------------------------------------------------------------------------

# All cells are drawn, also those off the screen; no news, no question whether to fetch them.
SETTINGS = {
    "notebook-extension/tracker": '{"windowingMode": "none"}',
    "apputils-extension/notification": '{"fetchNews": "false", "checkForUpdates": false, "doNotDisturbMode": true}',
}


@dataclass
class Lab:
    """A running JupyterLab: its address, and the folder whose notebooks it opens."""

    port: int
    work: Path
    token: str = "lessons"

    def address(self, notebook: str) -> str:
        place = f"lab/workspaces/{Path(notebook).stem}/tree/{notebook}"
        return f"http://127.0.0.1:{self.port}/{place}?token={self.token}"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Start JupyterLab on loopback, away from the settings and kernels of the person who runs the tests."""
    folder = tmp_path_factory.mktemp("lab")
    server = Lab(port=_free_port(), work=folder / "work")
    server.work.mkdir()
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *_options(server)],
            cwd=server.work,
            env=_environment(folder),
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait_until_it_answers(process, server, folder / "server.log")
            yield server
        finally:
            process.terminate()
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _options(server: Lab) -> list[str]:
    return [
        "--no-browser",
        "--allow-root",
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={server.port}",
        "--ServerApp.port_retries=0",
        f"--ServerApp.root_dir={server.work}",
        f"--IdentityProvider.token={server.token}",
        "--LabApp.expose_app_in_browser=True",
        "--LabApp.extension_manager=readonly",
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]


def _environment(folder: Path) -> dict[str, str]:
    for name, content in SETTINGS.items():
        path = folder / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    python_path = os.pathsep.join(part for part in (str(ROOT), os.environ.get("PYTHONPATH", "")) if part)
    left_out = ("PYTEST_CURRENT_TEST", "MPLBACKEND")
    return {key: value for key, value in os.environ.items() if key not in left_out} | {
        "IPYTHONDIR": str(folder / "ipython"),
        "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces"),
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "JUPYTER_DATA_DIR": str(folder / "data"),
        "JUPYTER_PREFER_ENV_PATH": "1",
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
        "LESSONS_LIB_PROGRESS": str(folder / "work" / "progress.json"),
        "PYTHONPATH": python_path,
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_until_it_answers(process: subprocess.Popen, server: Lab, log: Path) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urlopen(f"http://127.0.0.1:{server.port}/api", timeout=5):
                return
        except (URLError, OSError):
            time.sleep(0.1)
    pytest.fail(f"JupyterLab did not start:\n{log.read_text(encoding='utf-8', errors='replace')[-3000:]}")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as chromium:
        yield chromium


# --- a visit to a notebook ----------------------------------------------------------------------------------


@dataclass
class Visit:
    """What was seen while a notebook was opened and run."""

    cells: list[dict] = field(default_factory=list)
    alts_as_opened: list[str | None] = field(default_factory=list)
    alts: list[str | None] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    lifeless: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    departures: list[str] = field(default_factory=list)
    screenshots: list[Path] = field(default_factory=list)

    def problems(self) -> list[str]:
        """Return all that a learner, or someone who cannot see the screen, would stumble over."""
        found = [f"left the machine: {address}" for address in self.departures]
        found += [f"console: {complaint}" for complaint in self.complaints]
        found += [f"no life in a fragment: {name}" for name in self.lifeless]
        for alt in self.alts:
            if len(alt or "") < SHORTEST_ALT:
                found.append(f"a picture with the alternative text {alt!r}")
            elif alt not in self.words:
                found.append(f"a picture without a text under it: {alt!r}")
        for position, cell in enumerate(self.cells):
            if cell["cell_type"] == "code" and not cell["execution_count"]:
                found.append(f"cell {position} has not run")
            for output in cell.get("outputs", []):
                if output["output_type"] == "error":
                    found.append(f"cell {position}: {output['ename']}: {output['evalue']}")
                elif output.get("name") == "stderr":
                    found.append(f"cell {position} wrote to stderr: {''.join(output['text'])}")
        return found


IS_READY = """() => {
  const panel = window.jupyterapp?.shell.currentWidget;
  return panel?.context?.isReady && panel.sessionContext.session?.kernel?.status === "idle";
}"""
RUN_ALL = """() => {
  window.lessonHasRun = "";
  window.jupyterapp.commands.execute("notebook:run-all-cells").then(
    () => { window.lessonHasRun = "yes"; }, (error) => { window.lessonHasRun = String(error); });
}"""
CELLS = """() => window.jupyterapp.shell.currentWidget.content.model.toJSON().cells"""
ALTS = """() => [...document.querySelectorAll(".jp-OutputArea img")].map((image) => image.getAttribute("alt"))"""
WORDS = """() => [...document.querySelectorAll(".jp-OutputArea details p")].map((text) => text.textContent)"""
LIFELESS = """() => [...document.querySelectorAll(".jp-OutputArea .ll-fragment .ll-stage")]
  .filter((stage) => !stage.firstElementChild)
  .map((stage) => stage.closest(".ll-fragment").getAttribute("aria-label"))"""
SCROLL = """(step) => {
  const panel = document.querySelector(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-WindowedPanel-outer");
  const before = step === 0 ? -2 : panel.scrollTop;
  panel.scrollTop = step === 0 ? 0 : panel.scrollTop + panel.clientHeight * 0.9;
  return panel.scrollTop > before + 1;
}"""


def visit(browser: Browser, lab: Lab, notebook: str, folder: Path) -> Visit:
    """Open a notebook of the work folder, run all of its cells, take pictures; return what was seen."""
    seen = Visit()
    context = browser.new_context(viewport={"width": 1280, "height": 900}, service_workers="block")
    try:
        page = context.new_page()
        _listen(page, seen)
        page.goto(lab.address(notebook))
        page.wait_for_function(IS_READY, timeout=SECONDS_TO_START * 1000)
        seen.alts_as_opened = page.evaluate(ALTS)
        stem = Path(notebook).stem
        _photograph(page, folder / f"{stem}-as-opened.png", seen)
        page.evaluate(RUN_ALL)
        page.wait_for_function("() => window.lessonHasRun", timeout=SECONDS_TO_RUN * 1000)
        page.wait_for_function(IS_READY, timeout=SECONDS_TO_START * 1000)
        page.wait_for_load_state("networkidle")
        seen.cells, seen.alts, seen.words = page.evaluate(CELLS), page.evaluate(ALTS), page.evaluate(WORDS)
        seen.lifeless = page.evaluate(LIFELESS)
        for step in range(200):
            if not page.evaluate(SCROLL, step):
                break
            _photograph(page, folder / f"{stem}-{step + 1:02d}.png", seen)
    finally:
        context.close()
    return seen


def _listen(page: Page, seen: Visit) -> None:
    """Write down errors and requests; let nothing through that leaves the machine."""

    def on_request(route: Route, request: Request) -> None:
        if stays_here(request.url):
            route.continue_()
        else:
            seen.departures.append(request.url)
            route.abort()

    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error" and stays_here(message.location.get("url", "")):
            seen.complaints.append(message.text)

    page.route("**/*", on_request)
    page.on("console", on_console)
    page.on("pageerror", lambda error: seen.complaints.append(str(error)))
    page.on("websocket", lambda line: stays_here(line.url) or seen.departures.append(line.url))


def stays_here(address: str) -> bool:
    """Say whether an address needs no network."""
    parts = urlsplit(address)
    return parts.scheme in ("data", "blob", "about", "") or parts.hostname in ("127.0.0.1", "localhost", "::1")


def _photograph(page: Page, path: Path, seen: Visit) -> None:
    page.screenshot(path=path)
    seen.screenshots.append(path)


@pytest.fixture
def pictures(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Return the folder for screenshots: the one asked for, or one that goes away."""
    folder = Path(request.config.getoption("--screenshots") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


# --- the lessons --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_lesson_runs_in_jupyterlab(path: Path, browser: Browser, lab: Lab, pictures: Path):
    shutil.copy(path, lab.work)
    seen = visit(browser, lab, path.name, pictures)
    assert seen.problems() == []
    assert len(seen.alts) == sum(
        "image/png" in output.get("data", {})
        for cell in nbformat.read(path, as_version=4).cells
        for output in cell.get("outputs", [])
    )


# --- the visit itself ---------------------------------------------------------------------------------------

ALT = "A line that rises from a cosine of .3 in layer 1 to .5 in layer 6."
FIGURE = f"""\
import matplotlib.pyplot as plt
import lessons_lib as ll

fig, ax = plt.subplots()
ax.set(title="Cosine grows with depth", xlabel="layer", ylabel="cosine")
ll.figures.show(fig, {ALT!r})"""


def write(lab: Lab, name: str, *cells: str) -> str:
    notebook = new_notebook(cells=[new_markdown_cell("# Sample"), *map(new_code_cell, cells)])
    notebook.metadata.kernelspec = {"display_name": "Python 3", "language": "python", "name": "python3"}
    nbformat.write(notebook, lab.work / name)
    return name


def test_a_visit_finds_nothing_wrong_with_a_sound_notebook(browser: Browser, lab: Lab, tmp_path: Path):
    long = [f"print({number})" for number in range(30)]
    seen = visit(browser, lab, write(lab, "sound.ipynb", "print('mean .820')", FIGURE, *long), tmp_path)
    assert seen.problems() == []
    assert seen.cells[1]["outputs"][0]["text"] == "mean .820\n"
    assert (seen.alts, seen.words) == ([ALT], [ALT]), "the alternative text does not reach the page"
    pictures = [path.read_bytes() for path in seen.screenshots]
    assert len(set(pictures)) == len(pictures) >= 4, "as opened, and three screens"


def test_a_stored_figure_is_shown_with_its_text_before_anything_runs(browser: Browser, lab: Lab, tmp_path, builder):
    """A notebook that comes from elsewhere is not trusted: scripts do not run, the folded text is there."""
    notebook = builder.execute(new_notebook(cells=[new_code_cell(FIGURE)])).notebook
    nbformat.write(notebook, lab.work / "stored.ipynb")
    context = browser.new_context()
    page = context.new_page()
    page.goto(lab.address("stored.ipynb"))
    page.wait_for_function(IS_READY, timeout=SECONDS_TO_START * 1000)
    assert page.locator(".jp-OutputArea img").count() == 1
    assert page.evaluate(WORDS) == [ALT]
    page.get_by_text("Figure in words").click()
    assert page.locator(".jp-OutputArea details p").is_visible()
    context.close()


DEFECTS = {
    "raises": ("[1, 2][5]", "cell 1: IndexError: list index out of range"),
    "is not run after an error": ("[1, 2][5]\n", "cell 2 has not run"),
    "warns": ("import warnings\nwarnings.warn('hm')", "UserWarning: hm"),
    "loads a picture": (
        'from IPython.display import HTML\nHTML(\'<img src="https://example.org/a.png" alt="">\')',
        "left the machine: https://example.org/a.png",
    ),
    "sends from a script": (
        "from IPython.display import HTML\nHTML('<script>fetch(\"https://example.org/b\")</script>')",
        "left the machine: https://example.org/b",
    ),
    "opens a socket": (
        "from IPython.display import HTML\nHTML('<script>new WebSocket(\"wss://example.org/c\")</script>')",
        "left the machine: wss://example.org/c",
    ),
    "throws in a script": (
        "from IPython.display import HTML\nHTML('<script>setTimeout(() => { throw new Error(\"oh\") })</script>')",
        "console: oh",
    ),
    "complains in a script": (
        "from IPython.display import HTML\nHTML('<script>console.error(\"dear\")</script>')",
        "console: dear",
    ),
    "has a dead fragment": (
        "from IPython.display import HTML\n"
        'HTML(\'<div class="ll-fragment" aria-label="Quiz"><div class="ll-stage"></div></div>\')',
        "no life in a fragment: Quiz",
    ),
    "has a picture without a text": (
        "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()",
        "a picture with the alternative text None",
    ),
}


def test_a_visit_reports_every_defect(browser: Browser, lab: Lab, tmp_path: Path):
    """One notebook with all defects but errors, which stop a run, and one for those."""
    harmless = [code for code, _ in DEFECTS.values() if "[5]" not in code]
    seen = visit(browser, lab, write(lab, "defects.ipynb", *harmless), tmp_path)
    raising = visit(browser, lab, write(lab, "raising.ipynb", "[1, 2][5]", "print('never')"), tmp_path)
    found = seen.problems() + raising.problems()
    missed = {name for name, (_, message) in DEFECTS.items() if not any(message in problem for problem in found)}
    assert missed == set(), found


@pytest.mark.parametrize(
    ("address", "local"),
    [
        ("http://127.0.0.1:8888/lab", True),
        ("ws://localhost:8888/api", True),
        ("data:image/png;base64,AAAA", True),
        ("blob:http://127.0.0.1/1", True),
        ("https://example.org/127.0.0.1", False),
        ("http://127.0.0.1.example.org/", False),
        ("wss://example.org", False),
    ],
)
def test_what_stays_on_the_machine(address: str, local: bool):
    assert stays_here(address) is local
