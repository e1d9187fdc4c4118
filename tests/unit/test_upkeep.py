"""Tests of planned maintenance: by age, in blocks, by calendar, by a hook; crews and costs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from simtwin.errors import InvalidInput
from simtwin.orchestrator.compare import compare
from simtwin.orchestrator.replicate import replicate
from simtwin.orchestrator.simulate import simulate
from simtwin.physics.replacement import optimal_age
from simtwin.plant.files import parse_plant, parse_scenario
from simtwin.plant.policy import PolicySpec, Task

PLANT = """
plant: unit
calendars:
  - {id: sat, week: {sat: ["06:00-10:00"]}}
  - {id: day, week: {mon-sun: ["06:00-14:00"]}}
CREWS
machines:
  - id: m
    failures:
      - {id: pump, clock: CLOCK, life_h: 500, repair_h: 2, maintenance_min: 30,
         planned_cost: 40, failure_cost: 300}
products: [{id: p, route: [{operation: o, machines: [m], duration_min: 7}]}]
sources: [{id: s, product: p, saturating: true}]
"""


def run(
    policy: str = "",
    *,
    clock: str = "calendar",
    crews: str = "",
    until: float = 48.0,
    life: str = "life_h: 500",
):
    """Return *until* hours of work from Monday at six, and what the machine was."""
    text = PLANT.replace("CLOCK", clock).replace("CREWS", crews)
    plant = parse_plant(text.replace("life_h: 500", life))
    scenario = parse_scenario(
        f"scenario: s\nplant: unit\nhorizon_h: {until}\n"
        + (f"maintenance: [{policy}]\n" if policy else ""),
        plant,
    )
    return plant, scenario


def stops(plant, scenario):
    """Return what is not producing [min]."""
    result = simulate(plant, scenario)
    rows = [(r.mode, r.start / 60, r.end / 60) for r in result.log.states]
    return [row for row in rows if row[0] != "producing"], result


def test_by_age_it_waits_for_the_end_of_the_piece():
    """Due at 600 min, amid the 86th piece; begun at 602, and due 600 min after its end."""
    rows, result = stops(*run("{policy: age, every_h: 10}"))
    assert rows[:2] == [("maintenance", 602, 632), ("maintenance", 1234, 1264)]
    assert result.kpis["planned_tasks"].value == 4
    assert result.kpis["maintenance_cost"].value == 160
    assert result.kpis["planned_downtime"].value == 4 * 30 * 60


@pytest.mark.parametrize("clock", ["calendar", "processing", "cycles"])
def test_what_is_due_at_the_end_of_a_piece_comes_before_the_next(clock: str):
    """Due at 420 min, the end of the 60th piece: it begins there, with and without a log."""
    age = "every_cycles: 60" if clock == "cycles" else "every_h: 7"
    life = {"cycles": "life: {fixed: {value_cycles: 9000}}"}.get(clock, "life_h: 500")
    plant, scenario = run(f"{{policy: age, {age}}}", clock=clock, life=life)
    rows, result = stops(plant, scenario)
    assert rows[:2] == [("maintenance", 420, 450), ("maintenance", 870, 900)]
    assert simulate(plant, scenario, history=False).window.machines == result.window.machines


def test_life_given_back_is_a_credit():
    """Nine tenths of a life at the start, renewed at 10 h: what is used up is less, below 0."""
    plant, scenario = run("{policy: age, every_h: 460}")
    worn = replace(scenario.start_from, ages={("m", "pump"): 450 * 3600.0})
    figures = simulate(plant, replace(scenario, start_from=worn)).kpis
    renewed = 10 + 2 / 60  # Due amid a piece of 7 min, which is done first.
    since = 48 - renewed
    assert figures["planned_tasks"].value == 1
    assert figures["consumed_life_cost"].value == pytest.approx(
        40 * (since - 450) / 500, abs=0.1
    )
    assert figures["upkeep_cost"].value == pytest.approx(
        40 + figures["consumed_life_cost"].value
    )


def test_by_age_on_a_clock_of_use():
    """Ten hours of producing, pauses left out; the piece in hand is done first."""
    rows, _ = stops(*run("{policy: age, every_h: 10}", clock="processing"))
    assert rows[0] == ("maintenance", 602, 632)
    assert rows[1] == ("maintenance", 602 + 30 + 602, 602 + 30 + 602 + 30)


@pytest.mark.parametrize("clock", ["processing", "powered", "calendar"])
def test_what_is_too_old_at_the_start_is_due_at_once(clock):
    """Renewed at six, before the first piece; again 600 min after that, amid the 86th piece."""
    plant, scenario = run("{policy: age, every_h: 10}", clock=clock)
    old = replace(scenario.start_from, ages={("m", "pump"): 11 * 3600.0})
    rows, _ = stops(plant, replace(scenario, start_from=old))
    assert rows[:2] == [("maintenance", 0, 30), ("maintenance", 632, 662)]


def test_in_blocks_it_comes_at_multiples_of_the_time():
    """At ten and at twenty hours of the run, whatever was before."""
    rows, _ = stops(*run("{policy: block, every_h: 10, duration_min: 9}"))
    assert rows[:2] == [("maintenance", 602, 611), ("maintenance", 1206, 1215)]


def test_at_the_opening_of_a_calendar():
    """On Saturday at six, five days after the start."""
    rows, _ = stops(*run("{policy: calendar, calendar: sat}", until=130))
    assert rows[0] == ("maintenance", 7203, 7233)


def test_life_that_was_used_up_is_priced():
    """By cost alone who renews nothing wins a shift; by upkeep it need not (ORACLES H29)."""
    text = PLANT.replace("life_h: 500", "life: {weibull: {shape: 2.5, scale_h: 400}}")
    plant = parse_plant(text.replace("CLOCK", "calendar").replace("CREWS", ""))
    pump = plant.machines[0].failures[0]
    best = optimal_age(pump.life, planned=40.0, failure=300.0) / 3600.0
    figures = {}
    for name, policy in (("never", ""), ("now", "{policy: age, every_h: 150}")):
        scenario = parse_scenario(
            "scenario: s\nplant: unit\nhorizon_h: 10\n"
            f"maintenance: [{policy}]\n"
            "start_from: {machines: [{id: m, failures: [{id: pump, age_h: 150}]}]}\n",
            plant,
        )
        figures[name] = simulate(plant, scenario, seed=2).kpis
    cost = {name: kpis["maintenance_cost"].value for name, kpis in figures.items()}
    assert cost == {"never": 0.0, "now": 40.0}
    used = {name: kpis["consumed_life_cost"].value for name, kpis in figures.items()}
    assert used["never"] == pytest.approx(40.0 * 10.0 / best)
    assert used["now"] == pytest.approx(40.0 * (9.5 - 150.0) / best)
    total = {name: kpis["upkeep_cost"].value for name, kpis in figures.items()}
    assert total["never"] - total["now"] == pytest.approx(40.0 * 150.5 / best - 40.0)


def test_a_mean_of_life_given_back_is_negative():
    """Renewing the old pump gives life back, and ensembles and studies say so."""
    text = PLANT.replace("life_h: 500", "life: {weibull: {shape: 2.5, scale_h: 400}}")
    plant = parse_plant(text.replace("CLOCK", "calendar").replace("CREWS", ""))
    scenario = parse_scenario(
        "scenario: s\nplant: unit\nhorizon_h: 10\n"
        "maintenance: [{policy: age, every_h: 100}]\n"
        "start_from: {machines: [{id: m, failures: [{id: pump, age_h: 150}]}]}\n",
        plant,
    )
    many = replicate(plant, scenario, 3, workers=1)
    mean = sum(outcome.kpis["consumed_life_cost"] for outcome in many.outcomes) / 3
    assert mean < 0.0
    assert many.kpis["consumed_life_cost"].value.value == pytest.approx(mean)
    twin = replace(scenario, name="twin")
    study = compare(plant, [scenario, twin], metric="upkeep_cost", replications=3, workers=1)
    assert study.paired("consumed_life_cost").means["s"].value == pytest.approx(mean)


def test_run_to_failure_costs_its_failures():
    """Without a policy the pump fails after 500 h, and is not renewed by plan."""
    _, result = stops(*run(until=520))
    assert result.kpis["maintenance_cost"].value == 300
    assert result.kpis["planned_tasks"].value == 0


def test_it_waits_for_somebody_of_its_skill_and_is_laid_down():
    """Due at 13:50, begun at 14:00 less the piece: laid down at two, gone on with at six."""
    crews = "crews: [{id: c, members: 1, skills: [maintenance], calendar: day}]"
    rows, _ = stops(*run("{policy: age, every_min: 465}", crews=crews, until=30))
    assert rows[:3] == [
        ("maintenance", 469, 480),
        ("waiting for crew", 480, 1440),
        ("maintenance", 1440, 1459),
    ]


def test_waiting_for_somebody_over_night_is_no_deadlock():
    """Orders wait for the machine, it for a fitter, and he for the morning."""
    crews = "crews: [{id: c, members: 1, skills: [maintenance], calendar: day}]"
    text = PLANT.replace("CLOCK", "calendar").replace("CREWS", crews)
    plant = parse_plant(text[: text.index("sources:")])
    scenario = parse_scenario(
        "scenario: s\nplant: unit\nmaintenance: [{policy: age, every_min: 490}]\n"
        "orders: [{id: o, product: p, quantity: 90}]\n",
        plant,
    )
    rows, result = stops(plant, scenario)
    assert rows[:2] == [("waiting for crew", 490, 1440), ("maintenance", 1440, 1470)]
    assert result.window.orders[0].finish is not None


NIGHT = """
plant: night
calendars:
  - {id: day, week: {mon-sun: ["06:00-14:00"]}}
  - {id: early, week: {mon-sun: ["06:00-10:00"]}}
calendar: day
crews: [{id: c, members: 1, skills: [maintenance], calendar: CREW}]
machines:
  - {id: m, failures: [{id: pump, clock: CLOCK, life_h: 500, repair_h: 2, maintenance_h: 1}]}
products: [{id: p, route: [{operation: o, machines: [m], duration_min: 10}]}]
sources: [{id: s, product: p, saturating: true}]
"""


def night(crew: str, every_min: float, until: float, clock: str = "processing"):
    """Return a run of *until* hours of a machine that works by day, and so does its fitter."""
    plant = parse_plant(NIGHT.replace("CREW", crew).replace("CLOCK", clock))
    policy = f"maintenance: [{{policy: age, every_min: {every_min}}}]\n"
    text = f"scenario: s\nplant: night\nstart: 2026-01-05 06:00\nhorizon_h: {until}\n{policy}"
    return stops(plant, parse_scenario(text, plant))


def test_a_task_that_a_night_parts_is_off_shift_by_night():
    """KERNEL 27: off shift goes before waiting for crew; half an hour is left."""
    rows, result = night("day", 445, 30)
    assert rows[:3] == [
        ("maintenance", 450, 480),
        ("off shift", 480, 1440),
        ("maintenance", 1440, 1470),
    ]
    assert result.kpis["planned_downtime"].value == 3600.0
    assert result.kpis["availability"].value == 1.0  # Of what it was not maintained or off.
    assert result.why("m", "20:00") == (
        "m is off shift since 14:00, and pump waits for the crew."
    )
    table = result.frame("downtime")
    assert list(table["stops"]) == [1]


def test_a_task_that_waits_is_off_shift_when_its_shift_is_over():
    """Due at noon, the fitter gone at ten: two hours of waiting, a night at standby, six."""
    rows, result = night("early", 355, 30)
    assert rows[:3] == [
        ("waiting for crew", 360, 480),
        ("off shift", 480, 1440),
        ("maintenance", 1440, 1500),
    ]
    assert result.kpis["planned_downtime"].value == (2 + 1) * 3600.0
    _, evening = night("early", 355, 12)
    assert evening.snapshot.states["m"].load[0] == "standby"
    assert evening.kpis["planned_downtime"].value == 2 * 3600.0


def test_a_task_that_falls_due_off_shift_waits_for_no_crew_before_the_shift():
    """Due at 18:00 by the calendar: off shift until six, when the fitter is there."""
    rows, result = night("day", 720, 26, clock="calendar")
    assert [row for row in rows if row[0] != "off shift"] == [("maintenance", 1440, 1500)]
    assert result.kpis["planned_downtime"].value == 3600.0


def every_eight_hours(seen, changes, free):
    """Ask for the pump where it is older than eight hours."""
    assert free == {}
    return [
        Task(name, "pump", 600.0)
        for name, machine in seen.items()
        if machine.parts["pump"].age > 8 * 3600.0 and changes[name] > machine.now
    ]


def test_a_hook_decides_by_what_can_be_seen():
    """Looked at each hour: nine hours after the start, then nine after the end of that."""
    plant, scenario = run()
    policy = PolicySpec("mine", every=3600.0, decide=every_eight_hours)
    rows, _ = stops(plant, replace(scenario, maintenance=(policy,)))
    assert rows[:2] == [("maintenance", 546, 556), ("maintenance", 1081, 1091)]
    assert "every_eight_hours" in repr(policy)


def test_a_hook_that_asks_for_what_is_not_there_is_refused():
    """With the name of the policy and of what it asked for."""
    plant, scenario = run()
    policy = PolicySpec("mine", every=3600.0, decide=lambda *_: [Task("m", "belt")])
    with pytest.raises(InvalidInput, match="policy mine: there is no failure 'm/belt'"):
        simulate(plant, replace(scenario, maintenance=(policy,)))


@pytest.mark.parametrize("answer", [None, 3, ["x"], [Task("m", "pump", -1.0)]])
def test_a_hook_that_returns_no_tasks_is_refused(answer):
    """With the name of the policy and what it should return."""
    plant, scenario = run()
    policy = PolicySpec("mine", every=3600.0, decide=lambda *_: answer)
    with pytest.raises(InvalidInput, match=r"policy mine: .*(Task\(\"mill-1\"|0 s or more)"):
        simulate(plant, replace(scenario, maintenance=(policy,)))


@pytest.mark.parametrize(
    ("times", "said"),
    [
        ({"every": 0.0}, r"every must be a time above 0 \(got 0.0\)"),
        ({"every": -5.0}, "every must be a time above 0"),
        ({"every": float("nan")}, "every must be a time above 0"),
        ({"age": float("inf")}, "age must be a time above 0"),
        ({}, r"needs one of age, every and calendar \(got none\)"),
        ({"every": 1.0, "calendar": "sat"}, r"\(got every and calendar\)"),
        ({"age": 1.0, "decide": every_eight_hours}, "give every, not age"),
        ({"every": 1.0, "duration": -1.0}, "duration must be 0 s or more"),
    ],
)
def test_a_policy_in_python_has_a_time(times, said):
    """Exactly one, and above 0; the message names the policy."""
    with pytest.raises(InvalidInput, match=f"policy mine: .*{said}"):
        PolicySpec("mine", **times)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("{policy: calendar, calendar: always}", "'always' never opens"),
        ("{policy: block, every_h: 0}", r"maintenance\[0\].every_h: "),
        ("{policy: age, every_cycles: 0}", r"maintenance\[0\]"),
        ("{policy: block, every_s: 0}", r"maintenance\[0\].*'every' must be > 0"),
        ("{policy: age, every_h: 10, machines: [n]}", "no machine 'n'"),
        ("{policy: age, every_h: 10, failures: [belt]}", "no failure 'belt'"),
        ("{policy: age, every_cycles: 10}", "need every_cycles, others a time"),
        ("{policy: block, every_cycles: 10}", "policy block counts time, not cycles"),
        ("{policy: calendar}", "policy calendar needs 'calendar'"),
        ("{policy: calendar, calendar: sun}", "no calendar 'sun'"),
        ("{policy: age}", "every"),
        ("{policy: age, every_h: 1, calendar: sat}", "does not belong to policy age"),
    ],
)
def test_wrong_policies_are_refused(wrong: str, said: str):
    """Each with its place and what would be right."""
    with pytest.raises(InvalidInput, match=said):
        run(wrong)


def test_a_policy_needs_a_duration():
    """Of its own, or of the failure mode."""
    plant = parse_plant(PLANT.replace("CLOCK", "calendar").replace("CREWS", "").replace(
        "maintenance_min: 30,", ""))  # fmt: skip
    text = "scenario: s\nplant: unit\nhorizon_h: 9\nmaintenance: [{policy: age, every_h: 1}]\n"
    with pytest.raises(InvalidInput, match="'pump' does not say how long its maintenance"):
        parse_scenario(text, plant)


def failed_at_the_end(*, renewal: bool):
    """Return the figures of a run that ends within the first repair of the pump."""
    text = PLANT.replace("life_h: 500", "life: {weibull: {shape: 2.5, scale_h: 400}}")
    text = text.replace("CLOCK", "calendar").replace("CREWS", "")
    plant = parse_plant(
        text if renewal else text.replace("repair_h: 2", "repair_h: 2, renewal: false")
    )
    endless = parse_scenario("scenario: s\nplant: unit\nhorizon_h: 2000\n", plant)
    (down, *_) = [row for row in simulate(plant, endless).log.states if row.mode == "down"]
    short = replace(endless, horizon=(down.start + down.end) / 2.0)
    best = optimal_age(plant.machines[0].failures[0].life, planned=40.0, failure=300.0)
    return simulate(plant, short).kpis, down.start / best


def test_what_has_failed_is_priced_once():
    """The failure is paid with its renewal; a minimal repair leaves the life used up."""
    kpis, _ = failed_at_the_end(renewal=True)
    assert kpis["maintenance_cost"].value == kpis["upkeep_cost"].value == 300.0
    kpis, share = failed_at_the_end(renewal=False)
    assert kpis["consumed_life_cost"].value == pytest.approx(40.0 * min(1.0, share), rel=0.01)


def test_waits_for_planned_work_and_for_setters_are_not_unplanned():
    """A task due at 490 min waits until 1440: planned. Nobody sets up before six: its own."""
    crews = "crews: [{id: c, members: 1, skills: [maintenance, setup], calendar: day}]"
    _, result = stops(*run("{policy: age, every_min: 490}", crews=crews, until=24.25))
    kpis = result.kpis
    assert kpis["unplanned_downtime"].value == 0.0
    assert kpis["planned_downtime"].value == (1440 - 490 + 15) * 60.0
    text = PLANT.replace("CLOCK", "calendar").replace("CREWS", crews)
    plant = parse_plant(text.replace("duration_min: 7", "duration_min: 7, setup_min: 5"))
    night = "scenario: s\nplant: unit\nstart: 2026-01-05 05:00\nhorizon_h: HOURS\n"
    for hours, waited in ((0.5, 1800.0), (2, 3600.0)):  # The first ends within the wait.
        scenario = parse_scenario(night.replace("HOURS", str(hours)), plant)
        kpis = simulate(plant, scenario).kpis
        assert kpis["setter_wait"].value == waited
        assert kpis["unplanned_downtime"].value == 0.0


def test_a_wait_for_a_repairer_is_unplanned():
    """It fails at 500 h, on a Monday at 02:00; somebody comes at six and needs two hours."""
    crews = "crews: [{id: c, members: 1, skills: [repair], calendar: day}]"
    _, result = stops(*run(crews=crews, until=510))
    assert result.kpis["unplanned_downtime"].value == (4 + 2) * 3600.0


def test_maintenance_that_a_failure_cuts_short_is_noted():
    """Begun at 30 min for 5 min, broken at 32 min: 3 min are left, and nothing was renewed."""
    plant, _ = run()
    events = (
        "events: [{at_min: 30, machine: m, do: maintenance, for_min: 5},"
        " {at_min: 32, machine: m, do: breakdown, for_min: 1}]"
    )
    rows, result = stops(
        plant, parse_scenario(f"scenario: s\nplant: unit\nhorizon_h: 2\n{events}", plant)
    )
    assert rows == [("maintenance", 30, 32), ("down", 32, 33)]
    told = [(row.time / 60, row.kind, row.detail) for row in result.log.events]
    assert (32, "maintenance cut short", "180.0 s left, breakdown") in told
    assert "maintained" not in [kind for _, kind, _ in told]
