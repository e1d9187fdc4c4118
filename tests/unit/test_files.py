"""The loader keeps its contract: every row of UX 4.1 and the wording of UX 4.2."""

from __future__ import annotations

import time

import pytest

from simtwin.errors import FileProblems, InvalidInput
from simtwin.plant import files
from simtwin.plant.document import MAX_BYTES, read_yaml
from simtwin.plant.files import (
    examples,
    load_plant,
    load_scenario,
    load_with_plant,
    parse_plant,
)

SMALL = """\
plant: small
machines:
  - {id: m1}
products:
  - id: part
    route:
      - {operation: op10, machines: [m1], duration_min: 5}
"""


def problems_of(text: str) -> list[str]:
    """Return the lines that the loader says about a plant *text*."""
    with pytest.raises(FileProblems) as caught:
        parse_plant(text)
    return [str(problem) for problem in caught.value.problems]


def plant(machine: str = "", operation: str = "", tail: str = "") -> str:
    """Return a small plant text with additions."""
    return f"""\
plant: small
machines:
  - id: m1
{machine}
products:
  - id: part
    route:
      - operation: op10
        machines: [m1]
{operation or "        duration_min: 5"}
{tail}
"""


def test_the_smallest_plant_loads():
    """A plain machine and a duration are a plant; nothing else is asked."""
    model = parse_plant(SMALL)
    assert [machine.name for machine in model.machines] == ["m1"]
    assert model.products[0].operations[0].steps[0].duration.mean == 300.0
    assert model.crew is None


@pytest.mark.parametrize(
    "text", ["14:00", "no", "on", "2026-01-05", "12_000", "0o17", "0x1F", ".inf", "yes", ".nan"]
)
def test_what_is_no_scalar_of_yaml_1_2_stays_text(text):
    """Times, dates and words of YAML 1.1 are text; the schema decides (UX 4.1)."""
    assert read_yaml(f"a: {text}", "a.yaml").data == {"a": text}


@pytest.mark.parametrize(
    ("text", "value"),
    [("1e3", 1000.0), ("1.", 1.0), (".5", 0.5), ("-3", -3), ("true", True), ("False", False),
     ("~", None), ("null", None), ("", None), ("'12'", "12")],
)  # fmt: skip
def test_scalars_of_yaml_1_2_have_their_value(text, value):
    """Core scalars of YAML 1.2, and 1e3 is a number (UX 4.1)."""
    assert read_yaml(f"a: {text}", "a.yaml").data == {"a": value}


@pytest.mark.parametrize("text", ["12_000", "0x1F", ".inf", "14:00", "lots", "1e999"])
def test_a_number_key_refuses_what_is_no_number(text):
    """Where a number is asked for, odd spellings and infinity are errors (UX 4.1)."""
    (problem,) = problems_of(plant(operation=f"        duration_min: {text}"))
    assert problem.startswith("plant.yaml:10:23 products[0].route[0].duration_min: must be a")


def test_a_numeric_name_must_stand_in_quotes():
    """``id: 0012`` would lose its zeros: the error shows the source text (UX 4.1)."""
    (problem,) = problems_of(
        SMALL.replace("{id: m1}", "{id: 0012}").replace("[m1]", '["0012"]')
    )
    expected = "machines[0].id: must be text; write it in quotes (got 0012)"
    assert problem == f"plant.yaml:3:10 {expected}"
    quoted = SMALL.replace("id: m1", 'id: "0012"').replace("[m1]", '["0012"]')
    assert parse_plant(quoted).machines[0].name == "0012"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: &x [1]\nb: *x", "plant.yaml:1:4 anchors (&) and aliases (*) are not supported"),
        ("&x [*x]", "plant.yaml:1:1 anchors"),
        ("<<: {a: 1}", "plant.yaml:1:1 merge keys (<<) are not supported"),
        ("? [1, 2]\n: 3", "plant.yaml:1:3 keys must be plain text"),
        ("1: 2", "plant.yaml:1:1 keys must be plain text; write '1' in quotes"),
        ("a: !!python/object:os.system {}", "plant.yaml:1:4 a: tags such as"),
        ("a: !!int 3", "plant.yaml:1:4 a: tags such as"),
        ("a: 1\n---\nb: 2", "plant.yaml:2:1 expected a single document"),
        ("a:\n\tb: 1", "plant.yaml:2:1 while scanning"),
        ("a: [1,\nb: {", "plant.yaml:"),
        ("", "plant.yaml:1:1 file is empty"),
        ("# nothing\n", "plant.yaml:1:1 file is empty"),
        ("a: \x00", "plant.yaml:1:4 the character U+0000"),
        ("a: 1\na: 2", "plant.yaml:2:1 a: the key stands twice; first in line 1"),
        ("[" * 60 + "]" * 60, "plant.yaml:1:51 nested more than 50 levels deep"),
    ],
)
def test_yaml_that_is_refused_is_refused_at_its_place(text, expected):
    """Anchors, merge keys, odd keys, tags, several documents: one line each (UX 4.1)."""
    assert problems_of(text)[0].startswith(expected)


def test_a_bomb_of_aliases_costs_nothing():
    """Nine aliases of nine aliases are refused at the first one, before any node is built."""
    lines = ["a0: &a0 [x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 12)]
    start = time.process_time()
    assert "aliases" in problems_of("\n".join(lines))[0]
    assert time.process_time() - start < 0.5


def test_a_file_has_at_most_five_megabytes():
    """A larger text is refused unread (UX 4.1)."""
    (problem,) = problems_of("a: " + "x" * MAX_BYTES)
    assert problem == "plant.yaml:1:1 file is larger than 5 MB"


def test_all_problems_come_at_once_in_the_order_of_the_file():
    """Every problem with line and column, a missing key beside its misspelling (UX 4.2)."""
    text = plant(
        machine="    spindel: {power_kw: 3}\n  - idd: m2\n  - id: m3\n"
        "    spindle: {max_rpm: -5, power_kw: lots}\n"
        "    failures: [{id: a, clock: calender, life_h: 3, repair_h: 1}]",
        operation="        duration_min: 3 kg",
    )
    assert problems_of(text) == [
        "plant.yaml:4:5 machines[0].spindel: unknown key; did you mean 'spindle'?",
        "plant.yaml:5:5 machines[1].idd: unknown key; did you mean 'id'? "
        "(required key 'id' is missing)",
        "plant.yaml:7:24 machines[2].spindle.max_rpm: must be > 0.0 (got -5)",
        "plant.yaml:7:38 machines[2].spindle.power_kw: must be a number (got 'lots')",
        "plant.yaml:8:31 machines[2].failures[0].clock: must be 'calendar', 'on_shift', "
        "'powered', 'processing' or 'cycles' (got 'calender')",
        "plant.yaml:14:23 products[0].route[0].duration_min: must be a time in s, min, h, ... "
        "(got '3 kg')",
    ]


def test_a_number_out_of_bounds_is_not_asked_to_be_a_mapping_too():
    """One line: a CONWIP may be a number or a mapping, and 0 is a number."""
    found = problems_of(plant(tail="flow: {conwip: 0}"))
    assert len(found) == 1
    assert found[0].endswith("flow.conwip: must be >= 1 (got 0)")


def test_a_key_that_resembles_nothing_gets_the_list():
    """Without a close name the known keys are listed, at most ten (UX 4.2)."""
    (problem,) = problems_of(plant(machine="    qqqq: 1"))
    assert "unknown key (known here: id" not in problem
    assert problem.startswith(
        "plant.yaml:4:5 machines[0].qqqq: unknown key (known here: preset,"
    )
    assert problem.endswith(", ...)")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("machines: 3", "machines: must be a list (got 3)"),
        ("machines: []", "machines: needs at least 1 (got a list of 0)"),
        ("machines: [3]", "machines[0]: must be a mapping (got 3)"),
        ("machines: [{id: m1}]\nambient_c: true", "ambient_c: must be a number (got true)"),
        ("machines: [{id: m1}]\nambient_c: 900", "ambient_c: must be <= 200.0 (got 900)"),
        ("machines: [{id: ''}]", "machines[0].id: must not be empty"),
        ("machines: [{id: a/b}]", "machines[0].id: must not contain '/'"),
        ("machines: [{id: m1, failures: [{id: a, clock: powered, life_h: 1, repair_h: 1, "
         "crew: yes}]}]", "crew: must be true or false (got 'yes')"),
    ],
)  # fmt: skip
def test_wrong_kinds_of_values_are_said_plainly(value, expected):
    """A list, a mapping, a number, a truth value: the message names what was asked for."""
    tail = SMALL[SMALL.index("products") :]
    assert any(expected in problem for problem in problems_of(f"plant: p\n{value}\n{tail}"))


@pytest.mark.parametrize(
    ("text", "mean"),
    [
        ("duration_s: 90", 90.0),
        ("duration_min: 1.5", 90.0),
        ("duration_min: 90 s", 90.0),
        ("duration_h: 1.5 min", 90.0),
        ("duration: {fixed: {value_s: 90}}", 90.0),
        ("duration: {exponential: {mean_min: 1}}", 60.0),
        ("duration: {uniform: {low_s: 30, high_min: 1}}", 45.0),
        ("duration: {triangular: {low_s: 0, mode_s: 30, high_s: 60}}", 30.0),
        ("duration: {gamma: {shape: 3, scale_s: 20}}", 60.0),
        ("duration: {weibull: {shape: 1, scale_min: 2}}", 120.0),
    ],
)
def test_durations_are_numbers_or_laws(text, mean):
    """One grammar for every duration: a unit in the key, a unit in the value, or a law."""
    model = parse_plant(plant(operation=f"        {text}"))
    assert model.products[0].operations[0].steps[0].duration.mean == pytest.approx(mean)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("duration_s: 1\n        duration_min: 1", "exclude each other"),
        ("load: light", "needs one of duration, duration_s, duration_min, duration_h"),
        ("duration: {}", "needs exactly one of fixed, exponential"),
        ("duration: {exponential: {}}", "needs exactly one of mean_s, mean_min"),
        ("duration: {exponential: {mean_s: 1, mean_h: 1}}", "needs exactly one of mean_s"),
        ("duration: {exponential: {mean_cycles: 5}}", "must be a time, not cycles"),
        ("duration: {normal: {mean_s: 5, sd_cycles: 1}}", "mixes cycles and time"),
        ("duration: {uniform: {low_s: 5, high_s: 1}}", "duration.uniform:"),
        ("duration_min: -1", "must be >= 0.0 (got -1)"),
    ],
)
def test_a_duration_is_given_once_and_makes_sense(text, message):
    """A time given twice, not at all or in the wrong kind is one problem at its place."""
    assert any(
        message in problem for problem in problems_of(plant(operation=f"        {text}"))
    )


@pytest.mark.parametrize(
    ("life", "clock", "mean"),
    [
        ("life_h: 2", "powered", 7200.0),
        ("life: {weibull: {shape: 1, scale_h: 1}}", "calendar", 3600.0),
        ("life_cycles: 40", "cycles", 40.0),
        ("life: {exponential: {mean_cycles: 500}}", "cycles", 500.0),
        ("life: {negative_binomial: {steps: 5, p: 0.1}}", "cycles", 50.0),
    ],
)
def test_lives_count_what_their_clock_counts(life, clock, mean):
    """A life is in seconds, or in cycles for the clock ``cycles`` (KERNEL 24, ORACLES E4)."""
    mode = f"    failures: [{{id: f, clock: {clock}, {life}, repair_h: 1}}]"
    (spec,) = parse_plant(plant(machine=mode)).machines[0].failures
    assert (spec.clock, spec.life.mean) == (clock, pytest.approx(mean))


def test_a_life_in_the_wrong_count_is_refused():
    """A clock of cycles with a life in hours is an error that names the clock."""
    mode = "    failures: [{id: f, clock: cycles, life_h: 3, repair_h: 1}]"
    (problem,) = problems_of(plant(machine=mode))
    assert problem.endswith("the clock cycles counts cycles; the life must too")


def test_operations_follow_after_and_else_the_list():
    """``after`` is sorted topologically; without it the order of the list counts."""
    text = SMALL.replace(
        "- {operation: op10, machines: [m1], duration_min: 5}",
        "- {operation: c, machines: [m1], duration_min: 1, after: [b]}\n"
        "      - {operation: a, machines: [m1], duration_min: 1, after: []}\n"
        "      - {operation: b, machines: [m1], duration_min: 1, after: [a]}",
    )
    assert [o.name for o in parse_plant(text).products[0].operations] == ["a", "b", "c"]


def test_examples_load_by_name_and_by_path():
    """Every bundled file loads by its name, a plant also by its path (UX 2)."""
    for kind, name, about in examples():
        assert about, f"{name} says nothing about itself"
        if kind == "plant_models":
            path = files.example_folder(kind) / f"{name}.yaml"
            by_path = load_plant(path)
            assert by_path.machines == load_plant(name).machines
        else:
            plant_of, scenario = load_with_plant(name)
            assert scenario == load_scenario(name, plant_of)


def test_an_unknown_example_is_answered_with_the_closest():
    """``job_shpo`` is no plant; the message names job_shop and the others."""
    with pytest.raises(InvalidInput, match=r"did you mean 'job_shop'\? \(bundled: flow_line,"):
        load_plant("job_shpo")
    with pytest.raises(InvalidInput, match=r"no file 'nowhere.yaml'"):
        load_plant("nowhere.yaml")


def test_a_name_may_hold_anything_printable():
    """Names are data: markup and braces pass unharmed, a line break does not."""
    name = "<img onerror=alert(1)> {x}"
    model = parse_plant(SMALL.replace("id: m1", f"id: '{name}'").replace("[m1]", f"['{name}']"))
    assert model.machines[0].name == name
    (problem,) = problems_of(
        SMALL.replace("id: m1", 'id: "a\\nb"').replace("[m1]", '["a\\nb"]')
    )[:1]
    assert "one line of text" in problem


def test_ten_thousand_lines_are_read_in_seconds():
    """A long file is read once, data and positions together (UX 4.1)."""
    steps = "".join(f"      - {{handle_s: {i}}}\n" for i in range(10_000))
    text = plant(
        operation="        program: p", tail=f"programs:\n  - id: p\n    steps:\n{steps}"
    )
    start = time.process_time()
    model = parse_plant(text)
    assert len(model.products[0].operations[0].steps) == 10_000
    assert time.process_time() - start < 10.0


@pytest.mark.parametrize(
    ("law", "message"),
    [
        (
            "{negative_binomial: {steps: 30000000, p: 0.5, slot_s: 20}}",
            ":5:41 products[0].route[0].duration.negative_binomial.steps: must be <= 1000000",
        ),
        ("{negative_binomial: {steps: 1, p: 0, slot_s: 20}}", ".p: must be >= 1e-12 (got 0)"),
        ("{weibull: {shape: 0.005, scale_min: 1}}", ".weibull.shape: must be >= 0.1 (got"),
        ("{gamma: {shape: 1e12, scale_min: 1}}", ".shape: must be <= 1000000.0"),
        ("{weibull: {shape: 2, scale_min: 1e200}}", "1e-100 to 1e+100, got 1e+200 [min]"),
        (
            "{triangular: {low_min: 9, mode_min: 5, high_min: 1}}",
            "triangular: needs 0 <= low <= mode <= high and low < high, got low 9.0, mode 5.0, "
            "high 1.0 [min]",
        ),
        ("{uniform: {low_min: 3, high_s: 60}}", "low 180.0 and high 60.0 [s]"),
    ],
)
def test_a_law_beyond_its_bounds_is_told_in_its_own_unit(law, message):
    """No law is let in that a run could not draw from (UX 4.2)."""
    text = """
plant: p
machines: [{id: m}]
products: [{id: a, route: [{operation: o, machines: [m],
  duration: LAW}]}]
"""
    with pytest.raises(FileProblems) as caught:
        parse_plant(text.replace("LAW", law))
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (b"plant: p\nmachines: []\n\0", "p.yaml:3:1 the character U+0000 is not allowed"),
        (
            "plant: p\nmachines: [{id: fr\u00e4se}]\n".encode("latin-1"),
            "p.yaml:2:19 is not UTF-8",
        ),
        (
            "\u00e9t\u00e9: \u00e9\n".encode() + b"\xff",
            "p.yaml:2:1 is not UTF-8 text (the byte 0xFF)",
        ),
        ("plant: p\n".encode("utf-16"), "p.yaml:1:1 is UTF-16 text; save it as UTF-8"),
    ],
)
def test_what_is_no_text_is_told_where_it_stands(data, place, tmp_path):
    """The first character or byte that is wrong, also of a plant that a scenario names."""
    (tmp_path / "p.yaml").write_bytes(data)
    (tmp_path / "s.yaml").write_text("{scenario: s, plant: p.yaml, horizon: 1 h}")
    for load in (
        lambda: load_plant(tmp_path / "p.yaml"),
        lambda: load_scenario(tmp_path / "s.yaml"),
    ):
        with pytest.raises(FileProblems) as caught:
            load()
        assert place in str(caught.value)


@pytest.mark.parametrize(
    ("machine", "message"),
    [
        ('{id: "ben\\u202ech"}', "U+202E (RIGHT-TO-LEFT OVERRIDE), which is invisible"),
        ('{id: "ben\\u200bch"}', "U+200B (ZERO WIDTH SPACE), which is invisible"),
        ('{id: m, refit_min: "3,5 min"}', "needs a point where it has a comma, as in 3.5 (got"),
        ("{id: m, refit_min: '" + "9" * 5000 + " min'}", "finite number (got '999999999999999"),
        ("{id: m, buffer: " + "9" * 390 + "}", "must be a whole number (got 9999999999999999"),
    ],
)
def test_a_line_is_told_in_words_and_no_longer_than_it_must_be(machine, message):
    """What nobody sees is named, what nobody reads is cut short."""
    with pytest.raises(FileProblems) as caught:
        parse_plant(f"plant: p\nmachines: [{machine}]\n")
    assert message in str(caught.value)
    assert all(len(str(problem)) < 200 for problem in caught.value.problems)
