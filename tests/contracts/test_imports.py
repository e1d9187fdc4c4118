"""Imports go down the floors, and heavy libraries wait until they are needed (DESIGN 3)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

LINT = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports())"

WALK = """
import importlib, pkgutil, sys
import simtwin

HEAVY = {
    "scipy", "pandas", "plotly", "fastapi", "uvicorn", "optuna", "pyarrow", "openpyxl", "paho",
    "lxml", "httpx",
}
# Figures and frames are made of them: these two doors alone may load them,
# and the service is made of others.
FREE = ("simtwin.report", "simtwin.orchestrator.frames", "simtwin.service")

def check(name):
    loaded = HEAVY & sys.modules.keys()
    if loaded:
        sys.exit(f"import {name} loads {sorted(loaded)}; import them inside the function")

def modules(package):
    for found in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
        if found.name.startswith(FREE):
            continue
        module = importlib.import_module(found.name)
        check(found.name)
        if found.ispkg:
            modules(module)

check("simtwin")
modules(simtwin)
"""


def python(story: str) -> subprocess.CompletedProcess[str]:
    """Run *story* in an interpreter of its own, in the checkout."""
    return subprocess.run(
        [sys.executable, "-c", story], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_imports_go_down_the_floors_only():
    """DESIGN 3: the contracts of import-linter in pyproject.toml are kept."""
    told = python(LINT)
    assert told.returncode == 0, told.stdout + told.stderr


def test_heavy_libraries_are_loaded_lazily():
    """DESIGN 10, UX 1: importing any module but figures and frames loads no heavy library."""
    told = python(WALK)
    assert told.returncode == 0, told.stderr
