"""This module holds the registry of accessors: what upper rooms attach to the types of results.

``run.plot`` and ``run.report`` belong to a result, and yet nothing here may import a plot. So
the room above registers them when ``simtwin`` is imported, as pandas lets others do.
"""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import Any, TypeVar

from simtwin.errors import InvalidInput

Made = TypeVar("Made", bound=Callable[..., object])


class Accessor:
    """An attribute that is made from its owner each time somebody asks for it."""

    __slots__ = ("_make",)

    def __init__(self, make: Callable[[Any], object]) -> None:
        self._make = make

    def __get__(self, owner: object | None, host: type) -> object:
        return self if owner is None else self._make(owner)


def register(name: str, *hosts: type) -> Callable[[Made], Made]:
    """Return a decorator that attaches a function or a class to *hosts* under *name*.

    A function becomes a method; a class is made from the result each time it is asked for.
    The same thing may be attached again, as when a notebook reloads simtwin.

    >>> class Run:
    ...     pieces = 7
    >>> @register("twice", Run)
    ... def twice(run):
    ...     return 2 * run.pieces
    >>> Run().twice()
    14
    """

    def attach(made: Made) -> Made:
        for host in hosts:
            known = vars(host).get(name)
            if made is (known._make if isinstance(known, Accessor) else known):
                continue
            if hasattr(host, name):
                raise InvalidInput(f"{host.__name__} has an attribute {name!r} already")
            setattr(host, name, made if isinstance(made, FunctionType) else Accessor(made))
        return made

    return attach
