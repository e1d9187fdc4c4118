from __future__ import annotations

from dataclasses import replace

import pytest

from simtwin.plant.files import load_with_plant
from simtwin.plant.model import Intervention
from simtwin.streams import Streams
from tests.laws.branches import begin
from tests.laws.shops import shop

ACTS = 6000


def test_the_heap_stays_small_under_many_acts():
    """However often people intervene, the heap stays O(processes) (KERNEL 10).

    An act every 2.4 seconds on a running workshop: more acts than segments.
    """
    model, scenario = shop("workshop")
    names = [machine.name for machine in model.machines]
    chance = Streams(1)["acts", "at random"]
    kinds = (("feed override", 90.0), ("feed override", 100.0), ("coolant on", None),
             ("spindle override", 95.0), ("start", None))  # fmt: skip
    horizon = scenario.horizon
    assert horizon is not None
    acts = []
    for _ in range(ACTS):
        do, value = kinds[int(chance() * len(kinds))]
        machine = names[int(chance() * len(names))]
        acts.append(Intervention(chance() * horizon, machine, do, value))  # type: ignore[arg-type]
    acts.sort(key=lambda act: act.at)
    living = begin(model, replace(scenario, interventions=tuple(acts)))
    processes = sum(2 + len(machine.parts) for machine in living.machines.values()) + 4
    largest = 0
    for window in range(1, 400):
        living.env.advance(horizon * window / 400)
        largest = max(largest, len(living.env._queue))
    assert largest <= 2 * (processes + 64)


@pytest.mark.parametrize("name", ["one_machine", "flow_line", "day_shift"])
def test_few_alarms_are_voided_in_a_shift(name: str):
    """At most 5 % of the alarms of a shift are voided, those waiting counted (KERNEL 10)."""
    model, scenario = load_with_plant(name)
    living = begin(model, scenario)
    living.env.advance(28800.0)
    waiting = sum(not event.callbacks for *_, event in living.env._queue[1:])
    assert living.env.voided + waiting <= 0.05 * (living.env.handled + waiting)
