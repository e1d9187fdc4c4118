"""This module holds the line in Ciw.

Ciw has no endless source: pieces arrive twice as fast as they are worked, and are turned away
at a full first queue. Its servers do not break down by the work that they have done.
"""

import ciw


def made(times, slots, seconds, seed, mtbf, mttr):
    ciw.seed(seed)
    count, fixed = len(times), ciw.dists.Deterministic
    network = ciw.create_network(
        arrival_distributions=[fixed(min(times) / 2)] + [None] * (count - 1),
        service_distributions=[fixed(time) for time in times],
        routing=[[float(to == at + 1) for to in range(count)] for at in range(count)],
        number_of_servers=[1] * count,
        queue_capacities=[slots] * count,
    )
    line = ciw.Simulation(network)
    line.simulate_until_max_time(seconds)
    rows = line.get_all_records()
    return sum(row.node == count and row.record_type == "service" for row in rows)
