"""This module holds the line in Simantha.

Its times are whole numbers, and its machines fail on the calendar and lose their piece.
"""

import simantha


def made(times, slots, seconds, seed, mtbf, mttr):
    source, sink = simantha.Source(), simantha.Sink()
    machines = [simantha.Machine(f"m{i}", cycle_time=time) for i, time in enumerate(times)]
    buffers = [simantha.Buffer(f"b{i}", capacity=slots) for i in range(len(times) - 1)]
    chain = [source]
    for machine, after in zip(machines, [*buffers, sink], strict=True):
        chain += [machine, after]
    source.define_routing(downstream=[chain[1]])
    for before, thing, after in zip(chain, chain[1:], chain[2:], strict=False):
        thing.define_routing(upstream=[before], downstream=[after])
    sink.define_routing(upstream=[machines[-1]])
    system = simantha.System(chain)
    system.simulate(simulation_time=int(seconds), verbose=False, collect_data=False)
    return sink.level
