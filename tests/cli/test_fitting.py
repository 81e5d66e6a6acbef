"""Tables of the command line fit 100 columns, and no name in them is cut."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from rich.console import Console

from dealmodel.cli.fitting import broken, fitting

ROOT = Path(__file__).parents[2]
SMALL = ROOT / "tests" / "definition" / "small_deal.yaml"
LOAN = ROOT / "sample_deals" / "ddtl_ig_single_offtaker"
WIDTH = 100


def printed(title: str, columns: list[str], rows: list[list[str]], width: int = WIDTH) -> str:
    out = Console(width=width, record=True, highlight=False)
    with out.capture() as caught:
        for table in fitting(title, columns, rows, width=width):
            out.print(table)
    return caught.get()


def test_a_table_that_fits_is_one_table() -> None:
    said = printed("Title", ["Name", "Principal paid"], [["class_a", "1.00"]])
    assert said.count("Name") == 1
    assert "Principal paid" in said


def test_headings_wrap_before_a_table_is_split() -> None:
    """Eight columns of "Heading of many words" do not fit; of its longest word, seven letters, they do."""
    said = printed("Title", ["Name", *["Heading of many words"] * 8], [["class_a", *["1.00"] * 8]])
    assert said.count("Name") == 1
    assert "Heading of" not in said
    assert said.count("Heading") == 8


def test_a_wide_table_is_split_and_every_part_has_the_names() -> None:
    names = [f"loss_of_a_class_with_a_long_name_{number}" for number in range(6)]
    said = printed("Title", ["Scenario", *names], [["both_protections_fail", *"123456"], ["base", *"123456"]])
    assert max(map(len, said.splitlines())) <= WIDTH
    assert said.count("Title") == 1
    assert said.count("both_protections_fail") == said.count("Scenario") > 1
    assert all(name in said for name in names)
    assert "…" not in said


def test_a_name_as_long_as_may_be_goes_on_in_the_next_line() -> None:
    """64 characters in lines of at most 40, broken after an underscore where there is one."""
    assert broken("class_a", 40) == "class_a"
    assert broken("a" * 64, 40) == "a" * 40 + "\n" + "a" * 24
    assert broken("first_" * 10, 40) == "first_" * 6 + "\n" + "first_" * 4
    for width in (60, WIDTH):
        said = printed("", ["Name", "x" * 64], [["y_" * 32, "z" * 64]], width)
        assert max(map(len, said.splitlines())) <= width
        for sign, count in (("x", 64), ("y", 32), ("z", 64)):
            assert said.count(sign) == count


def wide_deal() -> str:
    """The small deal with six classes and other names, all of them long."""
    text = SMALL.read_text(encoding="utf-8")
    terms = "balance: 100_000, coupon: {fixed: 0.1}, deferrable: true"
    more = "".join(
        f"  class_{letter}_subordinated: {{ranking: {rank}, {terms}}}\n" for rank, letter in enumerate("cdef", 3)
    )
    junior = ", ".join(f"class_{letter}_subordinated" for letter in "cdef")
    text = text.replace("fees:\n", f"{more}fees:\n")
    paid = f"    - pay_interest: [{junior}]\n    - pay_principal: {{to: [{junior}], up_to: outstanding}}\n"
    text = text.replace("    - {deposit: trap", f"{paid}    - {{deposit: trap")
    text = text.replace(
        "outstanding}\n    - release: sponsor", f"outstanding}}\n{paid}    - release: holding_company_of_the_sponsor"
    )
    text = text.replace(
        "contracts:\n", "parties: {holding_company_of_the_sponsor: {name: Holding company}}\ncontracts:\n"
    )
    text = re.sub(r"\bsenior\b", "class_a_senior_secured", text)
    text = re.sub(r"\bjunior\b", "class_b_mezzanine", text)
    text = re.sub(r"\bworthless\b(?=[:\]])", "hardware_is_worth_nothing_from_month_twelve_on", text)
    return re.sub(r"\bcoverage_low\b", "debt_service_coverage_is_low_over_three_months", text)


@pytest.mark.parametrize("command", ["run", "diff"])
def test_names_of_a_wide_deal_are_never_cut(dealmodel, tmp_path: Path, command: str) -> None:
    deal = tmp_path / "wide.yaml"
    deal.write_text(wide_deal(), encoding="utf-8")
    words = ("--out", tmp_path) if command == "run" else (LOAN,)
    said = dealmodel(command, deal, *words)
    assert (said.code, said.err) == (0, "")
    lines = [line for line in said.out.splitlines() if str(tmp_path) not in line and str(LOAN) not in line]
    assert max(map(len, lines)) <= WIDTH
    assert "…" not in said.out
    for name in ("class_a_senior_secured", "class_b_mezzanine", *(f"class_{letter}_subordinated" for letter in "cdef")):
        assert name in said.out
    if command == "run":
        bare = said.out.replace("\n", "")
        assert "To" in bare
        assert "holding_company_of_the_sponsor" in said.out
        for start in ("hardware_is_worth_nothing_from_month_", "debt_service_coverage_is_low_over_three_"):
            assert start in said.out


def test_the_loan_has_whole_names_and_a_column_a_party(dealmodel, tmp_path: Path) -> None:
    said = dealmodel("run", LOAN, "--out", tmp_path)
    assert "…" not in said.out
    for word in ("Tranche ", "floating", "To sponsor"):
        assert word in said.out
    assert "Sponsor" not in said.out
