"""This module holds the files: plants and scenarios by path or by the name of an example."""

from __future__ import annotations

import codecs
import difflib
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from simtwin.errors import FileProblems, InvalidInput, Problem
from simtwin.plant import mending
from simtwin.plant.alone import Given, given_by, look_alone, wrong_alone
from simtwin.plant.amendment import read_spread
from simtwin.plant.assumptions import Assumptions
from simtwin.plant.calendar_schema import read_calendars
from simtwin.plant.crew_schema import read_crews
from simtwin.plant.document import Document, fatal, read_yaml
from simtwin.plant.extension import KEY, extend
from simtwin.plant.lists import include
from simtwin.plant.machinery import read_machines, read_stations
from simtwin.plant.model import PlantModel
from simtwin.plant.plant_schema import PlantFile
from simtwin.plant.programs import Ground, read_materials, read_programs
from simtwin.plant.routing import (
    read_flow,
    read_products,
    read_setup_matrix,
    read_sources,
    read_transport,
)
from simtwin.plant.scenario_schema import ScenarioFile
from simtwin.plant.shift import read_scenario
from simtwin.plant.tooling import read_tools
from simtwin.plant.topology import unreached
from simtwin.plant.unsaid import with_unsaid
from simtwin.plant.wording import in_file_order

if TYPE_CHECKING:
    from simtwin.parts.tool import ToolSpec
    from simtwin.plant.calendar import CalendarSpec
    from simtwin.plant.model import (
        FlowSpec,
        MachineSpec,
        ProductSpec,
        Scenario,
        SourceSpec,
        StationSpec,
        TransportSpec,
    )

Kind = Literal["plant_models", "scenarios"]

ORACLES = "oracles/"
"""Folder of the problems with known answers among the bundled files."""

A_PLANT = "is a plant; a scenario is asked of it in a file of its own"
"""What is said of a plant that is given as a scenario."""


def load_plant(source: str | Path) -> PlantModel:
    """Return the plant in the file *source*, or the bundled one of that name.

    >>> load_plant("one_machine").machines[0].name
    'mill-1'
    """
    path = _found("plant_models", source)
    return _read_plant(_text(path, source), _shown(source, path), path.parent)


def load_scenario(source: str | Path, plant: PlantModel | None = None) -> Scenario:
    """Return the scenario in the file *source*, or the bundled one of that name.

    It is read for *plant*; without one, for the plant that the file names.

    >>> load_scenario("one_machine").horizon
    28800.0
    """
    return load_with_plant(source, plant)[1]


def load_with_plant(
    source: str | Path, plant: PlantModel | None = None
) -> tuple[PlantModel, Scenario]:
    """Return the plant and the scenario in the file *source*, or of the bundled name."""
    path = _found("scenarios", source)
    return _read_scenario(_text(path, source), _shown(source, path), path.parent, plant)


def written_in(source: str | Path, key: str) -> str | None:
    """Return the file in which the scenario *source* says *key*, be it one that it extends.

    None: no file says it, and the scenario has what stands for it.

    >>> written_in("one_machine", "horizon"), written_in("one_machine", "routing")
    ('one_machine.yaml', None)
    """
    document = _whole("scenarios", source)
    return document.place((key,)).file if key in document.data else None


def files_of(scenario: str | Path, plant: str | Path | None = None) -> set[Path]:
    """Return the files that say what *scenario* is, and its plant or the one that is given.

    >>> sorted(path.name for path in files_of("extra_machine"))
    ['day_shift.yaml', 'extra_machine.yaml', 'job_shop.yaml']
    """
    document = _whole("scenarios", scenario)
    if plant is None:
        named = _named_in(document)
        beside = _found("scenarios", scenario).parent / named
        plant = beside if beside.is_file() else named
    return document.files | _whole("plant_models", plant).files


def load_both(plant: str | Path, scenario: str | Path) -> tuple[PlantModel, Scenario]:
    """Return the plant and the scenario in two files or bundled; all that is wrong is told.

    >>> load_both("one_machine", "one_machine")[1].horizon
    28800.0
    """
    try:
        model = load_plant(plant)
    except FileProblems as error:
        named = _given(str(plant), Path())
        raise FileProblems((*error.problems, *_wrong_file(scenario, named))) from None
    return model, load_scenario(scenario, model)


def load_either(source: str | Path) -> tuple[PlantModel, Scenario | None]:
    """Return a plant alone, or the scenario in *source* and its plant, whichever it is.

    A bundled name that both have is the plant's.

    >>> load_either("one_machine")[1], load_either("day_shift")[1].name
    (None, 'day_shift')
    """
    path = Path(source)
    if path.is_file():
        data = read_yaml(_text(path, source), _shown(source, path)).data
        if isinstance(data, dict) and "scenario" in data and "machines" not in data:
            return load_with_plant(source)
    elif str(source) not in _names("plant_models") and str(source) in _names("scenarios"):
        return load_with_plant(source)
    return load_plant(source), None


def parse_plant(text: str, *, name: str = "plant.yaml") -> PlantModel:
    """Return the plant that a YAML *text* describes; *name* stands in messages."""
    return _read_plant(text, name, None)


def _read_plant(text: str, name: str, base: Path | None) -> PlantModel:
    document = _extended("plant_models", text, name, base)
    _refuse_other(document, "scenario", "", "is a scenario; a plant is needed here")
    file = mending.read(PlantFile, document, _read_parts)
    made = _read_parts(file, document)
    model = _model(file, made, document)
    if _routed(file, made):
        _refuse_unreached(file, model, document)
    _raise_problems(document)
    model = with_unsaid(model)
    model = replace(model, spread=read_spread(file.spread, {"plant": model}, document))
    _raise_problems(document)
    return model


def _model(file: PlantFile, made: _Parts, document: Document) -> PlantModel:
    """Return the plant of all parts; problems are left in *document*."""
    return PlantModel(
        name=file.plant,
        machines=tuple(made.machines.values()),
        stations=tuple(made.stations.values()),
        tools=tuple(made.tools.values()),
        products=made.products,
        sources=made.sources,
        setup_matrix=made.setups,
        calendars=tuple(made.calendars.values()),
        crew=None if file.crew is None else file.crew.members,
        crews=read_crews(file, made.calendars, document),
        flow=made.flow,
        transport=made.transport,
        ambient=file.ambient_c,
        coolant=file.coolant_c,
        assumptions=(*file.assumptions, *made.assumptions.said()),
        origin=document.name,
        unused=tuple(machine.id for machine in file.machines if machine.unused),
    )


def _routed(file: PlantFile, made: _Parts) -> bool:
    """Tell whether all routes are read, whatever else is wrong with them."""
    names = [name for item in file.products for step in item.route for name in step.machines]
    return len(made.products) == len(file.products) and made.stations.keys() >= set(names)


def _refuse_unreached(file: PlantFile, model: PlantModel, document: Document) -> None:
    """Refuse machines that no route leads to, but those of which the file says so."""
    lonely = set(unreached(model))
    for index, machine in enumerate(file.machines):
        if machine.id in lonely and not machine.unused:
            message = f"no route leads to {machine.id!r}; 'unused: true' says that it is so"
            document.complain(("machines", index), message)
        elif machine.unused and machine.id not in lonely:
            document.complain(("machines", index, "unused"), "a route leads to it", key=True)


class _Parts(NamedTuple):
    """What a plant file says, part by part."""

    tools: dict[str, ToolSpec]
    calendars: dict[str, CalendarSpec]
    machines: dict[str, MachineSpec]
    stations: dict[str, StationSpec]
    products: tuple[ProductSpec, ...]
    sources: tuple[SourceSpec, ...]
    setups: dict[str, dict[str, float]]
    flow: FlowSpec
    transport: TransportSpec | None
    assumptions: Assumptions


def _read_parts(file: PlantFile, document: Document) -> _Parts:
    """Return the parts of *file*; problems are left in *document*."""
    assumptions = Assumptions()
    tools = read_tools(file, document, assumptions)
    calendars = read_calendars(file, document)
    machines = read_machines(file, tools, calendars, document, assumptions)
    stations = read_stations(file, machines, document)
    materials = read_materials(file, document)
    programs = read_programs(file, document)
    ground = Ground(tools, machines, stations, materials, programs, document, assumptions)
    products = read_products(file, ground)
    return _Parts(
        tools,
        calendars,
        machines,
        stations,
        products,
        read_sources(file, document),
        read_setup_matrix(file, products, document),
        read_flow(file, document),
        read_transport(file, stations, document),
        assumptions,
    )


def parse_scenario(
    text: str,
    plant: PlantModel | None = None,
    *,
    name: str = "scenario.yaml",
    base: Path | None = None,
) -> Scenario:
    """Return the scenario that a YAML *text* describes; its plant is bundled or given.

    *base* is the folder of its plant and of the files beside it.
    """
    return _read_scenario(text, name, base, plant)[1]


def wrong_scenario(
    text: str,
    *,
    name: str = "scenario.yaml",
    base: Path | None = None,
    given: Given | None = None,
) -> tuple[Problem, ...]:
    """Return what is wrong with the scenario in a YAML *text* whatever its plant is.

    A plant that is wrong itself may be *given* as far as it gives names (`given_in`).
    """

    def look(file: ScenarioFile, document: Document) -> None:
        look_alone(file, document, given)

    try:
        document = _extended("scenarios", text, name, base)
        _refuse_other(document, "machines", "scenario", A_PLANT)
        file = mending.read(ScenarioFile, document, look)
    except FileProblems as error:
        return error.problems
    return wrong_alone(file, document, given)


def given_in(text: str, *, name: str = "plant.yaml", base: Path | None = None) -> Given:
    """Return what the plant in a YAML *text* gives names to, though it may be wrong.

    >>> given_in("{plant: p, machines: [{id: m1, bufer: 3}]}")
    {'machine': ['m1']}
    """
    with suppress(InvalidInput):
        return given_by(_extended("plant_models", text, name, base).data)
    return {}


def examples() -> list[tuple[Kind, str, str]]:
    """Return the bundled files but the oracles: kind, name, and the first words of the file.

    >>> [name for kind, name, _ in examples() if kind == "plant_models"][:1]
    ['flow_line']
    """
    kinds: tuple[Kind, ...] = ("plant_models", "scenarios")
    return [
        (kind, name, _headline(_bundle(kind) / f"{name}.yaml"))
        for kind in kinds
        for name in _names(kind)
        if not name.startswith(ORACLES)
    ]


def example_folder(kind: Kind) -> Path:
    """Return the folder where the bundled files of *kind* stand, with the CSV beside them."""
    return _bundle(kind)


def _read_scenario(
    text: str, name: str, base: Path | None, plant: PlantModel | None
) -> tuple[PlantModel, Scenario]:
    document = _extended("scenarios", text, name, base)
    _refuse_other(document, "machines", "scenario", A_PLANT)
    asked = plant

    def look(file: ScenarioFile, document: Document) -> None:
        """Read what else there is, of the plant if that can be read."""
        try:
            model = _plant_of(file.plant, base) if asked is None else asked
        except InvalidInput:
            look_alone(file, document, _given(file.plant, base))
            return
        read_scenario(file, model, document)

    try:
        file = mending.read(ScenarioFile, document, look)
    except FileProblems as error:
        wrong = _wrong_plant(document, base) if plant is None else ()
        raise FileProblems((*wrong, *error.problems)) from None
    if plant is None:
        try:
            plant = _plant_of(file.plant, base)
        except FileProblems as error:
            alone = wrong_alone(file, document, _given(file.plant, base))
            raise FileProblems((*error.problems, *alone)) from None
        except InvalidInput as error:
            document.complain(("plant",), str(error))
            look_alone(file, document)
            _raise_problems(document)
    assert plant is not None
    scenario = read_scenario(file, plant, document)
    if not scenario.orders and not plant.sources:
        path = ("orders",) if "orders" in document.data else ()
        message = "nothing to make: no orders here and no source in the plant"
        document.complain(path, message, key=True)
    _raise_problems(document)
    return plant, replace(scenario, origin=name)


def _wrong_file(scenario: str | Path, given: Given) -> tuple[Problem, ...]:
    """Return what is wrong with the file of a scenario, of whose plant so much is *given*."""
    try:
        path = _found("scenarios", scenario)
        text, shown = _text(path, scenario), _shown(scenario, path)
        return wrong_scenario(text, name=shown, base=path.parent, given=given)
    except FileProblems as error:
        return error.problems
    except InvalidInput as error:
        return (Problem(str(scenario), 1, 1, "", str(error)),)


def _wrong_plant(document: Document, base: Path | None) -> tuple[Problem, ...]:
    """Return what is wrong with the plant that a scenario names, which is wrong itself."""
    named = _named_in(document)
    if not named:
        return ()
    try:
        _plant_of(named, base)
    except FileProblems as error:
        return error.problems
    except InvalidInput as error:
        return (document.problem(("plant",), str(error)),)
    return ()


def _named_in(document: Document) -> str:
    """Return the plant that a scenario names; empty: it names none."""
    named = document.data.get("plant") if isinstance(document.data, dict) else None
    return named if isinstance(named, str) else ""


def is_plant(path: Path) -> bool:
    """Tell whether the file at *path* is a plant, so that no scenario is looked for in it."""
    try:
        data = read_yaml(path.read_text("utf-8"), str(path)).data
    except (OSError, UnicodeDecodeError, InvalidInput):
        return False  # Whoever reads it says better what is wrong.
    return isinstance(data, dict) and "machines" in data and "scenario" not in data


def _refuse_other(document: Document, key: str, unless: str, message: str) -> None:
    """Refuse a file of the other kind, which has *key*, with one *message* for all its keys."""
    keys = document.data.keys() if isinstance(document.data, dict) else ()
    if key in keys and unless not in keys:
        raise fatal(document.name, 1, 1, message)


def _whole(kind: Kind, source: str | Path) -> Document:
    """Return the document of the file *source* or of the bundled name, with all its files."""
    path = _found(kind, source)
    document = _extended(kind, _text(path, source), _shown(source, path), path.parent)
    document.files.add(path)
    return document


def _extended(
    kind: Kind, text: str, name: str, base: Path | None, seen: tuple[str, ...] = ()
) -> Document:
    """Return the document of a file, with what it takes from those that it extends."""
    document = read_yaml(text, name)
    if kind == "scenarios":
        include(document, base)
        _raise_problems(document)
    other = document.data.get(KEY) if isinstance(document.data, dict) else None
    if not isinstance(other, str):
        return document
    try:
        path = _beside(kind, base, other, seen)
        content = _text(path, path.name)
    except InvalidInput as error:
        document.complain((KEY,), str(error))
        raise FileProblems(tuple(document.problems)) from None
    whole = _extended(kind, content, path.name, path.parent, (*seen, str(path)))
    document.files |= {path, *whole.files}
    extend(document, whole, by_id=kind == "plant_models")
    return document


def _beside(kind: Kind, base: Path | None, name: str, seen: tuple[str, ...]) -> Path:
    """Return the file *name* in the folder *base*, or the bundled one of that name."""
    if base is not None and str(base / name) in seen:
        raise InvalidInput(f"{name!r} extends this file in turn")
    if name in _names(kind):
        return _bundle(kind) / f"{name}.yaml"
    if base is None:
        raise InvalidInput(_no_such(kind, name))
    if Path(name).name != name:
        raise InvalidInput(f"must be a file beside this one, or a bundled name (got {name!r})")
    if not (base / name).is_file():
        raise InvalidInput(f"no file {name!r} beside this one")
    return base / name


def _plant_of(name: str, base: Path | None) -> PlantModel:
    if base is not None and (path := base / name).is_file():
        return _read_plant(_text(path, path), str(path), path.parent)
    if base is None and name not in _names("plant_models"):
        raise InvalidInput(_no_such("plant_models", name))
    return load_plant(name)


def _given(name: str, base: Path | None) -> Given:
    """Return what the plant *name*, which is wrong, gives names to, as far as it says so."""
    beside = base is not None and (base / name).is_file()
    with suppress(InvalidInput, OSError, UnicodeDecodeError):
        path = base / name if base is not None and beside else _found("plant_models", name)
        return given_in(path.read_text("utf-8-sig"), name=name, base=path.parent)
    return {}


def _raise_problems(document: Document) -> None:
    if document.problems:
        raise FileProblems(in_file_order(document.problems))


def _found(kind: Kind, source: str | Path) -> Path:
    path = Path(source)
    if path.is_file():
        return path
    if path.suffix in (".yaml", ".yml") or isinstance(source, Path):
        raise InvalidInput(f"no file {str(source)!r}")
    bundled = _bundle(kind) / f"{source}.yaml"
    if str(source) in _names(kind):
        return bundled
    raise InvalidInput(_no_such(kind, str(source)))


def _no_such(kind: Kind, name: str) -> str:
    names = _names(kind)
    close = difflib.get_close_matches(name, names, n=1)
    hint = f"did you mean {close[0]!r}? " if close else ""
    word = "plant" if kind == "plant_models" else "scenario"
    listed = ", ".join(known for known in names if not known.startswith(ORACLES))
    return f"no {word} file and no bundled {word} {name!r}; {hint}(bundled: {listed})"


def _names(kind: Kind) -> list[str]:
    """Return the names of the bundled files; those in a folder begin with its name."""
    folder = _bundle(kind)
    paths = (path.relative_to(folder).with_suffix("") for path in folder.rglob("*.yaml"))
    return sorted(path.as_posix() for path in paths)


def _bundle(kind: Kind) -> Path:
    package = Path(__file__).parents[1]
    installed = package / "_data" / kind
    return installed if installed.is_dir() else package.parent / kind


def _shown(source: str | Path, path: Path) -> str:
    return str(source) if Path(source).is_file() else path.name


def _text(path: Path, source: str | Path) -> str:
    """Return what stands in the file at *path*, which was asked for as *source*."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise _no_text(path.read_bytes(), _shown(source, path)) from None
    except OSError as error:
        raise InvalidInput(f"{path.name} cannot be read: {error.strerror}") from None


def _no_text(data: bytes, name: str) -> FileProblems:
    """Return the error of *data* that are no UTF-8 text, at the first byte that is none."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return fatal(name, 1, 1, "is UTF-16 text; save it as UTF-8")
    good = _good(data)
    last = data[:good].rpartition(b"\n")[2].removeprefix(codecs.BOM_UTF8)
    line, column = data[:good].count(b"\n") + 1, len(last.decode("utf-8")) + 1
    message = f"is not UTF-8 text (the byte 0x{data[good]:02X}); save it as UTF-8"
    return fatal(name, line, column, message)


def _good(data: bytes) -> int:
    """Return how many of the first bytes of *data* are UTF-8 text."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start
    return len(data)


def _headline(path: Path) -> str:
    lines = path.read_text(encoding="utf-8").splitlines()
    words = (line.lstrip("# ") for line in lines if line.startswith("#"))
    return next((line for line in words if line and "yaml-language-server" not in line), "")
