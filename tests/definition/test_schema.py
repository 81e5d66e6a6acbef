"""The schema of the deal file: what it says, and that it tells a deal from none."""

from __future__ import annotations

import copy
import datetime
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from dealmodel.definition.schema import DIALECT, json_schema

ROOT = Path(__file__).parents[2]
FLAGSHIP: dict[str, Any] = yaml.safe_load((ROOT / "sample_deals/gpu_abs_abc/deal.yaml").read_text(encoding="utf-8"))
SMALL: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "small_deal.yaml").read_text(encoding="utf-8"))
SCHEMA = json_schema()

TYPES: dict[str, Any] = {
    "object": dict, "array": list, "string": (str, datetime.date), "null": type(None), "boolean": bool,
    "integer": int, "number": (int, float),
}  # fmt: skip
KEYWORDS = {
    "$schema", "$ref", "$defs", "title", "description", "default", "type", "const", "enum", "format", "properties",
    "required", "additionalProperties", "propertyNames", "pattern", "items", "prefixItems", "minItems", "maxItems",
    "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "anyOf", "oneOf", "if", "then", "else", "unit",
    "live", "reason",
}  # fmt: skip


def fits(value: Any, schema: Any) -> bool:
    """Whether a value fits a schema, for the keywords above."""
    if isinstance(schema, bool):
        return schema
    if "$ref" in schema and not fits(value, SCHEMA["$defs"][schema["$ref"].removeprefix("#/$defs/")]):
        return False
    if "if" in schema and not fits(value, schema["then" if fits(value, schema["if"]) else "else"]):
        return False
    if "anyOf" in schema and not any(fits(value, part) for part in schema["anyOf"]):
        return False
    if "oneOf" in schema and sum(fits(value, part) for part in schema["oneOf"]) != 1:
        return False
    if "const" in schema and value != schema["const"]:
        return False
    if "enum" in schema and value not in schema["enum"]:
        return False
    return fits_type(value, schema) and fits_number(value, schema) and fits_inside(value, schema)


def fits_type(value: Any, schema: dict[str, Any]) -> bool:
    if "type" not in schema:
        return True
    return isinstance(value, TYPES[schema["type"]]) and (schema["type"] == "boolean" or not isinstance(value, bool))


def fits_number(value: Any, schema: dict[str, Any]) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return True
    return (
        value >= schema.get("minimum", value)
        and value <= schema.get("maximum", value)
        and ("exclusiveMinimum" not in schema or value > schema["exclusiveMinimum"])
        and ("exclusiveMaximum" not in schema or value < schema["exclusiveMaximum"])
    )


def fits_inside(value: Any, schema: dict[str, Any]) -> bool:
    if isinstance(value, dict):
        known = schema.get("properties", {})
        names = re.compile(schema.get("propertyNames", {}).get("pattern", ""))
        return all(key in value for key in schema.get("required", ())) and all(
            names.search(key) is not None and fits(item, known.get(key, schema.get("additionalProperties", True)))
            for key, item in value.items()
        )
    if isinstance(value, list):
        first = schema.get("prefixItems", [])
        inside = [
            fits(item, first[at] if at < len(first) else schema.get("items", True)) for at, item in enumerate(value)
        ]
        return all(inside) and schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value))
    return True


def schemas(node: Any) -> list[dict[str, Any]]:
    """Every schema inside a schema."""
    if not isinstance(node, dict):
        return []
    found = [node]
    for key, value in node.items():
        if key in ("properties", "$defs"):
            inner = list(value.values())
        elif key in ("anyOf", "oneOf", "prefixItems"):
            inner = value
        else:
            inner = [value] if key in ("items", "additionalProperties", "if", "then", "else", "propertyNames") else []
        found += [deep for item in inner for deep in schemas(item)]
    return found


def test_it_is_plain_data_of_the_named_dialect() -> None:
    assert json.loads(json.dumps(SCHEMA)) == SCHEMA
    assert SCHEMA["$schema"] == DIALECT


def test_only_known_keywords_are_used_and_every_reference_leads_somewhere() -> None:
    for schema in schemas(SCHEMA):
        assert set(schema) <= KEYWORDS
        if "$ref" in schema:
            assert schema["$ref"].removeprefix("#/$defs/") in SCHEMA["$defs"]
        if "type" in schema:
            assert schema["type"] in TYPES


def test_fields_keep_unit_live_and_reason() -> None:
    field = SCHEMA["$defs"]["Disposal"]["properties"]["discount"]
    assert (field["unit"], field["live"], field["minimum"], field["maximum"]) == ("share", True, 0, 1)
    start = SCHEMA["$defs"]["TakeOrPay"]["properties"]["start"]
    assert (start["default"], start["reason"]) == ("delivery", "a contract begins on delivery")
    assert "file_hash" not in SCHEMA["properties"]


@pytest.mark.parametrize("deal", [FLAGSHIP, SMALL])
def test_deals_fit(deal: dict[str, Any]) -> None:
    assert fits(deal, SCHEMA)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("deal.basis", "guess"),
        ("deal.other", 1),
        ("tranches.senior.balance", -1),
        ("tranches.senior.colour", "red"),
        ("tranches.defaults.colour", "red"),
        ("tranches.Senior", {}),
        ("accounts.trap.kind", "trapp"),
        ("contracts.defaults.at_default.utilisation", 90),
        ("waterfalls.payments", [{"pay_all": "senior"}]),
        ("market.generations.h200", {"rent_per_hour": 1.7}),
        ("deal", {}),
    ],
)
def test_what_is_no_deal_does_not_fit(path: str, value: Any) -> None:
    deal = copy.deepcopy(SMALL)
    node = deal
    *before, last = path.split(".")
    for key in before:
        node = node[key]
    node[last] = value
    assert not fits(deal, SCHEMA)
