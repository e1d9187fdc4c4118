"""Tests of Ctrl-C: it says so, keeps what it has, and loses none of it to impatience (UX 3)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import tomllib
from contextlib import suppress
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

import pytest
from typer.testing import CliRunner

import simtwin
from simtwin.cli import app, interruption, keeping
from simtwin.cli.given import deadline, ending
from simtwin.cli.question import Question
from simtwin.orchestrator import pool
from tests.records import ensemble

ROOT = Path(__file__).parents[2]
posix = pytest.mark.skipif(os.name == "nt", reason="a signal to a group is a POSIX thing")

STORY = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from simtwin.orchestrator.work import Work
usual = Work._tell

def tell(work):
    usual(work)
    if len(work.found) > 5:
        sys.stderr.write("going\\n")
        sys.stderr.flush()
        Work._tell = usual

Work._tell = tell
from simtwin.cli import main
main()
"""


def going(*arguments: str) -> subprocess.Popen[str]:
    """Start a program of two workers, and wait until some of its runs are finished."""
    call = [sys.executable, "-c", STORY, "run", "day_shift", "-n", "100000", "--workers", "2"]
    story = subprocess.Popen(
        [*call, *arguments], cwd=ROOT, text=True, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert story.stderr is not None
    for line in story.stderr:
        if line == "going\n":
            return story
    raise AssertionError(f"it never ran: {story.wait()}")


@pytest.fixture
def ctrl_c() -> Any:
    """Have Ctrl-C raise, also where the tests are started by somebody who ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield signal.getsignal
    signal.signal(signal.SIGINT, before)


def press() -> None:
    """Press Ctrl-C in this process."""
    signal.raise_signal(signal.SIGINT)


@posix
@pytest.mark.parametrize("gap", [0.01, 0.1])
def test_however_often_it_is_pressed_what_is_finished_is_kept(
    tmp_path: Path, gap: float
) -> None:
    """Pressed until the program is gone: told, saved, no traceback, no worker left, 130."""
    story = going("--save", str(tmp_path / "kept"))
    while story.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(story.pid, signal.SIGINT)
        time.sleep(gap)
    out, err = story.communicate(timeout=60)  # Workers that are left would hold the pipes.
    assert story.returncode == 130, err
    assert "stopped before all were made (partial)" in out
    assert err.splitlines() == [
        "stopping, to keep what is finished; further Ctrl-C is ignored",
        f"saved in {tmp_path / 'kept'}",
        "interrupted: what was finished until then is shown, marked partial",
    ]
    told = simtwin.open(tmp_path / "kept")
    assert told.partial
    assert told.n > 5


@posix
def test_workers_end_with_a_parent_that_is_killed() -> None:
    """Killed without a word, the program leaves no worker: nobody holds its pipes."""
    story = going()
    story.kill()
    out, _ = story.communicate(timeout=60)
    assert (story.returncode, out) == (-signal.SIGKILL, "")


def test_the_first_is_raised_and_every_further_one_ignored(ctrl_c: Any) -> None:
    """A verb hears one Ctrl-C; after it Ctrl-C does what it did before."""
    with interruption.heard():
        assert not interruption.pressed()
        with pytest.raises(KeyboardInterrupt):
            press()
        assert interruption.pressed()
        press()
    assert ctrl_c(signal.SIGINT) is signal.default_int_handler
    with interruption.heard():
        assert not interruption.pressed()


def test_work_that_keeps_what_it_has_looks_for_it(
    ctrl_c: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    """It is told at once, in one line, and raised by whichever guard looks next."""
    with interruption.heard():
        guard = deadline(None)
        with interruption.kept():
            guard()
            press()
            press()
        told = capfd.readouterr().err
        assert told == "stopping, to keep what is finished; further Ctrl-C is ignored\n"
        for looks in (guard, deadline(None), deadline(60.0)):
            with pytest.raises(KeyboardInterrupt):
                looks()
        assert ending(guard)() is True
        assert ending(deadline(None, after_ctrl_c=True))() is False


def test_who_ignores_ctrl_c_goes_on_ignoring_it(ctrl_c: Any) -> None:
    """Started in the background, as by nohup, a verb hears no Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    interruption.leave_at_ctrl_c()
    with interruption.heard():
        press()
        assert not interruption.pressed()
    assert ctrl_c(signal.SIGINT) == signal.SIG_IGN


def test_a_process_whose_verb_is_done_ignores_it(ctrl_c: Any) -> None:
    """What is told and written is not followed by a traceback of the way out."""
    interruption.leave_at_ctrl_c()
    with interruption.heard():
        pass
    assert ctrl_c(signal.SIGINT) == signal.SIG_IGN


def test_pressed_after_the_last_run_the_answer_is_whole(
    ctrl_c: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is called partial that is not; what was asked beside it is given up (130)."""

    def ask(question: Question, *, quiet: bool) -> Any:
        press()
        return ensemble()

    monkeypatch.setattr(Question, "ask", ask)
    done = CliRunner().invoke(app, ["run", "one_machine"])
    assert (done.exit_code, "(partial)" in done.output) == (130, False)
    assert done.stderr.splitlines()[-1] == "interrupted: the answer was whole by then"
    done = CliRunner().invoke(app, ["run", "one_machine", "--actions"])
    assert (done.exit_code, "late orders" in done.stdout) == (130, True)
    assert done.stderr.splitlines()[-1].startswith("interrupted: what was finished until then")


@pytest.mark.parametrize("once", [[], ["--once"]], ids=["several", "one"])
def test_pressed_while_it_is_written_all_is_written(
    ctrl_c: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, once: list[str]
) -> None:
    """Once the answer is there every file of it is written, whatever is pressed (130)."""
    usual = keeping._page

    def pressed(*given: Any) -> None:
        press()
        press()
        usual(*given)

    monkeypatch.setattr(keeping, "_page", pressed)
    page, folder = tmp_path / "page.html", tmp_path / "kept"
    how = once or ["-n", "2", "--workers", "1"]
    call = ["run", "one_machine", *how, "--report", str(page), "--save", str(folder)]
    done = CliRunner().invoke(app, call)
    assert (done.exit_code, page.exists()) == (130, True)
    assert not simtwin.open(folder).partial
    assert done.stderr.splitlines()[-3:] == [
        f"report in {page}",
        f"saved in {folder}",
        "interrupted: the answer was whole by then",
    ]


def test_after_the_work_it_is_told_that_writing_goes_on(
    ctrl_c: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    """What follows the runs of any verb is to tell and to write: nothing is raised amid it."""
    with interruption.heard():
        with interruption.kept():
            pass
        press()
        press()
        assert interruption.pressed()
    told = capfd.readouterr().err
    assert told == "stopping once all is written; further Ctrl-C is ignored\n"


@pytest.mark.parametrize(
    ("call", "where"),
    [
        (["demo", "-n", "2", "--workers", "1"], "simtwin.report.page.report"),
        (["report", "one_machine", "-n", "2", "--workers", "1"], "simtwin.report.page.report"),
        (["view", "one_machine"], "simtwin.viewer.page.view"),
        (["what-if", "one_machine", "--overtime", "2h", "-n", "2"], "simtwin.cli.gates.judge"),
    ],
    ids=lambda given: given[0] if isinstance(given, list) else "",
)
def test_pressed_amid_the_writing_it_says_so_in_every_verb(
    ctrl_c: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    call: list[str],
    where: str,
) -> None:
    """What is told at once and what is told at the end are of one mind (130)."""
    usual = resolve_name(where.rpartition(".")[0] + ":" + where.rpartition(".")[2])

    def pressed(*given: Any, **more: Any) -> Any:
        press()
        return usual(*given, **more)

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(where, pressed)
    to = ["-o", "page.html"] if call[0] in ("report", "view") else []
    done = CliRunner().invoke(app, [*call, *to])
    assert done.exit_code == 130, done.output
    assert done.stderr.splitlines()[-1] == "interrupted: the answer was whole by then"
    told = capfd.readouterr().err
    assert told == "stopping once all is written; further Ctrl-C is ignored\n"


def test_a_pool_is_left_in_order(ctrl_c: Any) -> None:
    """Ctrl-C while workers are sent home loses nothing; raised before, it ends the work."""
    with pool.ctrl_c_noted() as raise_noted:
        raise_noted()
        press()
        press()
        with pytest.raises(KeyboardInterrupt):
            raise_noted()
        press()
    assert ctrl_c(signal.SIGINT) is signal.default_int_handler


def test_ctrl_c_told_late_is_still_told(ctrl_c: Any) -> None:
    """A program that keeps what it has hears of one that came amid the last run."""
    with interruption.heard():
        with interruption.kept(), pool.ctrl_c_noted():
            press()
            assert not interruption.pressed()
        assert interruption.pressed()


def test_it_is_heard_before_the_package_is_loaded() -> None:
    """The command of pyproject.toml ends in a line while `simtwin` itself is imported (130)."""
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["scripts"]
    module, _, function = scripts["simtwin"].partition(":")
    early = (
        "import signal, sys\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "class Finder:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'simtwin':\n"
        "            signal.raise_signal(signal.SIGINT)\n"
        "sys.meta_path.insert(0, Finder())\n"
        f"from {module} import {function} as command\n"
        "command()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", early], capture_output=True, text=True, cwd=ROOT
    )
    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr == "interrupted: nothing was finished\n"
