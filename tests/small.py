"""A shop of two machines with a buffer between, quick to run, for tests of many runs."""

from __future__ import annotations

from simtwin.plant.files import parse_plant, parse_scenario

PLANT_FILE = """
plant: two
machines:
  - id: m1
    failures:
      - {id: pump, clock: calendar, life: {exponential: {mean_h: 6}}, repair_min: 10}
  - {id: m2, buffer: 4}
products:
  - id: part
    route:
      - {operation: cut, machines: [m1], duration: {lognormal: {median_min: 4, sigma: 0.2}}}
      - {operation: grind, machines: [m2], duration: {lognormal: {median_min: 5, sigma: 0.2}}}
"""

SHIFT_FILE = """
scenario: shift
plant: two
start: 2026-01-05 06:00
horizon: 3 h
replications: 6
orders:
  - {id: first, product: part, quantity: 6, due: "06:34"}
  - {id: second, product: part, quantity: 6, due: "06:50"}
"""

QUICK_FILE = """
scenario: quick
plant: two
start: 2026-01-05 06:00
horizon: 3 h
replications: 6
orders:
  - {id: first, product: part, quantity: 6, due: "06:34"}
  - {id: second, product: part, quantity: 6, due: "08:30"}
"""

PLANT = parse_plant(PLANT_FILE)
SHIFT = parse_scenario(SHIFT_FILE, PLANT)
QUICK = parse_scenario(QUICK_FILE, PLANT)
