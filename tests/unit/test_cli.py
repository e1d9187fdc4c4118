"""Tests of the command line: what it prints where, exit codes, files written (UX 3)."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import simtwin
from simtwin.cli import app, question
from simtwin.cli.given import deadline
from simtwin.cli.question import Question
from simtwin.errors import Deadlock, InvalidInput
from simtwin.result.actions import Actions
from simtwin.service.problem import refused
from tests.records import ensemble, shift

CALL = "import sys; sys.argv[0] = 'simtwin'; from simtwin.cli import main; main()"


def call(*arguments: str, cwd: Path | None = None, **environment: str) -> Any:
    """Run the program in a process of its own."""
    root = str(Path(__file__).parents[2])
    return subprocess.run(
        [sys.executable, "-c", CALL, *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=cwd or root,
        env={**os.environ, "PYTHONPATH": root, **environment},
    )


def invoke(*arguments: str) -> Any:
    """Run the program in this process."""
    return CliRunner().invoke(app, list(arguments))


def answers(patch: pytest.MonkeyPatch, answer: Any) -> list[Question]:
    """Let every question get *answer*; return the list that the questions come to."""
    asked: list[Question] = []

    def ask(asking: Question, *, quiet: bool) -> Any:
        asked.append(asking)
        if isinstance(answer, BaseException):
            raise answer
        return answer

    patch.setattr(Question, "ask", ask)
    return asked


def test_run_prints_the_verdict_and_the_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer of replications is a sentence, the orders and the key figures, on stdout."""
    answers(monkeypatch, ensemble())
    done = invoke("run", "one_machine")
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    assert lines[0] == "day shift on made-up shop: 50 replications (seed 1), intervals of 95 %"
    assert "order-6 is late with probability 60 % (46 to 72 %)" in lines[1]
    assert any(line.startswith("order-6") and "13:08" in line for line in lines)
    assert any("0.46 to 0.74" in line for line in lines)


def test_one_run_says_that_it_has_no_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    """--once asks for one replication, and the answer is headed so (KERNEL 25)."""
    asked = answers(monkeypatch, shift())
    done = invoke("run", "one_machine", "--once")
    assert asked[0].replications == 1
    assert done.stdout.startswith("day shift on made-up shop: one run (seed 1), no interval")


def test_the_call_wins_over_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """A number in the call wins over the file's, and stderr says so (DESIGN 6)."""
    asked = answers(monkeypatch, ensemble())
    done = invoke("run", "one_machine", "--replications", "7", "--seed", "12345")
    assert (asked[0].replications, asked[0].seed) == (7, 12345)
    assert "--seed 12345 wins over 1 in one_machine.yaml" in done.stderr
    assert "--replications 7 wins over 30 in one_machine.yaml" in done.stderr


def test_the_call_wins_over_nothing_where_no_file_has_a_number(tmp_path: Path) -> None:
    """What the program takes of itself stands in no file; the file that is extended may."""
    own, base = tmp_path / "own.yaml", tmp_path / "base.yaml"
    base.write_text("scenario: b\nplant: one_machine\nhorizon: 1 h\nseed: 3\n", "utf-8")
    own.write_text(
        "scenario: o\nextends: base.yaml\norders: [{id: o, product: plate, quantity: 1}]\n",
        "utf-8",
    )
    for verb in (["run"], ["impact", "--machine", "mill-1", "--at", "+5min", "--for", "1min"]):
        given = [*verb, str(own), "-n", "2", "--workers", "1"]
        assert invoke(*given, "--seed", "7").stderr == "--seed 7 wins over 3 in base.yaml\n"
        assert invoke(*given, "--seed", "3").stderr == ""
    looked = invoke("look-ahead", str(own), "-n", "2", "--workers", "1", "--seed", "8")
    assert looked.stderr == "--seed 8 wins over 3 in base.yaml\n"
    checked = invoke("check", str(own), "--verify", "-n", "4", "--seed", "8", "--workers", "1")
    assert checked.stderr == "--seed 8 wins over 3 in base.yaml\n"


def test_json_is_one_object(monkeypatch: pytest.MonkeyPatch) -> None:
    """--json prints one object with its schema version, and NaN is null."""
    told = ensemble()
    told.orders.loc[0, "due_s"] = float("nan")
    answers(monkeypatch, told)
    done = invoke("run", "one_machine", "--json")
    answer = json.loads(done.stdout)
    assert answer["schema_version"] == 1
    assert answer["replications"] == 50
    assert answer["kpis"]["late_orders"]["low"] == 0.46
    assert answer["orders"][0]["due_s"] is None


def test_a_partial_answer_leaves_with_130(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was finished before Ctrl-C is printed, marked partial, and the exit code says so."""
    told = ensemble(n=17)
    told.partial = True
    answers(monkeypatch, told)
    done = invoke("run", "one_machine")
    assert done.exit_code == 130
    assert "17 replications" in done.stdout
    assert "(partial)" in done.stdout
    assert "interrupted" in done.stderr


@pytest.mark.parametrize("asked", ["act", "explain"])
def test_what_is_stopped_beside_an_answer_leaves_it_partial(
    monkeypatch: pytest.MonkeyPatch, asked: str
) -> None:
    """Ctrl-C while actions are tried: the answer is told, marked partial, the code is 130."""

    def interrupted(*_: Any, **__: Any) -> Any:
        raise KeyboardInterrupt

    answers(monkeypatch, ensemble(n=17))
    monkeypatch.setattr(Question, asked, interrupted)
    option = ["--actions"] if asked == "act" else ["--explain", "late_orders"]
    done = invoke("run", "one_machine", *option)
    assert done.exit_code == 130
    assert "17 replications" in done.stdout
    assert "interrupted" in done.stderr
    assert json.loads(invoke("run", "one_machine", *option, "--json").stdout)["partial"] is True


def test_actions_that_are_a_part_leave_with_130(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopped amid the screening: nothing was tried, and it is not said that nothing helps."""
    part = Actions(None, None, 1, 17, 6, (), (), partial=True)
    assert part.sentence == (
        "Stopped early: nothing was tried (0 screened in 6 paired runs each)."
    )
    answers(monkeypatch, ensemble(n=17))
    monkeypatch.setattr(Question, "act", lambda *_, **__: part)
    done = invoke("run", "one_machine", "--actions")
    assert (done.exit_code, part.sentence in done.stdout) == (130, True)
    told = invoke("run", "one_machine", "--actions", "--json")
    assert (told.exit_code, json.loads(told.stdout)["partial"]) == (130, True)


def test_an_interruption_without_an_answer_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C before the first replication prints a line, no traceback, and leaves with 130."""

    def interrupted(question: Question, *, quiet: bool) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(Question, "ask", interrupted)
    done = invoke("run", "one_machine")
    assert (done.exit_code, done.stdout) == (130, "")
    assert done.stderr.strip().splitlines()[-1] == "interrupted: nothing was finished"


LONG = """
plant: long
machines: [{id: m1}]
products: [{id: part, route: [{operation: op, machines: [m1], duration_s: 1}]}]
sources: [{id: bars, product: part, every_s: 2}]
"""


def test_a_single_run_is_kept_up_to_the_interruption(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C ends a run with the instant at hand: shown and saved, marked partial (130)."""
    (tmp_path / "long.yaml").write_text(LONG, "utf-8")
    (tmp_path / "run.yaml").write_text("scenario: s\nplant: long.yaml\nhorizon: 3 h\n", "utf-8")
    calls = []
    usual = question.deadline

    def once(bound: float | None) -> Any:
        guard = usual(bound)

        def check() -> None:
            calls.append(bound)
            if len(calls) == 3:
                signal.raise_signal(signal.SIGINT)
                signal.raise_signal(signal.SIGINT)
            guard()

        return check

    monkeypatch.setattr(question, "deadline", once)
    before = signal.getsignal(signal.SIGINT)
    kept = tmp_path / "kept"
    done = invoke("run", str(tmp_path / "run.yaml"), "--once", "--save", str(kept))
    assert done.exit_code == 130
    assert "one run (seed 1)" in done.stdout
    assert "stopped before its end (partial)" in done.stdout
    assert "interrupted: what was finished until then is shown" in done.stderr
    told = simtwin.open(kept)
    assert told.partial
    assert 0.0 < told.end < 3 * 3600.0
    assert signal.getsignal(signal.SIGINT) is before
    assert len(calls) == 3


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (Deadlock("mill-1 waits for mill-2"), 1, "mill-1 waits for mill-2"),
        (ValueError("odd"), 1, "internal error at runs.py"),
    ],
    ids=["ours", "internal"],
)
def test_errors_are_one_line(
    monkeypatch: pytest.MonkeyPatch, error: Exception, code: int, line: str
) -> None:
    """A run that failed leaves with 1 and one line; the traceback comes with --debug only."""
    answers(monkeypatch, error)
    done = invoke("run", "one_machine")
    assert done.exit_code == code
    said = done.stderr.strip().splitlines()
    assert len(said) == 1
    assert said[0].startswith(line)
    assert "Traceback" in invoke("run", "one_machine", "--debug").stderr


def test_wrong_files_leave_with_2(tmp_path: Path) -> None:
    """All problems of a file stand on stderr with line and column, and the exit code is 2."""
    path = tmp_path / "plant.yaml"
    path.write_text("plant: x\nmachines:\n  - {id: a, spindel: {}}\n", "utf-8")
    done = invoke("check", str(path))
    assert done.exit_code == 2
    assert f"{path}:3:" in done.stderr
    assert "spindel" in done.stderr
    assert done.stdout == ""


def test_a_wrong_file_is_one_object_with_json(tmp_path: Path) -> None:
    """UX 4.2: the problems are listed as the service lists them, and the code is 2 still."""
    path = tmp_path / "plant.yaml"
    path.write_text("plant: x\nmachines:\n  - {id: a, bufer: 3}\n", "utf-8")
    for call in (["check", str(path)], ["optimise", str(path), "a"]):
        done = invoke(*call, "--json")
        told = json.loads(done.stdout)
        assert (done.exit_code, told["exit_code"], told["schema_version"]) == (2, 2, 1)
        assert told["detail"] == done.stderr.strip()
        with pytest.raises(InvalidInput) as caught:
            simtwin.load_plant(path)
        assert told["errors"] == refused(caught.value).errors
        assert (3, "machines[0].bufer") in [(one["line"], one["key"]) for one in told["errors"]]


@pytest.mark.parametrize(
    ("error", "code"),
    [(Deadlock("a waits"), 1), (KeyboardInterrupt(), 130), (ValueError("odd"), 1)],
    ids=["deadlock", "interrupted", "internal"],
)
def test_what_fails_is_one_object_with_json(
    monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int
) -> None:
    """`--json` prints exactly one object, also where there is no answer; nothing of no file."""
    answers(monkeypatch, error)
    done = invoke("run", "one_machine", "--json")
    told = json.loads(done.stdout)
    assert (done.exit_code, told["exit_code"], "errors" in told) == (code, code, False)
    assert told["detail"] == done.stderr.strip()


def test_an_answer_stays_the_one_object(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What cannot be written is a line behind an answer that was told, not a second object."""

    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("simtwin.report.folder.save", full)
    folder = tmp_path / "kept"
    done = invoke("run", "one_machine", "--once", "--json", "--save", str(folder))
    assert (done.exit_code, json.loads(done.stdout)["scenario"]) == (1, "one_machine")
    assert done.stderr.strip() == f"{folder}: cannot be written: No space left on device"


def test_a_path_that_cannot_be_written_leaves_with_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """UX 3: one line; before any run where it can be seen, else the answer is told first."""
    (tmp_path / "file").write_text("", "utf-8")
    for path, why in (
        (tmp_path / "file" / "x", "is no folder"),
        (tmp_path / ("a" * 300), "long"),
    ):
        done = invoke("run", "one_machine", "--once", "--save", str(path))
        assert (done.exit_code, done.stdout) == (2, "")
        assert why in done.stderr
        assert len(done.stderr.splitlines()) == 1
    monkeypatch.setattr("os.access", lambda *_: False)
    done = invoke("run", "one_machine", "--once", "--save", str(tmp_path / "x"))
    assert (done.exit_code, "no right to write in" in done.stderr) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--excel", "folder.xlsx"), "folder.xlsx: cannot be written: it is a folder"),
        (("--save", "file"), "file: is no saved run, and is not overwritten"),
        (("--save", "folder.xlsx"), "folder.xlsx: is no saved run, and is not overwritten"),
        (("--report", "link"), "link: there is no folder {here}/nowhere"),
        (("--once", "--state-out", "link.csv"), "link.csv: there is no folder {here}/nowhere"),
    ],
)
def test_what_no_force_helps_is_told_before_any_run_with_it_or_without(
    arguments: tuple[str, ...],
    told: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nobody is sent for --force in vain, or hears after the run what was there before."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Question, "ask", None)
    (tmp_path / "folder.xlsx").mkdir()
    (tmp_path / "folder.xlsx" / "notes").touch()
    (tmp_path / "file").touch()
    for link in ("link", "link.csv"):
        (tmp_path / link).symlink_to(Path("nowhere", "x"))
    for force in ((), ("--force",)):
        done = invoke("run", "day_shift", *arguments, *force)
        assert (done.exit_code, done.stdout) == (2, "")
        assert done.stderr == told.format(here=tmp_path) + "\n"


def test_a_folder_in_the_way_of_an_example_is_told_before_any_is_written(
    tmp_path: Path,
) -> None:
    """It is named whatever else is there already: no --force makes a file of it."""
    (tmp_path / "plant_models").mkdir()
    (tmp_path / "plant_models" / "erp_routing.csv").write_text("mine")
    folder = tmp_path / "scenarios" / "day_shift.yaml"
    folder.mkdir(parents=True)
    for force in ((), ("--force",)):
        done = invoke("examples", "--copy", str(tmp_path), *force)
        assert done.exit_code == 2
        assert done.stderr == f"{folder}: cannot be written: it is a folder\n"
    assert (tmp_path / "plant_models" / "erp_routing.csv").read_text() == "mine"


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="a folder in which nothing is made")
def test_a_folder_that_cannot_be_made_leaves_with_2() -> None:
    """The system says it only when it is tried: the answer stands, and a line says why."""
    done = invoke("run", "one_machine", "--once", "--save", "/proc/x")
    assert (done.exit_code, "late orders" in done.stdout) == (2, True)
    assert done.stderr.splitlines()[-1].startswith("/proc/x: cannot be written: ")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a disk that is always full")
def test_a_full_disk_is_a_line_and_what_is_saved_is_saved(tmp_path: Path) -> None:
    """The answer cannot be told: the call failed (1), and files elsewhere are still written."""
    words = f"run one_machine --once --save {tmp_path / 'kept'}"
    root = str(Path(__file__).parents[2])
    done = subprocess.run(
        ["bash", "-c", f'{sys.executable} -c "{CALL}" {words} > /dev/full'],
        capture_output=True, text=True, timeout=120, cwd=root,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        f"saved in {tmp_path / 'kept'}",
        "standard output: cannot be written: No space left on device",
    ]
    assert simtwin.open(tmp_path / "kept").scenario.name == "one_machine"


def test_the_demo_overwrites_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """UX 3: only what it wrote itself, and never a whole report by a part of one."""
    monkeypatch.chdir(tmp_path)
    page = tmp_path / "simtwin-demo.html"
    page.write_text("mine", "utf-8")
    asked = answers(monkeypatch, ensemble())
    done = invoke("demo")
    assert (done.exit_code, asked, page.read_text("utf-8")) == (2, [], "mine")
    assert done.stderr == "simtwin-demo.html: exists already; --force overwrites it\n"
    part = ensemble()
    part.partial = True
    answers(monkeypatch, part)
    done = invoke("demo", "--force")
    assert (done.exit_code, page.read_text("utf-8")) == (130, "mine")
    assert "simtwin-demo.html is left as it was" in done.stderr
    answers(monkeypatch, ensemble())
    assert invoke("demo", "--force").exit_code == 0
    assert page.read_text("utf-8").startswith("<!")
    assert invoke("demo").exit_code == 0, "its own page, of the demo before"


def test_a_folder_is_no_target_of_a_page(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Said before any run, of a demo and of a report; --force does not help."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "simtwin-demo.html").mkdir()
    asked = answers(monkeypatch, ensemble())
    told = "simtwin-demo.html: cannot be written: it is a folder\n"
    for words in (("demo",), ("run", "one_machine", "--report", "simtwin-demo.html")):
        for force in ((), ("--force",)):
            done = invoke(*words, *force)
            assert (done.exit_code, asked, done.stderr) == (2, [], told)


def test_the_demo_takes_what_it_cannot_read_for_somebody_elses(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A file without the right to read it is refused in a line, as any other that is there."""

    def refuse(*_: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.chdir(tmp_path)
    (tmp_path / "simtwin-demo.html").write_text("whose?", "utf-8")
    monkeypatch.setattr(Path, "open", refuse)
    done = invoke("demo")
    assert done.exit_code == 2
    assert done.stderr == "simtwin-demo.html: exists already; --force overwrites it\n"


def test_unknown_names_leave_with_2() -> None:
    """A name that is neither a file nor an example is refused with the names that exist."""
    done = invoke("run", "one_machin")
    assert done.exit_code == 2
    assert "did you mean 'one_machine'?" in done.stderr


def test_contradictions_leave_with_2() -> None:
    """--once and --replications 5 cannot both be meant."""
    assert invoke("run", "one_machine", "--once", "--replications", "5").exit_code == 2
    done = invoke("run", "one_machine", "--replication", "5")
    assert done.exit_code == 2
    assert "needs --once; --replications says how many" in done.stderr


def test_one_run_is_the_replication_that_is_asked_for() -> None:
    """A replication that a message names is run alone, and headed by its number."""
    done = invoke("run", "day_shift", "--once", "--replication", "7")
    assert done.stdout.startswith("day_shift on job_shop: one run (replication 7, seed 1), no")


def test_a_report_is_written_only_when_asked_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Run writes no file; --report writes one, and overwrites only with --force."""
    asked = answers(monkeypatch, ensemble())
    monkeypatch.chdir(tmp_path)
    assert invoke("run", "one_machine").exit_code == 0
    assert list(tmp_path.iterdir()) == []
    assert invoke("run", "one_machine", "--report", "shift.html").exit_code == 0
    before = len(asked)
    done = invoke("run", "one_machine", "--report", "shift.html")
    assert (done.exit_code, len(asked)) == (2, before), "refused before anything is run"
    assert "exists already; --force overwrites it" in done.stderr
    assert invoke("run", "one_machine", "--report", "shift.html", "--force").exit_code == 0
    assert [path.name for path in tmp_path.iterdir()] == ["shift.html"]


def test_report_writes_the_page_of_a_scenario(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Report SCENARIO -o FILE runs it and says what was written."""
    answers(monkeypatch, ensemble())
    path = tmp_path / "page.html"
    done = invoke("report", "one_machine", "-o", str(path))
    assert done.exit_code == 0
    assert done.stdout.startswith(str(path))
    assert path.stat().st_size > 1_000_000
    assert invoke("report", "one_machine", "-o", str(path)).exit_code == 2


def test_examples_are_listed_and_copied(tmp_path: Path) -> None:
    """Examples names every bundled file; --copy makes them files that load_plant reads."""
    from simtwin.plant.files import load_scenario

    done = invoke("examples")
    assert "one_machine" in done.stdout
    assert invoke("examples", "--copy", str(tmp_path)).exit_code == 0
    assert load_scenario(tmp_path / "scenarios" / "one_machine.yaml").orders
    assert invoke("examples", "--copy", str(tmp_path)).exit_code == 2
    listed = json.loads(invoke("examples", "--json").stdout)
    assert {"plant_models", "scenarios"} == {item["kind"] for item in listed["examples"]}


def test_a_typo_gets_a_suggestion() -> None:
    """An unknown verb leaves with 2 and the verb that was meant."""
    done = call("chek")
    assert done.returncode == 2
    assert "check" in done.stderr


def test_a_closed_pipe_is_silent() -> None:
    """``simtwin examples | true`` says nothing about the pipe."""
    script = f'{sys.executable} -c "{CALL}" schema plant | true'
    root = str(Path(__file__).parents[2])
    done = subprocess.run(
        ["bash", "-c", script], capture_output=True, text=True, timeout=120, cwd=root
    )
    assert done.stderr == ""


def test_files_are_written_though_nobody_reads_on(tmp_path: Path) -> None:
    """``simtwin run --report x | true`` closes the pipe; the page is there all the same."""
    page = tmp_path / "page.html"
    root = str(Path(__file__).parents[2])
    words = f"run one_machine --once --report {page}"
    script = f'{sys.executable} -c "{CALL}" {words} | true'
    done = subprocess.run(
        ["bash", "-c", script], capture_output=True, text=True, timeout=120, cwd=root
    )
    assert page.is_file()
    assert "Broken" not in done.stderr


def test_help_loads_nothing_heavy() -> None:
    """The program imports no numpy, pandas, scipy or plotly before it needs them (UX 3)."""
    heavy = "('numpy', 'pandas', 'scipy', 'plotly', 'simpy', 'pydantic')"
    code = f"import sys, simtwin.cli; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_no_color_is_honoured() -> None:
    """No escape sequence leaves the program where nobody looks, or NO_COLOR is set."""
    assert "\x1b" not in call("examples", NO_COLOR="1").stdout


@pytest.mark.parametrize("kind", ["plant", "scenario"])
def test_schemas_are_printed(kind: str) -> None:
    """Schema prints a JSON Schema for editors; an unknown kind leaves with 2."""
    assert "properties" in json.loads(invoke("schema", kind).stdout)
    assert invoke("schema", "planet").exit_code == 2


def test_check_says_what_was_understood() -> None:
    """Check prints the machines of a plant, as text or as one JSON object."""
    done = invoke("check", "one_machine")
    assert done.exit_code == 0
    assert "mill-1" in done.stdout
    assert json.loads(invoke("check", "one_machine", "--json").stdout)["schema_version"] == 1


def test_no_json_of_check_holds_what_is_not_finite(tmp_path: Path) -> None:
    """A work without end was an internal error: ``inf`` and ``nan`` are null in JSON."""
    (tmp_path / "p.yaml").write_text(
        "plant: p\nmachines: [{id: m}]\nproducts: [{id: a, route: "
        "[{operation: o, machines: [m], duration_min: 1, scrap: 1.0}]}]\n"
    )
    (tmp_path / "s.yaml").write_text(
        "scenario: s\nplant: p.yaml\nhorizon: 8 h\norders: [{id: x, product: a, quantity: 9}]\n"
    )
    done = invoke("check", str(tmp_path / "s.yaml"), "--json")
    assert done.exit_code == 0, done.stderr
    before = json.loads(done.stdout, parse_constant=pytest.fail)["before"]
    assert before["stations"][0]["work_h"] is None
    least = {
        row["what"]: row["value"] for row in before["expected"] if row["kind"] == "at least"
    }
    assert least["makespan"] is None


def test_the_same_command_gives_the_same_bytes() -> None:
    """Two real runs of one command print the same object: no clock, no chance of its own."""
    once = invoke("run", "one_machine", "-n", "3", "--workers", "1", "--json")
    again = invoke("run", "one_machine", "-n", "3", "--workers", "1", "--json")
    assert once.exit_code == 0, once.stderr
    assert once.stdout == again.stdout
    answer = json.loads(once.stdout)
    assert (answer["replications"], answer["seed"]) == (3, 1)
    assert all(figure["low"] <= figure["value"] for figure in answer["kpis"].values())


def test_a_real_shift_makes_a_page(tmp_path: Path) -> None:
    """A real run of a bundled example is told in full: orders, heat, wear, energy."""
    path = tmp_path / "shift.html"
    done = invoke("run", "one_machine", "--once", "--report", str(path))
    assert done.exit_code == 0, done.stderr
    page = path.read_text("utf-8")
    for key in ("orders", "gantt", "heat", "wear", "energy", "versions"):
        assert f'<section id="{key}"' in page


def test_a_guard_stops_a_run() -> None:
    """--max-events ends a run with 1 and says which bound was reached."""
    done = invoke("run", "one_machine", "--once", "--max-events", "5")
    assert done.exit_code == 1
    assert len(done.stderr.strip().splitlines()) <= 2
    assert done.stdout == ""


def test_a_file_of_the_other_kind_is_named_in_one_line(tmp_path: Path) -> None:
    """A plant given as scenario, a scenario as plant: no list of unknown keys."""
    plant, scenario = tmp_path / "p.yaml", tmp_path / "s.yaml"
    plant.write_text("plant: p\nmachines: [{id: saw}]\nproducts: []\n", "utf-8")
    scenario.write_text("scenario: s\nplant: p.yaml\norders: []\n", "utf-8")
    done = invoke("run", str(plant))
    assert done.exit_code == 2
    of_plant = f"{plant}:1:1 is a plant; a scenario is asked of it in a file of its own"
    assert done.stderr.splitlines() == [of_plant]
    done = invoke("check", str(scenario), str(plant))
    of_scenario = f"{scenario}:1:1 is a scenario; a plant is needed here"
    assert done.stderr.splitlines() == [of_scenario, of_plant]


def test_a_report_into_no_folder_is_refused_before_any_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Nobody waits for thirty runs to hear that their report cannot be written."""
    asked = answers(monkeypatch, ensemble())
    done = invoke("run", "one_machine", "--report", str(tmp_path / "none" / "r.html"))
    assert (done.exit_code, len(asked)) == (2, 0)
    assert "there is no folder" in done.stderr


def test_one_run_that_takes_too_long_is_kept_and_has_failed(tmp_path: Path) -> None:
    """--max-seconds ends a run as Ctrl-C does, with what there is; the code is 1."""
    (tmp_path / "plant.yaml").write_text(
        "plant: p\nmachines: [{id: m}]\nsources: [{id: s, product: a, saturating: true}]\n"
        "products: [{id: a, route: [{operation: o, machines: [m], duration_s: 1}]}]\n",
        encoding="utf-8",
    )
    shift = tmp_path / "shift.yaml"
    shift.write_text(
        "scenario: s\nplant: plant.yaml\nstart: 2026-01-05 06:00\nhorizon: 20000 h\n",
        encoding="utf-8",
    )
    once = invoke("run", str(shift), "--once", "--max-seconds", "0.3")
    assert once.exit_code == 1
    assert once.stderr.splitlines()[-1] == (
        "--max-seconds 0.3 is over: what was finished until then is shown, marked partial"
    )
    head = "one run (seed 1), nothing random until then, stopped before its end (partial)"
    assert once.stdout.splitlines()[0].endswith(head)
    many = invoke("run", str(shift), "-n", "3", "--max-seconds", "0.3")
    assert (many.exit_code, many.stdout) == (1, "")
    assert "--max-seconds 0.3 is over: nothing was finished" in many.stderr


def test_what_is_left_at_a_bound_of_the_call_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several runs say as one does that --max-seconds ended them, with a part or nothing."""
    told = ensemble(n=17)
    told.partial = True

    def ask(asking: Question, *, quiet: bool) -> Any:
        with pytest.raises(KeyboardInterrupt):
            deadline(-1.0)()
        if asking.seed:
            return told
        raise KeyboardInterrupt("fewer than 2 are complete")

    monkeypatch.setattr(Question, "ask", ask)
    part = invoke("run", "one_machine")
    assert (part.exit_code, "(partial)" in part.stdout) == (1, True)
    assert "--max-seconds -1 is over: what was finished until then is shown" in part.stderr
    none = invoke("run", "one_machine", "--seed", "0")
    assert (none.exit_code, none.stdout) == (1, "")
    assert none.stderr.splitlines()[-1] == (
        "--max-seconds -1 is over, fewer than 2 are complete: nothing was finished"
    )


def test_ctrl_c_while_the_verbs_are_loaded_is_a_line() -> None:
    """Also before the first verb there is no traceback, and the code is 130."""
    late = (
        "import signal, sys\n"
        "from simtwin.cli import main\n"
        "class Finder:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'simtwin.cli.program':\n"
        "            signal.raise_signal(signal.SIGINT)\n"
        "sys.meta_path.insert(0, Finder())\n"
        "main()\n"
    )
    done = subprocess.run([sys.executable, "-c", late], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr == "interrupted: nothing was finished\n"


def test_the_module_is_the_command() -> None:
    """`python -m simtwin` says what `simtwin` says."""
    call = [sys.executable, "-m", "simtwin", "--version"]
    done = subprocess.run(call, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, invoke("--version").stdout)
