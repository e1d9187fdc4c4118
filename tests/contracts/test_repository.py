"""The repository names no machine and no registry: it works wherever it is cloned."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).relative_to(ROOT)

FORBIDDEN = {
    "a path of one machine": re.compile(
        r"(?<![\w.~-])/(?:work|root|home|Users|opt/\w+|tmp/[a-z]\w*)/\w"
    ),
    "the host of a registry": re.compile(
        r"\b(?:pypi\.org|pythonhosted\.org|npmjs\.(?:org|com)|yarnpkg\.com|crates\.io"
        r"|proxy\.golang\.org|deb\.debian\.org)\b"
    ),
    "a key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
}
SHARED = re.compile(r"\.\./shared|shared/data")
TEXT = {".py", ".md", ".toml", ".yaml", ".yml", ".json", ".csv", ".js", ".html", ".ipynb", ""}


def tracked() -> list[Path]:
    """Return the text files under version control, relative to the checkout."""
    told = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if told.returncode != 0:
        pytest.skip("not a git checkout: no list of files to read")
    paths = [Path(name) for name in told.stdout.split("\0") if name]
    return [path for path in paths if path.suffix in TEXT and (ROOT / path).is_file()]


def test_no_file_names_a_machine_or_a_registry():
    """UX 1: no absolute path, no address of a registry, no key, in any file."""
    found = [
        f"{path}: {what}"
        for path in tracked()
        if path != HERE
        for what, pattern in FORBIDDEN.items()
        if pattern.search((ROOT / path).read_text("utf-8"))
    ]
    assert found == []


def test_only_validation_reads_the_recordings():
    """DESIGN 11: recordings beside the checkout are named by tests/validation alone."""
    found = [
        str(path)
        for path in tracked()
        if path != HERE
        and path.parts[:2] != ("tests", "validation")
        and SHARED.search((ROOT / path).read_text("utf-8"))
    ]
    assert found == []
