"""This module holds the line in plain SimPy."""

import random

import simpy


def station(env, time, inlet, outlet, left, lives, repairs):
    life = lives()
    while True:
        if inlet is not None:
            yield inlet.get()
        work = time
        while life < work:
            yield env.timeout(life)
            yield env.timeout(repairs())
            work -= life
            life = lives()
        life -= work
        yield env.timeout(work)
        if outlet is not None:
            yield outlet.put(1)
        else:
            left.append(env.now)


def made(times, slots, seconds, seed, mtbf, mttr):
    luck, env, left = random.Random(seed), simpy.Environment(), []
    stores = [simpy.Store(env, capacity=slots) for _ in times[1:]]
    for time, inlet, outlet in zip(times, [None, *stores], [*stores, None], strict=True):
        lives = (lambda: luck.expovariate(1 / mtbf)) if mtbf else (lambda: float("inf"))
        repairs = lambda: luck.expovariate(1 / mttr)  # noqa: E731
        env.process(station(env, time, inlet, outlet, left, lives, repairs))
    env.run(until=seconds)
    return len(left)
