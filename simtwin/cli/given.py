"""This module holds what a call gives: its plant and scenario, times, and numbers that win."""

from __future__ import annotations

import errno
import os
import time
from contextlib import contextmanager, suppress
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING

from simtwin.cli.console import OVER, note
from simtwin.cli.interruption import pressed
from simtwin.errors import InvalidInput, RunFailed
from simtwin.units import read_seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from simtwin.plant.model import PlantModel, Scenario


def load(scenario: str, plant: str | None) -> tuple[PlantModel, Scenario]:
    """Return the scenario of a file or an example, and its plant or the one that is given."""
    from simtwin.plant.files import load_both, load_with_plant

    return load_with_plant(scenario) if plant is None else load_both(plant, scenario)


def luck(
    plan: Scenario, scenario: str, replications: int | None, seed: int | None
) -> tuple[int, int]:
    """Return how many replications are made and from which seed: the call wins."""
    return (
        winning("--replications", replications, plan, scenario),
        winning("--seed", seed, plan, scenario),
    )


def winning(option: str, given: int | None, plan: Scenario, scenario: str) -> int:
    """Return the number of the call, or that of *plan*, which was read from *scenario*.

    Where a file says another number than the call, stderr says which one wins.
    """
    if given is None:
        own: int = getattr(plan, option.removeprefix("--"))
        return own
    note_winning(option, given, [(plan, scenario)])
    return given


def note_winning(option: str, given: int | None, plans: Iterable[tuple[Scenario, str]]) -> None:
    """Say which numbers in the files of *plans* a number of the call wins over, each once."""
    from simtwin.plant.files import written_in

    key, lines = option.removeprefix("--"), []
    for plan, scenario in plans:
        own = getattr(plan, key)
        place = None if given in (None, own) else written_in(scenario, key)
        if place is not None:
            lines.append(f"{option} {given} wins over {own} in {place}")
    for line in dict.fromkeys(lines):
        note(line)


def deadline(bound: float | None, *, after_ctrl_c: bool = False) -> Callable[[], None]:
    """Return what stops the work at Ctrl-C, or once *bound* seconds are over; None: no bound.

    The call has failed then, instead of being interrupted. Work *after_ctrl_c* goes on.
    """
    end = inf if bound is None else time.monotonic() + bound

    def check() -> None:
        if pressed() and not after_ctrl_c:
            raise KeyboardInterrupt
        if time.monotonic() > end:
            OVER.set(f"--max-seconds {bound:g} is over")
            raise KeyboardInterrupt(OVER.get())

    return check


def ending(guard: Callable[[], None]) -> Callable[[], bool]:
    """Return *guard* so that it ends a run with the instant at hand, which is kept."""

    def check() -> bool:
        try:
            guard()
        except KeyboardInterrupt:
            return True
        return False

    return check


def length(option: str, text: str) -> float:
    """Return a duration [s] such as "24 h" or "30min".

    >>> length("--for", "30min"), length("--for", "1.5 h")
    (1800.0, 5400.0)
    """
    try:
        found = read_seconds(text)
    except InvalidInput as error:
        raise InvalidInput(f"{option}: {error}; write it as in '90min' or '24 h'") from None
    if found <= 0.0:
        raise InvalidInput(f"{option}: must be longer than nothing (got {text!r})")
    return found


def moment(option: str, text: str, start: str) -> float:
    """Return an instant [s after *start*] such as "10:00", "+90min" or a date and time.

    >>> moment("--at", "10:00", "2026-01-05T06:00:00"), moment("--at", "+90min", "2026-01-05")
    (14400.0, 5400.0)
    """
    from simtwin.civil import read_zero
    from simtwin.plant.shift import Clock

    try:
        found = Clock(read_zero(start)).seconds(text)
    except InvalidInput as error:
        raise InvalidInput(f"{option}: {error}") from None
    if found < 0.0:
        raise InvalidInput(f"{option}: lies before the start {start} (got {text!r})")
    return found


def share(option: str, text: str) -> float:
    """Return a share such as "10%", "10 %" or "0.1".

    >>> share("--target", "10%"), share("--target", "0.1")
    (0.1, 0.1)
    """
    number, percent, rest = text.partition("%")
    try:
        found = float(number) / (100.0 if percent else 1.0)
    except ValueError:
        found = -1.0
    if rest.strip() or not 0.0 < found < 1.0:
        raise InvalidInput(f"{option}: must be a share as in '10%' (got {text!r})")
    return found


def check_target(
    path: Path | None, *, force: bool, folder: bool = False, made: bool = False
) -> None:
    """Refuse, before any run, what cannot be written after it.

    A *folder* is made as needed, and for a file whose folder is *made* that one.
    """
    if path is None:
        return
    parent = Path(os.path.realpath(path)).parent if path.is_symlink() else path.parent
    with writing(path):
        if path.is_dir() and not folder:
            raise InvalidInput(f"{path}: cannot be written: it is a folder")
        if path.exists() and not force:
            raise InvalidInput(f"{path}: exists already; --force overwrites it")
        if not (folder or made or parent.is_dir()):
            raise InvalidInput(f"{path}: there is no folder {parent}")
        place = next((one for one in path.parents if one.exists()), path.parent)
        if not place.is_dir():
            raise InvalidInput(f"{path}: cannot be written: {place} is no folder")
        if not os.access(place, os.W_OK | os.X_OK):
            raise InvalidInput(f"{path}: cannot be written: no right to write in {place}")


def check_targets(paths: Collection[Path], *, force: bool, made: bool = False) -> None:
    """Refuse files that cannot be written together; what no --force helps is told first."""
    for forced in (True, force):
        for path in paths:
            check_target(path, force=forced, made=made)


def refuse_shared(
    targets: Collection[tuple[str, Path | None]], scenario: str, plant: str | None
) -> None:
    """Refuse to write over what the run reads, or two of *targets*, by option, into one place.

    A folder is one place with all that is in it.
    """
    from simtwin.plant.files import files_of

    given = [(option, path) for option, path in targets if path is not None]
    taken: dict[Path, str] = {}
    if given:
        with suppress(InvalidInput):  # Whoever reads the files says better what is wrong.
            read = files_of(scenario, plant)
            taken = dict.fromkeys((file.resolve() for file in read), "is read for this run")
    for option, path in given:
        place = Path(os.path.realpath(path))
        for other, why in taken.items():
            lies_in = place in other.parents or other in place.parents
            if place == other or lies_in or _is_one_file(place, other):
                raise InvalidInput(f"{option} {path}: cannot be written: it {why}")
        taken[place] = f"is where {option} writes"


def _is_one_file(one: Path, other: Path) -> bool:
    """Tell whether both are names of one file; what cannot be looked at is none yet."""
    with suppress(OSError):
        return one.samefile(other)
    return False


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Say in a line that *path* cannot be written: it is wrong input, but a full disk fails."""
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EIO)
        kind = RunFailed if full else InvalidInput
        raise kind(f"{path}: cannot be written: {error.strerror or error}") from None
