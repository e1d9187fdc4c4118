"""This module holds the line in simtwin."""

import simtwin as st


def made(times, slots, seconds, seed, mtbf, mttr):
    plant = st.line(times, buffers=slots, mtbf=mtbf, mttr=mttr)
    shift = st.Scenario(horizon=seconds)
    run = st.simulate(plant, shift, seed=seed, history=False)
    return run.window.plant.left
