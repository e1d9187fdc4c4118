"""Tests of plants made in one call: lines and job shops."""

from __future__ import annotations

from dataclasses import replace

import pytest

import simtwin as st
from simtwin.errors import InvalidInput
from simtwin.plant.files import parse_plant
from simtwin.plant.job_shop import job_shop
from simtwin.plant.line import line


def test_a_line_is_the_plant_of_its_file():
    """Two machines, a buffer, a breakdown: the same plant as from YAML."""
    expected = parse_plant(
        """
plant: line
crew: {members: 1}
machines:
  - {id: m1}
  - id: m2-1
    group: m2
    buffer: 3
  - {id: m2-2, group: m2}
products:
  - id: part
    route:
      - {operation: op1, machines: [m1], duration_s: 60}
      - {operation: op2, machines: [m2], duration: {exponential: {mean_s: 90}}}
sources: [{id: source, product: part, every: {exponential: {mean_s: 50}}}]
"""
    )
    made = line(
        [60, st.laws.Exponential(90.0)],
        buffers=[3],
        machines=[1, 2],
        arrivals=st.laws.Exponential(50.0),
        crew=1,
    )
    assert replace(expected, origin="") == made


def test_failures_have_a_clock_of_their_own():
    """A number is the mean of an exponential law; None never fails; a law is taken as it is."""
    plant = line(
        [10.0, 10.0],
        mtbf=[None, 500.0],
        mttr=st.laws.Lognormal(60.0, 0.5),
        clock="calendar",
    )
    (mode,) = plant.machines[1].failures
    assert plant.machines[0].failures == ()
    assert (mode.clock, mode.life.mean) == ("calendar", 500.0)
    assert mode.repair == st.laws.Lognormal(60.0, 0.5)


@pytest.mark.parametrize(
    ("times", "options", "message"),
    [
        ([], {}, "times: a line needs a station at least"),
        ([-1], {}, "times[0]: must be a time >= 0 [s] or a law (got -1)"),
        (["60"], {}, "times[0]: must be a time >= 0 [s] or a law (got '60')"),
        ([1, 1], {"buffers": [1, 2]}, "buffers: must be one or 1 (got 2)"),
        ([1, 1], {"buffers": -1}, "buffers[0]: must be a whole number from 0 on (got -1)"),
        ([1], {"machines": 0}, "machines[0]: must be a whole number from 1 on (got 0)"),
        ([1], {"mtbf": 5.0}, "mttr[0]: mtbf[0] needs it"),
        ([1], {"mtbf": 0.0, "mttr": 1.0}, "mtbf[0]: must be > 0 (got 0.0)"),
        ([1], {"mtbf": 5.0, "mttr": 1.0, "clock": "use"},
         "clock: must be calendar, on_shift, powered, processing, cycles (got 'use')"),
        ([1], {"arrivals": 0.0},
         "arrivals: pieces must not come all at once; must be > 0 [s]"),
        ([1], {"crew": 0}, "crew: must be a whole number from 1 on (got 0)"),
        ([1], {"name": ""}, "name: must not be empty (got '')"),
    ],
)  # fmt: skip
def test_a_line_that_cannot_be_is_refused(times, options, message):
    """Each mistake names its argument, the value and what would be right."""
    with pytest.raises(InvalidInput) as caught:
        line(times, **options)
    assert message == str(caught.value)


def test_jobs_may_have_names_and_alternatives():
    """A mapping names the jobs; a tuple of machines is a choice; a sequence is followed."""
    plant, scenario = job_shop(
        {"bolt": [("saw", 5.0), (("mill", 2), st.laws.Uniform(1.0, 3.0))], "nut": [("saw", 2)]},
        sequence={"saw": ["nut", "bolt"]},
    )
    assert [m.name for m in plant.machines] == ["m2", "mill", "saw"]
    assert plant.products[0].operations[1].stations == ("mill", "m2")
    assert (scenario.dispatching, scenario.sequence) == ("sequence", {"saw": ("nut", "bolt")})
    run = st.simulate(plant, scenario)
    started = [r.job for r in run.log.pieces if (r.kind, r.place) == ("started", "saw")]
    assert started == ["nut", "bolt"]


@pytest.mark.parametrize(
    ("jobs", "sequence", "message"),
    [
        ([], None, "jobs: a shop needs a job at least"),
        ([[]], None, "jobs: 'job-0' has no operation"),
        ([[(0, 1, 2)]], None, "jobs: job-0[0]: must be a machine and a time (got (0, 1, 2))"),
        ([[(0, -1.0)]], None, "jobs: job-0[0]: must be a time >= 0 [s] or a law (got -1.0)"),
        ([[("a/b", 1.0)]], None,
         "jobs: job-0[0]: must not contain '/', which stands between a whole and its part (got "
         "'a/b')"),
        ([[(0, 1.0)]], {1: [0]}, "sequence: no machine 'm1'; machines: m0"),
        ([[(0, 1.0)]], {0: [3]},
         "sequence: no job 'job-3'; did you mean 'job-0'? (jobs: job-0)"),
    ],
)  # fmt: skip
def test_a_job_shop_that_cannot_be_is_refused(jobs, sequence, message):
    """Each mistake names the job and the operation."""
    with pytest.raises(InvalidInput) as caught:
        job_shop(jobs, sequence=sequence)
    assert message == str(caught.value)
