"""Tests of suppositions: each becomes the changes and acts that a scenario file would have."""

from __future__ import annotations

from dataclasses import replace

import pytest

from simtwin.errors import InvalidInput
from simtwin.parts.failure import FailureSpec
from simtwin.physics.life import Fixed
from simtwin.plant.calendar import CalendarSpec
from simtwin.plant.changes import Changes
from simtwin.plant.files import load_plant, load_scenario, parse_plant, parse_scenario
from simtwin.plant.model import Intervention
from simtwin.plant.policy import PolicySpec
from simtwin.plant.supposition import Supposition, suppose
from tests.small import PLANT, SHIFT


def made(*texts: str):
    """Return the scenario in which *texts* are supposed."""
    return suppose(PLANT, SHIFT, texts)[0]


def test_a_stop_is_the_stop_of_a_file():
    """--stop gives the two acts that ``do: stop`` with ``for`` gives."""
    written = parse_scenario(
        """
scenario: stopped
plant: two
start: 2026-01-05 06:00
horizon: 3 h
replications: 6
events: [{at: "06:30", machine: m1, do: stop, for: 30 min}]
orders:
  - {id: first, product: part, quantity: 6, due: "06:34"}
  - {id: second, product: part, quantity: 6, due: "06:50"}
""",
        PLANT,
    )
    assert made("stop m1 06:30 30min").interventions == written.interventions


def test_a_time_may_have_its_day():
    """A run of days is told with weekdays, and asked with them or with dates."""
    day_long = suppose(PLANT, replace(SHIFT, horizon=3 * 86400.0), ["stop m1 Tue 10:00 2h"])
    assert [act.at for act in day_long[0].interventions] == [28 * 3600.0, 30 * 3600.0]
    dated = Supposition.parse("stop m1 2026-01-06 10:00 2h")
    assert dated.words == ("m1", "2026-01-06 10:00", "2h")
    assert str(dated) == "stop m1 2026-01-06 10:00 2h"
    assert Supposition.parse("stop Mon mill 10:00 2h").words == ("Mon mill", "10:00", "2h")


def test_each_kind_makes_its_change():
    """Every kind of supposition ends in the place where a file would have it."""
    assert made("add-machine m1").changes == Changes(add={"m3": "m1"})
    assert made("add-machine m1", "add-machine m2").changes.add == {"m3": "m1", "m4": "m2"}
    assert made("add-machine m1", "remove-machine m3").changes == Changes()
    assert made("feed m1 85").changes.values == {"machines.m1.feed_override": 85.0}
    assert made("set stations.m2.capacity=2").changes.values == {"stations.m2.capacity": 2}
    assert made("set orders.first.priority=2").orders[0].priority == 2
    assert made("overtime 90min").horizon == 4.5 * 3600.0
    assert made("dispatching spt").dispatching == "spt"
    assert made("rush second").orders[1].priority == 1
    assert made("rush second", "rush first").orders[0].priority == 2
    assert made("maintain m1 07:00 20min").interventions == (
        Intervention(3600.0, "m1", "maintenance", 1200.0),
    )


def test_a_planned_maintenance_is_moved_or_skipped():
    """What is moved has the same length at another time; what is skipped is gone."""
    kept = made("maintain m1 07:00 20min", "move m1 07:00 08:00").interventions
    assert kept == (Intervention(7200.0, "m1", "maintenance", 1200.0),)
    assert made("maintain m1 07:00 20min", "skip m1 07:00").interventions == ()


def test_what_a_policy_plans_is_no_event():
    """Nobody is told that there is no maintenance where a policy does it."""
    policies = (
        PolicySpec("nightly", every=7200.0),
        PolicySpec("pumps", failures=("pump",), age=3600.0),
    )
    belt = FailureSpec("belt", "on_shift", Fixed(3600.0), Fixed(600.0), maintenance=60.0)
    machines = tuple(
        replace(each, failures=(belt,) if each.name == "m1" else ()) for each in PLANT.machines
    )
    plant = replace(PLANT, machines=machines)
    scenario = replace(SHIFT, maintenance=policies)
    said = "no event plans .* for 07:00; it is maintained by policy, nightly: .*'extends'"
    for line in ("skip m1 07:00", "move m1 07:00 08:00"):
        with pytest.raises(InvalidInput, match=said):
            suppose(plant, scenario, [line])
    with pytest.raises(InvalidInput, match=r"m2 for 07:00 \(but: none at all\)"):
        suppose(plant, scenario, ["skip m2 07:00"])


def test_a_rush_order_may_be_new():
    """A new order gets the next free name, goes first, and may have a due time."""
    scenario, said = suppose(PLANT, SHIFT, ["rush part:3@06:15,07:00", "rush part:2@06:30"])
    first, second = scenario.orders[2:]
    assert (first.name, first.quantity, first.release, first.due) == (
        "rush-1",
        3,
        900.0,
        3600.0,
    )
    assert (second.name, second.due, second.priority) == ("rush-2", None, first.priority + 1)
    assert said == (
        "3 more of part come in at 06:15, due 07:00 (rush-1)",
        "2 more of part come in at 06:30 (rush-2)",
    )


def test_a_machine_goes_with_all_that_is_said_of_it():
    """What a scenario says of a machine that is taken away is forgotten; its piece waits."""
    plant = load_plant("job_shop")
    shift = load_scenario("day_shift", plant)
    scenario, said = suppose(plant, shift, ["remove-machine hmc-1"])
    assert said == ("hmc-1 is taken away",)
    assert "hmc-1" not in scenario.start_from.temperatures
    assert all(key[0] != "hmc-1" for key in scenario.start_from.edges)
    piece = next(w for w in scenario.start_from.work if (w.order, w.piece) == ("housing-1", 1))
    assert (piece.machine, piece.left) == (None, None)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("halt m1 06:30 30min", "nothing is supposed by 'halt'"),
        ("stopp m1", "did you mean 'stop'"),
        ("stop m1 06:30", "must be stop MACHINE TIME DURATION"),
        ("stop m9 06:30 30min", "stop m9 06:30 30min: no machine 'm9'"),
        ("stop m1 12:00 30min", r"must lie before the end, 09:00 \(got '12:00'\)$"),
        ("stop m1 +6h 30min", r"before the end, 09:00 \(got '\+6h', which is 12:00\)$"),
        ("stop m1 06:30 30", "unit"),
        ("remove-machine m1", "last machine of 'm1'"),
        ("rush third", "no order 'third'.*or give a new one as PRODUCT:QUANTITY@TIME"),
        ("rush thing:3@07:00", "no product 'thing'"),
        ("rush part:0@07:00", "at least 1 piece"),
        ("feed m1 500", "feed m1 500: .*must be <= 200"),
        ("feed m1 fast", "must be a number"),
        ("crew 3", "the plant has no crew"),
        ("dispatching best", "must be fifo"),
        ("dispatching sequence", "no sequence that could be followed"),
        ("move m1 07:00 08:00", "no event plans maintenance of m1 for 07:00 .but: none at all"),
        ("set nothing", "must be NAME=VALUE"),
        ("overtime 0h", "longer than nothing"),
        ("overtime Sat 06:00", "must be how long, as 2h, or a shift .*as Sat 06:00-14:00"),
    ],
)
def test_what_does_not_fit_is_refused(text, message):
    """A wrong name, time or value is told with the supposition and what would be right."""
    with pytest.raises(InvalidInput, match=message):
        made(text)


def test_nothing_supposed_is_refused():
    """A what-if needs an if."""
    with pytest.raises(InvalidInput, match="nothing is supposed"):
        suppose(PLANT, SHIFT, [])


def test_names_may_have_blanks():
    """Times and durations stand at the end; what is before them is the name."""
    assert Supposition.parse("stop big mill 10:00 2h").words == ("big mill", "10:00", "2h")


def test_a_run_without_end_has_no_overtime():
    """Until all is done nothing can go on for longer; a crew is changed where there is one."""
    plant = load_plant("job_shop")
    shift = load_scenario("day_shift", plant)
    endless = parse_scenario("scenario: e\nplant: two\norders: [{id: a, product: part}]", PLANT)
    with pytest.raises(InvalidInput, match="finished: say from when to when"):
        suppose(PLANT, endless, ["overtime 1h"])
    scenario, said = suppose(plant, shift, ["crew 3", "feed lathes 110"])
    assert scenario.changes.values["crew"] == 3
    assert {v for k, v in scenario.changes.values.items() if "lathe" in k} == {110.0}
    assert said == ("the crew has 3 instead of 2", "the feed of lathes is at 110 %")


def test_overtime_after_the_last_shift_is_a_shift_more():
    """Work goes on after the end also where the calendars have ended: they get that shift."""
    early = CalendarSpec("early", (((6 * 3600.0, 9 * 3600.0),),) * 7)
    machines = tuple(replace(each, calendar="early") for each in PLANT.machines)
    plant = replace(PLANT, calendars=(early,), machines=machines)
    longer, (said,) = suppose(plant, SHIFT, ["overtime 2h"])
    assert said == ("work goes on until 11:00 instead of 09:00, in all calendars of machines")
    assert longer.horizon == 5 * 3600.0
    filed, _ = suppose(plant, SHIFT, ["overtime 09:00-11:00"])
    assert (longer.changes, longer.horizon) == (filed.changes, filed.horizon)
    half = replace(plant, machines=(replace(machines[0], calendar=None), *machines[1:]))
    assert suppose(half, SHIFT, ["overtime 2h"])[0].horizon == 5 * 3600.0


WORDS = """
plant: single
machines: [{id: saw, buffer: 3}]
products:
  - id: part
    route:
      - {operation: cut, machines: [saw], duration_min: 5, setup_min: 10}
      - {operation: file, machines: [saw], duration: {lognormal: {median_s: 9, sigma: 0.2}}}
sources: [{id: bars, product: part, every_min: 10}]
"""


@pytest.mark.parametrize(
    ("file", "model"),
    [
        ("products.part.route.cut.setup_min=4", "products.part.operations.cut.setup_min=4"),
        (
            "products.part.route.cut.duration_min=4",
            "products.part.operations.cut.steps.0.duration.value_min=4",
        ),
        (
            "products.*.route.file.duration.median_s=4",
            "products.part.operations.file.steps.0.duration.median_s=4",
        ),
        ("sources.bars.every_min=4", "sources.bars.interarrival.value_min=4"),
        ("stations.saw.buffer=4", "stations.saw.capacity=4"),
    ],
)
def test_what_is_set_may_be_called_as_in_the_file(file: str, model: str):
    """The words of the plant file name the same as those of the model."""
    plant = parse_plant(WORDS)
    shift = parse_scenario("scenario: hour\nplant: single\nhorizon: 90 min", plant)
    plants = [
        suppose(plant, shift, [f"set {words}"])[0].changes.applied(plant)
        for words in (file, model)
    ]
    assert plants[0] == plants[1] != plant


def test_what_cannot_be_set_says_where_it_is():
    """A buffer is of the station; a random duration is changed by its numbers."""
    plant = parse_plant(WORDS)
    shift = parse_scenario("scenario: hour\nplant: single\nhorizon: 90 min", plant)
    for asked, told in (
        ("products.part.route.file.duration_min=4", "duration.median"),
        ("products.part.rout.cut.setup_min=4", "there are: name, operations"),
    ):
        with pytest.raises(InvalidInput, match=told):
            suppose(plant, shift, [f"set {asked}"])
