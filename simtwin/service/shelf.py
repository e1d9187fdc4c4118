"""This module holds the shelf: plants and scenarios that were sent, beside the bundled ones."""

from __future__ import annotations

import difflib
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from simtwin.errors import FileProblems
from simtwin.names import natural
from simtwin.plant.document import read_yaml
from simtwin.plant.files import example_folder, examples
from simtwin.service import verbs
from simtwin.service.durable import write
from simtwin.service.problem import Refused

if TYPE_CHECKING:
    from simtwin.service.desk import Desk
    from simtwin.service.limits import Limits

Kind = Literal["plants", "scenarios"]

_BUNDLED: dict[Kind, Literal["plant_models", "scenarios"]] = {
    "plants": "plant_models",
    "scenarios": "scenarios",
}
_WORDS: dict[Kind, str] = {"plants": "plant", "scenarios": "scenario"}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


class Shelf:
    """Files by kind and name. What is bundled stands there too, and cannot be replaced."""

    def __init__(self, folder: Path, desk: Desk, limits: Limits) -> None:
        self._folder = folder
        self._desk = desk
        self._limits = limits
        self._bundled: dict[Kind, dict[str, str]] = {"plants": {}, "scenarios": {}}
        for kind, names in self._bundled.items():
            names.update(
                {name: about for of, name, about in examples() if of == _BUNDLED[kind]}
            )

    def all(self, kind: Kind) -> list[dict[str, Any]]:
        """Return what stands on the shelf: name, whether bundled, first words."""
        own = [
            {"name": path.stem, "bundled": False, "about": ""}
            for path in self._folder.glob(f"{kind}/*.yaml")
        ]
        listed = [
            {"name": name, "bundled": True, "about": about}
            for name, about in self._bundled[kind].items()
        ]
        return sorted([*own, *listed], key=lambda row: natural(str(row["name"])))

    def text(self, kind: Kind, name: str) -> str:
        """Return the YAML text of *name*."""
        self._check(kind, name)
        if name in self._bundled[kind]:
            path = example_folder(_BUNDLED[kind]) / f"{name}.yaml"
        else:
            path = self._path(kind, name)
        return path.read_text(encoding="utf-8")

    async def put(self, kind: Kind, name: str, text: str) -> tuple[bool, dict[str, Any]]:
        """Keep *text* as *name*, if nothing is wrong with it; say whether it is new."""
        if name in self._bundled[kind]:
            raise Refused(409, f"{_WORDS[kind]} {name!r} is bundled; take another name")
        path = self._path(kind, name)
        new = not path.is_file()
        if new and sum(1 for _ in self._folder.glob("*/*.yaml")) >= self._limits.files:
            raise Refused(429, f"{self._limits.files} files are kept; delete some",
                          headers={"Retry-After": "60"})  # fmt: skip
        if kind == "plants":
            found = await self._desk.do(verbs.plant_in, text, f"{name}.yaml")
        else:
            plant = self._plant_for(text, f"{name}.yaml")
            found = await self._desk.do(verbs.scenario_in, text, f"{name}.yaml", plant)
        write(path, text.encode("utf-8"))
        return new, {"name": name, **found}

    def drop(self, kind: Kind, name: str) -> None:
        """Delete *name*; twins that were made of it keep their copy."""
        if name in self._bundled[kind]:
            raise Refused(409, f"{_WORDS[kind]} {name!r} is bundled and stays")
        self._check(kind, name)
        self._path(kind, name).unlink()

    async def ground(self, plant: str, scenario: str) -> dict[str, Any]:
        """Return *plant* and *scenario* of the shelf as plain texts, the one for the other."""
        self._check("plants", plant)
        self._check("scenarios", scenario)
        return await self._desk.do(
            verbs.ground, self._sent("plants", plant), self._sent("scenarios", scenario),
            (plant, scenario),
        )  # fmt: skip

    def _sent(self, kind: Kind, name: str) -> str | None:
        """Return the text of a file that was sent; None for a bundled one."""
        return None if name in self._bundled[kind] else self.text(kind, name)

    def _plant_for(self, text: str, name: str) -> str | None:
        """Return the text of the sent plant that a scenario names; None for a bundled one."""
        try:
            data = read_yaml(text, name).data
        except FileProblems:
            return None  # The worker finds the same, and tells it.
        plant = data.get("plant") if isinstance(data, dict) else None
        if not isinstance(plant, str) or plant in self._bundled["plants"]:
            return None
        known = _NAME.fullmatch(plant) and self._path("plants", plant).is_file()
        return self.text("plants", plant) if known else None

    def _check(self, kind: Kind, name: str) -> None:
        known = [str(row["name"]) for row in self.all(kind)]
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            hint = f"; did you mean {close[0]!r}?" if close else ""
            raise Refused(404, f"no {_WORDS[kind]} {name!r}{hint}")

    def _path(self, kind: Kind, name: str) -> Path:
        assert _NAME.fullmatch(name), "names are checked where they come in"
        return self._folder / kind / f"{name}.yaml"
