"""Laws: every oracle of the room has the printed answer, and the simulation finds it.

ORACLES A, B, C, D, E, K, L: the rows of which ``simtwin oracles`` has a plant file.
"""

from __future__ import annotations

import pytest

from simtwin.oracles import registry
from simtwin.oracles.check import QUICK, run_oracle
from simtwin.oracles.job_shops import COLUMNS, RULES, TABLE

PRINTED: dict[str, dict[str, dict[str, float]]] = {
    "A1": {"": {"busy machines": 0.8, "L": 4, "Lq": 3.2, "W": 5, "Wq": 4}},
    "A2": {"": {"L": 9, "Lq": 8.1, "W": 10, "Wq": 9}},
    "A4": {"": {"Lq": 2.588764, "Wq": 1.078652, "W": 2.078652, "L": 4.988764}},
    "A6": {"exact": {"Wq": 2}, "Erlang-2": {"Wq": 3}, "uniform": {"Wq": 2.166667}},
    "A7": {
        "lam 0.8, 5 places": {"loss": 0.088819, "L": 1.868332, "accepted": 0.728944},
        "lam 1, 10 places": {"loss": 1 / 11, "L": 5, "accepted": 10 / 11},
    },
    "A9": {
        "": {"availability at work": 0.909091, "Wq": 4.884783, "W": 5.984783, "L": 4.189348}
    },
    "A10": {"": {"Wq": 6.726087, "W": 7.826087, "L": 5.478261}},
    "A11": {"": {"L": 6.114625, "W": 8.735178}},
    "A17": {"": {"L less throughput x W, relative": 0}},
    "B1": {
        f"B = {slots}": {"throughput": rate}
        for slots, rate in enumerate((0.666667, 0.75, 0.8, 0.833333))
    },
    "B2": {
        f"B = {slots}": {"throughput": rate}
        for slots, rate in enumerate((0.564103, 0.670466, 0.734017))
    },
    "B5": {
        f"B = {slots}": {"throughput": rate, "second starved": waits, "first blocked": waits}
        for slots, rate, waits in (
            (0, 0.589955, 0.351050),
            (1, 0.655882, 0.278530),
            (2, 0.695386, 0.235075),
            (5, 0.756197, 0.168184),
            (10, 0.799026, 0.121071),
        )
    }
    | {"B = 50": {"throughput": 0.870618, "down": 0.0870618}},
    "B6": {
        "B = 0": {"throughput": 0.558129, "down": 0.090909},
        "B = 5": {"throughput": 0.742118, "down": 0.090909},
        "B = 10": {"throughput": 0.790777, "down": 0.090909},
    },
    "B12": {"": {"throughput": 0.8474}},
    "B15": {
        "one machine, 1000 s": {"pieces": 1000},
        "500 s after a warm-up of 500": {"pieces": 500},
        "two machines, B = 5, 1000 s": {"pieces": 999},
    },
    "B16": {"one machine, 100 s": {"pieces": 100}, "two in parallel": {"pieces": 200}},
    "B17": {},
    "B18": {"no failures, a slot more each": {"pieces that finish later": 0}},
    "B19": {"clocks of calendar": {"throughput": 0.826446}},
    "C1": {
        "K 5, R 1": {
            "availability": 0.872096,
            "machines down": 0.639522,
            "use of a fitter": 0.436048,
            "wait for a fitter": 0.466632,
            "all up": 0.563952,
        }
    },
    "C3": {
        "K 10, R 1": {
            "availability": 0.785418,
            "machines down": 2.145823,
            "wait for a fitter": 1.732079,
        },
        "K 10, R 3": {
            "availability": 0.907605,
            "machines down": 0.923947,
            "wait for a fitter": 0.018005,
        },
    },
    "C4": {
        "K 4, R 1": {
            "availability": 0.883342,
            "use of a fitter": 0.353337,
            "wait for a fitter": 3.206442,
            "failures": 0.035334,
        }
    },
    "C8": {
        "K 5, R 2": {
            "availability": 0.907041,
            "machines down": 0.464794,
            "wait for a fitter": 0.024858,
        }
    },
    "C10": {
        "K 10, R 1": {
            "availability": 0.924074,
            "machines down": 0.759263,
            "wait for a fitter": 0.643296,
        }
    },
    "D1": {"": {"makespan": 55}},
    "D2": {"": {"makespan": 666}},
    "D4": {
        "FIFO": {"makespan": 65, "sum of completion times": 329},
        "SPT": {"makespan": 88, "sum of completion times": 316},
    },
    "D5": {
        "FIFO": {"makespan": 772, "sum of completion times": 6099},
        "SPT": {"makespan": 751, "sum of completion times": 5555},
    },
    "D7": {
        "": {
            "begins on machine1": 0,
            "begins on machine3": 1,
            "begins on machine2": 4,
            "leaves": 6,
        }
    },
    "E4": {"": {"MTTF": 50, "availability": 0.833333}},
    "E5": {"": {"availability": 0.8}},
    "E6": {"": {"availability": 0.909091}},
    "K1": {
        "": {
            "max flow": 16,
            "P(some path)": 0.793881,
            "Birnbaum of M3": 0.88209,
            "Birnbaum of M1": 0.08019,
            "expected max flow": 10.714113,
            "flow lost without M2": 6,
        }
    },
    "K3": {"": {"m5 starves after": 40, "m5 loses": 80, "lost for ever": 16}},
    "K5": {"": {"largest difference": 0}},
    "L3": {"FIFO": {"makespan": 755}, "SPT": {"sum of completion times": 4330}},
    "L4": {"FIFO": {"makespan": 695}, "SPT": {"sum of completion times": 4977}},
    "L5": {"FIFO": {"makespan": 926}, "SPT": {"sum of completion times": 9751}},
    "L6": {"FIFO": {"makespan": 943}, "SPT": {"sum of completion times": 6991}},
    "L7": {"FIFO": {"makespan": 1045}, "SPT": {"sum of completion times": 8273}},
    "L8": {"FIFO": {"makespan": 1368}, "SPT": {"sum of completion times": 10312}},
    "L18": {"": {"sum of completion times": 81}},
    "L20": {"Johnson's order, optimal": {"makespan": 26}, "by number": {"makespan": 30}},
}
"""Row -> case -> figure -> the digits printed in ORACLES."""


def test_every_row_is_held_against_its_print():
    """No oracle is without its printed answer (ORACLES A to E, K, L)."""
    assert sorted(PRINTED) == sorted(registry.ids())
    assert set(RULES) <= set(COLUMNS)
    assert all(len(row) == len(COLUMNS) for row in TABLE.values())


@pytest.mark.parametrize("row", PRINTED)
def test_formulas_give_the_digits_that_are_printed(row):
    """What the room expects is computed, and equals the print (ORACLES A to E, K, L)."""
    expected = {
        (case.name, one.name): one.value
        for case in registry.oracle(row).cases
        for one in case.expected
    }
    for case, figures in PRINTED[row].items():
        for figure, printed in figures.items():
            assert expected[case, figure] == pytest.approx(printed, abs=6e-7), figure


def found_in(row: str, length: float) -> None:
    """Assert that every figure of *row* agrees."""
    found = run_oracle(row, length=length)
    assert [(v.case, v.expected.name, v.words) for v in found.verdicts if not v.agrees] == []
    assert found.reading(row) == "agrees"


@pytest.mark.parametrize("row", PRINTED)
def test_a_first_look_finds_the_answer(row):
    """``simtwin oracles --quick``: within 4 standard errors, the width as it says (ORACLES)."""
    found_in(row, QUICK)


@pytest.mark.slow
@pytest.mark.parametrize("row", PRINTED)
def test_the_simulation_finds_the_answer(row):
    """``simtwin oracles``: 4 standard errors hold it, half widths as it says (ORACLES)."""
    found_in(row, 1.0)
