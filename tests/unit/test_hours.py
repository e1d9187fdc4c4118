"""Tests of the hours: how busy each machine was in each clock hour, and who bound it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simtwin.errors import InvalidInput
from simtwin.orchestrator.replicate import replicate
from simtwin.orchestrator.simulate import simulate
from simtwin.plant.files import parse_plant, parse_scenario
from simtwin.report.folder import open_folder, save
from simtwin.result.hours import WAITING, Waits, active, clock_hours, hours_of, momentary
from simtwin.result.record import INDEX
from tests.small import PLANT, SHIFT

LINE = parse_plant("""
plant: line
machines: [{id: saw}, {id: mill, buffer: 2}]
products:
  - id: part
    route:
      - {operation: cut, machines: [saw], duration_min: 3}
      - {operation: face, machines: [mill], duration_min: 5}
""")
MORNING = parse_scenario(
    """
scenario: morning
plant: line
start: 2026-01-05 06:30
horizon: 3 h
orders: [{id: one, product: part, quantity: 20, due: "08:00"}]
""",
    LINE,
)


def test_the_slow_station_of_a_line_is_its_bottleneck():
    """A mill of 5 min behind a saw of 3 min never waits once it has work: it binds (Roser)."""
    table = simulate(LINE, MORNING).frame("bottleneck")
    mill = table[table["station"] == "mill"]
    # 06:30 to 07:00, 08:00, 08:13, where the last of 20 pieces is done; then nobody is active.
    assert mill["start_s"].tolist() == [0.0, 1800.0, 5400.0, 9000.0]
    # The saw is active until it is blocked: four pieces, 06:30 to 06:42, and then the mill.
    assert mill["share"].iloc[1] == 1.0
    assert mill["share"].iloc[2] == pytest.approx((103 - 90) / 60)
    assert mill["share"].iloc[3] == 0.0
    assert mill["bottleneck"].tolist() == [True, True, True, False]


def test_nobody_binds_while_no_piece_is_in_the_shop():
    """All is done at 08:13; the repairs of an hour later hold up nothing, whoever has them."""
    events = """
events:
  - {at: "08:40", machine: mill, do: breakdown, for: 10 min}
  - {at: "09:10", machine: saw, do: breakdown, for: 20 min}
"""
    late = parse_scenario(
        """
scenario: morning
plant: line
start: 2026-01-05 06:30
horizon: 4 h
orders:
  - {id: one, product: part, quantity: 20, due: "08:00"}
  - {id: two, product: part, quantity: 1, due: "10:30", release: "09:20"}
"""
        + events,
        LINE,
    )
    run = simulate(LINE, late)
    table = run.frame("bottleneck").pivot_table(
        index="start_s", columns="station", values="share"
    )
    assert table.loc[5400.0].to_dict() == pytest.approx({"mill": 13 / 60, "saw": 0.0})
    # The piece of 09:20 finds the saw down until 09:30, and is sawn by 09:33, milled by 09:38.
    assert table.loc[9000.0].to_dict() == pytest.approx({"mill": 5 / 60, "saw": 13 / 60})
    assert table.loc[12600.0].to_dict() == {"mill": 0.0, "saw": 0.0}
    rest = run.frame("hours").set_index(["machine", "start_s"])["busy_share"]
    assert rest["mill", 5400.0] == pytest.approx(23 / 60)
    cut = simulate(LINE, late, until=9120.0)  # At 09:02 nothing is in the shop.
    gone_on = simulate(LINE, late, snapshot=cut.snapshot).frame("bottleneck")
    assert gone_on.groupby("station")["share"].sum().to_dict() == pytest.approx(
        {"mill": 5 / 58, "saw": 13 / 58}
    )


def test_busy_shares_are_those_of_the_log():
    """A machine is busy while it does not wait, hour by hour, as its states say."""
    run = simulate(PLANT, SHIFT, seed=5)
    states = run.frame("states")
    waits = states[states["state"].isin(WAITING)]
    for row in run.frame("hours").itertuples():
        own = waits[waits["machine"] == row.machine]
        last, first = own["end_s"].clip(upper=row.end_s), own["start_s"].clip(lower=row.start_s)
        share = 1.0 - (last - first).clip(lower=0.0).sum() / (row.end_s - row.start_s)
        assert row.busy_share == pytest.approx(share, abs=1e-12)


def test_hours_need_no_log():
    """A run without a log tells the same hours."""
    assert (
        simulate(PLANT, SHIFT, seed=2, history=False).hours
        == simulate(PLANT, SHIFT, seed=2).hours
    )


def test_a_group_is_active_while_none_of_its_machines_waits():
    """One waiting machine of two makes the whole group no bottleneck."""
    row = [10.0, 20.0, float(INDEX["starved"])]
    waits = {"a": row, "b": [], "c": [0.0, 4.0, float(INDEX["idle"])]}
    stations = {"pair": ("a", "b"), "single": ("c",)}
    found = hours_of(Waits(waits, stations, "2026-01-05T06:00:00", 0.0, 0.0, 30.0))
    # pair is active for 0..10 and 20..30, single for 4..30, which is longer.
    assert found.binding == {"pair": (4.0,), "single": (26.0,)}
    assert found.busy == {"a": (20.0,), "b": (30.0,), "c": (26.0,)}
    assert found.bottleneck(0) == "single"


def test_time_off_shift_is_no_time_to_be_busy():
    """The busy share is of the time on shift; off all along it is not known."""
    off = float(INDEX["off shift"])
    waits = {"a": [0.0, 1800.0, off], "b": [0.0, 3600.0, off]}
    found = hours_of(Waits(waits, {}, "2026-01-05T06:00:00", 0.0, 0.0, 3600.0))
    assert found.off == {"a": (1800.0,), "b": (3600.0,)}
    assert found.busy["a"] == (1800.0,)
    assert found.bottleneck(0) is None


def test_replications_say_how_surely_a_station_binds():
    """P(bottleneck) of an hour sums to at most 1, each with its interval; shares are means."""
    many = replicate(PLANT, SHIFT, 8)
    table = many.frame("bottleneck")
    assert (table.groupby("start_s")["p_bottleneck"].sum() <= 1.0 + 1e-12).all()
    assert (table["p_bottleneck_low"] <= table["p_bottleneck"]).all()
    assert (table["p_bottleneck"] <= table["p_bottleneck_high"]).all()
    hours = many.frame("hours")
    assert len(hours) == 6
    assert (hours["busy_share_low"] <= hours["busy_share"]).all()


def test_hours_are_saved(tmp_path):
    """A saved ensemble still tells its hours, of each replication."""
    many = replicate(PLANT, SHIFT, 3)
    opened = open_folder(save(many, tmp_path / "run"))
    assert opened.outcomes == many.outcomes
    assert opened.frame("bottleneck").equals(many.frame("bottleneck"))


def test_runs_saved_without_hours_are_told_so():
    """What was not kept is not made up."""
    from dataclasses import replace

    many = replicate(PLANT, SHIFT, 2)
    bare = replace(many, outcomes=tuple(replace(o, hours=None) for o in many.outcomes))
    with pytest.raises(InvalidInput, match="saved before hours were kept"):
        bare.frame("hours")


def test_clock_hours_become_days_in_a_long_run():
    """A run of more than a week is cut at midnights."""
    edges = clock_hours("2026-01-05T06:00:00", 0.0, 10 * 86400.0)
    assert edges[:3] == (0.0, 18 * 3600.0, 42 * 3600.0)
    assert edges[-1] == 10 * 86400.0
    assert clock_hours("2026-01-05T06:00:00", 5.0, 5.0) == (5.0,)


def told(*stations: list[tuple[float, float]]) -> list[list[tuple[float, float]]]:
    """Return who is momentarily the bottleneck, of stations with these active periods."""
    arrays = [
        (np.array([a for a, _ in one]), np.array([b for _, b in one])) for one in stations
    ]
    return [
        list(zip(first.tolist(), last.tolist(), strict=True))
        for first, last in momentary(arrays)
    ]


def test_equal_periods_go_to_the_first():
    """Of equally long active periods the earlier binds, then the first station."""
    assert told([(0.0, 4.0)], [(0.0, 4.0)]) == [[(0.0, 4.0)], []]
    assert told([(1.0, 5.0)], [(0.0, 4.0)]) == [[(4.0, 5.0)], [(0.0, 4.0)]]
    assert told([]) == [[]]
    assert told() == []


@given(
    st.lists(
        st.lists(st.integers(0, 60), min_size=2, max_size=40, unique=True).map(sorted),
        min_size=1,
        max_size=4,
    )
)
def test_at_every_instant_the_longest_active_period_binds(stations):
    """Looked at instant by instant, the sweep by length finds what the definition says."""
    periods = [
        [(float(a), float(b)) for a, b in zip(one[::2], one[1::2], strict=False)]
        for one in stations
    ]
    found = told(*periods)
    for instant in (n + 0.5 for n in range(60)):
        running = [
            (first - last, first, place)
            for place, one in enumerate(periods)
            for first, last in one
            if first < instant < last
        ]
        binds = [
            place
            for place, one in enumerate(found)
            for first, last in one
            if first < instant < last
        ]
        assert binds == [place for _, _, place in sorted(running)[:1]]


def test_many_periods_are_sifted_without_a_loss():
    """Beyond the first chunk, what is covered is left out and nothing else is."""
    row = [(float(n), n + 0.9) for n in range(500)]
    found = told([(100.0, 400.0)], row)
    assert found[0] == [(100.0, 400.0)]
    assert sum(b - a for a, b in found[1]) == pytest.approx(0.9 * 200)


def test_a_station_is_active_between_its_waits():
    """Waits may overlap, as those of two machines, and reach beyond the ends."""
    first, last = active(
        np.array([(2.0, 3.0), (2.5, 4.0), (9.0, 12.0), (-5.0, 1.0)]), 0.0, 10.0
    )
    assert list(zip(first.tolist(), last.tolist(), strict=True)) == [(1.0, 2.0), (4.0, 9.0)]
    first, last = active(np.empty((0, 2)), 0.0, 3.0)
    assert (first.tolist(), last.tolist()) == ([0.0], [3.0])
