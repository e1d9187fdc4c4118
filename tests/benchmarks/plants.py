"""This module holds the plants and scenarios of the benchmarks, as files anybody could write.

The workload: 13 segments in 780 s, so 60 an hour. Loading, three tools with their changes and
run-ups, four cuts, unloading, and a wait that is drawn with the arrivals.
"""

from __future__ import annotations

from functools import lru_cache

from simtwin.plant.files import example_folder, load_scenario, parse_plant, parse_scenario
from simtwin.plant.model import PlantModel, Scenario

PACE = 780.0
"""Mean time between two pieces at each machine [s]: 13 segments."""

_TOOLS = """
tools:
  - {id: face, preset: face-mill-63-iron}
  - {id: end, preset: end-mill-16-steel}
  - {id: drill, preset: drill-8.5-carbide}
"""

_PROGRAM = """
programs:
  - id: housing
    material: K18
    steps:
      - handle_s: 75
      - mill: {tool: face, speed_m_min: 180, feed_mm: 0.2,
               depth_mm: 3, width_mm: 50, path_mm: 2360}
      - mill: {tool: end, speed_m_min: 140, feed_mm: 0.08,
               depth_mm: 12, width_mm: 5, path_mm: 3120}
      - mill: {tool: end, speed_m_min: 140, feed_mm: 0.07,
               depth_mm: 12, width_mm: 1, path_mm: 1110}
      - drill: {tool: drill, speed_m_min: 90, feed_mm: 0.18, depth_mm: 25, holes: 48}
      - handle_s: 71
"""


def workload(
    machines: int, *, edges: int = 1, failures: bool = True, spare_tools: int = 0
) -> PlantModel:
    """Return a plant of *machines* that each work through the workload, with a common crew.

    Every machine has a spindle, two bearings and three tools of *edges* sisters each, and with
    *failures* the eight subsystems of the catalogue; *spare_tools* more lie in its magazine.

    >>> len(workload(2).machines)
    2
    """
    return _workload(machines, edges, failures, spare_tools)


@lru_cache(maxsize=8)
def _workload(machines: int, edges: int, failures: bool, spare_tools: int) -> PlantModel:
    names = [f"mill-{number}" for number in range(1, machines + 1)]
    slots = [f"{{tool: {tool}, edges: {edges}}}" for tool in ("face", "end", "drill")]
    slots += [f"{{tool: spare-{number}}}" for number in range(1, spare_tools + 1)]
    fails = "    failures: [{preset: all-subsystems, mtbf_h: 800}]\n" if failures else ""
    spares = "".join(
        f"  - {{id: spare-{number}, preset: end-mill-16-steel}}\n"
        for number in range(1, spare_tools + 1)
    )
    text = f"plant: workload\ncrew: {{members: {max(1, machines // 5)}}}\nmachines:\n"
    for name in names:
        text += (
            f"  - id: {name}\n    preset: generic-vmc-40\n"
            f"    magazine: [{', '.join(slots)}]\n{fails}"
        )
    text += _TOOLS + spares + _PROGRAM + "products:\n"
    for name in names:
        text += (
            f"  - {{id: of-{name}, route: "
            f"[{{operation: op10, machines: [{name}], program: housing}}]}}\n"
        )
    text += "sources:\n"
    for name in names:
        text += (
            f"  - {{id: for-{name}, product: of-{name}, "
            f"every: {{uniform: {{low_s: {PACE - 30}, high_s: {PACE + 30}}}}}}}\n"
        )
    return parse_plant(text, name="workload.yaml")


def flow_line(slots: int, laws: tuple[str, ...], *, fails: str = "") -> PlantModel:
    """Return a line of plain stations with *slots* between neighbours; each *law* is YAML.

    So is how each machine *fails*, if it does.

    >>> [station.capacity for station in flow_line(2, ("duration_s: 1",) * 3).stations]
    [None, 2, 2]
    """
    text = "plant: line\nmachines:\n"
    for number in range(1, len(laws) + 1):
        buffer = "" if number == 1 else f", buffer: {slots}"
        failures = f", failures: [{fails}]" if fails else ""
        text += f"  - {{id: station-{number}{buffer}{failures}}}\n"
    text += "products:\n  - id: part\n    route:\n"
    for number, law in enumerate(laws, start=1):
        text += f"      - {{operation: op{number}, machines: [station-{number}], {law}}}\n"
    text += "sources:\n  - {id: parts, product: part, saturating: true}\n"
    return parse_plant(text, name="line.yaml")


def for_hours(plant: PlantModel, hours: float) -> Scenario:
    """Return the scenario that runs *plant* for *hours* and asks for nothing else."""
    text = f"scenario: hours\nplant: {plant.name}\nhorizon: {hours * 3600.0!r} s\n"
    return parse_scenario(text, plant)


def job_shop(days: float) -> tuple[PlantModel, Scenario]:
    """Return the bundled job shop for *days*, fed round the clock at the pace of its day shift.

    >>> [source.product for source in job_shop(1)[0].sources]
    ['housing', 'shaft', 'flange']
    """
    text = (example_folder("plant_models") / "job_shop.yaml").read_text(encoding="utf-8")
    shift = load_scenario("day_shift")
    text += "\nsources:\n"
    for product in ("housing", "shaft", "flange"):
        pieces = sum(order.quantity for order in shift.orders if order.product == product)
        minutes = 8 * 60 / pieces
        text += (
            f"  - {{id: {product}s, product: {product}, "
            f"every: {{exponential: {{mean_min: {minutes!r}}}}}}}\n"
        )
    plant = parse_plant(text, name="job_shop.yaml")
    return plant, for_hours(plant, 24 * days)
