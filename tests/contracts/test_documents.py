"""Every block of the README and of the docs runs as printed (UX 2), one after the other.

Python blocks of one document share their names, as a reader would type them in. In shell
blocks the lines that call ``simtwin`` are run, but for those that never end; what stands below
a ``$ simtwin`` line is what comes out of it, ``...`` what is left out. A diff changes a file.
"""

from __future__ import annotations

import doctest
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted(path for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
BLOCK = re.compile(r"^```(\w+)[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^(?:\$ )?(?:\.venv/bin/)?(simtwin .*)$")
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
ENDLESS = {"serve", "replay", "emulate"}
MAIN = "import sys; from simtwin.cli import main; sys.exit(main())"

INSTALL = 'python3 -m venv .venv && .venv/bin/pip install -e ".[dev]" && .venv/bin/simtwin demo'
TEST = ".venv/bin/python -m pytest"


def blocks(document: Path) -> list[tuple[str, int, str]]:
    """Return (language, line, text) of the blocks of *document*."""
    text = document.read_text("utf-8")
    return [
        (found[1], text.count("\n", 0, found.start()) + 1, found[2])
        for found in BLOCK.finditer(text)
    ]


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """A folder to work in, with the plants and scenarios of the checkout beside."""
    for name in ("plant_models", "scenarios"):
        (tmp_path / name).symlink_to(ROOT / name, target_is_directory=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    return tmp_path


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_blocks_run(document, desk):
    """UX 2: what is printed in a document runs; what a prompt shows is what comes out."""
    names: dict[str, object] = {"__name__": "__main__"}
    for language, line, text in blocks(document):
        place = f"{document.name}:{line}"
        if language in ("python", "pycon"):
            names = run_python(text, names, document, line)
        elif language in ("sh", "bash", "console"):
            run_commands(text, desk, place)
        elif language == "diff":
            change(text, desk, place)


def run_python(text: str, names: dict, document: Path, line: int) -> dict:
    """Run one block with the *names* of those before; return all names."""
    if ">>> " not in text:
        exec(compile("\n" * line + text, str(document), "exec"), names)
        return names
    place = f"{document.name}:{line}"
    story = doctest.DocTestParser().get_doctest(text, names, place, str(document), line)
    report: list[str] = []
    outcome = doctest.DocTestRunner(optionflags=FLAGS).run(
        story, out=report.append, clear_globs=False
    )
    assert outcome.failed == 0, "".join(report)
    return story.globs


def run_commands(text: str, desk: Path, place: str) -> None:
    """Run the lines of a block that call ``simtwin``, and hold what they print to the rest."""
    told: str | None = None
    prompted = False
    printed: list[str] = []
    for line in [*text.splitlines(), "$ "]:
        command = COMMAND.match(line)
        if command is None and not line.startswith("$ "):
            printed.append(line)
            continue
        if told is not None and prompted and any(printed):
            wanted = "\n".join([*printed, ""])
            same = doctest.OutputChecker().check_output(wanted, told, FLAGS)
            assert same, f"{place} wants\n{wanted}\nand gets\n{told}"
        prompted = line.startswith("$ ")
        printed, told = [], None if command is None else run_command(command[1], desk, place)


def run_command(command: str, desk: Path, place: str) -> str | None:
    """Return what a *command* prints; None where it never ends."""
    words = shlex.split(command, comments=True)
    if words[1] in ENDLESS and "--out" not in words:
        return None
    told = subprocess.run(
        [sys.executable, "-c", MAIN, *words[1:]],
        cwd=desk,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert told.returncode == 0, f"{place} {command}\n{told.stderr}"
    return told.stdout


def change(text: str, desk: Path, place: str) -> None:
    """Change a file as a diff says: ``+++ file``, then lines kept, taken out and put in."""
    head, *lines = text.splitlines(keepends=True)
    file = desk / head.removeprefix("+++ ").strip()
    before = "".join(line[1:] for line in lines if not line.startswith("+"))
    after = "".join(line[1:] for line in lines if not line.startswith("-"))
    found = file.read_text("utf-8")
    assert found.count(before) == 1, f"{place} does not fit {file.name}:\n{found}"
    file.write_text(found.replace(before, after), "utf-8")


def test_the_two_commands_of_the_readme():
    """UX 2: two commands, a line each, from a clone to a result and to the tests."""
    lines = (ROOT / "README.md").read_text("utf-8").splitlines()
    assert INSTALL in lines
    assert TEST in lines
