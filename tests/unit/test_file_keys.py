"""Values set under the keys of a file, though the model keeps them elsewhere."""

from __future__ import annotations

import pytest

from simtwin.errors import InvalidInput
from simtwin.plant.files import parse_plant, parse_scenario
from simtwin.plant.supposition import suppose

PLANT = parse_plant("""
plant: k
crew: {members: 2}
calendars:
  - {id: day, week: {mon-fri: ["06:00-14:00"]}}
  - {id: two, week: {mon-fri: ["06:00-22:00"]}}
calendar: day
transport: {time_min: 2}
machines:
  - id: m1
    failures:
      - {id: g, clock: processing, life_h: 5, repair_min: 10}
      - {id: h, clock: processing, life_h: 9, repair_min: 5}
  - {id: m2, buffer: 3, failures: [{id: f, clock: processing, life_h: 5, repair_min: 10}]}
products:
  - id: p
    route:
      - {operation: a, machines: [m1], duration_min: 5}
      - {operation: b, machines: [m2], duration_min: 5}
""")
SCENARIO = parse_scenario(
    "scenario: s\nplant: k\nuntil: '20:00'\norders: [{id: o, product: p, quantity: 3}]", PLANT
)


def changed(line: str):
    """Return the plant in which *line* is set."""
    return suppose(PLANT, SCENARIO, [f"set {line}"])[0].changes.applied(PLANT)


@pytest.mark.parametrize(
    ("line", "model"),
    [
        ("crew.members=3", {"crew": 3}),
        ("machines.m2.buffer=5", {"stations.m2.capacity": 5}),
        ("machines.*.kanban=2", {"stations.*.kanban": 2}),
        ("at_shift_end=hold release", {"machines.*.at_shift_end": "hold release"}),
        ("machines.m1.at_shift_end=finish", {"machines.m1.at_shift_end": "finish"}),
        ("calendar=two", {"machines.*.calendar": "two"}),
        ("machines.m1.calendar=always", {"machines.m1.calendar": None}),
        ("machines.m2.repair_min=7", {"machines.m2.failures.f.repair.value": 420.0}),
        ("transport.time_min=4", {"transport.time.value": 240.0}),
    ],
)
def test_keys_of_a_file_are_taken(line: str, model: dict[str, object]):
    """Each stands in a plant file so; the plant is the one with the model's value changed."""
    assert changed(line) == PLANT.with_changes(model)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("calendar=too", "no calendar 'too'; did you mean 'two'"),
        ("at_shift_end=finnish", "must be finish, pause, scrap or hold release"),
        ("machines.m2.buffer=-1", "must be >= 0"),
        ("machines.m9.buffer=1", "machines has no 'm9'"),
        ("machines.m1.repair_min=7", r"that is machines.m1.failures.g.repair or machines.m1.f"),
    ],
)
def test_wrong_values_of_such_keys_are_refused(line: str, says: str):
    """With what is right; a repair of one of several failures is asked for by its name."""
    with pytest.raises(InvalidInput, match=says):
        changed(line)
