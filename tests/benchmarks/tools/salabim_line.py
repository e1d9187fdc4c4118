"""This module holds the line in salabim, its processes as generators."""

import random

import salabim


class Station(salabim.Component):
    def setup(self, time, inlet, outlet, lives, repairs):
        self.time, self.inlet, self.outlet = time, inlet, outlet
        self.lives, self.repairs, self.made = lives, repairs, 0

    def process(self):
        life = self.lives()
        while True:
            if self.inlet is None:
                part = salabim.Component()
            else:
                part = yield self.from_store(self.inlet)
            work = self.time
            while life < work:
                yield self.hold(life)
                yield self.hold(self.repairs())
                work -= life
                life = self.lives()
            life -= work
            yield self.hold(work)
            if self.outlet is not None:
                yield self.to_store(self.outlet, part)
            self.made += 1


def made(times, slots, seconds, seed, mtbf, mttr):
    salabim.yieldless(False)
    luck, env = random.Random(seed), salabim.Environment(trace=False)
    lives = (lambda: luck.expovariate(1 / mtbf)) if mtbf else (lambda: float("inf"))
    repairs = lambda: luck.expovariate(1 / mttr)  # noqa: E731
    stores = [salabim.Store(capacity=slots) for _ in times[1:]]
    line = [
        Station(time=time, inlet=inlet, outlet=outlet, lives=lives, repairs=repairs)
        for time, inlet, outlet in zip(times, [None, *stores], [*stores, None], strict=True)
    ]
    env.run(till=seconds)
    return line[-1].made
