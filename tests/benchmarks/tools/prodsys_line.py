"""This module holds the line in prodsys.

A piece needs a carrier; a swift one that holds twenty makes nobody wait. There is no endless
source: pieces come at the pace of the slowest station. A machine has a place for a finished
piece besides the slots before the next, and breaks down on the calendar.
"""

import prodsys.express as psx
from prodsys.models.port_data import PortInterfaceType


def made(times, slots, seconds, seed, mtbf, mttr):
    def fixed(time):
        return psx.FunctionTimeModel("constant", float(time))

    steps = [psx.ProductionProcess(fixed(time)) for time in times]
    way = psx.TransportProcess(fixed(0.0))
    machines = [psx.Resource([s], [float(i), 0.0], 1) for i, s in enumerate(steps, start=1)]
    for machine in machines:
        ends = (("in", PortInterfaceType.INPUT, slots), ("out", PortInterfaceType.OUTPUT, 1))
        machine.ports = [
            psx.Queue(f"{machine.ID} {end}", room, machine.location, kind)
            for end, kind, room in ends
        ]
    carrier = psx.Resource([way], [0.0, 0.0], 20, can_move=True)
    part = psx.Product(steps, way)
    source = psx.Source(part, fixed(max(times)), [0.0, 0.0])
    sink = psx.Sink(part, [len(times) + 1.0, 0.0])
    line = psx.ProductionSystem([*machines, carrier], [source], [sink])
    line.run(seconds, seed=seed)
    return len(line.post_processor.df_throughput)
