"""This module holds the job shops of the literature that the tests dispatch: public instances.

Sources: ft06 Fisher & Thompson 1963; la Lawrence 1984; abz6 Adams, Balas & Zawack 1988; orb01
Applegate & Cook 1991; ta11 to ta20 Taillard 1993, made of their published seeds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

SEEDS: dict[str, tuple[int, int]] = {
    "ta11": (533484900, 317419073),
    "ta12": (1894307698, 1474268163),
    "ta13": (874340513, 509669280),
    "ta14": (1124986343, 1209573668),
    "ta15": (1463788335, 529048107),
    "ta16": (1056908795, 25321885),
    "ta17": (195672285, 1717580117),
    "ta18": (961965583, 1353003786),
    "ta19": (1610169733, 1734469503),
    "ta20": (532794656, 998486810),
}
"""Seeds of the times and of the machines, as Taillard printed them."""


def taillard(name: str, *, jobs: int = 20, machines: int = 15) -> list[list[tuple[int, int]]]:
    """Return (machine, time) of the operations of each job, as the paper makes them.

    Source: E. Taillard, EJOR 64, 1993, doi 10.1016/0377-2217(93)90182-M; the generator is that
    of Bratley, Fox & Schrage, x' = 16807 x mod (2^31 - 1).
    """
    times, swaps = (_uniform(seed) for seed in SEEDS[name])
    lengths = [[times(1, 99) for _ in range(machines)] for _ in range(jobs)]
    shop = []
    for row in lengths:
        order = list(range(machines))
        for place in range(machines):
            other = swaps(place, machines - 1)
            order[place], order[other] = order[other], order[place]
        shop.append(list(zip(order, row, strict=True)))
    return shop


def _uniform(seed: int) -> Callable[[int, int], int]:
    state = seed

    def drawn(low: int, high: int) -> int:
        nonlocal state
        state = 16807 * state % (2**31 - 1)
        return low + state * (high - low + 1) // (2**31 - 1)

    return drawn


INSTANCES: dict[str, tuple[str, ...]] = {
    "ft06": (
        "2 1 0 3 1 6 3 7 5 3 4 6",
        "1 8 2 5 4 10 5 10 0 10 3 4",
        "2 5 3 4 5 8 0 9 1 1 4 7",
        "1 5 0 5 2 5 3 3 4 8 5 9",
        "2 9 1 3 4 5 5 4 0 3 3 1",
        "1 3 3 3 5 9 0 10 4 4 2 1",
    ),
    "la01": (
        "1 21 0 53 4 95 3 55 2 34",
        "0 21 3 52 4 16 2 26 1 71",
        "3 39 4 98 1 42 2 31 0 12",
        "1 77 0 55 4 79 2 66 3 77",
        "0 83 3 34 2 64 1 19 4 37",
        "1 54 2 43 4 79 0 92 3 62",
        "3 69 4 77 1 87 2 87 0 93",
        "2 38 0 60 1 41 3 24 4 83",
        "3 17 1 49 4 25 0 44 2 98",
        "4 77 3 79 2 43 1 75 0 96",
    ),
    "la03": (
        "1 23 2 45 0 82 4 84 3 38",
        "2 21 1 29 0 18 4 41 3 50",
        "2 38 3 54 4 16 0 52 1 52",
        "4 37 0 54 2 74 1 62 3 57",
        "4 57 0 81 1 61 3 68 2 30",
        "4 81 0 79 1 89 2 89 3 11",
        "3 33 2 20 0 91 4 20 1 66",
        "4 24 1 84 0 32 2 55 3 8",
        "4 56 0 7 3 54 2 64 1 39",
        "4 40 1 83 0 19 2 8 3 7",
    ),
    "la04": (
        "0 12 2 94 3 92 4 91 1 7",
        "1 19 3 11 4 66 2 21 0 87",
        "1 14 0 75 3 13 4 16 2 20",
        "2 95 4 66 0 7 3 7 1 77",
        "1 45 3 6 4 89 0 15 2 34",
        "3 77 2 20 0 76 4 88 1 53",
        "2 74 1 88 0 52 3 27 4 9",
        "1 88 3 69 0 62 4 98 2 52",
        "2 61 4 9 0 62 1 52 3 90",
        "2 54 4 5 3 59 1 15 0 88",
    ),
    "la06": (
        "1 21 2 34 4 95 0 53 3 55",
        "3 52 4 16 1 71 2 26 0 21",
        "2 31 0 12 1 42 3 39 4 98",
        "3 77 1 77 4 79 0 55 2 66",
        "4 37 3 34 2 64 1 19 0 83",
        "2 43 1 54 0 92 3 62 4 79",
        "0 93 3 69 1 87 4 77 2 87",
        "0 60 1 41 2 38 4 83 3 24",
        "2 98 3 17 4 25 0 44 1 49",
        "0 96 4 77 3 79 1 75 2 43",
        "4 28 2 35 0 95 3 76 1 7",
        "0 61 4 10 2 95 1 9 3 35",
        "4 59 3 16 1 91 2 59 0 46",
        "4 43 1 52 0 28 2 27 3 50",
        "0 87 1 45 2 39 4 9 3 41",
    ),
    "la17": (
        "4 18 7 21 9 41 2 45 3 38 8 50 5 84 6 29 1 23 0 82",
        "8 57 5 16 1 52 7 74 2 38 3 54 6 62 9 37 4 54 0 52",
        "2 30 4 79 3 68 1 61 8 11 6 89 7 89 0 81 9 81 5 57",
        "0 91 8 8 3 33 7 55 5 20 2 20 4 32 6 84 1 66 9 24",
        "9 40 0 7 4 19 8 7 6 83 2 64 5 56 3 54 7 8 1 39",
        "3 91 2 64 5 40 0 63 7 98 4 74 8 61 1 6 6 42 9 15",
        "1 80 7 39 8 24 3 75 4 75 5 6 6 44 0 26 2 87 9 22",
        "1 15 7 43 2 20 0 12 8 26 6 61 3 79 9 22 5 8 4 80",
        "2 62 3 96 4 22 9 5 0 63 6 33 7 10 8 18 1 36 5 40",
        "1 96 0 89 5 64 3 95 9 23 7 18 8 15 2 64 6 38 4 8",
    ),
    "abz6": (
        "7 62 8 24 5 25 3 84 4 47 6 38 2 82 0 93 9 24 1 66",
        "5 47 2 97 8 92 9 22 1 93 4 29 7 56 3 80 0 78 6 67",
        "1 45 7 46 6 22 2 26 9 38 0 69 4 40 3 33 8 75 5 96",
        "4 85 8 76 5 68 9 88 3 36 6 75 2 56 1 35 0 77 7 85",
        "8 60 9 20 7 25 3 63 4 81 0 52 1 30 5 98 6 54 2 86",
        "3 87 9 73 5 51 2 95 4 65 1 86 6 22 8 58 0 80 7 65",
        "5 81 2 53 7 57 6 71 9 81 0 43 4 26 8 54 3 58 1 69",
        "4 20 6 86 5 21 8 79 9 62 2 34 0 27 1 81 7 30 3 46",
        "9 68 6 66 5 98 8 86 7 66 0 56 3 82 1 95 4 47 2 78",
        "0 30 3 50 7 34 2 58 1 77 5 34 8 84 4 40 9 46 6 44",
    ),
    "orb01": (
        "0 72 1 64 2 55 3 31 4 53 5 95 6 11 7 52 8 6 9 84",
        "0 61 3 27 4 88 2 78 1 49 5 83 8 91 6 74 7 29 9 87",
        "0 86 3 32 1 35 2 37 5 18 4 48 6 91 7 52 9 60 8 30",
        "0 8 1 82 4 27 3 99 6 74 5 9 2 33 9 20 7 59 8 98",
        "1 50 0 94 5 43 3 62 4 55 7 48 2 5 8 36 9 47 6 36",
        "0 53 6 30 2 7 3 12 1 68 8 87 4 28 9 70 7 45 5 7",
        "2 29 3 96 0 99 1 14 4 34 7 14 5 7 6 76 8 57 9 76",
        "2 90 0 19 3 87 4 51 1 84 5 45 9 84 6 58 7 81 8 96",
        "2 97 1 99 4 93 0 38 7 13 5 96 3 40 9 64 6 32 8 45",
        "2 44 0 60 8 29 3 5 6 74 1 85 4 34 7 95 9 51 5 47",
    ),
}
"""One job a line: machine, time, machine, time ... (ORACLES, appendix)."""


def routes(name: str) -> list[list[tuple[int, int]]]:
    """Return (machine, time) of every operation of every job of an instance."""
    numbers = [[int(word) for word in row.split()] for row in INSTANCES[name]]
    return [list(zip(row[::2], row[1::2], strict=True)) for row in numbers]
