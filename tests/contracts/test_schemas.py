"""The published JSON Schemas are fresh, sound, and fit every shipped file."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from simtwin.plant.document import read_yaml
from simtwin.plant.files import example_folder
from simtwin.plant.schema import schemas

ROOT = Path(__file__).parents[2]
FOLDERS = {"plant": "plant_models", "scenario": "scenarios"}


@pytest.mark.parametrize("kind", sorted(FOLDERS))
def test_the_committed_schema_is_fresh(kind):
    """``simtwin schema plant > simtwin/schemas/plant.schema.json`` changes nothing (UX 4.4)."""
    committed = (ROOT / "simtwin" / "schemas" / f"{kind}.schema.json").read_text(
        encoding="utf-8"
    )
    assert json.loads(committed) == json.loads(json.dumps(schemas()[kind]))


@pytest.mark.parametrize("kind", sorted(FOLDERS))
def test_the_schema_is_draft_7_and_explains_every_key(kind):
    """Editors get a draft-7 schema whose every property has a hover text (UX 4.4)."""
    schema = schemas()[kind]
    jsonschema.Draft7Validator.check_schema(schema)
    definitions = [node.get("anyOf", [node])[-1] for node in schema["definitions"].values()]
    for model in (schema, *definitions):
        for key, field in model["properties"].items():
            assert field.get("description"), f"{model['title']}.{key} has no hover text"
        assert model["additionalProperties"] is False


@pytest.mark.parametrize("kind", sorted(FOLDERS))
def test_shipped_files_fit_their_schema_and_name_it(kind):
    """Every example is valid for an editor and points to its schema, relative (UX 4.4)."""
    validator = jsonschema.Draft7Validator(schemas()[kind])
    folder = example_folder(FOLDERS[kind])
    paths = sorted(folder.rglob("*.yaml"))
    assert any(path.parent.name == "oracles" for path in paths)
    for path in paths:
        text = path.read_text(encoding="utf-8")
        validator.validate(read_yaml(text, path.name).data)
        up = "../" * len(path.relative_to(folder).parts)
        first = f"# yaml-language-server: $schema={up}simtwin/schemas/{kind}.schema.json"
        assert text.splitlines()[0] == first, path.name


def test_the_schema_allows_text_with_a_unit_and_orders_from_a_csv():
    """An editor accepts what the loader accepts: "45 min", and orders: jobs.csv (UX 4.3)."""
    plant = jsonschema.Draft7Validator(schemas()["plant"])
    text = "plant: p\nmachines: [{id: m}]\nproducts: [{id: a, route: [{operation: o, "
    text += "machines: [m], "
    assert plant.is_valid(read_yaml(text + "duration_min: 1 h}]}]", "p").data)
    assert not plant.is_valid(read_yaml(text + "duration_min: long}]}]", "p").data)
    scenario = jsonschema.Draft7Validator(schemas()["scenario"])
    assert scenario.is_valid({"scenario": "s", "plant": "p", "orders": "jobs.csv"})
    assert not scenario.is_valid({"scenario": "s", "plant": "p", "orders": "jobs.txt"})
