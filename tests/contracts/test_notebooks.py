"""Every notebook runs from top to bottom, and is committed without outputs (UX 8)."""

from __future__ import annotations

import os
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_a_notebook_runs(path, monkeypatch):
    """UX 8: a real kernel executes all cells, without network, in its own folder."""
    inherited = os.environ.get("PYTHONPATH", "")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [str(ROOT), inherited])))
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=300,
        kernel_name="python3",
        resources={"metadata": {"path": str(path.parent)}},
    )
    client.execute()


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_committed_without_outputs(path):
    """UX 8: what a notebook shows comes out of a run, not out of the repository."""
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code":
            assert not cell.outputs
            assert cell.execution_count is None


def test_schedules_are_compared_in_twenty_lines():
    """Three shifts, a week, a policy of one's own: the script of the notebook is that short."""
    cells = nbformat.read(ROOT / "notebooks" / "04_maintenance_schedules.ipynb", as_version=4)
    script = next(cell.source for cell in cells.cells if cell.cell_type == "code")
    assert "st.compare(" in script
    assert len(script.splitlines()) <= 20
