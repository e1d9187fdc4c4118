"""Every block of the README and of the docs runs as printed (UX 2).

Python blocks of one document share their names, as a reader would type them in. In shell
blocks the lines that call ``simtwin`` are run, but for those that never end.
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
ENDLESS = {"serve", "replay", "emulate"}
MAIN = "import sys; from simtwin.cli import main; sys.exit(main())"

INSTALL = 'python3 -m venv .venv && .venv/bin/pip install -e ".[dev]" && .venv/bin/simtwin demo'
TEST = ".venv/bin/python -m pytest"


def blocks(document: Path, *languages: str) -> list[tuple[int, str]]:
    """Return (line, text) of the blocks of *document* in one of *languages*."""
    text = document.read_text("utf-8")
    return [
        (text.count("\n", 0, found.start()) + 1, found[2])
        for found in BLOCK.finditer(text)
        if found[1] in languages
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
@pytest.mark.usefixtures("desk")
def test_python_blocks_run(document):
    """UX 2: Python printed in a document runs; what a prompt shows is what comes out."""
    names: dict[str, object] = {"__name__": "__main__"}
    for line, text in blocks(document, "python", "pycon"):
        place = f"{document.name}:{line}"
        if ">>> " not in text:
            exec(compile("\n" * line + text, str(document), "exec"), names)
            continue
        story = doctest.DocTestParser().get_doctest(text, names, place, str(document), line)
        flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
        runner = doctest.DocTestRunner(optionflags=flags)
        report: list[str] = []
        outcome = runner.run(story, out=report.append, clear_globs=False)
        names = story.globs
        assert outcome.failed == 0, "".join(report)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_commands_run(document, desk):
    """UX 2: each ``simtwin`` line printed in a document ends well."""
    for line, text in blocks(document, "sh", "bash", "console"):
        for found in filter(None, map(COMMAND.match, text.splitlines())):
            words = shlex.split(found[1], comments=True)
            if words[1] in ENDLESS:
                continue
            told = subprocess.run(
                [sys.executable, "-c", MAIN, *words[1:]],
                cwd=desk,
                capture_output=True,
                text=True,
                timeout=300,
                check=False,
            )
            assert told.returncode == 0, f"{document.name}:{line} {found[1]}\n{told.stderr}"


def test_the_two_commands_of_the_readme():
    """UX 2: two commands, a line each, from a clone to a result and to the tests."""
    lines = (ROOT / "README.md").read_text("utf-8").splitlines()
    assert INSTALL in lines
    assert TEST in lines
