"""Deal files that load: what `defaults` give, what is filled in, and where everything stands."""

from __future__ import annotations

import datetime
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from dealmodel.basics.errors import DealFileError, FileAccessError
from dealmodel.basics.kinds import inner_kinds
from dealmodel.definition.load import deal_from_mapping, deal_from_text, load_deal, with_defaults

HERE = Path(__file__).parent
FLAGSHIP = HERE.parents[1] / "sample_deals" / "gpu_abs_abc" / "deal.yaml"
SMALL = (HERE / "small_deal.yaml").read_text(encoding="utf-8")


def small() -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load(SMALL)
    return data


def test_the_flagship_loads_clean() -> None:
    deal = load_deal(FLAGSHIP)
    assert deal.file_hash == hashlib.sha256(FLAGSHIP.read_bytes()).hexdigest()
    assert list(deal.tranches) == ["class_a", "class_b", "class_c"]
    assert load_deal(FLAGSHIP.parent) == deal


def test_every_kind_knows_its_place() -> None:
    deal = load_deal(FLAGSHIP)
    assert deal.tranches["class_a"].coupon.path_of("fixed") == "tranches.class_a.coupon.fixed"
    assert deal.waterfalls["payments"][3].path == "waterfalls.payments[4]"
    assert deal.customers["obligor_1"].path_of("customer_class") == "customers.obligor_1.class"
    paths = [kind.path for kind in inner_kinds(deal)]
    assert len(paths) == len(set(paths))


def test_a_file_that_is_not_there() -> None:
    with pytest.raises(FileAccessError):
        load_deal(HERE / "no_such_deal.yaml")


def test_defaults_serve_rows_field_by_field_at_any_depth() -> None:
    data = {"rows": {"defaults": {"a": 1, "b": {"c": 2, "d": [3]}}, "x": {"a": 9}, "y": {"b": {"c": 8}}}}
    assert with_defaults(data) == {
        "rows": {"x": {"a": 9, "b": {"c": 2, "d": (3,)}}, "y": {"a": 1, "b": {"c": 8, "d": (3,)}}}
    }


def test_a_row_overrides_part_of_what_defaults_give() -> None:
    text = SMALL.replace("term_months: 30}", "term_months: 30, at_expiry: {downtime_months: 4}}")
    contract = deal_from_text(text, "small.yaml").contracts["lease"]
    assert contract.model_dump()["at_expiry"] == {"then": "merchant", "downtime_months": 4}


def test_base_is_always_there_and_first() -> None:
    text = SMALL.replace("  base: {title: As agreed}\n", "")
    deal = deal_from_text(text, "small.yaml")
    assert list(deal.scenarios) == ["base", "stops", "worthless", "both"]
    assert deal.scenarios["base"].title == "Base"


def test_a_text_may_look_like_a_formula() -> None:
    deal = deal_from_text(SMALL.replace("name: A small deal", "name: =1+cmd|' /C calc'!A0"), "small.yaml")
    assert deal.deal.name.startswith("=")


def test_json_and_plain_data_make_the_same_deal() -> None:
    deal = deal_from_text(SMALL, "small.yaml")
    as_json = json.dumps(small(), default=str)
    assert deal_from_text(as_json, "small.json", "json").model_dump() == deal.model_dump()
    from_data = deal_from_mapping(small())
    assert from_data.model_dump() == deal.model_dump()
    assert from_data.file_hash == ""


def test_a_deal_written_out_loads_to_the_same_deal() -> None:
    deal = load_deal(FLAGSHIP)
    written = deal.model_dump(by_alias=True, exclude_unset=True)
    assert deal_from_mapping(written).model_dump() == deal.model_dump()
    whole = deal.model_dump(by_alias=True, exclude_none=True)
    assert deal_from_mapping(whole).model_dump() == deal.model_dump()


def test_issues_of_plain_data_have_paths_in_order_and_no_lines() -> None:
    data = small()
    data["provenance"]["*"]["status"] = "asumed"
    data["deal"]["currency"] = "dollars"
    with pytest.raises(DealFileError) as refused:
        deal_from_mapping(data, "a deal")
    assert str(refused.value) == (
        "a deal has 2 problems\n"
        "  deal.currency: 'dollars' is not the code of a currency; three capital letters, such as USD\n"
        "  provenance.*.status: 'asumed' is not allowed; allowed: known, press, derived, assumed; "
        "did you mean 'assumed'?"
    )


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (datetime.datetime(2026, 12, 31), "deal.closing: 2026-12-31T00:00:00 is no plain data"),
        (object(), "deal.closing: something that is no plain data is no plain data"),
        ({5: 1}, "deal.closing: the key 5 is not a text"),
    ],
)
def test_only_plain_data_is_taken(value: object, said: str) -> None:
    data = small()
    data["deal"]["closing"] = value
    with pytest.raises(DealFileError) as refused:
        deal_from_mapping(data)
    assert refused.value.issues[0].text().startswith(said)


def test_data_without_end_is_refused() -> None:
    data = small()
    data["deal"]["name"] = data
    with pytest.raises(DealFileError, match="problem"):
        deal_from_mapping(data)


def test_the_file_cannot_set_its_own_hash() -> None:
    with pytest.raises(DealFileError) as refused:
        deal_from_text(SMALL + "file_hash: abc\n", "small.yaml")
    assert refused.value.issues[0].what == "unknown key 'file_hash'"


def test_lists_that_double_each_other_are_refused_before_they_are_laid_out() -> None:
    doubling = "".join(f"  l{n}:\n    - use: l{n + 1}\n    - use: l{n + 1}\n" for n in range(30))
    text = SMALL.replace("  expenses:\n", doubling + "  l30:\n    - use: expenses\n  expenses:\n", 1)
    text = text.replace("  payments:\n", "  payments:\n    - use: l0\n", 1)
    with pytest.raises(DealFileError) as refused:
        deal_from_text(text, "small.yaml")
    assert any("steps with the lists that it uses" in issue.what for issue in refused.value.issues)


def test_a_long_chain_of_lists_is_refused_without_a_crash() -> None:
    chain = "".join(f"  l{n}:\n    - use: l{n + 1}\n" for n in range(3000))
    text = SMALL.replace("  expenses:\n", chain + "  l3000:\n    - use: expenses\n  expenses:\n", 1)
    text = text.replace("  payments:\n", "  payments:\n    - use: l0\n", 1)
    with pytest.raises(DealFileError) as refused:
        deal_from_text(text, "small.yaml")
    assert any("deep" in issue.what for issue in refused.value.issues)


def test_misread_numbers_are_said_together_with_everything_else() -> None:
    """A number that cannot be read does not hide what else is wrong, and is said once."""
    text = FLAGSHIP.read_text(encoding="utf-8").replace("claim_recovery: 0.30", "claim_recovery: 30%")
    text = text.replace("pay_interest: class_c", "pay_interest: clas_c")
    with pytest.raises(DealFileError) as caught:
        deal_from_text(text, "deal.yaml")
    assert [issue.path for issue in caught.value.issues] == [
        "contracts.defaults.at_default.claim_recovery",
        "waterfalls.payments[8].pay_interest",
        "waterfalls.junior_sequential[3].pay_interest",
    ]
    assert caught.value.issues[0].text().endswith("30% is not a decimal number; write 0.3")


def test_a_key_of_the_language_that_is_not_modelled_yet_is_said_to_be_one() -> None:
    with pytest.raises(DealFileError) as caught:
        deal_from_text(SMALL + "\nhedges: {swap: {kind: swap}}\n", "deal.yaml")
    assert [issue.what for issue in caught.value.issues] == [
        "'hedges' is part of the deal language, and is not modelled yet"
    ]
