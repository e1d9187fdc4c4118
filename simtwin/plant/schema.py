"""This module holds the JSON Schemas of the files, for the editors of those who write them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from simtwin.plant.plant_schema import PlantFile
from simtwin.plant.scenario_schema import ScenarioFile

if TYPE_CHECKING:
    from simtwin.plant.fields import FileModel

DIALECT = "http://json-schema.org/draft-07/schema#"


def schemas() -> dict[str, dict[str, Any]]:
    """Return the schema of each kind of file, at the level of draft 7.

    >>> schemas()["plant"]["properties"]["ambient_c"]["default"]
    22.0
    """
    return {"plant": _plant(), "scenario": _scenario()}


def folder() -> Path:
    """Return the folder in which the published schemas stand."""
    return Path(__file__).parents[1] / "schemas"


def _plant() -> dict[str, Any]:
    schema = _schema(PlantFile)
    # Whoever extends another file takes its machines and products.
    whole = [key for key in schema["required"] if key != "plant"]
    schema["required"] = ["plant"]
    schema["anyOf"] = [{"required": whole}, {"required": ["extends"]}]
    return schema


def _scenario() -> dict[str, Any]:
    schema = _schema(ScenarioFile)
    start = schema["definitions"]["StartFile"]["properties"]
    for field in (schema["properties"]["orders"], start["work"], start["machines"]):
        _or_file(field, "type", "items")
    _or_file(schema["properties"]["start_from"], "$ref")
    # Whoever extends another file takes its plant.
    schema["required"].remove("plant")
    schema["anyOf"] = [{"required": ["plant"]}, {"required": ["extends"]}]
    return schema


def _or_file(field: dict[str, Any], *keys: str) -> None:
    """Let *field*, whose kind its *keys* say, also be a name of a CSV or Excel file.

    The loader puts the rows of that file in the place of its name.
    """
    written = {key: field.pop(key) for key in keys}
    field["anyOf"] = [written, {"type": "string", "pattern": r"\.(csv|xlsx|xlsm)(#.+)?$"}]


def _schema(model: type[FileModel]) -> dict[str, Any]:
    schema: dict[str, Any] = model.model_json_schema()
    return {"$schema": DIALECT, **_draft_7(schema)}


def _draft_7(node: Any) -> Any:
    """Return *node* with its definitions where draft 7 has them."""
    if isinstance(node, list):
        return [_draft_7(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {
        ("definitions" if key == "$defs" else key): (
            value.replace("#/$defs/", "#/definitions/") if key == "$ref" else _draft_7(value)
        )
        for key, value in node.items()
    }
