"""The compiled build: what its modules may not have, so that it means the same."""

from __future__ import annotations

import ast
import builtins
import tomllib
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HOOK = ("tool", "hatch", "build", "targets", "wheel", "hooks", "custom")


def hook() -> dict:
    """Return the settings of the build hook."""
    found = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    for key in HOOK:
        found = found[key]
    return found


MODULES = hook()["modules"]


@cache
def classes(path: str) -> list[ast.ClassDef]:
    """Return the classes of a module."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]


def names(node: ast.AST) -> set[str]:
    """Return the names in *node*, those after a dot too."""
    plain = {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
    return plain | {one.attr for one in ast.walk(node) if isinstance(one, ast.Attribute)}


def module(path: str) -> str:
    """Return the dotted name of a module."""
    return path.removesuffix(".py").replace("/", ".")


def test_it_is_asked_for_and_lists_modules_that_are_there():
    """Nobody needs a compiler who does not ask; the list is in order."""
    assert hook()["enable-by-default"] is False
    assert sorted(MODULES) == MODULES
    assert all((ROOT / path).is_file() for path in MODULES)


@pytest.mark.parametrize("path", MODULES)
def test_no_class_is_a_struct(path):
    """A compiled class is not frozen by msgspec, as its values are."""
    for one in classes(path):
        assert not any("Struct" in names(base) for base in one.bases), one.name


@pytest.mark.parametrize("path", MODULES)
def test_types_of_class_bodies_are_imported(path):
    """Values look them up when they are made: one for type checkers only would be missing."""
    known = vars(import_module(module(path))).keys() | vars(builtins).keys()
    for one in classes(path):
        made = {name for node in (*one.bases, *one.decorator_list) for name in names(node)}
        for line in one.body if made & {"NamedTuple", "dataclass"} else ():
            if isinstance(line, ast.AnnAssign) and line.simple:
                assert names(line.annotation) <= known, f"{one.name}, line {line.lineno}"


@pytest.mark.parametrize("path", MODULES)
def test_floats_are_summed_from_a_list(path):
    """Python may sum floats with care (it does from 3.12 on); compiled generators are not."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "sum":
            for one in call.args:
                if isinstance(one, ast.GeneratorExp):
                    counts = isinstance(one.elt, ast.Compare | ast.Constant)
                    assert counts or "len" in names(one.elt), f"line {call.lineno}"


def test_who_inherits_from_a_compiled_class_is_compiled():
    """A class of plain Python cannot."""
    inside = {one.name for path in MODULES for one in classes(path)}
    for path in sorted((ROOT / "simtwin").rglob("*.py")):
        name = str(path.relative_to(ROOT))
        if name not in MODULES:
            mine = {one.name for one in classes(name)}
            for one in classes(name):
                bases = {name for base in one.bases for name in names(base)}
                assert not (bases - mine) & inside, f"{name}: {one.name}"
