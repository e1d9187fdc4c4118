"""This module holds what an emulated shop says: boards and controls, through the log.

Unlike `tests.recordings` the truth is not drawn from the filter's own model: it is the plant's
simulation, with its programs, wear, run-ups and drawn failures.
"""

from __future__ import annotations

from simtwin.live.board import Sensors
from simtwin.live.condition import SIGNALS
from simtwin.live.emulation import emulate
from simtwin.live.ingest import Ingester
from simtwin.live.mapping import MTCONNECT, of_keys
from simtwin.live.shdr import Lines, ShdrReader, keys_of
from simtwin.live.store import Store
from simtwin.live.v0 import DATA, V0
from simtwin.plant.files import load_plant, load_scenario


def heard(
    plant="one_machine",
    scenario="one_machine",
    changes=(),
    *,
    seed=1,
    hours=2.0,
    every=20.0,
    noise=1.0,
    drift=0.0,
    hidden=(),
    machines=(),
):
    """Return the plant, its emulation, and all observations that a twin follows, in order.

    Signals *hidden* are not told by the control.
    """
    model = load_plant(plant)
    shift = load_scenario(scenario, model)
    sensors = Sensors(period=every, noise=noise, drift=drift)
    emulation = emulate(
        model, shift, changes, seed=seed, until=3600.0 * hours, sensors=sensors,
        machines=machines,
    )  # fmt: skip
    lines = list(emulation.control())
    told = ShdrReader("control", "e", "c", of_keys(keys_of(lines), MTCONNECT))
    with Store(":memory:") as store:
        Ingester(store, V0()).take([m for m in emulation.messages() if m.topic == DATA])
        store.add([e for e in told.read(lines, Lines()) if e.signal in SIGNALS - {*hidden}])
        rows = [o for o in store.observations() if o.signal in SIGNALS | {"temperature_1"}]
    return model, emulation, rows
