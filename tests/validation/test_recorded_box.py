"""This module holds the box part of a real shop: what its first ten runs say of the next ten.

Two operations, twenty recorded runs each (NIST, see :mod:`tests.validation.nist_box`). Laws
are fitted on the clean runs among 1 to 10 and tested on those among 11 to 20. The mean must
also follow from the operation's path and feeds, as far as they are given: lengths, feeds, stops
and tool changes are; what the machine makes of them (acceleration, rapid, tool change) is not.
"""

from __future__ import annotations

import csv
import gzip
import math
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, median, stdev

import pytest
from scipy.optimize import brentq
from scipy.stats import binom, f, t

from simtwin.plant.files import load_plant, load_scenario
from tests.validation.gcode import read_program
from tests.validation.motion import look_ahead, summarise
from tests.validation.nist_box import PATHS, RUNS, runtimes

OPERATIONS = ("OP1", "OP2")
INCH = 25.4
RAPID = 750 * INCH
"""[mm/min], assumed by the data page; no result here moves with it."""
TOOL_CHANGE = 8.0
"""[s], assumed by the data page."""
ACCELERATION = 20 * INCH / 1e3
"""[m/s2], assumed by the data page."""

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "data"
BOX = DATA / "nist-smstestbed" / "box-assembly"
needs_data = pytest.mark.skipif(
    not BOX.is_dir(), reason="real data folder ../shared/data is absent"
)


@dataclass(frozen=True, slots=True)
class Fit:
    """What a few run times say of the next ones: a lognormal law whose spread is unknown."""

    location: float
    spread: float
    runs: int

    @classmethod
    def of(cls, durations):
        """Fit to clean run times [s]."""
        logs = [math.log(duration) for duration in durations]
        return cls(fmean(logs), stdev(logs), len(logs))

    def band(self, new=1, level=0.95):
        """Return where the (geometric) mean of *new* runs lies with this probability [s].

        Student's t with n - 1 degrees of freedom and s sqrt(1/n + 1/new): the spread is
        estimated from the same n runs. Hahn & Meeker, "Statistical Intervals", 1991, ch. 4.
        """
        wide = t.ppf((1 + level) / 2, self.runs - 1) * self.spread
        half = wide * math.sqrt(1 / self.runs + 1 / new)
        return math.exp(self.location - half), math.exp(self.location + half)


@dataclass(frozen=True, slots=True)
class Machine:
    """The constants of a machine that no program tells."""

    acceleration: float = ACCELERATION
    tool_change: float = TOOL_CHANGE
    rapid: float = RAPID

    def time(self, operation):
        """Return the time of the operation's path [s]."""
        return PATHS[operation].time(
            rapid=self.rapid, acceleration=self.acceleration, tool_change=self.tool_change
        )

    def error(self, operation):
        """Relative to the mean of the clean runs 11 to 20."""
        return self.time(operation) / fmean(runtimes(operation, 11, 20)) - 1


def fitted_mean(operation):
    """The mean of the clean runs 1 to 10 [s]."""
    return fmean(runtimes(operation, 1, 10))


def tool_change_of(operation, acceleration, rapid=RAPID):
    """The tool change [s] that explains the operation's runs 1 to 10."""
    bare = Machine(acceleration, 0.0, rapid).time(operation)
    return (fitted_mean(operation) - bare) / PATHS[operation].tool_changes


def acceleration_of(operation, tool_change):
    """The acceleration [m/s2] that explains the operation's runs 1 to 10."""
    return brentq(
        lambda a: Machine(a, tool_change).time(operation) - fitted_mean(operation), 0.05, 5.0
    )


def machine_of_both(rapid=RAPID):
    """The acceleration and the tool change that explain runs 1 to 10 of both operations."""
    acceleration = brentq(
        lambda a: tool_change_of("OP1", a, rapid) - tool_change_of("OP2", a, rapid), 0.05, 5.0
    )
    return Machine(acceleration, tool_change_of("OP2", acceleration, rapid), rapid)


def test_the_record_is_the_one_of_the_data_page():
    """NIST box: 10 clean runs of OP1 (median 1774 s, sd 4.8), 13 of OP2 (112 s, sd 2.9)."""
    for operation, clean, middle, spread in (("OP1", 10, 1774.0, 4.8), ("OP2", 13, 112.0, 2.9)):
        found = runtimes(operation, 1, 20)
        assert len(RUNS[operation]) == 20
        assert len(found) == clean
        assert median(found) == middle
        assert stdev(found) == pytest.approx(spread, abs=0.05)


def test_the_first_operation_repeats():
    """NIST box, OP1: four clean runs of 1 to 10 predict the six clean ones of 11 to 20.

    Mean inside its 95 % interval (1767 to 1785 s) and within .1 % of the fitted one; at least
    as many single runs inside the 95 % band as in all but .5 % of cases; spread by the F ratio.
    """
    fit = Fit.of(runtimes("OP1", 1, 10))
    new = runtimes("OP1", 11, 20)
    assert (fit.runs, len(new)) == (4, 6)
    low, high = fit.band(new=len(new))
    assert (low, high) == pytest.approx((1766.8, 1784.7), abs=0.1)
    assert low < math.exp(Fit.of(new).location) < high
    assert fmean(new) == pytest.approx(fitted_mean("OP1"), rel=1e-3)
    low, high = fit.band()
    assert (low, high) == pytest.approx((1760.4, 1791.2), abs=0.1)
    inside = sum(low <= run <= high for run in new)
    assert inside >= binom.ppf(0.005, len(new), 0.95)
    ratio = (Fit.of(new).spread / fit.spread) ** 2
    assert f.ppf(0.005, 5, 3) < ratio < f.ppf(0.995, 5, 3)


def test_no_law_can_be_told_from_another_on_four_runs():
    """NIST box, OP1: at .25 % spread a lognormal and a normal band agree to .1 s of 31.

    So the choice of the lognormal (never negative) decides nothing here.
    """
    runs = runtimes("OP1", 1, 10)
    half = t.ppf(0.975, len(runs) - 1) * stdev(runs) * math.sqrt(1 + 1 / len(runs))
    normal = (fmean(runs) - half, fmean(runs) + half)
    assert Fit.of(runs).band() == pytest.approx(normal, abs=0.1)


def test_the_second_operation_is_covered_but_not_met():
    """NIST box, OP2: the next ten runs lie inside the band of the first, 5 % above its middle.

    Three clean runs (102, 109, 109 s) give a mean's interval of 96 to 119 s and a band of 88 to
    129 s: ten times 112 s lie inside. The fitted mean is 4.8 % short, so a point forecast
    from it fails by 5.3 s, and the spread does not hold: the new runs have none.
    """
    fit = Fit.of(runtimes("OP2", 1, 10))
    new = runtimes("OP2", 11, 20)
    assert (fit.runs, set(new), len(new)) == (3, {112.0}, 10)
    assert fit.band(new=len(new)) == pytest.approx((95.6, 118.8), abs=0.1)
    assert fit.band() == pytest.approx((88.1, 129.0), abs=0.1)
    low, high = fit.band(new=len(new))
    assert low < 112.0 < high
    assert fitted_mean("OP2") / 112.0 - 1 == pytest.approx(-0.048, abs=5e-4)
    ratio = (stdev(new) / stdev(runtimes("OP2", 1, 10))) ** 2
    assert ratio < f.ppf(0.005, 9, 2)


def test_the_second_operation_changed_overnight():
    """NIST box, OP2: slower from the second day on (run 7), to the second alike from run 10 on.

    Runs 1 to 6 (evening of 2017-02-07) took 94 to 105 s, runs 7 to 20 (next morning) 109 to
    116 s: no overlap. The band of the test before holds only because it spans both days; the
    second day's clean runs alone (109, 109 s) would have promised 109 s without any spread.
    """
    found = [run.runtime for run in RUNS["OP2"]]
    assert (min(found[:6]), max(found[:6])) == (94.0, 105.0)
    assert (min(found[6:]), max(found[6:])) == (109.0, 116.0)
    assert set(found[9:]) == {112.0}
    assert runtimes("OP2", 7, 10) == (109.0, 109.0)


def test_length_over_feed_is_short():
    """Without acceleration, with the data page's 750 in/min and 8 s: OP1 -20.6, OP2 -29.3 %.

    The page finds -20.2 and -26.4 %, 6.4 and 3.2 s more. It does not say how; ways to and from
    the reference point, whose lengths the programs do not tell, would do. Here such ways have
    no length and are part of the tool change.
    """
    sharp = Machine(acceleration=1e9)
    assert sharp.error("OP1") == pytest.approx(-0.206, abs=1e-3)
    assert sharp.error("OP2") == pytest.approx(-0.293, abs=1e-3)


def test_the_means_follow_from_path_and_feeds():
    """Two constants fitted on runs 1 to 10 of both operations give runs 11 to 20 of both.

    .302 m/s2 at a stop and 17.5 s per tool change; each operation within 10 %, the mean of
    both within 5 % (the data page's target for unseen operations; these two are seen). Rapid
    traverse is an assumption without influence: the mean rapid is too short to reach it.
    """
    machine = machine_of_both()
    assert machine.acceleration == pytest.approx(0.302, abs=1e-3)
    assert machine.tool_change == pytest.approx(17.5, abs=0.05)
    errors = [machine.error(operation) for operation in OPERATIONS]
    assert errors == pytest.approx([0.0002, -0.0476], abs=5e-4)
    assert max(map(abs, errors)) < 0.10
    assert fmean(map(abs, errors)) < 0.05
    for rapid in (500 * INCH, 1000 * INCH):
        other = machine_of_both(rapid)
        assert other.acceleration == pytest.approx(machine.acceleration, rel=1e-9)


def test_one_operation_foretells_the_other_only_in_part():
    """One constant from one operation, the rest assumed by the data page: the other's error.

    The short OP2 tells the tool change (18.7 s) and with 20 in/s2 foretells OP1 to -5.2 %.
    The long OP1 tells the acceleration (.257 m/s2 with 8 s per tool change) but leaves OP2
    21 % short; and taken for its tool change (42 s) it makes OP2 36 % long. So two programs
    settle two constants and test neither: a third operation has to. With stops at 45
    degrees, the scatter of OP2 (5.8 s per tool change at 95 %) does not explain 8 s.
    """
    change = tool_change_of("OP2", ACCELERATION)
    assert change == pytest.approx(18.65, abs=0.01)
    assert Machine(tool_change=change).error("OP1") == pytest.approx(-0.052, abs=1e-3)
    slow = acceleration_of("OP1", TOOL_CHANGE)
    assert slow == pytest.approx(0.257, abs=1e-3)
    assert Machine(acceleration=slow).error("OP2") == pytest.approx(-0.210, abs=1e-3)
    long = tool_change_of("OP1", ACCELERATION)
    assert Machine(tool_change=long).error("OP2") == pytest.approx(0.365, abs=1e-3)
    low, high = Fit.of(runtimes("OP2", 1, 10)).band(new=10)
    both = machine_of_both()
    spread = (high - low) / 2 / PATHS["OP2"].tool_changes
    assert spread == pytest.approx(5.8, abs=0.1)
    assert abs(both.tool_change - TOOL_CHANGE) > spread


def test_the_plant_model_carries_the_fit():
    """NIST box: the shipped laws have the fitted median and Student's 95 % band for one run.

    The scenario draws its runs one by one, so its band for the mean of ten is narrower than
    Student's (4.9 against 8.2 s for OP1, 6.4 against 11.6 s for OP2): the model file says so.
    OP2's ten runs of 112 s lie inside even that.
    """
    model = load_plant(ROOT / "plant_models" / "recorded_box.yaml")
    scenario = load_scenario(ROOT / "scenarios" / "recorded_box.yaml", model)
    assert [(order.product, order.quantity) for order in scenario.orders] == [("box", 10)]
    halves = []
    for operation in model.products[0].operations:
        (step,) = operation.steps
        fit = Fit.of(runtimes(operation.name, 1, 10))
        assert step.duration.median == pytest.approx(math.exp(fit.location), rel=5e-4)
        for chance, end in zip((0.025, 0.975), fit.band(), strict=True):
            assert step.duration.ppf(chance) == pytest.approx(end, rel=5e-4)
        half = 1.96 * step.duration.sigma / math.sqrt(10) * step.duration.median
        low, high = fit.band(new=10)
        halves.append((half, (high - low) / 2))
        assert abs(fmean(runtimes(operation.name, 11, 20)) - step.duration.median) < half
    assert halves[0] == pytest.approx((4.9, 8.2), abs=0.1)
    assert halves[1] == pytest.approx((6.4, 11.6), abs=0.1)


@needs_data
def test_the_typed_durations_are_the_recorded_ones():
    """NIST box, `op_durations.csv`: all forty wall and controller times as typed in."""
    with (BOX / "op_durations.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 40
    typed = [
        (operation, run.number, run.wall, run.runtime)
        for operation in OPERATIONS
        for run in RUNS[operation]
    ]
    assert typed == [
        (row["op"], int(row["no"]), float(row["wall_s"]), float(row["max_runtime_s"]))
        for row in rows
    ]


@needs_data
def test_the_record_does_not_say_why_the_second_operation_changed():
    """NIST box, OP2: same tool messages on both days, and line messages that follow the clock.

    Runs 2 to 20 have four tool messages each; 7.2 to 8.2 line messages a second on either
    day. So neither a tool change nor another program tells them apart; the
    data page names overrides moved by hand, and there is no column for them.
    """
    with (BOX / "op_durations.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["op"] == "OP2"]
    assert {row["toolchanges"] for row in rows[1:]} == {"4"}
    days = [row["start"][:10] for row in rows]
    assert days == ["2017-02-07"] * 6 + ["2017-02-08"] * 14
    rates = [int(row["lines"]) / float(row["max_runtime_s"]) for row in rows]
    assert 7.1 < min(rates) < max(rates) < 8.2
    assert fmean(rates[:6]) == pytest.approx(fmean(rates[6:]), rel=0.03)


@needs_data
@pytest.mark.parametrize("operation", OPERATIONS)
def test_the_typed_path_is_the_one_of_the_program(operation):
    """NIST box: lengths by feed, stops, rapids and tool changes follow from the NC program."""
    typed, told = PATHS[operation], summarise(_program(operation))
    assert (typed.blocks, typed.tool_changes, typed.rapids) == (
        told.blocks,
        told.tool_changes,
        told.rapids,
    )
    assert typed.rapid_mm == pytest.approx(told.rapid_mm, abs=0.005)
    for mine, theirs in zip(typed.feeds, told.feeds, strict=True):
        assert mine == pytest.approx(theirs, abs=0.005)


@needs_data
@pytest.mark.parametrize("operation", OPERATIONS)
def test_few_numbers_tell_a_path_as_well_as_all_its_blocks(operation):
    """The summary's time is within 3 % of a look-ahead over every block (.25 to 1 m/s2).

    The look-ahead rounds corners by .01 mm, an assumption; the summary stops at 45 degrees,
    and hardly counts otherwise at 30 or 60: corners here are either sharp or smooth.
    """
    path = _program(operation)
    for acceleration in (0.25, 0.302, 0.5, 1.0):
        constants = {"rapid": RAPID, "acceleration": acceleration, "tool_change": 17.5}
        exact = look_ahead(path, deviation=0.01, **constants)
        assert PATHS[operation].time(**constants) == pytest.approx(exact, rel=0.03)
    stops = [
        sum(count for _, _, count in summarise(path, corner=math.radians(degrees)).feeds)
        for degrees in (30, 45, 60)
    ]
    assert max(stops) <= 1.05 * min(stops)


@needs_data
def test_another_rule_explains_the_record_as_well():
    """NIST box: a stop at every 9 degrees, with the data page's constants, gives both means.

    OP1 +.1 %, OP2 +1.0 % of runs 11 to 20, nothing fitted but the angle, which was found by
    trying several on these very runs: no forecast. It stands on an edge: the helices of OP2
    turn by 10 degrees a block, and at 10.5 degrees OP2 is 24 % short. So neither the junction
    rule nor the tool change (8 or 17.5 s) is known from two operations.
    """
    errors = {}
    for operation in OPERATIONS:
        for degrees in (9.0, 10.5):
            told = summarise(_program(operation), corner=math.radians(degrees))
            time = told.time(rapid=RAPID, acceleration=ACCELERATION, tool_change=TOOL_CHANGE)
            errors[operation, degrees] = time / fmean(runtimes(operation, 11, 20)) - 1
    assert errors["OP1", 9.0] == pytest.approx(0.001, abs=5e-4)
    assert errors["OP2", 9.0] == pytest.approx(0.010, abs=5e-4)
    assert errors["OP1", 10.5] == pytest.approx(-0.001, abs=5e-4)
    assert errors["OP2", 10.5] == pytest.approx(-0.238, abs=5e-4)


def _program(operation):
    file = BOX / "nc" / f"box_{operation.lower()}.nc.gz"
    with gzip.open(file, "rt", encoding="ascii") as lines:
        return read_program(lines)
