"""The deal file as a JSON Schema, for editors and for tools in other languages."""

from __future__ import annotations

from typing import Any

from dealmodel.basics.moments import Moment
from dealmodel.definition.deal import FORMAT, Deal
from dealmodel.definition.origins import DEFAULTS
from dealmodel.definition.reading import families_of

DIALECT = "https://json-schema.org/draft/2020-12/schema"
ID_PATTERN = "^[a-z][a-z0-9_]{0,63}$"
IN_PART = "_in_part"

_LIMITS = {"ge": "minimum", "le": "maximum", "gt": "exclusiveMinimum", "lt": "exclusiveMaximum"}
_REFERENCE = "#/$defs/"


def json_schema() -> dict[str, Any]:
    """Schema of a deal file, JSON Schema 2020-12.

    Beside the standard keywords each field has `unit`, `live` (whether it may change without recompiling) and `reason`
    (of its default). A row of a family that has `defaults` may leave out any field: what `defaults` gives it is beyond
    a schema, as are all checks across rows. Dates are text; YAML may write them without quotes.

    Returns
    -------
    dict
        Plain data, ready for `json.dumps`.
    """
    schema = _tidy(Deal.model_json_schema(by_alias=True))
    schema["properties"].pop("file_hash")
    definitions = schema["$defs"]
    for path, row in families_of(Deal).items():
        node = _node(schema, path)
        if path != "provenance":
            node["propertyNames"] = {"pattern": ID_PATTERN}
        if row.word != "items":
            _allow_defaults(node, definitions)
    head = {"$schema": DIALECT, "title": f"dealmodel deal file, format {FORMAT}"}
    result: dict[str, Any] = {**head, **schema}
    return result


def _node(schema: dict[str, Any], path: str) -> dict[str, Any]:
    """Find the schema of a family, through the references of the sections around it."""
    node = schema
    for key in path.split("."):
        if "$ref" in node:
            node = schema["$defs"][node["$ref"].removeprefix(_REFERENCE)]
        node = node["properties"][key]
    return node


def _allow_defaults(family: dict[str, Any], definitions: dict[str, Any]) -> None:
    """Let a family have `defaults`; where it does, its rows need not be whole."""
    row = family.pop("additionalProperties")
    part = _in_part(row, definitions)
    family["properties"] = {DEFAULTS: {**part, "description": "Fields of every row that does not give its own"}}
    family["if"] = {"required": [DEFAULTS]}
    family["then"] = {"additionalProperties": part}
    family["else"] = {"additionalProperties": row}


def _in_part(schema: Any, definitions: dict[str, Any]) -> Any:
    """The same schema with nothing required, at any depth."""
    if isinstance(schema, list):
        return [_in_part(item, definitions) for item in schema]
    if not isinstance(schema, dict):
        return schema
    part = {key: _in_part(value, definitions) for key, value in schema.items() if key != "required"}
    if "oneOf" in part:
        part["anyOf"] = part.pop("oneOf")
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(_REFERENCE)
        part["$ref"] = f"{_REFERENCE}{name}{IN_PART}"
        if f"{name}{IN_PART}" not in definitions:
            definitions[f"{name}{IN_PART}"] = {}
            definitions[f"{name}{IN_PART}"] = _in_part(definitions[name], definitions)
    return part


def _tidy(schema: Any, *, is_names: bool = False) -> Any:
    """Leave out titles made of field names, and write limits and defaults in the words of the standard.

    `is_names` says that the keys are names of fields or definitions, and not keywords.
    """
    if isinstance(schema, Moment):
        return str(schema)
    if isinstance(schema, list | tuple):
        return [_tidy(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if is_names:
        return {key: _tidy(value) for key, value in schema.items()}
    tidy = {
        _LIMITS.get(key, key): _tidy(value, is_names=key in ("properties", "$defs"))
        for key, value in schema.items()
        if key != "title"
    }
    moment = tidy.get("default")
    if isinstance(moment, dict) and set(moment) == {"day", "month", "event"}:
        tidy["default"] = str(Moment(**moment))
    return tidy
