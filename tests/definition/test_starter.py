"""The starter deal: whole at first try, commented throughout, and under any name that a deal may have."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from dealmodel.basics.errors import DealFileError
from dealmodel.definition.checks_provenance import provenance_in, rows_of
from dealmodel.definition.deal import Deal
from dealmodel.definition.load import deal_from_text
from dealmodel.definition.numbers import deal_fields, numeric_paths
from dealmodel.definition.starter import starter_id, starter_text
from dealmodel.engine.compile import compile_deal
from dealmodel.engine.run import run_model

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def deal() -> Deal:
    return deal_from_text(starter_text("my_deal"), "deal.yaml")


def test_it_loads_and_is_small_and_whole(deal: Deal) -> None:
    assert (deal.deal.id, deal.deal.name, deal.deal.basis) == ("my_deal", "My deal", "illustrative")
    assert (len(deal.market.generations), len(deal.collateral.cohorts)) == (1, 1)
    assert (len(deal.customers), len(deal.contracts)) == (2, 2)
    assert list(deal.tranches) == ["senior", "junior"]
    assert [account.kind for account in deal.accounts.values()] == ["collection", "reserve", "trap"]
    assert len(deal.states) == 3
    assert list(deal.scenarios) == ["base", "contracts_fail", "hardware_worthless", "both_protections_fail"]


def test_every_number_is_assumed(deal: Deal) -> None:
    rows = rows_of(deal.provenance)
    assert {provenance_in(rows, path).status for path in numeric_paths(deal_fields(deal))} == {"assumed"}


def test_every_part_of_the_file_has_a_comment_above_it() -> None:
    lines = starter_text("my_deal").splitlines()
    tops = [at for at, line in enumerate(lines) if line and line[0].isalpha()]
    assert len(tops) == 14
    assert all(lines[at - 1].startswith("# ") for at in tops)
    assert max(len(line) for line in lines) <= 130


def test_every_scenario_runs_with_all_invariants(deal: Deal) -> None:
    """Each protection carries the senior notes alone; when both fail, it does not."""
    model = compile_deal(deal)
    losses = {}
    for name in model.scenarios:
        result = run_model(model, name)
        assert all(check.holds for check in result.checks)
        losses[name] = result.tranche_rows["senior"]["principal_loss"]
    assert [name for name, loss in losses.items() if loss > 0] == ["both_protections_fail"]


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("my_deal", "my_deal"),
        ("GPU notes, first draft", "gpu_notes_first_draft"),
        ("Café 2027", "cafe_2027"),
        ("../../etc/passwd", "etc_passwd"),
        ("C:\\deals\\x", "c_deals_x"),
    ],
)
def test_an_id_is_made_of_a_name(name: str, made: str) -> None:
    assert starter_id(name) == made


@pytest.mark.parametrize(
    "name",
    [
        "A: b", "it's # mine", 'a "quoted" name', "{braces}: [brackets]", "a\\nb", "- a", "yes it is", "null deal",
        "Ⅷ deals", "a *b* &c !d %e", "name: x\n  basis: own", "Жучка a",
    ],
)  # fmt: skip
def test_a_name_stands_in_the_file_as_a_text(name: str) -> None:
    """Whatever it holds, it is read back as itself, and nothing else in the file changes."""
    deal = deal_from_text(starter_text(name), "deal.yaml")
    assert deal.deal.name == " ".join(name.split())
    assert deal.deal.id == starter_id(name)
    lines = zip(starter_text(name).splitlines(), starter_text("my_deal").splitlines(), strict=True)
    assert sum(one != other for one, other in lines) <= 2


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "no id can be made of ''"),
        ("Жучка", "no id can be made of 'Жучка'; a-z, 0-9 and _, a letter first, 64 characters at most"),
        ("2027 deal", "no id can be made of '2027 deal'"),
        ("a" * 65, "no id can be made of"),
        ("a" * 301, "a name of 301 characters; at most 300"),
        ("my\u202edeal", "a character that changes the order of the text, U+202E"),
        ("my\x07deal", "a control character, U+0007"),
    ],
)
def test_a_name_that_cannot_be_one(name: str, said: str) -> None:
    with pytest.raises(DealFileError) as refused:
        starter_text(name)
    assert said in str(refused.value)


def test_the_text_goes_into_wheels() -> None:
    """Everything in the package's folder is packed, and nothing of it is ignored."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"] == ["dealmodel"]
    assert (ROOT / "dealmodel" / "definition" / "starter_deal.yaml").is_file()
    assert ".yaml" not in (ROOT / ".gitignore").read_text(encoding="utf-8")
