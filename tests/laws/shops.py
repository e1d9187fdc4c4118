"""Small shops in which everything happens: failures, trips, breakages, blocking, ties, acts.

Lives are minutes and repairs seconds, so that a few hours hold every transition many times.
Nothing here is a realistic plant; the shipped plant models are.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from simtwin.plant.files import parse_plant, parse_scenario
from simtwin.streams import Streams

if TYPE_CHECKING:
    from simtwin.plant.model import PlantModel, Scenario

MILL = """
    preset: generic-vmc-40
    group: mills
    buffer: 2
    spindle:
      torque_nm: 15.5
      base_rpm: 5000
      max_rpm: 15000
      trips: [{node: motor, limit_c: 28, reset_c: 25.5}, {node: front, limit_c: 40,
         reset_c: 30}]
    bearings:
      front: {rating_kn: 0.9, fatigue_load_kn: 0.1, preload_n: 500, contamination: 0.05,
         repair_h: 0.1}
      rear:
        {rating_kn: 0.45, fatigue_load_kn: 0.1, preload_n: 400, oil_40c_mm2_s: 32,
         oil_100c_mm2_s: 5.4, repair: {lognormal: {median_min: 5, sigma: 0.4}}}
    magazine: [{tool: end, edges: 2}, {tool: rough, edges: 2}, {tool: drill, edges: 3}]
    refit_min: 1.5
    tool_change_s: 9
    overload_reset_min: 1
    failures:
      - {id: drive, clock: powered, life: {exponential: {mean_min: 40}}, repair_min: 3}
      - id: chuck
        clock: processing
        life: {weibull: {shape: 1.5, scale_min: 30}}
        repair: {uniform: {low_s: 30, high_s: 200}}
        renewal: false
      - {id: clamp, clock: cycles, life: {negative_binomial: {steps: 1, p: 0.1}},
         repair_s: 50, crew: false}
      - {id: power, clock: calendar, life: {exponential: {mean_min: 45}}, repair_min: 1}
"""

WORKSHOP = """
plant: workshop
crew: {members: 1}
machines:
  - id: saw
    failures:
      - {id: blade, clock: cycles, life: {negative_binomial: {steps: 3, p: 0.3}}, repair_s: 40}
      - {id: feeder, clock: calendar, life: {weibull: {shape: 2, scale_min: 25}}, repair_min: 2}
  - id: mill-2$MILL
  - id: mill-10$MILL
  - id: hmc
    preset: generic-hmc-500
    buffer: 1
    magazine:
      - {tool: end, edges: 1}
      - {tool: rough, edges: 3}
      - {tool: drill, edges: 1}
    refit_min: 2
    tool_change_s: 12
    coolant_loss_life: 0.4
  - id: bench
    buffer: 1
    failures:
      - {id: lamp, clock: powered, life: {exponential: {mean_min: 60}}, repair_s: 100,
         crew: false, renewal: false}
tools:
  - {id: end, preset: end-mill-16-steel, life_min: 6, life_scatter: 0.3,
     break_rate_per_h: 0.5, break_growth: 3, change: at limit, force_per_wear_per_mm: 4}
  - {id: rough, preset: face-mill-63-steel, life_min: 9, life_scatter: 0.3,
     break_rate_per_h: 1, break_growth: 2, change: planned}
  - {id: drill, kind: any, life_min: 5, life_scatter: 0.25, break_rate_per_h: 2,
     break_growth: 1, change: planned}
programs:
  - id: milling
    material: P6
    steps:
      - handle_s: 8
      - mill: {tool: rough, speed_m_min: 180, feed_mm: 0.12, depth_mm: 0.8, width_mm: 45,
         path_mm: 330}
      - mill: {tool: rough, speed_m_min: 180, feed_mm: 0.1, depth_mm: 0.3, width_mm: 45,
           path_mm: 150}
      - mill: {tool: end, speed_m_min: 150, feed_mm: 0.06, depth_mm: 9, width_mm: 3.4,
         path_mm: 400}
      - timed: {duration: {triangular: {low_s: 10, mode_s: 20, high_s: 45}}, load: heavy,
         tool: drill}
      - handle_s: 5
setup_matrix_s: {plate/face: {blanks: 40}}
products:
  - id: frame
    scrap_on_breakage: 0.5
    route:
      - {operation: saw, machines: [saw], duration: {lognormal: {median_s: 60, sigma: 0.3}}}
      - {operation: mill, machines: [mills, hmc], program: milling, setup_family: blanks}
      - {operation: check, machines: [bench], duration_s: 30, setup_s: 15}
  - id: plate
    scrap_on_breakage: 1
    route:
      - {operation: mill, machines: [mills], program: milling, setup_family: blanks}
      - {operation: face, machines: [hmc, mills], duration_s: 64, load: heavy, tool: rough,
         parts_per_tool: 5, setup_s: 70}
      - {operation: check, machines: [bench], duration: {exponential: {mean_s: 25}}, setup_s: 9}
sources:
  - {id: bars, product: frame, every: {exponential: {mean_min: 4}}}
""".replace("$MILL\n", MILL)
"""Six machines with spindles, bearings, tools and every clock, and one fitter."""

MORNING = """
scenario: morning
plant: workshop
horizon: 4 h
seed: 11
orders:
  - {id: job-2, product: plate, quantity: 6}
  - {id: job-10, product: plate, quantity: 6}
  - {id: job-1, product: frame, quantity: 8}
  - {id: late-1, product: plate, quantity: 10, release_min: 70}
  - {id: late-2, product: frame, quantity: 5, release_min: 70, priority: 1}
  - {id: late-3, product: plate, quantity: 12, release_min: 120, due_min: 150}
events:
  - {at_min: 2, machine: mill-10, do: start}
  - {at_min: 20, machine: mill-2, do: feed override, value: 80, for_min: 30}
  - {at_min: 20, machine: mill-10, do: spindle override, value: 110, for_min: 25}
  - {at_min: 33, machine: saw, do: maintenance, for_min: 4}
  - {at_min: 41, machine: mill-10, do: coolant off, for_min: 12}
  - {at_min: 50, machine: hmc, do: stop, for_min: 9}
  - {at_min: 61, machine: mill-2, do: breakdown, for_min: 5}
  - {at_min: 62, machine: mill-2, do: force tool change}
  - {at_min: 63, machine: mill-2, do: stop, for_min: 8}
  - {at_min: 75, machine: hmc, do: feed override, value: 150, for_min: 20}
  - {at_min: 80, machine: mill-2, do: maintenance, for_min: 3}
  - {at_min: 90, machine: mill-2, do: stop, for_min: 5}
  - {at_min: 95, machine: mill-10, do: force tool change, value: end}
  - {at_min: 97, machine: bench, do: stop, for_min: 1}
  - {at_min: 100, machine: bench, do: breakdown, for_min: 3}
  - {at_min: 110, machine: mill-10, do: maintenance, for_min: 2}
  - {at_min: 112, machine: hmc, do: force tool change}
  - {at_min: 125, machine: mill-2, do: coolant off, for_min: 30}
  - {at_min: 140, machine: mill-2, do: feed override, value: 190, for_min: 15}
  - {at_min: 140, do: rush order, order: {id: rush, product: plate, quantity: 2}}
start_from:
  work:
    - {order: job-2, piece: 1, operation: face, machine: mill-10, left_s: 30}
    - {order: job-2, piece: 2, operation: face, station: hmc}
    - {order: job-2, piece: 3, operation: mill}
    - {order: job-1, piece: 1, operation: check, machine: bench}
  machines:
    - {id: hmc, temperatures: {motor_c: 45, front_c: 40}}
    - {id: bench, failures: [{id: lamp, age_h: 0.8}], set_up_for: plate/check}
    - id: mill-2
      temperatures: {steady: milling}
      bearings: {rear: {damage: 0.9}}
      tools: [{tool: end, edge: 1, damage: 0.6}, {tool: rough, edge: 2, used_min: 3}]
      failures: [{id: chuck, age_h: 0.4}, {id: power, age_h: 1}]
    - {id: mill-10, stopped: true, bearings: {rear: {damage: 3.5}}}
"""

ALL = """[
  {id: x, clock: processing, life: {exponential: {mean_min: 12}},
   repair: {exponential: {mean_min: 2}}},
  {id: y, clock: calendar, life: {exponential: {mean_min: 20}}, repair_min: 1}]"""

LINE = """
plant: line
crew: {members: 2}
machines:
  - {id: a, failures: $ALL}
  - {id: b, group: pair, buffer: 1, failures: $ALL}
  - {id: c, group: pair, buffer: 1, failures: $ALL}
  - {id: d, buffer: 0, failures: $ALL}
  - {id: e, buffer: 2, failures: $ALL}
  - {id: f, buffer: 1, failures: $ALL}
products:
  - id: part
    route:
      - {operation: one, machines: [a], duration_s: 20}
      - {operation: two, machines: [pair], duration_s: 40}
      - {operation: three, machines: [d, e], duration: {uniform: {low_s: 20, high_s: 40}}}
      - {operation: four, machines: [f], duration_s: 16}
sources:
  - {id: bars, product: part, saturating: true}
""".replace("$ALL", ALL)
"""Plain machines, a saturating source, small buffers, blocking, two fitters, many ties."""

SHIFT = """
scenario: shift
plant: line
horizon: 80 min
seed: 5
events:
  - {at_min: 10, machine: b, do: stop, for_min: 6}
  - {at_min: 20, machine: d, do: maintenance, for_min: 5}
  - {at_min: 30, machine: e, do: breakdown, for_min: 4}
  - {at_min: 30, machine: d, do: breakdown, for_min: 4}
  - {at_min: 31, machine: e, do: breakdown, for_min: 1}
  - {at_min: 40, machine: a, do: feed override, value: 120, for_min: 10}
"""

CELL = """
plant: cell
machines:
  - {id: m-1, group: cell}
  - {id: m-2, group: cell}
  - {id: m-10, buffer: 1}
products:
  - id: p
    route:
      - {operation: one, machines: [cell], duration_s: 60}
      - {operation: two, machines: [m-10], duration_s: 30}
  - id: q
    route:
      - {operation: one, machines: [cell, m-10], duration_s: 30}
"""
"""Three machines that never fail; every duration divides the others, so all is ties."""

SEQUENCE = """
scenario: sequence
plant: cell
dispatching: sequence
sequence: {m-1: [o-2, o-1, o-2], m-2: [o-10, o-1]}
horizon: 30 min
orders:
  - {id: o-1, product: p, quantity: 4}
  - {id: o-2, product: q, quantity: 6}
  - {id: o-10, product: p, quantity: 5}
  - {id: o-3, product: q, quantity: 3, release_min: 2}
  - {id: o-4, product: p, quantity: 3, release_min: 2}
"""

SHORTEST = SEQUENCE.replace("scenario: sequence", "scenario: shortest").replace(
    "dispatching: sequence\nsequence: {m-1: [o-2, o-1, o-2], m-2: [o-10, o-1]}",
    "dispatching: spt",
)

QUEUE = """
plant: queue
crew: {members: 1}
machines:
  - {id: a, failures: [{id: f, clock: calendar, life_min: 4, repair_min: 2}]}
  - {id: b, failures: [{id: f, clock: calendar, life_min: 3, repair_min: 2}]}
  - {id: c, failures: [{id: f, clock: calendar, life_min: 2, repair_min: 15}]}
  - id: d
    preset: generic-vmc-40
    bearings: {front: {rating_kn: 0.05, repair_h: 0.05}}
products:
  - id: p
    route:
      - {operation: one, machines: [a], duration_s: 40}
      - {operation: two, machines: [b], duration_s: 40}
      - {operation: three, machines: [c], duration_s: 40, setup_s: 200}
  - {id: q, route: [{operation: four, machines: [d], duration_s: 50, load: heavy}]}
sources:
  - {id: p-bars, product: p, saturating: true}
  - {id: q-bars, product: q, saturating: true}
"""
"""One fitter who is always late: faults stand in line on a machine, and machines in line."""

LATE = """
scenario: late
plant: queue
horizon: 60 min
events:
  - {at_min: 3.5, machine: a, do: breakdown, for_min: 4}
  - {at_min: 15, machine: b, do: breakdown, for_min: 3}
  - {at_min: 16, machine: b, do: stop, for_min: 12}
  - {at_min: 20, machine: d, do: stop, for_min: 30}
"""

PRESSES = """
plant: presses
crew: {members: 1}
machines:
  - id: press
    failures:
      - id: ram
        clock: processing
        life: {gamma_process: {growth_per_min: 1, scale: 2, limit: 12}}
        repair_min: 2
      - id: die
        clock: cycles
        life: {gamma_process: {growth_per_cycle: 0.5, scale: 1, limit: 25}}
        repair_s: 50
        crew: false
        renewal: false
      - id: pump
        clock: powered
        life: {wiener_process: {drift_per_min: 1, sigma_per_sqrt_min: 3, limit: 25}}
        repair: {exponential: {mean_min: 2}}
  - id: robot
    buffer: 2
    failures:
      - id: belt
        clock: calendar
        life: {wiener_process: {drift_per_h: 60, sigma_per_sqrt_h: 20, limit: 60}}
        repair_min: 3
      - {id: grip, clock: calendar, life: {exponential: {mean_min: 30}}, repair_min: 1}
products:
  - id: part
    route:
      - {operation: press, machines: [press], duration: {uniform: {low_s: 20, high_s: 40}}}
      - {operation: stack, machines: [robot], duration_s: 25}
sources:
  - {id: blanks, product: part, saturating: true}
"""
"""Parts that wear to a limit, and people who look at them."""

ROUNDS = """
scenario: rounds
plant: presses
horizon: 90 min
seed: 3
events:
  - {at_min: 7, machine: press, do: inspect}
  - {at_min: 12, machine: robot, do: inspect}
  - {at_min: 25, machine: press, do: inspect}
  - {at_min: 25, machine: press, do: maintenance, for_min: 2}
  - {at_min: 41, machine: press, do: stop, for_min: 4}
  - {at_min: 43, machine: press, do: inspect}
  - {at_min: 60, machine: robot, do: inspect}
  - {at_min: 61, machine: press, do: inspect}
  - {at_min: 75, machine: press, do: inspect}
start_from:
  machines:
    - {id: press, failures: [{id: ram, level: 5}, {id: die, level: 1.5}]}
    - {id: robot, failures: [{id: belt, level: -4}]}
"""

SHIFTS = """
plant: shifts
crews:
  - {id: fitter, members: 1, calendar: crewed}
  - {id: setter, members: 1, skills: [setup, upkeep], calendar: crewed}
  - {id: electrician, members: 1, skills: [electric, repair, other], calendar: shift}
calendars:
  - {id: crewed, week: {mon-sun: ["00:00-24:00"]}, breaks: ["06:15-06:22", "06:47-07:20",
     "07:41-07:44", "08:00-08:12", "08:20-08:24", "09:00-09:20"]}
  - {id: short, week: {mon-sun: ["00:00-24:00"]}, breaks: ["06:13-06:20", "06:40-06:41",
     "07:05-07:30", "08:10-08:11", "08:40-09:00"]}
  - {id: shift, other: {2026-01-06: ["05:00-06:00"]}, week: {sun: ["22:00-06:05"],
     mon: ["06:00-06:50", "06:50-07:10", "07:40-08:20"]}}
  - {id: gone, week: {},
     other: {2026-01-06: ["05:00-06:00"]}}
calendar: short
machines:
  - id: saw
    at_shift_end: finish
    failures:
      - {id: chain, clock: on_shift, life: {weibull: {shape: 2, scale_min: 14}},
         repair: {lognormal: {median_min: 4, sigma: 0.8}}}
  - id: mill-2$MILL
    at_shift_end: pause
  - id: mill-10$MILL
    at_shift_end: scrap
    calendar: shift
  - id: bench
    calendar: shift
    buffer: 1
    at_shift_end: hold release
    failures:
      - {id: lamp, clock: on_shift, life: {exponential: {mean_min: 30}}, repair_s: 300,
         renewal: false, skill: electric}
  - {id: box, calendar: always, buffer: 1}
tools:
  - {id: end, kind: any, life_min: 16, life_scatter: 0.3, break_rate_per_h: 1, break_growth: 3}
  - {id: rough, kind: any, life_min: 9, life_scatter: 0.3, change: planned}
  - {id: drill, kind: any, life_min: 30, life_scatter: 0.25, change: planned}
products:
  - id: frame
    route:
      - {operation: saw, machines: [saw], duration: {lognormal: {median_s: 70, sigma: 0.3}},
         setup_s: 40}
      - {operation: mill, machines: [mills], duration_s: 150, load: heavy, tool: end,
         setup_s: 35}
      - {operation: check, machines: [bench], duration_s: 45, setup_s: 11}
      - {operation: pack, machines: [box], duration: {exponential: {mean_s: 40}}}
  - id: plate
    route:
      - {operation: face, machines: [mills], duration_s: 64, load: medium, tool: rough,
         setup_s: 50}
      - {operation: check, machines: [bench], duration_s: 30, setup_s: 14}
sources:
  - {id: bars, product: frame, every: {exponential: {mean_min: 4}}}
""".replace("$MILL\n", MILL)
"""Breaks and shifts, and all that a machine can do when they come."""

TUESDAY = """
scenario: tuesday
plant: shifts
start: 2026-01-05 06:00
horizon: 4 h
seed: 3
maintenance:
  - {policy: age, machines: [saw], every_min: 9, duration_s: 70, skill: upkeep}
  - {policy: age, machines: [mill-2, mill-10], failures: [drive], every_min: 17,
     duration_s: 45, skill: upkeep}
  - {policy: age, machines: [mill-2, mill-10], failures: [chuck], every_min: 6, duration_s: 30}
  - {policy: age, machines: [mill-10], failures: [clamp], every_cycles: 4, duration_s: 20}
  - {policy: block, machines: [bench], every_min: 25, duration_s: 100}
  - {policy: calendar, machines: [mill-2], failures: [power], calendar: crewed, duration_s: 80,
     skill: upkeep}
orders:
  - {id: first, product: plate, quantity: 14}
  - {id: second, product: frame, quantity: 6, release_min: 60}
  - {id: third, product: plate, quantity: 16, release_min: 45}
events:
  - {at_min: 12, machine: mill-2, do: breakdown, for_min: 3}
  - {at_min: 66, machine: mill-2, do: maintenance, for_min: 5}
  - {at_min: 70, machine: saw, do: stop, for_min: 30}
  - {at_min: 75, machine: mill-10, do: maintenance, for_min: 4}
  - {at_min: 102, machine: bench, do: stop, for_min: 2}
  - {at_min: 160, machine: mill-2, do: coolant off, for_min: 8}
"""

PULLED = """
plant: pulled
crew: {members: 1}
flow: {conwip: {part: 7, lid: 2}}
machines:
  - {id: a, group: first, kanban: 3, failures: $ALL}
  - {id: b, group: first, kanban: 3}
  - {id: c, kanban: 2, failures: $ALL}
  - {id: d, kanban: 4, failures: $ALL}
  - {id: e, group: last, buffer: 1}
  - {id: f, group: last, buffer: 1, failures: $ALL}
products:
  - id: part
    route:
      - {operation: one, machines: [first], duration_s: 20}
      - {operation: two, machines: [c], duration: {uniform: {low_s: 10, high_s: 30}}}
      - {operation: three, machines: [d], duration_s: 20}
      - {operation: four, machines: [last], duration_s: 40}
  - id: lid
    route:
      - {operation: one, machines: [first, d], duration_s: 20}
      - {operation: two, machines: [last], duration_s: 10}
  - {id: key, route: [{operation: one, machines: [c], duration_s: 30}]}
sources:
  - {id: bars, product: part, every: {exponential: {mean_s: 40}}}
  - {id: sheets, product: lid, saturating: true}
""".replace("$ALL", ALL)
"""Two limits on work in progress, cards, stores and a buffer, a source of each kind, ties."""

CARDS = """
scenario: cards
plant: pulled
horizon: 70 min
orders:
  - {id: o-1, product: part, quantity: 9}
  - {id: o-2, product: key, quantity: 6}
  - {id: o-10, product: part, quantity: 6, priority: 2}
  - {id: o-3, product: lid, quantity: 4, release_min: 20}
  - {id: o-4, product: part, quantity: 5, release_min: 20}
events:
  - {at_min: 12, machine: c, do: stop, for_min: 6}
  - {at_min: 30, machine: d, do: maintenance, for_min: 5}
  - {at_min: 45, machine: e, do: breakdown, for_min: 4}
start_from:
  work:
    - {order: o-1, piece: 1, operation: two, machine: c, left_s: 5}
    - {order: o-1, piece: 2, operation: three, station: d}
    - {order: o-1, piece: 3, operation: two}
"""

REWORK = """
plant: rework
crew: {members: 1}
machines:
  - {id: a, buffer: 1, failures: $ALL}
  - {id: b, group: pair, kanban: 5}
  - {id: c, group: pair, kanban: 5, failures: $ALL}
  - {id: d}
products:
  - id: part
    route:
      - {operation: one, machines: [a], duration_s: 20, rework: {share: 0.2}}
      - {operation: two, machines: [pair], duration_s: 30, scrap: 0.1}
      - operation: three
        machines: [d]
        duration: {uniform: {low_s: 10, high_s: 20}}
        scrap: 0.05
        rework: {share: 0.4, to: two, most: 2}
  - id: box
    route:
      - {operation: one, machines: [a], duration_s: 20}
      - {operation: two, machines: [d], duration_s: 10, rework: {share: 0.6, to: one, most: 3}}
      - {operation: three, machines: [a], duration_s: 10}
sources:
  - {id: bars, product: part, every: {exponential: {mean_s: 70}}}
""".replace("$ALL", ALL)
"""Scrap, and pieces that go back: once more, to the operation before, through a store."""

INSPECTION = """
scenario: inspection
plant: rework
horizon: 70 min
orders:
  - {id: o-1, product: part, quantity: 9}
  - {id: o-2, product: box, quantity: 14}
  - {id: o-3, product: part, quantity: 4, release_min: 20}
events:
  - {at_min: 12, machine: d, do: stop, for_min: 6}
  - {at_min: 30, machine: a, do: maintenance, for_min: 5}
"""

CARRIED = """
plant: carried
crew: {members: 1}
transport:
  movers: 2
  time: {uniform: {low_s: 5, high_s: 25}}
  times_min:
    release: {a: 0.5}
    a: {b: 0, pair: 0.25}
    b: {e: 0}
    pair: {e: 0.25}
    e: {exit: 0.5}
machines:
  - {id: a, failures: $ALL}
  - {id: b, buffer: 1, failures: $ALL}
  - {id: c, group: pair, kanban: 3}
  - {id: d, group: pair, kanban: 3, failures: $ALL}
  - {id: e, buffer: 0, failures: $ALL}
products:
  - id: part
    route:
      - {operation: one, machines: [a], duration_s: 30}
      - {operation: two, machines: [b, pair], duration_s: 60, rework: {share: 0.2}}
      - {operation: three, machines: [e], duration_s: 30}
  - id: lid
    route:
      - {operation: one, machines: [pair], duration_s: 30}
      - {operation: two, machines: [e], duration: {uniform: {low_s: 10, high_s: 30}}}
sources:
  - {id: bars, product: part, every: {exponential: {mean_s: 50}}}
""".replace("$ALL", ALL)
"""Two movers for ways that are fixed, drawn or take no time; a buffer, cards and rework."""

WAYS = """
scenario: ways
plant: carried
horizon: 70 min
orders:
  - {id: o-1, product: part, quantity: 9}
  - {id: o-2, product: lid, quantity: 10}
  - {id: o-10, product: lid, quantity: 6, priority: 2, release_min: 20}
  - {id: o-3, product: part, quantity: 4, release_min: 20}
events:
  - {at_min: 12, machine: e, do: stop, for_min: 6}
  - {at_min: 30, machine: b, do: maintenance, for_min: 5}
"""

URGENT = """
plant: urgent
crew: {members: 1}
calendars:
  - {id: short, week: {mon-sun: ["00:00-24:00"]}, breaks: ["06:13-06:20", "06:40-06:41",
     "07:05-07:20", "07:40-07:41"]}
machines:
  - {id: a, preempt: true, failures: $ALL}
  - {id: b, group: pair, preempt: true, kanban: 4, failures: $ALL}
  - {id: c, group: pair, preempt: true, kanban: 4, calendar: short}
  - {id: d, buffer: 1, preempt: true, calendar: short, at_shift_end: hold release}
  - id: mill-2$MILL
    preempt: true
    calendar: short
    at_shift_end: scrap
  - id: mill-10$MILL
    preempt: true
  - {id: pack, buffer: 0}
tools:
  - {id: end, kind: any, life_min: 16, life_scatter: 0.3, break_rate_per_h: 1, break_growth: 3}
  - {id: rough, kind: any, life_min: 9, life_scatter: 0.3, change: planned}
  - {id: drill, kind: any, life_min: 30, life_scatter: 0.25, change: planned}
programs:
  - id: milling
    material: P6
    steps:
      - handle_s: 8
      - timed: {duration_s: 40, load: medium, tool: rough}
      - timed: {duration_s: 30, load: heavy, tool: end}
      - timed: {duration: {triangular: {low_s: 10, mode_s: 20, high_s: 45}}, load: light}
products:
  - id: part
    route:
      - {operation: one, machines: [a], duration: {exponential: {mean_s: 30}}}
      - {operation: two, machines: [pair], duration: {uniform: {low_s: 20, high_s: 60}},
         setup_s: 15, rework: {share: 0.1}}
      - {operation: three, machines: [d], duration_s: 25}
      - {operation: four, machines: [pack], duration_s: 10}
  - id: lid
    route:
      - {operation: one, machines: [a, pair], duration_s: 20, setup_s: 10}
      - {operation: two, machines: [d], duration_s: 30}
  - {id: plate, route: [{operation: mill, machines: [mills], program: milling}]}
  - {id: frame, route: [{operation: face, machines: [mills], duration_s: 55, load: heavy,
     tool: rough, setup_s: 20}]}
sources:
  - {id: bars, product: part, every: {exponential: {mean_s: 70}}}
  - {id: sheets, product: lid, every: {exponential: {mean_s: 110}}, priority: 2}
  - {id: blanks, product: plate, every: {exponential: {mean_s: 150}}}
  - {id: hot, product: frame, every: {exponential: {mean_s: 260}}, priority: 1}
""".replace("$MILL\n", MILL).replace("$ALL", ALL)
"""The more urgent interrupts: steps, setups, cards, programs, repairs and breaks in between."""

HASTE = """
scenario: haste
plant: urgent
start: 2026-01-05 06:00
horizon: 100 min
dispatching: spt
orders:
  - {id: o-1, product: part, quantity: 9}
  - {id: o-2, product: part, quantity: 4, release_min: 10, priority: 3}
  - {id: o-10, product: lid, quantity: 6, release_min: 20, priority: 1}
  - {id: o-3, product: plate, quantity: 4, release_min: 20}
  - {id: o-4, product: plate, quantity: 4, release_min: 31, priority: 2}
events:
  - {at_min: 12, machine: b, do: stop, for_min: 6}
  - {at_min: 30, machine: d, do: maintenance, for_min: 5}
  - {at_min: 35, machine: mill-10, do: feed override, value: 80, for_min: 20}
"""

TOGETHER = """
plant: together
crews:
  - {id: fitter, members: 1}
  - {id: setter, members: 1, skills: [setup]}
transport: {movers: 2, time_s: 4, times_min: {release: {saw: 0, ovens: 0}}}
flow: {conwip: {lid: 14}}
calendars:
  - {id: short, week: {mon-sun: ["00:00-24:00"]}, breaks: ["06:13-06:20", "06:40-06:41",
     "07:05-07:20", "07:40-07:41"]}
machines:
  - {id: saw, batch: {most: 3}, failures: $ALL}
  - {id: oven-1, group: ovens, buffer: 7, batch: {most: 5, least: 3, wait_min: 3, same: family},
     power: {standby_kw: 1, ready_kw: 4, processing_kw: 30}, failures: $ALL}
  - {id: oven-2, group: ovens, calendar: short}
  - {id: wash, buffer: 6, batch: {most: 6, least: 4, wait_min: 1.5, same: any}, calendar: short,
     at_shift_end: hold release}
  - {id: drum, buffer: 1, batch: {most: 3, least: 2, wait_min: 4}, calendar: short,
     at_shift_end: scrap, failures: [{id: belt, clock: cycles, life_cycles: 4, repair_s: 70}]}
  - {id: table, buffer: 1}
  - {id: bench, buffer: 1}
products:
  - id: part
    route:
      - {operation: cut, machines: [saw], duration: {exponential: {mean_s: 40}}, setup_s: 9}
      - {operation: harden, machines: [ovens], duration_s: 150, setup_s: 25, setup_family: red,
         scrap: 0.1, rework: {share: 0.1}}
      - {operation: wash, machines: [wash], duration_s: 60}
      - {operation: check, machines: [bench], duration_s: 20}
  - id: lid
    route:
      - {operation: temper, machines: [ovens], duration: {uniform: {low_s: 90,
         high_s: 200}}, setup_s: 25, setup_family: red}
      - {operation: deburr, machines: [drum, table], duration_s: 45, rework: {share: 0.2,
         most: 1}}
      - {operation: wash, machines: [wash], duration: {uniform: {low_s: 30, high_s: 90}}}
      - {operation: check, machines: [bench], duration_s: 12, setup_s: 15}
  - id: bolt
    route:
      - {operation: anneal, machines: [ovens], duration_s: 100, setup_s: 12}
      - {operation: wash, machines: [wash], duration_s: 45}
sources:
  - {id: bars, product: part, every: {exponential: {mean_s: 60}}}
  - {id: wire, product: bolt, every: {exponential: {mean_s: 200}}, priority: 1}
""".replace("$ALL", ALL)
"""Batches of one operation, a family, of anything: they wait, fail, are set up and carried."""

LOADS = """
scenario: loads
plant: together
start: 2026-01-05 06:00
horizon: 110 min
dispatching: edd
orders:
  - {id: o-1, product: part, quantity: 9}
  - {id: o-2, product: lid, quantity: 10, due_min: 40}
  - {id: o-10, product: lid, quantity: 16, release_min: 20, due_min: 60}
  - {id: o-3, product: bolt, quantity: 4, release_min: 20, due_min: 30}
events:
  - {at_min: 12, machine: oven-1, do: stop, for_min: 6}
  - {at_min: 30, machine: drum, do: maintenance, for_min: 5}
  - {at_min: 35, machine: saw, do: feed override, value: 80, for_min: 20}
  - {at_min: 50, machine: oven-2, do: breakdown, for_min: 3}
start_from:
  work:
    - {order: o-1, pieces: [1, 2], operation: harden, machine: oven-1, left_s: 70}
    - {order: o-1, pieces: [3], operation: harden}
"""

TEXTS = {
    "workshop": (WORKSHOP, MORNING),
    "line": (LINE, SHIFT),
    "queue": (QUEUE, LATE),
    "shifts": (SHIFTS, TUESDAY),
    "presses": (PRESSES, ROUNDS),
    "cell": (CELL, SEQUENCE),
    "pulled": (PULLED, CARDS),
    "rework": (REWORK, INSPECTION),
    "carried": (CARRIED, WAYS),
    "urgent": (URGENT, HASTE),
    "together": (TOGETHER, LOADS),
    "shortest": (CELL, SHORTEST),
}


@cache
def shop(name: str) -> tuple[PlantModel, Scenario]:
    """Return one of the small shops with its scenario."""
    plant, scenario = TEXTS[name]
    model = parse_plant(plant, name=f"{name}.yaml")
    return model, parse_scenario(scenario, model, name=f"{name}-scenario.yaml")


def near_its_trip(seed: int) -> tuple[PlantModel, Scenario]:
    """Return a machine that works close to where its spindle trips, and begins closer still.

    >>> near_its_trip(1)[0].machines[0].spindle.trips[0].node
    'front'
    """
    draw = Streams(seed)["plant", "luck"]

    def pick(*options: Any) -> Any:
        return options[int(len(options) * draw())]

    limit = pick(24, 25, 26, 28, 30)
    node = pick("motor", "front", "rear")
    steps = "".join(
        f"      - handle_s: {pick(5, 20, 60, 200)}\n"
        f"      - timed: {{duration_s: {pick(10, 20, 60, 120)}, tool: a, "
        f"load: {pick('light', 'medium', 'heavy')}}}\n"
        for _ in range(pick(1, 2, 3))
    )
    begins = ", ".join(
        f"{one}_c: {limit - pick(0.01, 0.3, 1.0, 3.0)}"
        for one in ("motor", "front", "rear", "shaft", "housing")
    )
    pace = pick("every_s: 900", "every: {exponential: {mean_s: 600}}")
    plant = parse_plant(
        "plant: p\nmachines:\n  - id: m\n    preset: generic-vmc-40\n    spindle: {trips: "
        f"[{{node: {node}, limit_c: {limit}, reset_c: {limit - 1}}}]}}\n"
        "    magazine: [{tool: a, edges: 2}]\n"
        "tools: [{id: a, kind: any, life_min: 3000, life_scatter: 0}]\n"
        f"programs:\n  - id: q\n    material: P6\n    steps:\n{steps}"
        f"      - handle_s: {pick(300, 900)}\n"
        "products: [{id: x, route: [{operation: o, machines: [m], program: q}]}]\n"
        f"sources: [{{id: s, product: x, {pace}}}]\n"
    )
    scenario = (
        "scenario: s\nplant: p\nhorizon: 8 h\n"
        f"start_from: {{machines: [{{id: m, temperatures: {{{begins}}}}}]}}\n"
    )
    return plant, parse_scenario(scenario, plant)
