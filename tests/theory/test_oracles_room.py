"""Laws: every oracle of the room has the printed answer, and the simulation finds it.

ORACLES A, B, C, D, E, H, K, L: the rows of which ``simtwin oracles`` has a plant file.
"""

from __future__ import annotations

import pytest

import simtwin as st
from simtwin.oracles import registry
from simtwin.oracles.chain import exact_pair
from simtwin.oracles.check import QUICK, run_oracle
from simtwin.oracles.job_shops import RULES, TABLE
from simtwin.oracles.lines import PIECE
from simtwin.physics.renewal import optimal_block
from simtwin.physics.replacement import optimal_age
from simtwin.plant.files import load_with_plant

NAMES = ("FIFO", "SPT", "LPT", "MWKR", "LWKR", "MOPNR", "FDD/MWKR")


def dispatched(*pairs: tuple[int, int]) -> dict[str, dict[str, float]]:
    """Return makespan and sum of completion times by the rules, in the order of the table."""
    words = ("makespan", "sum of completion times")
    named = zip(NAMES, pairs, strict=False)
    return {name: dict(zip(words, pair, strict=True)) for name, pair in named}


PRINTED: dict[str, dict[str, dict[str, float]]] = {
    "A1": {"": {"busy machines": 0.8, "L": 4, "Lq": 3.2, "W": 5, "Wq": 4}},
    "A2": {"": {"L": 9, "Lq": 8.1, "W": 10, "Wq": 9}},
    "A4": {
        "": {"P(wait)": 0.647191, "Lq": 2.588764, "Wq": 1.078652, "W": 2.078652, "L": 4.988764}
    },
    "A6": {"exact": {"Wq": 2}, "Erlang-2": {"Wq": 3}, "uniform": {"Wq": 2.166667}},
    "A7": {
        "lam 0.8, 5 places": {"loss": 0.088819, "L": 1.868332, "accepted": 0.728944},
        "lam 1, 10 places": {"loss": 1 / 11, "L": 5, "accepted": 10 / 11},
    },
    "A9": {
        "": {"availability at work": 0.909091, "Wq": 4.884783, "W": 5.984783, "L": 4.189348}
        | {"mean of completion": 1.1, "variance of completion": 2}
    },
    "A10": {"": {"variance of completion": 3.21, "Wq": 6.726087, "W": 7.826087, "L": 5.478261}},
    "A11": {"": {"L": 6.114625, "W": 8.735178}},
    "A12": {"": {"te": 1.1, "ce2": 1.652893}},
    "A14": {"": {"W, first class": 1.428571, "W, second class": 4.761905}},
    "A16": {
        "2000 s, as published": {"output": 2000, "utilisation": 0.8, "WIP": 3},
        "the machine alone": {"L": 2.4, "W": 2.4},
    },
    "A20": {"": {"busy": 0.925144, "L": 6.238954, "W": 2.599564}},
    "A21": {
        "exponential of mean 1": {"busy": 0.6, "L": 5.649575, "W": 2.353989},
        "no time in the oven": {"W": 0.625001},
    },
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
    | {
        "B = 50": {
            "throughput": 0.870618,
            "second starved or first blocked, mean": 0.042320,
            "down": 0.0870618,
        }
    },
    "B6": {
        "B = 0": {"throughput": 0.558129, "down": 0.090909},
        "B = 5": {"throughput": 0.742118, "down": 0.090909},
        "B = 10": {"throughput": 0.790777, "down": 0.090909},
    },
    "B8": {
        f"N = {volume}": {"throughput": rate}
        for volume, rate in (
            (0, 0.833333),
            (1, 0.836969),
            (5, 0.848586),
            (10, 0.858726),
            (20, 0.871369),
            (50, 0.887574),
            (100, 0.896552),
            (1000, 0.907618),
        )
    },
    "B10": {
        f"N = {volume}": {"throughput": rate}
        for volume, rate in (
            (0, 0.826446),
            (1, 0.830755),
            (5, 0.844272),
            (10, 0.855772),
            (20, 0.869736),
            (50, 0.887052),
            (100, 0.896376),
        )
    },
    "B11": {
        f"N = {places}": {"throughput": rate, "between the machines": places / 2}
        for places, rate in (
            (2, 0.833699),
            (4, 0.840936),
            (5, 0.844058),
            (6, 0.846906),
            (10, 0.856175),
            (100, 0.896937),
        )
    },
    "B12": {"": {"throughput": 0.8474}},
    "B14": {
        f"N = {places}": {"throughput": rate}
        for places, rate in ((1, 0.818182), (2, 0.857143), (5, 0.882353), (10, 0.891089))
    },
    "B15": {
        "one machine, 1000 s": {"pieces": 1000},
        "500 s after a warm-up of 500": {"pieces": 500},
        "two machines, B = 5, 1000 s": {"pieces": 999},
    },
    "B16": {"one machine, 100 s": {"pieces": 100}, "two in parallel": {"pieces": 200}},
    "B17": {},
    "B18": {
        "no failures, a slot more each": {"pieces that finish later": 0},
        "no failures, faster": {"pieces that finish later": 0, "pieces fewer": 0},
    },
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
    "C5": {
        f"w = {w}": {"throughput": rate, "cycle time": w + 3}
        for w, rate in ((1, 0.25), (2, 0.4), (4, 0.571429), (8, 0.727273), (16, 0.842105))
    },
    "C7": {
        f"w = {w}": {"throughput": rate, "cycle time": cycle}
        for w, rate, cycle in ((1, 1 / 6, 6), (2, 1 / 3, 6), (3, 1 / 3, 9))
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
    "D4": dispatched((65, 329), (88, 316), (77, 375), (61, 335), (83, 295), (59, 313)),
    "D5": dispatched(
        (772, 6099), (751, 5555), (822, 6021), (735, 5878), (933, 5271), (763, 6015)
    ),
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
            "betweenness of M3": 0.2857,
            "betweenness of M6": 0.1429,
            "betweenness of M4": 0.0952,
        }
    },
    "K3": {"": {"m5 starves after": 40, "m5 loses": 80, "lost for ever": 16}},
    "K5": {"": {"largest difference": 0}},
    "L1": {"FDD/MWKR": {"makespan": 67, "sum of completion times": 350}},
    "L2": {"FDD/MWKR": {"makespan": 747, "sum of completion times": 6540}},
    "L3": dispatched(
        (755, 5745),
        (672, 4330),
        (825, 6420),
        (696, 5925),
        (822, 4438),
        (726, 5737),
        (652, 5512),
    ),
    "L4": dispatched(
        (695, 5683),
        (711, 4977),
        (818, 6092),
        (758, 6247),
        (833, 5017),
        (706, 5597),
        (715, 5922),
    ),
    "L5": {"FIFO": {"makespan": 926}, "LWKR": {"sum of completion times": 9034}},
    "L6": {"SPT": {"makespan": 924}, "MOPNR": {"sum of completion times": 7894}},
    "L7": {"LPT": {"makespan": 1207}, "MWKR": {"sum of completion times": 8325}},
    "L8": {"FDD/MWKR": {"makespan": 1263, "sum of completion times": 10256}},
    "L18": {
        "SPT": {"sum of completion times": 81},
        "WSPT": {"weighted sum of completion times": 239},
        "EDD": {"greatest lateness": 3},
    },
    "E1": {
        "renewed at 493.047": {"cost rate": 0.00346204},
        "run to failure": {"cost rate": 0.00563530},
    },
    "E2": {"renewed at 500": {"availability": 0.993123, "P(fail in a cycle)": 0.162033}},
    "H1": {
        "renewed at 33.6451": {"cost rate": 0.06056121},
        "run to failure": {"cost rate": 0.11283792},
    },
    "H3": {
        "renewed at 883.602": {"cost rate": 0.00207647},
        "run to failure": {"cost rate": 0.00225412},
    },
    "H5": {"run to failure": {"cost rate": 0.1}},
    "H6": {
        "renewed at 39.2547": {"availability": 0.95873565},
        "run to failure": {"availability": 0.91729247},
    },
    "H8": {"renewed every 478.413": {"cost rate": 0.00364352}},
    "H10": {"renewed every 37.5813": {"cost rate": 0.04040127}},
    "H15": {
        "renewed at 29282": {"cost rate": 0.00933013},
        "renewed at 30000": {"cost rate": 0.00933333},
    },
    "H23": {"renewed at 11.5612": {"cost rate": 0.495717}},
    "H28": {"in blocks, not at an age": {"mean rise of the cost rate, relative": 0}},
    "L16": {
        "": {"FIFO": 1793.3, "SPT": 1813.5, "LPT": 1994.3, "MWKR": 1683.6, "LWKR": 2007.2}
        | {"MOPNR": 1686.7, "FDD/MWKR": 1655.5}
    },
    "L20": {"Johnson's order, optimal": {"makespan": 26}, "by number": {"makespan": 30}},
}
"""Row -> case -> figure -> the digits printed in ORACLES."""


def test_every_row_is_held_against_its_print():
    """No oracle is without its printed answer (ORACLES A to E, H, K, L)."""
    assert sorted(PRINTED) == sorted(registry.ids())
    assert all(len(row) == len(RULES) for row in TABLE.values())


@pytest.mark.parametrize("row", PRINTED)
def test_formulas_give_the_digits_that_are_printed(row):
    """What the room expects is computed, and equals the print (ORACLES A to E, H, K, L)."""
    expected = {
        (case.name, one.name): one.value
        for case in registry.oracle(row).cases
        for one in case.expected
    }
    for case, figures in PRINTED[row].items():
        for figure, printed in figures.items():
            assert expected[case, figure] == pytest.approx(printed, abs=6e-7), figure


def test_ages_in_the_files_are_those_of_least_cost():
    """T* of the rows stands in the files, and is what the law says (ORACLES E1, H1 to H15)."""
    for file, printed in (
        ("e1-age", 493.0470),
        ("h1-age", 33.6451),
        ("h3-age", 883.6017),
        ("h15-best", 29282.0323),
        ("h23-age", 11.5612),
    ):
        plant, scenario = load_with_plant(f"oracles/{file}")
        (part,) = plant.machines[0].failures
        best = optimal_age(part.life, planned=part.planned_cost, failure=part.failure_cost)
        assert (best, printed) == pytest.approx((scenario.maintenance[0].age,) * 2, rel=4e-6)
    plant, scenario = load_with_plant("oracles/h6-age")
    (part,) = plant.machines[0].failures
    best = optimal_age(part.life, planned=part.maintenance, failure=part.repair.mean)
    assert (best, 39.2547) == pytest.approx((scenario.maintenance[0].age,) * 2, rel=2e-6)
    for file, printed in (("h8", 478.413), ("h10", 37.5813)):
        plant, scenario = load_with_plant(f"oracles/{file}")
        (part,) = plant.machines[0].failures
        best = optimal_block(part.life, planned=part.planned_cost, failure=part.failure_cost)
        assert (best, printed) == pytest.approx((scenario.maintenance[0].every,) * 2, rel=1e-3)
    early, late, failure = (case.expected[0].value for case in registry.oracle("H5").cases)
    assert early > late > failure


@pytest.mark.parametrize("row", ["B8", "B10"])
def test_slots_of_the_fluid_lines_hold_their_volume(row):
    """The pieces are as small as PIECE says, and their slots hold N (ORACLES B8, B10)."""
    for case in registry.oracle(row).cases:
        (file,) = case.files
        plant, scenario = load_with_plant(file)
        line = scenario.changes.applied(plant)
        (cycle,) = {
            step.duration.value
            for operation in line.products[0].operations
            for step in operation.steps
        }
        (slots,) = (one.capacity for one in line.stations if one.name == "m2")
        volume = int(case.name.removeprefix("N = "))
        assert cycle == PIECE[volume] <= max(0.5, volume / 10)
        assert cycle * slots == volume


def test_pieces_make_little_more_than_the_fluid():
    """At N = 0, where it is known: 0.00018 in pieces of 0.5, less in smaller ones (B8)."""
    fluid = exact_pair(1e-6, p=0.01, r=0.1)
    assert exact_pair(0.5, p=0.01, r=0.1) - fluid == pytest.approx(0.000174, abs=1e-6)
    assert exact_pair(0.1, p=0.01, r=0.1) - fluid == pytest.approx(0.000035, abs=1e-6)


@pytest.mark.parametrize("places", [1, 2, 5, 10])
def test_bernoulli_machines_slot_by_slot(places):
    """Each slot of a run is one of the law: B14 is no likeness of it, but the same line.

    A machine is up in the slots in which it makes a piece, and m1 in those too whose piece
    finds no room. Then it works if it is up and neither starved nor blocked, and is blocked if
    the buffer is full at the begin of the slot and the next machine takes nothing in it.
    """
    plant, scenario = load_with_plant(f"oracles/b14-{places}")
    run = st.simulate(plant, scenario, seed=3, until=1500.0, history=True)
    ended: dict[str, set[float]] = {"m1": set(), "m2": set()}
    came = set()
    for row in run.log.pieces:
        if row.kind == "finished" and row.place in ended:
            ended[row.place].add(row.time)
        elif row.kind == "queued" and row.place == "m2":
            came.add(row.time)
    content, seen = 0, set()
    for slot in map(float, range(1, 1501)):
        takes = slot in ended["m2"]
        assert not (takes and content == 0), "starved, and yet it makes a piece"
        blocked = content == places and not takes
        works = slot in ended["m1"] and not blocked
        assert (slot in came) == works
        seen.add((content == places, takes, slot in ended["m1"]))
        content += works - takes
        assert 0 <= content <= places
    assert seen >= {(True, True, True), (True, False, True), (True, True, False)}


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
